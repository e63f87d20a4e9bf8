/* place.c - where files are kept that outlive the machine's uptime */
#include "conf/place.h"

#include <stdlib.h>

int us_place_store(const struct us_conf *c, struct us_buf *out)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (c->store[0])
		return us_buf_add_str(out, c->store);
	if (state && state[0] == '/')
		return us_buf_addf(out, "%s/understudy", state);
	if (home && home[0] == '/')
		return us_buf_addf(out, "%s/.local/state/understudy", home);
	return US_EINVAL;
}

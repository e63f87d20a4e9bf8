/* place.c - where files are kept that outlive the machine's uptime */
#include "conf/place.h"

#include <stdlib.h>

static int below(const char *xdg_variable, const char *otherwise, struct us_buf *out)
{
	const char *xdg = getenv(xdg_variable), *home = getenv("HOME");

	if (xdg && xdg[0] == '/')
		return us_buf_addf(out, "%s/understudy", xdg);
	if (home && home[0] == '/')
		return us_buf_addf(out, "%s/%s/understudy", home, otherwise);
	return US_EINVAL;
}

int us_place_store(const struct us_conf *c, struct us_buf *out)
{
	if (c->store[0])
		return us_buf_add_str(out, c->store);
	return below("XDG_STATE_HOME", ".local/state", out);
}

int us_place_cache(struct us_buf *out) { return below("XDG_CACHE_HOME", ".cache", out); }

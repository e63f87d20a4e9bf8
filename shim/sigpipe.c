/* sigpipe.c - no SIGPIPE from a connection that we close */
#include "sigpipe.h"

void sigpipe_block(struct sigpipe *p, const struct shadow *s)
{
	*p = (struct sigpipe){ 0 };
	if (!shadow_long(s, CURLOPT_NOSIGNAL, 0))
		us_hush_begin(&p->hush);
}

void sigpipe_restore(const struct sigpipe *p) { us_hush_end(&p->hush); }

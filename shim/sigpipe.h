/* sigpipe.h - no SIGPIPE from a connection that we close
 *
 * Closing a TLS connection writes to it. libcurl ignores the signal meanwhile, unless the program
 * set NOSIGNAL and so took it upon itself; where we close, we do the same, for this thread only.
 */
#ifndef SHIM_SIGPIPE_H
#define SHIM_SIGPIPE_H

#include "base/hush.h"
#include "shadow.h"

struct sigpipe {
	struct us_hush hush;
};

void sigpipe_block(struct sigpipe *p, const struct shadow *s);
void sigpipe_restore(const struct sigpipe *p);

#endif

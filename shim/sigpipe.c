/* sigpipe.c - no SIGPIPE from a connection that we close */
#include "sigpipe.h"

#include <time.h>

void sigpipe_block(struct sigpipe *p, const struct shadow *s)
{
	sigset_t pipe, pending;

	*p = (struct sigpipe){ 0 };
	sigpending(&pending);
	/* One that is already pending is the program's: it must still arrive. */
	if (shadow_long(s, CURLOPT_NOSIGNAL, 0) || sigismember(&pending, SIGPIPE))
		return;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	p->blocked = pthread_sigmask(SIG_BLOCK, &pipe, &p->before) == 0;
}

void sigpipe_restore(const struct sigpipe *p)
{
	const struct timespec now = { 0 };
	sigset_t pipe;

	if (!p->blocked)
		return;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigtimedwait(&pipe, NULL, &now); /* ours, if there is one */
	pthread_sigmask(SIG_SETMASK, &p->before, NULL);
}

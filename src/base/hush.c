/* hush.c - writes that raise no signal */
#include "base/hush.h"

#include "base/err.h"

#include <errno.h>
#include <time.h>

static const int ours[] = { SIGPIPE, SIGXFSZ };

void us_hush_begin(struct us_hush *h)
{
	int saved = errno;
	sigset_t pending;

	sigemptyset(&h->held);
	sigemptyset(&pending);
	sigpending(&pending);
	/* One that is already pending is the program's: it must still arrive. */
	for (size_t i = 0; i < US_COUNT(ours); i++)
		if (!sigismember(&pending, ours[i]))
			sigaddset(&h->held, ours[i]);
	h->on = pthread_sigmask(SIG_BLOCK, &h->held, &h->before) == 0;
	errno = saved;
}

void us_hush_end(const struct us_hush *h)
{
	const struct timespec now = { 0 };
	int saved = errno;

	if (!h->on)
		return;
	while (sigtimedwait(&h->held, NULL, &now) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &h->before, NULL);
	errno = saved;
}

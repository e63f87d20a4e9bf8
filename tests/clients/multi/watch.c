/* watch.c - libcurl's socket and timer callbacks, and what must hold whenever it calls
 *
 * What is odd is said at once, among the program's own words: a test then fails with the reason.
 * All of it holds for libcurl itself; that is tested too.
 */
#include "multi.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

_Thread_local struct theatre *play;

static void say(const char *prefix, const char *format, va_list ap)
{
	struct runner *before = me;
	char text[500];

	vsnprintf(text, sizeof(text), format, ap);
	if (play->n > 1)
		me = &play->whole;
	line("%s%s", prefix, text);
	me = before;
}

void tell(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
}

void odd(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("ODD ", format, ap);
	va_end(ap);
}

/* --- when callbacks may be called ------------------------------------------------------------ */

void calling(const char *name)
{
	play->inside = name;
	play->caller = pthread_self();
}

void called(void) { play->inside = NULL; }

/* These never let a transfer go on. */
static bool is_quiet(const char *function)
{
	static const char *const quiet[] = { "info_read", "timeout", "fdset",       "waitfds",
		                             "wait",      "poll",    "get_handles", "assign" };

	for (size_t i = 0; i < COUNT(quiet); i++)
		if (strcmp(quiet[i], function) == 0)
			return true;
	return false;
}

static void check_caller(const char *what)
{
	if (!play->inside)
		return;
	if (is_quiet(play->inside))
		odd("%s called from %s", what, play->inside);
	if (!pthread_equal(play->caller, pthread_self()))
		odd("%s called in another thread", what);
}

struct runner *owner(const void *data)
{
	const char *p = data, *begin = (const char *)play->all;
	struct transfer *t;

	check_caller("a callback");
	if (p < begin || p >= begin + TRANSFERS * sizeof(*play->all))
		return NULL;
	t = &play->all[(size_t)(p - begin) / sizeof(*t)];
	if (!t->in && !t->alone && play->inside && strcmp(play->inside, "cleanup") != 0)
		odd("a callback of a handle that was not added");
	if (t->msg && t->in)
		odd("a callback after the message");
	return &t->r;
}

/* --- sockets --------------------------------------------------------------------------------- */

struct watched *watched_of(struct house *h, curl_socket_t fd)
{
	for (size_t i = 0; i < h->nwatched; i++)
		if (h->watched[i].fd == fd)
			return &h->watched[i];
	return NULL;
}

static struct watched *watched_new(struct house *h, curl_socket_t fd)
{
	h->watched = realloc(h->watched, (h->nwatched + 1) * sizeof(*h->watched));
	if (!h->watched)
		abort();
	h->watched[h->nwatched] = (struct watched){ .fd = fd };
	return &h->watched[h->nwatched++];
}

static void forget(struct house *h, struct watched *w)
{
	loop_watch(h, w, CURL_POLL_REMOVE);
	*w = h->watched[--h->nwatched];
}

void unwatch_all(struct house *h)
{
	while (h->nwatched)
		forget(h, &h->watched[0]);
	free(h->watched);
	h->watched = NULL;
}

/* What a socket is assigned: anything that is its own. */
static char marks[1024];
static void *mark_of(curl_socket_t fd) { return &marks[(size_t)fd % sizeof(marks)]; }

/* libcurl's own handle, for what wakes it; there is one in each multi. */
static bool is_libcurls(struct house *h, CURL *easy)
{
	if (curl_version_info(CURLVERSION_NOW)->version_num < 0x081000)
		return false;
	if (!h->libcurls)
		h->libcurls = easy;
	return h->libcurls == easy;
}

static void check_socket(struct house *h, CURL *easy, curl_socket_t fd, int what,
                         const struct watched *w, const void *assigned)
{
	const struct transfer *t = transfer_of(easy);

	check_caller("the socket callback");
	if (assigned != (w ? mark_of(fd) : NULL))
		odd("a socket shown with another pointer than was assigned");
	if (what == CURL_POLL_REMOVE && !w)
		odd("a socket removed that was not watched");
	if (what != CURL_POLL_REMOVE && !(t ? t->in == h : is_libcurls(h, easy)))
		odd("a socket of a handle that is %s",
		    t ? "not in this multi" : "not the program's");
	if (what != CURL_POLL_REMOVE && fcntl(fd, F_GETFD) < 0)
		odd("a socket that is closed");
	if (what < CURL_POLL_IN || what > CURL_POLL_REMOVE)
		odd("a socket wanted for %d", what);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *assigned)
{
	struct house *h = data;
	struct watched *w = watched_of(h, fd);
	struct transfer *t = transfer_of(easy);
	struct runner *before = me;
	bool refuses = false;

	check_socket(h, easy, fd, what, w, assigned);
	if (what == CURL_POLL_REMOVE) {
		if (w)
			forget(h, w);
	} else {
		if (!w && curl_multi_assign(h->multi, fd, mark_of(fd)))
			odd("a socket can't be assigned to");
		w = w ? w : watched_new(h, fd);
		loop_watch(h, w, what);
		w->what = what;
	}
	if (t) {
		me = &t->r;
		refuses = enter('s');
	}
	me = before;
	h->dead = h->dead || refuses;
	return refuses ? -1 : 0;
}

/* --- the timer ------------------------------------------------------------------------------- */

static int on_timer(CURLM *multi, long ms, void *data)
{
	struct house *h = data;
	bool refuses;

	check_caller("the timer callback");
	if (multi != h->multi)
		odd("the timer of another multi");
	if (ms < -1)
		odd("a timer of %ld ms", ms);
	h->due = ms < 0 ? 0 : now_ms() + ms;
	loop_alarm(h, ms);
	refuses = enter('t');
	h->dead = h->dead || refuses;
	return refuses ? -1 : 0;
}

void check_timer(struct house *h)
{
	long long now = now_ms();
	long ms = -1;
	CURLMcode rc;

	calling("timeout");
	rc = curl_multi_timeout(h->multi, &ms);
	called();
	if (rc || ms < -1)
		odd("a timeout of %ld ms, %d", ms, (int)rc);
	if (ms < 0 || !h->style->sockets || h->style->asks || h->dead)
		return;
	if (!h->due)
		odd("something is due in %ld ms, and the timer is off", ms);
	else if (h->due > now + ms + SLACK_MS)
		odd("the timer rings in %lld ms, due is %ld", h->due - now, ms);
}

void watch(struct house *h, bool on)
{
	bool timer = on && !h->style->asks;

	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on ? on_socket : NULL);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, timer ? on_timer : NULL);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
}

/* --- notifications (curl 8.17) --------------------------------------------------------------- */

enum { INFO_READ, EASY_DONE, NOTIFYFUNCTION = 20018, NOTIFYDATA = 10019 };

static void on_notify(CURLM *multi, unsigned what, CURL *easy, void *data)
{
	struct house *h = data;
	struct transfer *t = transfer_of(easy);
	struct runner *before = me;
	const char *inside = play->inside;

	check_caller("the notify callback");
	if (multi != h->multi)
		odd("a notification of another multi");
	if (what == INFO_READ) {
		hear(h); /* here handles may be added and removed */
	} else if (what != EASY_DONE || !t || t->in != h) {
		odd("notification %u of a handle that is not in this multi", what);
	} else {
		me = &t->r;
		line("is done");
	}
	play->inside = inside;
	me = before;
}

bool watch_notices(struct house *h)
{
	typedef CURLMcode enable_function(CURLM *, unsigned);
	enable_function *enable =
		(enable_function *)dlsym(RTLD_DEFAULT, "curl_multi_notify_enable");

	return enable && !curl_multi_setopt(h->multi, (CURLMoption)NOTIFYFUNCTION, on_notify) &&
	       !curl_multi_setopt(h->multi, (CURLMoption)NOTIFYDATA, h) &&
	       !enable(h->multi, INFO_READ) && !enable(h->multi, EASY_DONE);
}

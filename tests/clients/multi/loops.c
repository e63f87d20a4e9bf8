/* loops.c - the styles of event loop that libcurl documents
 *
 * Each waits for exactly what it was told and no shorter, so that what libcurl forgets to tell
 * shows: nobody wakes by chance.
 */
#include "multi.h"

#include <dlfcn.h>
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS 32
#define FDS 1100

/* --- loops that perform ---------------------------------------------------------------------- */

/* Lets all go on. False: there is nothing to wait for. */
static bool performs(struct house *h)
{
	int running = -1;
	CURLMcode rc;

	calling("perform");
	rc = curl_multi_perform(h->multi, &running);
	called();
	went_on(h, rc, running);
	return !is_over(h);
}

/* Milliseconds that libcurl allows to wait, at most `limit`. */
static int allowed(struct house *h, int limit)
{
	long ms = -1;

	calling("timeout");
	if (curl_multi_timeout(h->multi, &ms))
		odd("no timeout");
	called();
	return ms >= 0 && ms < limit ? (int)ms : limit;
}

static void check_wait(const char *name, long long began, int may)
{
	if (now_ms() - began > may + SLACK_MS)
		odd("%s waited for %lld ms, allowed were %d", name, now_ms() - began, may);
}

/* The program's own descriptor among libcurl's. */
static void check_extra(const struct curl_waitfd *extra, int ready)
{
	char c;

	if (!extra->revents)
		return;
	if (ready < 1 || read(extra->fd, &c, 1) != 1)
		odd("the program's own descriptor: %d ready", ready);
	tell("own descriptor is ready");
}

typedef CURLMcode wait_function(CURLM *, struct curl_waitfd *, unsigned, int, int *);

static int waits(struct house *h, wait_function *wait, const char *name)
{
	struct curl_waitfd extra = { play->extra[0], CURL_WAIT_POLLIN, 0 };
	long long began = now_ms();
	int ready = -1, limit = patience(), may = allowed(h, limit);
	CURLMcode rc;

	calling(name);
	rc = wait(h->multi, &extra, extra.fd ? 1 : 0, limit, &ready);
	called();
	if (rc || ready < 0)
		odd("%s %d, %d ready", name, (int)rc, ready);
	check_wait(name, began, may);
	check_extra(&extra, ready);
	return ready;
}

static void round_poll(struct house *h)
{
	if (performs(h))
		waits(h, curl_multi_poll, "poll");
}

/* As libcurl's manual did it while there was no curl_multi_poll. */
static void round_wait(struct house *h)
{
	long long began = now_ms();

	if (performs(h) && !waits(h, curl_multi_wait, "wait") && now_ms() - began < 5)
		usleep(10000);
}

static void round_select(struct house *h)
{
	fd_set in, out, bad;
	int highest = -1, may;
	struct timeval t;
	CURLMcode rc;

	if (!performs(h))
		return;
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&bad);
	calling("fdset");
	rc = curl_multi_fdset(h->multi, &in, &out, &bad, &highest);
	called();
	if (rc)
		odd("fdset %d", (int)rc);
	may = allowed(h, patience());
	t = (struct timeval){ may / 1000, may % 1000 * 1000 };
	if (select(highest + 1, &in, &out, &bad, &t) < 0)
		odd("select: %s", strerror(errno));
}

typedef CURLMcode waitfds_function(CURLM *, struct curl_waitfd *, unsigned, unsigned *);

static void round_waitfds(struct house *h)
{
	waitfds_function *waitfds = (waitfds_function *)dlsym(RTLD_DEFAULT, "curl_multi_waitfds");
	struct curl_waitfd wanted[FDS];
	struct pollfd fds[FDS];
	unsigned n = 0;

	if (!waitfds) {
		tell("no curl_multi_waitfds");
		play->over = true;
		return;
	}
	if (!performs(h))
		return;
	calling("waitfds");
	if (waitfds(h->multi, wanted, FDS, &n))
		odd("waitfds failed");
	called();
	for (unsigned i = 0; i < n && i < FDS; i++)
		fds[i] = (struct pollfd){ wanted[i].fd, wanted[i].events, 0 };
	poll(fds, n, allowed(h, patience()));
}

static void round_busy(struct house *h)
{
	if (performs(h))
		usleep(200);
}

/* --- loops that obey callbacks --------------------------------------------------------------- */

static void acts(struct house *h, curl_socket_t fd, int bits)
{
	const char *name = h->style->name;
	int running = -1;
	CURLMcode rc;

	if (fd == CURL_SOCKET_TIMEOUT)
		h->due = 0; /* it rings once */
	calling("socket_action");
	if (strcmp(name, "all") == 0 && fd != CURL_SOCKET_TIMEOUT)
		rc = curl_multi_socket_all(h->multi, &running);
	else if (strcmp(name, "old") == 0)
		rc = (curl_multi_socket)(h->multi, fd, &running);
	else
		rc = curl_multi_socket_action(h->multi, fd, bits, &running);
	called();
	went_on(h, rc, running);
}

static void open_epoll(struct house *h)
{
	struct epoll_event e = { .events = EPOLLIN };

	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	h->clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	e.data.fd = h->clock;
	if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->clock, &e))
		odd("epoll: %s", strerror(errno));
	watch(h, true);
}

static void close_epoll(struct house *h)
{
	unwatch_all(h);
	close(h->epoll);
	close(h->clock);
}

static int bits_of(uint32_t events)
{
	return (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
	       (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
	       (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

static void obey_event(struct house *h, const struct epoll_event *e)
{
	uint64_t rings;

	if (e->data.fd != h->clock) {
		if (watched_of(h, e->data.fd))
			acts(h, e->data.fd, bits_of(e->events));
	} else if (read(h->clock, &rings, sizeof(rings)) == sizeof(rings)) {
		acts(h, CURL_SOCKET_TIMEOUT, 0);
	}
}

static void round_epoll(struct house *h)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(h->epoll, events, EVENTS, patience());

	for (int i = 0; i < n && h->multi; i++)
		obey_event(h, &events[i]);
}

/* Without a timer callback, but with curl_multi_timeout. */
static void round_asking(struct house *h)
{
	struct epoll_event events[EVENTS];
	int may = allowed(h, patience());
	bool due = may < patience();
	int n = epoll_wait(h->epoll, events, EVENTS, may);

	if (n == 0 && due)
		acts(h, CURL_SOCKET_TIMEOUT, 0);
	for (int i = 0; i < n && h->multi; i++)
		obey_event(h, &events[i]);
}

static void watch_epoll(struct house *h, struct watched *w, int what)
{
	struct epoll_event e = { .events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
		                           (what & CURL_POLL_OUT ? EPOLLOUT : 0u),
		                 .data.fd = w->fd };

	if (what == CURL_POLL_REMOVE)
		epoll_ctl(h->epoll, EPOLL_CTL_DEL, w->fd, &e); /* fails if it is closed */
	else if (epoll_ctl(h->epoll, w->what ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w->fd, &e))
		odd("epoll: %s", strerror(errno));
}

static void alarm_epoll(struct house *h, long ms)
{
	struct itimerspec t = { .it_value = { ms / 1000, ms % 1000 * 1000000 } };

	if (ms == 0)
		t.it_value.tv_nsec = 1;
	if (ms < 0)
		t.it_value = (struct timespec){ 0, 0 };
	timerfd_settime(h->clock, 0, &t, NULL);
}

static void on_event(evutil_socket_t fd, short events, void *data)
{
	struct house *h = data;

	if (h->multi && watched_of(h, fd))
		acts(h, fd,
		     (events & EV_READ ? CURL_CSELECT_IN : 0) |
		             (events & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_alarm(evutil_socket_t fd, short events, void *data)
{
	acts(data, CURL_SOCKET_TIMEOUT, 0);
}

static void open_event(struct house *h)
{
	h->base = event_base_new();
	h->alarm = evtimer_new(h->base, on_alarm, h);
	watch(h, true);
}

static void close_event(struct house *h)
{
	unwatch_all(h);
	event_free(h->alarm);
	event_base_free(h->base);
	h->base = NULL;
}

static void on_limit(evutil_socket_t fd, short events, void *data) {}

static void round_event(struct house *h)
{
	int limit = patience();
	struct timeval t = { limit / 1000, limit % 1000 * 1000 };
	struct event *end = evtimer_new(h->base, on_limit, NULL);

	evtimer_add(end, &t);
	event_base_loop(h->base, EVLOOP_ONCE);
	event_free(end);
}

static void watch_event(struct house *h, struct watched *w, int what)
{
	short events = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
	                       (what & CURL_POLL_OUT ? EV_WRITE : 0));

	if (w->event)
		event_free(w->event);
	w->event = NULL;
	if (what == CURL_POLL_REMOVE)
		return;
	w->event = event_new(h->base, w->fd, events, on_event, h);
	event_add(w->event, NULL);
}

static void alarm_event(struct house *h, long ms)
{
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	if (ms < 0)
		evtimer_del(h->alarm);
	else
		evtimer_add(h->alarm, &t);
}

void loop_watch(struct house *h, struct watched *w, int what)
{
	if (h->base)
		watch_event(h, w, what);
	else
		watch_epoll(h, w, what);
}

void loop_alarm(struct house *h, long ms)
{
	if (h->base)
		alarm_event(h, ms);
	else
		alarm_epoll(h, ms);
}

/* --- all ------------------------------------------------------------------------------------- */

static void open_plain(struct house *h) { watch(h, false); }
static void close_plain(struct house *h) {}

const struct style *style_named(const char *name)
{
	static const struct style styles[] = {
		{ "poll", false, false, open_plain, close_plain, round_poll },
		{ "wait", false, false, open_plain, close_plain, round_wait },
		{ "select", false, false, open_plain, close_plain, round_select },
		{ "waitfds", false, false, open_plain, close_plain, round_waitfds },
		{ "busy", false, false, open_plain, close_plain, round_busy },
		{ "epoll", true, false, open_epoll, close_epoll, round_epoll },
		{ "asking", true, true, open_epoll, close_epoll, round_asking },
		{ "event", true, false, open_event, close_event, round_event },
		{ "old", true, false, open_epoll, close_epoll, round_epoll },
		{ "all", true, false, open_epoll, close_epoll, round_epoll },
	};

	for (size_t i = 0; i < COUNT(styles); i++)
		if (strcmp(styles[i].name, name) == 0)
			return &styles[i];
	odd("no such style: %s", name);
	return &styles[0];
}

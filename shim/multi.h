/* multi.h - a multi of the program's, and the driver of the calls in it
 *
 * Attempts fly in the program's own multi, so that its event loop serves them: the program's handle
 * for its own provider, a handle of ours, which the program never sees, for a target. A call that
 * waits for its next attempt is in libcurl's eyes done, or not there; in the program's it counts as
 * running, wakes the loop in time by whatever the loop obeys, can be removed, and is reported once.
 *
 * Everything is done right before and right after a call of libcurl's that lets transfers go on, at
 * depth 0: libcurl forbids most from within callbacks, and nothing at all happens in info_read.
 */
#ifndef SHIM_MULTI_H
#define SHIM_MULTI_H

#include "run.h"

struct multi {
	struct registered entry; /* first: the registry's */
	CURLM *handle;
	const struct real *real;
	struct shadow *members; /* what the program has added, ours or not */
	struct run *runs;       /* of these, the managed calls that are not reported yet */
	struct run *touched;    /* of these, those with something to obey, first */
	struct run *last_touched;
	size_t open; /* how many there are in `runs` */
	struct fleet fleet;
	size_t per_host, in_all; /* connections, at most; 0: any number */
	unsigned depth;          /* > 0: within libcurl, or within a callback of the program's */
	struct us_buf queue;     /* messages, in order */
	size_t read;             /* ... that the program has read */

	curl_multi_timer_callback timer; /* the program's; NULL: none */
	void *timer_data;
	uint64_t real_due,
		told_due; /* what libcurl asked for; what the program's timer is set to */
	curl_socket_callback socket;
	void *socket_data;
	curl_push_callback push;
	void *push_data;
	curl_notify_callback notify;
	void *notify_data;
	unsigned notify_on; /* bits: what the program wants to be notified of */
	bool news;          /* a message has come that it was not notified of */
	CURL *admin;        /* whom libcurl names in notifications of messages */
	size_t calls;       /* managed ones, ever */
};

/* NULL: not made through us, or for a libcurl that is too old. */
struct multi *multi_of(CURLM *handle);
void multi_new(CURLM *handle, const struct real *real);

CURLMcode multi_add(struct multi *m, struct shadow *s);
CURLMcode multi_remove(struct multi *m, struct shadow *s);
/* The program's easy handle goes away. */
void multi_forget(struct shadow *s);
CURLMcode multi_cleanup(struct multi *m);

/* One of libcurl's functions that let transfers go on, with its arguments. */
struct go {
	enum { GO_PERFORM, GO_ACTION, GO_SOCKET, GO_ALL } kind;
	curl_socket_t socket;
	int events;
};
CURLMcode multi_go(struct multi *m, const struct go *go, int *running);
CURLMsg *multi_info(struct multi *m, int *left);

/* multi_loop.c: what loops wait for. */
CURLMcode multi_due(struct multi *m, long *timeout_ms);
CURLMcode multi_sleep(struct multi *m, bool poll, struct curl_waitfd *extra, unsigned n, int ms,
                      int *ready);
CURLMcode multi_set(struct multi *m, CURLMoption option, void *value);
/* Tells the program's timer callback when the loop is to come back, if that is news. */
void multi_tell_timer(struct multi *m);
/* multi_newer.c: what newer libcurls tell. */
CURL **multi_handles(struct multi *m);
CURLMcode multi_offt(struct multi *m, CURLMinfo_offt info, curl_off_t *value);
CURLMcode multi_notify_enable(struct multi *m, unsigned what);
CURLMcode multi_notify_disable(struct multi *m, unsigned what);
/* Notifies the program of what came since the last time; it may do with the multi as it likes. */
void multi_notify(struct multi *m);
void multi_on_notify(CURLM *handle, unsigned what, CURL *easy, void *multi);

/* A call may go on now, and no socket will say so. */
void multi_wake(struct multi *m);

#endif

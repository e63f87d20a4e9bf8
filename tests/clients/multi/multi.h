/* multi.h - a program of the multi interface by words: its transfers, its multis, what it watches
 */
#ifndef MULTI_MULTI_H
#define MULTI_MULTI_H

#include "../easy/runner.h"

#include <pthread.h>
#include <stdatomic.h>

#define TRANSFERS 1024
#define HOUSES 4
#define CUES 16
#define AFTER 32
#define PATIENCE_MS 12000 /* a loop that takes longer has stalled */
#define SLACK_MS 600      /* how late a busy machine may be; a wake that is lost costs 1 s */

struct event;
struct event_base;

/* A handle, and all that was seen of it. */
struct transfer {
	struct runner r; /* first: `me` is the transfer whose turn it is */
	struct text told;
	struct house *in; /* it has been added there, and not removed */
	CURL *easy;       /* ... which of the runner's handles */
	CURLMsg *msg;     /* once reported; what it must go on to say */
	CURLMsg says;
	bool alone;            /* in curl_easy_perform */
	unsigned long unpause; /* rounds after which the loop lets it go on, 0: never */
};

/* A socket that libcurl wants watched. */
struct watched {
	curl_socket_t fd;
	int what;
	struct event *event;
};

/* A multi, and what its loop knows. */
struct house {
	CURLM *multi;
	const struct style *style;
	int running; /* as told last */
	size_t added, reported;
	struct watched *watched;
	size_t nwatched;
	long long due;  /* when the timer rings, 0: it is off */
	bool dead;      /* a callback has given up: libcurl wants to be called at once, for ever */
	CURL *libcurls; /* a handle of libcurl's own whose sockets are shown (8.16) */
	int epoll, clock;
	struct event_base *base;
	struct event *alarm;
};

/* A word that is to be done once a file is there, or some time after the loop began. */
struct cue {
	char *file;
	long long after;
	const char *word;
	struct house *house;
	size_t first, last;
};

/* A style of event loop. A round does what the loop does once. */
struct style {
	const char *name;
	bool sockets; /* libcurl tells by callbacks what it waits for */
	bool asks;    /* ... but is asked for how long */
	void (*open)(struct house *h);
	void (*close)(struct house *h);
	void (*round)(struct house *h);
};

struct theatre {
	struct runner whole; /* what is told of no transfer */
	struct transfer *all;
	size_t n, first, last; /* transfers used; those that words are for */
	struct house houses[HOUSES];
	struct house *house;
	const struct style *style;
	const char *inside; /* the multi function that is being called */
	pthread_t caller;
	bool late, deaf, keep;
	atomic_bool over; /* the loop is */
	bool notified;    /* messages are read when libcurl notifies of them */
	struct cue cues[CUES];
	size_t ncues;
	const char *after[AFTER]; /* words for each transfer that was reported */
	size_t nafter, rounds;
	long long began;
	char *waker;  /* the file that another thread waits for, then wakes the loop */
	int extra[2]; /* a pipe of the program's own, or 0 */
};

/* The theatre of this thread. */
extern _Thread_local struct theatre *play;

/* --- multi.c --- */
/* The transfer of that handle, or NULL. */
struct transfer *transfer_of(CURL *easy);
/* The loop has no more to do. */
bool is_over(const struct house *h);
/* How long the loop may wait for libcurl, in ms. */
int patience(void);
/* Reads all messages; each transfer that was reported is done with. */
void hear(struct house *h);
/* After each call that lets transfers go on: what holds then, and the messages. */
void went_on(struct house *h, CURLMcode rc, int running);

/* --- watch.c --- */
/* What should not be. */
__attribute__((format(printf, 1, 2))) void odd(const char *format, ...);
/* What is told of the whole, not of one transfer. */
__attribute__((format(printf, 1, 2))) void tell(const char *format, ...);
/* Around each call of a multi function. */
void calling(const char *name);
void called(void);
/* Whose callback is called; odd, if it may not be now. */
struct runner *owner(const void *data);
/* Asks libcurl to tell by callbacks what it waits for, or no longer. */
void watch(struct house *h, bool on);
/* Asks libcurl to notify of messages and ends. False: it can't. */
bool watch_notices(struct house *h);
/* What the loop was told about the time is what libcurl says when asked. */
void check_timer(struct house *h);
/* The sockets of a loop that has ended. */
void unwatch_all(struct house *h);
struct watched *watched_of(struct house *h, curl_socket_t fd);

/* --- loops.c --- */
const struct style *style_named(const char *name);
/* libcurl's wishes, in a loop's own terms; what: CURL_POLL_ */
void loop_watch(struct house *h, struct watched *w, int what);
void loop_alarm(struct house *h, long ms);

/* --- options.c --- */
void set_multi_option(CURLM *multi, const char *name, const char *value);
/* Names functions that came after libcurl 7.88: which are there. */
void tell_newest(void);
/* curl_multi_get_handles against what was added, if this libcurl has it. */
void check_handles(struct house *h);

#endif

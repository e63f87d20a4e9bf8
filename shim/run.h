/* run.h - one managed transfer, while it runs: what both drivers do with a call's orders
 *
 * The driver (easy.c, multi.c) waits and lets attempts fly; here orders are obeyed: attempts are
 * started and landed, bytes shown, the result found. A run belongs to its shadow, and its attempts
 * fly in one multi: ours for a blocking call, the program's for the others. Two fly at most: the
 * second is a hedge, or what has become of one.
 */
#ifndef SHIM_RUN_H
#define SHIM_RUN_H

#include "asked.h"
#include "capture.h"
#include "getinfo.h"
#include "relay.h"

/* What the runs in one multi have in common. */
struct fleet {
	size_t aloft;    /* attempts in flight that have not ended */
	size_t launched; /* attempts, ever */
	size_t handles;  /* of the program's in that multi, ours or not */
	size_t slots;    /* connections that it may have, to one host or to all; 0: any number */
	uint64_t bound;  /* no run is due before; it may be too early, never too late */
	uint64_t now_ms; /* the time: looked at once in each turn of the loop, and by run_new */
};

/* An attempt. */
struct flight {
	struct run *run;
	unsigned number;             /* by which the engine knows it */
	CURL *handle;                /* in the multi: the program's or the target's; NULL: none */
	bool cancelled;              /* it is to be stopped */
	bool landed;                 /* it has ended by itself */
	bool queues;                 /* ... may still wait for one of the multi's connections */
	size_t skip_head, skip_body; /* bytes that libcurl will bring again after a pause */
	uint64_t began_ms;
	uint64_t queue_ms, turn_ms; /* when its turn was last looked for, and seen to have come */
	long connects_before;       /* of the attempts before it */
	CURL *target;               /* our handle, if it was used; what it was dressed with: */
	struct curl_slist *headers;
	struct us_buf url;
	char error[CURL_ERROR_SIZE];
	const char *key_variable;
};

struct run {
	struct shadow *shadow;
	struct world *world;
	struct asked asked;
	struct us_call *call;
	struct relay relay;
	struct capture capture;
	bool captures; /* the body comes from a READFUNCTION */
	bool joining;  /* within curl_multi_add_handle, where libcurl would not call that */
	bool unread;   /* so the body is read when the loop goes on */
	struct flight *dressed; /* the program's handle bears our callbacks, for this one; or NULL */
	bool limited;  /* ... and limits of ours */
	bool reworded; /* ... and another body than the program's */

	CURLM *in; /* where attempts fly */
	struct flight first, *flights[2]; /* of the latter, the first is `first` */
	size_t nflights;
	struct flight *latest; /* of which something was shown, or which has ended by itself */
	bool shown;            /* the program has been shown something of an answer */
	CURLMcode refused;     /* why `in` would not take the last one */
	CURLcode ended;        /* how the last attempt ended */
	CURLcode own;          /* how the last one on the program's handle ended */
	unsigned attempts, refused_status; /* ... under FAILONERROR: of the last head shown */
	uint64_t began_ms;
	uint64_t own_ms, own_end_ms;    /* the last attempt on the program's handle: from, to */
	uint64_t progress_ms;           /* the progress callback was last called by us */
	long connects;                  /* of all attempts that have ended */
	struct curl_slist *own_headers; /* the program's without the length of its body; or NULL */

	struct fleet *fleet, alone;             /* `alone` for a blocking call */
	struct multi *multi;                    /* the program's; NULL: a blocking call */
	struct run *next, *prev, *next_touched; /* of the same multi */
	bool touched;
	bool over; /* `how`, but for what waits behind a pause */
	enum us_finish how;
};

/* NULL without memory. Takes over what `asked` holds, in any case. `fleet` NULL: it flies alone. */
struct run *run_new(struct shadow *s, struct world *w, struct asked *asked, CURLM *in,
                    struct fleet *fleet);
/* Whatever flies is landed; the program's handle gets back what the program had set. The run's
 * memory stays with the shadow, for its next run. */
void run_finish(struct run *r);
/* That memory, given back. */
void run_free(struct run *spare);

/* Obeys what the call orders. True: it is over, `how`. */
bool run_obey(struct run *r, enum us_finish *how);
/* The attempt of this number, or that flies by this handle; NULL: none does. */
struct flight *run_flight(struct run *r, unsigned number);
struct flight *run_flown_by(struct run *r, const CURL *handle);
/* Does any fly that has not ended? */
bool run_flies(const struct run *r);
/* Is there an older one in flight beside it? */
bool run_is_second(const struct flight *f);
/* Its transfer has ended by itself. It stays in the multi until the next attempt or the end: what
 * is shown now is still shown out of a living transfer. */
void run_ended(struct flight *f, CURLcode code);
/* Takes the attempts in flight, if any, out of the multi; one that has not ended is closed. */
void run_land(struct run *r);
/* As curl_easy_pause, for all that fly, or else for the program's handle. */
CURLcode run_pause(struct run *r, int bits);
/* What the program is told at the end. The relay has nothing left to show. */
CURLcode run_result(struct run *r, enum us_finish how);

/* The program has been shown nothing, and what libcurl knows is of an attempt that it shall not
 * see. */
bool run_is_mute(const struct run *r);

/* The call was told something: it may be due earlier. */
void run_heard(struct run *r);
/* When run_time is to be called. US_NEVER: only events. */
uint64_t run_due(const struct run *r);
void run_time(struct run *r);
/* Nothing is in flight: calls the program's progress callback. True: it wants to stop. */
bool run_idle(struct run *r);

#endif

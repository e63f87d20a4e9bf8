/* run.h - one managed transfer, while it runs: what both drivers do with a call's orders
 *
 * The driver (easy.c, multi.c) waits and lets attempts fly; here orders are obeyed: attempts are
 * started and landed, bytes shown, the result found. A run belongs to its shadow, and its attempts
 * fly in one multi: ours for a blocking call, the program's for the others.
 */
#ifndef SHIM_RUN_H
#define SHIM_RUN_H

#include "asked.h"
#include "capture.h"
#include "flight.h"
#include "getinfo.h"
#include "relay.h"

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
	struct flight
		*dressed; /* the program's handle bears our callbacks, for this one; or NULL */
	bool limited;     /* ... and limits of ours */
	bool reworded;    /* ... and another body than the program's */
	bool goes_on;     /* ... to go on with an answer that broke off, whose facts stay */
	bool rekeyed, url_changed; /* ... and another key; of some attempt, a URL without its own */

	CURLM *in;                        /* where attempts fly */
	struct flight first, *flights[2]; /* of the latter, the first is `first` */
	size_t nflights;
	struct flight *latest; /* of which something was shown, or which has ended by itself */
	bool shown;            /* the program has been shown something of an answer */
	curl_off_t shown_head, shown_body; /* ... so many bytes */
	CURLMcode refused;                 /* why `in` would not take the last one */
	CURLcode ended;                    /* how the last attempt ended */
	CURLcode own;                      /* how the last one on the program's handle ended */
	unsigned attempts, refused_status; /* ... under FAILONERROR: of the last head shown */
	uint64_t began_ms;
	uint64_t own_ms, own_end_ms;    /* the last attempt on the program's handle: from, to */
	uint64_t progress_ms;           /* the progress callback was last called by us */
	long connects;                  /* of all attempts that have ended */
	struct curl_slist *own_headers; /* the program's, changed by us; or NULL */
	struct curl_slist *key_headers; /* ... with another key; or NULL */
	uint64_t idempotency;           /* what its keys are made from; 0: it has none yet */

	struct fleet *fleet, alone;             /* `alone` for a blocking call */
	struct multi *multi;                    /* the program's; NULL: a blocking call */
	struct run *next, *prev, *next_touched; /* of the same multi */
	bool touched, over; /* `over`: `how`, but for what waits behind a pause */
	enum us_finish how;
};

/* NULL without memory. Takes over what `asked` holds, in any case. `fleet` NULL: it flies alone. */
struct run *run_new(struct shadow *s, struct world *w, struct asked *asked, CURLM *in,
                    struct fleet *fleet);
/* Whatever flies is landed; the program's handle gets back what the program had set. The memory
 * stays with the shadow, for its next run. */
void run_finish(struct run *r);
/* That memory, given back. */
void run_free(struct run *spare);

/* Obeys what the call orders. True: it is over, `how`. */
bool run_obey(struct run *r, enum us_finish *how);
/* Its transfer has ended by itself. It stays in the multi until the next attempt or the end: what
 * is shown now is still shown out of a living transfer. */
void run_ended(struct flight *f, CURLcode code);
/* What the program is told at the end. The relay has nothing left to show. */
CURLcode run_result(struct run *r, enum us_finish how);
/* The program has been shown nothing: what libcurl knows of an answer, it shall not see. */
bool run_is_mute(const struct run *r);
/* The call was told something: it may be due earlier. */
void run_heard(struct run *r);
/* When run_time is to be called. US_NEVER: only events. */
uint64_t run_due(const struct run *r);
void run_time(struct run *r);
/* Nothing is in flight: calls the program's progress callback. True: it wants to stop. */
bool run_idle(struct run *r);

#endif

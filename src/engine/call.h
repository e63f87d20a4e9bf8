/* call.h - one managed call: told what happens, it says what to do
 *
 * No sockets, no libcurl, no clock. A driver tells it each event with `now` (us_clock_ms) and then
 * obeys us_call_next until it says NONE; us_call_due is when it wants to hear the time. Spans in an
 * order live until the next event.
 *
 *    started --> SENDING --good--> RELAYING --> DONE
 *                 ^   |bad
 *                 |   +--> next provider, or WAITING, or the program's own failure
 *                 +--time-------------------------+
 */
#ifndef US_ENGINE_CALL_H
#define US_ENGINE_CALL_H

#include "base/rand.h"
#include "engine/lessons.h"
#include "engine/note.h"
#include "engine/plan.h"

struct us_call;

struct us_call_env {
	const struct us_conf *conf;
	struct us_page *page;
	struct us_lessons *lessons;   /* may be NULL */
	const struct us_shelf *shelf; /* may be NULL, as the next */
	const struct us_cache *cache;
	bool (*has_key)(void *self, const char *variable);
	void (*note)(void *self, const struct us_note *n);   /* may be NULL, as the next */
	void (*event)(void *self, const struct us_event *e); /* went into the page's ring, too */
	uint64_t unix_offset_ms; /* the time of day is us_clock_ms and this */
	struct us_tree *tree;    /* whose calls these are; may be NULL */
	void *self;
};

enum us_order_kind {
	US_ORDER_NONE,   /* wait for the next event, or until us_call_due */
	US_ORDER_CANCEL, /* stop this attempt; tell nothing more of it */
	US_ORDER_RELAY,  /* give these bytes to the program: head first, line by line */
	US_ORDER_BODY,   /* fetch the whole request body and tell us_call_request_body */
	US_ORDER_SEND,   /* start an attempt */
	US_ORDER_FINISH  /* the call is over */
};
enum us_finish {
	US_FINISH_AS_ENDED, /* as the last attempt ended by itself */
	US_FINISH_OK,
	US_FINISH_OWN, /* as the last attempt on its own provider ended or was cancelled */
	US_FINISH_CUT  /* what was delivered broke off: a transfer that closed too early */
};

struct us_order {
	enum us_order_kind kind;
	unsigned flight;               /* SEND, CANCEL, RELAY: the attempt's number in this call */
	const struct us_candidate *to; /* SEND; an own one that is not rendered goes as it came */
	uint64_t connect_ms;           /* SEND: limit on connecting, 0: the program's */
	uint64_t total_ms;             /* SEND: limit on the transfer, 0: the program's */
	bool stream;                   /* SEND: a stream is asked for */
	struct us_span head, body;     /* RELAY */
	enum us_finish finish;         /* FINISH */
};

/* NULL without memory. `spare` is one that us_call_clear was called for, or NULL; it is taken over
 * in any case. `env`, `own` and what they point to outlive the call. `body` is the request's body
 * where it lies; p NULL: it has to be fetched (US_ORDER_BODY). */
struct us_call *us_call_new(struct us_call *spare, const struct us_call_env *env,
                            const struct us_own *own, struct us_span body, uint64_t number,
                            uint64_t seed, uint64_t now_ms);
/* It is over: what is left is a little memory, for the next one. */
void us_call_clear(struct us_call *c);
void us_call_free(struct us_call *c);

struct us_order us_call_next(struct us_call *c);
/* Is the next order one about bytes: CANCEL or RELAY? These may be obeyed inside a callback. */
bool us_call_urgent(const struct us_call *c);
uint64_t us_call_due(const struct us_call *c); /* US_NEVER: only events */

/* What is told next is of this attempt: two may be in flight. False: it is of no interest. */
bool us_call_about(struct us_call *c, unsigned flight);
/* A header line, and whether its block is the answer's own (see gate.h). */
void us_call_header(struct us_call *c, struct us_span line, bool final, uint64_t unix_ms,
                    uint64_t now_ms);
void us_call_body(struct us_call *c, struct us_span bytes, uint64_t now_ms);
/* The transfer has ended: NONE, or what broke it. */
void us_call_ended(struct us_call *c, enum us_cause cause, uint64_t now_ms);
void us_call_timer(struct us_call *c, uint64_t now_ms);
/* `body.p` NULL: it can't be had. Lives as long as the call. */
void us_call_request_body(struct us_call *c, struct us_span body, uint64_t now_ms);
/* The request can't be had a second time: no further attempt on the own provider may be made. */
void us_call_unrepeatable(struct us_call *c);
/* The attempt waited for a connection until then, or still does: its limits count from there. */
void us_call_queued(struct us_call *c, uint64_t until_ms, bool connected);
/* The program has paused delivery: the silence is its own. */
void us_call_paused(struct us_call *c, uint64_t now_ms);

/* Whose answer the program got, or NULL; did it break off, and was gone on with or ended here? */
const struct us_candidate *us_call_served_by(const struct us_call *c);
bool us_call_spliced(const struct us_call *c);
bool us_call_recalled(const struct us_call *c); /* it was kept: nobody has given it now */

#endif

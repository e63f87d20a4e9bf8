/* call_state.h - the inside of a call: only the engine's own files */
#ifndef US_ENGINE_CALL_STATE_H
#define US_ENGINE_CALL_STATE_H

#include "engine/call.h"
#include "engine/failback.h"
#include "engine/gate.h"
#include "engine/spend.h"
#include "engine/verdict.h"
#include "base/clock.h"

enum phase { SENDING, RELAYING, WAITING, FETCHING, DONE };

struct us_call {
	struct us_call_env env;
	const struct us_own *own;
	struct us_health_policy policy;
	uint64_t number, began, deadline, limit;
	uint64_t now;      /* of what it is being told */
	uint64_t first_ms; /* from its beginning to the first content; 0 none yet */
	unsigned tries;    /* attempts, on all */
	struct us_spend spend;
	struct us_rand rand;
	struct us_plan plan;
	struct us_span body;
	bool body_asked;
	bool once;                  /* no attempt can follow another */
	struct us_request *request; /* NULL until somebody else is to serve it */

	enum phase phase;
	struct us_candidate *cur;
	uint64_t attempt_began, limit_at, wait_until;
	struct us_gate *gate;  /* of the attempt in flight, or just ended; NULL before */
	struct us_gate *kept;  /* the own provider's failure while others are tried; NULL: none */
	struct us_gate *spare; /* memory for the next gate, or NULL */
	bool bare;             /* the last resort: nothing is held, nothing is tried after it */
	bool shown;            /* what is relayed is a failure, or a refusal, of the own provider */
	struct us_look look;
	struct us_failback back;

	/* what us_call_next hands out, in this order */
	bool want_cancel, want_relay, want_body, want_send, want_finish;
	struct us_span relay_head, relay_body;
	enum us_finish finish;
};

/* Milliseconds until the call's deadline, US_NEVER without one. */
static inline uint64_t us_course_remaining(const struct us_call *c, uint64_t now)
{
	if (c->deadline == US_NEVER)
		return US_NEVER;
	return c->deadline > now ? c->deadline - now : 0;
}
/* Is the current attempt limited, because there may be others? */
bool us_course_protects(const struct us_call *c);

/* Did the program ask for a stream? */
static inline bool us_course_stream(const struct us_call *c)
{
	return c->request && !c->request->rc ? c->request->req.stream == US_YES : c->own->stream;
}

/* The first step: the own provider, or who stands in for it. False without memory. */
bool us_course_start(struct us_call *c, uint64_t now);
/* The same provider once more, after its wait. */
void us_course_again(struct us_call *c, uint64_t now);

/* How long an attempt that begins now may take before its answer begins: limit.c. */
uint64_t us_course_limit(const struct us_call *c, uint64_t now);

/* The gate has opened: the call is served. */
void us_course_serve(struct us_call *c, uint64_t now);
/* What came may not be delivered, but there is nobody else to ask: true when it is shown after
 * all. */
bool us_course_show(struct us_call *c, enum us_cause cause, uint64_t now);
/* The attempt has ended, or was cancelled, and its answer may not be delivered. */
void us_course_failed(struct us_call *c, enum us_cause cause, uint64_t now);
/* Asks once more, without what it names, who refused the request for that; false: it does not. */
bool us_course_mend(struct us_call *c, uint64_t now);
/* A delivered answer broke off. */
void us_course_broke_off(struct us_call *c, enum us_cause cause, uint64_t now);

void us_course_relay(struct us_call *c, struct us_span head, struct us_span body);
void us_course_finish(struct us_call *c, enum us_finish how, enum us_end end, uint64_t now);
void us_course_drop_gates(struct us_call *c);
struct us_health *us_course_health(struct us_call *c, struct us_candidate *who);

#include "engine/tell.h"

#endif

/* call_state.h - the inside of a call: only the engine's own files */
#ifndef US_ENGINE_CALL_STATE_H
#define US_ENGINE_CALL_STATE_H

#include "engine/call.h"
#include "engine/failback.h"
#include "engine/gate_watch.h"
#include "engine/hedge.h"
#include "engine/recall.h"
#include "engine/resume.h"
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
	uint64_t wait_until;
	/* The attempt in flight, or just ended: struct us_lane. Of two, the one it is told of. */
	struct us_candidate *cur;
	uint64_t attempt_began, limit_at;
	size_t crumbs;        /* bytes that have come since limit_at was moved */
	struct us_gate *gate; /* NULL before */
	struct us_said *said; /* first_said, or that of a hedge */
	unsigned flight;      /* its number */
	struct us_said first_said;
	struct us_hedge hedge;
	uint64_t heard, gap;   /* a stream: when it last said something; its longest silence */
	struct us_gate *kept;  /* the own provider's failure while others are tried; NULL: none */
	struct us_gate *spare; /* memory for the next gate, or NULL */
	bool bare;             /* the last resort: nothing is held, nothing is tried after it */
	bool shown;            /* what is relayed is a failure, or a refusal, of the own provider */
	struct us_break broke;
	struct us_failback back;
	struct us_recall *recall; /* NULL: the cache has no part in it */

	/* what us_call_next hands out, in this order */
	unsigned cancel; /* this attempt; 0: none */
	bool want_relay, want_body, want_send, want_finish;
	struct us_span relay_head, relay_body;
	enum us_finish finish;

	struct us_resume resume; /* last: us_call_clear leaves it alone unless it was used */
};

/* The program gets an answer that was kept. */
static inline bool us_course_recalled(const struct us_call *c)
{
	return c->recall && c->recall->given;
}

#include "engine/course.h"
#include "engine/keys.h"
#include "engine/choose.h"
#include "engine/tell.h"

#endif

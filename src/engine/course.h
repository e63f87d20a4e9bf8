/* course.h - what call.c and its parts may ask of a call's course; included by call_state.h */
#ifndef US_ENGINE_COURSE_H
#define US_ENGINE_COURSE_H

#include "engine/call_state.h"

/* Milliseconds until the call's deadline, US_NEVER without one. */
static inline uint64_t us_course_remaining(const struct us_call *c, uint64_t now)
{
	if (c->deadline == US_NEVER)
		return US_NEVER;
	return c->deadline > now ? c->deadline - now : 0;
}
/* Is the current attempt limited, because there may be others? */
bool us_course_protects(const struct us_call *c);

/* Is the attempt one whose very bytes are the program's to see: on its own provider, and not to go
 * on with an answer that broke off? */
static inline bool us_course_native(const struct us_call *c)
{
	return c->cur->own && !c->resume.on;
}

/* Did the program ask for a stream? */
static inline bool us_course_stream(const struct us_call *c)
{
	return c->request && !c->request->rc ? c->request->req.stream == US_YES : c->own->stream;
}

/* The first step: the own provider, or who stands in for it. False without memory. */
bool us_course_start(struct us_call *c, uint64_t now);
/* The attempt in question is to be stopped. */
static inline void us_course_cancel(struct us_call *c) { c->cancel = c->flight; }
/* The same provider once more, after its wait. */
void us_course_again(struct us_call *c, uint64_t now);
/* The request's body is asked for. */
void us_course_fetch(struct us_call *c);

/* How long an attempt that begins now may take before its answer begins: limit.c. */
uint64_t us_course_limit(const struct us_call *c, uint64_t now);
/* How long a stream may be silent when its answer has begun. */
uint64_t us_course_stall(const struct us_call *c, uint64_t now);
/* It may not fall silent if it can be gone on with, a target's not at all; when its answer has
 * ended, it may linger a little. */
void us_course_move_limit(struct us_call *c, uint64_t now);
/* Do these bytes show that it speaks? An event, a comment or a ping has ended, or they are many:
 * one that comes byte by byte is as good as silent. */
bool us_course_speaks(struct us_call *c, size_t n);
/* They did: its silence has ended. */
void us_course_heard(struct us_call *c, uint64_t now);
/* The limits that the transfer is sent with. */
void us_course_bound(const struct us_call *c, struct us_order *send);
/* So much time `percent` of the current provider's answers needed to begin; 0: not known yet. */
uint64_t us_course_usual(const struct us_call *c, unsigned percent);
/* What of the program's own limit the last one asked is to have. */
uint64_t us_course_kept(const struct us_call *c);

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
/* A gate for the current attempt; NULL without memory. The own provider's failure is kept, whole,
 * until somebody has served the call. */
void us_course_open_gate(struct us_call *c);
void us_course_put_gate_away(struct us_call *c);
void us_course_drop_gate(struct us_call *c, struct us_gate **gate);
void us_course_drop_gates(struct us_call *c);
struct us_health *us_course_health(struct us_call *c, struct us_candidate *who);

#endif

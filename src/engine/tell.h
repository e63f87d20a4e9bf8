/* tell.h - what a call tells: to the log, to the ring of events, to the counters; part of
 * call_state.h */
#ifndef US_ENGINE_TELL_H
#define US_ENGINE_TELL_H

#include "engine/call_state.h"

void us_course_tell(struct us_call *c, struct us_candidate *who, const struct us_note *n);
/* Inline, so that what nobody hears of a healthy call costs nothing. */
static inline void us_course_note(struct us_call *c, struct us_candidate *who, struct us_note n)
{
	c->tries += n.kind == US_NOTE_ATTEMPT;
	if (n.kind == US_NOTE_ANSWER)
		c->first_ms = c->now - c->began;
	if (c->env.note ||
	    (n.kind != US_NOTE_ANSWER && (n.kind != US_NOTE_ATTEMPT || c->tries > 1)))
		us_course_tell(c, who, &n);
}
/* A good answer has begun: how long it took, and when it was. */
void us_course_measure(struct us_call *c, struct us_candidate *who, uint64_t ms);
/* An answer was not waited for any longer: it would have taken more than that. */
void us_course_measure_at_least(struct us_call *c, struct us_candidate *who, uint64_t ms);
/* A stream came to its end: how long it was silent at most. */
void us_course_measure_gap(struct us_call *c);
/* The breaker of this one is another now, if it is. */
void us_course_turned(struct us_call *c, struct us_candidate *who, bool turned);
/* The same of a key's. */
void us_course_turned_slot(struct us_call *c, struct us_slot *s, bool turned);

#endif

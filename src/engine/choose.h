/* choose.h - whom a call may ask, and asks next: carry.c, course.c */
#ifndef US_ENGINE_CHOOSE_H
#define US_ENGINE_CHOOSE_H

#include "engine/call.h"

/* carry.c: the request, parsed once. */
bool us_course_understood(struct us_call *c);
/* May this one carry it? Without the body: perhaps. */
bool us_course_carries(struct us_call *c, struct us_candidate *who);

/* order.c: who could be asked, in this order; made once. */
void us_course_expand(struct us_call *c);

/* Is it well, and one of its keys? Takes no permit. */
bool us_course_ready(struct us_call *c, struct us_candidate *who, uint64_t now);
/* Asks its breaker for a permit; false: it is passed by. */
bool us_course_admit(struct us_call *c, struct us_candidate *who, uint64_t now);
/* Sends to who was admitted. False without memory. */
US_MUST_CHECK bool us_course_try(struct us_call *c, struct us_candidate *who, uint64_t now);
/* The same; without memory the call is over. */
void us_course_begin(struct us_call *c, struct us_candidate *who, uint64_t now);
/* The own provider, or, where it is passed by, the first of the others. */
void us_course_ask_own(struct us_call *c, uint64_t now);
/* Goes on to the next fallback, or gives up. */
void us_course_next(struct us_call *c, uint64_t now);
/* Nobody can serve: the program sees its own provider's failure. */
void us_course_give_up(struct us_call *c, uint64_t now);
/* Is there a fallback that is well and carries it? Takes no permit. */
bool us_course_somebody_else(struct us_call *c, uint64_t now);
/* The request's body is known: so are the models that match it. */
void us_course_match(struct us_call *c);
/* The request's body is there, or can't be had. */
void us_course_fetched(struct us_call *c, uint64_t now);

#endif

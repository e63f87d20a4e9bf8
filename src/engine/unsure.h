/* unsure.h - a tool's request that may have been acted upon, and must not be twice */
#ifndef US_ENGINE_UNSURE_H
#define US_ENGINE_UNSURE_H

#include "engine/call_state.h"

/* May what has failed have been acted upon, and must not be twice? Then that is its end. */
bool us_course_is_unsure(const struct us_call *c, const struct us_verdict *v);
void us_course_end_unsure(struct us_call *c, uint64_t now);

#endif

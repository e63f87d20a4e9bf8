/* wants.h - what several dialects ask about a request before they write it */
#ifndef US_WIRE_WANTS_H
#define US_WIRE_WANTS_H

#include "wire/request.h"

/* Is it the system's or the developer's? */
bool us_is_instruction(const struct us_turn *t);

/* How many turns at the front are. */
size_t us_req_lead(const struct us_req *r);

bool us_turn_has(const struct us_turn *t, enum us_block_kind kind);

/* Of the tools that may be chosen among, is this one? */
bool us_req_allows(const struct us_req *r, struct us_span name);

/* Must a tool be called? */
bool us_req_must_call(const struct us_req *r);

/* Is the model not to think before it answers? */
bool us_req_wants_no_thought(const struct us_req *r);

#endif

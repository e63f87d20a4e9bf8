/* wants.c - what several dialects ask about a request before they write it */
#include "wire/wants.h"

bool us_is_instruction(const struct us_turn *t)
{
	return t->role == US_ROLE_SYSTEM || t->role == US_ROLE_DEVELOPER;
}

size_t us_req_lead(const struct us_req *r)
{
	size_t n = 0;

	while (n < r->nturns && us_is_instruction(&r->turns[n]))
		n++;
	return n;
}

bool us_turn_has(const struct us_turn *t, enum us_block_kind kind)
{
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == kind)
			return true;
	return false;
}

bool us_req_allows(const struct us_req *r, struct us_span name)
{
	for (size_t i = 0; i < r->nallowed; i++)
		if (us_span_eq(r->allowed[i], name))
			return true;
	return false;
}

bool us_req_must_call(const struct us_req *r)
{
	return r->ntools && (r->choice == US_CHOICE_REQUIRED || r->choice == US_CHOICE_NAMED ||
	                     (r->choice == US_CHOICE_ALLOWED && r->allowed_required));
}

bool us_req_wants_no_thought(const struct us_req *r)
{
	return r->reason == US_REASON_OFF || r->reason == US_REASON_BETWEEN_TOOLS ||
	       (r->reason == US_REASON_EFFORT && us_span_is(r->effort, "none"));
}

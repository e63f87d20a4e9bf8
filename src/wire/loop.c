/* loop.c - the tool loop that a request goes on with, and whose it is */
#include "wire/loop.h"

#include "wire/mint.h"
#include "wire/wants.h"

/* The turn before r->turns[i] that somebody speaks; NULL: there is none. */
static const struct us_turn *before(const struct us_req *r, size_t *i)
{
	while (*i > 0)
		if (!us_is_instruction(&r->turns[--*i]))
			return &r->turns[*i];
	return NULL;
}

static bool has_results(const struct us_turn *t)
{
	return t->role == US_ROLE_USER && us_turn_has(t, US_TOOL_RESULT);
}

/* A call of ours in this turn, or NULL. */
static const struct us_block *call_of_ours(const struct us_turn *t)
{
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == US_TOOL_CALL && us_minted(t->blocks[i].id))
			return &t->blocks[i];
	return NULL;
}

struct us_loop us_loop_of(const struct us_req *r)
{
	struct us_loop loop = { 0 };
	size_t i = r->nturns;
	const struct us_turn *t = before(r, &i);

	while (t && has_results(t)) {
		const struct us_turn *calls = before(r, &i);
		const struct us_block *ours = calls ? call_of_ours(calls) : NULL;

		if (!calls || calls->role != US_ROLE_ASSISTANT)
			break;
		if (!loop.open) {
			loop.ours = ours != NULL;
			loop.tag = ours ? us_minted_tag(ours->id) : 0;
		}
		loop.open = true;
		loop.mixed |= ours != NULL;
		t = before(r, &i);
	}
	return loop;
}

/* continue.c - the request that asks for the rest of an answer that broke off
 *
 * No instruction is slipped into the program's own: the prompt is the program's. An answer in JSON
 * is not held to its form by the target, which would begin it anew; the join is verified instead.
 */
#include "wire/continue.h"

#define ARENA_MAX ((size_t)256 << 20)
#define TEXT_MAX ((size_t)64 << 20)
#define TOKEN_BYTES 4 /* of text, about */
#define OUT_MIN 16    /* tokens: a limit that is nearly used up */

static void add_turn(struct us_continuation *c, struct us_req *r)
{
	struct us_turn *turns = us_arena_array(&c->arena, r->nturns + 1, sizeof(*turns));
	struct us_block *b = us_arena_alloc(&c->arena, sizeof(*b));

	if (!turns || !b)
		return;
	if (r->nturns)
		memcpy(turns, r->turns, r->nturns * sizeof(*turns));
	*b = (struct us_block){ .kind = US_TEXT, .text = us_buf_span(&c->text) };
	turns[r->nturns] = (struct us_turn){ .role = US_ROLE_ASSISTANT, .blocks = b, .nblocks = 1 };
	r->turns = turns;
	r->nturns++;
	r->begun = true;
}

static void shorten(struct us_req *r, uint64_t bytes)
{
	uint64_t spent = bytes / TOKEN_BYTES;

	if (r->max_out_set)
		r->max_out = r->max_out > spent + OUT_MIN ? r->max_out - spent : OUT_MIN;
}

int us_continuation_init(struct us_continuation *c, const struct us_request *q,
                         const struct us_track *t)
{
	struct us_req *r = &c->request.req;

	*c = (struct us_continuation){ .request = *q };
	us_arena_init(&c->arena, ARENA_MAX);
	us_buf_init(&c->text, TEXT_MAX);
	us_track_text(t, &c->text);
	add_turn(c, r);
	shorten(r, us_track_bytes(t));
	if (t->call.n)
		r->begun_call = us_arena_copy(&c->arena, us_buf_span(&t->call));
	if (r->choice != US_CHOICE_NONE && r->choice != US_CHOICE_UNSET)
		r->choice = US_CHOICE_AUTO;
	if (r->format != US_FORMAT_UNSET)
		r->format = US_FORMAT_TEXT;
	return c->arena.err ? c->arena.err : c->text.err;
}

void us_continuation_fini(struct us_continuation *c)
{
	us_arena_fini(&c->arena);
	us_buf_fini(&c->text);
}

struct us_seam_ways us_continuation_ways(const struct us_rendered *r, const struct us_dialect *d)
{
	bool exact = !us_diag_told(&r->diags, "PREFILL_EMULATED");

	return (struct us_seam_ways){ .exact = exact, .trimmed = exact && d->limits.no_blank_text };
}

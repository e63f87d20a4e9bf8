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

static void add_turn(struct us_continuation *c, enum us_role role, struct us_span text)
{
	struct us_req *r = &c->request.req;
	struct us_turn *turns = us_arena_array(&c->arena, r->nturns + 1, sizeof(*turns));
	struct us_block *b = us_arena_alloc(&c->arena, sizeof(*b));

	if (!turns || !b)
		return;
	if (r->nturns)
		memcpy(turns, r->turns, r->nturns * sizeof(*turns));
	*b = (struct us_block){ .kind = US_TEXT, .text = text };
	turns[r->nturns] = (struct us_turn){ .role = role, .blocks = b, .nblocks = 1 };
	r->turns = turns;
	r->nturns++;
}

static void shorten(struct us_req *r, uint64_t bytes)
{
	uint64_t spent = bytes / TOKEN_BYTES;

	if (r->max_out_set)
		r->max_out = r->max_out > spent + OUT_MIN ? r->max_out - spent : OUT_MIN;
}

static void ask_for_text(struct us_continuation *c, const struct us_track *t)
{
	struct us_req *r = &c->request.req;

	us_track_text(t, &c->text);
	add_turn(c, US_ROLE_ASSISTANT, us_buf_span(&c->text));
	shorten(r, us_track_bytes(t));
	if (t->call.n)
		r->begun_call = us_arena_copy(&c->arena, us_buf_span(&t->call));
	if (r->choice != US_CHOICE_NONE && r->choice != US_CHOICE_UNSET)
		r->choice = US_CHOICE_AUTO;
}

/* The same history, and nothing but this one call to make. */
static void ask_for_call(struct us_continuation *c, struct us_span name)
{
	struct us_req *r = &c->request.req;

	r->choice = US_CHOICE_NAMED;
	r->choice_name = name;
	r->parallel_tools = US_NO;
}

static void ask_for_args(struct us_continuation *c, struct us_span name)
{
	struct us_buf ask;

	us_buf_init(&ask, TEXT_MAX);
	us_buf_add_str(&ask, "You began to call the tool ");
	us_buf_add_span(&ask, name);
	us_buf_add_str(&ask, ", and were cut off by a connection failure amid the JSON text of its "
	                     "arguments: \xc2\xab");
	us_buf_add_span(&ask, us_buf_span(&c->text));
	us_buf_add_str(&ask,
	               "\xc2\xbb. Complete this JSON text from exactly that point. Output only "
	               "its remaining characters: do not repeat anything, do not explain, do "
	               "not use a code block, and call no tool.");
	add_turn(c, US_ROLE_USER, us_arena_copy(&c->arena, us_buf_span(&ask)));
	if (ask.err)
		c->arena.err = ask.err;
	us_buf_fini(&ask);
	if (c->request.req.ntools)
		c->request.req.choice = US_CHOICE_NONE;
}

static const struct us_tool *find_tool(const struct us_req *r, struct us_span name)
{
	for (size_t i = 0; i < r->ntools; i++)
		if (us_span_eq(r->tools[i].name, name))
			return &r->tools[i];
	return NULL;
}

static void ask_for_rest_of_call(struct us_continuation *c, const struct us_track *t,
                                 enum us_continue what)
{
	struct us_span name = t->said.blocks[t->said.nblocks - 1].name;

	us_buf_add_span(&c->text, us_buf_span(&t->said.open));
	c->tool = find_tool(&c->request.req, name);
	if (what == US_CONTINUE_CALL)
		ask_for_call(c, name);
	else
		ask_for_args(c, name);
}

int us_continuation_init(struct us_continuation *c, const struct us_request *q,
                         const struct us_track *t, enum us_continue what)
{
	struct us_req *r = &c->request.req;

	*c = (struct us_continuation){ .request = *q };
	us_arena_init(&c->arena, ARENA_MAX);
	us_buf_init(&c->text, TEXT_MAX);
	r->begun = true;
	if (what == US_CONTINUE_TEXT)
		ask_for_text(c, t);
	else
		ask_for_rest_of_call(c, t, what);
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

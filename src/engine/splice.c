/* splice.c - what can be done with an answer that broke off (wire-formats 12.2) */
#include "engine/splice.h"

#include "wire/push.h"

/* Of more than one answer only the first is followed here; probabilities and sounds can't be
 * joined; a grammar is not ours to check. */
static bool can_be_joined(const struct us_req *r)
{
	return !(r->n.text.n && r->n.v > 1) && r->logprobs != US_YES && !r->top_logprobs.text.n &&
	       !r->audio_out && r->format != US_FORMAT_GRAMMAR;
}

/* The whole value that was asked for is there. */
static bool is_whole_json(const struct us_req *r, const struct us_resp *said)
{
	bool json = r->format == US_FORMAT_JSON_OBJECT || r->format == US_FORMAT_JSON_SCHEMA;
	struct us_span text = us_buf_span(&said->open);
	struct us_push push = { 0 };
	size_t used;

	if (!json || said->nblocks != 1)
		return false;
	if (!said->in_block)
		text = said->blocks[0].text;
	return us_push_feed(&push, text, &used) == US_PUSH_DONE;
}

/* Nothing but its end is missing: arguments are one JSON object, and nothing is behind it. */
static bool is_whole_call(const struct us_resp *said, const struct us_block *call)
{
	return call->args_kind != US_ARGS_FREEFORM &&
	       us_args_kind(us_buf_span(&said->open)) == US_ARGS_OBJECT;
}

/* Its arguments have begun as an object does. */
static bool is_begun_call(const struct us_resp *said, const struct us_block *call)
{
	struct us_span args = us_span_trim(us_buf_span(&said->open));
	struct us_push push = { 0 };
	size_t used;

	return call->args_kind != US_ARGS_FREEFORM && said->in_block &&
	       (!args.n || args.p[0] == '{') && us_push_feed(&push, args, &used) == US_PUSH_MORE;
}

static bool is_text(const struct us_block *b) { return b->kind == US_TEXT; }
static bool is_call(const struct us_block *b) { return b->kind == US_TOOL_CALL; }

/* Calls that are whole can be made; that there might have been more is no harm. */
static enum us_splice of_call(const struct us_resp *said, const struct us_block *last)
{
	if (!said->in_block || is_whole_call(said, last))
		return US_SPLICE_FINISH;
	return is_begun_call(said, last) ? US_SPLICE_CALL : US_SPLICE_ERROR;
}

enum us_splice us_splice_decide(const struct us_req *req, const struct us_resp *said)
{
	const struct us_block *last = said->nblocks ? &said->blocks[said->nblocks - 1] : NULL;
	bool texts = true;

	if (!can_be_joined(req))
		return US_SPLICE_ERROR;
	if (said->stopped)
		return US_SPLICE_FINISH;
	for (size_t i = 0; i < said->nblocks; i++)
		texts &= is_text(&said->blocks[i]) || said->blocks[i].kind == US_THINK;
	if (last && is_call(last))
		return of_call(said, last);
	/* Text behind a call would have to be gone on with before the call has its result. */
	if (is_whole_json(req, said))
		return US_SPLICE_FINISH;
	return last && texts && is_text(last) ? US_SPLICE_TEXT : US_SPLICE_ERROR;
}

bool us_splice_repeats(const struct us_resp *said)
{
	for (size_t i = 0; i + 1 < said->nblocks; i++)
		if (is_call(&said->blocks[i]) &&
		    us_span_eq(said->blocks[i].name, said->blocks[said->nblocks - 1].name))
			return true;
	return false;
}

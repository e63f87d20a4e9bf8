/* openai_answer.c - hub answers as whole Chat Completions documents
 *
 * Also what a document has in common with the chunks of a stream, see openai_encode.c.
 */
#include "wire/openai_answer.h"

#include "wire/mint.h"

#define TEXT_MAX ((size_t)64 << 20)

/* Words of ours only: a program may refuse one that it does not know. */
static const char *const reasons[] = {
	[US_STOP_END] = "stop",
	[US_STOP_SEQUENCE] = "stop",
	[US_STOP_MAX_TOKENS] = "length",
	[US_STOP_TOOL] = "tool_calls",
	[US_STOP_FILTER] = "content_filter",
	[US_STOP_REFUSAL] = "stop",
	[US_STOP_PAUSE] = "stop",
	[US_STOP_CONTEXT_FULL] = "length",
	[US_STOP_ERROR] = "stop",
	[US_STOP_OTHER] = "stop",
};

struct us_span us_openai_finish_reason(const struct us_req *req, enum us_stop stop, unsigned calls,
                                       bool spoke)
{
	if (calls && (stop == US_STOP_END || stop == US_STOP_OTHER))
		stop = US_STOP_TOOL;
	if (stop == US_STOP_TOOL && !calls)
		stop = US_STOP_END;
	if (stop == US_STOP_TOOL && req->legacy_functions)
		return US_SPAN("function_call");
	if (stop == US_STOP_REFUSAL && !spoke)
		stop = US_STOP_FILTER;
	return us_span_of(reasons[stop]);
}

bool us_openai_takes_call(const struct us_req *req, unsigned calls)
{
	return !calls || (req->parallel_tools != US_NO && !req->legacy_functions);
}

bool us_openai_is_custom(const struct us_req *req, struct us_span name)
{
	for (size_t i = 0; i < req->ntools; i++)
		if (req->tools[i].kind == US_TOOL_CUSTOM && us_span_eq(req->tools[i].name, name))
			return true;
	return false;
}

/* A provider that did not keep to the wrapping gets the benefit of the doubt. */
void us_openai_print_unwrapped(struct us_print *p, struct us_span args)
{
	struct us_doc doc = { 0 };
	struct us_arena a;
	struct us_val input = { 0 };
	int rc = us_doc_parse(&doc, args);

	us_arena_init(&a, TEXT_MAX);
	if (!rc)
		input = us_val_get(us_doc_root(&doc), "input");
	us_print_str(p, us_val_is(input, US_J_STRING) ? us_val_str(input, &a) : args);
	if (rc == US_ENOMEM || a.err)
		p->out->err = US_ENOMEM;
	us_arena_fini(&a);
	us_doc_fini(&doc);
}

void us_openai_print_call_id(struct us_print *p, const struct us_look *look, unsigned n)
{
	us_mint_member(p, "id", "call_", US_OPENAI_CALL_ID, look->seed, n);
}

static uint64_t known(const struct us_usage *u, enum us_usage_bit bit, uint64_t n, uint64_t guess)
{
	return u->known & bit ? n : guess;
}

/* All members are there, as 0 where they are not known: programs read them unasked. */
void us_openai_print_usage(struct us_print *p, const struct us_look *look, const struct us_usage *u,
                           uint64_t bytes)
{
	uint64_t in = known(u, US_USAGE_IN, u->in, look->in_estimate);
	uint64_t out = us_usage_out(u, bytes);

	us_print_key(p, "usage");
	us_print_open(p, '{');
	us_print_member_u64(p, "prompt_tokens", in);
	us_print_member_u64(p, "completion_tokens", out);
	us_print_member_u64(p, "total_tokens", in + out);
	us_print_key(p, "prompt_tokens_details");
	us_print_open(p, '{');
	us_print_member_u64(p, "cached_tokens", known(u, US_USAGE_CACHE_READ, u->cache_read, 0));
	us_print_member_u64(p, "cache_write_tokens",
	                    known(u, US_USAGE_CACHE_WRITE, u->cache_write, 0));
	us_print_member_u64(p, "audio_tokens", 0);
	us_print_close(p, '}');
	us_print_key(p, "completion_tokens_details");
	us_print_open(p, '{');
	us_print_member_u64(p, "reasoning_tokens", known(u, US_USAGE_REASONING, u->reasoning, 0));
	us_print_member_u64(p, "audio_tokens", 0);
	us_print_member_u64(p, "accepted_prediction_tokens", 0);
	us_print_member_u64(p, "rejected_prediction_tokens", 0);
	us_print_close(p, '}');
	us_print_close(p, '}');
}

/* The same in every chunk: programs tell answers apart by it. */
void us_openai_print_head(struct us_print *p, const struct us_look *look, const char *object)
{
	if (us_set(look->id))
		us_print_member(p, "id", look->id);
	else
		us_mint_member(p, "id", "chatcmpl-", 29, look->seed, 0);
	us_print_member(p, "object", us_span_of(object));
	us_print_member_u64(p, "created", look->now_s);
	us_print_member(p, "model", look->model);
	us_print_key(p, "choices");
	us_print_open(p, '[');
}

/* The text of all blocks of one kind, put together as a stream would. */
static void join_blocks(const struct us_resp *r, enum us_block_kind kind, struct us_buf *text)
{
	bool parted = false;

	for (size_t i = 0; i < r->nblocks; i++) {
		const struct us_block *b = &r->blocks[i];

		if (b->kind != kind) {
			parted = text->n > 0;
		} else if (b->text.n) {
			if (parted && kind == US_TEXT)
				us_buf_add_str(text, "\n\n");
			us_buf_add_span(text, b->text);
			parted = false;
		}
	}
}

static void print_call(struct us_print *p, const struct us_look *look, const struct us_block *b,
                       unsigned ordinal)
{
	bool custom = us_openai_is_custom(look->req, b->name);
	bool none = !custom && us_args_kind(b->args) == US_ARGS_EMPTY;

	us_print_open(p, '{');
	if (!look->req->legacy_functions) {
		us_openai_print_call_id(p, look, ordinal);
		us_print_member(p, "type", custom ? US_SPAN("custom") : US_SPAN("function"));
		us_print_key(p, custom ? "custom" : "function");
		us_print_open(p, '{');
	}
	us_print_member(p, "name", b->name);
	us_print_key(p, custom ? "input" : "arguments");
	if (custom && b->args_kind != US_ARGS_FREEFORM)
		us_openai_print_unwrapped(p, b->args);
	else
		us_print_str(p, none ? US_SPAN("{}") : b->args);
	if (!look->req->legacy_functions)
		us_print_close(p, '}');
	us_print_close(p, '}');
}

/* Returns how many calls the program is shown; in the older form one, and not in a list. */
static unsigned print_calls(struct us_print *p, const struct us_look *look, const struct us_resp *r)
{
	bool legacy = look->req->legacy_functions;
	unsigned n = 0;

	for (size_t i = 0; i < r->nblocks; i++) {
		if (r->blocks[i].kind != US_TOOL_CALL || !us_openai_takes_call(look->req, n))
			continue;
		if (!n) {
			us_print_key(p, legacy ? "function_call" : "tool_calls");
			if (!legacy)
				us_print_open(p, '[');
		}
		print_call(p, look, &r->blocks[i], ++n);
	}
	if (n && !legacy)
		us_print_close(p, ']');
	return n;
}

/* Is there a block of this kind, and does it say something? */
static bool has(const struct us_resp *r, enum us_block_kind kind)
{
	for (size_t i = 0; i < r->nblocks; i++)
		if (r->blocks[i].kind == kind && (kind == US_TOOL_CALL || r->blocks[i].text.n))
			return true;
	return false;
}

static void print_text(struct us_print *p, const struct us_resp *r, enum us_block_kind kind,
                       struct us_buf *text)
{
	join_blocks(r, kind, text);
	us_print_gathered(p, text);
}

/* Prints the message and the finish reason that goes with it. */
static void print_choice(struct us_print *p, const struct us_look *look, const struct us_resp *r,
                         struct us_buf *text)
{
	bool said = has(r, US_TEXT), refused = has(r, US_REFUSAL);
	unsigned calls;

	us_print_key(p, "message");
	us_print_open(p, '{');
	us_print_member(p, "role", US_SPAN("assistant"));
	us_print_key(p, "content");
	/* An answer that says nothing at all is empty, as in a stream; programs expect a string. */
	if (said || (!refused && !has(r, US_TOOL_CALL)))
		print_text(p, r, US_TEXT, text);
	else
		us_print_null(p);
	us_print_key(p, "refusal");
	if (refused)
		print_text(p, r, US_REFUSAL, text);
	else
		us_print_null(p);
	us_print_member_raw(p, "annotations", US_SPAN("[]"));
	calls = print_calls(p, look, r);
	us_print_close(p, '}');
	us_print_member_null(p, "logprobs");
	us_print_member(p, "finish_reason",
	                us_openai_finish_reason(look->req, r->stop, calls, said || refused));
}

int us_openai_encode_whole(const struct us_look *look, const struct us_resp *r, struct us_buf *out)
{
	struct us_print p = us_print(out);
	struct us_buf text;

	us_buf_init(&text, TEXT_MAX);
	us_print_open(&p, '{');
	us_openai_print_head(&p, look, "chat.completion");
	us_print_open(&p, '{');
	us_print_member_u64(&p, "index", 0);
	print_choice(&p, look, r, &text);
	us_print_close(&p, '}');
	us_print_close(&p, ']');
	us_openai_print_usage(&p, look, &r->usage, us_resp_bytes(r));
	us_print_close(&p, '}');
	us_buf_fini(&text);
	return out->err;
}

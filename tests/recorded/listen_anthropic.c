/* listen_anthropic.c - a program that speaks Anthropic Messages
 *
 *     message_start  (content_block_start  content_block_delta*  content_block_stop)*
 *     message_delta  message_stop
 *
 * Blocks count 0, 1, 2, one is open at a time. `ping` may stand anywhere behind message_start, an
 * error anywhere, and is the end. The name of an event and its type are the same word.
 */
#include "heard.h"

#define ERROR_TYPES                                                                                \
	"invalid_request_error|authentication_error|billing_error|permission_error|"               \
	"not_found_error|conflict_error|request_too_large|rate_limit_error|api_error|"             \
	"timeout_error|overloaded_error"
#define STOP_REASONS                                                                               \
	"end_turn|max_tokens|stop_sequence|tool_use|pause_turn|refusal|"                           \
	"model_context_window_exceeded"

/* What a program remembers from event to event. */
struct talk {
	struct heard *h;
	const struct us_req *asked;
	enum { NONE, TEXT, CALL } open;
	bool began, stopped;
	bool some; /* the open block got a delta */
	size_t blocks;
};

static bool is_object(struct us_span json)
{
	struct us_mock_json_error error;
	struct us_arena a;
	const struct us_mock_json *v;
	bool lone, is;

	us_arena_init(&a, (size_t)64 << 20);
	v = us_mock_json_parse(&a, json, &lone, &error);
	is = v && v->kind == US_MOCK_OBJ;
	us_arena_fini(&a);
	return is;
}

/* Where the tokens ran out, arguments may be cut. */
static void check_arguments(struct heard *h)
{
	for (size_t i = 0; i < h->ncalls; i++)
		heard_must(h,
		           us_span_is(h->stop, "max_tokens") ||
		                   is_object(us_buf_span(&h->calls[i].args)),
		           "arguments are an object");
}

static void hear_head(struct heard *h, const struct us_mock_json *m)
{
	struct us_span id = us_mock_json_text(json_member(m, "id"));

	heard_must(h, us_span_starts(id, "msg_01"), "a message has an id");
	heard_must(h, json_says(m, "type", "message") && json_says(m, "role", "assistant"),
	           "a message has its type and role");
	h->id = us_arena_copy(&h->arena, id);
	h->model = us_arena_copy(&h->arena, us_mock_json_text(json_member(m, "model")));
}

static void hear_stop(struct heard *h, const struct us_mock_json *v)
{
	struct us_span word = us_mock_json_text(json_member(v, "stop_reason"));
	const struct us_mock_json *sequence = json_member(v, "stop_sequence");
	bool early = us_span_is(word, "max_tokens") || us_span_is(word, "pause_turn") ||
	             us_span_is(word, "refusal") ||
	             us_span_is(word, "model_context_window_exceeded");

	heard_must(h, word.n && us_mock_among(STOP_REASONS, word),
	           "stop_reason is a word that programs know");
	heard_must(h, early || us_span_is(word, "tool_use") == (h->ncalls > 0),
	           "stop_reason says if there are calls");
	heard_must(h, sequence, "stop_sequence is said, if as null");
	heard_must(h,
	           !h->broken &&
	                   us_span_is(word, "stop_sequence") == (sequence->kind == US_MOCK_STR),
	           "stop_sequence is the reason's");
	heard_must(h, us_span_is(word, "refusal") == (json_member(v, "stop_details") != NULL),
	           "a refusal has details");
	h->stop = us_arena_copy(&h->arena, word);
	h->sequence = us_arena_copy(&h->arena, us_mock_json_text(sequence));
	check_arguments(h);
}

/* Input tokens are counted apart from those of the cache. */
static void hear_usage(struct heard *h, const struct us_mock_json *v)
{
	struct us_usage *u = &h->usage;

	heard_must(h,
	           json_counts(v, "input_tokens") && json_counts(v, "output_tokens") &&
	                   json_counts(v, "cache_read_input_tokens") &&
	                   json_counts(v, "cache_creation_input_tokens"),
	           "usage has its counts");
	heard_count(h, v, "input_tokens", US_USAGE_IN, &u->in);
	heard_count(h, v, "output_tokens", US_USAGE_OUT, &u->out);
	heard_count(h, v, "cache_read_input_tokens", US_USAGE_CACHE_READ, &u->cache_read);
	heard_count(h, v, "cache_creation_input_tokens", US_USAGE_CACHE_WRITE, &u->cache_write);
	u->in += u->cache_read + u->cache_write;
}

/* Events */

static void on_message_start(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *m = json_member(v, "message");
	const struct us_mock_json *content = json_member(m, "content");

	heard_must(t->h, !t->began, "a message starts once");
	heard_must(t->h,
	           json_only(v, "type message") &&
	                   json_only(m, "id type role model content stop_reason "
	                                "stop_sequence usage"),
	           "message_start has its members");
	heard_must(t->h, content && content->kind == US_MOCK_ARR && !content->count,
	           "a message starts empty");
	heard_must(t->h, json_is_null(m, "stop_reason") && json_is_null(m, "stop_sequence"),
	           "a message starts without an end");
	hear_head(t->h, m);
	hear_usage(t->h, json_member(m, "usage"));
	t->began = true;
}

static void on_call_start(struct talk *t, const struct us_mock_json *block)
{
	const struct us_mock_json *input = json_member(block, "input");
	struct us_span id = us_mock_json_text(json_member(block, "id"));
	struct us_span name = us_mock_json_text(json_member(block, "name"));

	heard_must(t->h, json_only(block, "type id name input"), "a call has its members");
	heard_must(t->h, us_span_starts(id, "toolu_01") && name.n, "a call has an id and a name");
	heard_must(t->h, input && input->kind == US_MOCK_OBJ && !input->count,
	           "a call begins without arguments");
	heard_add_call(t->h, id, name);
	us_buf_add_str(&t->h->text, HEARD_CALL);
	t->open = CALL;
}

static void on_block_start(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *index = json_member(v, "index");
	const struct us_mock_json *block = json_member(v, "content_block");

	heard_must(t->h, json_only(v, "type index content_block"), "a block has its members");
	heard_must(t->h, t->open == NONE, "one block is open at a time");
	heard_must(t->h, index && index->number == (double)t->blocks, "blocks are counted 0, 1, 2");
	heard_must(t->h, !t->stopped, "no block comes after the stop reason");
	t->some = false;
	if (json_says(block, "type", "tool_use")) {
		on_call_start(t, block);
		return;
	}
	heard_must(t->h,
	           json_only(block, "type text") && json_says(block, "type", "text") &&
	                   json_says(block, "text", ""),
	           "a block is an empty text or a call");
	us_buf_add_str(&t->h->text, HEARD_TEXT);
	t->open = TEXT;
}

static void on_delta(struct talk *t, const struct us_mock_json *v)
{
	static const char *const types[] = { NULL, "text_delta", "input_json_delta" };
	static const char *const members[] = { NULL, "text", "partial_json" };
	const struct us_mock_json *index = json_member(v, "index"),
				  *delta = json_member(v, "delta");
	struct us_span piece;

	heard_must(t->h, t->open != NONE && index && index->number == (double)t->blocks,
	           "a delta is of the open block");
	if (t->h->broken)
		return;
	piece = us_mock_json_text(json_member(delta, members[t->open]));
	heard_must(t->h, json_says(delta, "type", types[t->open]), "a delta fits its block");
	heard_must(t->h, piece.n > 0 && delta->count == 2, "a delta brings something");
	us_buf_add_span(t->open == CALL ? &t->h->calls[t->h->ncalls - 1].args : &t->h->text, piece);
	t->some = true;
}

static void on_block_stop(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *index = json_member(v, "index");

	heard_must(t->h, json_only(v, "type index"), "a block's end has its members");
	heard_must(t->h, t->open != NONE && index && index->number == (double)t->blocks,
	           "the open block ends");
	heard_must(t->h, t->some || t->open == CALL, "no text block is empty");
	if (!t->h->broken && t->open == CALL && !t->some)
		us_buf_add_str(&t->h->calls[t->h->ncalls - 1].args, "{}");
	t->open = NONE;
	t->blocks++;
}

static void on_message_delta(struct talk *t, const struct us_mock_json *v)
{
	heard_must(t->h, json_only(v, "type delta usage"), "message_delta has its members");
	heard_must(t->h, t->open == NONE && !t->stopped, "all blocks end before the message does");
	hear_stop(t->h, json_member(v, "delta"));
	hear_usage(t->h, json_member(v, "usage"));
	t->stopped = true;
}

static void on_message_stop(struct talk *t, const struct us_mock_json *v)
{
	heard_must(t->h, json_only(v, "type") && t->stopped, "a message stops with a reason");
	t->h->done = true;
}

static void on_ping(struct talk *t, const struct us_mock_json *v)
{
	heard_must(t->h, json_only(v, "type"), "a ping says nothing");
}

static void on_error(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *error = json_member(v, "error");
	struct us_span type = us_mock_json_text(json_member(error, "type"));

	heard_must(t->h, json_only(v, "type error") && json_only(error, "type message"),
	           "an error has its members");
	heard_must(t->h, type.n && us_mock_among(ERROR_TYPES, type), "an error has a known type");
	heard_must(t->h, us_mock_json_text(json_member(error, "message")).n, "an error has words");
	t->h->failed = true;
}

static const struct {
	const char *name;
	void (*on)(struct talk *t, const struct us_mock_json *v);
	bool first; /* may come before message_start */
} events[] = {
	{ "message_start", on_message_start, true },
	{ "content_block_start", on_block_start, false },
	{ "content_block_delta", on_delta, false },
	{ "content_block_stop", on_block_stop, false },
	{ "message_delta", on_message_delta, false },
	{ "message_stop", on_message_stop, false },
	{ "ping", on_ping, false },
	{ "error", on_error, true },
};

static void on_event(struct talk *t, struct us_span name, const struct us_mock_json *v)
{
	size_t i = 0;

	while (i < US_COUNT(events) && !us_span_is(name, events[i].name))
		i++;
	heard_must(t->h, i < US_COUNT(events), "an event has a name that programs know");
	heard_must(t->h, us_span_eq(us_mock_json_text(json_member(v, "type")), name),
	           "an event's type is its name");
	if (t->h->broken)
		return;
	heard_must(t->h, t->began || events[i].first, "message_start comes first");
	events[i].on(t, v);
}

static void stream(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	struct talk t = { .h = h, .asked = asked };
	struct us_span name, data;

	while (heard_next(h, &bytes, &name, &data)) {
		const struct us_mock_json *v = heard_object(h, data);

		if (v)
			on_event(&t, name, v);
	}
	heard_must(h, h->done || h->failed, "a stream ends in message_stop or an error");
}

/* Documents */

static void hear_block(struct heard *h, const struct us_mock_json *b)
{
	const struct us_mock_json *input = json_member(b, "input");
	struct us_span text = us_mock_json_text(json_member(b, "text"));
	struct us_span id = us_mock_json_text(json_member(b, "id"));
	struct heard_call *c;

	if (json_says(b, "type", "text")) {
		heard_must(h, json_only(b, "type text citations") && text.n,
		           "a text says something");
		us_buf_add_str(&h->text, HEARD_TEXT);
		us_buf_add_span(&h->text, text);
		return;
	}
	heard_must(h, json_says(b, "type", "tool_use") && json_only(b, "type id name input"),
	           "a block is a text or a call");
	heard_must(h, input && input->kind == US_MOCK_OBJ, "arguments are an object");
	if (h->broken)
		return;
	us_buf_add_str(&h->text, HEARD_CALL);
	c = heard_add_call(h, id, us_mock_json_text(json_member(b, "name")));
	us_buf_add_span(&c->args, input->text);
}

static void document(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	const struct us_mock_json *v = heard_object(h, bytes), *content = json_member(v, "content");

	heard_must(h, content && content->kind == US_MOCK_ARR, "an answer has content");
	if (h->broken)
		return;
	hear_head(h, v);
	for (const struct us_mock_json *b = content->first; b; b = b->next)
		hear_block(h, b);
	hear_stop(h, v);
	hear_usage(h, json_member(v, "usage"));
	h->done = true;
}

/* What is to be heard */

static void expect_block(struct heard *h, const struct us_block *b, bool single)
{
	struct heard_call *c;

	if ((b->kind == US_TEXT || b->kind == US_REFUSAL) && b->text.n) {
		us_buf_add_str(&h->text, HEARD_TEXT);
		us_buf_add_span(&h->text, b->text);
	}
	if (b->kind != US_TOOL_CALL || (single && h->ncalls))
		return;
	us_buf_add_str(&h->text, HEARD_CALL);
	c = heard_add_call(h, us_span("", 0), b->name);
	heard_object_args(&c->args, b);
}

/* wire-formats 8.1. */
static const char *expect_stop(const struct heard *h, enum us_stop stop)
{
	switch (stop) {
	case US_STOP_SEQUENCE:
		return "stop_sequence";
	case US_STOP_MAX_TOKENS:
		return "max_tokens";
	case US_STOP_PAUSE:
		return "pause_turn";
	case US_STOP_FILTER:
	case US_STOP_REFUSAL:
		return "refusal";
	case US_STOP_CONTEXT_FULL:
		return "model_context_window_exceeded";
	default:
		return h->ncalls ? "tool_use" : "end_turn";
	}
}

static void expect(struct heard *h, const struct us_resp *r, const struct us_req *asked)
{
	for (size_t i = 0; i < r->nblocks; i++)
		expect_block(h, &r->blocks[i], asked->parallel_tools == US_NO);
	h->stop = us_span_of(expect_stop(h, r->stop));
	if (r->stop == US_STOP_SEQUENCE)
		h->sequence = us_arena_copy(&h->arena, r->stop_sequence);
	h->model = us_arena_copy(&h->arena, r->model);
	h->usage = r->usage;
	h->usage.known &= ~(unsigned)US_USAGE_REASONING; /* no member says it */
}

const struct listener listener_anthropic = {
	.dialect = &us_anthropic, .stream = stream, .document = document, .expect = expect
};

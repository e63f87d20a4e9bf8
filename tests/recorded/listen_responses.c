/* listen_responses.c - a program that speaks Responses
 *
 *     created  in_progress
 *     (item added  (part added  delta*  text done  part done)*           item done     a message
 *     |item added  delta*  arguments done                                item done)*   a call
 *     completed | incomplete
 *
 * Events are numbered, the name of one and its type are the same word. Items count 0, 1, 2, parts
 * within a message likewise, and one is open at a time. What is `done` is what the deltas said, and
 * the answer at the end holds the items as they were told. An error may stand anywhere and is the
 * end.
 */
#include "heard.h"

#define RESPONSE                                                                                   \
	"id object created_at status completed_at error incomplete_details model output "          \
	"instructions max_output_tokens max_tool_calls metadata parallel_tool_calls "              \
	"previous_response_id prompt_cache_key reasoning safety_identifier temperature text "      \
	"tool_choice tools top_logprobs top_p truncation user background store usage"
#define PARTING "\n\n"

/* What a program remembers from event to event. */
struct talk {
	struct heard *h;
	const struct us_req *asked;
	uint64_t number, items, parts;
	bool began, stopped;
	enum { NONE, MESSAGE, CALL } open;
	bool in_part, said_done; /* of the open part; of the open call: its arguments are done */
	bool after_message;      /* the item before the open one is a message */
	struct us_span item_id, part_type;
	struct us_buf said; /* of the open part or call */
	struct us_buf told; /* the items that are done, as they were told */
};

static bool counts_as(const struct us_mock_json *v, const char *name, uint64_t n)
{
	const struct us_mock_json *m = json_member(v, name);

	return m && m->kind == US_MOCK_INT && m->number == (double)n;
}

static struct us_span word(const struct us_mock_json *v, const char *name)
{
	return us_mock_json_text(json_member(v, name));
}

/* Where messages follow each other, what reads them for other dialects puts an empty line between
 * them: it says no more than that there are two. */
static void hear_text(struct heard *h, struct us_span text, bool first)
{
	if (first && us_span_starts(text, PARTING))
		text = us_span(text.p + strlen(PARTING), text.n - strlen(PARTING));
	us_buf_add_span(&h->text, text);
}

/* The answer as a whole */

static void hear_usage(struct heard *h, const struct us_mock_json *v)
{
	const struct us_mock_json *in = json_member(v, "input_tokens_details");
	const struct us_mock_json *out = json_member(v, "output_tokens_details");

	heard_must(h,
	           json_only(v, "input_tokens input_tokens_details output_tokens "
	                        "output_tokens_details total_tokens"),
	           "usage has its members");
	heard_must(h, json_only(in, "cached_tokens cache_write_tokens"), "input has its details");
	heard_must(h, json_only(out, "reasoning_tokens"), "output has its details");
	heard_count(h, v, "input_tokens", US_USAGE_IN, &h->usage.in);
	heard_count(h, v, "output_tokens", US_USAGE_OUT, &h->usage.out);
	heard_count(h, in, "cached_tokens", US_USAGE_CACHE_READ, &h->usage.cache_read);
	heard_count(h, in, "cache_write_tokens", US_USAGE_CACHE_WRITE, &h->usage.cache_write);
	heard_count(h, out, "reasoning_tokens", US_USAGE_REASONING, &h->usage.reasoning);
	heard_must(h, counts_as(v, "total_tokens", h->usage.in + h->usage.out),
	           "total_tokens is the sum");
}

static void hear_stop(struct heard *h, const struct us_mock_json *r)
{
	const struct us_mock_json *details = json_member(r, "incomplete_details");
	bool whole = json_says(r, "status", "completed");

	heard_must(h, whole || json_says(r, "status", "incomplete"),
	           "an answer is completed or incomplete");
	heard_must(h, whole == json_is_null(r, "incomplete_details"),
	           "what is incomplete says why");
	heard_must(h, whole == json_counts(r, "completed_at"), "what is completed says when");
	h->stop = us_arena_copy(&h->arena, whole ? US_SPAN("completed") : word(details, "reason"));
	heard_must(h, us_mock_among("completed|max_output_tokens|content_filter", h->stop),
	           "the reason is a word that programs know");
}

/* id and model are the same in each. */
static void hear_head(struct heard *h, const struct us_mock_json *r)
{
	struct us_span id = word(r, "id"), model = word(r, "model");

	heard_must(h, json_only(r, RESPONSE), "an answer has its members");
	heard_must(h, json_says(r, "object", "response") && json_counts(r, "created_at"),
	           "an answer says what it is");
	heard_must(h, us_span_starts(id, "resp_") && json_is_null(r, "error"),
	           "an answer has an id and no error");
	if (!h->id.n) {
		h->id = us_arena_copy(&h->arena, id);
		h->model = us_arena_copy(&h->arena, model);
	}
	heard_must(h, us_span_eq(h->id, id) && us_span_eq(h->model, model),
	           "the head stays the same");
}

/* Items as documents tell them */

static void hear_part(struct heard *h, const struct us_mock_json *part, bool first)
{
	const struct us_mock_json *notes = json_member(part, "annotations");

	if (json_says(part, "type", "refusal")) {
		heard_must(h, json_only(part, "type refusal"), "a refusal has its members");
		us_buf_add_span(&h->refusal, word(part, "refusal"));
		return;
	}
	heard_must(h,
	           json_only(part, "type text annotations logprobs") &&
	                   json_says(part, "type", "output_text") && notes &&
	                   notes->kind == US_MOCK_ARR,
	           "a part of text has its members");
	heard_must(h, word(part, "text").n, "no part is empty");
	hear_text(h, word(part, "text"), first);
}

static void hear_item(struct heard *h, const struct us_mock_json *item, bool after_message)
{
	const struct us_mock_json *content = json_member(item, "content");
	struct heard_call *c;

	heard_must(h, us_mock_among("completed|incomplete", word(item, "status")),
	           "an item has a status");
	if (json_says(item, "type", "message")) {
		heard_must(h, json_only(item, "id type status role content"),
		           "a message has its members");
		heard_must(h, us_span_starts(word(item, "id"), "msg_") && content && content->count,
		           "a message has an id and parts");
		us_buf_add_str(&h->text, HEARD_TEXT);
		for (const struct us_mock_json *p = content ? content->first : NULL; p; p = p->next)
			hear_part(h, p, after_message && p == content->first);
		return;
	}
	heard_must(h,
	           json_only(item, "id type status call_id name arguments") &&
	                   json_says(item, "type", "function_call"),
	           "a call has its members");
	heard_must(h, us_span_starts(word(item, "id"), "fc_") && word(item, "arguments").n,
	           "a call has an id and arguments");
	us_buf_add_str(&h->text, HEARD_CALL);
	c = heard_add_call(h, word(item, "call_id"), word(item, "name"));
	if (c)
		us_buf_add_span(&c->args, word(item, "arguments"));
}

static void document(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	const struct us_mock_json *v = heard_object(h, bytes), *output = json_member(v, "output");
	bool after_message = false;

	heard_must(h, output && output->kind == US_MOCK_ARR, "an answer has output");
	if (h->broken)
		return;
	hear_head(h, v);
	hear_stop(h, v);
	for (const struct us_mock_json *i = output->first; i; i = i->next) {
		hear_item(h, i, after_message);
		after_message = json_says(i, "type", "message");
	}
	hear_usage(h, json_member(v, "usage"));
	h->done = true;
}

/* Events */

static void on_begun(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *r = json_member(v, "response");
	const struct us_mock_json *output = json_member(r, "output");

	heard_must(t->h, t->number <= 2 && !t->items, "an answer begins once");
	heard_must(t->h, json_says(r, "status", "in_progress") && json_is_null(r, "usage"),
	           "what has begun is in progress");
	heard_must(t->h, output && !output->count, "what has begun is empty");
	hear_head(t->h, r);
	t->began = t->number == 2;
}

static void on_item(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *item = json_member(v, "item");
	const struct us_mock_json *content = json_member(item, "content");
	bool call = json_says(item, "type", "function_call");

	heard_must(t->h, t->open == NONE && counts_as(v, "output_index", t->items),
	           "items are counted and come one after the other");
	heard_must(t->h, json_says(item, "status", "in_progress"), "an item begins in progress");
	heard_must(t->h, call ? json_says(item, "arguments", "") : content && !content->count,
	           "an item begins empty");
	t->after_message = t->open == NONE && t->items && t->after_message;
	t->open = call ? CALL : MESSAGE;
	t->item_id = us_arena_copy(&t->h->arena, word(item, "id"));
	t->parts = 0;
	t->said_done = false;
	us_buf_clear(&t->said);
	us_buf_add_str(&t->h->text, call ? HEARD_CALL : HEARD_TEXT);
	if (call)
		heard_add_call(t->h, word(item, "call_id"), word(item, "name"));
}

static void on_part(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *part = json_member(v, "part");

	heard_must(t->h, t->open == MESSAGE && !t->in_part, "parts come one after the other");
	heard_must(t->h, json_says(part, "text", "") || json_says(part, "refusal", ""),
	           "a part begins empty");
	t->in_part = true;
	t->said_done = false;
	t->part_type = us_arena_copy(&t->h->arena, word(part, "type"));
	us_buf_clear(&t->said);
}

static void on_delta(struct talk *t, const struct us_mock_json *v)
{
	bool text = us_span_is(t->part_type, "output_text");
	struct us_span delta = word(v, "delta");

	heard_must(t->h, t->in_part && delta.n, "a delta is of the open part and not empty");
	heard_must(t->h,
	           json_says(v, "type",
	                     text ? "response.output_text.delta" : "response.refusal.delta"),
	           "a delta is of the kind of its part");
	heard_must(t->h, !text || json_member(v, "logprobs"), "a delta of text has logprobs");
	if (text)
		hear_text(t->h, delta, t->after_message && !t->parts && !t->said.n);
	else
		us_buf_add_span(&t->h->refusal, delta);
	us_buf_add_span(&t->said, delta);
}

static void on_text_done(struct talk *t, const struct us_mock_json *v)
{
	bool text = us_span_is(t->part_type, "output_text");

	heard_must(t->h, t->in_part && !t->said_done, "text is done once");
	heard_must(t->h, us_span_eq(word(v, text ? "text" : "refusal"), us_buf_span(&t->said)),
	           "what is done is what the deltas said");
	t->said_done = true;
}

static void on_part_done(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *part = json_member(v, "part");
	bool text = us_span_is(t->part_type, "output_text");

	heard_must(t->h, t->in_part && t->said_done, "a part is done after its text");
	heard_must(t->h, us_span_eq(word(part, text ? "text" : "refusal"), us_buf_span(&t->said)),
	           "the part is what its deltas said");
	t->in_part = false;
	t->parts++;
}

static void on_args(struct talk *t, const struct us_mock_json *v)
{
	struct us_span delta = word(v, "delta");

	heard_must(t->h, t->open == CALL && !t->said_done && delta.n,
	           "arguments are of the open call and not empty");
	us_buf_add_span(&t->said, delta);
	if (!t->h->broken)
		us_buf_add_span(&t->h->calls[t->h->ncalls - 1].args, delta);
}

static void on_args_done(struct talk *t, const struct us_mock_json *v)
{
	heard_must(t->h, t->open == CALL && !t->said_done, "arguments are done once");
	heard_must(t->h, us_span_eq(word(v, "arguments"), us_buf_span(&t->said)) && t->said.n,
	           "the arguments are what the deltas said");
	t->said_done = true;
}

static void on_item_done(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *item = json_member(v, "item");
	const struct us_mock_json *content = json_member(item, "content");

	heard_must(t->h, counts_as(v, "output_index", t->items) && t->open != NONE,
	           "the open item is done");
	heard_must(t->h, us_span_eq(word(item, "id"), t->item_id), "an item keeps its id");
	if (t->open == CALL)
		heard_must(t->h,
		           t->said_done &&
		                   us_span_eq(word(item, "arguments"), us_buf_span(&t->said)),
		           "a call is what it was told to be");
	else
		heard_must(t->h, !t->in_part && content && content->count == t->parts,
		           "a message has the parts that were told");
	if (item)
		us_buf_add_span(&t->told, item->text);
	us_buf_add_char(&t->told, '\n');
	t->after_message = t->open == MESSAGE;
	t->open = NONE;
	t->items++;
}

static void on_end(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *r = json_member(v, "response");
	const struct us_mock_json *output = json_member(r, "output");
	struct us_span rest = us_buf_span(&t->told), told;
	char type[64] = "response.";

	strncat(type,
	        us_arena_printf(&t->h->event, "%.*s", (int)word(r, "status").n, word(r, "status").p)
	                .p,
	        40);
	heard_must(t->h, json_says(v, "type", type), "the last event's name is the status");
	heard_must(t->h, t->began && t->open == NONE, "all items are done at the end");
	hear_head(t->h, r);
	hear_stop(t->h, r);
	hear_usage(t->h, json_member(r, "usage"));
	for (const struct us_mock_json *i = output ? output->first : NULL; i; i = i->next)
		heard_must(t->h, us_span_next(&rest, '\n', &told) && us_span_eq(told, i->text),
		           "the answer holds the items that were told");
	heard_must(t->h, !rest.n, "the answer holds all items that were told");
	t->h->done = true;
}

static void on_error(struct talk *t, const struct us_mock_json *v)
{
	const struct us_mock_json *error = json_member(v, "error");

	heard_must(t->h, json_only(v, "type sequence_number error"), "an error is nested");
	heard_must(t->h, json_only(error, "message type param code"), "an error has its members");
	heard_must(t->h, word(error, "message").n && word(error, "type").n, "an error has words");
	t->h->failed = true;
}

static const struct {
	const char *type;
	void (*hear)(struct talk *t, const struct us_mock_json *v);
	bool inner; /* says of which item it is, */
	bool part;  /* and of which part */
} events[] = {
	{ "response.created", on_begun, false, false },
	{ "response.in_progress", on_begun, false, false },
	{ "response.output_item.added", on_item, false, false },
	{ "response.content_part.added", on_part, true, true },
	{ "response.output_text.delta", on_delta, true, true },
	{ "response.refusal.delta", on_delta, true, true },
	{ "response.output_text.done", on_text_done, true, true },
	{ "response.refusal.done", on_text_done, true, true },
	{ "response.content_part.done", on_part_done, true, true },
	{ "response.function_call_arguments.delta", on_args, true, false },
	{ "response.function_call_arguments.done", on_args_done, true, false },
	{ "response.output_item.done", on_item_done, false, false },
	{ "response.completed", on_end, false, false },
	{ "response.incomplete", on_end, false, false },
	{ "error", on_error, false, false },
};

static void on_event(struct talk *t, struct us_span name, const struct us_mock_json *v)
{
	struct us_span type = word(v, "type");
	size_t i = 0;

	while (i < US_COUNT(events) && !us_span_is(type, events[i].type))
		i++;
	heard_must(t->h, i < US_COUNT(events), "an event's type is known");
	heard_must(t->h, us_span_eq(name, type), "an event's name is its type");
	heard_must(t->h, counts_as(v, "sequence_number", t->number++), "events are numbered");
	if (t->h->broken)
		return;
	heard_must(t->h, t->number > 1 || us_span_is(type, "response.created"),
	           "created is the first");
	if (events[i].inner)
		heard_must(t->h,
		           us_span_eq(word(v, "item_id"), t->item_id) &&
		                   counts_as(v, "output_index", t->items),
		           "an event is of the open item");
	if (events[i].part)
		heard_must(t->h, counts_as(v, "content_index", t->parts),
		           "an event is of the open part");
	events[i].hear(t, v);
}

static void stream(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	struct talk t = { .h = h, .asked = asked };
	struct us_span name, data;

	us_buf_init(&t.said, (size_t)64 << 20);
	us_buf_init(&t.told, (size_t)64 << 20);
	while (heard_next(h, &bytes, &name, &data)) {
		const struct us_mock_json *v = heard_object(h, data);

		if (v)
			on_event(&t, name, v);
	}
	heard_must(h, h->done || h->failed, "a stream ends in its answer or an error");
	us_buf_fini(&t.said);
	us_buf_fini(&t.told);
}

/* What is to be heard */

/* Texts that nothing parts are one message; a program that takes one call hears of one. */
static void expect_blocks(struct heard *h, const struct us_resp *r, const struct us_req *asked)
{
	bool open = false, after_message = false;

	for (size_t i = 0; i < r->nblocks; i++) {
		const struct us_block *b = &r->blocks[i];
		bool said = b->kind == US_TEXT || b->kind == US_REFUSAL;

		if (said && b->text.n && !open)
			us_buf_add_str(&h->text, HEARD_TEXT);
		if (b->kind == US_TEXT)
			hear_text(h, b->text, !open && after_message);
		if (b->kind == US_REFUSAL)
			us_buf_add_span(&h->refusal, b->text);
		after_message |= said && b->text.n;
		open = said && (open || b->text.n);
		if (b->kind == US_TOOL_CALL && !(h->ncalls && asked->parallel_tools == US_NO)) {
			struct heard_call *c = heard_add_call(h, us_span("", 0), b->name);

			us_buf_add_span(&c->args,
			                b->args_kind == US_ARGS_EMPTY ? US_SPAN("{}") : b->args);
			us_buf_add_str(&h->text, HEARD_CALL);
			after_message = false;
		}
	}
}

/* wire-formats 8.1. */
static const char *expect_stop(const struct heard *h, const struct us_resp *r)
{
	switch (r->stop) {
	case US_STOP_MAX_TOKENS:
	case US_STOP_CONTEXT_FULL:
		return "max_output_tokens";
	case US_STOP_FILTER:
		return "content_filter";
	case US_STOP_REFUSAL:
		return us_span_has(us_buf_span(&h->text), HEARD_TEXT) ? "completed"
		                                                      : "content_filter";
	default:
		return "completed";
	}
}

static void expect(struct heard *h, const struct us_resp *r, const struct us_req *asked)
{
	expect_blocks(h, r, asked);
	h->stop = us_span_of(expect_stop(h, r));
	h->model = us_arena_copy(&h->arena, r->model);
	h->usage = r->usage;
}

const struct listener listener_responses = {
	.dialect = &us_responses, .stream = stream, .document = document, .expect = expect
};

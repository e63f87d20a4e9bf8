/* listen_openai.c - a program that speaks Chat Completions
 *
 *     role  (content | refusal | call | more of the call)*  finish  [usage]  [DONE]
 *
 * The role comes once and first, id and name of a call once, calls count 0, 1, 2 and are finished
 * before the next begins. An error may stand anywhere and is the end.
 */
#include "heard.h"

/* What a program remembers from chunk to chunk. */
struct chat {
	struct heard *h;
	const struct us_req *asked;
	struct us_span created;
	bool began, finished, counted;
	bool null_content; /* the chunk with the role said so: a call comes first */
};

static bool is_one_of(const char *words, struct us_span word)
{
	return word.n && us_mock_among(words, word);
}

/* Members that a call and more of it have in common, by the form the program speaks. */
static const char *calls_name(const struct us_req *asked)
{
	return asked->legacy_functions ? "function_call" : "tool_calls";
}

static void hear_stop(struct heard *h, const struct us_mock_json *choice,
                      const struct us_req *asked)
{
	struct us_span word = us_mock_json_text(json_member(choice, "finish_reason"));
	bool of_calls = us_span_is(word, calls_name(asked));
	bool early = us_span_is(word, "length") || us_span_is(word, "content_filter");

	heard_must(h, is_one_of("stop|length|tool_calls|content_filter|function_call", word),
	           "finish_reason is a word that programs know");
	heard_must(h, early || of_calls == (h->ncalls > 0),
	           "finish_reason says if there are calls");
	h->stop = us_arena_copy(&h->arena, word);
}

static void hear_usage(struct heard *h, const struct us_mock_json *v)
{
	const struct us_mock_json *in = json_member(v, "prompt_tokens_details");
	const struct us_mock_json *out = json_member(v, "completion_tokens_details");
	const struct us_mock_json *total = json_member(v, "total_tokens");

	heard_must(h,
	           json_only(v, "prompt_tokens completion_tokens total_tokens "
	                        "prompt_tokens_details completion_tokens_details"),
	           "usage has its members");
	heard_must(h, json_counts(in, "cached_tokens") && json_counts(out, "reasoning_tokens"),
	           "usage has its details");
	heard_count(h, v, "prompt_tokens", US_USAGE_IN, &h->usage.in);
	heard_count(h, v, "completion_tokens", US_USAGE_OUT, &h->usage.out);
	heard_count(h, in, "cached_tokens", US_USAGE_CACHE_READ, &h->usage.cache_read);
	heard_count(h, in, "cache_write_tokens", US_USAGE_CACHE_WRITE, &h->usage.cache_write);
	heard_count(h, out, "reasoning_tokens", US_USAGE_REASONING, &h->usage.reasoning);
	heard_must(h, total && total->number == (double)(h->usage.in + h->usage.out),
	           "total_tokens is the sum");
}

/* id, created and model are the same in every chunk. */
static void hear_head(struct heard *h, const struct us_mock_json *v, const char *object,
                      struct us_span *created)
{
	struct us_span id = us_mock_json_text(json_member(v, "id"));
	struct us_span model = us_mock_json_text(json_member(v, "model"));
	const struct us_mock_json *when = json_member(v, "created");

	heard_must(h, json_says(v, "object", object), "the object is named");
	heard_must(h, us_span_starts(id, "chatcmpl-") && json_counts(v, "created"),
	           "there is an id and a time");
	if (!h->id.n) {
		h->id = us_arena_copy(&h->arena, id);
		h->model = us_arena_copy(&h->arena, model);
		*created = us_arena_copy(&h->arena, when ? when->text : model);
	}
	heard_must(h, us_span_eq(h->id, id) && us_span_eq(h->model, model),
	           "the head stays the same");
	heard_must(h, when && us_span_eq(*created, when->text), "the time stays the same");
}

/* Deltas */

static void on_role(struct chat *c, const struct us_mock_json *delta)
{
	const struct us_mock_json *content = json_member(delta, "content");

	heard_must(c->h, json_only(delta, "role content refusal"), "the role's delta is complete");
	heard_must(c->h, json_says(delta, "role", "assistant"), "the role is the assistant's");
	heard_must(c->h, json_is_null(delta, "refusal"), "no refusal comes with the role");
	c->null_content = json_is_null(delta, "content");
	heard_must(c->h, c->null_content || json_says(delta, "content", ""),
	           "the role comes without content");
	heard_must(c->h, content, "the role comes with the member for content");
	c->began = true;
}

static void on_text(struct chat *c, const struct us_mock_json *delta, const char *member,
                    struct us_buf *to)
{
	struct us_span text = us_mock_json_text(json_member(delta, member));

	heard_must(c->h, json_only(delta, member) && text.n, "a delta brings some text");
	heard_must(c->h, !c->null_content || c->h->ncalls,
	           "null content means that a call is first");
	us_buf_add_span(to, text);
}

/* {name, arguments} at a call's beginning, {arguments} after it. */
static void on_function(struct chat *c, const struct us_mock_json *function, struct us_span id,
                        bool opens)
{
	struct heard *h = c->h;
	struct us_span args = us_mock_json_text(json_member(function, "arguments"));
	struct us_span name = us_mock_json_text(json_member(function, "name"));

	if (opens) {
		heard_must(h, json_only(function, "name arguments") && name.n, "a call has a name");
		heard_must(h, !args.n && json_says(function, "arguments", ""),
		           "a call begins without arguments");
		heard_must(h, c->null_content || h->ncalls || h->text.n || h->refusal.n,
		           "content is null if a call is first");
		heard_must(h, !h->ncalls || h->calls[h->ncalls - 1].args.n,
		           "a call has arguments before the next begins");
		heard_add_call(h, id, name);
		return;
	}
	heard_must(h, json_only(function, "arguments") && args.n, "more of a call is arguments");
	heard_must(h, h->ncalls > 0, "arguments are of a call");
	if (!h->broken)
		us_buf_add_span(&h->calls[h->ncalls - 1].args, args);
}

static void on_tool_call(struct chat *c, const struct us_mock_json *delta)
{
	const struct us_mock_json *list = json_member(delta, "tool_calls");
	const struct us_mock_json *call = list ? list->first : NULL, *index;
	struct us_span id = us_mock_json_text(json_member(call, "id"));
	bool opens = json_member(call, "id");

	heard_must(c->h, json_only(delta, "tool_calls") && list->count == 1, "one call at a time");
	index = json_member(call, "index");
	heard_must(c->h, index && index->number == (double)(c->h->ncalls - !opens),
	           "calls are counted 0, 1, 2 and come one after the other");
	heard_must(c->h, json_only(call, opens ? "index id type function" : "index function"),
	           "a call's id and type come once");
	heard_must(c->h,
	           !opens || (us_span_starts(id, "call_") && json_says(call, "type", "function")),
	           "a call has an id and a type");
	on_function(c, json_member(call, "function"), id, opens);
}

static void on_delta(struct chat *c, const struct us_mock_json *delta)
{
	const struct us_mock_json *legacy = json_member(delta, "function_call");

	if (!c->began)
		on_role(c, delta);
	else if (json_member(delta, "content"))
		on_text(c, delta, "content", &c->h->text);
	else if (json_member(delta, "refusal"))
		on_text(c, delta, "refusal", &c->h->refusal);
	else if (legacy && c->asked->legacy_functions)
		on_function(c, legacy, us_span("", 0), json_member(legacy, "name"));
	else
		on_tool_call(c, delta);
}

/* Chunks */

static void on_choice(struct chat *c, const struct us_mock_json *choice)
{
	const struct us_mock_json *delta = json_member(choice, "delta");

	heard_must(c->h, json_only(choice, "index delta logprobs finish_reason"),
	           "a choice has its members");
	heard_must(c->h, delta && delta->kind == US_MOCK_OBJ, "a choice has a delta");
	heard_must(c->h, json_counts(choice, "index") && json_is_null(choice, "logprobs"),
	           "there is one choice, without probabilities");
	heard_must(c->h, !c->finished, "nothing of a choice comes after its finish_reason");
	if (c->h->broken)
		return;
	if (json_is_null(choice, "finish_reason")) {
		on_delta(c, delta);
		return;
	}
	heard_must(c->h, c->began && !delta->count, "the finish comes after the role, and alone");
	hear_stop(c->h, choice, c->asked);
	c->finished = true;
}

static void on_chunk(struct chat *c, const struct us_mock_json *v)
{
	const struct us_mock_json *choices = json_member(v, "choices");
	bool usage = c->asked->stream_usage;

	heard_must(c->h,
	           json_only(v, usage ? "id object created model choices usage"
	                              : "id object created model choices"),
	           "a chunk has usage if that was asked for, and nothing unknown");
	heard_must(c->h, choices && choices->kind == US_MOCK_ARR, "a chunk has choices");
	hear_head(c->h, v, "chat.completion.chunk", &c->created);
	if (c->h->broken)
		return;
	if (choices->count) {
		heard_must(c->h, choices->count == 1, "there is one choice");
		heard_must(c->h, !usage || json_is_null(v, "usage"), "usage is null until the end");
		on_choice(c, choices->first);
		return;
	}
	heard_must(c->h, usage && c->finished && !c->counted, "usage comes once, after the finish");
	hear_usage(c->h, json_member(v, "usage"));
	c->counted = true;
}

static void on_error(struct heard *h, const struct us_mock_json *v)
{
	const struct us_mock_json *error = json_member(v, "error");

	heard_must(h, json_only(v, "error") && json_only(error, "message type param code"),
	           "an error has its members");
	heard_must(h, us_mock_json_text(json_member(error, "message")).n, "an error has words");
	heard_must(h, us_mock_json_text(json_member(error, "type")).n, "an error has a type");
	h->failed = true;
}

static void stream(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	struct chat c = { .h = h, .asked = asked };
	struct us_span name, data;

	while (heard_next(h, &bytes, &name, &data)) {
		const struct us_mock_json *v;

		heard_must(h, !name.n, "events have no names");
		if (us_span_is(data, "[DONE]")) {
			heard_must(h, c.finished && c.counted == asked->stream_usage,
			           "[DONE] comes last, and only where all has been said");
			h->done = true;
			continue;
		}
		v = heard_object(h, data);
		if (v && json_member(v, "error"))
			on_error(h, v);
		else if (v)
			on_chunk(&c, v);
	}
	heard_must(h, h->done || h->failed, "a stream ends in [DONE] or an error");
}

/* Documents */

static void hear_call(struct heard *h, const struct us_mock_json *function, struct us_span id)
{
	struct us_span args = us_mock_json_text(json_member(function, "arguments"));
	struct heard_call *c;

	heard_must(h, json_only(function, "name arguments") && args.n, "a call has its members");
	c = heard_add_call(h, id, us_mock_json_text(json_member(function, "name")));
	us_buf_add_span(&c->args, args);
}

static void hear_message(struct heard *h, const struct us_mock_json *m, const struct us_req *asked)
{
	const struct us_mock_json *calls = json_member(m, calls_name(asked));
	bool list = calls && !asked->legacy_functions;

	heard_must(h, json_says(m, "role", "assistant"), "the role is the assistant's");
	heard_must(h,
	           m && m->count == (calls ? 5 : 4) && json_member(m, "content") &&
	                   json_member(m, "refusal") && json_member(m, "annotations"),
	           "a message has its members");
	us_buf_add_span(&h->text, us_mock_json_text(json_member(m, "content")));
	us_buf_add_span(&h->refusal, us_mock_json_text(json_member(m, "refusal")));
	for (const struct us_mock_json *c = list ? calls->first : NULL; c; c = c->next) {
		heard_must(h, json_only(c, "id type function"), "a call has its members");
		hear_call(h, json_member(c, "function"), us_mock_json_text(json_member(c, "id")));
	}
	if (calls && !list)
		hear_call(h, calls, us_span("", 0));
}

static void document(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	const struct us_mock_json *v = heard_object(h, bytes), *choices = json_member(v, "choices");
	const struct us_mock_json *choice = choices ? choices->first : NULL;
	struct us_span created;

	heard_must(h, json_only(v, "id object created model choices usage"),
	           "an answer has its members");
	heard_must(h, json_only(choice, "index message logprobs finish_reason"),
	           "a choice has its members");
	if (h->broken)
		return;
	hear_head(h, v, "chat.completion", &created);
	hear_message(h, json_member(choice, "message"), asked);
	hear_stop(h, choice, asked);
	hear_usage(h, json_member(v, "usage"));
	h->done = true;
}

/* What is to be heard */

/* wire-formats 8.4: texts that nothing parts are one, and an empty line parts the others. */
static void expect_text(struct heard *h, const struct us_resp *r)
{
	bool parted = false;

	for (size_t i = 0; i < r->nblocks; i++) {
		const struct us_block *b = &r->blocks[i];

		if (b->kind == US_TEXT && b->text.n) {
			us_buf_add_str(&h->text, parted ? "\n\n" : "");
			us_buf_add_span(&h->text, b->text);
			parted = false;
		} else if (b->kind != US_TEXT) {
			parted = h->text.n > 0;
		}
		if (b->kind == US_REFUSAL)
			us_buf_add_span(&h->refusal, b->text);
	}
}

static void expect_calls(struct heard *h, const struct us_resp *r, const struct us_req *asked)
{
	bool single = asked->legacy_functions || asked->parallel_tools == US_NO;

	for (size_t i = 0; i < r->nblocks && !(single && h->ncalls); i++) {
		const struct us_block *b = &r->blocks[i];
		struct heard_call *c;

		if (b->kind != US_TOOL_CALL)
			continue;
		c = heard_add_call(h, us_span("", 0), b->name);
		us_buf_add_span(&c->args, b->args_kind == US_ARGS_EMPTY ? US_SPAN("{}") : b->args);
	}
}

/* wire-formats 8.1. */
static const char *expect_stop(const struct heard *h, const struct us_resp *r,
                               const struct us_req *asked)
{
	switch (r->stop) {
	case US_STOP_MAX_TOKENS:
	case US_STOP_CONTEXT_FULL:
		return "length";
	case US_STOP_FILTER:
		return "content_filter";
	case US_STOP_REFUSAL:
		return h->text.n || h->refusal.n ? "stop" : "content_filter";
	case US_STOP_END:
	case US_STOP_TOOL:
	case US_STOP_OTHER:
		return h->ncalls ? calls_name(asked) : "stop";
	default:
		return "stop";
	}
}

static void expect(struct heard *h, const struct us_resp *r, const struct us_req *asked)
{
	expect_text(h, r);
	expect_calls(h, r, asked);
	h->stop = us_span_of(expect_stop(h, r, asked));
	h->model = us_arena_copy(&h->arena, r->model);
	h->usage = r->usage;
}

const struct listener listener_openai = {
	.dialect = &us_openai, .stream = stream, .document = document, .expect = expect
};

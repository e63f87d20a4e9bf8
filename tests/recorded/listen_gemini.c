/* listen_gemini.c - a program that speaks Gemini, as events or as an array
 *
 *     (a document with one part)*  a document with an empty text, finishReason and usage
 *
 * Calls come whole. An error is a document, and the last one.
 */
#include "heard.h"

static void hear_call(struct heard *h, const struct us_mock_json *call, const struct us_req *asked)
{
	const struct us_mock_json *args = json_member(call, "args");
	struct us_span id = us_mock_json_text(json_member(call, "id"));
	struct heard_call *c;

	heard_must(h, json_only(call, asked->call_ids ? "id name args" : "name args"),
	           "a call has an id where the program has them, a name and arguments");
	heard_must(h, !asked->call_ids || us_span_starts(id, "call_"), "an id is one of ours");
	heard_must(h, args && args->kind == US_MOCK_OBJ, "arguments are an object");
	if (h->broken)
		return;
	c = heard_add_call(h, id, us_mock_json_text(json_member(call, "name")));
	us_buf_add_span(&c->args, args->text);
	heard_in_line(&c->args);
}

static void hear_part(struct heard *h, const struct us_mock_json *part, const struct us_req *asked)
{
	const struct us_mock_json *text = json_member(part, "text");

	heard_must(h, json_only(part, text ? "text" : "functionCall"),
	           "a part is a text or a call, and no thought");
	if (text)
		us_buf_add_span(&h->text, us_mock_json_text(text));
	else
		hear_call(h, json_member(part, "functionCall"), asked);
}

static void hear_usage(struct heard *h, const struct us_mock_json *v)
{
	const struct us_mock_json *total = json_member(v, "totalTokenCount");
	uint64_t thoughts = 0;

	heard_must(h, json_counts(v, "promptTokenCount") && json_counts(v, "candidatesTokenCount"),
	           "usage counts both sides");
	heard_count(h, v, "promptTokenCount", US_USAGE_IN, &h->usage.in);
	heard_count(h, v, "candidatesTokenCount", US_USAGE_OUT, &h->usage.out);
	heard_count(h, v, "cachedContentTokenCount", US_USAGE_CACHE_READ, &h->usage.cache_read);
	heard_count(h, v, "thoughtsTokenCount", US_USAGE_REASONING, &thoughts);
	h->usage.reasoning = thoughts;
	h->usage.out += thoughts;
	heard_must(h, total && total->number == (double)(h->usage.in + h->usage.out),
	           "totalTokenCount is the sum");
}

/* The head is the same in every document. */
static void hear_head(struct heard *h, const struct us_mock_json *v)
{
	struct us_span id = us_mock_json_text(json_member(v, "responseId"));
	struct us_span model = us_mock_json_text(json_member(v, "modelVersion"));

	if (!h->id.n) {
		h->id = us_arena_copy(&h->arena, id);
		h->model = us_arena_copy(&h->arena, model);
	}
	heard_must(h, h->id.n && us_span_eq(h->id, id) && us_span_eq(h->model, model),
	           "id and model stay the same");
}

static void hear_stop(struct heard *h, const struct us_mock_json *v,
                      const struct us_mock_json *candidate)
{
	struct us_span word = us_mock_json_text(json_member(candidate, "finishReason"));

	heard_must(h, us_mock_among("STOP|MAX_TOKENS|SAFETY|OTHER", word),
	           "finishReason is a word that programs know");
	h->stop = us_arena_copy(&h->arena, word);
	hear_usage(h, json_member(v, "usageMetadata"));
	h->done = true;
}

static void hear_answer(struct heard *h, const struct us_mock_json *v, const struct us_req *asked)
{
	const struct us_mock_json *list = json_member(v, "candidates");
	const struct us_mock_json *candidate = list ? list->first : NULL;
	const struct us_mock_json *content = json_member(candidate, "content");
	const struct us_mock_json *parts = json_member(content, "parts");
	bool last = json_member(candidate, "finishReason");

	heard_must(h, !h->done && !h->failed, "nothing comes after the end");
	heard_must(h,
	           json_only(v, last ? "candidates usageMetadata modelVersion responseId"
	                             : "candidates modelVersion responseId"),
	           "an answer has its members");
	heard_must(h,
	           json_only(candidate, last ? "content finishReason index" : "content index") &&
	                   json_says(content, "role", "model"),
	           "a candidate is the model's");
	heard_must(h, parts && parts->count, "there are parts");
	if (h->broken)
		return;
	hear_head(h, v);
	for (const struct us_mock_json *p = parts->first; p; p = p->next)
		hear_part(h, p, asked);
	if (last)
		hear_stop(h, v, candidate);
}

static void hear_error(struct heard *h, const struct us_mock_json *v)
{
	const struct us_mock_json *e = json_member(v, "error");

	heard_must(h, json_only(v, "error") && json_only(e, "code message status"),
	           "an error has its members");
	heard_must(h, us_mock_json_text(json_member(e, "message")).n && json_counts(e, "code"),
	           "an error has words and a status");
	h->failed = true;
}

static void hear_document(struct heard *h, struct us_span text, const struct us_req *asked)
{
	const struct us_mock_json *v = heard_object(h, text);

	if (v && json_member(v, "error"))
		hear_error(h, v);
	else if (v)
		hear_answer(h, v, asked);
}

/* "data: {...}\r\n\r\n" */
static void stream(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	while (!h->broken && bytes.n) {
		const char *end = memmem(bytes.p, bytes.n, "\r\n\r\n", 4);
		size_t n = end ? (size_t)(end - bytes.p) : bytes.n;

		heard_must(h, end && us_span_starts(bytes, "data: "), "an event is one of data");
		if (h->broken)
			return;
		hear_document(h, us_span(bytes.p + 6, n - 6), asked);
		bytes = us_span(bytes.p + n + 4, bytes.n - n - 4);
	}
	heard_must(h, h->done || h->failed, "a stream ends in a reason, or in an error");
}

/* One document, if it is whole; of an array that broke off there is none. */
static void array(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	struct us_mock_json_error error;
	bool lone;
	const struct us_mock_json *v = us_mock_json_parse(&h->arena, bytes, &lone, &error);

	heard_must(h, v && v->kind == US_MOCK_ARR && v->count, "an array is whole");
	for (const struct us_mock_json *e = v ? v->first : NULL; e && !h->broken; e = e->next) {
		if (json_member(e, "error"))
			hear_error(h, e);
		else
			hear_answer(h, e, asked);
	}
	heard_must(h, h->done || h->failed, "an array ends in a reason, or in an error");
}

static void document(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	hear_document(h, bytes, asked);
	heard_must(h, h->done, "a document says why it ends");
}

/* --- what is to be heard --------------------------------------------------------------------- */

/* wire-formats 8.1. */
static const char *expect_stop(enum us_stop stop, size_t calls)
{
	switch (stop) {
	case US_STOP_MAX_TOKENS:
	case US_STOP_CONTEXT_FULL:
		return "MAX_TOKENS";
	case US_STOP_FILTER:
	case US_STOP_REFUSAL:
		return "SAFETY";
	case US_STOP_ERROR:
		return "OTHER";
	case US_STOP_OTHER:
		return calls ? "STOP" : "OTHER";
	default:
		return "STOP";
	}
}

static void expect(struct heard *h, const struct us_resp *r, const struct us_req *asked)
{
	for (size_t i = 0; i < r->nblocks; i++) {
		const struct us_block *b = &r->blocks[i];

		if (b->kind == US_TEXT || b->kind == US_REFUSAL)
			us_buf_add_span(&h->text, b->text);
		else if (b->kind == US_TOOL_CALL)
			heard_expect_line(h, b);
	}
	h->stop = us_span_of(expect_stop(r->stop, h->ncalls));
	h->model = us_arena_copy(&h->arena, r->model);
	h->usage = r->usage;
}

const struct listener listener_gemini = {
	.dialect = &us_gemini, .stream = stream, .document = document, .expect = expect
};
const struct listener listener_gemini_array = { .dialect = &us_gemini,
	                                        .framing = US_FRAMING_ARRAY,
	                                        .stream = array,
	                                        .document = document,
	                                        .expect = expect };

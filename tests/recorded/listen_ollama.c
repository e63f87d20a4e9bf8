/* listen_ollama.c - a program that speaks Ollama's /api/chat
 *
 *     (a line with content, thinking or calls)*  a line with done: true
 *
 * Calls come whole and count 0, 1, 2 ... An error is a line, and the last one.
 */
#include "heard.h"

#define DURATIONS                                                                                  \
	"done_reason total_duration load_duration prompt_eval_count prompt_eval_duration "         \
	"eval_count eval_duration"

static void hear_call(struct heard *h, const struct us_mock_json *call)
{
	const struct us_mock_json *function = json_member(call, "function");
	const struct us_mock_json *args = json_member(function, "arguments");
	const struct us_mock_json *index = json_member(function, "index");
	struct us_span id = us_mock_json_text(json_member(call, "id"));
	struct heard_call *c;

	heard_must(h, json_only(call, "id function") && us_span_starts(id, "call_"),
	           "a call has an id and a function");
	heard_must(h, json_only(function, "index name arguments"), "a function has its members");
	heard_must(h, args && args->kind == US_MOCK_OBJ, "arguments are an object");
	heard_must(h, index && index->number == (double)h->ncalls, "calls are counted 0, 1, 2");
	if (h->broken)
		return;
	c = heard_add_call(h, id, us_mock_json_text(json_member(function, "name")));
	us_buf_add_span(&c->args, args->text);
	heard_in_line(&c->args);
}

static void hear_message(struct heard *h, const struct us_mock_json *m)
{
	const struct us_mock_json *calls = json_member(m, "tool_calls");
	const struct us_mock_json *content = json_member(m, "content");
	const struct us_mock_json *thinking = json_member(m, "thinking");

	heard_must(h, json_says(m, "role", "assistant"), "the role is the assistant's");
	heard_must(h, content && content->kind == US_MOCK_STR, "content is always a string");
	heard_must(h, m && m->count == 2u + !!calls + !!thinking, "a message has its members");
	heard_must(h, !calls || calls->count, "a list of calls holds some");
	us_buf_add_span(&h->text, us_mock_json_text(content));
	for (const struct us_mock_json *c = calls ? calls->first : NULL; c; c = c->next)
		hear_call(h, c);
}

static void hear_end(struct heard *h, const struct us_mock_json *v)
{
	struct us_span word = us_mock_json_text(json_member(v, "done_reason"));
	const struct us_mock_json *took = json_member(v, "eval_duration");

	heard_must(h, us_span_is(word, "stop") || us_span_is(word, "length"),
	           "done_reason is a word that programs know");
	heard_must(h, took && took->number > 0, "nothing is divided by zero");
	h->stop = us_arena_copy(&h->arena, word);
	heard_count(h, v, "prompt_eval_count", US_USAGE_IN, &h->usage.in);
	heard_count(h, v, "eval_count", US_USAGE_OUT, &h->usage.out);
	h->done = true;
}

/* "2023-11-14T22:13:20.000000000Z" */
static bool is_time(struct us_span s)
{
	static const char form[] = "0000-00-00T00:00:00.000000000Z";

	for (size_t i = 0; i < s.n && s.n == sizeof(form) - 1; i++)
		if (form[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
			return false;
	return s.n == sizeof(form) - 1;
}

static void hear_line(struct heard *h, const struct us_mock_json *v)
{
	bool done = us_mock_json_true(json_member(v, "done"));
	struct us_span model = us_mock_json_text(json_member(v, "model"));

	heard_must(h,
	           json_only(v, done ? "model created_at message done " DURATIONS
	                             : "model created_at message done"),
	           "a line has its members");
	heard_must(h, is_time(us_mock_json_text(json_member(v, "created_at"))), "there is a time");
	if (!h->model.n)
		h->model = us_arena_copy(&h->arena, model);
	heard_must(h, us_span_eq(h->model, model), "the model stays the same");
	hear_message(h, json_member(v, "message"));
	if (done && !h->broken)
		hear_end(h, v);
}

static void stream(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	struct us_span line;

	while (!h->broken && us_span_next(&bytes, '\n', &line) && line.n) {
		const struct us_mock_json *v;

		heard_must(h, !h->done && !h->failed, "nothing comes after the end");
		v = heard_object(h, line);
		if (v && json_member(v, "error")) {
			heard_must(h,
			           json_only(v, "error") &&
			                   us_mock_json_text(json_member(v, "error")).n,
			           "an error is a sentence, and alone");
			h->failed = true;
		} else if (v) {
			hear_line(h, v);
		}
	}
	heard_must(h, h->done || h->failed, "a stream ends in a line that says so, or an error");
}

static void document(struct heard *h, struct us_span bytes, const struct us_req *asked)
{
	const struct us_mock_json *v = heard_object(h, bytes);

	if (v)
		hear_line(h, v);
	heard_must(h, h->done, "a document is done");
}

/* --- what is to be heard --------------------------------------------------------------------- */

static void expect_text(struct heard *h, const struct us_resp *r)
{
	bool parted = false;

	for (size_t i = 0; i < r->nblocks; i++) {
		const struct us_block *b = &r->blocks[i];

		parted |= b->kind != US_TEXT && h->text.n;
		if ((b->kind != US_TEXT && b->kind != US_REFUSAL) || !b->text.n)
			continue;
		us_buf_add_str(&h->text, parted ? "\n\n" : "");
		us_buf_add_span(&h->text, b->text);
		parted = false;
	}
}

static void expect(struct heard *h, const struct us_resp *r, const struct us_req *asked)
{
	expect_text(h, r);
	for (size_t i = 0; i < r->nblocks; i++)
		if (r->blocks[i].kind == US_TOOL_CALL)
			heard_expect_line(h, &r->blocks[i]);
	h->stop = r->stop == US_STOP_MAX_TOKENS || r->stop == US_STOP_CONTEXT_FULL
	                  ? US_SPAN("length")
	                  : US_SPAN("stop");
	h->model = us_arena_copy(&h->arena, r->model);
	h->usage = r->usage;
}

const struct listener listener_ollama = {
	.dialect = &us_ollama, .stream = stream, .document = document, .expect = expect
};

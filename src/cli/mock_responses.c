/* mock_responses.c - the Responses dialect: questions understood, answers printed
 *
 * The answer is a list of items: a thought, a message, calls. A stream tells each of them from its
 * opening to its end, with the padding that the real ones have against listeners, and at both ends
 * the whole answer. Members and their order are as recorded.
 */
#include "cli/mock_responses.h"

#include "base/clock.h"
#include "cli/mock_openai.h"

#define EVENT_MAX ((size_t)64 << 20)

static struct us_span text_of(const struct us_mock_json *v, const char *name)
{
	return us_mock_json_text(us_mock_json_get(v, name));
}

/* "required" leaves the choice to the mock: it takes the first. */
static struct us_span first_name(const struct us_mock_json *tools)
{
	return text_of(tools ? tools->first : NULL, "name");
}

static void ask_tools(struct us_mock_ask *ask, const struct us_mock_json *q)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *parallel = us_mock_json_get(q, "parallel_tool_calls");
	const struct us_mock_json *choice = us_mock_json_get(q, "tool_choice");

	ask->may_call = tools && tools->count && !us_mock_json_is(choice, "none");
	ask->one_call = parallel && !us_mock_json_true(parallel);
	ask->must_call = text_of(choice, "name");
	if (us_mock_json_is(choice, "required"))
		ask->must_call = first_name(tools);
	if (us_mock_json_is(us_mock_json_get(choice, "mode"), "required"))
		ask->must_call = first_name(us_mock_json_get(choice, "tools"));
	if (!ask->must_call.n)
		ask->must_call = us_span(NULL, 0);
}

static bool is_of_assistant(const struct us_mock_json *item)
{
	struct us_span type = text_of(item, "type");

	return us_mock_json_is(us_mock_json_get(item, "role"), "assistant") ||
	       us_span_ends(type, "_call") || us_span_is(type, "reasoning");
}

/* Whatever follows the last item of the assistant's; one at the very end has its question before
 * it. */
static void ask_turn(struct us_mock_ask *ask, const struct us_mock_json *input,
                     struct us_arena *arena)
{
	const struct us_mock_json *from = input ? input->first : NULL;

	if (input && input->kind == US_MOCK_STR)
		us_mock_ask_text(ask, input, arena);
	for (const struct us_mock_json *i = from; i; i = i->next)
		if (is_of_assistant(i) && i->next && !us_mock_goes_on(i->next, arena))
			from = i->next;
	for (const struct us_mock_json *i = from; i; i = i->next) {
		const struct us_mock_json *output = us_mock_json_get(i, "output");

		if (us_mock_json_is(us_mock_json_get(i, "role"), "user"))
			us_mock_ask_text(ask, us_mock_json_get(i, "content"), arena);
		else if (us_span_ends(text_of(i, "type"), "_call_output"))
			us_mock_ask_result(ask, us_mock_content_text(output, arena), false, arena);
	}
}

static void ask(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *max = us_mock_json_get(q, "max_output_tokens");
	const struct us_mock_json *effort = us_mock_json_at(q, "reasoning.effort");
	const struct us_mock_json *format = us_mock_json_at(q, "text.format.type");

	*ask = (struct us_mock_ask){
		.model = text_of(q, "model"),
		.stream = us_mock_json_true(us_mock_json_get(q, "stream")),
		.max_tokens = US_NEVER,
		.choices = 1,
		.tokens = q->text.n / 4,
		.json = format && !us_mock_json_is(format, "text"),
		.shape = us_mock_json_at(q, "text.format.schema"),
		.think = effort && !us_mock_json_is(effort, "none"),
	};
	if (max)
		us_span_u64(max->text, &ask->max_tokens);
	ask_tools(ask, q);
	ask_turn(ask, us_mock_json_get(q, "input"), arena);
}

static const char *quoted(const struct us_mock_exchange *x, struct us_span s)
{
	return us_mock_json_quoted(x->arena, s);
}

/* Was the tool of that name declared as one that takes free text? */
static bool is_custom(const struct us_mock_exchange *x, struct us_span name)
{
	const struct us_mock_json *tools = us_mock_json_get(x->request, "tools");

	for (const struct us_mock_json *t = tools ? tools->first : NULL; t; t = t->next)
		if (us_span_eq(text_of(t, "name"), name))
			return us_mock_json_is(us_mock_json_get(t, "type"), "custom");
	return false;
}

static bool is_cut(const struct us_mock_exchange *x) { return x->answer.stop == US_MOCK_LENGTH; }

/* Thoughts are shown in sum, and only to who asks for it. */
static struct us_span summary(const struct us_mock_exchange *x)
{
	bool asked = us_mock_json_at(x->request, "reasoning.summary") != NULL;

	return asked ? x->answer.thought : us_span(NULL, 0);
}

static void put_id(const struct us_mock_exchange *x, struct us_buf *b, const char *prefix,
                   size_t item)
{
	us_buf_addf(b, "\"%s_Mock%038llux%05zu\"", prefix, (unsigned long long)x->serial, item);
}

/* An item; one that has only begun holds nothing yet. */
enum moment { BEGUN, OVER };

static void put_thought(const struct us_mock_exchange *x, struct us_buf *b, enum moment m)
{
	struct us_span text = summary(x);

	us_buf_add_str(b, "{\"id\":");
	put_id(x, b, "rs", 0);
	us_buf_add_str(b, ",\"type\":\"reasoning\",\"summary\":[");
	if (text.n && m == OVER)
		us_buf_addf(b, "{\"type\":\"summary_text\",\"text\":%s}", quoted(x, text));
	us_buf_add_str(b, "]}");
}

static void put_part(const struct us_mock_exchange *x, struct us_buf *b, struct us_span text)
{
	us_buf_addf(b, "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":%s}",
	            quoted(x, text));
}

static void put_message(const struct us_mock_exchange *x, struct us_buf *b, size_t item,
                        enum moment m)
{
	us_buf_add_str(b, "{\"id\":");
	put_id(x, b, "msg", item);
	us_buf_addf(b, ",\"type\":\"message\",\"status\":\"%s\",\"content\":[",
	            m == BEGUN  ? "in_progress"
	            : is_cut(x) ? "incomplete"
	                        : "completed");
	if (m == OVER)
		put_part(x, b, x->answer.text);
	us_buf_add_str(b, "],\"role\":\"assistant\"}");
}

static void put_call(const struct us_mock_exchange *x, struct us_buf *b, size_t item, size_t i,
                     enum moment m)
{
	const struct us_mock_call *call = &x->answer.calls[i];
	bool custom = is_custom(x, call->name);

	us_buf_add_str(b, "{\"id\":");
	put_id(x, b, custom ? "ctc" : "fc", item);
	us_buf_addf(b,
	            ",\"type\":\"%s\",\"status\":\"%s\",\"%s\":%s,"
	            "\"call_id\":\"call_Mock%014llux%05zu\",\"name\":%s}",
	            custom ? "custom_tool_call" : "function_call",
	            m == OVER ? "completed" : "in_progress", custom ? "input" : "arguments",
	            m == OVER ? quoted(x, call->arguments) : "\"\"", (unsigned long long)x->serial,
	            i, quoted(x, call->name));
}

/* Items come in this order: a thought, a message, calls. */
static void put_output(const struct us_mock_exchange *x, struct us_buf *b)
{
	const struct us_mock_answer *a = &x->answer;
	size_t item = 0, from = b->n;

	if (a->thought.p) {
		put_thought(x, b, OVER);
		item++;
	}
	if (a->text.p) {
		us_buf_add_str(b, b->n > from ? "," : "");
		put_message(x, b, item++, OVER);
	}
	for (size_t i = 0; i < a->call_count; i++) {
		us_buf_add_str(b, b->n > from ? "," : "");
		put_call(x, b, item++, i, OVER);
	}
}

/* The member as it was asked for, or what it is else. */
static void put_echo(const struct us_mock_exchange *x, struct us_buf *b, const char *name,
                     const char *otherwise)
{
	const struct us_mock_json *v = us_mock_json_get(x->request, name);

	us_buf_addf(b, ",\"%s\":", name);
	if (!v)
		us_buf_add_str(b, otherwise);
	else if (v->kind == US_MOCK_STR)
		us_mock_json_quote(b, v->text);
	else
		us_buf_add_span(b, v->text);
}

static void put_echoes(const struct us_mock_exchange *x, struct us_buf *b)
{
	static const struct {
		const char *name, *otherwise;
	} echoes[] = {
		{ "instructions", "null" },
		{ "max_output_tokens", "null" },
		{ "max_tool_calls", "null" },
		{ "parallel_tool_calls", "true" },
		{ "previous_response_id", "null" },
		{ "prompt_cache_key", "null" },
		{ "reasoning", "{\"effort\":null,\"summary\":null}" },
		{ "safety_identifier", "null" },
		{ "store", "true" },
		{ "temperature", "1.0" },
		{ "text", "{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}" },
		{ "tool_choice", "\"auto\"" },
		{ "tools", "[]" },
		{ "top_logprobs", "0" },
		{ "top_p", "1.0" },
		{ "truncation", "\"disabled\"" },
		{ "user", "null" },
		{ "metadata", "{}" },
	};

	for (size_t i = 0; i < US_COUNT(echoes); i++)
		put_echo(x, b, echoes[i].name, echoes[i].otherwise);
}

static void put_usage(const struct us_mock_exchange *x, struct us_buf *b)
{
	us_buf_addf(b,
	            ",\"usage\":{\"input_tokens\":%zu,\"input_tokens_details\":{"
	            "\"cached_tokens\":0},\"output_tokens\":%zu,\"output_tokens_details\":{"
	            "\"reasoning_tokens\":%zu},\"total_tokens\":%zu}",
	            x->ask.tokens, x->answer.tokens, x->answer.thought_tokens,
	            x->ask.tokens + x->answer.tokens);
}

static const char *status(const struct us_mock_exchange *x)
{
	return is_cut(x) ? "incomplete" : "completed";
}

static void put_response(const struct us_mock_exchange *x, struct us_buf *b, enum moment m)
{
	bool over = m == OVER;

	us_buf_add_str(b, "{\"id\":");
	put_id(x, b, "resp", 0);
	us_buf_addf(b,
	            ",\"object\":\"response\",\"created_at\":%llu,\"status\":\"%s\","
	            "\"background\":false,\"error\":null,\"incomplete_details\":%s,\"model\":%s,"
	            "\"service_tier\":\"default\",\"output\":[",
	            (unsigned long long)x->created, over ? status(x) : "in_progress",
	            over && is_cut(x) ? "{\"reason\":\"max_output_tokens\"}" : "null",
	            quoted(x, x->ask.model));
	if (over)
		put_output(x, b);
	us_buf_add_char(b, ']');
	put_echoes(x, b);
	if (over)
		put_usage(x, b);
	else
		us_buf_add_str(b, ",\"usage\":null");
	us_buf_add_char(b, '}');
}

static void body(const struct us_mock_exchange *x, struct us_buf *b) { put_response(x, b, OVER); }

/* A stream being written. */
struct stream {
	const struct us_mock_exchange *x;
	struct us_mock_events *e;
	struct us_buf b;
	uint64_t number; /* of the next event */
	size_t item;     /* the open one, or the next */
	const char *prefix;
};

static void open_event(struct stream *s, const char *type)
{
	us_buf_addf(&s->b, "{\"type\":\"%s\",\"sequence_number\":%llu", type,
	            (unsigned long long)s->number++);
}

static void close_event(struct stream *s, const char *type, bool content)
{
	us_buf_add_char(&s->b, '}');
	us_mock_event_add(s->e, type, content, &s->b);
}

static void response(struct stream *s, const char *type, enum moment m)
{
	open_event(s, type);
	us_buf_add_str(&s->b, ",\"response\":");
	put_response(s->x, &s->b, m);
	close_event(s, type, false);
}

/* Begins an event with the item itself, which is to be printed behind it. */
static void open_item(struct stream *s, const char *type)
{
	open_event(s, type);
	us_buf_addf(&s->b, ",\"output_index\":%zu,\"item\":", s->item);
}

/* Begins an event within the open item. */
static void open_inner(struct stream *s, const char *type, const char *index)
{
	open_event(s, type);
	us_buf_add_str(&s->b, ",\"item_id\":");
	put_id(s->x, &s->b, s->prefix, s->item);
	us_buf_addf(&s->b, ",\"output_index\":%zu", s->item);
	if (index)
		us_buf_addf(&s->b, ",\"%s\":0", index);
}

/* What it says is padded, unless nobody wants that. */
static void delta(struct stream *s, const char *type, const char *index, const char *more,
                  struct us_span text)
{
	static const char padding[] = "Xy7Kq0TzLm3Rw";
	const struct us_mock_json *pads =
		us_mock_json_at(s->x->request, "stream_options.include_obfuscation");

	open_inner(s, type, index);
	us_buf_addf(&s->b, ",\"delta\":%s%s", quoted(s->x, text), more);
	if (!pads || us_mock_json_true(pads))
		us_buf_addf(&s->b, ",\"obfuscation\":\"%.*s\"",
		            (int)(text.n < 13 ? 13 - text.n : 1), padding);
	close_event(s, type, true);
}

static void stream_thought(struct stream *s)
{
	struct us_span rest = summary(s->x), token;

	s->prefix = "rs";
	open_item(s, "response.output_item.added");
	put_thought(s->x, &s->b, BEGUN);
	close_event(s, "response.output_item.added", false);
	while (us_mock_token(&rest, &token))
		delta(s, "response.reasoning_summary_text.delta", "summary_index", "", token);
	open_item(s, "response.output_item.done");
	put_thought(s->x, &s->b, OVER);
	close_event(s, "response.output_item.done", false);
	s->item++;
}

static void part(struct stream *s, const char *type, struct us_span text)
{
	open_inner(s, type, "content_index");
	us_buf_add_str(&s->b, ",\"part\":");
	put_part(s->x, &s->b, text);
	close_event(s, type, false);
}

static void stream_text(struct stream *s)
{
	struct us_span rest = s->x->answer.text, token;

	s->prefix = "msg";
	open_item(s, "response.output_item.added");
	put_message(s->x, &s->b, s->item, BEGUN);
	close_event(s, "response.output_item.added", false);
	part(s, "response.content_part.added", us_span("", 0));
	while (us_mock_token(&rest, &token))
		delta(s, "response.output_text.delta", "content_index", ",\"logprobs\":[]", token);
	open_inner(s, "response.output_text.done", "content_index");
	us_buf_addf(&s->b, ",\"text\":%s,\"logprobs\":[]", quoted(s->x, s->x->answer.text));
	close_event(s, "response.output_text.done", false);
	part(s, "response.content_part.done", s->x->answer.text);
	open_item(s, "response.output_item.done");
	put_message(s->x, &s->b, s->item, OVER);
	close_event(s, "response.output_item.done", false);
	s->item++;
}

static void stream_call(struct stream *s, size_t i)
{
	const struct us_mock_call *call = &s->x->answer.calls[i];
	bool custom = is_custom(s->x, call->name);
	const char *more = custom ? "response.custom_tool_call_input.delta"
	                          : "response.function_call_arguments.delta";
	const char *done = custom ? "response.custom_tool_call_input.done"
	                          : "response.function_call_arguments.done";
	struct us_span rest = call->arguments, piece;

	s->prefix = custom ? "ctc" : "fc";
	open_item(s, "response.output_item.added");
	put_call(s->x, &s->b, s->item, i, BEGUN);
	close_event(s, "response.output_item.added", true);
	while (us_mock_piece(&rest, &piece))
		delta(s, more, NULL, "", piece);
	open_inner(s, done, NULL);
	us_buf_addf(&s->b, ",\"%s\":%s", custom ? "input" : "arguments",
	            quoted(s->x, call->arguments));
	close_event(s, done, false);
	open_item(s, "response.output_item.done");
	put_call(s->x, &s->b, s->item, i, OVER);
	close_event(s, "response.output_item.done", false);
	s->item++;
}

static void events(const struct us_mock_exchange *x, struct us_mock_events *e)
{
	const struct us_mock_answer *a = &x->answer;
	struct stream s = { .x = x, .e = e };

	us_buf_init(&s.b, EVENT_MAX);
	response(&s, "response.created", BEGUN);
	response(&s, "response.in_progress", BEGUN);
	if (a->thought.p)
		stream_thought(&s);
	if (a->text.p)
		stream_text(&s);
	for (size_t i = 0; i < a->call_count; i++)
		stream_call(&s, i);
	/* Not the end alone: it says again what was answered. */
	response(&s, is_cut(x) ? "response.incomplete" : "response.completed", OVER);
	us_buf_fini(&s.b);
}

/* Numbered as if it were the first event: nobody looks at the number of what is the end. */
static void error_data(const struct us_mock_refusal *r, uint64_t serial, struct us_buf *b)
{
	us_mock_openai_envelope(r, serial, b);
	if (b->n)
		b->n--;
	us_buf_add_str(b, ",\"type\":\"error\",\"sequence_number\":0}");
}

const struct us_mock_dialect us_mock_responses = {
	.name = "responses",
	.path = "/responses",
	.id_header = "x-request-id",
	.copied = true,
	.wording = &us_mock_openai_wording,
	.key = us_mock_openai_key,
	.check = us_mock_responses_check,
	.ask = ask,
	.body = body,
	.events = events,
	.envelope = us_mock_openai_envelope,
	.error_event = "error",
	.error_data = error_data,
	.models = us_mock_openai_models,
};

/* mock_openai.c - the OpenAI dialect: questions understood, answers printed
 *
 * Chunks carry all members that the real ones carry, in their order, for there are clients that
 * look. A call's id and name come once, in its first chunk: accumulators would append them twice.
 */
#include "cli/mock_openai.h"

#include "base/clock.h"

#define EVENT_MAX ((size_t)64 << 20)

static const char *const finish_reasons[US_MOCK_STOPS] = {
	[US_MOCK_END] = "stop",
	[US_MOCK_LENGTH] = "length",
	[US_MOCK_STOP] = "stop",
	[US_MOCK_TOOL] = "tool_calls",
};

struct us_span us_mock_openai_key(const struct us_mock_http *http)
{
	struct us_span bearer = us_mock_http_header(http, "authorization");

	if (us_span_starts(bearer, "Bearer ") && bearer.n > 7)
		return us_span(bearer.p + 7, bearer.n - 7);
	return us_mock_http_header(http, "api-key"); /* Azure */
}

/* "required" leaves the choice to the mock: it takes the first. */
static struct us_span first_name(const struct us_mock_json *tools)
{
	const struct us_mock_json *tool = tools ? tools->first : NULL;
	const struct us_mock_json *name = us_mock_json_at(tool, "function.name");

	return us_mock_json_text(name ? name : us_mock_json_at(tool, "custom.name"));
}

/* The tool that has to be called, if the choice is more than a word. */
static struct us_span chosen(const struct us_mock_json *choice)
{
	const struct us_mock_json *allowed = us_mock_json_get(choice, "allowed_tools");
	const struct us_mock_json *name = us_mock_json_at(choice, "function.name");

	if (us_mock_json_is(us_mock_json_get(allowed, "mode"), "required"))
		return first_name(us_mock_json_get(allowed, "tools"));
	if (!name)
		name = us_mock_json_at(choice, "custom.name");
	/* That of a function_call stands alone. */
	return us_mock_json_text(name ? name : us_mock_json_get(choice, "name"));
}

static void ask_tools(struct us_mock_ask *ask, const struct us_mock_json *q)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *functions = us_mock_json_get(q, "functions");
	const struct us_mock_json *parallel = us_mock_json_get(q, "parallel_tool_calls");
	const struct us_mock_json *choice =
		us_mock_json_get(q, tools ? "tool_choice" : "function_call");
	bool required = us_mock_json_is(choice, "required");

	ask->may_call = (tools || functions) && !us_mock_json_is(choice, "none");
	ask->one_call = functions || (parallel && !us_mock_json_true(parallel));
	ask->must_call = required ? first_name(tools) : chosen(choice);
	if (!ask->must_call.n)
		ask->must_call = us_span(NULL, 0);
}

static void ask_turn(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *m = us_mock_last_turn(q, NULL, arena);

	for (; m; m = m->next) {
		const struct us_mock_json *role = us_mock_json_get(m, "role");
		const struct us_mock_json *content = us_mock_json_get(m, "content");

		if (us_mock_json_is(role, "user"))
			us_mock_ask_text(ask, content, arena);
		else if (us_mock_json_is(role, "tool") || us_mock_json_is(role, "function"))
			us_mock_ask_result(ask, us_mock_content_text(content, arena), false, arena);
	}
}

static void ask(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *max = us_mock_json_get(q, "max_completion_tokens");
	const struct us_mock_json *n = us_mock_json_get(q, "n");
	const struct us_mock_json *effort = us_mock_json_get(q, "reasoning_effort");
	const struct us_mock_json *format = us_mock_json_at(q, "response_format.type");

	if (!max)
		max = us_mock_json_get(q, "max_tokens");
	*ask = (struct us_mock_ask){
		.model = us_mock_json_text(us_mock_json_get(q, "model")),
		.stream = us_mock_json_true(us_mock_json_get(q, "stream")),
		.usage_chunk =
			us_mock_json_true(us_mock_json_at(q, "stream_options.include_usage")),
		.max_tokens = US_NEVER,
		.choices = n ? (uint64_t)n->number : 1,
		.tokens = q->text.n / 4,
		.json = format && !us_mock_json_is(format, "text"),
		.shape = us_mock_json_at(q, "response_format.json_schema.schema"),
		.think = effort && !us_mock_json_is(effort, "none"),
	};
	if (max)
		us_span_u64(max->text, &ask->max_tokens);
	us_mock_ask_stops(ask, us_mock_json_get(q, "stop"), arena);
	ask_tools(ask, q);
	ask_turn(ask, q, arena);
}

/* Functions before there were tools: a call has no id, and there is only one. */
static bool legacy(const struct us_mock_exchange *x)
{
	return !us_mock_json_get(x->request, "tools") && us_mock_json_get(x->request, "functions");
}

/* Was the tool of that name declared as one that takes free text? */
static bool is_custom(const struct us_mock_exchange *x, struct us_span name)
{
	const struct us_mock_json *tools = us_mock_json_get(x->request, "tools");

	for (const struct us_mock_json *t = tools ? tools->first : NULL; t; t = t->next)
		if (us_span_eq(us_mock_json_text(us_mock_json_at(t, "custom.name")), name))
			return true;
	return false;
}

static const char *finish_reason(const struct us_mock_exchange *x)
{
	bool call = x->answer.stop == US_MOCK_TOOL && legacy(x);

	return call ? "function_call" : finish_reasons[x->answer.stop];
}

static const char *quoted(const struct us_mock_exchange *x, struct us_span s)
{
	return us_mock_json_quoted(x->arena, s);
}

/* Every choice is paid for. */
static void put_usage(const struct us_mock_exchange *x, struct us_buf *b)
{
	size_t out = x->answer.tokens * (size_t)x->ask.choices;

	us_buf_addf(b,
	            "{\"prompt_tokens\":%zu,\"completion_tokens\":%zu,\"total_tokens\":%zu,"
	            "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
	            "\"completion_tokens_details\":{\"reasoning_tokens\":%zu,\"audio_tokens\":0,"
	            "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}",
	            x->ask.tokens, out, x->ask.tokens + out, x->answer.thought_tokens);
}

/* "function":{"name":..,"arguments":..}: in a stream first with empty arguments, then without the
 * name. */
static void put_function(const struct us_mock_exchange *x, struct us_buf *b,
                         const struct us_mock_call *call, struct us_span arguments, bool named)
{
	bool custom = is_custom(x, call->name);
	const char *what = legacy(x) ? "function_call" : custom ? "custom" : "function";

	us_buf_addf(b, "\"%s\":{", what);
	if (named)
		us_buf_addf(b, "\"name\":%s,", quoted(x, call->name));
	us_buf_addf(b, "\"%s\":%s}", custom ? "input" : "arguments", quoted(x, arguments));
}

static void put_call_id(const struct us_mock_exchange *x, struct us_buf *b, size_t i)
{
	us_buf_addf(b, "\"id\":\"call_Mock%014llux%05zu\",\"type\":\"%s\",",
	            (unsigned long long)x->serial, i,
	            is_custom(x, x->answer.calls[i].name) ? "custom" : "function");
}

static void put_calls(const struct us_mock_exchange *x, struct us_buf *b)
{
	const struct us_mock_answer *a = &x->answer;

	if (legacy(x)) {
		us_buf_add_char(b, ',');
		put_function(x, b, &a->calls[0], a->calls[0].arguments, true);
		return;
	}
	us_buf_add_str(b, ",\"tool_calls\":[");
	for (size_t i = 0; i < a->call_count; i++) {
		us_buf_add_str(b, i ? ",{" : "{");
		put_call_id(x, b, i);
		put_function(x, b, &a->calls[i], a->calls[i].arguments, true);
		us_buf_add_char(b, '}');
	}
	us_buf_add_char(b, ']');
}

static void put_head(const struct us_mock_exchange *x, struct us_buf *b, const char *object)
{
	us_buf_addf(b,
	            "{\"id\":\"chatcmpl-Mock%025llu\",\"object\":\"%s\",\"created\":%llu,"
	            "\"model\":%s,",
	            (unsigned long long)x->serial, object, (unsigned long long)x->created,
	            quoted(x, x->ask.model));
}

static void body(const struct us_mock_exchange *x, struct us_buf *b)
{
	const struct us_mock_answer *a = &x->answer;

	put_head(x, b, "chat.completion");
	us_buf_add_str(b, "\"choices\":[");
	for (uint64_t i = 0; i < x->ask.choices; i++) {
		us_buf_addf(b,
		            "%s{\"index\":%llu,\"message\":{\"role\":\"assistant\",\"content\":%s",
		            i ? "," : "", (unsigned long long)i,
		            a->text.p ? quoted(x, a->text) : "null");
		if (x->lax && a->thought.p)
			us_buf_addf(b, ",\"reasoning_content\":%s", quoted(x, a->thought));
		if (a->call_count)
			put_calls(x, b);
		us_buf_addf(b,
		            ",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
		            "\"finish_reason\":\"%s\"}",
		            finish_reason(x));
	}
	us_buf_add_str(b, "],\"usage\":");
	put_usage(x, b);
	us_buf_add_str(b, ",\"service_tier\":\"default\",\"system_fingerprint\":null}");
}

/* A stream being written: every chunk has the same members around its delta. */
struct stream {
	const struct us_mock_exchange *x;
	struct us_mock_events *e;
	struct us_buf b;
	uint64_t choice;
};

/* Begins a chunk, up to and with the brace of its delta. */
static void open_delta(struct stream *s)
{
	put_head(s->x, &s->b, "chat.completion.chunk");
	us_buf_addf(&s->b,
	            "\"service_tier\":\"default\",\"system_fingerprint\":null,"
	            "\"choices\":[{\"index\":%llu,\"delta\":{",
	            (unsigned long long)s->choice);
}

/* Ends the chunk and sends it. */
static void close_delta(struct stream *s, bool content, const char *reason)
{
	us_buf_addf(&s->b, "},\"logprobs\":null,\"finish_reason\":%s%s%s}]%s}", reason ? "\"" : "",
	            reason ? reason : "null", reason ? "\"" : "",
	            s->x->ask.usage_chunk ? ",\"usage\":null" : "");
	us_mock_event_add(s->e, NULL, content, &s->b);
}

static void stream_text(struct stream *s, const char *member, struct us_span text)
{
	struct us_span token;

	while (us_mock_token(&text, &token)) {
		open_delta(s);
		us_buf_addf(&s->b, "\"%s\":%s", member, quoted(s->x, token));
		close_delta(s, true, NULL);
	}
}

/* Begins a chunk of the i-th call; a function of old has no list around it. */
static void open_call_delta(struct stream *s, size_t i)
{
	open_delta(s);
	if (!legacy(s->x))
		us_buf_addf(&s->b, "\"tool_calls\":[{\"index\":%zu,", i);
}

static void close_call_delta(struct stream *s)
{
	us_buf_add_str(&s->b, legacy(s->x) ? "" : "}]");
	close_delta(s, true, NULL);
}

/* Id, type and name come with the first piece, which has no arguments. */
static void stream_call(struct stream *s, size_t i)
{
	const struct us_mock_call *call = &s->x->answer.calls[i];
	struct us_span rest = call->arguments, piece;

	open_call_delta(s, i);
	if (!legacy(s->x))
		put_call_id(s->x, &s->b, i);
	put_function(s->x, &s->b, call, us_span("", 0), true);
	close_call_delta(s);
	while (us_mock_piece(&rest, &piece)) {
		open_call_delta(s, i);
		put_function(s->x, &s->b, call, piece, false);
		close_call_delta(s);
	}
}

/* The role, the content, the reason: a whole answer. */
static void stream_choice(struct stream *s)
{
	const struct us_mock_answer *a = &s->x->answer;

	open_delta(s);
	us_buf_addf(&s->b, "\"role\":\"assistant\",\"content\":%s,\"refusal\":null",
	            a->call_count ? "null" : "\"\"");
	close_delta(s, false, NULL);
	if (s->x->lax && a->thought.p)
		stream_text(s, "reasoning_content", a->thought);
	stream_text(s, "content", a->text);
	for (size_t i = 0; i < a->call_count; i++)
		stream_call(s, i);
	open_delta(s);
	close_delta(s, false, finish_reason(s->x));
}

static void events(const struct us_mock_exchange *x, struct us_mock_events *e)
{
	struct stream s = { .x = x, .e = e };

	us_buf_init(&s.b, EVENT_MAX);
	for (; s.choice < x->ask.choices; s.choice++)
		stream_choice(&s);
	if (x->ask.usage_chunk) {
		put_head(x, &s.b, "chat.completion.chunk");
		us_buf_add_str(&s.b, "\"service_tier\":\"default\",\"system_fingerprint\":null,"
		                     "\"choices\":[],\"usage\":");
		put_usage(x, &s.b);
		us_buf_add_char(&s.b, '}');
		us_mock_event_add(e, NULL, false, &s.b);
	}
	us_buf_add_str(&s.b, "[DONE]");
	us_mock_event_add(e, NULL, false, &s.b);
	if (e->count)
		e->list[e->count - 1].last = true;
	us_buf_fini(&s.b);
}

/* All four members are always there. */
void us_mock_openai_envelope(const struct us_mock_refusal *r, uint64_t serial, struct us_buf *b)
{
	us_buf_add_str(b, "{\"error\":{");
	us_mock_member(b, "message", r->message);
	us_mock_member(b, "type", r->type);
	us_mock_member(b, "param", r->param);
	us_mock_member(b, "code", r->code);
	us_buf_add_str(b, "}}");
}

void us_mock_openai_models(struct us_buf *b)
{
	us_buf_add_str(b, "{\"object\":\"list\",\"data\":["
	                  "{\"id\":\"gpt-4.1\",\"object\":\"model\",\"created\":1744316542,"
	                  "\"owned_by\":\"system\"},"
	                  "{\"id\":\"gpt-4o-mini\",\"object\":\"model\",\"created\":1721172741,"
	                  "\"owned_by\":\"system\"}]}");
}

const struct us_mock_dialect us_mock_openai = {
	.name = "openai",
	.path = "/chat/completions",
	.id_header = "x-request-id",
	.wording = &us_mock_openai_wording,
	.key = us_mock_openai_key,
	.copied = true,
	.check = us_mock_openai_check,
	.ask = ask,
	.body = body,
	.events = events,
	.envelope = us_mock_openai_envelope,
	.models = us_mock_openai_models,
};

/* mock_gemini.c - the Gemini dialect: questions understood, answers printed
 *
 * Model and stream stand in the path. A stream is a row of whole documents, in events or, where the
 * query does not say alt=sse, in an array; calls come in one piece.
 */
#include "cli/mock_gemini.h"

#include "base/clock.h"

#define EVENT_MAX ((size_t)64 << 20)

/* A key may also stand in the query. */
static struct us_span key(const struct us_mock_http *http)
{
	struct us_span bearer = us_mock_http_header(http, "authorization"), query = http->query;
	struct us_span own = us_mock_http_header(http, "x-goog-api-key"), part;

	while (!own.p && us_span_next(&query, '&', &part))
		if (us_span_starts(part, "key="))
			own = us_span(part.p + 4, part.n - 4);
	if (!own.p && us_span_starts(bearer, "Bearer ") && bearer.n > 7)
		own = us_span(bearer.p + 7, bearer.n - 7);
	return own;
}

static void address(struct us_mock_ask *ask, const struct us_mock_http *http)
{
	ask->model = us_mock_gemini_model(http);
	ask->stream = us_span_has(http->path, ":streamGenerateContent");
	ask->array = ask->stream && !us_span_has(http->query, "alt=sse");
}

/* The first that follows, of an array's elements, or the object that stands for an array. */
static const struct us_mock_json *first(const struct us_mock_json *v)
{
	return v && v->kind == US_MOCK_OBJ ? v : v ? v->first : NULL;
}

static const struct us_mock_json *next(const struct us_mock_json *in, const struct us_mock_json *v)
{
	return in->kind == US_MOCK_OBJ ? NULL : v->next;
}

static void ask_parts(struct us_mock_ask *ask, const struct us_mock_json *parts,
                      struct us_arena *arena)
{
	for (const struct us_mock_json *p = first(parts); p; p = next(parts, p)) {
		const struct us_mock_json *result = us_mock_json_get(p, "functionResponse");
		const struct us_mock_json *response = us_mock_json_get(result, "response");
		const struct us_mock_json *error = us_mock_json_get(response, "error");
		const struct us_mock_json *output =
			error ? error : us_mock_json_get(response, "output");

		if (result)
			us_mock_ask_result(ask,
			                   output && output->kind == US_MOCK_STR ? output->text
			                   : response                            ? response->text
			                                                         : US_SPAN(""),
			                   error != NULL, arena);
		else
			us_mock_ask_text(ask, us_mock_json_get(p, "text"), arena);
	}
}

/* Whatever follows the last content of the model's. */
static void ask_turn(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *contents = us_mock_json_get(q, "contents");
	const struct us_mock_json *m = first(contents), *from = m;

	for (; m; m = next(contents, m))
		if (us_mock_json_is(us_mock_json_get(m, "role"), "model") && next(contents, m))
			from = m->next;
	for (m = from; m; m = next(contents, m))
		ask_parts(ask, us_mock_json_get(m, "parts"), arena);
}

/* ANY leaves the choice to the mock: it takes the first that is allowed. */
static void ask_tools(struct us_mock_ask *ask, const struct us_mock_json *q)
{
	const struct us_mock_json *calling = us_mock_json_at(q, "toolConfig.functionCallingConfig");
	const struct us_mock_json *names = us_mock_json_get(calling, "allowedFunctionNames");
	const struct us_mock_json *mode = us_mock_json_get(calling, "mode");
	const struct us_mock_json *tool = first(us_mock_json_get(q, "tools"));
	const struct us_mock_json *declared = us_mock_json_get(tool, "functionDeclarations");
	const struct us_mock_json *f = declared ? declared->first : NULL;

	ask->may_call = f && !us_mock_json_is(mode, "NONE");
	if (!us_mock_json_is(mode, "ANY"))
		return;
	ask->must_call = names && names->first ? names->first->text
	                                       : us_mock_json_text(us_mock_json_get(f, "name"));
}

static void ask(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *config = us_mock_json_get(q, "generationConfig");
	const struct us_mock_json *max = us_mock_json_get(config, "maxOutputTokens");
	const struct us_mock_json *schema = us_mock_json_get(config, "responseJsonSchema");

	ask->max_tokens = max ? (uint64_t)max->number : US_NEVER;
	ask->choices = 1;
	ask->tokens = q->text.n / 4 + 1;
	ask->must_call = us_span(NULL, 0);
	ask_turn(ask, q, arena);
	ask_tools(ask, q);
	us_mock_ask_stops(ask, us_mock_json_get(config, "stopSequences"), arena);
	ask->json =
		us_mock_json_is(us_mock_json_get(config, "responseMimeType"), "application/json");
	ask->shape = schema;
	ask->think = us_mock_json_true(us_mock_json_at(config, "thinkingConfig.includeThoughts"));
}

static const char *quoted(const struct us_mock_exchange *x, struct us_span s)
{
	return us_mock_json_quoted(x->arena, s);
}

static const char *finish_reason(const struct us_mock_exchange *x)
{
	return x->answer.stop == US_MOCK_LENGTH ? "MAX_TOKENS" : "STOP";
}

static void open_answer(struct us_buf *b)
{
	us_buf_add_str(b, "{\"candidates\": [{\"content\": {\"parts\": [");
}

/* With the reason where it is the last. */
static void close_answer(const struct us_mock_exchange *x, struct us_buf *b, bool last)
{
	us_buf_add_str(b, "],\"role\": \"model\"}");
	if (last)
		us_buf_addf(b, ",\"finishReason\": \"%s\"", finish_reason(x));
	us_buf_addf(b, ",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": %zu,",
	            x->ask.tokens);
	if (x->answer.thought_tokens)
		us_buf_addf(b, "\"thoughtsTokenCount\": %zu,", x->answer.thought_tokens);
	if (last)
		us_buf_addf(b, "\"candidatesTokenCount\": %zu,",
		            x->answer.tokens - x->answer.thought_tokens);
	us_buf_addf(
		b,
		"\"totalTokenCount\": %zu},\"modelVersion\": %s,\"responseId\": \"Mock%018llu\"}",
		x->ask.tokens + (last ? x->answer.tokens : x->answer.thought_tokens),
		quoted(x, x->ask.model), (unsigned long long)x->serial);
}

static void put_text(const struct us_mock_exchange *x, struct us_buf *b, struct us_span text,
                     bool thought)
{
	us_buf_addf(b, "{\"text\": %s%s}", quoted(x, text), thought ? ",\"thought\": true" : "");
}

/* The first call is signed where the model signs any. */
static void put_call(const struct us_mock_exchange *x, struct us_buf *b, size_t i)
{
	const struct us_mock_call *call = &x->answer.calls[i];
	struct us_span args = us_span_trim(call->arguments);

	us_buf_addf(b, "{\"functionCall\": {\"name\": %s", quoted(x, call->name));
	if (args.n)
		us_buf_addf(b, ",\"args\": %.*s", (int)args.n, args.p);
	us_buf_addf(b, "}%s}",
	            !i && us_mock_gemini_is_third(x->ask.model)
	                    ? ",\"thoughtSignature\": \"TW9jaw==\""
	                    : "");
}

static void body(const struct us_mock_exchange *x, struct us_buf *b)
{
	const struct us_mock_answer *a = &x->answer;
	size_t n = b->n;

	open_answer(b);
	n = b->n;
	if (a->thought.p)
		put_text(x, b, a->thought, true);
	if (a->text.p) {
		us_buf_add_str(b, b->n > n ? "," : "");
		put_text(x, b, a->text, false);
	}
	for (size_t i = 0; i < a->call_count; i++) {
		us_buf_add_str(b, b->n > n ? "," : "");
		put_call(x, b, i);
	}
	close_answer(x, b, true);
}

struct stream {
	const struct us_mock_exchange *x;
	struct us_mock_events *e;
	struct us_buf b;
};

static void stream_text(struct stream *s, struct us_span text, bool thought)
{
	struct us_span token;

	while (us_mock_token(&text, &token)) {
		open_answer(&s->b);
		put_text(s->x, &s->b, token, thought);
		close_answer(s->x, &s->b, false);
		us_mock_event_add(s->e, NULL, true, &s->b);
	}
}

/* The last piece has an empty text beside the reason, as Google's has. */
static void events(const struct us_mock_exchange *x, struct us_mock_events *e)
{
	struct stream s = { .x = x, .e = e };

	us_buf_init(&s.b, EVENT_MAX);
	stream_text(&s, x->answer.thought, true);
	stream_text(&s, x->answer.text, false);
	for (size_t i = 0; i < x->answer.call_count; i++) {
		open_answer(&s.b);
		put_call(x, &s.b, i);
		close_answer(x, &s.b, false);
		us_mock_event_add(e, NULL, true, &s.b);
	}
	open_answer(&s.b);
	put_text(x, &s.b, US_SPAN(""), false);
	close_answer(x, &s.b, true);
	us_mock_event_add(e, NULL, false, &s.b);
	if (e->count)
		e->list[e->count - 1].last = true;
	us_buf_fini(&s.b);
}

/* A code of ours is the reason of an ErrorInfo; who is told to wait is told how long. */
static void envelope(const struct us_mock_refusal *r, uint64_t serial, struct us_buf *b)
{
	us_buf_addf(b, "{\"error\":{\"code\":%u", r->status);
	us_mock_member(b, "message", r->message);
	us_mock_member(b, "status", r->type);
	if (r->code.p || r->status == 429) {
		us_buf_add_str(b, ",\"details\":[");
		if (r->code.p) {
			us_buf_add_str(b,
			               "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\"");
			us_mock_member(b, "reason", r->code);
			us_buf_add_str(b, "}");
		} else {
			us_buf_add_str(b, "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
			                  "\"retryDelay\":\"1.5s\"}");
		}
		us_buf_add_char(b, ']');
	}
	us_buf_add_str(b, "}}");
}

static void models(struct us_buf *b)
{
	us_buf_add_str(b, "{\"models\":[{\"name\":\"models/gemini-2.5-flash\",\"version\":\"001\","
	                  "\"displayName\":\"Gemini 2.5 Flash\",\"supportedGenerationMethods\":["
	                  "\"generateContent\"]}]}");
}

const struct us_mock_dialect us_mock_gemini = {
	.name = "gemini",
	.path = ":generateContent|:streamGenerateContent",
	.id_header = "x-request-id",
	.wording = &us_mock_gemini_wording,
	.key = key,
	.address = address,
	.check = us_mock_gemini_check,
	.ask = ask,
	.body = body,
	.events = events,
	.envelope = envelope,
	.models = models,
};

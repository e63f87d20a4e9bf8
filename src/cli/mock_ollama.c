/* mock_ollama.c - Ollama's dialect: questions understood, answers printed
 *
 * A stream is a line for each token, calls come whole, and the last line says how it ended and what
 * was counted. Who says nothing of a stream gets one.
 */
#include "cli/mock_ollama.h"

#include "base/clock.h"

#include <time.h>

#define EVENT_MAX ((size_t)64 << 20)

/* None is needed; a guard before the server may want one. */
static struct us_span key(const struct us_mock_http *http)
{
	struct us_span bearer = us_mock_http_header(http, "authorization");

	if (us_span_starts(bearer, "Bearer "))
		return us_span(bearer.p + 7, bearer.n - 7);
	return US_SPAN("");
}

static void ask_turn(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *m = us_mock_last_turn(q, &ask->begun, arena);

	for (; m; m = m->next) {
		const struct us_mock_json *role = us_mock_json_get(m, "role");
		const struct us_mock_json *content = us_mock_json_get(m, "content");

		if (us_mock_json_is(role, "user"))
			us_mock_ask_text(ask, content, arena);
		else if (us_mock_json_is(role, "tool"))
			us_mock_ask_result(ask, us_mock_json_text(content), false, arena);
	}
}

static void ask(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *stream = us_mock_json_get(q, "stream");
	const struct us_mock_json *max = us_mock_json_at(q, "options.num_predict");
	const struct us_mock_json *format = us_mock_json_get(q, "format");
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *think = us_mock_json_get(q, "think");

	*ask = (struct us_mock_ask){
		.model = us_mock_json_text(us_mock_json_get(q, "model")),
		.stream = !stream || us_mock_json_true(stream),
		.max_tokens = US_NEVER,
		.choices = 1,
		.tokens = q->text.n / 4,
		.json = format && !us_mock_json_is(format, ""),
		.shape = format && format->kind == US_MOCK_OBJ ? format : NULL,
		.may_call = tools && tools->count,
		.must_call = us_span(NULL, 0),
		.think = think && (think->kind == US_MOCK_STR || us_mock_json_true(think)),
	};
	if (max && max->number >= 1)
		us_span_u64(max->text, &ask->max_tokens);
	us_mock_ask_stops(ask, us_mock_json_at(q, "options.stop"), arena);
	ask_turn(ask, q, arena);
}

static const char *quoted(const struct us_mock_exchange *x, struct us_span s)
{
	return us_mock_json_quoted(x->arena, s);
}

/* The head of every line, up to and with the brace of its message. */
static void put_head(const struct us_mock_exchange *x, struct us_buf *b)
{
	time_t t = (time_t)x->created;
	struct tm tm = { 0 };
	char date[32];

	gmtime_r(&t, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	us_buf_addf(b, "{\"model\":%s,\"created_at\":\"%s.%09lluZ\",\"message\":{",
	            quoted(x, x->ask.model), date, (unsigned long long)(x->serial % 1000000000));
}

static void put_call(const struct us_mock_exchange *x, struct us_buf *b, size_t i)
{
	const struct us_mock_call *c = &x->answer.calls[i];

	us_buf_addf(b, "{\"id\":\"call_m%05llu%02zu\",\"function\":{\"index\":%zu,\"name\":%s,",
	            (unsigned long long)x->serial % 100000, i % 100, i, quoted(x, c->name));
	us_buf_add_str(b, "\"arguments\":");
	us_buf_add_span(b, c->arguments.n ? c->arguments : US_SPAN("{}"));
	us_buf_add_str(b, "}}");
}

/* From behind the message to the end. */
static void put_done(const struct us_mock_exchange *x, struct us_buf *b)
{
	us_buf_addf(b,
	            "},\"done\":true,\"done_reason\":\"%s\",\"total_duration\":2137354762,"
	            "\"load_duration\":9498214,\"prompt_eval_count\":%zu,"
	            "\"prompt_eval_duration\":4397221,\"eval_count\":%zu,"
	            "\"eval_duration\":2120642926}",
	            x->answer.stop == US_MOCK_LENGTH ? "length" : "stop", x->ask.tokens,
	            x->answer.tokens);
}

static void body(const struct us_mock_exchange *x, struct us_buf *b)
{
	const struct us_mock_answer *a = &x->answer;

	put_head(x, b);
	us_buf_addf(b, "\"role\":\"assistant\",\"content\":%s",
	            quoted(x, a->text.p ? a->text : us_span("", 0)));
	if (a->thought.p)
		us_buf_addf(b, ",\"thinking\":%s", quoted(x, a->thought));
	for (size_t i = 0; i < a->call_count; i++) {
		us_buf_add_str(b, i ? "," : ",\"tool_calls\":[");
		put_call(x, b, i);
	}
	us_buf_add_str(b, a->call_count ? "]" : "");
	put_done(x, b);
}

static void stream_text(const struct us_mock_exchange *x, struct us_mock_events *e,
                        struct us_buf *b, const char *member, struct us_span text)
{
	struct us_span token;

	while (us_mock_token(&text, &token)) {
		put_head(x, b);
		us_buf_addf(b, "\"role\":\"assistant\",%s\"%s\":%s},\"done\":false}",
		            strcmp(member, "content") == 0 ? "" : "\"content\":\"\",", member,
		            quoted(x, token));
		us_mock_event_add(e, NULL, true, b);
	}
}

static void events(const struct us_mock_exchange *x, struct us_mock_events *e)
{
	const struct us_mock_answer *a = &x->answer;
	struct us_buf b;

	us_buf_init(&b, EVENT_MAX);
	stream_text(x, e, &b, "thinking", a->thought);
	stream_text(x, e, &b, "content", a->text);
	for (size_t i = 0; i < a->call_count; i++) {
		put_head(x, &b);
		us_buf_add_str(&b, "\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[");
		put_call(x, &b, i);
		us_buf_add_str(&b, "]},\"done\":false}");
		us_mock_event_add(e, NULL, true, &b);
	}
	put_head(x, &b);
	us_buf_add_str(&b, "\"role\":\"assistant\",\"content\":\"\"");
	put_done(x, &b);
	us_mock_event_add(e, NULL, false, &b);
	if (e->count)
		e->list[e->count - 1].last = true;
	us_buf_fini(&b);
}

static void envelope(const struct us_mock_refusal *r, uint64_t serial, struct us_buf *b)
{
	us_buf_add_char(b, '{');
	us_mock_member(b, "error", r->message);
	us_buf_add_char(b, '}');
}

static void models(struct us_buf *b)
{
	us_buf_add_str(b, "{\"models\":[{\"name\":\"llama3.2:latest\",\"model\":"
	                  "\"llama3.2:latest\",\"size\":2019393189}]}");
}

const struct us_mock_dialect us_mock_ollama = {
	.name = "ollama",
	.path = "/api/chat",
	.id_header = "x-request-id",
	.any_type = true,
	.lines = true,
	.wording = &us_mock_ollama_wording,
	.key = key,
	.check = us_mock_ollama_check,
	.ask = ask,
	.body = body,
	.events = events,
	.envelope = envelope,
	.models = models,
};

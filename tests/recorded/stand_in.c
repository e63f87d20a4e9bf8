/* stand_in.c - the mock as a provider of each dialect, without its sockets */
#include "stand_in.h"

#include "cli/mock_dialect.h"

#define BODY_MAX ((size_t)64 << 20)
#define NOW_S 1700000000

static const struct stand_in {
	const struct us_dialect *dialect;
	const struct us_mock_dialect *mock;
	const char *model;
} all[] = {
	{ &us_openai, &us_mock_openai, "gpt-4.1" },
	{ &us_responses, &us_mock_responses, "gpt-4.1" },
	{ &us_anthropic, &us_mock_anthropic, "claude-sonnet-4-5" },
	{ &us_gemini, &us_mock_gemini, "gemini-2.5-flash" },
	{ &us_ollama, &us_mock_ollama, "llama3.2" },
};

static const struct stand_in *find(const struct us_dialect *d)
{
	for (size_t i = 0; i < US_COUNT(all); i++)
		if (all[i].dialect == d)
			return &all[i];
	return NULL;
}

const char *stand_in_model(const struct us_dialect *d)
{
	const struct stand_in *s = find(d);

	return s ? s->model : NULL;
}

/* What is known of a request when it has been judged. */
struct judged {
	struct us_mock_http http;
	struct us_mock_header headers[2];
	const struct us_mock_json *json;
	struct us_span no;
};

static void judge(struct judged *j, const struct question *q, const struct us_mock_dialect *mock,
                  struct us_arena *a)
{
	struct us_mock_refusal no = { 0 };
	struct us_mock_check c = {
		.arena = a, .wording = mock->wording, .refusal = &no, .lax = q->lax
	};
	struct us_mock_json_error error;
	bool lone;

	*j = (struct judged){ .headers = { { US_SPAN("anthropic-version"), US_SPAN("2023-06-01") },
		                           { US_SPAN("anthropic-beta"), q->beta } } };
	j->http = (struct us_mock_http){ .path = q->path,
		                         .query = q->query,
		                         .headers = j->headers,
		                         .header_count = q->beta.p ? 2 : 1 };
	j->json = us_mock_json_parse(a, q->body, &lone, &error);
	if (!j->json)
		j->no = US_SPAN("no JSON");
	else if (mock->check(&c, &j->http, j->json, lone))
		j->no = no.message;
}

struct us_span stand_in_refuses(const struct question *q, struct us_arena *a)
{
	struct judged j;

	judge(&j, q, find(q->dialect)->mock, a);
	return j.no;
}

static void frame(const struct us_mock_event *e, enum us_framing framing, bool first,
                  struct us_buf *b)
{
	bool sse = framing == US_FRAMING_SSE;

	if (e->name)
		us_buf_addf(b, "event: %s\n", e->name);
	us_buf_add_str(b, sse ? "data: " : framing == US_FRAMING_ARRAY ? first ? "[" : "," : "");
	us_buf_add_span(b, e->data);
	us_buf_add_str(b, sse ? "\n\n" : "\n");
}

static void write_stream(const struct us_mock_exchange *x, const struct us_mock_dialect *mock,
                         enum us_framing framing, struct us_buf *b)
{
	struct us_mock_events e = { .arena = x->arena };

	mock->events(x, &e);
	for (size_t i = 0; i < e.count; i++)
		frame(&e.list[i], framing, !i, b);
	us_buf_add_str(b, framing == US_FRAMING_ARRAY ? "]" : "");
}

bool stand_in_answers(const struct question *q, struct recording *out, struct us_arena *a)
{
	static const struct us_mock_manner manner = { .name = "lead" };
	const struct us_mock_dialect *mock = find(q->dialect)->mock;
	struct us_mock_exchange x = { .arena = a, .serial = 7, .created = NOW_S };
	enum us_framing framing = US_FRAMING_WHOLE;
	struct judged j;
	struct us_buf b;

	judge(&j, q, mock, a);
	if (j.no.n)
		return false;
	x.request = j.json;
	if (mock->address)
		mock->address(&x.ask, &j.http);
	mock->ask(&x.ask, j.json, a);
	us_mock_answer(&x.answer, &x.ask, &manner, a);
	us_buf_init(&b, BODY_MAX);
	if (x.ask.stream)
		framing = x.ask.array ? US_FRAMING_ARRAY : q->dialect->framing;
	if (x.ask.stream)
		write_stream(&x, mock, framing, &b);
	else
		mock->body(&x, &b);
	*out = (struct recording){ .file = US_SPAN("the stand-in's answer"),
		                   .dialect = q->dialect,
		                   .status = 200,
		                   .type = us_span_of(us_framing_type(framing)),
		                   .answer = us_mock_keep(a, &b),
		                   .stream = x.ask.stream };
	return true;
}

void stand_in_fails(const struct us_dialect *d, unsigned status, struct us_arena *a,
                    struct us_buf *out)
{
	const struct us_mock_dialect *mock = find(d)->mock;
	const struct us_mock_wording *w = mock->wording;
	struct us_mock_refusal r = { 0 };
	struct us_mock_facts facts = { 0 };

	us_mock_words_refuse(&r, w, us_mock_words_trouble(w, status, us_span(NULL, 0)), &facts, a);
	r.status = status;
	mock->envelope(&r, 7, out);
}

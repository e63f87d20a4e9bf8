/* mock_anthropic.c - the Anthropic dialect: questions understood, answers printed
 *
 * The order of the events, the ping after the first content_block_start and the empty first piece
 * of a tool's input are as recorded from the real provider. Client libraries depend on more of this
 * than the documentation promises.
 */
#include "cli/mock_anthropic.h"

#include "base/clock.h"

#define EVENT_MAX ((size_t)64 << 20)

static const char *const stop_reasons[US_MOCK_STOPS] = {
	[US_MOCK_END] = "end_turn",
	[US_MOCK_LENGTH] = "max_tokens",
	[US_MOCK_STOP] = "stop_sequence",
	[US_MOCK_TOOL] = "tool_use",
};

/* Either header will do, as with the real one. */
static struct us_span key(const struct us_mock_http *http)
{
	struct us_span bearer = us_mock_http_header(http, "authorization");

	if (us_span_starts(bearer, "Bearer ") && bearer.n > 7)
		return us_span(bearer.p + 7, bearer.n - 7);
	return us_mock_http_header(http, "x-api-key");
}

static void ask_block(struct us_mock_ask *ask, const struct us_mock_json *b, struct us_arena *arena)
{
	const struct us_mock_json *type = us_mock_json_get(b, "type");

	if (us_mock_json_is(type, "text"))
		us_mock_ask_text(ask, us_mock_json_get(b, "text"), arena);
	else if (us_mock_json_is(type, "tool_result"))
		us_mock_ask_result(ask, us_mock_content_text(us_mock_json_get(b, "content"), arena),
		                   us_mock_json_true(us_mock_json_get(b, "is_error")), arena);
}

static void ask_turn(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *m = us_mock_last_turn(q, &ask->begun, arena);

	for (; m; m = m->next) {
		const struct us_mock_json *content = us_mock_json_get(m, "content");

		if (!us_mock_json_is(us_mock_json_get(m, "role"), "user"))
			continue;
		if (content->kind == US_MOCK_STR)
			us_mock_ask_text(ask, content, arena);
		else
			for (const struct us_mock_json *b = content->first; b; b = b->next)
				ask_block(ask, b, arena);
	}
}

static void ask(struct us_mock_ask *ask, const struct us_mock_json *q, struct us_arena *arena)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *choice = us_mock_json_get(q, "tool_choice");
	const struct us_mock_json *kind = us_mock_json_get(choice, "type");
	const struct us_mock_json *think = us_mock_json_at(q, "thinking.type");

	*ask = (struct us_mock_ask){
		.model = us_mock_json_text(us_mock_json_get(q, "model")),
		.stream = us_mock_json_true(us_mock_json_get(q, "stream")),
		.max_tokens = US_NEVER,
		.choices = 1,
		.tokens = q->text.n / 4,
		.may_call = tools && tools->count && !us_mock_json_is(kind, "none"),
		.one_call =
			us_mock_json_true(us_mock_json_get(choice, "disable_parallel_tool_use")),
		.json = us_mock_json_at(q, "output_config.format") != NULL,
		.shape = us_mock_json_at(q, "output_config.format.schema"),
		.think = us_mock_json_is(think, "enabled") || us_mock_json_is(think, "adaptive"),
	};
	us_span_u64(us_mock_json_get(q, "max_tokens")->text, &ask->max_tokens);
	if (us_mock_json_is(kind, "any") && tools->first)
		ask->must_call = us_mock_json_text(us_mock_json_get(tools->first, "name"));
	else if (us_mock_json_is(kind, "tool"))
		ask->must_call = us_mock_json_text(us_mock_json_get(choice, "name"));
	us_mock_ask_stops(ask, us_mock_json_get(q, "stop_sequences"), arena);
	ask_turn(ask, q, arena);
}

static const char *quoted(const struct us_mock_exchange *x, struct us_span s)
{
	return us_mock_json_quoted(x->arena, s);
}

/* Models that keep their thoughts to themselves send the signature alone. */
static bool shows_thoughts(const struct us_mock_exchange *x)
{
	const struct us_mock_json *display = us_mock_json_at(x->request, "thinking.display");

	return !us_mock_json_is(display, "omitted");
}

static struct us_span thought(const struct us_mock_exchange *x)
{
	return shows_thoughts(x) ? x->answer.thought : us_span("", 0);
}

/* Arguments that are a JSON object go into the answer as they are. */
static struct us_span input(const struct us_mock_exchange *x, const struct us_mock_call *call)
{
	struct us_mock_json_error error;
	bool lone;
	const struct us_mock_json *v = us_mock_json_parse(x->arena, call->arguments, &lone, &error);

	return v && v->kind == US_MOCK_OBJ ? call->arguments : US_SPAN("{}");
}

static void put_head(const struct us_mock_exchange *x, struct us_buf *b)
{
	us_buf_addf(b,
	            "{\"model\":%s,\"id\":\"msg_01Mock%018llu\",\"type\":\"message\","
	            "\"role\":\"assistant\",\"content\":[",
	            quoted(x, x->ask.model), (unsigned long long)x->serial);
}

static void put_stop(const struct us_mock_exchange *x, struct us_buf *b)
{
	us_buf_addf(b, "\"stop_reason\":\"%s\",\"stop_sequence\":%s", stop_reasons[x->answer.stop],
	            x->answer.stop_sequence.p ? quoted(x, x->answer.stop_sequence) : "null");
}

static void put_usage(const struct us_mock_exchange *x, struct us_buf *b, size_t out)
{
	us_buf_addf(b,
	            "\"usage\":{\"input_tokens\":%zu,\"cache_creation_input_tokens\":0,"
	            "\"cache_read_input_tokens\":0,\"output_tokens\":%zu",
	            x->ask.tokens, out);
}

/* A tool_use block; in a stream its input begins empty. */
static void put_use(const struct us_mock_exchange *x, struct us_buf *b, size_t i,
                    struct us_span arguments)
{
	us_buf_addf(b,
	            "{\"type\":\"tool_use\",\"id\":\"toolu_01Mock%014llux%03zu\",\"name\":%s,"
	            "\"input\":",
	            (unsigned long long)x->serial, i, quoted(x, x->answer.calls[i].name));
	us_buf_add_span(b, arguments);
	us_buf_add_char(b, '}');
}

/* An answer without text has no text block: `content` may be empty. */
static void put_blocks(const struct us_mock_exchange *x, struct us_buf *b)
{
	const struct us_mock_answer *a = &x->answer;
	size_t start = b->n;

	if (a->thought.p)
		us_buf_addf(b, "{\"type\":\"thinking\",\"thinking\":%s,\"signature\":\"%s\"}",
		            quoted(x, thought(x)), US_MOCK_SIGNATURE);
	if (a->text.n)
		us_buf_addf(b, "%s{\"type\":\"text\",\"text\":%s}", b->n > start ? "," : "",
		            quoted(x, a->text));
	for (size_t i = 0; i < a->call_count; i++) {
		us_buf_add_str(b, b->n > start ? "," : "");
		put_use(x, b, i, input(x, &a->calls[i]));
	}
}

static void body(const struct us_mock_exchange *x, struct us_buf *b)
{
	put_head(x, b);
	put_blocks(x, b);
	us_buf_add_str(b, "],");
	put_stop(x, b);
	us_buf_add_char(b, ',');
	put_usage(x, b, x->answer.tokens);
	us_buf_add_str(b, ",\"service_tier\":\"standard\"}}");
}

/* A stream being written. */
struct stream {
	const struct us_mock_exchange *x;
	struct us_mock_events *e;
	struct us_buf b;
	size_t index; /* of the block */
};

static void send(struct stream *s, const char *name, bool content)
{
	us_mock_event_add(s->e, name, content, &s->b);
}

static void open_block(struct stream *s)
{
	us_buf_addf(&s->b,
	            "{\"type\":\"content_block_start\",\"index\":%zu,\"content_block\":", s->index);
}

/* Sends content_block_start; after the first of them comes a ping. */
static void begin_block(struct stream *s)
{
	us_buf_add_char(&s->b, '}');
	send(s, "content_block_start", false);
	if (!s->index) {
		us_buf_add_str(&s->b, "{\"type\": \"ping\"}");
		send(s, "ping", false);
	}
}

static void delta(struct stream *s, const char *type, const char *member, struct us_span text)
{
	us_buf_addf(&s->b,
	            "{\"type\":\"content_block_delta\",\"index\":%zu,\"delta\":{\"type\":\"%s\","
	            "\"%s\":%s}}",
	            s->index, type, member, quoted(s->x, text));
	send(s, "content_block_delta", true);
}

static void end_block(struct stream *s)
{
	us_buf_addf(&s->b, "{\"type\":\"content_block_stop\",\"index\":%zu}", s->index++);
	send(s, "content_block_stop", false);
}

/* The signature comes last, and alone if the thought is not shown. */
static void stream_thought(struct stream *s)
{
	struct us_span rest = thought(s->x), token;

	open_block(s);
	us_buf_add_str(&s->b, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}");
	begin_block(s);
	while (us_mock_token(&rest, &token))
		delta(s, "thinking_delta", "thinking", token);
	delta(s, "signature_delta", "signature", US_SPAN(US_MOCK_SIGNATURE));
	end_block(s);
}

static void stream_text(struct stream *s)
{
	struct us_span rest = s->x->answer.text, token;

	open_block(s);
	us_buf_add_str(&s->b, "{\"type\":\"text\",\"text\":\"\"}");
	begin_block(s);
	while (us_mock_token(&rest, &token))
		delta(s, "text_delta", "text", token);
	end_block(s);
}

/* The first piece of an input is empty. */
static void stream_use(struct stream *s, size_t i)
{
	struct us_span rest = s->x->answer.calls[i].arguments, piece;

	open_block(s);
	put_use(s->x, &s->b, i, US_SPAN("{}"));
	begin_block(s);
	delta(s, "input_json_delta", "partial_json", us_span("", 0));
	while (us_mock_piece(&rest, &piece))
		delta(s, "input_json_delta", "partial_json", piece);
	end_block(s);
}

static void stream_end(struct stream *s)
{
	us_buf_add_str(&s->b, "{\"type\":\"message_delta\",\"delta\":{");
	put_stop(s->x, &s->b);
	us_buf_add_str(&s->b, "},");
	put_usage(s->x, &s->b, s->x->answer.tokens);
	us_buf_add_str(&s->b, "}}");
	send(s, "message_delta", false);
	us_buf_add_str(&s->b, "{\"type\":\"message_stop\"}");
	send(s, "message_stop", false);
}

static void events(const struct us_mock_exchange *x, struct us_mock_events *e)
{
	struct stream s = { .x = x, .e = e };

	us_buf_init(&s.b, EVENT_MAX);
	us_buf_add_str(&s.b, "{\"type\":\"message_start\",\"message\":");
	put_head(x, &s.b);
	us_buf_add_str(&s.b, "],\"stop_reason\":null,\"stop_sequence\":null,");
	put_usage(x, &s.b, 1);
	us_buf_add_str(&s.b, ",\"service_tier\":\"standard\"}}}");
	send(&s, "message_start", false);
	if (x->answer.thought.p)
		stream_thought(&s);
	if (x->answer.text.n)
		stream_text(&s);
	for (size_t i = 0; i < x->answer.call_count; i++)
		stream_use(&s, i);
	stream_end(&s);
	if (e->count)
		e->list[e->count - 1].last = true;
	us_buf_fini(&s.b);
}

/* A code is a detail here; most errors have none. */
static void envelope(const struct us_mock_refusal *r, uint64_t serial, struct us_buf *b)
{
	us_buf_add_str(b, "{\"type\":\"error\",\"error\":{");
	us_mock_member(b, "type", r->type);
	us_mock_member(b, "message", r->message);
	if (r->code.p) {
		us_buf_add_str(b, ",\"details\":{");
		us_mock_member(b, "error_code", r->code);
		us_buf_add_char(b, '}');
	}
	us_buf_addf(b, "},\"request_id\":\"req_01Mock%018llu\"}", (unsigned long long)serial);
}

static void models(struct us_buf *b)
{
	us_buf_add_str(b, "{\"data\":["
	                  "{\"type\":\"model\",\"id\":\"claude-sonnet-4-5\","
	                  "\"display_name\":\"Claude Sonnet 4.5\","
	                  "\"created_at\":\"2025-09-29T00:00:00Z\"},"
	                  "{\"type\":\"model\",\"id\":\"claude-haiku-4-5\","
	                  "\"display_name\":\"Claude Haiku 4.5\","
	                  "\"created_at\":\"2025-10-15T00:00:00Z\"}],"
	                  "\"has_more\":false,\"first_id\":\"claude-sonnet-4-5\","
	                  "\"last_id\":\"claude-haiku-4-5\"}");
}

const struct us_mock_dialect us_mock_anthropic = {
	.name = "anthropic",
	.path = "/messages",
	.id_header = "request-id",
	.wording = &us_mock_anthropic_wording,
	.key = key,
	.check = us_mock_anthropic_check,
	.ask = ask,
	.body = body,
	.events = events,
	.envelope = envelope,
	.error_event = "error",
	.ping = { .name = "ping", .data = { "{\"type\": \"ping\"}", 16 } },
	.models = models,
};

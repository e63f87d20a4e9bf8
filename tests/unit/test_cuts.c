/* test_cuts.c - a thousand streams are cut, at every kind of place, and come out whole
 *
 * An answer is made up: text of many scripts, JSON, text with calls. It is streamed in the
 * program's dialect, in pieces of any size, and breaks off at any byte, in one of the ways in which
 * streams do. A stand-in is asked for the rest, in its own dialect, and answers as models do: with
 * exactly the rest, from the last words on, from the beginning, in quotation marks. What the
 * program was given is read again: it has to be the answer, or an error, and never a part of it
 * that looks like the whole.
 */
#include "call_world.h"

#include "base/rand.h"
#include "wire/reader.h"
#include "wire/writer.h"

#define CUTS 1000
#define TEXT_MAX ((size_t)1 << 20)

/* --- what there is to say -------------------------------------------------------------------- */

struct made {
	struct us_buf text, args;
	unsigned calls;
	bool json;
};

static struct us_rand dice;
static unsigned calls_asked, args_asked; /* of stand-ins: of calls that were cut */
static bool well;                        /* the stand-in did not break off */
static enum us_cause last;               /* how the last transfer has ended */

static size_t roll(size_t n) { return (size_t)(us_rand_next(&dice) % n); }

static void word(struct us_buf *b)
{
	static const char *const odd[] = { "caf\xc3\xa9",
		                           "\xf0\x9f\x98\x80",
		                           "\xe6\x97\xa5\xe6\x9c\xac",
		                           "\"so\"",
		                           "a\\b",
		                           "x:",
		                           "3.14",
		                           "--",
		                           "\xd0\xbc\xd0\xb8\xd1\x80" };

	if (roll(8) == 0) {
		us_buf_add_str(b, odd[roll(US_COUNT(odd))]);
		return;
	}
	for (size_t n = 1 + roll(9); n; n--)
		us_buf_add_char(b, (char)('a' + roll(26)));
}

static void words(struct us_buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		static const char *const gaps[] = { " ", " ", " ", " ", "\n", ", ", "\n\n  " };

		if (i)
			us_buf_add_str(b, gaps[roll(US_COUNT(gaps))]);
		word(b);
	}
}

static void json(struct us_buf *b)
{
	us_buf_add_str(b, "{\"answer\": \"");
	for (size_t i = 0; i < 20 + roll(60); i++) {
		us_buf_add_str(b, i ? " " : "");
		for (size_t n = 1 + roll(9); n; n--)
			us_buf_add_char(b, (char)('a' + roll(26)));
	}
	us_buf_addf(b, "\", \"list\": [%zu, %zu, {\"deep\": \"\xc3\xa9\"}]}", roll(1000),
	            roll(1000));
}

static void make(struct made *m, unsigned calls, bool is_json)
{
	us_buf_clear(&m->text);
	us_buf_clear(&m->args);
	m->calls = calls;
	m->json = is_json;
	if (is_json)
		json(&m->text);
	else
		words(&m->text, 2 + roll(150));
	json(&m->args);
}

/* --- how it is said -------------------------------------------------------------------------- */

static struct us_ev ev(enum us_ev_kind kind, enum us_block_kind block, unsigned ix)
{
	return (struct us_ev){ .kind = kind, .block = block, .ix = ix };
}

/* In pieces, none of which ends within a character. */
static void put_pieces(struct us_writer *w, enum us_ev_kind kind, enum us_block_kind block,
                       unsigned ix, struct us_span text)
{
	while (text.n) {
		struct us_ev e = ev(kind, block, ix);
		size_t n = 1 + roll(12);

		n = n < text.n ? n : text.n;
		while (n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
			n++;
		e.text = us_span(text.p, n);
		assert_int_equal(us_writer_put(w, &e), 0);
		text = us_span(text.p + n, text.n - n);
	}
}

static void put(struct us_writer *w, struct us_ev e) { assert_int_equal(us_writer_put(w, &e), 0); }

static void put_call(struct us_writer *w, unsigned ix, struct us_span args)
{
	struct us_ev open = ev(US_EV_BLOCK_OPEN, US_TOOL_CALL, ix);

	open.id = ix & 1 ? US_SPAN("call_a") : US_SPAN("call_b");
	open.name = US_SPAN("look");
	put(w, open);
	put_pieces(w, US_EV_ARGS, US_TOOL_CALL, ix, args);
	put(w, ev(US_EV_BLOCK_CLOSE, US_TOOL_CALL, ix));
}

static void say(const struct us_dialect *d, struct us_span text, const struct made *m,
                struct us_buf *out)
{
	static const struct us_req asked = { .stream = US_YES, .stream_usage = true };
	struct us_look look = { .req = &asked, .model = US_SPAN("m"), .seed = 7, .now_s = 1 };
	struct us_writer *w = us_writer_new(d, &look, NULL, true, TEXT_MAX);
	struct us_ev e = { .kind = US_EV_START, .id = US_SPAN("id1"), .model = US_SPAN("m") };
	unsigned ix = 0;

	put(w, e);
	if (text.n) {
		put(w, ev(US_EV_BLOCK_OPEN, US_TEXT, ix));
		put_pieces(w, US_EV_TEXT, US_TEXT, ix, text);
		put(w, ev(US_EV_BLOCK_CLOSE, US_TEXT, ix++));
	}
	for (unsigned i = 0; i < m->calls; i++)
		put_call(w, ix++, us_buf_span(&m->args));
	put(w, (struct us_ev){ .kind = US_EV_STOP, .stop = m->calls ? US_STOP_TOOL : US_STOP_END });
	put(w,
	    (struct us_ev){ .kind = US_EV_USAGE,
	                    .usage = { .known = US_USAGE_IN | US_USAGE_OUT, .in = 11, .out = 7 } });
	put(w, (struct us_ev){ .kind = US_EV_END, .clean = true });
	us_buf_clear(out);
	us_buf_add_span(out, us_buf_span(&w->out));
	us_writer_free(w);
}

/* --- what the program was given -------------------------------------------------------------- */

struct got {
	struct us_resp resp;
	unsigned starts, opens, closes, stops;
};

static int count(void *self, const struct us_ev *e)
{
	struct got *g = self;

	g->starts += e->kind == US_EV_START;
	g->opens += e->kind == US_EV_BLOCK_OPEN;
	g->closes += e->kind == US_EV_BLOCK_CLOSE;
	g->stops += e->kind == US_EV_STOP;
	return us_resp_put(&g->resp, e);
}

/* True: it is a whole answer, as its dialect says that one is. */
static bool read_back(const struct us_dialect *d, struct us_span bytes, bool as_ended,
                      struct got *g)
{
	struct us_reader r;
	const char *body = memmem(bytes.p, bytes.n, "\r\n\r\n", 4);
	bool whole;

	*g = (struct got){ 0 };
	us_resp_init(&g->resp, TEXT_MAX);
	assert_non_null(body);
	us_reader_init(&r, d, d->framing, (struct us_sink){ count, g });
	us_reader_feed(&r, us_span(body + 4, bytes.n - (size_t)(body + 4 - bytes.p)), NULL);
	if (as_ended) /* the transfer's end is one, too */
		us_reader_end(&r);
	whole = r.ended && r.clean && !r.failed;
	us_reader_fini(&r);
	return whole;
}

static void text_of(const struct us_resp *r, struct us_buf *out)
{
	us_buf_clear(out);
	for (size_t i = 0; i < r->nblocks; i++)
		if (r->blocks[i].kind == US_TEXT)
			us_buf_add_span(out, r->blocks[i].text);
}

/* --- one cut --------------------------------------------------------------------------------- */

struct pair {
	const struct us_dialect *speaks, *plays;
	const char *fallback; /* "": there is none, and its own provider is asked */
};

static const struct pair pairs[] = {
	{ &us_openai, &us_anthropic, "anthropic:claude-haiku-4-5@http://t1" },
	{ &us_openai, &us_anthropic, "anthropic:claude-opus-4-6@http://t1" },
	{ &us_openai, &us_openai, "openai:gpt-4o-mini@http://t1" },
	{ &us_openai, &us_openai, "vllm:m@http://t1" },
	{ &us_openai, &us_ollama, "ollama-native:m@http://t1" },
	{ &us_anthropic, &us_openai, "openai:gpt-4o@http://t1" },
	{ &us_anthropic, &us_anthropic, "anthropic:claude-haiku-4-5@http://t1" },
	{ &us_anthropic, &us_ollama, "ollama-native:m@http://t1" },
	{ &us_ollama, &us_anthropic, "anthropic:claude-haiku-4-5@http://t1" },
	{ &us_ollama, &us_openai, "openai:gpt-4o@http://t1" },
	{ &us_openai, &us_gemini, "gemini:gemini-2.5-pro@http://t1" },
	{ &us_openai, &us_responses, "openai-responses:gpt-4o@http://t1" },
	{ &us_responses, &us_openai, "openai:gpt-4o@http://t1" },
	{ &us_responses, &us_anthropic, "anthropic:claude-haiku-4-5@http://t1" },
	{ &us_gemini, &us_openai, "openai:gpt-4o@http://t1" },
	{ &us_gemini, &us_gemini, "gemini:gemini-2.5-flash@http://t1" },
	{ &us_openai, &us_openai, "" },
	{ &us_anthropic, &us_anthropic, "" },
	{ &us_responses, &us_responses, "" },
	{ &us_gemini, &us_gemini, "" },
	{ &us_ollama, &us_ollama, "" },
};

static bool all_keys(void *self, const char *name) { return true; }

static void gemini_body(const struct made *m, struct us_buf *b)
{
	us_buf_addf(b,
	            "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Tell me.\"}]}],"
	            "%s\"generationConfig\":{%s\"maxOutputTokens\":4000}}",
	            m->calls ? "\"tools\":[{\"functionDeclarations\":[{\"name\":\"look\","
	                       "\"parameters\":{\"type\":\"object\"}}]}],"
	                     : "",
	            m->json ? "\"responseMimeType\":\"application/json\"," : "");
}

static void responses_body(const struct made *m, struct us_buf *b)
{
	us_buf_addf(b, "{\"model\":\"mine\",\"stream\":true,\"input\":\"Tell me.\"%s%s}",
	            m->calls ? ",\"tools\":[{\"type\":\"function\",\"name\":\"look\","
	                       "\"parameters\":{\"type\":\"object\"},\"strict\":false}]"
	                     : "",
	            m->json ? ",\"text\":{\"format\":{\"type\":\"json_object\"}}" : "");
}

static void body_of(const struct us_dialect *d, const struct made *m, struct us_buf *b)
{
	us_buf_clear(b);
	if (d == &us_responses) {
		responses_body(m, b);
		return;
	}
	if (d == &us_gemini) {
		gemini_body(m, b);
		return;
	}
	us_buf_add_str(b, "{\"model\":\"mine\",\"stream\":true,\"messages\":[{\"role\":\"user\","
	                  "\"content\":\"Tell me.\"}]");
	if (d != &us_ollama)
		us_buf_add_str(b, ",\"max_tokens\":4000");
	if (m->json && d == &us_openai)
		us_buf_add_str(b, ",\"response_format\":{\"type\":\"json_object\"}");
	if (m->json && d == &us_ollama)
		us_buf_add_str(b, ",\"format\":\"json\"");
	if (m->calls && d == &us_anthropic)
		us_buf_add_str(b, ",\"tools\":[{\"name\":\"look\",\"input_schema\":{\"type\":"
		                  "\"object\"}}]");
	else if (m->calls)
		us_buf_add_str(b, ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"
		                  "\"look\",\"parameters\":{\"type\":\"object\"}}}]");
	us_buf_add_str(b, "}");
}

static void start(struct world *w, const struct pair *p, struct us_span body)
{
	struct us_conf_source from = { world_env, world_complain, w };

	if (w->call)
		us_call_clear(w->call);
	us_conf_fini(&w->conf);
	us_page_close(&w->page); /* nobody is known to be sick */
	assert_int_equal(us_page_open(&w->page, "/proc/none", NULL), 0);
	set(w, "UNDERSTUDY_FALLBACKS", p->fallback);
	set(w, "UNDERSTUDY_HOLD_CALLS", roll(2) ? "1" : "0");
	us_conf_load(&w->conf, &from);
	us_buf_clear(&w->shown);
	w->env = (struct us_call_env){ .conf = &w->conf, .page = &w->page, .has_key = all_keys };
	w->own = (struct us_own){ .dialect = p->speaks,
		                  .url = US_SPAN("http://own:80/x"),
		                  .origin = US_SPAN("http://own:80"),
		                  .model = US_SPAN("mine"),
		                  .stream = true };
	if (p->speaks == &us_gemini)
		w->own.in_url = (struct us_in_url){ .model = US_SPAN("mine"),
			                            .stream = US_YES,
			                            .framing = US_FRAMING_SSE };
	w->call = us_call_new(w->call, &w->env, &w->own, body, 1, 7, w->now);
	assert_non_null(w->call);
	obey(w);
}

static void feed(struct world *w, struct us_span bytes)
{
	static const size_t sizes[] = { 1, 3, 17, 200, 4000, 100000 };
	size_t most = sizes[roll(US_COUNT(sizes))];

	while (bytes.n && w->order.kind == US_ORDER_NONE) {
		size_t n = 1 + roll(most);

		n = n < bytes.n ? n : bytes.n;
		us_call_body(w->call, us_span(bytes.p, n), w->now);
		obey(w);
		bytes = us_span(bytes.p + n, bytes.n - n);
	}
}

static void break_off(struct world *w)
{
	static const enum us_cause causes[] = { US_CAUSE_RESET, US_CAUSE_CUT, US_CAUSE_NONE };
	size_t how = roll(5);

	if (w->order.kind != US_ORDER_NONE)
		return;
	last = how < US_COUNT(causes) ? causes[how] : US_CAUSE_CUT;
	if (how < US_COUNT(causes))
		ended(w, causes[how]);
	else if (how == 3 && us_call_due(w->call) != US_NEVER)
		wait_due(w);
	else if (how == 4)
		feed(w, US_SPAN("data: {\"bro\n\n{]\n\n"));
	if (w->order.kind == US_ORDER_NONE)
		ended(w, US_CAUSE_CUT);
}

/* As a model answers that is asked to go on: `said` it has said already. */
static void go_on(bool exact, struct us_span whole, size_t said, struct us_buf *out)
{
	size_t how = exact ? 0 : roll(5), back = said < 60 ? said : 60;

	us_buf_clear(out);
	while (back && ((unsigned char)whole.p[said - back] & 0xc0) == 0x80)
		back--;
	if (how == 1 && said > 4) /* from the beginning */
		said = 0;
	else if (how == 2 && back > 12) /* from the last words on */
		said -= back;
	else if (how == 3 && back > 12) {
		us_buf_add_str(out, "Continuing: ");
		said -= back;
	}
	us_buf_add(out, whole.p + said, whole.n - said);
}

/* What is asked of the stand-in. */
struct asks {
	bool words;      /* no begun answer is taken */
	bool call, args; /* a call that was cut, once more; or the rest of its arguments */
	size_t n;        /* how much was delivered, by what the request says */
};

static const char ASKS_ARGS[] = "amid the JSON text of its arguments: \xc2\xab";

/* The beginning of arguments as the request quotes it. */
static size_t quoted(struct us_span ask)
{
	const char *at = memmem(ask.p, ask.n, ASKS_ARGS, strlen(ASKS_ARGS)), *end;

	if (!at)
		return SIZE_MAX;
	at += strlen(ASKS_ARGS);
	end = memmem(at, (size_t)(ask.p + ask.n - at), "\xc2\xbb. Complete", 12);
	assert_non_null(end);
	return (size_t)(end - at);
}

static struct asks asked_of(const struct world *w)
{
	struct us_arena a;
	struct us_doc doc = { 0 };
	struct us_req req = { 0 };
	struct asks asks = { 0 };

	us_arena_init(&a, TEXT_MAX);
	assert_int_equal(us_doc_parse(&doc, us_buf_span(&w->order.to->request.body)), 0);
	assert_int_equal(w->order.to->dialect->decode_request(us_doc_root(&doc), &a, &req), 0);
	for (size_t i = 0; i < req.nturns; i++)
		if (req.turns[i].role == US_ROLE_ASSISTANT)
			asks.n = req.turns[i].blocks[0].text.n;
	asks.words =
		us_span_has(us_buf_span(&w->order.to->request.body), "cut off by a connection");
	asks.call = req.choice == US_CHOICE_NAMED;
	for (size_t i = 0; req.nturns && i < req.turns[req.nturns - 1].nblocks; i++) {
		size_t n = quoted(req.turns[req.nturns - 1].blocks[i].text);

		if (n == SIZE_MAX)
			continue;
		asks.args = true;
		asks.n = n;
	}
	us_doc_fini(&doc);
	us_arena_fini(&a);
	return asks;
}

/* The same without the blanks that mean nothing; in strings there are none of this kind. */
static void squeeze(struct us_span json, struct us_buf *out)
{
	us_buf_clear(out);
	for (size_t i = 0; i < json.n; i++) {
		bool blank = json.p[i] == ' ' && i && strchr(":,", json.p[i - 1]);

		if (!blank)
			us_buf_add_char(out, json.p[i]);
	}
}

/* A call that is asked for again: mostly the same, in this spelling or that; or none. */
static unsigned call_again(const struct made *m, struct us_buf *args)
{
	size_t how = roll(4);

	us_buf_clear(args);
	if (how == 1)
		squeeze(us_buf_span(&m->args), args);
	else
		us_buf_add_span(args, us_buf_span(&m->args));
	return how > 0;
}

static void answer_for(const struct world *w, const struct made *m, struct us_buf *out)
{
	struct us_span whole = us_buf_span(&m->text), args = us_buf_span(&m->args);
	struct asks asks = asked_of(w);
	struct made rest = *m;
	struct us_buf more;

	us_buf_init(&more, TEXT_MAX);
	us_buf_init(&rest.args, TEXT_MAX);
	calls_asked += asks.call && !asks.args;
	args_asked += asks.args;
	rest.calls = asks.args ? 0 : m->calls;
	if (asks.call && !asks.args) {
		rest.calls = call_again(m, &rest.args);
		us_buf_add_str(&more, rest.calls ? "" : "No.");
	} else if (asks.args) {
		assert_true(asks.n <= args.n);
		us_buf_add(&more, args.p + asks.n, args.n - asks.n);
	} else {
		assert_true(asks.n <= whole.n);
		us_buf_add_span(&rest.args, args);
		go_on(!asks.words, whole, asks.n, &more);
	}
	say(w->order.to->dialect, us_buf_span(&more), &rest, out);
	us_buf_fini(&more);
	us_buf_fini(&rest.args);
}

struct tally {
	unsigned whole, errors;
	unsigned healthy, lost; /* cuts whose stand-in was well, and errors in spite of that */
};

static void play(struct world *w, const struct pair *p, struct made *m, struct tally *t)
{
	struct us_buf bytes, body;
	struct us_span whole = us_buf_span(&m->text);
	bool again = roll(10) == 0;

	well = true;
	us_buf_init(&bytes, TEXT_MAX);
	us_buf_init(&body, TEXT_MAX);
	body_of(p->speaks, m, &body);
	start(w, p, us_buf_span(&body));
	say(p->speaks, whole, m, &bytes);
	head(w, p->speaks == &us_ollama
	                ? "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"
	                : SSE_HEAD);
	feed(w, us_span(bytes.p, roll(bytes.n + 1)));
	break_off(w);
	for (unsigned n = 0; n < 8 && w->order.kind != US_ORDER_FINISH; n++) {
		if (w->order.kind == US_ORDER_NONE) {
			wait_due(w);
			continue;
		}
		assert_int_equal(w->order.kind, US_ORDER_SEND);

		if (w->order.to->own &&
		    !w->order.to->rendered) { /* nothing was delivered: it is tried again */
			say(p->speaks, whole, m, &bytes);
			head(w, p->speaks == &us_ollama ? "HTTP/1.1 200 OK\r\nContent-Type: "
			                                  "application/x-ndjson\r\n\r\n"
			                                : SSE_HEAD);
		} else {
			answer_for(w, m, &bytes);
			head(w, w->order.to->dialect == &us_ollama
			                ? "HTTP/1.1 200 OK\r\nContent-Type: "
			                  "application/x-ndjson\r\n\r\n"
			                : SSE_HEAD);
		}
		feed(w, us_span(bytes.p, again ? roll(bytes.n) : bytes.n));
		well &= !again;
		if (again)
			break_off(w);
		else if (w->order.kind == US_ORDER_NONE)
			ended(w, last = US_CAUSE_NONE);
		again = false;
	}
	us_buf_fini(&bytes);
	us_buf_fini(&body);
}

/* Of Responses: every event bears the next number, and the answer and its message bear one id. */
static void expect_one_count(struct us_span shown)
{
	const char *at = shown.p, *end = shown.p + shown.n, *id = NULL;
	uint64_t next = 0;

	while ((at = memmem(at, (size_t)(end - at), "\"sequence_number\":", 18))) {
		at += 18;
		assert_int_equal(strtoull(at, NULL, 10), next++);
	}
	for (at = shown.p; (at = memmem(at, (size_t)(end - at), "\"item_id\":\"msg_", 15));) {
		at += 15;
		if (id)
			assert_memory_equal(id, at, 48);
		id = at;
	}
	id = NULL;
	for (at = shown.p; (at = memmem(at, (size_t)(end - at), "\"id\":\"resp_", 11));) {
		at += 11;
		if (id)
			assert_memory_equal(id, at, 48);
		id = at;
	}
}

static unsigned calls_of(const struct us_resp *r, const struct made *m)
{
	struct us_buf got, made;
	unsigned n = 0;

	us_buf_init(&got, TEXT_MAX);
	us_buf_init(&made, TEXT_MAX);
	squeeze(us_buf_span(&m->args), &made);
	for (size_t i = 0; i < r->nblocks; i++) {
		if (r->blocks[i].kind != US_TOOL_CALL)
			continue;
		squeeze(r->blocks[i].args, &got);
		if (!us_span_eq(us_buf_span(&got), us_buf_span(&made)))
			print_error("args \"%.*s\"\n instead of \"%.*s\"\n", (int)got.n, got.p,
			            (int)made.n, made.p);
		assert_true(us_span_eq(us_buf_span(&got), us_buf_span(&made)));
		n++;
	}
	us_buf_fini(&got);
	us_buf_fini(&made);
	return n;
}

static void judge(struct world *w, const struct pair *p, const struct made *m, unsigned n,
                  struct tally *t)
{
	struct got g;
	struct us_buf text;
	bool as_ended = w->order.finish == US_FINISH_AS_ENDED && last == US_CAUSE_NONE;
	bool by_end = as_ended || (p->speaks == &us_gemini && w->order.finish == US_FINISH_OK);
	bool whole = read_back(p->speaks, us_buf_span(&w->shown), by_end, &g);
	bool ok = w->order.finish == US_FINISH_OK || as_ended;

	us_buf_init(&text, TEXT_MAX);
	text_of(&g.resp, &text);
	if (whole && !us_span_eq(us_buf_span(&text), us_buf_span(&m->text))) {
		size_t at = 0;

		while (at < text.n && at < m->text.n && text.p[at] == m->text.p[at])
			at++;
		fprintf(stderr, "cut %u: %s -> %s: at %zu of %zu, got %zu\n<<%.*s>>\n<<%.*s>>\n", n,
		        p->speaks->name, p->fallback, at, m->text.n, text.n,
		        (int)(text.n - (at > 40 ? at - 40 : 0)), text.p + (at > 40 ? at - 40 : 0),
		        (int)(m->text.n - (at > 40 ? at - 40 : 0)),
		        m->text.p + (at > 40 ? at - 40 : 0));
	}
	if (whole) {
		assert_true(us_span_eq(us_buf_span(&text), us_buf_span(&m->text)));
		assert_int_equal(g.starts, 1);
		assert_int_equal(g.stops, 1);
		if (p->speaks == &us_responses)
			expect_one_count(us_buf_span(&w->shown));
		assert_true(m->calls ? calls_of(&g.resp, m) > 0 : !calls_of(&g.resp, m));
		t->whole += ok;
	} else {
		assert_false(ok && !memmem(w->shown.p, w->shown.n, "error", 5));
		t->errors++;
		t->lost += well;
	}
	t->healthy += well;
	us_resp_fini(&g.resp);
	us_buf_fini(&text);
}

static void a_thousand_cuts_leave_no_answer_short_or_doubled(void **state)
{
	struct world *w = *state;
	struct made m = { 0 };
	struct tally t = { 0 };
	const char *seed = getenv("SEED");

	dice.state = seed ? strtoull(seed, NULL, 10) : 20261128;
	us_buf_init(&m.text, TEXT_MAX);
	us_buf_init(&m.args, TEXT_MAX);
	for (unsigned n = 0; n < CUTS; n++) {
		const struct pair *p = &pairs[n % US_COUNT(pairs)];
		bool is_json = p->speaks != &us_anthropic && roll(5) == 0;

		make(&m, is_json || roll(4) ? 0 : 1 + (unsigned)roll(2), is_json);
		play(w, p, &m, &t);
		assert_int_equal(w->order.kind, US_ORDER_FINISH);
		judge(w, p, &m, n, &t);
	}
	print_message("%u cuts: %u whole, %u errors; with a healthy stand-in %u, errors %u; calls "
	              "asked for "
	              "again %u, the rest of their arguments %u\n",
	              CUTS, t.whole, t.errors, t.healthy, t.lost, calls_asked, args_asked);
	assert_true(calls_asked > CUTS / 100 && args_asked > CUTS / 200);
	assert_int_equal(t.lost, 0);
	assert_true(t.whole >= CUTS / 100 * 95);
	us_buf_fini(&m.text);
	us_buf_fini(&m.args);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_thousand_cuts_leave_no_answer_short_or_doubled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_golden.c - what one dialect says, and how the others say it, in files side by side
 *
 * tests/golden/<name>.<dialect>.<kind>.<ext> has partners of other dialects. `kind` is request,
 * answer or error; `ext` json or, of an answer, the form of a stream: sse, or ndjson. Each file is
 * translated and must give its partner: members in any order, but tool arguments and schemas byte
 * by byte (blanks aside), and numbers as they are written. The partner's `model` says what is
 * translated for.
 *
 * A name that ends in _to_<dialect>, or _to_compatible (a server like OpenAI), holds that way only,
 * from each other dialect that has a file; else each must give every other, and none may lose
 * anything. What is lost one way stands in
 * <name>.losses, a line each: how bad, the code, of what. A request without a partner can't be
 * carried at all. An error's name begins with its status. Ids of answers are minted, so that any
 * of ours will do. An answer that came as a stream has to give the partner's json, too, if there is
 * one.
 */
#include "same_json.c"

#include "wire/print.h"
#include "wire/sse.h"
#include "wire/profile.h"
#include "wire/translate.h"

#include <dirent.h>

#define DIR_NAME "tests/golden"
#define NOW_S 1700000000
#define IN_ESTIMATE 7
#define CASES_MAX 1024

enum kind { REQUEST, ANSWER, ERROR };
static const char *const kinds[] = { "request", "answer", "error" };

struct golden {
	char title[256]; /* the source's file name and where it goes */
	struct us_span file;
	struct us_span name;
	const struct us_dialect *from, *to;
	enum kind kind;
	bool stream, compatible;
};

/* Files */

static bool read_file(struct us_buf *out, const char *name)
{
	char path[512], piece[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", DIR_NAME, name);
	f = fopen(path, "rb");
	if (!f)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		us_buf_add(out, piece, n);
	fclose(f);
	assert_int_equal(out->err, 0);
	return true;
}

static bool read_partner(struct us_buf *out, const struct golden *g, const char *ext)
{
	char name[512];

	snprintf(name, sizeof(name), "%.*s.%s.%s.%s", (int)g->name.n, g->name.p, g->to->name,
	         kinds[g->kind], ext);
	return read_file(out, name);
}

/* Takes the last part behind a dot off `name`. */
static struct us_span take_ext(struct us_span *name)
{
	const char *dot = memrchr(name->p, '.', name->n);
	struct us_span ext = us_span("", 0);

	if (dot) {
		ext = us_span(dot + 1, (size_t)(name->p + name->n - dot) - 1);
		name->n = (size_t)(dot - name->p);
	}
	return ext;
}

/* Where a translation may go. */
static const struct goal {
	const char *suffix;
	const struct us_dialect *to;
	bool compatible;
} goals[] = {
	{ "_to_openai", &us_openai, false }, { "_to_anthropic", &us_anthropic, false },
	{ "_to_ollama", &us_ollama, false }, { "_to_responses", &us_responses, false },
	{ "_to_gemini", &us_gemini, false }, { "_to_compatible", &us_openai, true },
};

/* How a stream of the dialect is written down. */
static const char *form_of(const struct us_dialect *d)
{
	return d->framing == US_FRAMING_NDJSON ? "ndjson" : "sse";
}

/* Is there such a file? */
static bool has_partner(const struct golden *g)
{
	bool found = false;

	for (size_t i = 0; i < 2 && !found; i++) {
		struct us_buf unused;

		us_buf_init(&unused, FILE_MAX);
		found = read_partner(&unused, g, i ? form_of(g->to) : "json");
		us_buf_fini(&unused);
	}
	return found;
}

/* By its name alone: a request without a partner is one that can't be carried. */
static bool goes_to(struct golden *g, const struct goal *goal)
{
	g->to = goal->to;
	g->compatible = goal->compatible;
	if (g->from == g->to)
		return false;
	for (size_t i = 0; i < US_COUNT(goals); i++)
		if (us_span_ends(g->name, goals[i].suffix))
			return &goals[i] == goal;
	return !goal->compatible && has_partner(g);
}

/* False: this file is not the source of such a case. */
static bool read_name(struct golden *g, const char *file, const struct goal *goal)
{
	struct us_span ext, kind;

	*g = (struct golden){ 0 };
	if (strlen(file) + strlen(goal->suffix) + 1 > sizeof(g->title))
		return false;
	snprintf(g->title, sizeof(g->title), "%.*s %s", 200, file, goal->suffix + 1);
	g->file = us_span(g->title, strlen(file));
	g->name = g->file;
	ext = take_ext(&g->name);
	if (us_span_is(ext, "losses") || file[0] == '.')
		return false;
	kind = take_ext(&g->name);
	while (g->kind < ERROR && !us_span_is(kind, kinds[g->kind]))
		g->kind++;
	g->from = us_dialect_by_name(take_ext(&g->name));
	g->stream = g->from && us_span_is(ext, form_of(g->from));
	if (!g->from || !us_span_is(kind, kinds[g->kind]) ||
	    !(g->stream || us_span_is(ext, "json"))) {
		fprintf(stderr, "%s/%s: no such kind of file\n", DIR_NAME, file);
		exit(1);
	}
	return goes_to(g, goal);
}

/* Comparing */

static void compare_lines(struct us_span got, struct us_span want)
{
	struct us_span a, b;
	bool more;

	do {
		bool had = us_span_next(&got, '\n', &a);

		more = us_span_next(&want, '\n', &b);
		if (had != more || !a.n != !b.n)
			fail_msg("one line too %s", had ? "many" : "few");
		if (more && b.n)
			compare_json(a, b, true);
	} while (more);
}

static void compare_sse(struct us_span got, struct us_span want)
{
	struct us_sse a, b;
	bool more;

	us_sse_init(&a);
	us_sse_init(&b);
	do {
		bool had = us_sse_next(&a, &got);

		more = us_sse_next(&b, &want);
		if (had != more)
			fail_msg("one event too %s", had ? "many" : "few");
		if (!more)
			break;
		assert_true(us_span_eq(us_buf_span(&a.event), us_buf_span(&b.event)));
		if (!us_span_eq(us_buf_span(&a.data), us_buf_span(&b.data)))
			compare_json(us_buf_span(&a.data), us_buf_span(&b.data), true);
	} while (more);
	assert_false(us_sse_end(&a) || us_sse_end(&b));
	us_sse_fini(&a);
	us_sse_fini(&b);
}

/* Requests */

static void print_losses(const struct us_diags *d, struct us_buf *out)
{
	static const char *const words[] = { "EXACT", "DEGRADED", "RISKY", "IMPOSSIBLE" };

	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].loss > US_EXACT)
			us_buf_addf(out, "%s %s %.*s\n", words[d->list[i].loss], d->list[i].code,
			            (int)d->list[i].what.n, d->list[i].what.p);
}

static bool has_line(struct us_span text, struct us_span line)
{
	struct us_span one;

	while (us_span_next(&text, '\n', &one))
		if (us_span_eq(one, line))
			return true;
	return false;
}

/* In any order. */
static void compare_losses(struct us_span got, struct us_span want)
{
	struct us_span rest = want, line;
	size_t n = 0;

	while (us_span_next(&rest, '\n', &line))
		if (line.n && (n += line.n + 1) && !has_line(got, line))
			break;
	if (n != got.n)
		fail_msg("losses\n got %.*s\nwant %.*s", (int)got.n, got.p, (int)want.n, want.p);
}

static void check_losses(const struct golden *g, const struct us_diags *d)
{
	struct us_buf got, want;
	char name[512];

	us_buf_init(&got, FILE_MAX);
	us_buf_init(&want, FILE_MAX);
	snprintf(name, sizeof(name), "%.*s.losses", (int)g->name.n, g->name.p);
	read_file(&want, name);
	print_losses(d, &got);
	compare_losses(us_buf_span(&got), us_buf_span(&want));
	us_buf_fini(&got);
	us_buf_fini(&want);
}

/* The `model` of a document, or what stands in for one. */
static struct us_span model_of(struct us_span json, const struct us_dialect *d, struct us_arena *a)
{
	struct us_doc doc = { 0 };
	struct us_span model = us_span("", 0);

	if (json.n && !us_doc_parse(&doc, json))
		model = us_arena_copy(a, us_val_str(us_val_get(us_doc_root(&doc), "model"), a));
	us_doc_fini(&doc);
	if (model.n)
		return model;
	if (d == &us_ollama)
		return US_SPAN("llama3.2");
	if (d == &us_gemini)
		return US_SPAN("gemini-2.5-flash");
	return d == &us_anthropic ? US_SPAN("claude-sonnet-4-5") : US_SPAN("gpt-4o");
}

/* Where URLs say the model and the stream, the file has them as members all the same: they are
 * taken out of a source, and put into what was written. */
static void move_to_url(struct us_span source, struct us_buf *body, struct us_in_url *url,
                        struct us_arena *a)
{
	struct us_print p = us_print(body);
	struct us_doc doc = { 0 };

	assert_int_equal(us_doc_parse(&doc, source), 0);
	us_print_open(&p, '{');
	for (struct us_iter it = us_iter(us_doc_root(&doc)); us_iter_next(&it);) {
		if (us_val_str_is(it.key, "model")) {
			url->model = us_arena_copy(a, us_val_str(it.val, a));
		} else if (us_val_str_is(it.key, "stream")) {
			url->stream = US_YES;
		} else {
			us_print_raw(&p, us_val_raw(it.key));
			us_buf_add_char(body, ':');
			us_buf_add_span(body, us_val_raw(it.val));
		}
	}
	us_print_close(&p, '}');
	us_doc_fini(&doc);
}

static void move_from_url(struct us_span body, struct us_span want, const struct us_request *q,
                          struct us_buf *out)
{
	struct us_doc doc = { 0 };
	struct us_span model;

	assert_int_equal(us_doc_parse(&doc, want), 0);
	model = us_val_raw(us_val_get(us_doc_root(&doc), "model"));
	us_buf_add_char(out, '{');
	if (model.n)
		us_buf_addf(out, "\"model\":%.*s,", (int)model.n, model.p);
	if (q->req.stream == US_YES)
		us_buf_add_str(out, "\"stream\":true,");
	us_buf_add(out, body.p + 1, body.n - 1);
	us_doc_fini(&doc);
}

static void compare_request(const struct golden *g, const struct us_request *q, struct us_span got,
                            struct us_span want)
{
	struct us_buf whole;

	us_buf_init(&whole, FILE_MAX);
	if (g->to->model_in_url)
		move_from_url(got, want, q, &whole);
	compare_json(g->to->model_in_url ? us_buf_span(&whole) : got, want, false);
	us_buf_fini(&whole);
}

static void check_request(const struct golden *g, struct us_span source)
{
	struct us_rendered r = { 0 };
	struct us_in_url url = { 0 };
	struct us_request q;
	struct us_arena a;
	struct us_buf want, body;
	bool possible;

	us_arena_init(&a, FILE_MAX);
	us_buf_init(&want, FILE_MAX);
	us_buf_init(&body, FILE_MAX);
	possible = read_partner(&want, g, "json");
	if (g->from->model_in_url) {
		move_to_url(source, &body, &url, &a);
		source = us_buf_span(&body);
	}
	us_request_init(&q, g->from, &url, source);
	assert_int_equal(q.rc, 0);
	us_request_render(&q,
	                  &(struct us_target){
				  .dialect = g->to,
				  .model = model_of(us_buf_span(&want), g->to, &a),
				  .profile = us_profile_find(g->compatible ? US_SPAN("compatible")
	                                                                   : US_SPAN("openai")) },
	                  &r);
	check_losses(g, &r.diags);
	assert_int_equal(r.diags.worst == US_IMPOSSIBLE, !possible);
	if (possible)
		compare_request(g, &q, us_buf_span(&r.body), us_buf_span(&want));
	us_rendered_fini(&r);
	us_request_fini(&q);
	us_buf_fini(&body);
	us_buf_fini(&want);
	us_arena_fini(&a);
}

/* Answers */

static void decode(const struct golden *g, struct us_span source, struct us_sink to)
{
	void *decoder = g->from->decoder_new(to);
	struct us_doc doc = { 0 };
	struct us_span line;
	struct us_sse sse;
	bool lines = g->stream && g->from->framing == US_FRAMING_NDJSON;

	assert_non_null(decoder);
	us_sse_init(&sse);
	if (!g->stream) {
		assert_int_equal(us_doc_parse(&doc, source), 0);
		assert_int_equal(g->from->decode_whole(decoder, us_doc_root(&doc)), 0);
	}
	while (lines && us_span_next(&source, '\n', &line) && line.n)
		assert_int_equal(g->from->decode_event(decoder, us_span("", 0), line), 0);
	while (g->stream && !lines && us_sse_next(&sse, &source))
		assert_int_equal(g->from->decode_event(decoder, us_buf_span(&sse.event),
		                                       us_buf_span(&sse.data)),
		                 0);
	assert_int_equal(g->from->decode_end(decoder), 0);
	g->from->decoder_free(decoder);
	us_sse_fini(&sse);
	us_doc_fini(&doc);
}

static void check_whole(const struct golden *g, struct us_span source, struct us_span want)
{
	struct us_req req = { .stream_usage = true };
	struct us_look look = { .req = &req, .now_s = NOW_S, .in_estimate = IN_ESTIMATE };
	struct us_arena a;
	struct us_resp resp;
	struct us_buf got;

	us_arena_init(&a, FILE_MAX);
	us_resp_init(&resp, FILE_MAX);
	us_buf_init(&got, FILE_MAX);
	look.model = model_of(want, g->to, &a);
	decode(g, source, (struct us_sink){ us_resp_put, &resp });
	assert_true(resp.ended);
	assert_int_equal(g->to->encode_whole(&look, &resp, &got), 0);
	compare_json(us_buf_span(&got), want, true);
	us_buf_fini(&got);
	us_resp_fini(&resp);
	us_arena_fini(&a);
}

struct pipe {
	const struct us_dialect *to;
	void *encoder;
};

static int put_through(void *self, const struct us_ev *ev)
{
	struct pipe *p = self;

	return p->to->encode_event(p->encoder, ev);
}

static void check_stream(const struct golden *g, struct us_span source, struct us_span want)
{
	struct us_req req = { .stream = US_YES, .stream_usage = true };
	struct us_look look = { .req = &req,
		                .model = model_of(us_span("", 0), g->to, NULL),
		                .now_s = NOW_S,
		                .in_estimate = IN_ESTIMATE };
	struct pipe p = { .to = g->to };
	struct us_buf got;

	us_buf_init(&got, FILE_MAX);
	p.encoder = g->to->encoder_new(&look, &got);
	assert_non_null(p.encoder);
	decode(g, source, (struct us_sink){ put_through, &p });
	g->to->encoder_free(p.encoder);
	if (g->to->framing == US_FRAMING_NDJSON)
		compare_lines(us_buf_span(&got), want);
	else
		compare_sse(us_buf_span(&got), want);
	us_buf_fini(&got);
}

static void check_answer(const struct golden *g, struct us_span source)
{
	struct us_buf whole, stream;
	bool has_whole, has_stream;

	us_buf_init(&whole, FILE_MAX);
	us_buf_init(&stream, FILE_MAX);
	has_whole = read_partner(&whole, g, "json");
	has_stream = g->stream && read_partner(&stream, g, form_of(g->to));
	if (!has_whole && !has_stream)
		fail_msg("%s has no partner", g->title);
	if (has_whole)
		check_whole(g, source, us_buf_span(&whole));
	if (has_stream)
		check_stream(g, source, us_buf_span(&stream));
	us_buf_fini(&whole);
	us_buf_fini(&stream);
}

/* Errors */

static void check_error(const struct golden *g, struct us_span source)
{
	struct us_hub_err e = { 0 };
	struct us_doc doc = { 0 };
	struct us_buf got, want;
	struct us_arena a;

	us_arena_init(&a, FILE_MAX);
	us_buf_init(&got, FILE_MAX);
	us_buf_init(&want, FILE_MAX);
	assert_true(read_partner(&want, g, "json"));
	assert_int_equal(us_doc_parse(&doc, source), 0);
	assert_true(g->from->decode_error(us_doc_root(&doc), &a, &e));
	e.status = (unsigned)strtoul(g->title, NULL, 10);
	assert_int_equal(g->to->encode_error(&e, &got), 0);
	compare_json(us_buf_span(&got), us_buf_span(&want), false);
	us_doc_fini(&doc);
	us_buf_fini(&got);
	us_buf_fini(&want);
	us_arena_fini(&a);
}

static void check(void **state)
{
	static void (*const checks[])(const struct golden *g, struct us_span source) = {
		[REQUEST] = check_request,
		[ANSWER] = check_answer,
		[ERROR] = check_error,
	};
	const struct golden *g = *state;
	struct us_buf source;
	char name[sizeof(g->title)];

	us_buf_init(&source, FILE_MAX);
	snprintf(name, sizeof(name), "%.*s", (int)g->file.n, g->file.p);
	assert_true(read_file(&source, name));
	checks[g->kind](g, us_buf_span(&source));
	us_buf_fini(&source);
}

int main(void)
{
	static struct golden cases[CASES_MAX];
	static struct CMUnitTest tests[CASES_MAX];
	struct dirent **files;
	int count = scandir(DIR_NAME, &files, NULL, alphasort);
	size_t n = 0;

	for (int i = 0; i < count; i++) {
		for (size_t k = 0; k < US_COUNT(goals) && n < CASES_MAX; k++) {
			if (!read_name(&cases[n], files[i]->d_name, &goals[k]))
				continue;
			tests[n] = (struct CMUnitTest){ .name = cases[n].title,
				                        .test_func = check,
				                        .initial_state = &cases[n] };
			n++;
		}
		free(files[i]);
	}
	if (count < 0 || !n) {
		fprintf(stderr, "no golden files in %s\n", DIR_NAME);
		return 1;
	}
	free(files);
	return _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
}

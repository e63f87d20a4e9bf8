/* cases.c - every answer of tests/golden, as each other dialect's program would get it
 *
 * A line of JSON each: who is to hear it, the very bytes, and what they should be understood as.
 * That is the sum of the events; how a dialect says it, test_sdk.mjs knows on its own. Streams come
 * once more, cut in their middle: who hears one must hear that it broke off.
 */
#include "../fuzz/goldens.h"

#include "wire/reader.h"
#include "wire/writer.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX ((size_t)16 << 20)

static const struct us_req asked = { .stream = US_YES, .stream_usage = true };

/* What is served. */
struct served {
	const struct fuzz_golden *g;
	const struct us_dialect *to;
	struct us_span source; /* what of the golden answer comes */
	bool stream;
};

static void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "cases: not so: %s\n", what);
		exit(1);
	}
}

/* Says whether it came to a good end. */
static bool read_answer(const struct served *s, struct us_sink to)
{
	struct us_reader r;
	bool clean;

	us_reader_init(&r, s->g->dialect, s->g->framing, to);
	us_reader_feed(&r, s->source, NULL);
	if (r.framing == US_FRAMING_WHOLE)
		us_reader_document(&r, s->source);
	us_reader_end(&r);
	clean = r.clean;
	us_reader_fini(&r);
	return clean;
}

static void print_block(struct us_print *p, const struct us_block *b)
{
	static const char *const kinds[] = { [US_TEXT] = "text",
		                             [US_REFUSAL] = "refusal",
		                             [US_THINK] = "think",
		                             [US_TOOL_CALL] = "call" };
	static const char *const args[] = { "object", "empty", "other", "invalid", "freeform" };

	us_print_open(p, '{');
	us_print_member(p, "kind", us_span_of(kinds[b->kind]));
	us_print_member(p, "text", b->kind == US_TOOL_CALL ? b->args : b->text);
	if (b->kind == US_TOOL_CALL) {
		us_print_member(p, "name", b->name);
		us_print_member(p, "args", us_span_of(args[b->args_kind]));
	}
	us_print_close(p, '}');
}

static void print_usage(struct us_print *p, const struct us_usage *u)
{
	const struct {
		unsigned bit;
		const char *name;
		uint64_t n;
	} rows[] = {
		{ US_USAGE_IN, "in", u->in },
		{ US_USAGE_OUT, "out", u->out },
		{ US_USAGE_CACHE_READ, "read", u->cache_read },
		{ US_USAGE_CACHE_WRITE, "write", u->cache_write },
		{ US_USAGE_REASONING, "reasoning", u->reasoning },
	};

	us_print_key(p, "usage");
	us_print_open(p, '{');
	for (size_t i = 0; i < US_COUNT(rows); i++)
		if (u->known & rows[i].bit)
			us_print_member_u64(p, rows[i].name, rows[i].n);
	us_print_close(p, '}');
}

static void print_sum(struct us_print *p, const struct us_resp *r)
{
	static const char *const stops[] = { "end",     "sequence", "max",  "tool",  "filter",
		                             "refusal", "pause",    "full", "error", "other" };

	us_print_key(p, "blocks");
	us_print_open(p, '[');
	for (size_t i = 0; i < r->nblocks; i++)
		print_block(p, &r->blocks[i]);
	us_print_close(p, ']');
	us_print_member(p, "stop", us_span_of(stops[r->stop]));
	us_print_member(p, "sequence", r->stop_sequence);
	print_usage(p, &r->usage);
}

static void print_case(const struct served *s, unsigned status, struct us_span type,
                       struct us_span body, bool clean, const struct us_resp *sum)
{
	struct us_buf line;
	struct us_print p = us_print(&line);

	us_buf_init(&line, ANSWER_MAX);
	us_print_open(&p, '{');
	us_print_member(&p, "from", us_span_of(s->g->dialect->name));
	us_print_member(&p, "to", us_span_of(s->to->name));
	us_print_member_bool(&p, "stream", s->stream);
	us_print_member_u64(&p, "status", status);
	us_print_member(&p, "type", type);
	us_print_member(&p, "body", body);
	us_print_member_bool(&p, "clean", clean);
	if (sum)
		print_sum(&p, sum);
	us_print_close(&p, '}');
	must(!line.err, "there is memory");
	printf("%.*s\n", (int)line.n, line.p);
	us_buf_fini(&line);
}

static void serve(const struct served *s)
{
	struct us_look look = {
		.req = &asked, .model = US_SPAN("m"), .seed = 3, .now_s = 1700000000
	};
	struct us_writer *w = us_writer_new(s->to, &look, NULL, s->stream, ANSWER_MAX);
	struct us_resp sum;
	enum us_framing framing = s->stream ? s->to->framing : US_FRAMING_WHOLE;
	bool clean;

	must(w != NULL, "there is memory");
	us_resp_init(&sum, ANSWER_MAX);
	clean = read_answer(s, (struct us_sink){ us_resp_put, &sum });
	must(read_answer(s, (struct us_sink){ us_writer_put, w }) == clean, "it is twice the same");
	if (clean || s->stream)
		print_case(s, 200, us_span_of(us_framing_type(framing)), us_buf_span(&w->out),
		           clean, &sum);
	us_resp_fini(&sum);
	us_writer_free(w);
}

static void serve_error(const struct served *s)
{
	struct us_hub_err err = { 0 };
	struct us_doc doc = { 0 };
	struct us_arena a;
	struct us_buf out;

	us_arena_init(&a, ANSWER_MAX);
	us_buf_init(&out, ANSWER_MAX);
	must(!us_doc_parse(&doc, s->source), "an error is JSON");
	must(s->g->dialect->decode_error(us_doc_root(&doc), &a, &err), "it is an error");
	err.status = 429;
	must(!s->to->encode_error(&err, &out), "an error can be said");
	print_case(s, err.status, US_SPAN("application/json"), us_buf_span(&out), false, NULL);
	us_doc_fini(&doc);
	us_buf_fini(&out);
	us_arena_fini(&a);
}

static void take(void *self, const struct fuzz_golden *g)
{
	struct served s = { .g = g, .source = g->text };

	for (size_t i = 0; g->kind[0] && (s.to = us_dialect_at(i)); i++) {
		if (s.to == g->dialect)
			continue;
		s.source = g->text;
		s.stream = false;
		if (strcmp(g->kind, "error") == 0)
			serve_error(&s);
		if (strcmp(g->kind, "answer") != 0)
			continue;
		serve(&s);
		s.stream = true;
		serve(&s);
		s.source.n /= 2;
		if (us_framing_is_stream(g->framing))
			serve(&s);
	}
}

int main(void) { return fuzz_goldens(take, NULL) ? 0 : 1; }

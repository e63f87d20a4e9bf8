/* target_gate.c - an HTTP answer as libcurl hands it over: header lines, then the body in pieces
 *
 * For the program's own provider, and a target of its dialect, what is released is what came. A
 * ceiling keeps what is held; nothing but the writer's own words is released for another dialect.
 */
#include "fuzz.h"

#include "engine/gate.h"

#define NOW_MS UINT64_C(1700000000000)
#define OUT_MAX ((size_t)16 << 20)

/* Up to the line end, with it. */
static struct us_span take_line(struct us_span *in)
{
	const char *lf = in->n ? memchr(in->p, '\n', in->n) : NULL;
	size_t n = lf ? (size_t)(lf + 1 - in->p) : in->n;
	struct us_span line = us_span(in->p, n);

	*in = us_span(in->p + n, in->n - n);
	return line;
}

static void released(struct us_gate *g, struct us_buf *head, struct us_buf *body)
{
	us_buf_add_span(head, g->release_head);
	us_buf_add_span(body, g->release_body);
}

static void check(struct us_gate *g, struct us_span body, struct us_span out)
{
	uint64_t ms = 0;

	fuzz_must(g->state != US_GATE_BAD || !out.n || !g->spec.own, "what is bad is not released");
	if (g->state == US_GATE_OPEN && !g->writer)
		fuzz_must(us_span_eq(body, out), "who needs no translation gets every byte");
	us_gate_error(g);
	us_gate_complete(g);
	fuzz_must(!us_waits_get(&g->waits, &ms) || ms <= US_WAIT_MAX_MS, "a wait has an end");
}

static void pass(struct us_gate *g, struct us_span in, struct fuzz_cuts cuts)
{
	struct us_buf head, out;
	struct us_span line, body, piece;

	us_buf_init(&head, OUT_MAX);
	us_buf_init(&out, OUT_MAX);
	do {
		line = take_line(&in);
		us_gate_header(g, line, true, NOW_MS);
		released(g, &head, &out);
	} while (in.n && !g->in_body);
	body = in;
	while ((piece = fuzz_piece(&cuts, &in)).p) {
		us_gate_body(g, piece);
		released(g, &head, &out);
	}
	us_gate_end(g, false);
	released(g, &head, &out);
	if (g->in_body)
		check(g, body, us_buf_span(&out));
	us_buf_fini(&head);
	us_buf_fini(&out);
}

static void play(struct us_span in)
{
	static const struct us_req asked = { .stream_usage = true };
	struct us_look look = { .req = &asked, .model = US_SPAN("m"), .now_s = NOW_MS / 1000 };
	struct us_gate_spec spec = { .from = fuzz_dialect(&in), .look = &look };
	unsigned flags = fuzz_byte(&in);
	struct fuzz_cuts cuts = fuzz_cuts(&in);
	struct us_gate *g;

	spec.own = flags & 1;
	spec.to = spec.own ? spec.from : fuzz_dialect(&in);
	spec.stream = flags & 2;
	spec.decoded = flags & 4;
	spec.follows = flags & 8;
	spec.hold_max = flags & 16 ? 64 : (size_t)1 << 20;
	g = us_gate_new(NULL, &spec);
	if (!g)
		return;
	pass(g, in, cuts);
	/* The same gate once more, as it is used again for the next attempt. */
	us_gate_clear(g);
	g = us_gate_new(g, &spec);
	pass(g, in, cuts);
	us_gate_free(g);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char error[] =
		"HTTP/1.1 429 Too Many\r\nRetry-After: Fri, 31 Dec 1999 "
		"23:59:59 GMT\r\nx-ratelimit-remaining-tokens: 0\r\n"
		"x-ratelimit-reset-tokens: 6m0.5s\r\nretry-after-ms: 12\r\n\r\n";
	const struct us_dialect *d;
	struct us_buf text;

	for (size_t i = 0; g->kind[0] && (d = us_dialect_at(i)); i++) {
		unsigned char own = d == g->dialect;
		unsigned char first[7] = { fuzz_mark(g->dialect), own, 9, 0, 0, 0, fuzz_mark(d) };

		us_buf_init(&text, g->text.n + 4096);
		if (strcmp(g->kind, "error") == 0)
			us_buf_add_str(&text, error);
		else
			us_buf_addf(&text, "HTTP/1.1 200 OK\r\ncontent-type: %s\r\n\r\n",
			            us_framing_type(g->framing));
		us_buf_add_span(&text, g->text);
		fuzz_seed(to, first, sizeof(first) - own, us_buf_span(&text));
		us_buf_fini(&text);
	}
}

const struct fuzz_target fuzz_gate = { .name = "gate", .play = play, .seed = seed };

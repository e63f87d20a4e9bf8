/* target_sse.c - server-sent events: in pieces the same as at once */
#include "fuzz.h"

#include "wire/sse.h"

#define NOTES_MAX ((size_t)64 << 20)

static void note(struct us_buf *out, const struct us_sse *s)
{
	us_buf_add_span(out, us_buf_span(&s->event));
	us_buf_add_char(out, '\0');
	us_buf_add_span(out, us_buf_span(&s->data));
	us_buf_add_char(out, '\0');
}

static void read(struct us_span in, struct fuzz_cuts cuts, struct us_buf *out)
{
	struct us_span piece;
	struct us_sse s;

	us_sse_init(&s);
	while ((piece = fuzz_piece(&cuts, &in)).p)
		while (us_sse_next(&s, &piece))
			note(out, &s);
	us_buf_add_str(out, "end");
	if (us_sse_end(&s))
		note(out, &s);
	fuzz_must(!s.err, "a short stream can be read");
	us_sse_fini(&s);
}

static void play(struct us_span in)
{
	struct fuzz_cuts cuts = fuzz_cuts(&in), none = { .at = 0 }, bytes = { { 1, 1, 1, 1 }, 0 };
	struct us_buf whole, pieces, each;

	us_buf_init(&whole, NOTES_MAX);
	us_buf_init(&pieces, NOTES_MAX);
	us_buf_init(&each, NOTES_MAX);
	read(in, none, &whole);
	read(in, cuts, &pieces);
	read(in, bytes, &each);
	fuzz_must(us_span_eq(us_buf_span(&whole), us_buf_span(&pieces)),
	          "pieces give the same events");
	fuzz_must(us_span_eq(us_buf_span(&whole), us_buf_span(&each)),
	          "bytes give the same events");
	us_buf_fini(&whole);
	us_buf_fini(&pieces);
	us_buf_fini(&each);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const odd[] = { "\xef\xbb\xbf:c\r\ndata:a\rdata: b\n\nevent:x\r\n\r\n",
		                           "data\n\ndata: x", "\r\r\n\n" };
	unsigned char cuts[4] = { 3, 1, 0, 0 };

	for (size_t i = 0; !g->kind[0] && i < US_COUNT(odd); i++)
		fuzz_seed(to, cuts, sizeof(cuts), us_span_of(odd[i]));
	if (g->framing == US_FRAMING_SSE)
		fuzz_seed(to, cuts, sizeof(cuts), g->text);
}

const struct fuzz_target fuzz_sse = { .name = "sse", .play = play, .seed = seed };

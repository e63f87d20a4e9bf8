/* target_docs.c - documents one after the other, or as the elements of an array */
#include "fuzz.h"

#include "wire/docs.h"

#define NOTES_MAX ((size_t)64 << 20)

static void read(struct us_span in, bool array, struct fuzz_cuts cuts, struct us_buf *out)
{
	struct us_span piece;
	struct us_docs d;

	us_docs_init(&d, array);
	while ((piece = fuzz_piece(&cuts, &in)).p)
		while (us_docs_next(&d, &piece)) {
			us_buf_add_span(out, us_span_trim(d.doc));
			us_buf_add_char(out, '\0');
		}
	us_buf_addf(out, "%d %d", us_docs_ended(&d), d.err);
	us_docs_fini(&d);
}

/* Each document is one. */
static void check(struct us_span notes)
{
	struct us_doc doc = { 0 };
	struct us_span one;

	while (us_span_next(&notes, '\0', &one) && notes.n)
		fuzz_must(!us_doc_parse(&doc, one), "what is handed out is a document");
	us_doc_fini(&doc);
}

static void play(struct us_span in)
{
	bool array = fuzz_byte(&in) & 1;
	struct fuzz_cuts cuts = fuzz_cuts(&in), none = { .at = 0 };
	struct us_buf whole, pieces;

	us_buf_init(&whole, NOTES_MAX);
	us_buf_init(&pieces, NOTES_MAX);
	read(in, array, none, &whole);
	read(in, array, cuts, &pieces);
	fuzz_must(us_span_eq(us_buf_span(&whole), us_buf_span(&pieces)),
	          "pieces give the same documents");
	check(us_buf_span(&whole));
	us_buf_fini(&whole);
	us_buf_fini(&pieces);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const odd[] = { "[ {} ,\r\n{\"a\":[1]}]", "{}{}\n[]\n1 2", "[]", "[1" };
	unsigned char first[5] = { 1, 5, 1, 0, 0 };

	for (size_t i = 0; !g->kind[0] && i < US_COUNT(odd); i++)
		fuzz_seed(to, first, sizeof(first), us_span_of(odd[i]));
	first[0] = g->framing == US_FRAMING_ARRAY;
	if (g->framing == US_FRAMING_NDJSON || g->framing == US_FRAMING_ARRAY)
		fuzz_seed(to, first, sizeof(first), g->text);
}

const struct fuzz_target fuzz_docs = { .name = "docs", .play = play, .seed = seed };

/* target_text.c - strings: any bytes, escaped, decoded, and put together from pieces */
#include "fuzz.h"

#include "wire/scan.h"
#include "wire/text.h"

#define TEXT_MAX ((size_t)64 << 20)

/* Half a pair whose other half comes next is one character then, as in JSON. */
static bool is_wtf8(struct us_span in)
{
	for (size_t i = 0; i + 1 < in.n; i++)
		if (in.p[i] == '\xed' && (unsigned char)in.p[i + 1] >= 0xa0)
			return true;
	return false;
}

static void play(struct us_span in)
{
	struct fuzz_cuts cuts = fuzz_cuts(&in);
	struct us_buf escaped, joined;
	struct us_doc doc = { 0 };
	struct us_span rest = in, piece;
	struct us_arena a;

	us_arena_init(&a, TEXT_MAX);
	us_buf_init(&escaped, TEXT_MAX);
	us_buf_init(&joined, TEXT_MAX);
	us_buf_add_char(&escaped, '"');
	us_text_escape(&escaped, in);
	us_buf_add_char(&escaped, '"');
	fuzz_must(!us_doc_parse(&doc, us_buf_span(&escaped)), "any text can be a string");
	if (!is_wtf8(in))
		fuzz_must(us_span_eq(us_val_str(us_doc_root(&doc), &a), in),
		          "a string says what it was made of");
	while ((piece = fuzz_piece(&cuts, &rest)).p) {
		fuzz_must(us_text_held(piece) <= 3, "at most a character is held");
		us_text_join(&joined, piece);
	}
	if (!is_wtf8(in))
		fuzz_must(us_span_eq(us_buf_span(&joined), in), "pieces add up");
	us_doc_fini(&doc);
	us_buf_fini(&escaped);
	us_buf_fini(&joined);
	us_arena_fini(&a);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const odd[] = { "a\"b\\c/\n\t\x01\x7f", "\xed\xa0\xbd\xed\xb8\x80",
		                           "\xed\xa0\xbd", "\xf0\x9f\x98\x80\xc3\xa9\xff\xc3" };
	unsigned char cuts[4] = { 1, 2, 3, 0 };

	for (size_t i = 0; !g->kind[0] && i < US_COUNT(odd); i++)
		fuzz_seed(to, cuts, sizeof(cuts), us_span_of(odd[i]));
}

const struct fuzz_target fuzz_text = { .name = "text", .play = play, .seed = seed };

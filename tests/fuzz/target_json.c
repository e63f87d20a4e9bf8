/* target_json.c - JSON, read in three ways that must agree
 *
 * The scanner, the recogniser that is fed in pieces, and the mock's parser, which shares nothing
 * with them. What the scanner has read is printed again, and that must be the same.
 */
#include "fuzz.h"

#include "cli/mock_json.h"
#include "wire/peek.h"
#include "wire/print.h"
#include "wire/push.h"

#define PRINT_MAX ((size_t)64 << 20)

static enum us_push_state push_all(struct us_span in, struct fuzz_cuts cuts, size_t *used)
{
	enum us_push_state is = US_PUSH_MORE;
	struct us_push push = { 0 };
	struct us_span piece;
	size_t n;

	*used = 0;
	while (is == US_PUSH_MORE && (piece = fuzz_piece(&cuts, &in)).p) {
		is = us_push_feed(&push, piece, &n);
		*used += n;
	}
	return is == US_PUSH_MORE ? us_push_end(&push) : is;
}

/* The recogniser stops behind the value; what follows may be blank. */
static void check_push(struct us_span in, struct fuzz_cuts cuts, int rc)
{
	size_t used;
	bool whole = push_all(in, cuts, &used) == US_PUSH_DONE;

	if (whole)
		whole = us_span_trim(us_span(in.p + used, in.n - used)).n == 0;
	fuzz_must(whole == !rc, "the recogniser takes what the scanner takes");
}

static void check_peek(struct us_span in, struct us_val root, struct us_arena *a)
{
	struct us_sign sign = { "messages", "[" };
	struct us_val stream = us_val_get(root, "stream");
	struct us_peek peek = { .sign = false };
	bool peeked = us_peek(in, sign, &peek);
	struct us_glance glance;
	size_t whole = us_peek_whole(in, &glance);

	if (us_val_type(root) < US_J_ARRAY)
		return;
	fuzz_must(whole && us_span_trim(us_span(in.p + whole, in.n - whole)).n == 0,
	          "a glance sees that a document is whole");
	if (us_val_is(root, US_J_ARRAY))
		return;
	fuzz_must(peeked, "a glance sees an object");
	for (struct us_iter it = us_iter(root); us_iter_next(&it);)
		if (it.key.tok->escaped)
			return; /* names with escapes are not looked for */
	fuzz_must(!us_val_is(stream, US_J_TRUE) || peek.stream == US_YES, "a glance sees a stream");
	fuzz_must(!us_val_is(us_val_get(root, "messages"), US_J_ARRAY) || peek.sign,
	          "a glance sees the sign");
}

static void print(struct us_print *p, struct us_val v, struct us_arena *a)
{
	if (us_val_is(v, US_J_STRING)) {
		us_print_str(p, us_val_str(v, a));
	} else if (us_val_type(v) < US_J_ARRAY) {
		us_print_raw(p, us_val_raw(v));
	} else {
		bool object = us_val_is(v, US_J_OBJECT);

		us_print_open(p, object ? '{' : '[');
		for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
			if (object) {
				us_print_str(p, us_val_str(it.key, a));
				us_buf_add_char(p->out, ':');
				p->comma = false;
			}
			print(p, it.val, a);
		}
		us_print_close(p, object ? '}' : ']');
	}
}

/* What was printed is read and printed again: no byte may differ then. */
static void check_print(struct us_val root, struct us_arena *a)
{
	struct us_buf once, twice;
	struct us_print p = us_print(&once), q = us_print(&twice);
	struct us_doc doc = { 0 };

	us_buf_init(&once, PRINT_MAX);
	us_buf_init(&twice, PRINT_MAX);
	print(&p, root, a);
	fuzz_must(!us_doc_parse(&doc, us_buf_span(&once)), "what is printed can be read");
	if (doc.n)
		print(&q, us_doc_root(&doc), a);
	fuzz_must(us_span_eq(us_buf_span(&once), us_buf_span(&twice)),
	          "what was read from print is printed the same");
	us_doc_fini(&doc);
	us_buf_fini(&once);
	us_buf_fini(&twice);
}

static bool mock_reads(struct us_span in)
{
	struct us_mock_json_error error;
	struct us_arena a;
	bool lone, reads;

	us_arena_init(&a, PRINT_MAX);
	reads = us_mock_json_parse(&a, in, &lone, &error) != NULL;
	us_arena_fini(&a);
	return reads;
}

static void numbers(struct us_val v)
{
	struct us_span text = us_val_raw(v);
	uint64_t n;
	double d = us_val_double(v);

	if (us_val_is(v, US_J_NUMBER) && us_val_u64(v, &n))
		fuzz_must(us_span_u64(text, &n) && d >= 0, "an integer is one");
}

static void play(struct us_span in)
{
	struct fuzz_cuts cuts = fuzz_cuts(&in);
	struct us_doc doc = { 0 };
	struct us_arena a;
	int rc = us_doc_parse(&doc, in);

	us_arena_init(&a, PRINT_MAX);
	check_push(in, cuts, rc);
	fuzz_must(!mock_reads(in) || !rc || rc == US_EDEPTH,
	          "what a strict parser takes can be read");
	check_peek(in, us_doc_root(&doc), &a);
	if (!rc)
		check_print(us_doc_root(&doc), &a);
	for (size_t i = 0; i < doc.n; i++)
		numbers((struct us_val){ &doc, &doc.tok[i] });
	us_arena_fini(&a);
	us_doc_fini(&doc);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const odd[] = { "[-0,1e400,1.0,0.1E-2,9223372036854775807]",
		                           "{\"a\":1,\"a\":\"\\u0000\\ud83d\\ude00\\ud800\\/\"}",
		                           " [ [ ] , { } , true , false , null ] ", "[[[[[[[[" };
	unsigned char cuts[4] = { 0 };

	for (size_t i = 0; !g->kind[0] && i < US_COUNT(odd); i++)
		fuzz_seed(to, cuts, sizeof(cuts), us_span_of(odd[i]));
	if (g->kind[0] && g->framing == US_FRAMING_WHOLE)
		fuzz_seed(to, cuts, sizeof(cuts), g->text);
}

const struct fuzz_target fuzz_json = { .name = "json", .play = play, .seed = seed };

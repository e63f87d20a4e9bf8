/* target_error.c - an error in one dialect, said in another, which understands it */
#include "fuzz.h"

#include "engine/verdict.h"

#define ERROR_MAX ((size_t)16 << 20)

static bool decode(const struct us_dialect *d, struct us_span body, struct us_doc *doc,
                   struct us_arena *a, struct us_hub_err *err)
{
	*err = (struct us_hub_err){ 0 };
	return !us_doc_parse(doc, body) && d->decode_error(us_doc_root(doc), a, err);
}

static void play(struct us_span in)
{
	const struct us_dialect *from = fuzz_dialect(&in), *to = fuzz_dialect(&in);
	unsigned status = 390 + fuzz_byte(&in);
	struct us_doc doc = { 0 }, again = { 0 };
	struct us_hub_err err, heard;
	struct us_arena a;
	struct us_buf out;

	us_arena_init(&a, ERROR_MAX);
	us_buf_init(&out, ERROR_MAX);
	if (decode(from, in, &doc, &a, &err)) {
		struct us_outcome o = { .cause = US_CAUSE_STATUS, .status = status, .err = &err };

		us_verdict(&o);
		err.status = status;
		fuzz_must(!to->encode_error(&err, &out), "an error can be said");
		fuzz_must(decode(to, us_buf_span(&out), &again, &a, &heard),
		          "what is said is understood as an error");
		fuzz_must(!err.message.n || !fuzz_is_text(in) ||
		                  us_span_eq(heard.message, err.message),
		          "its message is the same");
	}
	us_doc_fini(&doc);
	us_doc_fini(&again);
	us_buf_fini(&out);
	us_arena_fini(&a);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	const struct us_dialect *d;

	for (size_t i = 0; strcmp(g->kind, "error") == 0 && (d = us_dialect_at(i)); i++) {
		unsigned char first[3] = { fuzz_mark(g->dialect), fuzz_mark(d), 400 - 390 };

		fuzz_seed(to, first, sizeof(first), g->text);
	}
}

const struct fuzz_target fuzz_error = { .name = "error", .play = play, .seed = seed };

/* target_repair.c - a request, mended by the words of who refused it: the words, NUL, the request
 */
#include "fuzz.h"

#include "wire/repair.h"

static void play(struct us_span in)
{
	const struct us_dialect *d = fuzz_dialect(&in);
	static const unsigned statuses[] = { 400, 422, 404, 500 };
	unsigned status = statuses[fuzz_byte(&in) % US_COUNT(statuses)];
	struct us_hub_err err = { 0 };
	struct us_doc said = { 0 }, mended = { 0 };
	struct us_span words = us_span("", 0);
	struct us_repair r;
	struct us_arena a;
	struct us_buf out;

	us_arena_init(&a, (size_t)1 << 20);
	us_buf_init(&out, in.n + 4096);
	us_span_next(&in, '\0', &words);
	if (!us_doc_parse(&said, words) && d->decode_error(us_doc_root(&said), &a, &err)) {
		r = us_repair_find(d, status, &err, in);
		if (r.how && !us_repair_apply(&r, in, &out))
			fuzz_must(!us_doc_parse(&mended, us_buf_span(&out)),
			          "what was mended can be read");
	}
	us_doc_fini(&said);
	us_doc_fini(&mended);
	us_arena_fini(&a);
	us_buf_fini(&out);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char words[] =
		"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"code\":"
		"\"unsupported_parameter\",\"param\":\"temperature\",\"message\":"
		"\"max_tokens: 9 > 8, `temperature` is not supported\"}}";
	struct us_buf text;

	if (strcmp(g->kind, "request") != 0)
		return;
	us_buf_init(&text, g->text.n + sizeof(words) + 2);
	us_buf_add_char(&text, (char)fuzz_mark(g->dialect));
	us_buf_add_char(&text, 0);
	us_buf_add(&text, words, sizeof(words));
	us_buf_add_span(&text, g->text);
	fuzz_seed(to, NULL, 0, us_buf_span(&text));
	us_buf_fini(&text);
}

const struct fuzz_target fuzz_repair = { .name = "repair", .play = play, .seed = seed };

/* target_cache.c - a kept answer as it lies in its file, and the heads of answers */
#include "fuzz.h"

#include "base/clock.h"
#include "engine/recall.h"
#include "wire/replay.h"

static const struct us_cache_key key = { .name = "0123456789abcdef" };

static void read_file(struct us_span in)
{
	struct us_cached a = { 0 };
	struct us_buf out;

	us_cached_read(in, &key, &a);
	if (!us_cached_unpack(in, &a))
		return;
	us_buf_init(&out, (size_t)64 << 20);
	us_cached_pack(&a, &out);
	/* All but the first word, whose other values say the same. */
	fuzz_must(out.n == in.n &&
	                  us_span_eq(us_span(out.p + 8, out.n - 8), us_span(in.p + 8, in.n - 8)),
	          "an answer is written as it was read");
	us_buf_fini(&out);
}

/* Lines that are for one transfer only. */
static bool has_line(struct us_span head, const char *name)
{
	struct us_span line;

	while (us_span_next(&head, '\n', &line))
		if (line.n > strlen(name) && us_same_nocase(line.p, name, strlen(name)) &&
		    line.p[strlen(name)] == ':')
			return true;
	return false;
}

static void read_head(struct us_span in)
{
	struct us_buf once, twice;
	uint64_t age_ms;

	us_buf_init(&once, (size_t)1 << 20);
	us_buf_init(&twice, (size_t)1 << 20);
	if (us_recall_head(in, &once, &age_ms)) {
		fuzz_must(!has_line(us_buf_span(&once), "set-cookie") &&
		                  !has_line(us_buf_span(&once), "age"),
		          "cookies and ages of before are not given again");
		fuzz_must(us_span_starts(us_buf_span(&once), "HTTP/"), "a head is one");
		fuzz_must(us_recall_head(us_buf_span(&once), &twice, &age_ms) && age_ms == 0 &&
		                  us_span_eq(us_buf_span(&once), us_buf_span(&twice)),
		          "what was kept is kept");
		us_recall_head_again(us_buf_span(&once), age_ms, 1000, true, &twice);
	}
	us_buf_fini(&once);
	us_buf_fini(&twice);
}

static void play(struct us_span in)
{
	switch (fuzz_byte(&in) % 3) {
	case 0:
		read_file(in);
		break;
	case 1:
		read_head(in);
		break;
	default:
		us_replayable(in);
		break;
	}
}

static void seed_files(const struct fuzz_seeds *to)
{
	static const char *const heads[] = {
		"HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nAge: 50\r\nSet-Cookie: "
		"a=b\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"HTTP/2 200 \r\ncache-control: max-age=1, no-store\r\n\r\n",
	};
	struct us_cached a = { .own = true,
		               .head = US_SPAN("HTTP/1.1 200 OK\r\n"),
		               .body = US_SPAN("{}") };
	struct us_buf out;

	for (size_t i = 0; i < US_COUNT(heads); i++)
		fuzz_seed(to, (const unsigned char[]){ 1 }, 1, us_span_of(heads[i]));
	us_buf_init(&out, 4096);
	us_cached_pack(&a, &out);
	fuzz_seed(to, (const unsigned char[]){ 0 }, 1, us_buf_span(&out));
	us_buf_fini(&out);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	if (!g->kind[0])
		seed_files(to);
	else if (strcmp(g->kind, "request") == 0)
		fuzz_seed(to, (const unsigned char[]){ 2 }, 1, g->text);
}

const struct fuzz_target fuzz_cache = { .name = "cache", .play = play, .seed = seed };

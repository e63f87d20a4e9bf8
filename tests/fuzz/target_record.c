/* target_record.c - what a store keeps, as it lies in a file or in Redis, and where a Redis is */
#include "fuzz.h"

#include "state/record.h"
#include "state/redis_url.h"

static void play(struct us_span in)
{
	struct us_record_head head;
	struct us_redis_url url;
	struct us_record r;
	struct us_arena a;
	struct us_buf out;

	us_arena_init(&a, (size_t)1 << 20);
	us_buf_init(&out, (size_t)64 << 20);
	us_record_read_head(in, &head);
	if (us_record_read(in, &r)) {
		us_record_head(&r, &out);
		us_buf_add_span(&out, r.key);
		us_buf_add_span(&out, r.value);
		fuzz_must(us_span_eq(us_buf_span(&out), in), "a record is written as it was read");
	}
	us_redis_url_read(&url, in, &a);
	us_arena_fini(&a);
	us_buf_fini(&out);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const urls[] = { "redis://u:p%40@h:6379/2", "unix://:p@/tmp/x?db=3",
		                            "redis+sentinel://:p@a:1,[::1]:2,c/main/1" };
	struct us_record r = {
		.version = 1, .token = 2, .saved_ms = 3, .key = US_SPAN("k"), .value = US_SPAN("v")
	};
	struct us_buf out;

	if (g->kind[0])
		return;
	for (size_t i = 0; i < US_COUNT(urls); i++)
		fuzz_seed(to, NULL, 0, us_span_of(urls[i]));
	us_buf_init(&out, 4096);
	us_record_head(&r, &out);
	us_buf_add_str(&out, "kv");
	fuzz_seed(to, NULL, 0, us_buf_span(&out));
	us_buf_fini(&out);
}

const struct fuzz_target fuzz_record = { .name = "record", .play = play, .seed = seed };

/* target_dataurl.c - data: URLs and base64 with line ends */
#include "fuzz.h"

#include "wire/dataurl.h"

static void play(struct us_span in)
{
	struct us_span mime = us_span("", 0), base64 = us_span("", 0), again;
	struct us_arena a;

	us_arena_init(&a, in.n * 4 + 4096);
	us_dataurl_sniff(in);
	again = us_base64_unfold(in, &a);
	for (size_t i = 0; i < again.n; i++)
		fuzz_must(!strchr(" \n", again.p[i]) || !again.p[i], "unfolded, nothing is blank");
	if (us_dataurl_split(in, &a, &mime, &base64)) {
		fuzz_must(us_span_starts(in, "data:") || us_span_has_nocase(in, "data:"),
		          "a data: URL begins so");
		us_dataurl_sniff(base64);
	}
	us_arena_fini(&a);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const odd[] = { "data:image/png;base64,iVBORw0KGgo=",
		                           "data:;charset=utf-8;base64,JVBE\r\nRi0x",
		                           "DATA:image/jpg;BASE64,/9j/4AAQ", "data:,a%20b%2",
		                           "data:text/plain;charset=\"a,b\",x" };

	for (size_t i = 0; !g->kind[0] && i < US_COUNT(odd); i++)
		fuzz_seed(to, NULL, 0, us_span_of(odd[i]));
}

const struct fuzz_target fuzz_dataurl = { .name = "dataurl", .play = play, .seed = seed };

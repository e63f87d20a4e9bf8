/* target_cross_request.c - a request from each dialect to each, for any model and server
 *
 * What is written must be read by our own decoder of the target's dialect. Whether a strict
 * provider takes it is asked with sensible requests only (test_properties.c): a schema of nonsense
 * stays one.
 */
#include "fuzz.h"

#include "wire/profile.h"
#include "wire/translate.h"

/* A name for each kind of model: the patterns without their stars. */
static const char *const models[] = {
#define X(dialect, pattern, ...) pattern,
#include "wire/models.def"
#undef X
};

static const char *const profiles[] = {
#define ROW(name, ...) name,
#include "wire/profiles.def"
#undef ROW
};

static struct us_span model_at(unsigned n, char name[64])
{
	size_t k = 0;

	for (const char *p = models[n % US_COUNT(models)]; *p && k < 63; p++)
		if (!strchr("*[]?", *p))
			name[k++] = *p;
	if (!k)
		name[k++] = 'm';
	return us_span(name, k);
}

static void check(const struct us_target *to, struct us_rendered *r)
{
	struct us_request again;

	us_request_init(&again, to->dialect, NULL, us_buf_span(&r->body));
	fuzz_must(!again.rc, "what is written can be read");
	us_request_fini(&again);
}

static void play(struct us_span in)
{
	const struct us_dialect *from = fuzz_dialect(&in);
	struct us_target to = { .dialect = fuzz_dialect(&in) };
	struct us_rendered r = { 0 };
	struct us_request q;
	char name[64];

	to.model = model_at(fuzz_byte(&in), name);
	to.profile = us_profile_find(us_span_of(profiles[fuzz_byte(&in) % US_COUNT(profiles)]));
	us_request_init(&q, from, NULL, in);
	if (us_request_render(&q, &to, &r) != US_IMPOSSIBLE)
		check(&to, &r);
	us_rendered_fini(&r);
	us_request_fini(&q);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	const struct us_dialect *d;

	for (size_t i = 0; strcmp(g->kind, "request") == 0 && (d = us_dialect_at(i)); i++) {
		unsigned char first[4] = { fuzz_mark(g->dialect), fuzz_mark(d) };

		/* Its last model is the one that nothing is known of. */
		for (first[2] = 0; first[2] + 1u < US_COUNT(models); first[2]++)
			if (us_span_starts(us_span_of(models[first[2]]), "*claude-sonnet-4-5"))
				break;
		fuzz_seed(to, first, sizeof(first), g->text);
	}
}

const struct fuzz_target fuzz_cross_request = { .name = "cross_request",
	                                        .play = play,
	                                        .seed = seed };

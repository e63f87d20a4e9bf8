/* fuzz.c - what fuzz targets share */
#include "fuzz.h"

#include "base/mem.h"
#include "cli/mock_text.h"

#include <stdlib.h>

#define SMALL ((size_t)16 << 10)
#define SEED_MAX ((size_t)1 << 20)

#define X(name) extern const struct fuzz_target fuzz_##name;
#include "targets.def"
#undef X

static const struct fuzz_target *const targets[] = {
#define X(name) &fuzz_##name,
#include "targets.def"
#undef X
};

static bool starved;

const struct fuzz_target *fuzz_target_at(size_t i)
{
	return i < US_COUNT(targets) ? targets[i] : NULL;
}

void fuzz_must(bool holds, const char *promise)
{
	if (!holds && !starved)
		fuzz_broken(promise);
}

/* A copy of the very size, so that a sanitizer sees what lies outside. */
void fuzz_play(const struct fuzz_target *t, struct us_span in, unsigned long starve)
{
	size_t before = fuzz_count_now(), limit = in.n * 4;
	char *copy = malloc(in.n ? in.n : 1);

	if (!copy)
		return;
	limit += in.n <= SMALL ? FUZZ_SLACK : FUZZ_SLACK_LARGE;
	if (in.n)
		memcpy(copy, in.p, in.n);
	starved = starve;
	us_mem_fail_at(starve);
	fuzz_count_reset();
	t->play(us_span(copy, in.n));
	us_mem_fail_at(0);
	starved = false;
	free(copy);
	fuzz_must(fuzz_count_now() == before, "nothing is left allocated");
	fuzz_must(fuzz_count_most() <= limit,
	          "memory stays below four times the input and a constant");
}

bool fuzz_is_text(struct us_span s)
{
	size_t n = 1;

	for (size_t i = 0; i < s.n && n; i += n)
		n = us_mock_utf8(us_span(s.p + i, s.n - i));
	return n > 0;
}

unsigned fuzz_byte(struct us_span *in)
{
	unsigned c = in->n ? (unsigned char)in->p[0] : 0;

	if (in->n)
		*in = us_span(in->p + 1, in->n - 1);
	return c;
}

unsigned char fuzz_mark(const struct us_dialect *d)
{
	unsigned h = 7;

	for (const char *p = d->name; *p; p++)
		h = h * 31 + (unsigned char)*p;
	return (unsigned char)(h ^ h >> 8);
}

const struct us_dialect *fuzz_dialect(struct us_span *in)
{
	unsigned char c = (unsigned char)fuzz_byte(in), best = 0;
	const struct us_dialect *d, *found = NULL;

	for (size_t i = 0; (d = us_dialect_at(i)); i++) {
		unsigned char far = (unsigned char)(c - fuzz_mark(d));

		if (!found || far < best) {
			found = d;
			best = far;
		}
	}
	return found;
}

struct fuzz_cuts fuzz_cuts(struct us_span *in)
{
	struct fuzz_cuts c = { .at = 0 };

	for (size_t i = 0; i < US_COUNT(c.length); i++)
		c.length[i] = (unsigned char)fuzz_byte(in);
	return c;
}

struct us_span fuzz_piece(struct fuzz_cuts *c, struct us_span *rest)
{
	static char *copy;
	size_t n = c->length[c->at++ % US_COUNT(c->length)];

	if (!n || n > rest->n)
		n = rest->n;
	free(copy);
	copy = n ? malloc(n) : NULL;
	if (copy)
		memcpy(copy, rest->p, n);
	*rest = us_span(rest->p + n, rest->n - n);
	return us_span(copy, copy ? n : 0);
}

void fuzz_seed(const struct fuzz_seeds *to, const unsigned char *first, size_t n,
               struct us_span text)
{
	struct us_buf input;

	us_buf_init(&input, SEED_MAX);
	us_buf_add(&input, first, n);
	us_buf_add_span(&input, text);
	to->put(to->self, us_buf_span(&input));
	us_buf_fini(&input);
}

/* fuzz.h - what fuzz targets share
 *
 * A target takes any bytes and says by fuzz_must what has to hold. Two drivers play them: fuzzer.c
 * under libFuzzer, which makes the bytes up, and test_fuzz.c, which needs no libFuzzer and replays
 * what is known: seeds made from tests/golden, mutants of them, and every input that once broke
 * something (tests/fuzz/found). Both watch memory through count.c, in the place of base/mem.c.
 *
 * The first bytes of an input may choose: a dialect, a model, where the rest is cut into pieces.
 */
#ifndef US_TESTS_FUZZ_H
#define US_TESTS_FUZZ_H

#include "wire/dialect.h"

/* Memory that a target may use beyond four times its input: of a small one, and of a large one, all
 * of whose values may be tiny. */
#define FUZZ_SLACK ((size_t)4 << 20)
#define FUZZ_SLACK_LARGE ((size_t)64 << 20)

/* A file of tests/golden, or a part of the sources that seeds are made from. */
struct fuzz_golden {
	const char *kind; /* "request", "answer", "error"; "" is none, for seeds out of nothing */
	const struct us_dialect *dialect;
	enum us_framing framing;
	struct us_span text;
};

struct fuzz_seeds {
	void (*put)(void *self, struct us_span input);
	void *self;
};

struct fuzz_target {
	const char *name;
	void (*play)(struct us_span in);
	/* Inputs made of `g`; called for each file, and once for none. */
	void (*seed)(const struct fuzz_golden *g, const struct fuzz_seeds *to);
};

/* In the order of targets.def; NULL behind the last. */
const struct fuzz_target *fuzz_target_at(size_t i);

/* One input, watched: what it holds on to, and how much it uses. With `starve` the nth allocation
 * fails, which must leave nothing behind either; what comes out does not count then. */
void fuzz_play(const struct fuzz_target *t, struct us_span in, unsigned long starve);

/* The driver's: the promise was not kept, does not return. */
_Noreturn void fuzz_broken(const char *promise);

void fuzz_must(bool holds, const char *promise);

/* Is it UTF-8? Bytes that are no text stay what they are, but half a character of theirs may become
 * a whole one, and no strict reader takes them. */
bool fuzz_is_text(struct us_span s);

/* Takes from the front; 0 where nothing is left. */
unsigned fuzz_byte(struct us_span *in);

/* The dialect whose mark is the next one at or below the byte: a dialect more changes what few
 * inputs mean, and none that was made by fuzz_mark. */
const struct us_dialect *fuzz_dialect(struct us_span *in);
unsigned char fuzz_mark(const struct us_dialect *d);

/* How the rest is cut into pieces: four lengths in turn, 0 is all that is left. */
struct fuzz_cuts {
	unsigned char length[4];
	unsigned at;
};
struct fuzz_cuts fuzz_cuts(struct us_span *in);
/* The next piece, copied so that reading past its end is seen; NULL p at the end. Freed by the
 * next call. */
struct us_span fuzz_piece(struct fuzz_cuts *c, struct us_span *rest);

/* Puts one input: these bytes, then the text. */
void fuzz_seed(const struct fuzz_seeds *to, const unsigned char *first, size_t n,
               struct us_span text);

/* count.c: bytes held now; at most since fuzz_count_reset, by what is watched. */
size_t fuzz_count_now(void);
size_t fuzz_count_most(void);
void fuzz_count_reset(void);
/* What judges allocate is not watched, and does not fail. */
void fuzz_count_pause(bool pause);

#endif

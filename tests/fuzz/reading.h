/* reading.h - an answer, read in pieces */
#ifndef US_TESTS_READING_H
#define US_TESTS_READING_H

#include "fuzz.h"

struct fuzz_reading {
	const struct us_dialect *dialect;
	enum us_framing framing; /* as the content type would say it */
	struct us_span body;
};

/* What became of it. */
struct fuzz_read {
	int rc;
	bool clean, failed;
};

/* Takes the choices off the front of an input. */
struct fuzz_reading fuzz_reading(struct us_span *in);

struct fuzz_read fuzz_read(const struct fuzz_reading *r, struct fuzz_cuts cuts, struct us_sink to);

/* A seed for whoever begins with fuzz_reading: `first`, then that. */
void fuzz_seed_answer(const struct fuzz_golden *g, const struct fuzz_seeds *to,
                      const unsigned char *first, size_t n);

#endif

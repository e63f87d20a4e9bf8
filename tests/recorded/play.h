/* play.h - feeds a recorded answer to a reader, in pieces */
#ifndef US_TESTS_PLAY_H
#define US_TESTS_PLAY_H

#include "base/rand.h"
#include "recording.h"
#include "wire/reader.h"

/* How an answer may arrive: `next` says where the piece that begins at `at` ends. */
struct chunking {
	const char *name;
	size_t (*next)(struct us_span body, size_t at, struct us_rand *chance);
	uint64_t seed;
};
extern const struct chunking chunkings[];
extern const size_t nchunkings;

/* What came of it. */
struct played {
	int rc;
	bool clean, failed;  /* as the reader has it */
	const char *trouble; /* what the reader did wrong; NULL: nothing */
};

/* The first `n` bytes of the answer, then its end. The events go to `to`. */
struct played play_part(const struct recording *rec, size_t n, const struct chunking *how,
                        struct us_sink to);
/* All of it. */
struct played play(const struct recording *rec, const struct chunking *how, struct us_sink to);

/* Where the event that begins at `at` ends: behind its empty line, or at the end. */
size_t event_end(struct us_span body, size_t at);

#endif

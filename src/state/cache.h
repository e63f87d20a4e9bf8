/* cache.h - answers kept on the disk, by all that was asked
 *
 * A file is named by a digest of the whole request, credentials included, and of a salt that only
 * this directory has: who asks with another key asks something else, and from a name nothing can be
 * learnt of what it was made of. What was asked is not kept, only what was answered. The files lie
 * on shelves (shelf.h): private, whole or not there, the oldest go first.
 */
#ifndef US_STATE_CACHE_H
#define US_STATE_CACHE_H

#include "base/buf.h"
#include "base/sha256.h"

struct us_cache {
	const char *dir;   /* outlives it */
	size_t max;        /* bytes of all answers */
	uint64_t fresh_ms; /* up to this age an answer is given instead of asking anybody */
	uint64_t stale_ms; /* up to this age where nobody can serve */
	unsigned char salt[US_SHA256_N];
};

/* Makes the directory and its salt, if they are not there. US_EIO, with words in `why`. */
int us_cache_open(struct us_cache *c, struct us_buf *why);

struct us_cache_key {
	char name[2 * US_SHA256_N + 1];
};

/* `asked`: all of the request but its body, or a digest of that. */
void us_cache_key(const struct us_cache *c, struct us_span asked, struct us_span body,
                  struct us_cache_key *out);

/* An answer as the program was given it. */
struct us_cached {
	uint64_t saved_ms; /* since 1970; when it was new */
	bool own;          /* it is the program's own provider's */
	struct us_span head, body;
};

/* 0, US_E2BIG, US_ENOMEM, US_EIO. */
int us_cache_put(const struct us_cache *c, const struct us_cache_key *key,
                 const struct us_cached *a, uint64_t unix_ms);
/* `a` lies in `bytes`. US_ENOENT: none, or none that can be believed. */
US_MUST_CHECK int us_cache_get(const struct us_cache *c, const struct us_cache_key *key,
                               uint64_t unix_ms, struct us_buf *bytes, struct us_cached *a);

/* What stands in a file. False: it is not of this key, damaged, or cut. */
bool us_cached_read(struct us_span bytes, const struct us_cache_key *key, struct us_cached *a);
/* The value of that record, whose checks hold. */
bool us_cached_unpack(struct us_span value, struct us_cached *a);
void us_cached_pack(const struct us_cached *a, struct us_buf *value);

#endif

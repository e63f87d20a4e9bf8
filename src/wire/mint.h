/* mint.h - ids that look like the provider's own and are known again as ours
 *
 *     call_ U s c c t t t t t t t t t t t t t t t t t t t t
 *     ^prefix   ^check of the tail            tail: base62 ^
 *
 * A program keeps the ids of an answer in its history and sends them to another provider later. The
 * infix "Us" is found by a plain byte search; the check characters tell ours from an accident.
 */
#ifndef US_WIRE_MINT_H
#define US_WIRE_MINT_H

#include "base/buf.h"

/* Appends `prefix` and n more characters. The same seed and ordinal give the same id, so that a
 * request that is sent again gets the same answer ids. n is at least 8. */
void us_mint(struct us_buf *out, const char *prefix, size_t n, uint64_t seed, unsigned ordinal);

/* Is this an id that us_mint made, with one of the prefixes in use? */
bool us_minted(struct us_span id);

#endif

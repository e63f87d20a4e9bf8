/* sha256.h - FIPS 180-4: for names that nobody can forge or meet by accident
 *
 * us_hash64 is for damage and for spreading; what must never be taken for something else, or must
 * not betray what it was made of, is digested here. Some 200 MB/s: not for the healthy path.
 */
#ifndef US_BASE_SHA256_H
#define US_BASE_SHA256_H

#include "base/span.h"

#define US_SHA256_N ((size_t)32)

struct us_sha256 {
	uint32_t h[8];
	uint64_t n; /* bytes so far */
	unsigned char part[64];
};

void us_sha256_init(struct us_sha256 *d);
void us_sha256_add(struct us_sha256 *d, struct us_span bytes);
/* Its length in front of it: parts cannot run into one another. */
void us_sha256_add_part(struct us_sha256 *d, struct us_span bytes);
/* `d` is wiped. */
void us_sha256_end(struct us_sha256 *d, unsigned char out[US_SHA256_N]);

#endif

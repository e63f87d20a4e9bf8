/* hash.h - 64 bits that tell damage and spread names; not for secrets */
#ifndef US_BASE_HASH_H
#define US_BASE_HASH_H

#include "base/span.h"

/* The same on every machine, for it is stored. Chained by giving one's result as another's seed. */
uint64_t us_hash64(uint64_t seed, struct us_span s);

#endif

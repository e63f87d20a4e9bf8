/* backoff.h - how long to wait before trying the same provider again */
#ifndef US_ENGINE_BACKOFF_H
#define US_ENGINE_BACKOFF_H

#include "base/rand.h"

/* The nth wait (from 0): uniform between low * 2^n and twice that, neither above high. Growing,
 * with jitter, and never below low. All in milliseconds. */
uint64_t us_backoff_ms(uint64_t low, uint64_t high, unsigned n, struct us_rand *r);

#endif

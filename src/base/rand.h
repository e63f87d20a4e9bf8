/* rand.h - chance, passed in: backoff jitter and minted ids; not for secrets */
#ifndef US_BASE_RAND_H
#define US_BASE_RAND_H

#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do. */
struct us_rand {
	uint64_t state;
};

uint64_t us_rand_next(struct us_rand *r);

/* Uniform in low..high, both included; low when high < low. */
uint64_t us_rand_between(struct us_rand *r, uint64_t low, uint64_t high);

/* A seed that differs between processes, forks and calls. */
uint64_t us_rand_seed(void);

#endif

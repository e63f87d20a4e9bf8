/* rand.c - chance, passed in */
#include "base/rand.h"

#include <stdatomic.h>
#include <time.h>

uint64_t us_rand_next(struct us_rand *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t us_rand_between(struct us_rand *r, uint64_t low, uint64_t high)
{
	if (high <= low)
		return low;
	/* The bias of the remainder is below 2^-40 for the spans in use here. */
	return low + us_rand_next(r) % (high - low + 1);
}

/* Not getrandom: a seccomp filter of the host may answer it with a kill. Processes differ by the
 * time and by where their stacks lie; calls of one by their number. */
uint64_t us_rand_seed(void)
{
	static _Atomic uint64_t calls;
	struct timespec ts = { 0 };
	struct us_rand r;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	r.state = (uint64_t)ts.tv_sec * 1000000007u ^ (uint64_t)ts.tv_nsec << 20;
	r.state ^= atomic_fetch_add(&calls, 1) << 40;
	r.state ^= (uint64_t)(uintptr_t)&ts;
	return us_rand_next(&r);
}

/* backoff.c - exponential backoff with jitter */
#include "engine/backoff.h"

uint64_t us_backoff_ms(uint64_t low, uint64_t high, unsigned n, struct us_rand *r)
{
	uint64_t from = low, to;

	while (n-- && from < high)
		from *= 2;
	if (from > high)
		from = high;
	to = from > high / 2 ? high : from * 2;
	return us_rand_between(r, from, to);
}

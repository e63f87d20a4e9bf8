/* hash.c - 64 bits that tell damage and spread names
 *
 * Eight bytes at a time are multiplied in and folded; the length goes in last, so that zeros at the
 * end count. Any flipped bit reaches half of the result.
 */
#include "base/hash.h"

#include <endian.h>

static uint64_t word(const char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return v;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29) ^ (h << 17);
}

uint64_t us_hash64(uint64_t seed, struct us_span s)
{
	uint64_t h = seed ^ 0xcbf29ce484222325u;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t v;

		memcpy(&v, s.p + i, 8);
		h = mix(h, le64toh(v));
	}
	if (i < s.n)
		h = mix(h, word(s.p + i, s.n - i));
	h = mix(h, s.n);
	return mix(h, h >> 32);
}

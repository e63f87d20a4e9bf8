/* normalise_seen.c - a hash of spans, and a set built on it
 *
 * Open addressing in a table of twice the keys, which are counted before: it never grows, so that a
 * place in it stays where it is.
 */
#include "wire/normalise_parts.h"

/* The finaliser of MurmurHash3 (Appleby, public domain): every bit moves every other. */
static uint64_t stir(uint64_t h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

struct us_hash us_hash(struct us_span s)
{
	struct us_hash h = { 0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu };

	for (size_t i = 0; i < s.n; i++) {
		h.a = (h.a ^ (unsigned char)s.p[i]) * 0x100000001b3u;
		h.b = ((h.b << 29 | h.b >> 35) ^ (unsigned char)s.p[i]) * 0x9fb21c651e98df25u;
	}
	h.a = stir(h.a ^ s.n);
	h.b = stir(h.b + h.a);
	h.a += h.b;
	return h;
}

bool us_seen_init(struct us_seen_set *set, struct us_arena *a, size_t most)
{
	size_t size = 8;

	while (size < most * 2)
		size *= 2;
	set->slots = us_arena_array(a, size, sizeof(*set->slots));
	set->mask = size - 1;
	return set->slots;
}

struct us_seen *us_seen_at(struct us_seen_set *set, struct us_span key)
{
	size_t i = us_hash(key).a & set->mask;

	while (set->slots[i].used && !us_span_eq(set->slots[i].key, key))
		i = (i + 1) & set->mask;
	set->slots[i].used = true;
	set->slots[i].key = key;
	return &set->slots[i];
}

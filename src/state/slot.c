/* slot.c - what is known and counted of one provider and model */
#include "state/slot.h"

#include "state/tree.h"

#include <assert.h>

#define PACE_UNIT 16
#define PACE_PARTS 8 /* the latest answer makes one of so many parts of what they took */
#define PACE_HOLDS_MS ((uint64_t)600 * 1000)

static_assert((int)US_COUNT_END <= 16 && (int)US_TREE_END <= 16, "counters must fit");

static void add(_Atomic uint64_t *word, uint64_t n)
{
	atomic_fetch_add_explicit(word, n, memory_order_relaxed);
}

/* Of two processes that tell at once one may be lost: the next answer says it again. */
void us_slot_pace(struct us_slot *s, bool stream, uint64_t ms)
{
	uint64_t was = atomic_load_explicit(&s->pace[stream], memory_order_relaxed);
	uint64_t is = (ms ? ms : 1) * PACE_UNIT;

	if (was)
		is = was - was / PACE_PARTS + is / PACE_PARTS;
	atomic_store_explicit(&s->pace[stream], is, memory_order_relaxed);
}

uint64_t us_slot_lately(const struct us_slot *s, bool stream, uint64_t now_ms)
{
	uint64_t ok = atomic_load_explicit(&s->ok_ms, memory_order_relaxed);

	if (!ok || (now_ms > ok && now_ms - ok > PACE_HOLDS_MS))
		return 0;
	return atomic_load_explicit(&s->pace[stream], memory_order_relaxed);
}

void us_times_add(struct us_times *t, uint64_t ms)
{
	unsigned n = ms ? 64 - (unsigned)__builtin_clzll(ms) : 0;

	add(&t->bucket[n < US_MS_BUCKETS ? n : US_MS_BUCKETS - 1], 1);
	add(&t->sum_ms, ms);
}

void us_sizes_add(struct us_sizes *s, uint64_t n)
{
	unsigned bits = n > 1 ? 64 - (unsigned)__builtin_clzll(n - 1) : 0, at = (bits + 1) / 2;

	add(&s->bucket[at < US_TOKEN_BUCKETS ? at : US_TOKEN_BUCKETS - 1], 1);
	add(&s->sum, n);
}

static uint64_t in_bucket(const struct us_times *t, unsigned i)
{
	return t ? atomic_load_explicit(&t->bucket[i], memory_order_relaxed) : 0;
}

uint64_t us_times_percentile(const struct us_times *t, const struct us_times *also,
                             unsigned percent)
{
	uint64_t all = 0, below = 0;

	for (unsigned i = 0; i < US_MS_BUCKETS; i++)
		all += in_bucket(t, i) + in_bucket(also, i);
	for (unsigned i = 0; all && i < US_MS_BUCKETS; i++) {
		below += in_bucket(t, i) + in_bucket(also, i);
		if (below * 100 >= all * percent)
			return (uint64_t)1 << i;
	}
	return 0;
}

uint64_t us_times_count(const struct us_times *t)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < US_MS_BUCKETS; i++)
		n += in_bucket(t, i);
	return n;
}

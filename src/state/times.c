/* times.c - histograms in the page */
#include "state/times.h"

static void add(_Atomic uint64_t *word, uint64_t n)
{
	atomic_fetch_add_explicit(word, n, memory_order_relaxed);
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

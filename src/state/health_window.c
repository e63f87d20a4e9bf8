/* health_window.c - the share of failures, and of slow answers, in the last half minute
 *
 *     63     42 41    28 27      14 13     0
 *    +---------+--------+----------+--------+
 *    | quarter | all    | failed   | slow   |   two words, for quarters of a minute that are
 *    +---------+--------+----------+--------+   even and odd
 *
 * The present quarter and the one before it count.
 */
#include "state/health.h"

#define QUARTER_MS 15000u
#define BITS 14
#define MAX (((uint64_t)1 << BITS) - 1)
#define QUARTER_MASK (((uint64_t)1 << 22) - 1)

struct sum {
	uint64_t all, failed, slow;
};

static uint64_t quarter_of(uint64_t word) { return word >> (3 * BITS); }

static void add(struct sum *s, uint64_t word)
{
	s->all += word >> (2 * BITS) & MAX;
	s->failed += word >> BITS & MAX;
	s->slow += word & MAX;
}

/* A full count stays: what is more would run over into its neighbour. */
static uint64_t one_more(uint64_t word, uint64_t quarter, bool failed, bool slow)
{
	if (quarter_of(word) != quarter)
		word = quarter << (3 * BITS);
	if ((word >> (2 * BITS) & MAX) == MAX)
		return word;
	return word + ((uint64_t)1 << (2 * BITS)) + ((uint64_t)failed << BITS) + slow;
}

static bool is_too_much(uint64_t part, uint64_t all, unsigned percent)
{
	return percent && part * 100 >= all * percent;
}

bool us_health_mark(struct us_health *h, const struct us_health_policy *p, bool failed, bool slow,
                    uint64_t now_ms)
{
	uint64_t quarter = now_ms / QUARTER_MS & QUARTER_MASK, before, word, next;
	_Atomic uint64_t *at = &h->window[quarter % 2];
	struct sum s = { 0 };

	word = atomic_load_explicit(at, memory_order_relaxed);
	do
		next = one_more(word, quarter, failed, slow);
	while (!atomic_compare_exchange_weak(at, &word, next));
	if (!failed && !slow)
		return false; /* nothing that could open it */
	before = atomic_load_explicit(&h->window[(quarter + 1) % 2], memory_order_relaxed);
	add(&s, next);
	if (quarter_of(before) == ((quarter - 1) & QUARTER_MASK))
		add(&s, before);
	if (s.all < (uint64_t)p->trip_after * 4 ||
	    !(is_too_much(s.failed, s.all, p->failing) || is_too_much(s.slow, s.all, p->slow)))
		return false;
	/* When it closes again, what was before is not held against it. */
	atomic_store(&h->window[0], 0);
	atomic_store(&h->window[1], 0);
	return us_health_left(h, p, US_ADMIT_YES, now_ms);
}

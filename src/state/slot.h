/* slot.h - what is known and counted of one provider and model
 *
 * They live in the mapped page. All-zero is unused; each word is valid at every instant.
 */
#ifndef US_STATE_SLOT_H
#define US_STATE_SLOT_H

#include "base/span.h"
#include "state/health.h"

#define US_MS_BUCKETS 20    /* bucket n: below 2^n ms; the last: all above */
#define US_TOKEN_BUCKETS 15 /* bucket n: at most 4^n; the last: all above */
#define US_CAUSES_MAX 32    /* room for rows of cause.h */

/* X(name): what is counted per provider and model. Stored by number: append only. */
#define US_COUNTS(X)                                                                               \
	X(attempts)                                                                                \
	X(ok)                                                                                      \
	X(failed)                                                                                  \
	X(retries)                                                                                 \
	X(left)     /* calls that went on to another provider */                                   \
	X(stood_in) /* calls it served in another's place */                                       \
	X(probes)                                                                                  \
	X(skipped)   /* calls that passed it by because its breaker was open or it was cooling */  \
	X(cut)       /* answers that broke off after their first byte was delivered */             \
	X(hedged)    /* calls that asked it beside another that was slow */                        \
	X(hedge_won) /* ... of which it answered first */                                          \
	X(cached)    /* calls to it that a kept answer was given to */

enum us_count {
#define X(name) US_COUNT_##name,
	US_COUNTS(X)
#undef X
		US_COUNT_END
};

struct us_times {
	_Atomic uint64_t bucket[US_MS_BUCKETS], sum_ms;
};

struct us_sizes {
	_Atomic uint64_t bucket[US_TOKEN_BUCKETS], sum;
};

/* A provider and model, or one of several keys of theirs, by its variable. Names are cut to fit,
 * end in NUL and hold no secret. */
struct us_slot {
	_Atomic uint64_t key; /* hash of the names; 0: free */
	struct us_health health;
	_Atomic uint64_t ok_ms, asked_ms; /* when its last good answer began; it last stood in */
	_Atomic uint64_t pace[2];         /* us_slot_pace, of plain answers and of streams */
	_Atomic uint64_t count[16];
	_Atomic uint64_t failed_by[US_CAUSES_MAX]; /* attempts, by us_cause */
	_Atomic uint64_t ended[16];                /* calls whose end was here, by us_end */
	struct us_times first;    /* of attempts on streams: to the first content */
	struct us_times answer;   /* of the others: to the whole answer */
	struct us_times duration; /* of calls that it served, from their beginning to their end */
	struct us_times gap; /* of streams that came to their end: the longest silence in each */
	struct us_sizes tokens_in, tokens_out;
	char provider[32], origin[128], model[96];
	char variable[64]; /* "": it is no key */
};

static inline void us_slot_count(struct us_slot *s, enum us_count what)
{
	atomic_fetch_add_explicit(&s->count[what], 1, memory_order_relaxed);
}
/* What answers lately took; in 1/16 ms, 0 where it is not known or was too long ago. */
void us_slot_pace(struct us_slot *s, bool stream, uint64_t ms);
uint64_t us_slot_lately(const struct us_slot *s, bool stream, uint64_t now_ms);
void us_times_add(struct us_times *t, uint64_t ms);
void us_sizes_add(struct us_sizes *s, uint64_t n);
/* Below which `percent` of them stayed, a bucket's bound; 0 unknown. `also` may be NULL. */
uint64_t us_times_percentile(const struct us_times *t, const struct us_times *also,
                             unsigned percent);
uint64_t us_times_count(const struct us_times *t);

#endif

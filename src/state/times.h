/* times.h - how long things took, and how large they were: histograms in the page
 *
 * All-zero is empty; each word is valid at every instant.
 */
#ifndef US_STATE_TIMES_H
#define US_STATE_TIMES_H

#include <stdatomic.h>
#include <stdint.h>

#define US_MS_BUCKETS 20    /* bucket n: below 2^n ms; the last: all above */
#define US_TOKEN_BUCKETS 15 /* bucket n: at most 4^n; the last: all above */

struct us_times {
	_Atomic uint64_t bucket[US_MS_BUCKETS], sum_ms;
};

struct us_sizes {
	_Atomic uint64_t bucket[US_TOKEN_BUCKETS], sum;
};

void us_times_add(struct us_times *t, uint64_t ms);
void us_sizes_add(struct us_sizes *s, uint64_t n);
/* Below which `percent` of them stayed, a bucket's bound; 0 unknown. `also` may be NULL. */
uint64_t us_times_percentile(const struct us_times *t, const struct us_times *also,
                             unsigned percent);
uint64_t us_times_count(const struct us_times *t);

#endif

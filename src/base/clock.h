/* clock.h - the only place that reads a clock; drivers call it and pass `now` down */
#ifndef US_BASE_CLOCK_H
#define US_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define US_NEVER UINT64_MAX /* a deadline that does not come */

static inline uint64_t us_sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t us_later(uint64_t a, uint64_t b) { return a > b ? a : b; }
/* Of two limits, of which 0 is none. */
static inline uint64_t us_shorter(uint64_t a, uint64_t b) { return !a || (b && b < a) ? b : a; }

/* Milliseconds since boot, the same in every process of the host, never going back. */
uint64_t us_clock_ms(void);

/* Milliseconds since 1970, for stamps that people or other hosts read. */
uint64_t us_clock_unix_ms(void);

/* "2026-11-28T15:08:06.700Z" */
#define US_CLOCK_TEXT 32
void us_clock_text(char out[US_CLOCK_TEXT], uint64_t unix_ms);

/* What is read instead of clock_gettime, which in a guest's process may be anybody's. */
typedef int us_clock_reader(clockid_t id, struct timespec *now);
void us_clock_use(us_clock_reader *reader);

#endif

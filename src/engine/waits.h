/* waits.h - how long a provider asks us to wait: the Retry-After family
 *
 * Fed with response headers; the first of these that is valid wins (wire-formats 9.3):
 * retry-after-ms, retry-after (seconds or an HTTP date), x-ratelimit-reset-requests and -tokens
 * where their `remaining` is 0, anthropic-ratelimit-*-reset likewise.
 */
#ifndef US_ENGINE_WAITS_H
#define US_ENGINE_WAITS_H

#include "base/span.h"

#define US_WAIT_MAX_MS ((uint64_t)600 * 1000) /* what is longer counts as this */

enum us_wait_kind { US_WAIT_MS, US_WAIT_AFTER, US_WAIT_KINDS };

struct us_waits {
	bool has[US_WAIT_KINDS];
	uint64_t ms[US_WAIT_KINDS];
	bool spent[4]; /* limits whose `remaining` is 0, by row of waits.c */
	uint64_t reset_ms[4];
	bool has_reset[4];
	bool said_retry, said_no_retry; /* x-should-retry */
};

/* Zero-initialise; one call per header. `unix_ms` is the time of day, for dates. */
void us_waits_header(struct us_waits *w, struct us_span name, struct us_span value,
                     uint64_t unix_ms);

/* False: the provider said nothing usable. Zero and the past are unusable too. */
bool us_waits_get(const struct us_waits *w, uint64_t *ms);

#endif

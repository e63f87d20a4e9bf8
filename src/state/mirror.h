/* mirror.h - what one host knows of providers, told to the others by Redis
 *
 * A breaker that opens or closes, and a time that a provider asked to be left alone for, are
 * written there, and what others wrote is put into the page; what attempts beyond the first have
 * taken from the budget here is taken from the others', too. Calls read the page only: whatever
 * Redis does, none of them waits for it. Who ticks is a process of its own (cli/mirror.c).
 */
#ifndef US_STATE_MIRROR_H
#define US_STATE_MIRROR_H

#include "state/page.h"
#include "state/redis.h"

struct us_mirror {
	struct us_redis *redis;
	struct us_page *page;
	struct us_health_policy policy;
	struct us_span prefix; /* of the names in Redis: whose hosts share what they know */
	uint64_t heard;        /* the number of the last change that was read */
	uint64_t budget;       /* the size of the bucket; 0: it is not shared */
	struct {
		bool known;   /* the last tick went well */
		uint64_t net; /* us_budget_net, as it was told */
		int64_t all;  /* of all hosts, as it was heard */
	} spent;
	struct {
		bool open;
		uint64_t not_before_ms;
	} told[US_PAGE_SLOTS]; /* what the others know of each */
};

/* Tells what has changed here, then hears what has changed elsewhere. 0, or that of us_redis_ask:
 * what could not be told is told by the next tick. */
int us_mirror_tick(struct us_mirror *m, uint64_t now_ms);

#endif

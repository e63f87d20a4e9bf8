/* slot.c - what is known and counted of one provider and model */
#include "state/slot.h"

#include <assert.h>

#define PACE_UNIT 16
#define PACE_PARTS 8 /* the latest answer makes one of so many parts of what they took */
#define PACE_HOLDS_MS ((uint64_t)600 * 1000)

static_assert((int)US_COUNT_END <= 16 && (int)US_TREE_END <= 16, "counters must fit");

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

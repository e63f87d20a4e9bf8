/* budget.c - the bucket is one 64-bit word
 *
 *     63             48 47                              0
 *    +-----------------+---------------------------------+
 *    | debt: 1/100     | since: ms, on us_clock          |
 *    +-----------------+---------------------------------+
 *
 * What is owed, not what is there: an empty page is a full bucket of whatever size. `since` is when
 * time last paid off a part of it.
 */
#include "state/budget.h"

#define TOKEN 100u     /* of the debt */
#define PER_CALL 10u   /* what a call pays back: a tenth */
#define REFILL_MS 100u /* what time pays: 1/100 in so many, a token in ten seconds */
#define DEBT_MAX 0xffffu
#define RACE_MS 10000u
#define SINCE_MASK (UINT64_MAX >> 16)
#define LATELY_MS ((uint64_t)10000) /* a program that tries again by itself does so within that */
#define STAMP_MASK (UINT64_MAX >> 24)

static uint64_t debt_of(uint64_t word) { return word >> 48; }

static uint64_t pack(uint64_t debt, uint64_t since)
{
	return (debt < DEBT_MAX ? debt : DEBT_MAX) << 48 | (since & SINCE_MASK);
}

/* What time has paid off by now. A stamp from the future (the machine was restarted) pays all; not
 * so one that is ahead by moments: of two processes that look at the clock one after the other, the
 * second may write first. */
static uint64_t paid(uint64_t word, uint64_t now)
{
	uint64_t ms = (now - word) & SINCE_MASK, parts = ms / REFILL_MS, debt = debt_of(word);

	if (ms > SINCE_MASK - RACE_MS)
		return word;
	if (parts >= debt)
		return pack(0, now);
	return pack(debt - parts, (word & SINCE_MASK) + parts * REFILL_MS);
}

/* How much of it was owed. A full bucket costs a look. */
static uint64_t put(struct us_budget *b, uint64_t part, uint64_t now_ms)
{
	uint64_t word = atomic_load_explicit(&b->debt, memory_order_relaxed), next, back;

	while (debt_of(word)) {
		next = paid(word, now_ms);
		back = debt_of(next) < part ? debt_of(next) : part;
		if (atomic_compare_exchange_weak(&b->debt, &word, pack(debt_of(next) - back, next)))
			return back;
	}
	return 0;
}

static void count(struct us_budget *b, uint64_t parts)
{
	if (parts)
		atomic_fetch_add_explicit(&b->net, parts, memory_order_relaxed);
}

void us_budget_call(struct us_budget *b, uint64_t now_ms) { count(b, -put(b, PER_CALL, now_ms)); }
void us_budget_give_back(struct us_budget *b, uint64_t now_ms) { count(b, -put(b, TOKEN, now_ms)); }

bool us_budget_has(const struct us_budget *b, uint64_t size, uint64_t now_ms)
{
	return !size || debt_of(paid(atomic_load(&b->debt), now_ms)) + TOKEN <= size * TOKEN;
}

uint64_t us_budget_left(const struct us_budget *b, uint64_t size, uint64_t now_ms)
{
	uint64_t debt = debt_of(paid(atomic_load(&b->debt), now_ms));

	return debt < size * TOKEN ? (size * TOKEN - debt) / TOKEN : 0;
}

bool us_budget_take(struct us_budget *b, uint64_t size, uint64_t now_ms)
{
	uint64_t word = atomic_load(&b->debt), next;

	if (!size)
		return true;
	do {
		next = paid(word, now_ms);
		if (debt_of(next) + TOKEN > size * TOKEN)
			return false;
	} while (!atomic_compare_exchange_weak(&b->debt, &word, pack(debt_of(next) + TOKEN, next)));
	count(b, TOKEN);
	return true;
}

/* Not beyond the bucket: a long outage is not paid for long after. How much of it there was room
 * for; a bucket of a smaller size than the debt has none. */
static uint64_t owe(struct us_budget *b, uint64_t parts, uint64_t size, uint64_t now_ms)
{
	uint64_t word = atomic_load(&b->debt), next, room, more;

	do {
		next = paid(word, now_ms);
		room = debt_of(next) < size * TOKEN ? size * TOKEN - debt_of(next) : 0;
		more = parts < room ? parts : room;
	} while (!atomic_compare_exchange_weak(&b->debt, &word, pack(debt_of(next) + more, next)));
	return more;
}

void us_budget_charge(struct us_budget *b, uint64_t size, uint64_t now_ms)
{
	count(b, owe(b, TOKEN, size, now_ms));
}

/* --- other hosts ----------------------------------------------------------------------------- */

uint64_t us_budget_net(const struct us_budget *b) { return atomic_load(&b->net); }

void us_budget_hear(struct us_budget *b, int64_t parts, uint64_t size, uint64_t now_ms)
{
	if (parts > 0)
		owe(b, (uint64_t)parts, size, now_ms);
	else if (parts < 0)
		put(b, -(uint64_t)parts, now_ms);
}

/* --- repeats --------------------------------------------------------------------------------- */

static bool is_lately(uint64_t then, uint64_t now, uint64_t mask)
{
	return ((now - then) & mask) <= LATELY_MS;
}

static uint64_t stamp(uint64_t hash, uint64_t now)
{
	return (hash & ~STAMP_MASK) | (now & STAMP_MASK);
}

void us_budget_failed(struct us_budget *b, uint64_t hash, uint64_t now_ms)
{
	atomic_store(&b->failed_ms, now_ms);
	atomic_store(&b->repeats[hash % US_BUDGET_REPEATS], stamp(hash, now_ms));
}

bool us_budget_watches(const struct us_budget *b, uint64_t now_ms)
{
	uint64_t failed = atomic_load_explicit(&b->failed_ms, memory_order_relaxed);

	return failed && is_lately(failed, now_ms, UINT64_MAX);
}

bool us_budget_is_repeat(const struct us_budget *b, uint64_t hash, uint64_t now_ms)
{
	uint64_t seen = atomic_load(&b->repeats[hash % US_BUDGET_REPEATS]);

	return seen && (seen & ~STAMP_MASK) == (hash & ~STAMP_MASK) &&
	       is_lately(seen, now_ms, STAMP_MASK);
}

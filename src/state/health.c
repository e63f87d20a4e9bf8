/* health.c - the breaker is one 64-bit word
 *
 *     63   62 61   58 57      48 47                        0
 *    +-------+-------+----------+---------------------------+
 *    | state | level | failures | since: ms, on us_clock    |
 *    +-------+-------+----------+---------------------------+
 *
 * A transition computes a whole new word and publishes it with one compare-and-swap. There is no
 * lock, so a process killed at any instant leaves a valid breaker behind. It stays open for
 * open_ms / 6; the first asker after that gets the one permit. Five probes that fail make no
 * difference (level): whoever recovers within a minute is found well soon. From then on each
 * doubles the time, up to open_ms.
 *
 *     63          40 39                          0
 *    +--------------+-----------------------------+
 *    | since: 24    | process                     |   holder
 *    +--------------+-----------------------------+
 *
 * A prober that is killed is replaced by the next asker, if it is known by its holder word: one
 * that does not bear the breaker's `since` is of another probe, whose prober was killed before it
 * could write; that one is replaced after probe_ms, as is one that lives but tells nothing.
 *
 * Doubt admits: a stamp from the future (the machine was restarted) makes `now - since` wrap to a
 * huge value, and an impossible state heals. Both let the next request through. Not so a stamp that
 * is ahead by moments only: of two processes that look at the clock one after the other, the second
 * may write first.
 */
#include "state/health.h"

#include "base/clock.h"

#include <assert.h>
#include <stddef.h>

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would not be shared between processes");
static_assert(sizeof(struct us_health) == 48, "the layout is shared between processes");

#define SINCE_MASK (UINT64_MAX >> 16)
#define FAILURES_MAX ((1u << 10) - 1)
#define LEVEL_MAX 15u
#define FIRST_PROBE_SHARE 6 /* of open_ms */
#define STEADY_PROBES 5u    /* that fail before the time grows */
#define HOLDER_MASK (((uint64_t)1 << US_PROCESS_BITS) - 1)
#define RACE_MS 10000u /* how far ahead of its own clock a process may find a stamp */

enum event { ASK, OK, FAIL, LEFT, GIVE_BACK, EVENTS };

struct args {
	const struct us_health_policy *p;
	uint64_t now;
	bool probe; /* the teller holds the probe */
};

typedef uint64_t action(uint64_t word, const struct args *a);

static unsigned state_of(uint64_t word) { return (unsigned)(word >> 62); }
static unsigned level_of(uint64_t word) { return (unsigned)(word >> 58) & LEVEL_MAX; }
static unsigned failures_of(uint64_t word) { return (unsigned)(word >> 48) & FAILURES_MAX; }

static uint64_t pack(enum us_breaker_state s, unsigned level, unsigned failures, uint64_t since)
{
	return (uint64_t)s << 62 | (uint64_t)(level < LEVEL_MAX ? level : LEVEL_MAX) << 58 |
	       (uint64_t)failures << 48 | (since & SINCE_MASK);
}

/* On a circle: beyond its half, the stamp is ahead. */
static uint64_t distance(uint64_t word, uint64_t now)
{
	return (now - (word & SINCE_MASK)) & SINCE_MASK;
}

static uint64_t elapsed(uint64_t word, uint64_t now)
{
	uint64_t ms = distance(word, now);

	return ms > SINCE_MASK - RACE_MS ? 0 : ms;
}

/* How long the open state lasts before its probe. */
static uint64_t open_for(uint64_t word, const struct us_health_policy *p)
{
	uint64_t ms = p->open_ms / FIRST_PROBE_SHARE;

	if (!ms)
		ms = 1;
	for (unsigned i = level_of(word); i > STEADY_PROBES - 1 && ms < p->open_ms; i--)
		ms *= 2;
	return ms < p->open_ms ? ms : p->open_ms;
}

static uint64_t stay(uint64_t word, const struct args *a) { return word; }

static uint64_t heal(uint64_t word, const struct args *a) { return 0; }

static uint64_t open_now(uint64_t word, const struct args *a)
{
	return pack(US_BREAKER_OPEN, 0, failures_of(word), a->now);
}

static uint64_t count(uint64_t word, const struct args *a)
{
	unsigned n = failures_of(word);

	n += n < FAILURES_MAX;
	return pack(n < a->p->trip_after ? US_BREAKER_CLOSED : US_BREAKER_OPEN, 0, n, a->now);
}

static uint64_t probe(uint64_t word, const struct args *a)
{
	if (elapsed(word, a->now) < open_for(word, a->p))
		return word;
	return pack(US_BREAKER_HALF_OPEN, level_of(word), failures_of(word), a->now);
}

static uint64_t replace(uint64_t word, const struct args *a)
{
	if (elapsed(word, a->now) < a->p->probe_ms)
		return word;
	return pack(US_BREAKER_HALF_OPEN, level_of(word), failures_of(word), a->now);
}

/* A success that began after the opening: with a->now as its beginning. */
static uint64_t heal_if_newer(uint64_t word, const struct args *a)
{
	return distance(word, a->now) < SINCE_MASK / 2 ? 0 : word;
}

static uint64_t heal_by_probe(uint64_t word, const struct args *a)
{
	return a->probe ? 0 : heal_if_newer(word, a);
}

static uint64_t reopen(uint64_t word, const struct args *a)
{
	if (!a->probe)
		return word;
	return pack(US_BREAKER_OPEN, level_of(word) + 1, failures_of(word), a->now);
}

/* Open again, its time over: the next asker probes. */
static uint64_t permit_back(uint64_t word, const struct args *a)
{
	uint64_t over;

	if (!a->probe)
		return word;
	over = open_for(word, a->p);
	return pack(US_BREAKER_OPEN, level_of(word), failures_of(word), a->now - over);
}

/* The whole machine. */
/* clang-format off */
static action *const actions[4][EVENTS] = {
	/*                         ASK      OK             FAIL    LEFT      GIVE_BACK */
	[US_BREAKER_CLOSED]    = { stay,    heal,          count,  open_now, stay        },
	[US_BREAKER_OPEN]      = { probe,   heal_if_newer, stay,   stay,     stay        },
	[US_BREAKER_HALF_OPEN] = { replace, heal_by_probe, reopen, reopen,   permit_back },
	[3 /* corrupt */]      = { heal,    heal,          heal,   heal,     heal        },
};
/* clang-format on */

/* Applies `ev`. Returns whether it changed the word; *before is what it was, *after what it is. */
static bool apply(struct us_health *h, enum event ev, const struct args *a, uint64_t *before,
                  uint64_t *after)
{
	*before = atomic_load(&h->breaker);
	do {
		*after = actions[state_of(*before)][ev](*before, a);
		if (*after == *before)
			return false;
	} while (!atomic_compare_exchange_weak(&h->breaker, before, *after));
	return true;
}

static uint64_t wait_of(uint64_t word, const struct us_health_policy *p, uint64_t now)
{
	uint64_t gone = elapsed(word, now), lasts;

	if (state_of(word) != US_BREAKER_OPEN && state_of(word) != US_BREAKER_HALF_OPEN)
		return 0;
	lasts = state_of(word) == US_BREAKER_OPEN ? open_for(word, p) : p->probe_ms;
	return gone < lasts ? lasts - gone : 0;
}

#define COOL_MAX_MS                                                                                \
	((uint64_t)24 * 3600 * 1000) /* a stamp further ahead is from before a restart */

static uint64_t cooling_ms(const struct us_health *h, uint64_t now)
{
	uint64_t until = atomic_load(&h->not_before_ms);

	return until > now && until - now <= COOL_MAX_MS ? until - now : 0;
}

/* --- who probes ------------------------------------------------------------------------------ */

/* The holder's word, of a prober who has died; else 0. */
static uint64_t orphan(const struct us_health *h, const struct us_health_policy *p, uint64_t word)
{
	uint64_t holder = atomic_load(&h->holder);

	if (!p->processes || state_of(word) != US_BREAKER_HALF_OPEN || !holder ||
	    (holder >> US_PROCESS_BITS ^ word) & (UINT64_MAX >> US_PROCESS_BITS))
		return 0;
	return p->processes->gone(holder & HOLDER_MASK) ? holder : 0;
}

static uint64_t hold(const struct us_health_policy *p, uint64_t word)
{
	return word << US_PROCESS_BITS | (p->processes->self() & HOLDER_MASK);
}

/* Takes the permit of a prober that has died. Of several who see that, one gets it: the dead one's
 * word can be replaced only once, whatever became of the breaker meanwhile. */
static bool inherit(struct us_health *h, const struct us_health_policy *p, uint64_t word)
{
	uint64_t holder = orphan(h, p, word);

	return holder && atomic_compare_exchange_strong(&h->holder, &holder, hold(p, word)) &&
	       atomic_load(&h->breaker) == word;
}

/* --- asking ---------------------------------------------------------------------------------- */

enum us_admit us_health_ask(struct us_health *h, const struct us_health_policy *p, uint64_t now_ms,
                            uint64_t *again_ms)
{
	struct args a = { p, now_ms, false };
	uint64_t cool = cooling_ms(h, now_ms), before = atomic_load(&h->breaker), after;

	if (!cool) {
		/* Of those who ask an open breaker, only the winner of the swap probes. */
		bool changed = apply(h, ASK, &a, &before, &after);

		if (state_of(before) == US_BREAKER_CLOSED || state_of(before) == 3)
			return US_ADMIT_YES;
		if (changed && p->processes)
			atomic_store(&h->holder, hold(p, after));
		if (changed || inherit(h, p, before))
			return US_ADMIT_PROBE;
	}
	if (again_ms)
		*again_ms = now_ms + us_later(cool, wait_of(before, p, now_ms));
	return US_ADMIT_NO;
}

bool us_health_ready(const struct us_health *h, const struct us_health_policy *p, uint64_t now_ms)
{
	uint64_t word = atomic_load(&h->breaker);

	return !cooling_ms(h, now_ms) && (!wait_of(word, p, now_ms) || orphan(h, p, word));
}

static bool tell(struct us_health *h, enum event ev, const struct us_health_policy *p,
                 enum us_admit asked, uint64_t now_ms)
{
	struct args a = { p, now_ms, asked == US_ADMIT_PROBE };
	uint64_t before, after;

	return apply(h, ev, &a, &before, &after) && state_of(before) != state_of(after);
}

bool us_health_ok(struct us_health *h, enum us_admit asked, uint64_t began_ms)
{
	return tell(h, OK, NULL, asked, began_ms);
}

bool us_health_fail(struct us_health *h, const struct us_health_policy *p, enum us_admit asked,
                    uint64_t now_ms)
{
	return tell(h, FAIL, p, asked, now_ms);
}

bool us_health_left(struct us_health *h, const struct us_health_policy *p, enum us_admit asked,
                    uint64_t now_ms)
{
	return tell(h, LEFT, p, asked, now_ms);
}

bool us_health_give_back(struct us_health *h, const struct us_health_policy *p, enum us_admit asked,
                         uint64_t now_ms)
{
	return tell(h, GIVE_BACK, p, asked, now_ms);
}

bool us_health_cool(struct us_health *h, uint64_t until_ms)
{
	uint64_t now = atomic_load(&h->not_before_ms);

	/* A stamp absurdly ahead of the new one is left from before a restart. */
	while (now < until_ms || now - until_ms > COOL_MAX_MS)
		if (atomic_compare_exchange_weak(&h->not_before_ms, &now, until_ms))
			return true;
	return false;
}

void us_health_why(struct us_health *h, enum us_cause cause, unsigned status)
{
	atomic_store(&h->why, (uint64_t)cause << 16 | (status & 0xffff));
}

struct us_health_look us_health_look(const struct us_health *h, const struct us_health_policy *p,
                                     uint64_t now_ms)
{
	uint64_t word = atomic_load(&h->breaker), why = atomic_load(&h->why);
	uint64_t cool = cooling_ms(h, now_ms), wait = wait_of(word, p, now_ms);

	return (struct us_health_look){
		.state = state_of(word) < 3 ? (enum us_breaker_state)state_of(word)
		                            : US_BREAKER_CLOSED,
		.failures = failures_of(word),
		.wait_ms = us_later(cool, wait),
		.cooling = cool > wait,
		.cause = (enum us_cause)(why >> 16 & 0xff),
		.status = (unsigned)(why & 0xffff),
	};
}

enum us_breaker_turn us_health_turn(const struct us_health_look *look)
{
	if (look->cooling)
		return US_TURN_COOLING;
	if (look->state == US_BREAKER_OPEN)
		return US_TURN_OPEN;
	return look->state == US_BREAKER_HALF_OPEN ? US_TURN_HALF_OPEN : US_TURN_CLOSED;
}

const char *us_turn_word(unsigned turn)
{
	static const char *const words[] = {
#define X(name, word) word,
		US_TURNS(X)
#undef X
	};

	return turn < US_TURN_END ? words[turn] : "?";
}

/* health.h - may a provider be asked? The breaker and the cooling time, shared by all processes
 *
 * Lives in shared memory; all-zero is closed and healthy. Times are us_clock_ms.
 */
#ifndef US_STATE_HEALTH_H
#define US_STATE_HEALTH_H

#include "state/cause.h"
#include "state/process.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum us_breaker_state { US_BREAKER_CLOSED, US_BREAKER_OPEN, US_BREAKER_HALF_OPEN };

struct us_health {
	_Atomic uint64_t breaker;       /* drawn in health.c */
	_Atomic uint64_t not_before_ms; /* asked to wait (Retry-After); never lowered while ahead */
	_Atomic uint64_t why;           /* cause << 16 | HTTP status, of the last failure */
	_Atomic uint64_t holder;        /* who probes; drawn in health.c */
	_Atomic uint64_t window[2];     /* what was lately; drawn in health_window.c */
};

struct us_health_policy {
	unsigned trip_after; /* failures in a row that open it */
	uint64_t open_ms;    /* longest time it stays open; the first probe comes after a sixth */
	uint64_t probe_ms;   /* a probe that has told nothing by then counts as dead */
	unsigned failing;    /* per cent of the latest attempts that open it; 0: none do */
	unsigned slow;       /* the same of slow ones */
	const struct us_processes *processes; /* NULL: whether a prober lives cannot be asked */
};

enum us_admit { US_ADMIT_NO, US_ADMIT_YES, US_ADMIT_PROBE };

/* May a request go out now? PROBE is granted to one asker per probe time, over all processes, and
 * obliges it to report or to give the probe back. NO: *again_ms (may be NULL) is when to ask next.
 */
enum us_admit us_health_ask(struct us_health *h, const struct us_health_policy *p, uint64_t now_ms,
                            uint64_t *again_ms);

/* As us_health_ask, but takes no probe: would it be admitted? */
bool us_health_ready(const struct us_health *h, const struct us_health_policy *p, uint64_t now_ms);

/* How an admitted request ended. `asked` is what us_health_ask said. A success that began before
 * the breaker opened does not close it. True here and below: the breaker's state is another now. */
bool us_health_ok(struct us_health *h, enum us_admit asked, uint64_t began_ms);
bool us_health_fail(struct us_health *h, const struct us_health_policy *p, enum us_admit asked,
                    uint64_t now_ms);
/* A call had to leave this provider (attempts used up, or no answer in time): opens at once, so
 * that the next process need not find out again. */
bool us_health_left(struct us_health *h, const struct us_health_policy *p, enum us_admit asked,
                    uint64_t now_ms);
/* The attempt said nothing about the provider: a probe's permit goes back. */
bool us_health_give_back(struct us_health *h, const struct us_health_policy *p, enum us_admit asked,
                         uint64_t now_ms);

/* One more attempt of the last half minute. Opens it when of at least four times trip_after of them
 * as many failed, or were slow, as the policy has it. */
bool us_health_mark(struct us_health *h, const struct us_health_policy *p, bool failed, bool slow,
                    uint64_t now_ms);

/* Not to be asked before `until_ms`; the later of two such times holds. True: it is this one. */
bool us_health_cool(struct us_health *h, uint64_t until_ms);

void us_health_why(struct us_health *h, enum us_cause cause, unsigned status);

/* A snapshot for people. */
struct us_health_look {
	enum us_breaker_state state;
	unsigned failures;
	uint64_t wait_ms; /* until it may be asked again, 0 now */
	bool cooling;     /* the wait is the provider's own wish, not the breaker's */
	enum us_cause cause;
	unsigned status;
};
struct us_health_look us_health_look(const struct us_health *h, const struct us_health_policy *p,
                                     uint64_t now_ms);

/* X(name, word): the same in a word. Stored by number: append only. */
#define US_TURNS(X)                                                                                \
	X(CLOSED, "closed")                                                                        \
	X(OPEN, "open")                                                                            \
	X(HALF_OPEN, "half-open")                                                                  \
	X(COOLING, "cooling")

enum us_breaker_turn {
#define X(name, word) US_TURN_##name,
	US_TURNS(X)
#undef X
		US_TURN_END
};

enum us_breaker_turn us_health_turn(const struct us_health_look *look);
/* Never NULL. */
const char *us_turn_word(unsigned turn);

#endif

/* budget.h - how much more than the calls themselves may be sent, over all processes
 *
 * A bucket of tokens: each attempt beyond a call's first takes one, each call puts a tenth back. So
 * whatever fails, and however many processes retry, all attempts together are at most 1.1 times the
 * calls and the bucket. Lives in shared memory; all-zero is full. Time fills it too, slowly: who
 * makes few calls would otherwise pay for an outage of yesterday.
 */
#ifndef US_STATE_BUDGET_H
#define US_STATE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define US_BUDGET_REPEATS 64 /* bodies of failed calls that are remembered */

struct us_budget {
	_Atomic uint64_t debt;                       /* drawn in budget.c */
	_Atomic uint64_t failed_ms;                  /* when a call last failed */
	_Atomic uint64_t repeats[US_BUDGET_REPEATS]; /* hash:24 ms:40 */
	_Atomic uint64_t
		net; /* parts of tokens taken here, less those that calls here put back; wraps */
};

/* A call begins. */
void us_budget_call(struct us_budget *b, uint64_t now_ms);

/* Takes a token, if there is one. `size` is that of the bucket; 0: nothing is ever short. */
bool us_budget_take(struct us_budget *b, uint64_t size, uint64_t now_ms);
/* Gives one back that was taken for nothing. */
void us_budget_give_back(struct us_budget *b, uint64_t now_ms);
/* Would there be one? */
bool us_budget_has(const struct us_budget *b, uint64_t size, uint64_t now_ms);
/* How many there are. */
uint64_t us_budget_left(const struct us_budget *b, uint64_t size, uint64_t now_ms);
/* Takes one in any case: what cannot be refused is at least counted. */
void us_budget_charge(struct us_budget *b, uint64_t size, uint64_t now_ms);

/* What was taken on this host, less what was put back, since the page was made: only differences
 * mean anything. Time's share is not in it, for time fills every host's bucket. */
uint64_t us_budget_net(const struct us_budget *b);
/* The same of other hosts, since they were heard of last: their calls and attempts are one budget's
 * with those of this one. Not beyond the bucket, either way. */
void us_budget_hear(struct us_budget *b, int64_t parts, uint64_t size, uint64_t now_ms);

/* A call with this body failed: should the program try it again by itself, that is known. */
void us_budget_failed(struct us_budget *b, uint64_t hash, uint64_t now_ms);
/* Has any call failed lately? Otherwise there is no need to hash a body. */
bool us_budget_watches(const struct us_budget *b, uint64_t now_ms);
/* Did a call with this body fail lately? */
bool us_budget_is_repeat(const struct us_budget *b, uint64_t hash, uint64_t now_ms);

#endif

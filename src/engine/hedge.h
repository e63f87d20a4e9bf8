/* hedge.h - a second provider beside one that is slow; a part of a call, see call_state.h
 *
 * Of two attempts in flight the one whose answer is known good first serves the call, and the other
 * is cancelled. One that fails leaves the other running, which goes on as if it had been alone.
 */
#ifndef US_ENGINE_HEDGE_H
#define US_ENGINE_HEDGE_H

#include "engine/gate.h"
#include "engine/plan.h"

struct us_call;
struct us_said;

/* What of a call is one attempt's. */
struct us_lane {
	struct us_candidate *cur;
	uint64_t attempt_began, limit_at;
	size_t crumbs;
	struct us_gate *gate;
	struct us_said *said;
	unsigned flight;
	bool want_send;
	bool cost; /* a token was taken for it */
};

struct us_hedge {
	uint64_t at; /* when somebody is asked beside the attempt in flight; 0: never */
	bool used;   /* it was tried: once in a call */
	bool asks;   /* it waits to hear whether the request's body is at hand */
	bool flies;  /* two are in flight: one is the call's, and this one: */
	struct us_lane other;
	struct us_candidate
		*second;      /* who was asked; NULL: nobody, or it is told what came of it */
	struct us_said *said; /* memory for the second; NULL: not used yet */
	unsigned cancel;      /* who was outrun is to be stopped; 0: nobody */
};

/* An attempt begins: when will it be time for another beside it? */
void us_hedge_arm(struct us_call *c, uint64_t now);
/* The limits of what flies, and when it is time. */
uint64_t us_hedge_due(const struct us_call *c);
/* It is due. False: the attempt in question has taken as long as it may. */
bool us_hedge_time(struct us_call *c, uint64_t now);
/* The body that was asked for; p NULL: it is not at hand. */
void us_hedge_body(struct us_call *c, struct us_span body, uint64_t now);

/* The other one is the call's from now on. */
void us_hedge_swap(struct us_call *c);
/* The attempt in question has failed: true when the other goes on. */
bool us_hedge_lost(struct us_call *c);
/* The attempt in question serves the call. */
void us_hedge_won(struct us_call *c, uint64_t now);
/* The call is decided: the other one is cancelled, if there is one. */
void us_hedge_settle(struct us_call *c, uint64_t now);
void us_hedge_fini(struct us_call *c);

#endif

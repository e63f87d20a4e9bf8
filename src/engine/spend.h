/* spend.h - what attempts beyond the first may cost, over all processes: see spend.c */
#ifndef US_ENGINE_SPEND_H
#define US_ENGINE_SPEND_H

#include "engine/plan.h"

struct us_call;

/* Of a call. */
struct us_spend {
	bool repeat;         /* the program itself tries again what has failed */
	bool free;           /* what failed last never left this machine */
	bool paid;           /* a token was taken, and no attempt made yet */
	bool cost;           /* one was taken for the attempt that is made */
	bool short_of;       /* it waits for a token, or for a provider that proves to be well */
	uint64_t wait_until; /* not longer than this; 0: it has not waited yet */
	uint64_t calm_until; /* nor longer than this, unless others are asking */
	uint64_t news_until; /* by then those who have asked one of its candidates know more */
};

void us_spend_begin(struct us_call *c);
/* The attempt on the current provider has failed. */
void us_spend_failed(struct us_call *c, enum us_cause cause);
/* May another attempt be made on this one? Then it is paid. */
bool us_spend(struct us_call *c, struct us_candidate *who);
/* May another be asked beside one that is slow? Then it is paid. */
bool us_spend_hedge(struct us_call *c);
/* An attempt on this one begins. */
void us_spend_used(struct us_call *c, struct us_candidate *who);
/* What it was asked then is the news of it, or will be none, unless somebody has asked it since. */
void us_spend_told(struct us_call *c, struct us_candidate *who, uint64_t asked_ms);
/* It cannot be refused: what it costs is counted. */
void us_spend_charge(struct us_call *c);
/* Nobody who could serve may be asked, for want of a token. True: it waits a little. */
bool us_spend_waits(struct us_call *c);
/* The call has ended, and was not served. */
void us_spend_lost(struct us_call *c);

#endif

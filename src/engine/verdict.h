/* verdict.h - what a failed attempt means
 *
 * Two tables decide: says.def reads the error body, verdict.def the rest.
 */
#ifndef US_ENGINE_VERDICT_H
#define US_ENGINE_VERDICT_H

#include "engine/waits.h"
#include "state/cause.h"
#include "wire/answer.h"

enum us_then { US_THEN_RETRY, US_THEN_NEXT, US_THEN_REFUSED, US_THEN_DELIVER };
enum us_blame { US_BLAME_NONE, US_BLAME_ALIVE, US_BLAME_FAIL, US_BLAME_COOL, US_BLAME_DOWN };

/* A refused key, or an empty account, does not mend itself soon. */
#define US_DOWN_MS ((uint64_t)300 * 1000)

enum us_says {
	US_SAYS_ANY,
	US_SAYS_TOO_LARGE,
	US_SAYS_QUOTA,
	US_SAYS_CONTEXT,
	US_SAYS_POLICY,
	US_SAYS_SUSPENDED,
	US_SAYS_MODEL_GONE,
	US_SAYS_BUSY,
	US_SAYS_RATE,
	US_SAYS_KEY,
	US_SAYS_REQUEST
};

struct us_outcome {
	enum us_cause cause;          /* STATUS, ERROR_IN_200, or what broke */
	unsigned status;              /* 0: no answer came */
	const struct us_hub_err *err; /* what the body says; NULL: nothing */
	const struct us_waits *waits; /* NULL: no headers came */
	bool own;                     /* the program's own provider */
};

struct us_verdict {
	enum us_then then;
	enum us_blame blame;
	enum us_cause cause; /* refined: RATE_LIMIT, QUOTA, AUTH, MODEL, REQUEST ... */
	unsigned status;     /* as counted */
	uint64_t wait_ms;    /* the provider's wish; 0 none */
};

struct us_verdict us_verdict(const struct us_outcome *o);

#endif

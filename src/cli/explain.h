/* explain.h - what the files of `understudy explain` share */
#ifndef US_CLI_EXPLAIN_H
#define US_CLI_EXPLAIN_H

#include "cli/out.h"
#include "engine/explain.h"

#define US_EXPLAIN_NAME "explain"

/* One target, judged. */
struct us_explained {
	const struct us_candidate *to;
	const char *why; /* it would be passed by for this; NULL: it would be asked */
};

/* "exact", "degraded", "risky" or "impossible". */
const char *us_explain_loss(enum us_loss loss);

/* Judges the n-th target. False: there are no more. */
bool us_explain_nth(struct us_explain *e, enum us_fidelity fidelity, size_t n,
                    struct us_explained *out);

/* The whole as one line of JSON. 0, or 1 when it cannot be. */
int us_explain_json(struct us_explain *e, enum us_fidelity fidelity, const struct us_out *out);

#endif

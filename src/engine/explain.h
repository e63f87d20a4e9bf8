/* explain.h - a request and its chain, asked about without being sent
 *
 * For the command `explain`: the same plan and the same translation that a call would have. Whoever
 * lacks a key is in the plan all the same, so that it can be said.
 */
#ifndef US_ENGINE_EXPLAIN_H
#define US_ENGINE_EXPLAIN_H

#include "engine/plan.h"

struct us_explain {
	struct us_request request; /* understood, when its rc is 0 */
	struct us_own own;
	struct us_plan plan; /* its `others` are the targets, in their order */
	struct us_arena arena;
};

/* The dialect that a body seems to be in; NULL: none that is known. One that several would take is
 * said to be in that which knows all its members; of these, in the commoner one. */
const struct us_dialect *us_explain_guess(struct us_span body);

/* `body` and `conf` outlive it. `at_home`: the program calls the dialect's maker, so that targets
 * which are the same are none. Always to be freed; without memory there are no targets. */
void us_explain_init(struct us_explain *e, const struct us_conf *conf,
                     const struct us_dialect *dialect, struct us_span body, bool at_home);
void us_explain_fini(struct us_explain *e);

#endif

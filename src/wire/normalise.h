/* normalise.h - makes a decoded request fit for a target, before it is encoded
 *
 * The passes of wire-formats 5, in their order: instructions apart, private material out, tool
 * calls and results paired, ids and names within the target's limits, roles alternating, nothing
 * empty where that is refused. What is lost is told in `diags`.
 */
#ifndef US_WIRE_NORMALISE_H
#define US_WIRE_NORMALISE_H

#include "wire/dialect.h"

/* A tool's name at the target and at the program, where they differ. */
struct us_rename {
	struct us_span target, program;
};

struct us_renames {
	struct us_rename *list;
	size_t n;
};

/* `out` is a copy that shares spans with `in`; `in` is left as it is. Memory is diags->arena's.
 * 0 or US_ENOMEM, US_E2BIG. Whether the target can carry it: diags->worst. */
int us_normalise(const struct us_req *in, const struct us_dialect *dialect, const struct us_for *to,
                 struct us_req *out, struct us_renames *renames, struct us_diags *diags);

/* The program's name of a tool the target called `name`. */
struct us_span us_rename_back(const struct us_renames *renames, struct us_span name);

#endif

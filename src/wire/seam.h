/* seam.h - where two texts join: how much of the second was said by the first
 *
 * Pure functions on bytes. A continuation that repeats nothing joins at 0.
 */
#ifndef US_WIRE_SEAM_H
#define US_WIRE_SEAM_H

#include "base/span.h"

struct us_seam {
	size_t skip;  /* bytes of the continuation that are not to be said again */
	size_t again; /* it begins the whole text anew, and has said so much of it so far */
	bool unlike;  /* it began anew, but says it otherwise: there is no join */
	struct us_span closing; /* the mark at its end that belongs to what was skipped; or empty */
};

/* How a continuation is to be taken. */
struct us_seam_ways {
	bool exact;   /* by a model that goes on by itself: what it says twice is mostly meant */
	bool trimmed; /* ... and has not seen the blanks at the end of the text */
};

struct us_seam us_seam_find(struct us_span said, struct us_span more, struct us_seam_ways ways);

/* JSON: the join that makes one value of both. False: there is none. *length: of the value in
 * `more` behind the skip. */
bool us_seam_json(struct us_span said, struct us_span more, struct us_seam_ways ways, size_t *skip,
                  size_t *length);

#endif

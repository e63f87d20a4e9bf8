/* peek.h - a glance at a document: enough to watch it, without parsing it
 *
 * Strings are passed over, brackets are counted, and nothing is validated. What the program sends
 * and what its own provider answers are theirs: only what understudy needs is looked for.
 */
#ifndef US_WIRE_PEEK_H
#define US_WIRE_PEEK_H

#include "wire/answer.h"
#include "wire/ask.h"

struct us_peek {
	struct us_span model; /* as it stands between its quotes; "" if there is none */
	enum us_tri stream;   /* "stream": true, or anything else */
	bool sign;            /* there is a member as `sign` has it */
};

/* False: not even the beginning of a JSON object. */
bool us_peek(struct us_span body, struct us_sign sign, struct us_peek *out);

struct us_glance {
	bool error;            /* a string in it is "error" */
	struct us_usage usage; /* of its member "usage": what was read and written, no more */
};

/* How many bytes until all that was opened is closed; 0: it is cut off, or no object or array. One
 * that is merely odd is whole: some servers print NaN. */
size_t us_peek_whole(struct us_span body, struct us_glance *out);

#endif

/* peek.h - a glance at a document: enough to watch it, without parsing it
 *
 * Strings are passed over, brackets are counted, and nothing is validated. What the program sends
 * and what its own provider answers are theirs: only what understudy needs is looked for.
 */
#ifndef US_WIRE_PEEK_H
#define US_WIRE_PEEK_H

#include "base/span.h"

struct us_peek {
	struct us_span model; /* as it stands between its quotes; "" if there is none */
	bool stream;          /* "stream": true */
	bool asks;            /* what a request must have is there */
};

/* `must`: the names of members that are to be there, a list or a string each, separated by blanks;
 * one with [] behind it is to be a list. False: not even the beginning of a JSON object. */
bool us_peek(struct us_span body, const char *must, struct us_peek *out);

/* How many bytes until all that was opened is closed; 0: it is cut off, or no object or array. One
 * that is merely odd is whole: some servers print NaN. *error: a string in it is "error". */
size_t us_peek_whole(struct us_span body, bool *error);

#endif

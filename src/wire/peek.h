/* peek.h - a glance at a request: enough to watch it, without parsing it
 *
 * Walks the top-level members of a JSON object once and skips what lies deeper by counting
 * brackets. Does not validate: what it reads wrongly in a broken document is only a name.
 */
#ifndef US_WIRE_PEEK_H
#define US_WIRE_PEEK_H

#include "base/span.h"

struct us_peek {
	struct us_span model; /* as it stands between its quotes; "" if there is none */
	bool stream;          /* "stream": true */
	bool messages;        /* there is a member "messages" that is an array */
};

/* False: not even the beginning of a JSON object. */
bool us_peek(struct us_span body, struct us_peek *out);

#endif

/* rest.h - what is missing of a JSON value that was begun
 *
 * What was begun is out and can't be taken back. Somebody else has made the whole value, in words
 * of his own: if he means the same as far as it goes, the rest is found here.
 *
 *     begun:   {"city": "Par
 *     whole:   {"unit":"C","city":"Paris"}
 *     rest:                 is", "unit": "C"}
 */
#ifndef US_WIRE_REST_H
#define US_WIRE_REST_H

#include "base/buf.h"

/* Appends the rest. US_EINVAL: `begun` says something that `whole` does not, or one of them is
 * not what it should be; nothing is appended then. */
US_MUST_CHECK int us_json_rest(struct us_span begun, struct us_span whole, struct us_buf *out);

#endif

/* push.h - knows where a JSON value ends while it is still arriving
 *
 * A recogniser of fixed size: no memory, no values, any chunking. It accepts exactly what
 * us_doc_parse accepts. Zero-initialise.
 */
#ifndef US_WIRE_PUSH_H
#define US_WIRE_PUSH_H

#include "base/span.h"
#include "wire/scan.h"

enum us_push_state {
	US_PUSH_MORE, /* not ended yet */
	US_PUSH_DONE, /* the value is whole */
	US_PUSH_BAD   /* these bytes begin no JSON value; final */
};

struct us_push {
	uint8_t state; /* enum in push.c; 0 is "before the value" */
	uint8_t word;  /* within true, false, null: which, and how far */
	uint8_t at;
	uint8_t first; /* the byte the value began with, 0 before it */
	uint8_t depth;
	uint64_t objects[US_JSON_DEPTH / 64]; /* bit n: the container at depth n is an object */
};

/* Feeds bytes up to the end of the value; *used says how many of them belong to it (blanks before
 * it included). A bare number at the top ends only with the byte after it or us_push_end. */
enum us_push_state us_push_feed(struct us_push *s, struct us_span in, size_t *used);

/* No more bytes will come. */
enum us_push_state us_push_end(const struct us_push *s);

#endif

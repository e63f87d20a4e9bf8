/* plain.h - the language of whatever is no LLM: nothing of it is understood, all of it travels */
#ifndef US_WIRE_PLAIN_H
#define US_WIRE_PLAIN_H

#include "wire/dialect.h"

/* Not in the list of dialects, and none of its functions is there. */
extern const struct us_dialect us_plain;

#endif

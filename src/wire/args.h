/* args.h - the arguments of a tool call as a value, where the wire wants an object */
#ifndef US_WIRE_ARGS_H
#define US_WIRE_ARGS_H

#include "wire/hub.h"
#include "wire/print.h"

/* Prints an object, whatever the model wrote: one as it is, nothing as {}, another value within
 * {"value": ...}, what is no JSON within {"INVALID_JSON": "..."}, free text within {"input": ...}.
 * Nothing is mended: a call that was wrong must not look right. */
void us_args_print(struct us_print *p, struct us_span args, enum us_args kind);

#endif

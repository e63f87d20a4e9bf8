/* args.h - the arguments of a tool call, where they must be an object */
#ifndef US_WIRE_ARGS_H
#define US_WIRE_ARGS_H

#include "wire/print.h"
#include "wire/request.h"

/* The value: an object, whatever the model wrote. */
void us_print_args(struct us_print *p, struct us_span args, enum us_args kind);

/* Can arguments that begin like this still come to nothing: blanks, or null? */
bool us_args_may_be_none(struct us_span args);

#endif

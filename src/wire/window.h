/* window.h - is a conversation surely longer than a model can read? */
#ifndef US_WIRE_WINDOW_H
#define US_WIRE_WINDOW_H

#include "wire/request.h"

/* Fewer tokens than this it cannot be. Only text is counted, at more bytes for a token than any
 * language needs on the whole: what is in doubt is asked for, and refused, if it must be. */
uint64_t us_window_least(const struct us_req *r);

#endif

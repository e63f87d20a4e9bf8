/* utf8.h - one character at a time */
#ifndef US_BASE_UTF8_H
#define US_BASE_UTF8_H

#include "base/span.h"

/* The character that `s` begins with, and its length; 0 when that is not UTF-8. */
size_t us_utf8(struct us_span s, uint32_t *c);

#endif

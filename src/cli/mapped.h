/* mapped.h - a file as a span of bytes, to be looked at and never run */
#ifndef US_CLI_MAPPED_H
#define US_CLI_MAPPED_H

#include "base/err.h"
#include "base/span.h"

/* US_ENOENT when it is not there, US_EIO when it can't be read or is no regular file; then and for
 * an empty file the span is empty. */
int us_mapped_open(struct us_span *file, const char *path);
void us_mapped_close(struct us_span *file);

#endif

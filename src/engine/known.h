/* known.h - what is known of models: the built-in tables, and before them the user's file */
#ifndef US_ENGINE_KNOWN_H
#define US_ENGINE_KNOWN_H

#include "base/buf.h"

/* Reads the file that UNDERSTUDY_MODELS names ("": none) for as long as the process lives. What is
 * wrong with it is told in complete sentences, and what it would have said stays as it was. */
void us_known_read(const char *path, void (*complain)(void *self, const char *text), void *self);

/* All that holds, in the form of that file. */
int us_known_print(struct us_buf *out);

#endif

/* verbose.h - a program's verbose output, without a target's key
 *
 * What a program asked to see (VERBOSE, DEBUGFUNCTION) it sees of a target's transfer too, but the
 * key in headers, and in the texts where HTTP/2 repeats them, is blotted out.
 */
#ifndef SHIM_VERBOSE_H
#define SHIM_VERBOSE_H

#include "run.h"

/* Of a target's handle, or of the program's own while that bears a key of ours. */
void verbose_dress(struct flight *f, CURL *h, const struct us_candidate *to);
/* Puts back what the program had set. */
void verbose_restore(const struct run *r, CURL *h);

#endif

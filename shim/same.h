/* same.h - what makes two requests the same, for the cache (engine/recall.h)
 *
 * Everything that a provider is told: where it goes, every header that is not about one transfer
 * only, the keys among them. What libcurl adds by itself and we have not got (a cookie, a password
 * from a file) makes a request like no other: it is not answered from the cache.
 */
#ifndef SHIM_SAME_H
#define SHIM_SAME_H

#include "asked.h"

/* Fills what concerns the cache in a->own. */
void same_describe(struct asked *a, const struct shadow *s);

#endif

/* ldcache.h - /etc/ld.so.cache: where ldconfig found which library */
#ifndef US_CLI_LDCACHE_H
#define US_CLI_LDCACHE_H

#include "base/span.h"

/* The nth path that the cache has for a library of this name, of whatever machine; empty past the
 * last. `cache` is the content of the file. */
struct us_span us_ldcache_nth(struct us_span cache, struct us_span name, size_t n);

#endif

/* mem.h - the one door to the allocator
 *
 * A test makes the nth allocation fail by us_mem_fail_at, and so can walk every
 * error path. Outside tests this is malloc.
 */
#ifndef US_BASE_MEM_H
#define US_BASE_MEM_H

#include "base/err.h"

#include <stddef.h>

/* Zeroed. NULL when there is no memory or n * size overflows. */
US_MUST_CHECK void *us_calloc(size_t n, size_t size);
US_MUST_CHECK void *us_realloc(void *p, size_t n);
/* A NUL-terminated copy of n bytes. */
US_MUST_CHECK char *us_memdup(const void *p, size_t n);
US_MUST_CHECK char *us_strdup(const char *s);
/* Accepts NULL. */
void us_free(void *p);

/* Test seam: the nth allocation from now on fails, once (0: none). Not thread-safe. */
void us_mem_fail_at(unsigned long nth);

#endif

/* mem.c - the one door to the allocator */
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned long fail_at;

void us_mem_fail_at(unsigned long nth) { fail_at = nth; }

static bool fails(void) { return fail_at && --fail_at == 0; }

void *us_calloc(size_t n, size_t size) { return fails() ? NULL : calloc(n, size); }

void *us_realloc(void *p, size_t n) { return fails() ? NULL : realloc(p, n); }

char *us_memdup(const void *p, size_t n)
{
	char *copy = n < SIZE_MAX ? us_realloc(NULL, n + 1) : NULL;

	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *us_strdup(const char *s) { return us_memdup(s, strlen(s)); }

void us_free(void *p) { free(p); }

/* count.c - base/mem.c, with a tally: linked in its place */
#include "base/mem.h"

#include "fuzz.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t watched, others, most;
static unsigned long fail_at;
static bool paused;

/* Before each allocation stands its size. */
union head {
	struct {
		size_t n;
		bool watched;
	};
	max_align_t align;
};

size_t fuzz_count_now(void) { return watched + others; }

size_t fuzz_count_most(void) { return most; }

void fuzz_count_reset(void) { most = watched; }

void fuzz_count_pause(bool pause) { paused = pause; }

void us_mem_fail_at(unsigned long nth) { fail_at = nth; }

static bool fails(void) { return !paused && fail_at && --fail_at == 0; }

static size_t *tally(const union head *h) { return h->watched ? &watched : &others; }

void *us_realloc(void *p, size_t n)
{
	union head *h = p ? (union head *)p - 1 : NULL;
	bool is_new = !h;
	size_t was = h ? h->n : 0;

	if (fails() || n > SIZE_MAX - sizeof(*h))
		return NULL;
	/* Both are there while the bytes are copied. */
	if (!paused && watched + n > most)
		most = watched + n;
	h = realloc(h, sizeof(*h) + n);
	if (!h)
		return NULL;
	h->n = n;
	if (is_new)
		h->watched = !paused;
	*tally(h) += n - was;
	return h + 1;
}

void *us_calloc(size_t n, size_t size)
{
	void *p = size && n > SIZE_MAX / size ? NULL : us_realloc(NULL, n * size);

	return p ? memset(p, 0, n * size) : NULL;
}

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

void us_free(void *p)
{
	union head *h = p ? (union head *)p - 1 : NULL;

	if (!h)
		return;
	*tally(h) -= h->n;
	free(h);
}

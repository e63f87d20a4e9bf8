/* arena.c - memory that lives as long as one document or one call */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>

#define BLOCK_MIN ((size_t)4096)

struct us_arena_block {
	struct us_arena_block *next;
	size_t n, cap;
	alignas(max_align_t) char bytes[];
};

void us_arena_init(struct us_arena *a, size_t max) { *a = (struct us_arena){ .max = max }; }

static void free_chain(struct us_arena_block *b)
{
	while (b) {
		struct us_arena_block *next = b->next;

		us_free(b);
		b = next;
	}
}

void us_arena_fini(struct us_arena *a)
{
	free_chain(a->head);
	us_arena_init(a, a->max);
}

void us_arena_clear(struct us_arena *a)
{
	if (a->head) {
		free_chain(a->head->next);
		a->head->next = NULL;
		memset(a->head->bytes, 0, a->head->n);
		a->head->n = 0;
	}
	a->used = 0;
	a->err = 0;
}

static int add_block(struct us_arena *a, size_t n)
{
	size_t cap = a->head ? a->head->cap * 2 : BLOCK_MIN;
	struct us_arena_block *b;

	if (cap > BLOCK_MIN * 64)
		cap = BLOCK_MIN * 64;
	if (cap < n)
		cap = n;
	b = us_calloc(1, sizeof(*b) + cap);
	if (!b)
		return a->err = US_ENOMEM;
	b->cap = cap;
	b->next = a->head;
	a->head = b;
	return 0;
}

void *us_arena_alloc(struct us_arena *a, size_t n)
{
	size_t size = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *p;

	if (a->err)
		return NULL;
	if (size < n || size > a->max || a->used > a->max - size) {
		a->err = US_E2BIG;
		return NULL;
	}
	if ((!a->head || a->head->cap - a->head->n < size) && add_block(a, size))
		return NULL;
	p = a->head->bytes + a->head->n;
	a->head->n += size;
	a->used += size;
	return p;
}

void *us_arena_array(struct us_arena *a, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size) {
		a->err = US_E2BIG;
		return NULL;
	}
	return us_arena_alloc(a, count * size);
}

struct us_span us_arena_join(struct us_arena *a, struct us_span first, struct us_span second)
{
	size_t n = first.n + second.n;
	char *p = n >= first.n && n < SIZE_MAX ? us_arena_alloc(a, n + 1) : NULL;

	if (!p)
		return us_span("", 0);
	if (first.n)
		memcpy(p, first.p, first.n);
	if (second.n)
		memcpy(p + first.n, second.p, second.n);
	return us_span(p, n);
}

struct us_span us_arena_copy(struct us_arena *a, struct us_span s)
{
	return us_arena_join(a, s, us_span("", 0));
}

struct us_span us_arena_printf(struct us_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : us_arena_alloc(a, (size_t)n + 1);
	if (!p)
		return us_span("", 0);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return us_span(p, (size_t)n);
}

static int hex(char c)
{
	c = us_lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct us_span us_arena_unescape(struct us_arena *a, struct us_span s)
{
	char *out = us_arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < s.n; i++) {
		bool escape = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 &&
		              hex(s.p[i + 2]) >= 0;

		out[n++] = escape ? (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])) : s.p[i];
		i += escape ? 2 : 0;
	}
	return us_span(out ? out : "", n);
}

void *us_arena_push(struct us_arena *a, void *array, size_t *count, size_t size)
{
	size_t n = *count;
	char *now;

	memcpy(&now, array, sizeof(now)); /* not through void **: that would alias */
	if ((n & (n - 1)) == 0) {
		char *grown = us_arena_array(a, n ? n * 2 : 1, size);

		if (!grown)
			return NULL;
		if (n)
			memcpy(grown, now, n * size);
		memcpy(array, &grown, sizeof(grown));
		now = grown;
	}
	*count = n + 1;
	return now + n * size;
}

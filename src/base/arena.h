/* arena.h - memory that lives as long as one document or one call
 *
 * Everything allocated from an arena is freed with it, in one go.
 */
#ifndef US_BASE_ARENA_H
#define US_BASE_ARENA_H

#include "base/err.h"
#include "base/span.h"

struct us_arena_block;

struct us_arena {
	struct us_arena_block *head;
	size_t used;
	size_t max; /* bytes it may hand out at most */
	int err;    /* sticks, as in us_buf */
};

void us_arena_init(struct us_arena *a, size_t max);
void us_arena_fini(struct us_arena *a);
/* Forgets all allocations; keeps one block for the next document. */
void us_arena_clear(struct us_arena *a);

/* Zeroed, aligned for any type; NULL when memory or the ceiling is reached. */
void *us_arena_alloc(struct us_arena *a, size_t n);
void *us_arena_array(struct us_arena *a, size_t count, size_t size);
/* A copy of s, followed by a NUL. On failure the empty span. */
struct us_span us_arena_copy(struct us_arena *a, struct us_span s);
/* b behind a, likewise. */
struct us_span us_arena_join(struct us_arena *a, struct us_span first, struct us_span second);
/* A copy with each %XX undone (RFC 3986 2.1); a percent sign that begins none stays. Likewise. */
struct us_span us_arena_unescape(struct us_arena *a, struct us_span s);
struct us_span us_arena_printf(struct us_arena *a, const char *fmt, ...) US_PRINTF(2, 3);

/* `array` is the address of a pointer to *count elements of `size` bytes: grows it by one and
 * returns the new, zeroed element, or NULL. The capacity is the power of two at or above *count,
 * so no third number is kept; an array begun elsewhere must not be grown by this. */
void *us_arena_push(struct us_arena *a, void *array, size_t *count, size_t size);

#endif

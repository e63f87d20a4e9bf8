/* span.h - bytes that belong to somebody else
 *
 * A span never owns and need not end in NUL. It is valid as long as the buffer,
 * arena or argument it points into.
 */
#ifndef US_BASE_SPAN_H
#define US_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct us_span {
	const char *p;
	size_t n;
};

#define US_SPAN(literal) ((struct us_span){ "" literal, sizeof(literal) - 1 })

static inline struct us_span us_span(const char *p, size_t n) { return (struct us_span){ p, n }; }

/* What follows the first `at` bytes; at <= s.n. */
static inline struct us_span us_span_from(struct us_span s, size_t at)
{
	return us_span(s.p + at, s.n - at);
}

/* NULL gives the empty span. */
static inline struct us_span us_span_of(const char *s) { return us_span(s, s ? strlen(s) : 0); }

static inline bool us_span_eq(struct us_span a, struct us_span b)
{
	return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool us_span_is(struct us_span a, const char *s)
{
	return us_span_eq(a, us_span_of(s));
}

/* ASCII case does not matter; not strcasecmp, which obeys the host's locale. */
static inline char us_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
bool us_same_nocase(const char *a, const char *b, size_t n);

static inline bool us_span_is_nocase(struct us_span a, const char *s)
{
	return a.n == strlen(s) && us_same_nocase(a.p, s, a.n);
}

static inline bool us_span_starts(struct us_span a, const char *s)
{
	size_t n = strlen(s);

	return a.n >= n && (!n || memcmp(a.p, s, n) == 0);
}

static inline bool us_span_ends(struct us_span a, const char *s)
{
	size_t n = strlen(s);

	return a.n >= n && (!n || memcmp(a.p + a.n - n, s, n) == 0);
}

static inline bool us_span_has(struct us_span a, const char *s)
{
	return a.p && memmem(a.p, a.n, s, strlen(s));
}

/* As us_span_has, ASCII case does not matter. */
bool us_span_has_nocase(struct us_span a, const char *s);

/* Is there a control character of ASCII in it, which could end or forge a line? */
bool us_span_has_control(struct us_span a);

/* Is it any of these words? Nor does it here. */
bool us_span_is_any(struct us_span a, const char *const *words, size_t n);

/* `name` in lower case, cut to fit. Returns `out`. */
#define US_LOWER_NAME 32
const char *us_lower_name(char out[US_LOWER_NAME], const char *name);

/* Without blanks, tabs and line ends at either side. */
struct us_span us_span_trim(struct us_span a);

/* Takes what stands before `sep` off the front of *rest. False at the end. */
bool us_span_next(struct us_span *rest, char sep, struct us_span *part);

/* Decimal digits only. False if there are none, others, or too many. */
bool us_span_u64(struct us_span a, uint64_t *out);

#endif

/* spans.h - spans as tests write them: strings, JSON in them with ' for " */
#ifndef US_TESTS_SPANS_H
#define US_TESTS_SPANS_H

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline void assert_span(struct us_span got, const char *want)
{
	if (!us_span_is(got, want))
		fail_msg("got '%.*s', want '%s'", (int)got.n, got.p, want);
}

/* With " for ', in `to`, which must have the room. */
static inline struct us_span unquote(const char *quoted, char *to, size_t room)
{
	size_t n = strlen(quoted);

	assert_true(n < room);
	for (size_t i = 0; i <= n; i++)
		to[i] = quoted[i] == '\'' ? '"' : quoted[i];
	return us_span(to, n);
}

/* The same, appended. */
static inline void add_unquoted(struct us_buf *out, const char *quoted)
{
	for (; *quoted; quoted++)
		us_buf_add_char(out, *quoted == '\'' ? '"' : *quoted);
}

#endif

/* quoted.h - JSON that is written with ' for ", as it is in the tests */
#ifndef US_TESTS_QUOTED_H
#define US_TESTS_QUOTED_H

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

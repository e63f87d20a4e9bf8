/* buf.c - bytes that grow, up to a ceiling named at birth */
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define CAP_MIN ((size_t)512) /* most heads, most events */

void us_buf_fini(struct us_buf *b)
{
	if (b->p)
		us_free(b->p);
	us_buf_init(b, b->max);
}

void us_buf_clear(struct us_buf *b)
{
	b->n = 0;
	b->err = 0;
}

void us_buf_shed(struct us_buf *b, size_t keep)
{
	if (b->cap > keep)
		us_buf_fini(b);
	else
		us_buf_clear(b);
}

int us_buf_grow(struct us_buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : CAP_MIN;
	char *p;

	if (b->err)
		return b->err;
	if (n > b->max || b->n > b->max - n)
		return b->err = US_E2BIG;
	if (b->n + n < b->cap)
		return 0;
	while (cap <= b->n + n)
		cap *= 2;
	if (cap - 1 > b->max)
		cap = b->max + 1;
	p = us_realloc(b->p, cap);
	if (!p)
		return b->err = US_ENOMEM;
	b->p = p;
	b->cap = cap;
	return 0;
}

int us_buf_add_u64(struct us_buf *b, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	return us_buf_add(b, digits + at, sizeof(digits) - at);
}

int us_buf_addf(struct us_buf *b, const char *fmt, ...)
{
	va_list ap;
	int need, rc;

	va_start(ap, fmt);
	need = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	rc = need < 0 ? (b->err = US_EINVAL) : us_buf_reserve(b, (size_t)need);
	if (rc)
		return rc;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)need + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)need;
	return 0;
}

void us_buf_eat(struct us_buf *b, size_t n)
{
	if (n < b->n)
		memmove(b->p, b->p + n, b->n - n);
	b->n = n < b->n ? b->n - n : 0;
}

const char *us_buf_cstr(struct us_buf *b)
{
	if (us_buf_reserve(b, 0))
		return "";
	b->p[b->n] = '\0';
	return b->p;
}

/* buf.h - bytes that grow, up to a ceiling named at birth
 *
 * The first failure sticks: later adds do nothing and return the same code, so
 * that an encoder may write a whole document and ask once at its end.
 */
#ifndef US_BASE_BUF_H
#define US_BASE_BUF_H

#include "base/err.h"
#include "base/span.h"

struct us_buf {
	char *p;
	size_t n;
	size_t cap; /* a NUL's included, so one more than max at most */
	size_t max; /* bytes it may hold at most */
	int err;    /* 0, US_ENOMEM or US_E2BIG; sticks until us_buf_clear */
};

/* No allocation happens before the first add. */
static inline void us_buf_init(struct us_buf *b, size_t max) { *b = (struct us_buf){ .max = max }; }
void us_buf_fini(struct us_buf *b);

/* Empty again; memory is kept. */
void us_buf_clear(struct us_buf *b);
/* The same, unless it is more than `keep` bytes. */
void us_buf_shed(struct us_buf *b, size_t keep);

/* Room for n more bytes and a NUL, whatever has to be done for it. */
int us_buf_grow(struct us_buf *b, size_t n);

/* Inline: a document is written in many small pieces. */
static inline int us_buf_reserve(struct us_buf *b, size_t n)
{
	return n < b->cap - b->n && !b->err ? 0 : us_buf_grow(b, n);
}

static inline int us_buf_add(struct us_buf *b, const void *p, size_t n)
{
	int rc = us_buf_reserve(b, n);

	if (rc || !n)
		return rc;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}

static inline int us_buf_add_span(struct us_buf *b, struct us_span s)
{
	return us_buf_add(b, s.p, s.n);
}

static inline int us_buf_add_str(struct us_buf *b, const char *s)
{
	return us_buf_add(b, s, strlen(s));
}

static inline int us_buf_add_char(struct us_buf *b, char c)
{
	int rc = us_buf_reserve(b, 1);

	if (!rc)
		b->p[b->n++] = c;
	return rc;
}

/* In decimal. */
int us_buf_add_u64(struct us_buf *b, uint64_t v);
/* Never for floating point: the host's locale would show. */
int us_buf_addf(struct us_buf *b, const char *fmt, ...) US_PRINTF(2, 3);

/* Drops the first n bytes. */
void us_buf_eat(struct us_buf *b, size_t n);

static inline struct us_span us_buf_span(const struct us_buf *b) { return us_span(b->p, b->n); }

/* The content as a C string; "" when there is none or memory failed. */
const char *us_buf_cstr(struct us_buf *b);

#endif

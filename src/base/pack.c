/* pack.c - numbers and bytes as they are stored */
#include "base/pack.h"

#define WORD ((size_t)8)

void us_pack_u64(struct us_buf *b, uint64_t v)
{
	char word[WORD];

	for (size_t i = 0; i < WORD; i++)
		word[i] = (char)(unsigned char)(v >> (8 * i));
	us_buf_add(b, word, WORD);
}

void us_pack_bytes(struct us_buf *b, struct us_span s)
{
	us_pack_u64(b, s.n);
	us_buf_add_span(b, s);
}

static struct us_span take(struct us_unpack *u, uint64_t n)
{
	struct us_span s = u->rest;

	if (u->bad || n > u->rest.n) {
		u->bad = true;
		return us_span("", 0);
	}
	s.n = (size_t)n;
	u->rest = us_span(u->rest.p + s.n, u->rest.n - s.n);
	return s;
}

uint64_t us_unpack_u64(struct us_unpack *u)
{
	struct us_span s = take(u, WORD);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v |= (uint64_t)(unsigned char)s.p[i] << (8 * i);
	return v;
}

struct us_span us_unpack_bytes(struct us_unpack *u) { return take(u, us_unpack_u64(u)); }

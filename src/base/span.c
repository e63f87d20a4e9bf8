/* span.c - searching and cutting spans */
#include "base/span.h"

/* As us_lower, of eight bytes at once. The high bit of each byte of `upper` says that it is one. */
static uint64_t lower8(const char *p)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t x, low, upper;

	memcpy(&x, p, sizeof(x));
	low = x & each * 0x7f;
	upper = (low + each * (0x80 - 'A')) & ~(low + each * (0x7f - 'Z')) & ~x & each * 0x80;
	return x | upper >> 2;
}

bool us_same_nocase(const char *a, const char *b, size_t n)
{
	if (n >= 8) {
		for (size_t i = 0; i + 8 < n; i += 8)
			if (lower8(a + i) != lower8(b + i))
				return false;
		return lower8(a + n - 8) == lower8(b + n - 8);
	}
	for (size_t i = 0; i < n; i++)
		if (us_lower(a[i]) != us_lower(b[i]))
			return false;
	return true;
}

bool us_span_is_any(struct us_span a, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (us_span_is_nocase(a, words[i]))
			return true;
	return false;
}

bool us_span_has_control(struct us_span a)
{
	for (size_t i = 0; i < a.n; i++)
		if ((unsigned char)a.p[i] < 0x20 || a.p[i] == 0x7f)
			return true;
	return false;
}

bool us_span_has_nocase(struct us_span a, const char *s)
{
	size_t n = strlen(s);
	char first = us_lower(*s); /* nearly always that alone tells */

	for (size_t i = 0; i + n <= a.n; i++)
		if (!n || (us_lower(a.p[i]) == first && us_same_nocase(a.p + i, s, n)))
			return true;
	return false;
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct us_span us_span_trim(struct us_span a)
{
	while (a.n && blank(a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n && blank(a.p[a.n - 1]))
		a.n--;
	return a;
}

bool us_span_next(struct us_span *rest, char sep, struct us_span *part)
{
	const char *end;

	if (!rest->p)
		return false;
	end = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
	*part = us_span(rest->p, end ? (size_t)(end - rest->p) : rest->n);
	if (end)
		*rest = us_span(end + 1, rest->n - part->n - 1);
	else
		*rest = us_span(NULL, 0);
	return true;
}

bool us_span_u64(struct us_span a, uint64_t *out)
{
	uint64_t v = 0;

	if (!a.n || a.n > 19)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (a.p[i] < '0' || a.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(a.p[i] - '0');
	}
	*out = v;
	return true;
}

const char *us_lower_name(char out[US_LOWER_NAME], const char *name)
{
	size_t n = 0;

	for (; name[n] && n < US_LOWER_NAME - 1; n++)
		out[n] = us_lower(name[n]);
	out[n] = '\0';
	return out;
}

/* peek.c - a glance at a document */
#include "wire/peek.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK ((size_t)64)

struct cursor {
	const char *p, *end;
};

static void skip_blank(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\r' || *c->p == '\t'))
		c->p++;
}

static bool at(const struct cursor *c, char ch) { return c->p < c->end && *c->p == ch; }

/* The inside of the string at c->p; the cursor goes behind it. */
static inline struct us_span string(struct cursor *c)
{
	const char *from = c->p + 1, *quote = c->p, *slash;

	do {
		quote = memchr(quote + 1, '"', (size_t)(c->end - quote) - 1);
		if (!quote) {
			c->p = c->end;
			return us_span(from, (size_t)(c->end - from));
		}
		for (slash = quote; slash[-1] == '\\'; slash--)
			;
	} while ((quote - slash) % 2); /* an even number of backslashes escapes nothing */
	c->p = quote + 1;
	return us_span(from, (size_t)(quote - from));
}

/* --- a request ------------------------------------------------------------------------------- */

/* Up to the comma or the bracket that ends it. */
static void skip_value(struct cursor *c)
{
	size_t depth = 0;

	while (c->p < c->end) {
		char ch = *c->p;

		if (!depth && (ch == ',' || ch == '}' || ch == ']'))
			return;
		if (ch == '"') {
			string(c);
			continue;
		}
		depth += ch == '{' || ch == '[';
		depth -= ch == '}' || ch == ']';
		c->p++;
	}
}

static void member(struct cursor *c, struct us_sign sign, struct us_peek *out)
{
	struct us_span key = string(c), value;

	skip_blank(c);
	if (at(c, ':'))
		c->p++;
	skip_blank(c);
	value = us_span(c->p, (size_t)(c->end - c->p));
	if (us_span_is(key, "model") && at(c, '"')) {
		out->model = string(c);
		return;
	}
	if (us_span_is(key, "stream"))
		out->stream = us_span_starts(value, "true")   ? US_YES
		              : us_span_starts(value, "null") ? US_UNSET
		                                              : US_NO;
	if (us_span_is(key, sign.member))
		out->sign = value.n && strchr(sign.begins, value.p[0]);
	skip_value(c);
}

bool us_peek(struct us_span body, struct us_sign sign, struct us_peek *out)
{
	struct cursor c = { body.p, body.p + body.n };

	*out = (struct us_peek){ .model = { "", 0 } };
	skip_blank(&c);
	if (!at(&c, '{'))
		return false;
	for (c.p++;; c.p++) {
		skip_blank(&c);
		if (!at(&c, '"'))
			return true;
		member(&c, sign, out);
		skip_blank(&c);
		if (!at(&c, ','))
			return true;
	}
}

/* --- the usage in an answer ------------------------------------------------------------------ */

/* What counts as tokens read, or written; those read are the sum of what there is. */
static const struct {
	struct us_span name;
	enum us_usage_bit bit;
} counts[] = {
	{ { "prompt_tokens", 13 }, US_USAGE_IN },
	{ { "completion_tokens", 17 }, US_USAGE_OUT },
	{ { "input_tokens", 12 }, US_USAGE_IN },
	{ { "cache_read_input_tokens", 23 }, US_USAGE_IN },
	{ { "cache_creation_input_tokens", 27 }, US_USAGE_IN },
	{ { "output_tokens", 13 }, US_USAGE_OUT },
};

static void count(struct us_usage *u, struct us_span key, struct us_span value)
{
	uint64_t n = 0;
	size_t i = 0;

	while (i < US_COUNT(counts) && !us_span_eq(key, counts[i].name))
		i++;
	if (i == US_COUNT(counts))
		return;
	for (size_t k = 0; k < value.n && value.p[k] >= '0' && value.p[k] <= '9' && k < 12; k++)
		n = n * 10 + (uint64_t)(value.p[k] - '0');
	u->known |= counts[i].bit;
	*(counts[i].bit == US_USAGE_IN ? &u->in : &u->out) += n;
}

static bool colon(struct cursor *c)
{
	skip_blank(c);
	if (!at(c, ':'))
		return false;
	c->p++;
	skip_blank(c);
	return true;
}

/* Behind the string "usage". What was written is told last in all dialects: what follows are
 * details. */
__attribute__((noinline)) static void usage(struct cursor c, struct us_usage *u)
{
	if (!colon(&c) || !at(&c, '{'))
		return;
	*u = (struct us_usage){ 0 };
	for (c.p++; !(u->known & US_USAGE_OUT); c.p++) {
		struct us_span key;

		skip_blank(&c);
		if (!at(&c, '"'))
			return;
		key = string(&c);
		if (!colon(&c))
			return;
		count(u, key, us_span(c.p, (size_t)(c.end - c.p)));
		skip_value(&c);
		if (!at(&c, ','))
			return;
	}
}

/* --- an answer ------------------------------------------------------------------------------- */

/* It is gone through in blocks of 64 bytes, in which brackets and quotes are found at once. Bits
 * are bytes, the first is the lowest. */
struct marks {
	uint64_t quotes, brackets;
	uint64_t slash; /* the first one */
};

#ifdef __SSE2__
static inline __m128i are(__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }

/* Either bracket is the other one of its kind but for one bit. */
static inline __m128i are_brackets(__m128i bytes)
{
	__m128i same = _mm_or_si128(bytes, _mm_set1_epi8('[' ^ '{'));

	return _mm_or_si128(are(same, '{'), are(same, '}'));
}

static inline uint64_t bits(__m128i a, __m128i b, __m128i c, __m128i d)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(a) |
	       (uint64_t)(unsigned)_mm_movemask_epi8(b) << 16 |
	       (uint64_t)(unsigned)_mm_movemask_epi8(c) << 32 |
	       (uint64_t)(unsigned)_mm_movemask_epi8(d) << 48;
}

static inline struct marks mark(const char *p)
{
	const __m128i *in = (const void *)p;
	__m128i a = _mm_loadu_si128(in), b = _mm_loadu_si128(in + 1);
	__m128i c = _mm_loadu_si128(in + 2), d = _mm_loadu_si128(in + 3);
	__m128i ab = _mm_or_si128(are(a, '\\'), are(b, '\\'));
	__m128i cd = _mm_or_si128(are(c, '\\'), are(d, '\\'));
	struct marks m = { .quotes = bits(are(a, '"'), are(b, '"'), are(c, '"'), are(d, '"')),
		           .brackets = bits(are_brackets(a), are_brackets(b), are_brackets(c),
		                            are_brackets(d)) };

	if (_mm_movemask_epi8(_mm_or_si128(ab, cd)))
		m.slash = bits(are(a, '\\'), are(b, '\\'), are(c, '\\'), are(d, '\\'));
	m.slash &= -m.slash;
	return m;
}
#else
static inline struct marks mark(const char *p)
{
	struct marks m = { 0 };

	for (size_t at = 0; at < BLOCK; at++) {
		uint64_t bit = (uint64_t)1 << at;
		char same = p[at] | ('[' ^ '{');

		m.quotes |= p[at] == '"' ? bit : 0;
		m.brackets |= same == '{' || same == '}' ? bit : 0;
		m.slash |= p[at] == '\\' && !m.slash ? bit : 0;
	}
	return m;
}
#endif

/* Behind its end there is nothing. */
static struct marks mark_last(const char *p, size_t n)
{
	char last[BLOCK] = { 0 };

	memcpy(last, p, n);
	return mark(last);
}

/* From each opening quote up to before its closing one. */
static inline uint64_t between(uint64_t quotes)
{
	quotes ^= quotes << 1;
	quotes ^= quotes << 2;
	quotes ^= quotes << 4;
	quotes ^= quotes << 8;
	quotes ^= quotes << 16;
	return quotes ^ quotes << 32;
}

struct walk {
	struct cursor c; /* where the next block begins */
	uint64_t inside; /* ... in a string: all bits */
	const char *from;
	uint64_t marks; /* of the block there: brackets outside of strings, and the opening quotes
	                 * of strings that may have five letters */
};

/* What is left of a string, in which no backslash stands just before p. */
static void skip_rest(struct walk *w, const char *p)
{
	w->c.p = p - 1;
	string(&w->c);
	w->inside = 0;
}

/* False: it is at its end. */
static inline bool next_block(struct walk *w)
{
	size_t n = (size_t)(w->c.end - w->c.p);
	const char *slash;
	struct marks m;
	uint64_t inside;

	if (!n)
		return false;
	w->from = w->c.p;
	m = n < BLOCK ? mark_last(w->from, n) : mark(w->from);
	m.quotes &= m.slash - 1;
	m.brackets &= m.slash - 1;
	inside = between(m.quotes) ^ w->inside;
	w->marks =
		(m.brackets & ~inside) | (m.quotes & inside & (m.quotes >> 6 | ~(UINT64_MAX >> 6)));
	w->inside = inside >> (BLOCK - 1) ? UINT64_MAX : 0;
	w->c.p += n < BLOCK ? n : BLOCK;
	if (!m.slash && (!w->inside || m.quotes))
		return true;
	slash = w->from + __builtin_ctzll(m.slash | (uint64_t)1 << (BLOCK - 1));
	if (w->inside)
		skip_rest(w, m.slash ? slash : w->c.p); /* a long one */
	else
		w->c.p = slash + 1; /* no JSON */
	return true;
}

/* `quote` opens a string that may have five letters. */
static inline void look_at_word(const char *quote, const char *end, size_t depth,
                                struct us_glance *out)
{
	struct us_span word = us_span(quote, 7);
	bool fits = end - quote >= 7;

	if (fits && us_span_eq(word, US_SPAN("\"error\"")))
		out->error = true;
	else if (fits && depth == 1 && us_span_eq(word, US_SPAN("\"usage\"")))
		usage((struct cursor){ quote + 7, end }, &out->usage);
}

size_t us_peek_whole(struct us_span body, struct us_glance *out)
{
	struct walk w = { .c = { body.p, body.p + body.n } };
	size_t depth = 0;

	*out = (struct us_glance){ 0 };
	skip_blank(&w.c);
	if (!at(&w.c, '{') && !at(&w.c, '['))
		return 0;
	while (next_block(&w))
		for (; w.marks; w.marks &= w.marks - 1) {
			const char *p = w.from + __builtin_ctzll(w.marks);

			if (*p == '"')
				look_at_word(p, w.c.end, depth, out);
			else if (*p == '{' || *p == '[')
				depth++;
			else if (--depth == 0)
				return (size_t)(p + 1 - body.p);
		}
	return 0;
}

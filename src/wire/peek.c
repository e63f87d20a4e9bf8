/* peek.c - a glance at a document
 *
 * Brackets and the ends of strings are found in blocks of 64 bytes at once. A block begins outside
 * of any string; one that does not end in it, or has a backslash, is passed over by itself.
 */
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

/* --- blocks ---------------------------------------------------------------------------------- */

/* Of 64 bytes, the first in the lowest bit. */
struct marks {
	uint64_t quotes, slashes, opens, closes;
};

#ifdef __SSE2__
static inline uint64_t is_one(__m128i bytes, char c, size_t at)
{
	int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));

	return (uint64_t)(unsigned)mask << at;
}

/* Either bracket is the other one of its kind but for one bit. */
static inline struct marks mark(const char *p)
{
	struct marks m = { 0 };

	for (size_t at = 0; at < BLOCK; at += 16) {
		__m128i bytes = _mm_loadu_si128((const void *)(p + at));
		__m128i same = _mm_or_si128(bytes, _mm_set1_epi8('[' ^ '{'));

		m.quotes |= is_one(bytes, '"', at);
		m.slashes |= is_one(bytes, '\\', at);
		m.opens |= is_one(same, '{', at);
		m.closes |= is_one(same, '}', at);
	}
	return m;
}
#else
static inline struct marks mark(const char *p)
{
	struct marks m = { 0 };

	for (size_t at = 0; at < BLOCK; at++) {
		uint64_t bit = (uint64_t)1 << at;

		m.quotes |= p[at] == '"' ? bit : 0;
		m.slashes |= p[at] == '\\' ? bit : 0;
		m.opens |= p[at] == '{' || p[at] == '[' ? bit : 0;
		m.closes |= p[at] == '}' || p[at] == ']' ? bit : 0;
	}
	return m;
}
#endif

static struct marks mark_at(const struct cursor *c)
{
	size_t n = (size_t)(c->end - c->p);
	char last[BLOCK] = { 0 };

	if (n >= BLOCK)
		return mark(c->p);
	memcpy(last, c->p, n);
	return mark(last);
}

/* From each opening quote up to before its closing one. */
static inline uint64_t between(uint64_t quotes)
{
	for (unsigned by = 1; by < BLOCK; by *= 2)
		quotes ^= quotes << by;
	return quotes;
}

static inline uint64_t below(unsigned bit) { return ((uint64_t)1 << bit) - 1; }

/* What of the block at c->p lies outside of strings: `words` are the opening quotes of those that
 * may have five letters. The cursor goes to where the next block begins. */
struct outside {
	const char *from;
	uint64_t opens, closes, words;
};

static inline struct outside next_block(struct cursor *c)
{
	struct marks m = mark_at(c);
	uint64_t seen = m.slashes ? below((unsigned)__builtin_ctzll(m.slashes)) : UINT64_MAX;
	uint64_t quotes = m.quotes & seen, inside = between(quotes);
	size_t n = (size_t)(c->end - c->p);
	struct outside o = { .from = c->p };

	if (inside >> (BLOCK - 1)) { /* the last one does not end here */
		unsigned last = (unsigned)(BLOCK - 1) - (unsigned)__builtin_clzll(quotes);

		seen &= below(last);
		c->p += last;
		string(c);
	} else if (m.slashes) { /* outside of a string: no JSON */
		c->p += __builtin_ctzll(m.slashes) + 1;
	} else {
		c->p += n < BLOCK ? n : BLOCK;
	}
	o.opens = m.opens & seen & ~inside;
	o.closes = m.closes & seen & ~inside;
	o.words = quotes & inside & (quotes >> 6 | ~below(BLOCK - 6));
	return o;
}

/* Up to behind the bracket that closes the one at c->p; else to the end. */
static void skip_brackets(struct cursor *c)
{
	size_t depth = 0;

	while (c->p < c->end) {
		struct outside o = next_block(c);

		for (uint64_t all = o.opens | o.closes; all; all &= all - 1) {
			uint64_t bit = all & -all;

			depth += o.opens & bit ? 1 : SIZE_MAX;
			if (!depth) {
				c->p = o.from + __builtin_ctzll(bit) + 1;
				return;
			}
		}
	}
}

/* --- a request ------------------------------------------------------------------------------- */

/* Up to the comma or the bracket that ends it. */
static void skip_value(struct cursor *c)
{
	if (at(c, '{') || at(c, '['))
		skip_brackets(c);
	else if (at(c, '"'))
		string(c);
	while (c->p < c->end && *c->p != ',' && *c->p != '}' && *c->p != ']')
		c->p++;
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

/* --- an answer -------------------------------------------------------------------------------- */

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
	struct cursor c = { body.p, body.p + body.n };
	size_t depth = 0;

	*out = (struct us_glance){ 0 };
	skip_blank(&c);
	if (!at(&c, '{') && !at(&c, '['))
		return 0;
	while (c.p < c.end) {
		struct outside o = next_block(&c);

		for (uint64_t all = o.opens | o.closes | o.words; all; all &= all - 1) {
			uint64_t bit = all & -all;
			const char *p = o.from + __builtin_ctzll(bit);

			if (o.words & bit)
				look_at_word(p, c.end, depth, out);
			else if (o.opens & bit)
				depth++;
			else if (--depth == 0)
				return (size_t)(p + 1 - body.p);
		}
	}
	return 0;
}

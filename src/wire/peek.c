/* peek.c - a glance at a document */
#include "wire/peek.h"

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

/* What matters outside of strings. */
static const int8_t bracket[256] = { ['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1, ['"'] = 2 };

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
	size_t depth = 0;

	if (!colon(&c) || !at(&c, '{'))
		return;
	*u = (struct us_usage){ 0 };
	for (; c.p < c.end && !(u->known & US_USAGE_OUT); c.p++) {
		int8_t turn = bracket[(unsigned char)*c.p];

		if (turn == 2) {
			struct us_span key = string(&c);

			if (depth == 1 && colon(&c))
				count(u, key, us_span(c.p, (size_t)(c.end - c.p)));
			c.p--;
		} else if (turn && (depth += (size_t)turn) == 0) {
			return;
		}
	}
}

size_t us_peek_whole(struct us_span body, struct us_glance *out)
{
	struct cursor c = { body.p, body.p + body.n };
	size_t depth = 0;

	*out = (struct us_glance){ 0 };
	skip_blank(&c);
	if (!at(&c, '{') && !at(&c, '['))
		return 0;
	for (; c.p < c.end; c.p++) {
		int8_t turn = bracket[(unsigned char)*c.p];

		if (turn == 2) {
			struct us_span word = string(&c);

			if (word.n == 5) /* most are of another length */
				out->error |= us_span_is(word, "error");
			if (word.n == 5 && depth == 1 && us_span_is(word, "usage"))
				usage(c, &out->usage);
			c.p--; /* its last byte */
		} else if (turn && (depth += (size_t)turn) == 0) {
			return (size_t)(c.p + 1 - body.p);
		}
	}
	return 0;
}

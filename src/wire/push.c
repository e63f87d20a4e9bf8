/* push.c - knows where a JSON value ends while it is still arriving */
#include "wire/push.h"

enum state {
	VALUE,       /* a value must come */
	FIRST_VALUE, /* just inside [ : a value or ] */
	FIRST_KEY,   /* just inside { : a key or } */
	KEY,         /* after a comma in an object */
	COLON,
	AFTER, /* after a value in a container */
	STRING,
	KEY_STRING,
	ESCAPE, /* STRING or KEY_STRING is in `word` for these five */
	HEX1,
	HEX2,
	HEX3,
	HEX4,
	WORD,
	MINUS,
	ZERO,
	INTEGER,
	POINT,
	FRACTION,
	EXPONENT,
	EXPONENT_SIGN,
	EXPONENT_DIGITS,
	ENDED,
	BROKEN
};

static const char *const words[] = { "true", "false", "null" };

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool in_object(const struct us_push *s)
{
	return s->objects[(s->depth - 1) / 64] >> ((s->depth - 1) % 64) & 1;
}

static enum state after_value(const struct us_push *s) { return s->depth ? AFTER : ENDED; }

static enum state open_container(struct us_push *s, bool object)
{
	uint64_t bit = (uint64_t)1 << (s->depth % 64);

	if (s->depth == US_JSON_DEPTH)
		return BROKEN;
	if (object)
		s->objects[s->depth / 64] |= bit;
	else
		s->objects[s->depth / 64] &= ~bit;
	s->depth++;
	return object ? FIRST_KEY : FIRST_VALUE;
}

static enum state close_container(struct us_push *s, char c)
{
	if (c != (in_object(s) ? '}' : ']'))
		return BROKEN;
	s->depth--;
	return after_value(s);
}

static enum state begin_word(struct us_push *s, uint8_t which)
{
	s->word = which;
	s->at = 1;
	return WORD;
}

static enum state begin_value(struct us_push *s, char c)
{
	if (!s->first)
		s->first = (uint8_t)c;
	switch (c) {
	case '{':
		return open_container(s, true);
	case '[':
		return open_container(s, false);
	case '"':
		return STRING;
	case 't':
		return begin_word(s, 0);
	case 'f':
		return begin_word(s, 1);
	case 'n':
		return begin_word(s, 2);
	case '-':
		return MINUS;
	case '0':
		return ZERO;
	default:
		return is_digit(c) ? INTEGER : BROKEN;
	}
}

/* Between tokens, where blanks are free. */
static enum state structure(struct us_push *s, char c)
{
	enum state now = (enum state)s->state;

	if (is_blank(c))
		return now;
	switch (now) {
	case FIRST_VALUE:
		return c == ']' ? close_container(s, c) : begin_value(s, c);
	case FIRST_KEY:
		return c == '}' ? close_container(s, c) : c == '"' ? KEY_STRING : BROKEN;
	case KEY:
		return c == '"' ? KEY_STRING : BROKEN;
	case COLON:
		return c == ':' ? VALUE : BROKEN;
	case AFTER:
		if (c == ',')
			return in_object(s) ? KEY : VALUE;
		return close_container(s, c);
	default:
		return begin_value(s, c);
	}
}

static enum state escape(struct us_push *s, char c)
{
	bool hex = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');

	if (s->state == ESCAPE) {
		if (c == 'u')
			return HEX1;
		return c && strchr("\"\\/bfnrt", c) ? (enum state)s->word : BROKEN;
	}
	if (!hex)
		return BROKEN;
	return s->state == HEX4 ? (enum state)s->word : (enum state)(s->state + 1);
}

static enum state text(struct us_push *s, char c)
{
	if (c == '"')
		return s->state == KEY_STRING ? COLON : after_value(s);
	if (c == '\\') {
		s->word = s->state;
		return ESCAPE;
	}
	return (unsigned char)c < 0x20 ? BROKEN : (enum state)s->state;
}

static enum state word(struct us_push *s, char c)
{
	const char *w = words[s->word];

	if (c != w[s->at])
		return BROKEN;
	s->at++;
	return w[s->at] ? WORD : after_value(s);
}

static bool number_may_end(enum state n)
{
	return n == ZERO || n == INTEGER || n == FRACTION || n == EXPONENT_DIGITS;
}

/* The number's next state, or ENDED when `c` is no part of it. */
static enum state number(enum state now, char c)
{
	bool digit = is_digit(c), e = c == 'e' || c == 'E';

	switch (now) {
	case MINUS:
		return c == '0' ? ZERO : digit ? INTEGER : BROKEN;
	case ZERO:
		return c == '.' ? POINT : e ? EXPONENT : digit ? BROKEN : ENDED;
	case INTEGER:
		return digit ? INTEGER : c == '.' ? POINT : e ? EXPONENT : ENDED;
	case POINT:
		return digit ? FRACTION : BROKEN;
	case FRACTION:
		return digit ? FRACTION : e ? EXPONENT : ENDED;
	case EXPONENT:
		return digit ? EXPONENT_DIGITS : c == '+' || c == '-' ? EXPONENT_SIGN : BROKEN;
	case EXPONENT_SIGN:
		return digit ? EXPONENT_DIGITS : BROKEN;
	default:
		return digit ? EXPONENT_DIGITS : ENDED;
	}
}

/* One byte. False when it was not taken: it stands after a number. */
static bool step(struct us_push *s, char c)
{
	enum state now = (enum state)s->state;

	if (now <= AFTER)
		s->state = (uint8_t)structure(s, c);
	else if (now <= KEY_STRING)
		s->state = (uint8_t)text(s, c);
	else if (now <= HEX4)
		s->state = (uint8_t)escape(s, c);
	else if (now == WORD)
		s->state = (uint8_t)word(s, c);
	else {
		s->state = (uint8_t)number(now, c);
		if (s->state == ENDED) {
			s->state = (uint8_t)after_value(s);
			return false;
		}
	}
	return true;
}

/* Eight bytes at a time while none of them is a quote, a backslash or a control: inside a string
 * most bytes change nothing. (Bytes from 0x80 on may be taken for special; they only end the run.)
 */
static size_t plain_run(struct us_span in, size_t i)
{
	const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
	uint64_t w, quote, slash, control;

	for (; i + sizeof(w) <= in.n; i += sizeof(w)) {
		memcpy(&w, in.p + i, sizeof(w));
		quote = (w ^ ones * '"') - ones;
		slash = (w ^ ones * '\\') - ones;
		control = w - ones * 0x20;
		if ((quote | slash | control | w) & highs)
			break;
	}
	while (i < in.n && (unsigned char)in.p[i] >= 0x20 && in.p[i] != '"' && in.p[i] != '\\')
		i++;
	return i;
}

/* Inside a string: over all of it that is plain, and over its end when that is here. */
static size_t run_string(struct us_push *s, struct us_span in, size_t i)
{
	bool is_key = s->state == KEY_STRING;

	i = plain_run(in, i);
	if (i == in.n || in.p[i] != '"')
		return i;
	s->state = (uint8_t)(is_key ? COLON : after_value(s));
	if (is_key && ++i < in.n && in.p[i] == ':')
		s->state = VALUE;
	return is_key && s->state == COLON ? i : i + 1;
}

enum us_push_state us_push_feed(struct us_push *s, struct us_span in, size_t *used)
{
	size_t i = 0;

	while (i < in.n && s->state < ENDED) {
		i += step(s, in.p[i]);
		if (s->state == STRING || s->state == KEY_STRING)
			i = run_string(s, in, i);
	}
	*used = i;
	if (s->state == BROKEN)
		return US_PUSH_BAD;
	return s->state == ENDED ? US_PUSH_DONE : US_PUSH_MORE;
}

enum us_push_state us_push_end(const struct us_push *s)
{
	if (s->state == ENDED || (!s->depth && number_may_end((enum state)s->state)))
		return US_PUSH_DONE;
	return s->state == BROKEN ? US_PUSH_BAD : US_PUSH_MORE;
}

/* mock_json.c - JSON as a strict provider reads it: RFC 8259 and not a byte more
 *
 * The tree points into the arena for strings and into the source for all else. Depth is bounded, so
 * the recursion is. The first error stops everything: every step looks at `what` before it goes on.
 */
#include "cli/mock_json.h"

#define DEPTH_MAX 512

struct parser {
	const char *p;
	const char *end;
	struct us_arena *arena;
	const char *what; /* the first error; p stands on it */
	unsigned depth;
	bool lone;
};

static struct us_mock_json *parse_value(struct parser *s);

static void fail(struct parser *s, const char *what)
{
	if (!s->what)
		s->what = what;
}

static void skip_space(struct parser *s)
{
	while (s->p < s->end && memchr(" \t\r\n", *s->p, 4))
		s->p++;
}

/* Takes the byte c if it is next. */
static bool take(struct parser *s, char c)
{
	if (s->what || s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Writes the code point, a lone surrogate too (WTF-8); returns the end. */
static char *put_code(char *out, unsigned c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xE0 | c >> 12);
		} else {
			*out++ = (char)(0xF0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3F));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	*out++ = (char)(0x80 | (c & 0x3F));
	return out;
}

/* The value of four hex digits at p; US_ESYNTAX if they are not there. */
static int hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return US_ESYNTAX;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9'   ? c - '0'
		        : c >= 'a' && c <= 'f' ? c - 'a' + 10
		        : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                               : -1;

		if (d < 0)
			return US_ESYNTAX;
		v = v * 16 + d;
	}
	return v;
}

/* After `\u`: four digits, and the second half of a pair if it follows. */
static char *unescape_code(struct parser *s, char *out)
{
	int c = hex4(s->p, s->end), low = 0;

	if (c < 0) {
		fail(s, "invalid \\uXXXX escape");
		return out;
	}
	s->p += 4;
	if (c >= 0xD800 && c < 0xDC00 && s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u')
		low = hex4(s->p + 2, s->end);
	if (low >= 0xDC00 && low < 0xE000) {
		s->p += 6;
		return put_code(out, 0x10000u + ((unsigned)(c & 0x3FF) << 10) + (low & 0x3FF));
	}
	s->lone |= c >= 0xD800 && c < 0xE000;
	return put_code(out, (unsigned)c);
}

static char *unescape(struct parser *s, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = s->p < s->end && *s->p ? strchr(from, *s->p) : NULL;

	if (at) {
		s->p++;
		*out++ = to[at - from];
	} else if (take(s, 'u')) {
		out = unescape_code(s, out);
	} else {
		fail(s, "invalid escape");
	}
	return out;
}

/* After the opening quote. The decoded form is never longer than the source. */
static struct us_span parse_string(struct parser *s)
{
	const char *close = s->p;
	char *out, *start;

	while (close < s->end && *close != '"')
		close += *close == '\\' && close + 1 < s->end ? 2 : 1;
	out = start = us_arena_alloc(s->arena, (size_t)(close - s->p) + 1);
	if (!start)
		fail(s, "out of memory");
	while (!s->what && s->p < s->end && *s->p != '"') {
		size_t n = us_mock_utf8(us_span(s->p, (size_t)(s->end - s->p)));

		if (!n)
			fail(s, "invalid UTF-8");
		else if ((unsigned char)*s->p < 0x20)
			fail(s, "control character in string");
		else if (take(s, '\\'))
			out = unescape(s, out);
		else
			for (; n; n--)
				*out++ = *s->p++;
	}
	if (!take(s, '"'))
		fail(s, "unterminated string");
	return us_span(start, s->what ? 0 : (size_t)(out - start));
}

static size_t digits(struct parser *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

/* Near enough for limits: the digits as they stand, times ten so many times. */
static double number_value(struct us_span t)
{
	double v = 0, scale = 1;
	int exponent = 0, sign = 1;
	size_t i = 0;

	for (bool frac = false; i < t.n && (t.p[i] | 0x20) != 'e'; i++) {
		if (t.p[i] == '.') {
			frac = true;
		} else if (t.p[i] != '-') {
			v = v * 10 + (t.p[i] - '0');
			scale *= frac ? 10 : 1;
		}
	}
	for (i++; i < t.n; i++) {
		if (t.p[i] == '-')
			sign = -1;
		else if (t.p[i] != '+' && exponent < 400)
			exponent = exponent * 10 + (t.p[i] - '0');
	}
	for (v /= scale; exponent; exponent--)
		v = sign > 0 ? v * 10 : v / 10;
	return t.p[0] == '-' ? -v : v;
}

static void parse_number(struct parser *s, struct us_mock_json *v)
{
	const char *from = s->p;

	v->kind = US_MOCK_INT;
	take(s, '-');
	if (!take(s, '0') && !digits(s))
		fail(s, "expected value");
	if (take(s, '.')) {
		v->kind = US_MOCK_NUM;
		if (!digits(s))
			fail(s, "invalid number");
	}
	if (take(s, 'e') || take(s, 'E')) {
		v->kind = US_MOCK_NUM;
		if (!take(s, '+'))
			take(s, '-');
		if (!digits(s))
			fail(s, "invalid number");
	}
	v->text = us_span(from, (size_t)(s->p - from));
	if (!s->what)
		v->number = number_value(v->text);
}

static void parse_word(struct parser *s, struct us_mock_json *v)
{
	static const struct {
		const char *word;
		enum us_mock_kind kind;
	} words[] = { { "true", US_MOCK_BOOL },
		      { "false", US_MOCK_BOOL },
		      { "null", US_MOCK_NULL } };
	struct us_span rest = us_span(s->p, (size_t)(s->end - s->p));

	for (size_t i = 0; i < US_COUNT(words); i++) {
		if (!us_span_starts(rest, words[i].word))
			continue;
		v->kind = words[i].kind;
		v->text = us_span(s->p, strlen(words[i].word));
		s->p += v->text.n;
		return;
	}
	fail(s, "expected value");
}

static struct us_span parse_key(struct parser *s)
{
	struct us_span key;

	skip_space(s);
	if (!take(s, '"')) {
		fail(s, "expected a member name");
		return us_span("", 0);
	}
	key = parse_string(s);
	skip_space(s);
	if (!take(s, ':'))
		fail(s, "expected `:`");
	return key;
}

/* After the opening bracket, up to and with the closing one. */
static void parse_items(struct parser *s, struct us_mock_json *v, bool object)
{
	struct us_mock_json **tail = &v->first;
	char close = object ? '}' : ']';

	skip_space(s);
	if (take(s, close))
		return;
	if (++s->depth > DEPTH_MAX)
		fail(s, "nested too deeply");
	do {
		struct us_span key = object ? parse_key(s) : us_span("", 0);
		struct us_mock_json *item = s->what ? NULL : parse_value(s);

		if (!item)
			return;
		item->key = key;
		*tail = item;
		tail = &item->next;
		v->count++;
		skip_space(s);
	} while (take(s, ','));
	s->depth--;
	if (!take(s, close))
		fail(s, object ? "expected `,` or `}`" : "expected `,` or `]`");
}

/* NULL after a failure. */
static struct us_mock_json *parse_value(struct parser *s)
{
	struct us_mock_json *v = us_arena_alloc(s->arena, sizeof(*v));
	const char *from;

	skip_space(s);
	from = s->p;
	if (!v) {
		fail(s, "out of memory");
	} else if (take(s, '"')) {
		v->kind = US_MOCK_STR;
		v->text = parse_string(s);
	} else if (take(s, '{') || take(s, '[')) {
		v->kind = *from == '{' ? US_MOCK_OBJ : US_MOCK_ARR;
		parse_items(s, v, *from == '{');
		v->text = us_span(from, (size_t)(s->p - from));
	} else if (s->p < s->end && (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))) {
		parse_number(s, v);
	} else {
		parse_word(s, v);
	}
	return s->what ? NULL : v;
}

struct us_mock_json *us_mock_json_parse(struct us_arena *arena, struct us_span text, bool *lone,
                                        struct us_mock_json_error *error)
{
	struct parser s = { .arena = arena };
	struct us_mock_json *v;

	s.p = text.n ? text.p : "";
	s.end = s.p + text.n;
	v = parse_value(&s);
	if (v)
		skip_space(&s);
	if (v && s.p < s.end)
		fail(&s, "trailing characters");
	*lone = s.lone;
	error->what = s.what;
	error->at = (size_t)(s.p - (text.n ? text.p : s.p));
	return s.what ? NULL : v;
}

static const struct us_mock_json *member(const struct us_mock_json *object, struct us_span name)
{
	const struct us_mock_json *found = NULL;

	if (!object || object->kind != US_MOCK_OBJ)
		return NULL;
	for (const struct us_mock_json *m = object->first; m; m = m->next)
		if (us_span_eq(m->key, name))
			found = m;
	return found && found->kind != US_MOCK_NULL ? found : NULL;
}

const struct us_mock_json *us_mock_json_get(const struct us_mock_json *object, const char *name)
{
	return member(object, us_span_of(name));
}

const struct us_mock_json *us_mock_json_at(const struct us_mock_json *object, const char *path)
{
	struct us_span rest = us_span_of(path), part;

	while (us_span_next(&rest, '.', &part))
		object = member(object, part);
	return object;
}

bool us_mock_json_is(const struct us_mock_json *v, const char *s)
{
	return v && v->kind == US_MOCK_STR && us_span_is(v->text, s);
}

bool us_mock_json_true(const struct us_mock_json *v)
{
	return v && v->kind == US_MOCK_BOOL && us_span_is(v->text, "true");
}

struct us_span us_mock_json_text(const struct us_mock_json *v)
{
	return v && v->kind == US_MOCK_STR ? v->text : us_span("", 0);
}

/* The escape of one byte; what needs none stays. */
static int quote_byte(struct us_buf *b, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		return us_buf_addf(b, "\\%c", to[at - from]);
	if ((unsigned char)c < 0x20)
		return us_buf_addf(b, "\\u%04x", (unsigned)c);
	return us_buf_add_char(b, c);
}

int us_mock_json_quote(struct us_buf *b, struct us_span s)
{
	us_buf_add_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char *p = (const unsigned char *)s.p + i;

		if (i + 2 < s.n && p[0] == 0xED && p[1] >= 0xA0) {
			/* A lone surrogate can only be written as an escape. */
			us_buf_addf(b, "\\u%04x", 0xD000u | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu));
			i += 2;
		} else {
			quote_byte(b, s.p[i]);
		}
	}
	return us_buf_add_char(b, '"');
}

const char *us_mock_json_quoted(struct us_arena *arena, struct us_span s)
{
	struct us_buf b;
	struct us_span quoted;

	us_buf_init(&b, s.n * 6 + 2);
	us_mock_json_quote(&b, s);
	quoted = us_mock_keep(arena, &b);
	return quoted.n ? quoted.p : "\"\"";
}

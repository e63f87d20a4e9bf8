/* scan.c - JSON read where it lies
 *
 * The parser does not recurse (it runs on the stacks of fibers): an open container keeps the index
 * of its parent in `next` until it is closed.
 */
#include "wire/scan.h"

#include "base/mem.h"
#include "wire/text.h"

#define NO_PARENT UINT32_MAX
/* A token per eight bytes is more than any request has; small documents may be as dense as they
 * like. */
#define TOKENS_MAX(n) ((n) / 8 + ((size_t)1 << 20))

struct parser {
	struct us_doc *d;
	const char *p, *end;
	uint32_t open; /* innermost open container */
	unsigned depth;
};

static const char *skip_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

static int push(struct parser *s, enum us_json_type type, const char *from)
{
	struct us_doc *d = s->d;

	if (d->n >= TOKENS_MAX(d->src.n))
		return US_E2BIG;
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 64;
		struct us_tok *tok = us_realloc(d->tok, cap * sizeof(*tok));

		if (!tok)
			return US_ENOMEM;
		d->tok = tok;
		d->cap = cap;
	}
	d->tok[d->n] = (struct us_tok){
		.start = (uint32_t)(from - d->src.p),
		.end = (uint32_t)(s->p - d->src.p),
		.next = (uint32_t)d->n + 1,
		.type = (uint8_t)type,
	};
	d->n++;
	return 0;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The byte after the escape at p (a backslash), NULL if it is none. */
static const char *skip_escape(const char *p, const char *end)
{
	if (end - p < 2)
		return NULL;
	if (p[1] != 'u')
		return strchr("\"\\/bfnrt", p[1]) && p[1] ? p + 2 : NULL;
	if (end - p < 6)
		return NULL;
	for (int i = 2; i < 6; i++)
		if (!is_hex(p[i]))
			return NULL;
	return p + 6;
}

static int string(struct parser *s)
{
	const char *from = s->p, *p = from + 1, *next;
	bool escaped = false;
	int rc;

	for (;;) {
		p += us_text_plain(us_span(p, (size_t)(s->end - p)));
		if (p == s->end || *p != '\\')
			break;
		escaped = true;
		next = skip_escape(p, s->end);
		if (!next)
			break;
		p = next;
	}
	s->p = p;
	if (p == s->end || *p != '"')
		return US_ESYNTAX;
	s->p = p + 1;
	rc = push(s, US_J_STRING, from);
	if (!rc)
		s->d->tok[s->d->n - 1].escaped = escaped;
	return rc;
}

static const char *digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static int number(struct parser *s)
{
	const char *from = s->p, *p = from + (*from == '-');
	const char *q = p < s->end && *p == '0' ? p + 1 : digits(p, s->end);

	s->p = q;
	if (q == p)
		return US_ESYNTAX;
	if (q < s->end && *q == '.') {
		p = q + 1;
		s->p = q = digits(p, s->end);
		if (q == p)
			return US_ESYNTAX;
	}
	if (q < s->end && (*q == 'e' || *q == 'E')) {
		p = q + 1;
		p += p < s->end && (*p == '+' || *p == '-');
		s->p = q = digits(p, s->end);
		if (q == p)
			return US_ESYNTAX;
	}
	return push(s, US_J_NUMBER, from);
}

static int word(struct parser *s, const char *text, enum us_json_type type)
{
	const char *from = s->p;
	size_t n = strlen(text);

	if ((size_t)(s->end - from) < n || memcmp(from, text, n) != 0)
		return US_ESYNTAX;
	s->p += n;
	return push(s, type, from);
}

static int open_container(struct parser *s, enum us_json_type type)
{
	const char *from = s->p++;
	int rc = ++s->depth > US_JSON_DEPTH ? US_EDEPTH : push(s, type, from);

	if (rc)
		return rc;
	s->d->tok[s->d->n - 1].next = s->open;
	s->open = (uint32_t)s->d->n - 1;
	return 0;
}

static void close_container(struct parser *s)
{
	struct us_tok *t = &s->d->tok[s->open];

	s->p++;
	s->depth--;
	s->open = t->next;
	t->next = (uint32_t)s->d->n;
	t->end = (uint32_t)(s->p - s->d->src.p);
}

static int value(struct parser *s)
{
	switch (*s->p) {
	case '{':
		return open_container(s, US_J_OBJECT);
	case '[':
		return open_container(s, US_J_ARRAY);
	case '"':
		return string(s);
	case 't':
		return word(s, "true", US_J_TRUE);
	case 'f':
		return word(s, "false", US_J_FALSE);
	case 'n':
		return word(s, "null", US_J_NULL);
	default:
		return *s->p == '-' || (*s->p >= '0' && *s->p <= '9') ? number(s) : US_ESYNTAX;
	}
}

/* In an object: the key and the colon before a value. */
static int key(struct parser *s)
{
	int rc = s->p < s->end && *s->p == '"' ? string(s) : US_ESYNTAX;

	if (rc)
		return rc;
	s->p = skip_blank(s->p, s->end);
	if (s->p == s->end || *s->p != ':')
		return US_ESYNTAX;
	s->p = skip_blank(s->p + 1, s->end);
	return 0;
}

/* After a value: commas and closing brackets up to the next value or the end. */
static int after_value(struct parser *s, bool *done)
{
	while (s->open != NO_PARENT) {
		char close = s->d->tok[s->open].type == US_J_OBJECT ? '}' : ']';

		s->p = skip_blank(s->p, s->end);
		if (s->p == s->end)
			return US_ESYNTAX;
		if (*s->p == close) {
			close_container(s);
			continue;
		}
		if (*s->p != ',')
			return US_ESYNTAX;
		s->p = skip_blank(s->p + 1, s->end);
		return close == '}' ? key(s) : 0;
	}
	*done = true;
	return 0;
}

/* Just inside a new container: the first member's key, or at once its end, left to after_value. */
static int enter(struct parser *s, bool *empty)
{
	bool object = s->d->tok[s->open].type == US_J_OBJECT;

	s->p = skip_blank(s->p, s->end);
	*empty = s->p < s->end && *s->p == (object ? '}' : ']');
	return *empty || !object ? 0 : key(s);
}

static int document(struct parser *s)
{
	bool done = false, empty;
	int rc;

	s->p = skip_blank(s->p, s->end);
	while (!done) {
		uint32_t before = s->open;

		rc = s->p < s->end ? value(s) : US_ESYNTAX;
		if (rc)
			return rc;
		empty = true;
		if (s->open != before)
			rc = enter(s, &empty);
		if (!rc && empty)
			rc = after_value(s, &done);
		if (rc)
			return rc;
	}
	s->p = skip_blank(s->p, s->end);
	return s->p == s->end ? 0 : US_ESYNTAX;
}

int us_doc_parse(struct us_doc *d, struct us_span src)
{
	struct parser s = { .d = d, .open = NO_PARENT };
	int rc;

	d->src = src;
	d->n = 0;
	d->bad_at = 0;
	if (src.n >= UINT32_MAX)
		return US_E2BIG;
	if (!src.n)
		return US_ESYNTAX;
	s.p = src.p;
	s.end = src.p + src.n;
	rc = document(&s);
	if (rc) {
		d->bad_at = (size_t)(s.p - src.p);
		d->n = 0;
	}
	return rc;
}

void us_doc_fini(struct us_doc *d)
{
	us_free(d->tok);
	*d = (struct us_doc){ 0 };
}

struct us_val us_doc_root(const struct us_doc *d)
{
	return (struct us_val){ d, d->n ? d->tok : NULL };
}

struct us_iter us_iter(struct us_val c)
{
	struct us_iter it = { .in = c };

	if (us_val_type(c) >= US_J_ARRAY) {
		it.at = (uint32_t)(c.tok - c.doc->tok) + 1;
		it.end = c.tok->next;
	}
	return it;
}

bool us_iter_next(struct us_iter *it)
{
	const struct us_doc *d = it->in.doc;

	if (it->at >= it->end)
		return false;
	it->key = (struct us_val){ 0 };
	if (it->in.tok->type == US_J_OBJECT)
		it->key = (struct us_val){ d, &d->tok[it->at++] };
	it->val = (struct us_val){ d, &d->tok[it->at] };
	it->at = it->val.tok->next;
	return true;
}

size_t us_val_count(struct us_val c)
{
	size_t n = 0;

	for (struct us_iter it = us_iter(c); us_iter_next(&it);)
		n++;
	return n;
}

/* Nearly always the length alone tells. */
static bool is_named(const struct us_doc *d, const struct us_tok *key, struct us_span name)
{
	if (key->escaped)
		return us_val_str_is((struct us_val){ d, key }, name.p);
	return key->end - key->start == name.n + 2 &&
	       memcmp(d->src.p + key->start + 1, name.p, name.n) == 0;
}

/* Over the tokens themselves: for an event of a stream seventy names are looked at and more. */
struct us_val us_val_named(struct us_val object, struct us_span name)
{
	const struct us_doc *d = object.doc;
	const struct us_tok *found = NULL, *end;

	if (!us_val_is(object, US_J_OBJECT))
		return (struct us_val){ 0 };
	end = d->tok + object.tok->next;
	for (const struct us_tok *key = object.tok + 1; key < end; key = d->tok + key[1].next)
		if (is_named(d, key, name))
			found = key + 1;
	return found ? (struct us_val){ d, found } : (struct us_val){ 0 };
}

struct us_span us_val_raw(struct us_val v)
{
	if (!v.tok)
		return us_span("", 0);
	return us_span(v.doc->src.p + v.tok->start, v.tok->end - v.tok->start);
}

struct us_span us_val_str(struct us_val v, struct us_arena *a)
{
	struct us_span raw = us_val_raw(v);
	char *out;

	if (!us_val_is(v, US_J_STRING))
		return us_span("", 0);
	raw = us_span(raw.p + 1, raw.n - 2);
	if (!v.tok->escaped)
		return raw;
	out = us_arena_alloc(a, raw.n + 1);
	return out ? us_span(out, us_text_unescape(raw, out)) : us_span("", 0);
}

bool us_val_str_is(struct us_val v, const char *s)
{
	struct us_span raw = us_val_raw(v);
	char small[256];

	if (!us_val_is(v, US_J_STRING))
		return false;
	raw = us_span(raw.p + 1, raw.n - 2);
	if (!v.tok->escaped)
		return us_span_is(raw, s);
	/* Names compared here are short; an escape is at most six times its character. */
	if (raw.n > sizeof(small))
		return false;
	return us_span_is(us_span(small, us_text_unescape(raw, small)), s);
}

bool us_val_u64(struct us_val v, uint64_t *out)
{
	return us_val_is(v, US_J_NUMBER) && us_span_u64(us_val_raw(v), out);
}

/* Adds the digits at *i to *m; how many there were. */
static int add_digits(struct us_span s, size_t *i, double *m)
{
	size_t from = *i;

	for (; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i)
		*m = *m * 10 + (s.p[*i] - '0');
	return (int)(*i - from);
}

/* What stands after e or E; it is never far, for m is long 0 or infinite then. */
static int exponent(struct us_span s, size_t i)
{
	bool minus = s.p[i] == '-';
	double e = 0;

	i += minus || s.p[i] == '+';
	add_digits(s, &i, &e);
	if (e > 1000)
		e = 1000;
	return minus ? -(int)e : (int)e;
}

/* Not strtod: it obeys the host's locale. A few ulps off is fine for comparisons. */
double us_val_double(struct us_val v)
{
	struct us_span s = us_val_is(v, US_J_NUMBER) ? us_val_raw(v) : us_span("", 0);
	bool minus = us_span_starts(s, "-");
	size_t i = minus;
	double m = 0;
	int scale = 0;

	add_digits(s, &i, &m);
	if (i < s.n && s.p[i] == '.') {
		i++;
		scale = -add_digits(s, &i, &m);
	}
	if (i < s.n)
		scale += exponent(s, i + 1);
	for (; scale > 0 && m <= 1e300; scale--)
		m *= 10;
	for (; scale < 0 && m != 0; scale++)
		m /= 10;
	return minus ? -m : m;
}

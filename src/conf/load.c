/* load.c - complaints about settings
 *
 * Nobody can tell a misplaced secret from a misspelt word, so what is quoted is cut in two places
 * where URLs keep secrets: before the last '@', and after a question mark.
 */
#include "conf/load.h"

#define QUOTE_MAX 80

struct us_span us_load_env(struct us_loader *l, const char *name)
{
	return us_span_trim(us_span_of(l->from->env(l->from->self, name)));
}

struct us_buf *us_complain_begin(struct us_loader *l, const struct us_where *at)
{
	struct us_buf *out = &l->words;

	us_buf_clear(out);
	if (at->file)
		us_buf_add_str(out, at->file);
	if (at->file && at->line)
		us_buf_addf(out, ":%u", at->line);
	if (at->file && at->name)
		us_buf_add_str(out, ": ");
	if (at->file && at->name)
		us_complain_quote(out, us_span_of(at->name));
	else if (at->name)
		us_buf_add_str(out, at->name);
	if (at->of) {
		us_buf_add_str(out, " of ");
		us_complain_quote(out, us_span_of(at->of));
	}
	return out;
}

/* Complaints end on terminals and in logs: a value must not move the cursor or forge a line. */
static void add_escaped(struct us_buf *out, struct us_span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c == 0x7f)
			us_buf_addf(out, "\\x%02x", c);
		else
			us_buf_add_char(out, (char)c);
	}
}

/* At most QUOTE_MAX bytes, and no half of a UTF-8 character. */
static struct us_span cut(struct us_span text)
{
	size_t n = text.n < QUOTE_MAX ? text.n : QUOTE_MAX;

	while (n && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return us_span(text.p, n);
}

/* Adds as much of `text` as a quotation may have; true if that was all. */
static bool add_cut(struct us_buf *out, struct us_span text)
{
	struct us_span head = cut(text);

	add_escaped(out, head);
	if (head.n < text.n)
		us_buf_add_str(out, "...");
	return head.n == text.n;
}

/* [head up to the first '/' or '@']...[from the last '@' to the query] */
void us_complain_quote(struct us_buf *out, struct us_span value)
{
	const char *last = value.n ? memrchr(value.p, '@', value.n) : NULL, *query;
	struct us_span rest = value;
	size_t n = 0;

	while (n < value.n && value.p[n] != '/' && value.p[n] != '@')
		n++;
	us_buf_add_char(out, '"');
	if (last && value.p + n < last) {
		if (add_cut(out, us_span(value.p, n + 1)))
			us_buf_add_str(out, "...");
		rest = us_span(last, (size_t)(value.p + value.n - last));
	}
	query = rest.n ? memchr(rest.p, '?', rest.n) : NULL;
	if (query)
		rest.n = (size_t)(query - rest.p);
	if (add_cut(out, rest) && query)
		us_buf_add_str(out, "?...");
	us_buf_add_char(out, '"');
}

/* Half a sentence is not told: that memory ran out is, at the end. */
void us_complain_end(struct us_loader *l)
{
	us_buf_add_char(&l->words, '.');
	if (l->words.err)
		l->starved = true;
	else
		l->from->complain(l->from->self, us_buf_cstr(&l->words));
}

void us_complain_value(struct us_loader *l, const struct us_where *at, struct us_span value,
                       const char *what, const char *why)
{
	struct us_buf *out = us_complain_begin(l, at);

	us_buf_add_str(out, ": ");
	us_complain_quote(out, value);
	us_buf_addf(out, " %s: %s", what, why);
	us_complain_end(l);
}

static void complain(struct us_loader *l, const struct us_where *at, const char *what,
                     const char *why)
{
	us_buf_addf(us_complain_begin(l, at), " %s: %s", what, why);
	us_complain_end(l);
}

void us_complain_ignored(struct us_loader *l, const struct us_where *at, const char *why)
{
	complain(l, at, "is ignored", why);
}

void us_complain_entry(struct us_loader *l, const struct us_where *at, const char *why)
{
	complain(l, at, "has an entry that is skipped", why);
}

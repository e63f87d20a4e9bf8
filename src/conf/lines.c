/* lines.c - on which line of the config file a member stands
 *
 * The text is known to be JSON with comments. A string that a colon follows is a key. All searches
 * together read the text once, so that no file, however odd, keeps the host waiting.
 */
#include "conf/lines.h"

void us_lines_init(struct us_lines *s, struct us_span text)
{
	*s = (struct us_lines){ .p = text.p, .end = text.p + text.n, .line = 1 };
}

/* Moves n bytes on, counting lines; not beyond the end. */
static void move(struct us_lines *s, size_t n)
{
	for (; n && s->p < s->end; n--)
		s->line += *s->p++ == '\n';
}

static void skip_comment(struct us_lines *s)
{
	struct us_span rest = us_span(s->p, (size_t)(s->end - s->p));
	bool block = us_span_starts(rest, "/*");
	const char *end =
		block ? memmem(rest.p + 2, rest.n - 2, "*/", 2) : memchr(rest.p, '\n', rest.n);

	move(s, end ? (size_t)(end - s->p) + (block ? 2 : 1) : rest.n);
}

/* At a quotation mark: goes behind the string and returns its inside. */
static struct us_span take_string(struct us_lines *s)
{
	const char *from = s->p + 1, *p = from;

	while (p < s->end && *p != '"')
		p += *p == '\\' && s->end - p > 1 ? 2 : 1;
	move(s, (size_t)(p - s->p) + 1);
	return us_span(from, (size_t)(p - from));
}

/* Between a key and its colon stand at most blanks; with a comment there, its line stays unknown.
 */
static bool colon_follows(const struct us_lines *s)
{
	const char *p = s->p;

	while (p < s->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p < s->end && *p == ':';
}

unsigned us_lines_find(struct us_lines *s, unsigned depth, const char *key)
{
	if (strpbrk(key, "\"\\"))
		return 0; /* written with escapes: it would not be found */
	while (s->p < s->end) {
		unsigned line = s->line;

		if (*s->p == '"') {
			struct us_span name = take_string(s);

			if (s->depth == depth && us_span_is(name, key) && colon_follows(s))
				return line;
		} else if (*s->p == '/' && s->end - s->p > 1) {
			skip_comment(s);
		} else {
			s->depth += *s->p == '{' || *s->p == '[';
			s->depth -= *s->p == '}' || *s->p == ']';
			move(s, 1);
		}
	}
	return 0;
}

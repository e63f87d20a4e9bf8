/* mock_text.c - small things about text */
#include "cli/mock_text.h"

size_t us_mock_utf8(struct us_span s)
{
	/* The well-formed sequences (Unicode, table 3-7): first byte, length, second byte. */
	static const struct {
		unsigned char from, to, n, low, high;
	} rows[] = {
		{ 0x00, 0x7F, 1, 0x00, 0x00 }, { 0xC2, 0xDF, 2, 0x80, 0xBF },
		{ 0xE0, 0xE0, 3, 0xA0, 0xBF }, { 0xE1, 0xEC, 3, 0x80, 0xBF },
		{ 0xED, 0xED, 3, 0x80, 0x9F }, { 0xEE, 0xEF, 3, 0x80, 0xBF },
		{ 0xF0, 0xF0, 4, 0x90, 0xBF }, { 0xF1, 0xF3, 4, 0x80, 0xBF },
		{ 0xF4, 0xF4, 4, 0x80, 0x8F },
	};
	const unsigned char *p = (const unsigned char *)s.p;
	size_t row = 0;

	while (s.n && row < US_COUNT(rows) && (p[0] < rows[row].from || p[0] > rows[row].to))
		row++;
	if (!s.n || row == US_COUNT(rows) || s.n < rows[row].n)
		return 0;
	if (rows[row].n > 1 && (p[1] < rows[row].low || p[1] > rows[row].high))
		return 0;
	for (size_t i = 2; i < rows[row].n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return rows[row].n;
}

size_t us_mock_characters(struct us_span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

bool us_mock_among(const char *words, struct us_span s)
{
	struct us_span rest = us_span_of(words), word;

	while (us_span_next(&rest, '|', &word))
		if (us_span_eq(word, s))
			return true;
	return false;
}

struct us_span us_mock_keep(struct us_arena *arena, struct us_buf *b)
{
	struct us_span text = us_arena_copy(arena, us_buf_span(b));

	if (b->err)
		arena->err = b->err;
	us_buf_fini(b);
	return text;
}

/* halves.c - halves of characters, for targets that refuse them */
#include "wire/halves.h"

#include <string.h>

#define ESCAPE_N 6 /* \ud83d */

enum half { WHOLE, HIGH, LOW };

/* What the escape at `p` stands for. */
static enum half half_at(const char *p, size_t n)
{
	char c;

	if (n < ESCAPE_N || p[0] != '\\' || p[1] != 'u' || us_lower(p[2]) != 'd')
		return WHOLE;
	c = us_lower(p[3]);
	if (c == '8' || c == '9' || c == 'a' || c == 'b')
		return HIGH;
	return c >= 'c' && c <= 'f' ? LOW : WHOLE;
}

bool us_halves_replace(char *json, size_t n)
{
	char *p = json, *end = json + n;
	bool found = false;

	while (p < end && (p = memchr(p, '\\', (size_t)(end - p)))) {
		enum half is = half_at(p, (size_t)(end - p));

		if (is == HIGH && half_at(p + ESCAPE_N, (size_t)(end - p) - ESCAPE_N) == LOW) {
			p += 2 * ESCAPE_N;
		} else if (is != WHOLE) {
			memcpy(p, "\\ufffd", ESCAPE_N);
			p += ESCAPE_N;
			found = true;
		} else {
			p += 2; /* the escaped character may be a backslash */
		}
	}
	return found;
}

/* mock_text.h - small things about text */
#ifndef US_CLI_MOCK_TEXT_H
#define US_CLI_MOCK_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

/* How many bytes the UTF-8 sequence at the start of s has; 0 if it is not well formed. */
size_t us_mock_utf8(struct us_span s);

/* How many characters s has. */
size_t us_mock_characters(struct us_span s);

/* Is s one of the words "a|b|c"? */
bool us_mock_among(const char *words, struct us_span s);

/* Moves what b holds into the arena, and frees b. If b has failed, the arena fails with it. */
struct us_span us_mock_keep(struct us_arena *arena, struct us_buf *b);

#endif

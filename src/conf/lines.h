/* lines.h - on which line of the config file a member stands
 *
 * cJSON keeps no lines, so keys are looked for in the text, each from where the one before was
 * found: the members are walked in the order of the document.
 */
#ifndef US_CONF_LINES_H
#define US_CONF_LINES_H

#include "base/span.h"

struct us_lines {
	const char *p, *end;
	unsigned line, depth;
};

void us_lines_init(struct us_lines *s, struct us_span text);

/* The line of the next key of that name at that depth (1: in the outermost object). 0 when it is
 * not found (its name was written with escapes), and for all keys that are asked for after that. */
unsigned us_lines_find(struct us_lines *s, unsigned depth, const char *key);

#endif

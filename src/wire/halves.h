/* halves.h - halves of characters, for targets that refuse them
 *
 * A program that cuts text by UTF-16 units leaves half a surrogate pair behind, "\ud83d" alone.
 * Most servers take it for what it is. Anthropic's refuses the whole request ("no low surrogate in
 * string"): there is the choice between a character that means nothing either and no answer at all.
 * The first is a loss, and told; UNDERSTUDY_FIDELITY=strict has the second. Nowhere else is a half
 * replaced, and never in an answer (wire-formats 3.3).
 */
#ifndef US_WIRE_HALVES_H
#define US_WIRE_HALVES_H

#include "base/span.h"

#include <stdbool.h>

/* Puts U+FFFD in place of each half in a JSON text's strings, by an escape of the same length.
 * True: there was one. */
bool us_halves_replace(char *json, size_t n);

#endif

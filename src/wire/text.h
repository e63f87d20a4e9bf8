/* text.h - JSON strings: decoding escapes, printing them again
 *
 * Inside the hub a string is UTF-8, with lone surrogates as WTF-8 (three bytes, ED A0..BF xx), so
 * that `\ud83d` alone survives the way from one dialect to the other.
 */
#ifndef US_WIRE_TEXT_H
#define US_WIRE_TEXT_H

#include "base/buf.h"
#include "base/span.h"

/* How many bytes at the front of a string's inside stand for themselves in JSON: up to a quote, a
 * backslash or a control. */
size_t us_text_plain(struct us_span text);

/* Decodes the inside of a JSON string (no quotes) that is known to be valid. `out` must have room
 * for in.n bytes; returns the bytes written. */
size_t us_text_unescape(struct us_span in, char *out);

/* Appends `text` as the inside of a JSON string: the quote, the backslash and controls escaped in
 * the shortest form, lone surrogates as \uXXXX, all else as it is. */
int us_text_escape(struct us_buf *out, struct us_span text);

/* How many bytes at the end of `text` wait for more: a cut UTF-8 sequence, or a high surrogate
 * (WTF-8) whose low half may come with the next delta. 0 to 3. */
size_t us_text_held(struct us_span text);

/* Appends `text` to `out`, joining a high surrogate at its end with a low one at the start of
 * `text` into one four-byte character. */
int us_text_join(struct us_buf *out, struct us_span text);

#endif

/* edit.h - a document copied with a few of its members changed
 *
 * One walk over the source in its own order: bytes up to a change are copied, the change is
 * written, the walk goes on behind it. Nothing is decoded and printed again, so numbers, escapes
 * and blanks arrive as they left.
 */
#ifndef US_WIRE_EDIT_H
#define US_WIRE_EDIT_H

#include "wire/print.h"
#include "wire/scan.h"

struct us_edit {
	struct us_buf *out;
	const char *at; /* what lies before is in `out` */
};

static inline struct us_edit us_edit(struct us_buf *out, struct us_span source)
{
	return (struct us_edit){ out, source.p };
}

/* The source's own bytes, up to where something changes, or to its end. */
void us_edit_copy_to(struct us_edit *e, const char *end);

/* Another value, or another string, where the source has `old`: a value or a key. */
void us_edit_replace_raw(struct us_edit *e, struct us_val old, struct us_span json);
void us_edit_replace(struct us_edit *e, struct us_val old, struct us_span text);

/* The member goes, with the comma behind it, or, when it is the last, the one before it. For an
 * element of a list it is both key and value. */
void us_edit_drop(struct us_edit *e, struct us_val key, struct us_val val);

#endif

/* shelf.h - conversations kept by the id of their last answer
 *
 * For programs that go on from an id: OpenAI keeps the conversation, and whoever stands in for it
 * has to know it. A file for each answer, named as the id, in a directory beside the page: private
 * (0600), bounded in number, bytes and age; the oldest go first. Where the directory can't be had
 * nothing is kept, and what asks for it is told US_ENOENT.
 */
#ifndef US_STATE_SHELF_H
#define US_STATE_SHELF_H

#include "base/buf.h"

#define US_SHELF_FILES 256
#define US_SHELF_SECONDS ((uint64_t)24 * 3600)

struct us_shelf {
	const char *dir; /* the page's; NULL: nothing is kept */
	size_t max;      /* bytes of all files; 0: nothing is kept */
};

/* Only letters, digits, '-' and '_' make an id; what has others is not kept. A conversation that is
 * there already is replaced. 0, US_E2BIG, US_EINVAL, US_EIO. */
int us_shelf_put(const struct us_shelf *s, struct us_span id, struct us_span text, uint64_t now_s);
/* Appends the conversation. 0, US_ENOENT, or the buffer's error. */
US_MUST_CHECK int us_shelf_get(const struct us_shelf *s, struct us_span id, uint64_t now_s,
                               struct us_buf *out);

#endif

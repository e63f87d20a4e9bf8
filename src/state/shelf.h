/* shelf.h - texts kept by an id, a file for each: private, bounded in number, bytes and age
 *
 * For programs that go on from an id: OpenAI keeps the conversation, and whoever stands in for it
 * has to know it; these lie beside the page. And for answers that may be given again (cache.h). The
 * directory is 0700, files are 0600; the oldest go first. Where the directory can't be had nothing
 * is kept, and what asks for it is told US_ENOENT.
 */
#ifndef US_STATE_SHELF_H
#define US_STATE_SHELF_H

#include "base/buf.h"

struct us_shelf {
	const char *dir;  /* where `name` is to be; NULL: nothing is kept */
	const char *name; /* of its directory in there, made when it is needed */
	size_t max;       /* bytes of all files; 0: nothing is kept */
	size_t files;     /* at most */
	uint64_t seconds; /* what was written before goes */
};

#define US_CONVERSATIONS_MAX ((size_t)256)
#define US_CONVERSATION_SECONDS ((uint64_t)24 * 3600)

static inline struct us_shelf us_shelf_conversations(const char *dir, size_t max)
{
	return (struct us_shelf){ dir, "conversations", max, US_CONVERSATIONS_MAX,
		                  US_CONVERSATION_SECONDS };
}

/* Only letters, digits, '-' and '_' make an id; what has others is not kept. A text that is there
 * already is replaced. 0, US_E2BIG, US_EINVAL, US_EIO. */
int us_shelf_put(const struct us_shelf *s, struct us_span id, struct us_span text, uint64_t now_s);
/* The same, but one that is there stays, and it is US_ECONFLICT. */
int us_shelf_put_new(const struct us_shelf *s, struct us_span id, struct us_span text,
                     uint64_t now_s);
/* Appends the text. 0, US_ENOENT, or the buffer's error. */
US_MUST_CHECK int us_shelf_get(const struct us_shelf *s, struct us_span id, uint64_t now_s,
                               struct us_buf *out);

#endif

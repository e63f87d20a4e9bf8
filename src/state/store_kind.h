/* store_kind.h - inside state: what a kind of store has to bring */
#ifndef US_STATE_STORE_KIND_H
#define US_STATE_STORE_KIND_H

#include "state/store.h"

struct us_store_kind {
	void (*close)(struct us_store *s);
	int (*get)(struct us_store *s, struct us_span key, uint64_t now_ms, struct us_item *item);
	int (*put)(struct us_store *s, struct us_span key, struct us_span value,
	           const struct us_put *how, uint64_t now_ms, uint64_t *version);
	int (*drop)(struct us_store *s, struct us_span key, const struct us_put *how,
	            uint64_t now_ms);
	int (*claim)(struct us_store *s, struct us_span key, uint64_t now_ms, uint64_t *token);
	int (*list)(struct us_store *s, struct us_span prefix, uint64_t now_ms,
	            bool (*each)(void *self, struct us_span key), void *self);
};

#define US_STORE_WHY_MAX ((size_t)4096)

/* The first member of each kind's own. `why` is made by its open. */
struct us_store {
	const struct us_store_kind *kind;
	struct us_buf why;
};

int us_store_file_open(struct us_store **out, const struct us_store_place *place,
                       struct us_buf *why);
int us_store_redis_open(struct us_store **out, const struct us_store_place *place,
                        struct us_buf *why);

/* Notes the words and returns `rc`. */
int us_store_fail(struct us_store *s, int rc, const char *fmt, ...) US_PRINTF(3, 4);

/* Growing, and never met again even if `last` was forgotten: it is not below the time of day in
 * microseconds, which fits a double exactly (Lua has no other numbers). */
static inline uint64_t us_store_next(uint64_t last, uint64_t now_ms)
{
	return last >= now_ms * 1000 ? last + 1 : now_ms * 1000;
}

/* How long a claim is remembered after the last word of it: a zombie is gone by then. */
#define US_STORE_CLAIM_KEPT_MS ((uint64_t)7 * 24 * 3600 * 1000)

#endif

/* store.h - values that outlive a process: one interface, kept in files or in Redis
 *
 * A key has at most one value. Each write gets a version; versions and tokens only grow, over drops
 * and expiries too, so none is ever met twice. Who claims a key gets a token; from then on a write
 * with an older token, or with none, is refused by the store itself. A reader sees a whole value:
 * the last one acknowledged, or one written since.
 *
 * A value is kept twice, the newest and the one before. When the newest turns out damaged, the one
 * before is given, and `damaged` says so.
 *
 * A store is used by one thread at a time. After a fork both sides may go on using it. Whoever
 * fails leaves words in us_store_why.
 */
#ifndef US_STATE_STORE_H
#define US_STATE_STORE_H

#include "base/buf.h"

#define US_STORE_KEY_MAX ((size_t)512)
#define US_STORE_VALUE_MAX ((size_t)64 << 20)

enum us_durable {
	US_DURABLE_NONE, /* survives the process, but not the machine's power */
	US_DURABLE_DATA, /* the bytes are on the disk; the latest name may not be */
	US_DURABLE_FULL  /* both are, before it is acknowledged */
};

struct us_store_place {
	const char *dir;         /* files: made if it is not there; Redis: not used */
	const char *redis_url;   /* "" or NULL: files */
	enum us_durable durable; /* files; Redis is as durable as it was set up to be */
	uint64_t timeout_ms;     /* no call takes longer than about this, a list ten times */
};

struct us_item {
	struct us_buf value;
	uint64_t version;
	uint64_t token;      /* of its writer; 0: it had claimed nothing */
	uint64_t saved_ms;   /* since 1970 */
	uint64_t expires_ms; /* 0: never */
	bool damaged;        /* the newest could not be read: this is the one before */
};

#define US_VERSION_ANY 0
#define US_VERSION_ABSENT UINT64_MAX

struct us_put {
	uint64_t token;   /* 0: none */
	uint64_t version; /* that it must still have, or one of the words above */
	uint64_t ttl_ms;  /* 0: for ever */
};

struct us_store;

/* Files are opened now, Redis at the first call. US_EINVAL, US_EIO, US_ENOMEM with words in `why`
 * (may be NULL). */
int us_store_open(struct us_store **out, const struct us_store_place *place, struct us_buf *why);
void us_store_close(struct us_store *s);

void us_item_init(struct us_item *item);
void us_item_fini(struct us_item *item);

/* US_ENOENT: nothing there; US_EDAMAGED: neither copy can be read. */
int us_store_get(struct us_store *s, struct us_span key, struct us_item *item);
/* US_ECONFLICT: another version is there; US_ESTALE: claimed by another since. `version` may be
 * NULL. */
int us_store_put(struct us_store *s, struct us_span key, struct us_span value,
                 const struct us_put *how, uint64_t *version);
/* As a put of nothing: `how->ttl_ms` has no meaning. What is not there is dropped. */
int us_store_drop(struct us_store *s, struct us_span key, const struct us_put *how);
/* Never waits for the one who had it: it is he who will be refused. */
int us_store_claim(struct us_store *s, struct us_span key, uint64_t *token);
/* Calls `each` for every key that begins so, until it returns false. The store may not be used
 * within. */
int us_store_list(struct us_store *s, struct us_span prefix,
                  bool (*each)(void *self, struct us_span key), void *self);

/* What went wrong in the last call that failed, for people. */
const char *us_store_why(struct us_store *s);

#endif

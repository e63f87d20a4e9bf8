/* handle.h - inside agent: what stands behind a struct understudy */
#ifndef US_AGENT_HANDLE_H
#define US_AGENT_HANDLE_H

#include "agent/understudy.h"
#include "base/clock.h"
#include "base/rand.h"
#include "conf/conf.h"
#include "state/page.h"
#include "state/store.h"

#include <pthread.h>

struct understudy {
	struct us_conf conf;
	pthread_mutex_t lock; /* of the store */
	struct us_store *store;
	struct us_store *files; /* beside Redis, for questions; opened when first needed */
	struct us_page page;    /* opened by the first tool: us_handle_page */
	bool has_page;
	struct us_rand rand;
	void (*pause)(uint64_t ms); /* tests wait otherwise */
};

/* Notes the words of a failure for understudy_error, and returns `rc`. */
int us_handle_fail(int rc, const char *fmt, ...) US_PRINTF(2, 3);

/* The store's words are noted when rc says that it failed; returns rc. Called with the lock. */
int us_handle_store_failed(struct understudy *u, int rc);

/* As the settings say; `files`: in files, whatever they say of Redis. */
int us_handle_open_store(const struct us_conf *c, bool files, struct us_store **out,
                         struct us_buf *why);

/* The page of the breakers. Private memory where it cannot be shared; NULL without memory. */
struct us_page *us_handle_page(struct understudy *u);

#endif

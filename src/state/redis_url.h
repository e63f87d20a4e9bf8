/* redis_url.h - inside state: where a Redis is, as its URL says */
#ifndef US_STATE_REDIS_URL_H
#define US_STATE_REDIS_URL_H

#include "base/arena.h"

#define US_REDIS_HOSTS_MAX 8

struct us_redis_url {
	bool sentinel;
	const char *path; /* of a socket, or NULL */
	struct {
		const char *host;
		int port;
	} at[US_REDIS_HOSTS_MAX]; /* the Redis, or the Sentinels */
	size_t n;
	struct us_span user, password;
	const char *master; /* its name among the Sentinels */
	unsigned db;
};

/* NULL, or what is wrong with it; the URL itself is never in the words: it may hold a password. */
const char *us_redis_url_read(struct us_redis_url *u, struct us_span text, struct us_arena *a);

#endif

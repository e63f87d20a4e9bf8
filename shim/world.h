/* world.h - what all managed transfers of a process share: settings, the page, the keys */
#ifndef SHIM_WORLD_H
#define SHIM_WORLD_H

#include "engine/call.h"
#include "real.h"
#include "state/cache.h"
#include "state/shelf.h"

struct world {
	struct us_conf conf;
	struct us_page page;
	struct us_call_env env;
	struct us_shelf shelf;
	struct us_buf dir; /* of the page and the shelf */
	struct us_cache cache;
	struct us_buf cache_dir;
};

/* Made at the first transfer; NULL when it can't be, or is turned off: then nothing is managed.
 * errno is left alone. */
struct world *world_get(void);

/* The same for transfers by this libcurl; NULL too when it is too old, which is said once. */
struct world *world_for(const struct real *real);

/* Opens the page, before the first transfer that is ours: others leave no file behind. False
 * without memory. errno is left alone. */
bool world_open(void);

/* The number of the next call in this process. */
uint64_t world_next_call(void);

/* A key, read when it is needed and kept nowhere. NULL or "" when there is none. */
const char *world_key(const char *variable);

#endif

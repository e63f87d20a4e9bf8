/* agent_world.h - a handle on a store of its own, in files or in a real Redis */
#ifndef US_TEST_AGENT_WORLD_H
#define US_TEST_AGENT_WORLD_H

#include "agent/handle.h"
#include "redis_server.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum kind { FILES, REDIS };

struct world {
	enum kind kind;
	char dir[64];
	struct understudy *u, *other;
};

static enum kind files = FILES, redis = REDIS;
static struct redis_server server;

static struct understudy *opened(void)
{
	struct understudy *u;

	if (understudy_open(&u))
		fail_msg("%s", understudy_error());
	return u;
}

static int make(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	w->kind = *(enum kind *)*state;
	strcpy(w->dir, "/tmp/understudy-agent-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	setenv("UNDERSTUDY_STORE", w->dir, 1);
	setenv("UNDERSTUDY_STATE", w->dir, 1);
	setenv("UNDERSTUDY_REDIS_URL", w->kind == REDIS ? server.url : "", 1);
	if (w->kind == REDIS)
		assert_true(redis_server_tell(&server, "FLUSHALL"));
	w->u = opened();
	w->other = opened();
	*state = w;
	return 0;
}

static int drop(void **state)
{
	struct world *w = *state;
	char command[160];

	understudy_close(w->u);
	understudy_close(w->other);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	test_free(w);
	return system(command);
}

static int start_server(void **state) { return redis_server_make(&server) ? 0 : -1; }

static int stop_server(void **state)
{
	redis_server_drop(&server);
	return 0;
}

#define BOTH(f)                                                                                    \
	{ "in files: " #f, f, make, drop, &files }, { "in Redis: " #f, f, make, drop, &redis }

#endif

/* world.c - what all managed transfers of a process share */
#include "world.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/place.h"
#include "dl.h"
#include "engine/known.h"
#include "tell.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static struct world world;
static bool usable, opened;
static pthread_once_t once = PTHREAD_ONCE_INIT, open_once = PTHREAD_ONCE_INIT;
static _Atomic uint64_t calls;
static struct us_lessons lessons; /* for good: whoever calls last is not known */

static const char *env(void *self, const char *name) { return getenv(name); }

static bool has_key(void *self, const char *variable)
{
	const char *key = getenv(variable);

	return key && key[0];
}

/* Complaints come before the log's own setting is known: they wait here. */
static void complain(void *self, const char *text)
{
	struct us_buf *list = self;

	us_buf_add(list, text, strlen(text) + 1);
}

static void tell_complaints(const struct us_buf *list)
{
	for (size_t i = 0; i < list->n; i += strlen(list->p + i) + 1)
		us_log(US_LOG_WARN, "%s", list->p + i);
}

/* Nothing of it is made before somebody wants it. */
static void open_cache(void)
{
	struct us_cache *c = &world.cache;
	struct us_buf why;

	if (!world.conf.cache && !world.conf.cache_stale)
		return;
	us_buf_init(&why, 4096);
	us_buf_init(&world.cache_dir, 4096);
	if (us_place_cache(&world.cache_dir))
		us_buf_add_str(&why, "neither HOME nor XDG_CACHE_HOME says where");
	*c = (struct us_cache){ .dir = us_buf_cstr(&world.cache_dir),
		                .max = world.conf.cache_max,
		                .fresh_ms = world.conf.cache,
		                .stale_ms = world.conf.cache_stale };
	if (!why.n && us_cache_open(c, &why) == 0)
		world.env.cache = c;
	else
		us_log(US_LOG_WARN, "%s; no answers are kept", us_buf_cstr(&why));
	us_buf_fini(&why);
}

static void open_page(void)
{
	struct us_buf *dir = &world.dir, why;
	int rc;

	us_buf_init(dir, 4096);
	us_buf_init(&why, 4096);
	if (world.conf.state[0])
		us_buf_add_str(dir, world.conf.state);
	else
		us_page_default_dir(dir, getenv("XDG_RUNTIME_DIR"));
	rc = us_page_open(&world.page, us_buf_cstr(dir), &why);
	if (!rc && world.page.shared)
		world.shelf = us_shelf_conversations(us_buf_cstr(dir), world.conf.history);
	if (!rc && !world.page.shared)
		us_log(US_LOG_WARN, "%s; the breaker is this process's alone", us_buf_cstr(&why));
	us_buf_fini(&why);
	opened = rc == 0;
	if (!opened)
		return;
	world.env.tree = us_page_tree(&world.page, us_span_of(world.conf.name));
	open_cache();
	tell_open(&world.page, &world.conf);
	if (world.conf.events[0])
		world.env.event = tell_event;
}

/* Others may have put a clock of theirs before the libc's, which may even stand still; but the
 * waits are real, and the page is shared with processes that know the true time. */
static void find_clock(void)
{
	void *f = dl_libc("clock_gettime");

	if (f)
		us_clock_use((us_clock_reader *)f);
}

static void make(void)
{
	struct us_buf complaints;
	struct us_conf_source from = { env, complain, &complaints };

	find_clock();
	us_buf_init(&complaints, 64 << 10);
	us_conf_load(&world.conf, &from);
	us_known_read(world.conf.models, complain, &complaints);
	us_log_open(world.conf.log.level, world.conf.log.path);
	tell_complaints(&complaints);
	us_buf_fini(&complaints);
	world.env = (struct us_call_env){
		.conf = &world.conf,
		.page = &world.page,
		.lessons = &lessons,
		.shelf = &world.shelf,
		.has_key = has_key,
	};
	if (us_log_on(US_LOG_WARN) || world.conf.escalate_calls) /* no note says less */
		world.env.note = tell_note;
	world.env.unix_offset_ms = us_clock_unix_ms() - us_clock_ms();
	usable = !world.conf.off;
}

struct world *world_get(void)
{
	int saved = errno;

	pthread_once(&once, make);
	errno = saved;
	return usable ? &world : NULL;
}

struct world *world_for(const struct real *real)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;
	struct world *w = world_get();

	if (!w || real->complete)
		return w;
	if (!atomic_flag_test_and_set(&said))
		us_log(US_LOG_WARN, "this libcurl has no %s: it is too old, nothing is managed",
		       real->lacks);
	return NULL;
}

bool world_open(void)
{
	int saved = errno;

	pthread_once(&open_once, open_page);
	errno = saved;
	return opened;
}

uint64_t world_next_call(void) { return atomic_fetch_add(&calls, 1) + 1; }

const char *world_key(const char *variable) { return variable[0] ? getenv(variable) : NULL; }

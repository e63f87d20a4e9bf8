/* handle.c - opening and closing; words for failures */
#include "agent/handle.h"

#include "base/mem.h"
#include "conf/place.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define WHY_MAX ((size_t)1024)
#define DIR_MAX ((size_t)4096)

#define X(name, value, text)                                                                       \
	static_assert((int)UNDERSTUDY_##name == (int)US_##name, "one set of numbers for both");
US_ERRORS(X)
#undef X

static _Thread_local char words[WHY_MAX];

const char *understudy_error(void) { return words; }

const char *understudy_strerror(int error) { return us_err_text(error); }

const char *understudy_version(void) { return US_VERSION; }

int us_handle_fail(int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return rc;
}

int us_handle_store_failed(struct understudy *u, int rc)
{
	const char *why = us_store_why(u->store);

	return rc < 0 ? us_handle_fail(rc, "%s", why[0] ? why : us_err_text(rc)) : rc;
}

int us_handle_open_store(const struct us_conf *c, bool files, struct us_store **out,
                         struct us_buf *why)
{
	struct us_store_place place = { .redis_url = files ? "" : c->redis_url,
		                        .durable = (enum us_durable)c->durable,
		                        .timeout_ms = c->store_timeout };
	struct us_buf dir;
	int rc = 0;

	static_assert((int)US_DURABILITY_FULL == (int)US_DURABLE_FULL, "one set of numbers");
	us_buf_init(&dir, DIR_MAX);
	if (!place.redis_url[0])
		rc = us_place_store(c, &dir);
	place.dir = us_buf_cstr(&dir);
	if (rc)
		us_buf_add_str(why, "neither UNDERSTUDY_STORE nor HOME says where to store");
	else
		rc = us_store_open(out, &place, why);
	us_buf_fini(&dir);
	return rc;
}

static const char *from_env(void *self, const char *name) { return getenv(name); }

/* Before the log is open: that is a setting too. The last one is kept for understudy_error. */
static void complain(void *self, const char *text)
{
	struct us_buf *all = self;

	us_buf_addf(all, "%s%s", all->n ? "\n" : "", text);
}

static void load_settings(struct us_conf *c)
{
	struct us_buf all;
	struct us_conf_source from = { from_env, complain, &all };
	struct us_span rest, line;

	us_buf_init(&all, (size_t)64 << 10);
	us_conf_load(c, &from);
	us_log_open(c->log.level, c->log.path);
	rest = us_buf_span(&all);
	while (us_span_next(&rest, '\n', &line))
		if (line.n)
			us_log(US_LOG_WARN, "%.*s", (int)line.n, line.p);
	us_buf_fini(&all);
}

static void pause_ms(uint64_t ms)
{
	struct timespec left = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int understudy_open(struct understudy **out)
{
	struct understudy *u = us_calloc(1, sizeof(*u));
	struct us_buf why;
	int saved = errno, rc;

	*out = NULL;
	if (!u)
		return us_handle_fail(US_ENOMEM, "%s", us_err_text(US_ENOMEM));
	us_buf_init(&why, WHY_MAX);
	pthread_mutex_init(&u->lock, NULL);
	u->rand.state = us_rand_seed();
	u->pause = pause_ms;
	load_settings(&u->conf);
	rc = us_handle_open_store(&u->conf, false, &u->store, &why);
	if (rc)
		us_handle_fail(rc, "%s", why.n ? us_buf_cstr(&why) : us_err_text(rc));
	us_buf_fini(&why);
	if (rc)
		understudy_close(u);
	else
		*out = u;
	errno = saved;
	return rc;
}

void understudy_close(struct understudy *u)
{
	if (!u)
		return;
	us_store_close(u->store);
	us_store_close(u->files);
	if (u->has_page)
		us_page_close(&u->page);
	us_conf_fini(&u->conf);
	pthread_mutex_destroy(&u->lock);
	us_free(u);
}

struct us_page *us_handle_page(struct understudy *u)
{
	struct us_buf dir;

	pthread_mutex_lock(&u->lock);
	if (!u->has_page) {
		us_buf_init(&dir, DIR_MAX);
		if (u->conf.state[0])
			us_buf_add_str(&dir, u->conf.state);
		else
			us_page_default_dir(&dir, getenv("XDG_RUNTIME_DIR"));
		u->has_page = us_page_open(&u->page, us_buf_cstr(&dir), NULL) == 0;
		us_buf_fini(&dir);
	}
	pthread_mutex_unlock(&u->lock);
	return u->has_page ? &u->page : NULL;
}

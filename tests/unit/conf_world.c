/* conf_world.c - a made-up environment, what was said about it, and the configuration it made
 *
 * Included by the tests of conf; none uses all of it, hence the inline.
 */

#include "base/rand.h"
#include "conf/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define NO_FILE NULL

struct world {
	const char *env[64][2];
	size_t nenv;
	char said[64][1024];
	size_t nsaid;
	char path[64]; /* of the config file, "" for none */
	struct us_conf c;
};

static inline const char *env(void *self, const char *name)
{
	struct world *w = self;

	for (size_t i = 0; i < w->nenv; i++)
		if (strcmp(w->env[i][0], name) == 0)
			return w->env[i][1];
	return NULL;
}

static inline void complain(void *self, const char *text)
{
	struct world *w = self;

	if (w->nsaid < US_COUNT(w->said))
		snprintf(w->said[w->nsaid++], sizeof(w->said[0]), "%s", text);
}

static inline void write_file(struct world *w, const char *text, size_t n)
{
	int fd;

	strcpy(w->path, "/tmp/understudy-test-XXXXXX");
	fd = mkstemp(w->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

static inline void set(struct world *w, const char *name, const char *value)
{
	w->env[w->nenv][0] = name;
	w->env[w->nenv++][1] = value;
}

static inline void load_again(struct world *w)
{
	struct us_conf_source from = { env, complain, w };

	us_conf_fini(&w->c);
	w->nsaid = 0;
	us_conf_load(&w->c, &from);
}

/* Loads with that file, if it is not NULL, and these names and values, up to NULL. */
static inline void load(struct world *w, const char *file, ...)
{
	const char *name;
	va_list ap;

	us_conf_fini(&w->c);
	w->nenv = 0;
	if (w->path[0])
		unlink(w->path);
	w->path[0] = '\0';
	if (file) {
		write_file(w, file, strlen(file));
		set(w, "UNDERSTUDY_CONFIG", w->path);
	}
	va_start(ap, file);
	while ((name = va_arg(ap, const char *)))
		set(w, name, va_arg(ap, const char *));
	va_end(ap);
	load_again(w);
}

static inline int fresh(void **state)
{
	*state = calloc(1, sizeof(struct world));
	return *state ? 0 : -1;
}

static inline int gone(void **state)
{
	struct world *w = *state;

	if (w->path[0])
		unlink(w->path);
	us_conf_fini(&w->c);
	free(w);
	return 0;
}

static inline void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text ? text : "", part);
}

static inline size_t option(const char *name)
{
	for (size_t i = 0; i < us_option_count; i++)
		if (strcmp(us_options[i].env, name) == 0)
			return i;
	fail_msg("no option %s", name);
	return 0;
}

static inline void assert_shown(const struct us_conf *c, const char *name, const char *expected)
{
	struct us_buf out;

	us_buf_init(&out, 65536);
	assert_int_equal(us_conf_show(c, option(name), &out), 0);
	assert_string_equal(us_buf_cstr(&out), expected);
	us_buf_fini(&out);
}

/* name|model|base URL|key variable */
static inline void assert_target(const struct us_provider *p, const char *expected)
{
	char is[512];

	snprintf(is, sizeof(is), "%s|%s|%s|%s", p->name, p->model, p->base_url, p->key_env);
	assert_string_equal(is, expected);
}

/* Replaces, drops or doubles a byte. */
static inline void mutate(char *text, size_t size, struct us_rand *r)
{
	static const char bytes[] = "@:/,.=[]?#%hHs0159 \t\x01\x7f\x80\xff-_mG";
	size_t n = strlen(text), at = n ? us_rand_next(r) % n : 0;

	switch (us_rand_next(r) % 3) {
	case 0:
		if (n)
			text[at] = bytes[us_rand_next(r) % (sizeof(bytes) - 1)];
		break;
	case 1:
		memmove(text + at, text + at + (n > 0), n - at);
		break;
	default:
		if (n + 1 < size)
			memmove(text + at + 1, text + at, n - at + 1);
		break;
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

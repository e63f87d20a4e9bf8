/* test_store.c - one suite for both kinds of store, the Redis being a real one */
#include "state/store.h"

#include "base/clock.h"
#include "redis_server.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>

#include <cmocka.h>

#define SLOW_MS 30000 /* far more than anything here takes, even under a sanitizer */

enum kind { FILES, REDIS };

struct world {
	enum kind kind;
	char dir[64];
	struct us_store *s, *other;
	struct us_item item;
};

static struct redis_server server;
static uint64_t ahead_ms; /* of the real clock */

static int shifted(clockid_t id, struct timespec *now)
{
	int rc = clock_gettime(id, now);

	now->tv_sec += (time_t)(ahead_ms / 1000);
	return rc;
}

static struct us_store *opened(struct world *w)
{
	const struct us_store_place place = { .dir = w->dir,
		                              .redis_url = w->kind == REDIS ? server.url : NULL,
		                              .timeout_ms = SLOW_MS };
	struct us_store *s;
	struct us_buf why;

	us_buf_init(&why, 1000);
	if (us_store_open(&s, &place, &why))
		fail_msg("%s", us_buf_cstr(&why));
	us_buf_fini(&why);
	return s;
}

static int make(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	w->kind = *(enum kind *)*state;
	strcpy(w->dir, "/tmp/understudy-store-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	if (w->kind == REDIS)
		assert_true(redis_server_tell(&server, "FLUSHALL"));
	w->s = opened(w);
	w->other = opened(w);
	us_item_init(&w->item);
	ahead_ms = 0;
	*state = w;
	return 0;
}

static int drop(void **state)
{
	struct world *w = *state;
	char command[160];

	us_item_fini(&w->item);
	us_store_close(w->s);
	us_store_close(w->other);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	test_free(w);
	ahead_ms = 0;
	return system(command);
}

static const struct us_span task = { "task", 4 };

static int put(struct us_store *s, struct us_span key, struct us_span value, struct us_put how)
{
	return us_store_put(s, key, value, &how, NULL);
}

static void assert_value(struct world *w, struct us_store *s, struct us_span key,
                         struct us_span value)
{
	int rc = us_store_get(s, key, &w->item);

	if (rc)
		fail_msg("%s: %s", us_err_text(rc), us_store_why(s));
	assert_int_equal(w->item.value.n, value.n);
	assert_true(us_span_eq(us_buf_span(&w->item.value), value));
}

static uint64_t claimed(struct us_store *s)
{
	uint64_t token = 0;

	assert_int_equal(us_store_claim(s, task, &token), 0);
	assert_true(token > 0);
	return token;
}

/* --- what both must do -------------------------------------------------------------------------
 */

static void what_is_put_is_got_elsewhere(void **state)
{
	struct world *w = *state;

	assert_int_equal(us_store_get(w->s, task, &w->item), US_ENOENT);
	assert_int_equal(put(w->s, task, US_SPAN("one"), (struct us_put){ 0 }), 0);
	assert_value(w, w->other, task, US_SPAN("one"));
	assert_int_equal(put(w->other, task, US_SPAN("two"), (struct us_put){ 0 }), 0);
	assert_value(w, w->s, task, US_SPAN("two"));
	assert_false(w->item.damaged);
	assert_int_equal(w->item.expires_ms, 0);
	assert_true(us_clock_unix_ms() - w->item.saved_ms < SLOW_MS);
	assert_int_equal(us_store_drop(w->s, task, &(struct us_put){ 0 }), 0);
	assert_int_equal(us_store_get(w->other, task, &w->item), US_ENOENT);
	assert_int_equal(us_store_drop(w->s, task, &(struct us_put){ 0 }), 0);
}

static void keys_and_values_are_any_bytes(void **state)
{
	struct us_span key = US_SPAN("../a\0b\n%2F {x}*?[^]\xff\xfe"), other = US_SPAN("../a");
	struct world *w = *state;
	char bytes[256];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	assert_int_equal(put(w->s, key, us_span(bytes, 256), (struct us_put){ 0 }), 0);
	assert_int_equal(put(w->s, other, us_span("", 0), (struct us_put){ 0 }), 0);
	assert_value(w, w->other, key, us_span(bytes, 256));
	assert_value(w, w->other, other, us_span("", 0));
}

static void long_keys_stay_apart_and_longer_ones_are_refused(void **state)
{
	char a[US_STORE_KEY_MAX + 1], b[US_STORE_KEY_MAX];
	struct world *w = *state;

	memset(a, '/', sizeof(a));
	memset(b, '/', sizeof(b));
	b[sizeof(b) - 1] = '.';
	assert_int_equal(put(w->s, us_span(a, sizeof(b)), US_SPAN("a"), (struct us_put){ 0 }), 0);
	assert_int_equal(put(w->s, us_span(b, sizeof(b)), US_SPAN("b"), (struct us_put){ 0 }), 0);
	assert_value(w, w->s, us_span(a, sizeof(b)), US_SPAN("a"));
	assert_value(w, w->s, us_span(b, sizeof(b)), US_SPAN("b"));
	assert_int_equal(put(w->s, us_span(a, sizeof(a)), US_SPAN("c"), (struct us_put){ 0 }),
	                 US_E2BIG);
	assert_int_equal(put(w->s, us_span("", 0), US_SPAN("c"), (struct us_put){ 0 }), US_EINVAL);
	assert_true(us_store_why(w->s)[0] != '\0');
}

static void a_value_of_megabytes_comes_back_whole(void **state)
{
	struct world *w = *state;
	size_t n = (size_t)9 << 20;
	char *big = test_malloc(n);

	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 2654435761u >> 24);
	assert_int_equal(put(w->s, task, us_span(big, n), (struct us_put){ 0 }), 0);
	assert_value(w, w->other, task, us_span(big, n));
	test_free(big);
}

static void versions_grow_over_everything(void **state)
{
	uint64_t v[5];
	struct world *w = *state;

	for (size_t i = 0; i < 5; i++) {
		if (i == 2)
			assert_int_equal(us_store_drop(w->s, task, &(struct us_put){ 0 }), 0);
		assert_int_equal(
			us_store_put(w->s, task, US_SPAN("x"), &(struct us_put){ 0 }, &v[i]), 0);
		assert_true(i == 0 || v[i] > v[i - 1]);
	}
	assert_value(w, w->s, task, US_SPAN("x"));
	assert_int_equal(w->item.version, v[4]);
}

static void only_the_version_that_was_read_may_be_replaced(void **state)
{
	struct us_put absent = { .version = US_VERSION_ABSENT }, mine = { 0 };
	struct world *w = *state;

	assert_int_equal(us_store_put(w->s, task, US_SPAN("1"), &absent, &mine.version), 0);
	assert_int_equal(put(w->other, task, US_SPAN("2"), absent), US_ECONFLICT);
	assert_int_equal(put(w->other, task, US_SPAN("2"), mine), 0);
	assert_int_equal(put(w->s, task, US_SPAN("3"), mine), US_ECONFLICT);
	assert_int_equal(us_store_drop(w->s, task, &mine), US_ECONFLICT);
	assert_value(w, w->s, task, US_SPAN("2"));
	mine.version = w->item.version;
	assert_int_equal(us_store_drop(w->s, task, &mine), 0);
	assert_int_equal(put(w->s, task, US_SPAN("4"), mine), US_ECONFLICT);
	assert_int_equal(put(w->s, task, US_SPAN("5"), absent), 0);
}

static void a_zombie_is_refused(void **state)
{
	struct world *w = *state;
	struct us_put old = { .token = claimed(w->s) }, now = { 0 };

	assert_int_equal(put(w->s, task, US_SPAN("1"), old), 0);
	now.token = claimed(w->other);
	assert_true(now.token > old.token);
	assert_int_equal(put(w->s, task, US_SPAN("zombie"), old), US_ESTALE);
	assert_int_equal(us_store_drop(w->s, task, &old), US_ESTALE);
	assert_int_equal(put(w->s, task, US_SPAN("stranger"), (struct us_put){ 0 }), US_ESTALE);
	assert_value(w, w->s, task, US_SPAN("1"));
	assert_int_equal(w->item.token, old.token);
	assert_int_equal(put(w->other, task, US_SPAN("2"), now), 0);
	assert_int_equal(put(w->other, task, US_SPAN("3"), now), 0);
}

static void a_finished_task_is_not_brought_back(void **state)
{
	struct world *w = *state;
	struct us_put old = { .token = claimed(w->s) }, now = { .token = claimed(w->other) };

	assert_int_equal(put(w->other, task, US_SPAN("done"), now), 0);
	assert_int_equal(us_store_drop(w->other, task, &now), 0);
	assert_int_equal(put(w->s, task, US_SPAN("zombie"), old), US_ESTALE);
	assert_int_equal(us_store_get(w->s, task, &w->item), US_ENOENT);
}

static void what_has_expired_is_not_there(void **state)
{
	struct us_put how = { .ttl_ms = 3600000, .version = US_VERSION_ABSENT };
	struct world *w = *state;

	assert_int_equal(put(w->s, task, US_SPAN("1"), how), 0);
	assert_value(w, w->s, task, US_SPAN("1"));
	assert_int_equal(w->item.expires_ms - w->item.saved_ms, 3600000);
	us_clock_use(shifted);
	ahead_ms = 3599000;
	assert_value(w, w->s, task, US_SPAN("1"));
	ahead_ms = 3601000;
	assert_int_equal(us_store_get(w->s, task, &w->item), US_ENOENT);
	us_clock_use(clock_gettime);
}

static void a_short_life_ends_by_itself_and_makes_room(void **state)
{
	struct us_put how = { .ttl_ms = 30, .version = US_VERSION_ABSENT };
	uint64_t until = us_clock_ms() + SLOW_MS;
	struct world *w = *state;
	int rc;

	assert_int_equal(put(w->s, task, US_SPAN("1"), how), 0);
	while ((rc = put(w->other, task, US_SPAN("2"), how)) == US_ECONFLICT &&
	       us_clock_ms() < until)
		;
	assert_int_equal(rc, 0);
}

static void a_later_write_prolongs_a_life(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w->s, task, US_SPAN("1"), (struct us_put){ .ttl_ms = 1000000 }), 0);
	assert_int_equal(put(w->s, task, US_SPAN("2"), (struct us_put){ 0 }), 0);
	assert_value(w, w->s, task, US_SPAN("2"));
	assert_int_equal(w->item.expires_ms, 0);
}

struct found {
	char text[400];
	size_t n, enough;
};

static bool note(void *self, struct us_span key)
{
	struct found *f = self;

	strncat(f->text, key.p, key.n);
	strcat(f->text, " ");
	return ++f->n != f->enough;
}

static void keys_are_listed_by_their_beginning(void **state)
{
	static const char *const keys[] = { "l/a", "l/b*", "l/[c]", "l", "m/a", "l/d" };
	struct found all = { 0 }, star = { 0 }, one = { .enough = 1 };
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(keys); i++)
		assert_int_equal(put(w->s, us_span_of(keys[i]), US_SPAN("x"), (struct us_put){ 0 }),
		                 0);
	assert_int_equal(us_store_drop(w->s, US_SPAN("l/d"), &(struct us_put){ 0 }), 0);
	assert_int_equal(us_store_list(w->other, US_SPAN("l/"), note, &all), 0);
	assert_int_equal(all.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(all.text, keys[i]));
	assert_int_equal(us_store_list(w->other, US_SPAN("l/b*"), note, &star), 0);
	assert_string_equal(star.text, "l/b* ");
	assert_int_equal(us_store_list(w->other, US_SPAN("l/"), note, &one), 0);
	assert_int_equal(one.n, 1);
}

static void of_eight_processes_that_count_none_is_lost(void **state)
{
	struct world *w = *state;
	struct us_store *s;
	char text[24];
	uint64_t n = 0;

	assert_int_equal(put(w->s, task, US_SPAN("0"), (struct us_put){ 0 }), 0);
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		s = w->s; /* a forked store works as well as one's own */
		for (int k = 0; k < 25; k++) {
			do {
				if (us_store_get(s, task, &w->item) ||
				    !us_span_u64(us_buf_span(&w->item.value), &n))
					_exit(1);
				snprintf(text, sizeof(text), "%d", (int)n + 1);
			} while (put(s, task, us_span_of(text),
			             (struct us_put){ .version = w->item.version }) ==
			         US_ECONFLICT);
		}
		_exit(0);
	}
	for (int status, i = 0; i < 8; i++) {
		wait(&status);
		assert_int_equal(status, 0);
	}
	assert_value(w, w->s, task, US_SPAN("200"));
}

static void of_claimers_in_a_crowd_each_has_another_token(void **state)
{
	struct world *w = *state;
	uint64_t tokens[8], got;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		if (us_store_claim(w->s, task, &got))
			_exit(1);
		_exit(write(ends[1], &got, sizeof(got)) != sizeof(got));
	}
	for (int i = 0; i < 8; i++) {
		assert_int_equal(read(ends[0], &tokens[i], sizeof(got)), sizeof(got));
		for (int k = 0; k < i; k++)
			assert_true(tokens[k] != tokens[i]);
		wait(NULL);
	}
	close(ends[0]);
	close(ends[1]);
}

static int start_server(void **state) { return redis_server_make(&server) ? 0 : -1; }

static int stop_server(void **state)
{
	redis_server_drop(&server);
	return 0;
}

static enum kind files = FILES, redis = REDIS;

#define BOTH(f)                                                                                    \
	{ "in files: " #f, f, make, drop, &files }, { "in Redis: " #f, f, make, drop, &redis }

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(what_is_put_is_got_elsewhere),
		BOTH(keys_and_values_are_any_bytes),
		BOTH(long_keys_stay_apart_and_longer_ones_are_refused),
		BOTH(a_value_of_megabytes_comes_back_whole),
		BOTH(versions_grow_over_everything),
		BOTH(only_the_version_that_was_read_may_be_replaced),
		BOTH(a_zombie_is_refused),
		BOTH(a_finished_task_is_not_brought_back),
		BOTH(what_has_expired_is_not_there),
		BOTH(a_short_life_ends_by_itself_and_makes_room),
		BOTH(a_later_write_prolongs_a_life),
		BOTH(keys_are_listed_by_their_beginning),
		BOTH(of_eight_processes_that_count_none_is_lost),
		BOTH(of_claimers_in_a_crowd_each_has_another_token),
	};

	return cmocka_run_group_tests_name("store", tests, start_server, stop_server);
}

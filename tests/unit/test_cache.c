/* test_cache.c - answers on the disk: private, bounded, of this request and of no other */
#include "state/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"

struct place {
	char dir[64], below[96], path[400];
	struct us_cache cache;
	struct us_cache_key key;
	struct us_buf bytes;
	struct us_cached got;
	uint64_t now;
};

static struct us_cache cache_in(const char *dir)
{
	return (struct us_cache){ .dir = dir, .max = 1 << 20, .fresh_ms = 60000 };
}

static int make_place(void **state)
{
	static struct place p;

	strcpy(p.dir, "/tmp/understudy-cache-XXXXXX");
	assert_non_null(mkdtemp(p.dir));
	snprintf(p.below, sizeof(p.below), "%s/a/b", p.dir);
	p.cache = cache_in(p.below);
	us_buf_init(&p.bytes, 1 << 20);
	p.now = (uint64_t)time(NULL) * 1000;
	assert_int_equal(us_cache_open(&p.cache, NULL), 0);
	us_cache_key(&p.cache, US_SPAN("POST u"), US_SPAN("{}"), &p.key);
	snprintf(p.path, sizeof(p.path), "%s/answers-%c/%s", p.below, p.key.name[0], p.key.name);
	*state = &p;
	return 0;
}

static int drop_place(void **state)
{
	struct place *p = *state;
	char command[160];

	us_buf_fini(&p->bytes);
	snprintf(command, sizeof(command), "rm -rf %s", p->dir);
	return system(command);
}

static int put(struct place *p, const char *body)
{
	struct us_cached a = {
		.saved_ms = p->now, .own = true, .head = US_SPAN(HEAD), .body = us_span_of(body)
	};

	return us_cache_put(&p->cache, &p->key, &a, p->now);
}

static int get(struct place *p)
{
	us_buf_clear(&p->bytes);
	return us_cache_get(&p->cache, &p->key, p->now, &p->bytes, &p->got);
}

static void an_answer_comes_back_as_it_was_given(void **state)
{
	struct place *p = *state;

	assert_int_equal(get(p), US_ENOENT);
	assert_int_equal(put(p, "{\"a\":1}"), 0);
	assert_int_equal(get(p), 0);
	assert_true(us_span_is(p->got.head, HEAD));
	assert_true(us_span_is(p->got.body, "{\"a\":1}"));
	assert_true(p->got.own);
	assert_int_equal(p->got.saved_ms, p->now);
	assert_int_equal(put(p, ""), 0); /* in its place */
	assert_int_equal(get(p), 0);
	assert_int_equal(p->got.body.n, 0);
}

static void whatever_differs_is_another_request(void **state)
{
	static const char *const asked[][2] = {
		{ "POST u", "{}" }, { "POST u", "{} " }, { "POST u{", "}" },
		{ "POST ", "u{}" }, { "POST v", "{}" },  { "", "" },
	};
	struct us_cache_key keys[US_COUNT(asked)];
	struct place *p = *state;

	for (size_t i = 0; i < US_COUNT(asked); i++) {
		us_cache_key(&p->cache, us_span_of(asked[i][0]), us_span_of(asked[i][1]), &keys[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(keys[i].name, keys[j].name);
	}
	assert_string_equal(keys[0].name, p->key.name);
}

static void names_are_of_this_directory_only(void **state)
{
	struct place *p = *state;
	char elsewhere[96];
	struct us_cache again = cache_in(p->below), other = cache_in(elsewhere);
	struct us_cache_key key;

	snprintf(elsewhere, sizeof(elsewhere), "%s/other", p->dir);
	assert_int_equal(us_cache_open(&again, NULL), 0);
	us_cache_key(&again, US_SPAN("POST u"), US_SPAN("{}"), &key);
	assert_string_equal(key.name, p->key.name);
	assert_int_equal(us_cache_open(&other, NULL), 0);
	us_cache_key(&other, US_SPAN("POST u"), US_SPAN("{}"), &key);
	assert_string_not_equal(key.name, p->key.name);
}

static void expect_mode(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
}

static void nobody_else_can_read_it(void **state)
{
	struct place *p = *state;
	char path[200];

	put(p, "x");
	expect_mode(p->path, 0600);
	expect_mode(p->below, 0700);
	snprintf(path, sizeof(path), "%s/answers-%c", p->below, p->key.name[0]);
	expect_mode(path, 0700);
	snprintf(path, sizeof(path), "%s/secret", p->below);
	expect_mode(path, 0700);
	snprintf(path, sizeof(path), "%s/secret/salt", p->below);
	expect_mode(path, 0600);
	chmod(p->path, 0620); /* somebody may have written it */
	assert_int_equal(get(p), US_ENOENT);
}

static struct us_buf read_all(const char *path)
{
	struct us_buf b;
	FILE *f = fopen(path, "r");
	char piece[4096];
	size_t n;

	us_buf_init(&b, 1 << 20);
	while ((n = fread(piece, 1, sizeof(piece), f)))
		us_buf_add(&b, piece, n);
	fclose(f);
	return b;
}

static void write_all(const char *path, struct us_span bytes)
{
	FILE *f = fopen(path, "w");

	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
}

static void a_file_that_was_harmed_is_not_believed(void **state)
{
	struct place *p = *state;
	struct us_buf whole;

	put(p, "{\"a\":1}");
	whole = read_all(p->path);
	for (size_t i = 0; i < whole.n; i++) {
		whole.p[i] ^= 0x20;
		write_all(p->path, us_buf_span(&whole));
		assert_int_equal(get(p), US_ENOENT);
		whole.p[i] ^= 0x20;
		write_all(p->path, us_span(whole.p, i));
		assert_int_equal(get(p), US_ENOENT);
	}
	write_all(p->path, us_buf_span(&whole));
	assert_int_equal(get(p), 0);
	us_buf_fini(&whole);
}

static void a_file_under_the_name_of_another_is_not_believed(void **state)
{
	struct place *p = *state;
	struct us_buf file;

	put(p, "of another");
	file = read_all(p->path);
	us_cache_key(&p->cache, US_SPAN("POST u"), US_SPAN("{\"b\":1}"), &p->key);
	put(p, "its own");
	snprintf(p->path, sizeof(p->path), "%s/answers-%c/%s", p->below, p->key.name[0],
	         p->key.name);
	write_all(p->path, us_buf_span(&file));
	assert_int_equal(get(p), US_ENOENT);
	us_buf_fini(&file);
}

static void a_link_is_not_followed(void **state)
{
	struct place *p = *state;
	char target[400];

	put(p, "x");
	snprintf(target, sizeof(target), "%s/moved", p->dir);
	assert_int_equal(rename(p->path, target), 0);
	assert_int_equal(symlink(target, p->path), 0);
	assert_int_equal(get(p), US_ENOENT);
}

/* Of all shelves: how many files, how many bytes. */
static void measure(const char *below, size_t *files, size_t *bytes)
{
	char dir[200], path[500];
	struct dirent *e;
	struct stat st;

	*files = *bytes = 0;
	for (int i = 0; i < 16; i++) {
		DIR *d;

		snprintf(dir, sizeof(dir), "%s/answers-%x", below, i);
		d = opendir(dir);
		while (d && (e = readdir(d))) {
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
			if (e->d_name[0] == '.' || stat(path, &st))
				continue;
			*files += 1;
			*bytes += (size_t)st.st_size;
		}
		if (d)
			closedir(d);
	}
}

static void it_takes_no_more_room_than_it_may(void **state)
{
	struct place *p = *state;
	char body[10000], text[32];
	size_t files, bytes;

	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	for (int i = 0; i < 400; i++) { /* some four times what there is room for */
		snprintf(text, sizeof(text), "%d", i);
		us_cache_key(&p->cache, US_SPAN("u"), us_span_of(text), &p->key);
		assert_int_equal(put(p, body), 0);
		assert_int_equal(get(p), 0); /* the new one is never the one that goes */
	}
	measure(p->below, &files, &bytes);
	assert_in_range(bytes, p->cache.max / 2, p->cache.max);
	assert_true(files < 110);
}

static void one_that_is_too_large_is_not_kept(void **state)
{
	struct place *p = *state;
	static char body[1 << 17];

	memset(body, 'x', sizeof(body) - 1);
	assert_int_equal(put(p, body), US_E2BIG);
	assert_int_equal(get(p), US_ENOENT);
}

static void what_is_too_old_for_any_use_is_swept_out(void **state)
{
	struct place *p = *state;
	struct timespec times[2] = { { .tv_sec = (time_t)(p->now / 1000) - 62 },
		                     { .tv_sec = (time_t)(p->now / 1000) - 62 } };
	struct us_cache_key old = p->key;
	char text[32];

	put(p, "x");
	assert_int_equal(utimensat(AT_FDCWD, p->path, times, 0), 0);
	for (int i = 0; i == 0 || p->key.name[0] != old.name[0]; i++) { /* of the same shelf */
		snprintf(text, sizeof(text), "%d", i);
		us_cache_key(&p->cache, US_SPAN("u"), us_span_of(text), &p->key);
	}
	put(p, "y");
	assert_int_not_equal(access(p->path, F_OK), 0);
	p->cache.stale_ms = 3600000; /* where older ones have a use they stay */
	p->key = old;
	put(p, "x");
	assert_int_equal(utimensat(AT_FDCWD, p->path, times, 0), 0);
	assert_int_equal(get(p), 0);
}

static void a_full_disk_harms_nothing_that_is_there(void **state)
{
	struct rlimit none = { 100, RLIM_INFINITY }, before;
	struct place *p = *state;

	assert_int_equal(put(p, "small"), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(put(p, "{\"an answer\":\"that does not fit\"}"), US_EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(get(p), 0);
	assert_true(us_span_is(p->got.body, "small"));
}

static void where_the_directory_cannot_be_had_words_say_why(void **state)
{
	struct place *p = *state;
	struct us_cache c = cache_in("/proc/none/cache");
	char path[200];
	struct us_buf why;

	us_buf_init(&why, 1000);
	assert_int_equal(us_cache_open(&c, &why), US_EIO);
	assert_true(us_span_has(us_buf_span(&why), "/proc/none"));
	us_buf_clear(&why);
	chmod(p->below, 0777);
	assert_int_equal(us_cache_open(&p->cache, &why), US_EIO);
	assert_true(us_span_has(us_buf_span(&why), "others could write there"));
	us_buf_clear(&why);
	chmod(p->below, 0700);
	snprintf(path, sizeof(path), "%s/secret/salt", p->below);
	chmod(path, 0644); /* and so it is no secret */
	assert_int_equal(us_cache_open(&p->cache, &why), US_EIO);
	assert_true(us_span_has(us_buf_span(&why), "secret/salt: not there"));
	us_buf_fini(&why);
}

static void a_salt_that_is_not_whole_is_made_anew(void **state)
{
	struct place *p = *state;
	struct us_cache again = cache_in(p->below);
	char path[200];

	snprintf(path, sizeof(path), "%s/secret/salt", p->below);
	write_all(path, US_SPAN("short"));
	assert_int_equal(us_cache_open(&p->cache, NULL), 0);
	assert_int_equal(us_cache_open(&again, NULL), 0);
	assert_memory_equal(p->cache.salt, again.salt, sizeof(again.salt));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
		T(an_answer_comes_back_as_it_was_given),
		T(whatever_differs_is_another_request),
		T(names_are_of_this_directory_only),
		T(nobody_else_can_read_it),
		T(a_file_that_was_harmed_is_not_believed),
		T(a_file_under_the_name_of_another_is_not_believed),
		T(a_link_is_not_followed),
		T(it_takes_no_more_room_than_it_may),
		T(one_that_is_too_large_is_not_kept),
		T(what_is_too_old_for_any_use_is_swept_out),
		T(a_full_disk_harms_nothing_that_is_there),
		T(where_the_directory_cannot_be_had_words_say_why),
		T(a_salt_that_is_not_whole_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

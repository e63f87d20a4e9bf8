/* test_shelf.c - conversations kept by an id: private, bounded, whole or not at all */
#include "state/shelf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char dir[64], below[96];
	struct us_shelf shelf;
	struct us_buf got;
	uint64_t now_s;
};

static int make_place(void **state)
{
	static struct place p;

	strcpy(p.dir, "/tmp/understudy-shelf-XXXXXX");
	assert_non_null(mkdtemp(p.dir));
	snprintf(p.below, sizeof(p.below), "%s/conversations", p.dir);
	p.shelf = us_shelf_conversations(p.dir, 1000);
	us_buf_init(&p.got, 10000);
	p.now_s = (uint64_t)time(NULL);
	*state = &p;
	return 0;
}

static int drop_place(void **state)
{
	struct place *p = *state;
	char command[160];

	us_buf_fini(&p->got);
	snprintf(command, sizeof(command), "rm -rf %s", p->dir);
	return system(command);
}

static int put(struct place *p, const char *id, const char *text)
{
	return us_shelf_put(&p->shelf, us_span_of(id), us_span_of(text), p->now_s);
}

static int get(struct place *p, const char *id)
{
	us_buf_clear(&p->got);
	return us_shelf_get(&p->shelf, us_span_of(id), p->now_s, &p->got);
}

/* It was last touched so many seconds ago. */
static void age(struct place *p, const char *id, time_t seconds)
{
	char path[300];
	struct timespec times[2] = { { .tv_sec = (time_t)p->now_s - seconds },
		                     { .tv_sec = (time_t)p->now_s - seconds } };

	snprintf(path, sizeof(path), "%s/%s", p->below, id);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void what_is_put_is_got_and_may_be_replaced(void **state)
{
	struct place *p = *state;

	assert_int_equal(get(p, "resp_1"), US_ENOENT);
	assert_int_equal(put(p, "resp_1", "one"), 0);
	assert_int_equal(put(p, "resp-2", "two"), 0);
	assert_int_equal(get(p, "resp_1"), 0);
	assert_string_equal(us_buf_cstr(&p->got), "one");
	assert_int_equal(put(p, "resp_1", "another"), 0);
	assert_int_equal(get(p, "resp_1"), 0);
	assert_string_equal(us_buf_cstr(&p->got), "another");
	assert_int_equal(get(p, "resp_3"), US_ENOENT);
}

static void nobody_else_can_read_it(void **state)
{
	struct place *p = *state;
	char path[300];
	struct stat st;

	put(p, "resp_1", "one");
	assert_int_equal(stat(p->below, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(path, sizeof(path), "%s/resp_1", p->below);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	chmod(path, 0644); /* somebody has made it readable: it may have been written, too */
	assert_int_equal(get(p, "resp_1"), US_ENOENT);
}

static void an_id_is_no_path(void **state)
{
	static const char *const ids[] = {
		"", "../resp_1", "a/b", ".", "a.b", "resp 1", "resp_\n"
	};
	struct place *p = *state;

	for (size_t i = 0; i < US_COUNT(ids); i++) {
		assert_int_equal(put(p, ids[i], "x"), US_EINVAL);
		assert_int_equal(get(p, ids[i]), US_ENOENT);
	}
	assert_int_not_equal(access(p->below, F_OK), 0);
}

static void the_oldest_make_room_for_the_new(void **state)
{
	struct place *p = *state;
	char text[401] = "";

	memset(text, 'x', 400);
	put(p, "first", text);
	age(p, "first", 30);
	put(p, "second", text);
	age(p, "second", 60);
	assert_int_equal(put(p, "third", text), 0);
	assert_int_equal(get(p, "second"), US_ENOENT);
	assert_int_equal(get(p, "first"), 0);
	assert_int_equal(get(p, "third"), 0);
}

static void there_are_no_more_files_than_may_be(void **state)
{
	struct place *p = *state;
	char id[32];
	size_t there = 0;

	for (size_t i = 0; i < US_CONVERSATIONS_MAX + 10; i++) {
		snprintf(id, sizeof(id), "resp_%zu", i);
		assert_int_equal(put(p, id, "x"), 0);
	}
	for (size_t i = 0; i < US_CONVERSATIONS_MAX + 10; i++) {
		snprintf(id, sizeof(id), "resp_%zu", i);
		there += get(p, id) == 0;
	}
	assert_int_equal(there, US_CONVERSATIONS_MAX);
}

static void what_is_too_large_or_too_old_is_not_kept(void **state)
{
	struct place *p = *state;
	char text[1002] = "";

	memset(text, 'x', 1001);
	assert_int_equal(put(p, "large", text), US_E2BIG);
	put(p, "old", "x");
	age(p, "old", (time_t)US_CONVERSATION_SECONDS + 1);
	assert_int_equal(get(p, "old"), US_ENOENT);
	put(p, "young", "x"); /* whoever comes next sweeps it out */
	age(p, "young", (time_t)US_CONVERSATION_SECONDS - 1);
	assert_int_equal(get(p, "young"), 0);
	snprintf(text, sizeof(text), "%s/old", p->below);
	assert_int_not_equal(access(text, F_OK), 0);
}

static void where_the_directory_cannot_be_had_nothing_is_kept(void **state)
{
	struct place *p = *state;

	p->shelf.max = 0;
	assert_int_not_equal(put(p, "resp_1", "x"), 0);
	assert_int_not_equal(put(p, "resp_1", ""), 0);
	p->shelf = us_shelf_conversations("/proc/none", 1000);
	assert_int_equal(put(p, "resp_1", "x"), US_EIO);
	assert_int_equal(get(p, "resp_1"), US_ENOENT);
	p->shelf = us_shelf_conversations(NULL, 1000);
	assert_int_equal(put(p, "resp_1", "x"), US_EIO);
	assert_int_equal(get(p, "resp_1"), US_ENOENT);
}

static void a_directory_that_others_can_enter_is_not_used(void **state)
{
	struct place *p = *state;

	put(p, "resp_1", "x");
	chmod(p->below, 0755);
	assert_int_equal(put(p, "resp_2", "x"), US_EIO);
	assert_int_equal(get(p, "resp_1"), US_ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
		T(what_is_put_is_got_and_may_be_replaced),
		T(nobody_else_can_read_it),
		T(an_id_is_no_path),
		T(the_oldest_make_room_for_the_new),
		T(there_are_no_more_files_than_may_be),
		T(what_is_too_large_or_too_old_is_not_kept),
		T(where_the_directory_cannot_be_had_nothing_is_kept),
		T(a_directory_that_others_can_enter_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_page.c - the mapped page: shared, private when it must be, never half made */
#include "state/page.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char dir[64], file[96];
};

static int make_place(void **state)
{
	static struct place p;

	strcpy(p.dir, "/tmp/understudy-page-XXXXXX");
	assert_non_null(mkdtemp(p.dir));
	snprintf(p.file, sizeof(p.file), "%s/state-5", p.dir);
	*state = &p;
	return 0;
}

static int drop_place(void **state)
{
	struct place *p = *state;
	char command[160];

	chmod(p->dir, 0700);
	snprintf(command, sizeof(command), "rm -rf %s", p->dir);
	return system(command);
}

static struct us_page opened(const char *dir, bool shared)
{
	struct us_page page;

	assert_int_equal(us_page_open(&page, dir, NULL), 0);
	assert_int_equal(page.shared, shared);
	return page;
}

static struct us_slot *slot(struct us_page *page, const char *model)
{
	return us_page_slot(page, US_SPAN("openai"), US_SPAN("https://h:443"), us_span_of(model));
}

static void what_one_process_counts_another_reads(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	int status;

	if (fork() == 0) {
		struct us_page theirs;

		us_page_open(&theirs, p->dir, NULL);
		us_slot_count(slot(&theirs, "m"), US_COUNT_failed);
		_exit(theirs.shared ? 0 : 1);
	}
	wait(&status);
	assert_int_equal(status, 0);
	assert_int_equal(atomic_load(&slot(&page, "m")->count[US_COUNT_failed]), 1);
	us_page_close(&page);
}

static void the_file_is_private_and_has_no_holes(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	struct stat st;

	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(st.st_blocks * 512 >= st.st_size);
	us_page_close(&page);
}

static void no_temporary_file_is_left(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	char command[160];

	snprintf(command, sizeof(command), "test $(ls -A %s | wc -l) = 1", p->dir);
	assert_int_equal(system(command), 0);
	us_page_close(&page);
}

static void a_missing_directory_is_made(void **state)
{
	struct place *p = *state;
	struct us_page page;
	char dir[96];

	snprintf(dir, sizeof(dir), "%s/new", p->dir);
	page = opened(dir, true);
	us_page_close(&page);
}

static void a_directory_that_cannot_be_made_means_private_memory(void **state)
{
	struct us_page page;
	struct us_buf why;

	us_buf_init(&why, 1000);
	assert_int_equal(us_page_open(&page, "/proc/nowhere/x", &why), 0);
	assert_false(page.shared);
	assert_true(us_span_has(us_buf_span(&why), "/proc/nowhere/x"));
	us_slot_count(slot(&page, "m"), US_COUNT_ok); /* and it works */
	us_buf_fini(&why);
	us_page_close(&page);
}

static void a_directory_that_others_may_write_is_not_used(void **state)
{
	struct place *p = *state;
	struct us_page page;

	assert_int_equal(chmod(p->dir, 0777), 0);
	page = opened(p->dir, false);
	us_page_close(&page);
}

static void a_link_is_not_followed(void **state)
{
	struct place *p = *state;
	struct us_page page;
	char target[96];

	snprintf(target, sizeof(target), "%s/elsewhere", p->dir);
	assert_int_equal(symlink(target, p->file), 0);
	page = opened(p->dir, false);
	assert_int_equal(access(target, F_OK), -1);
	us_page_close(&page);
}

static void overwrite(const char *file, const char *bytes, size_t n)
{
	int fd = open(file, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, 0), n);
	close(fd);
}

static void a_damaged_file_is_replaced(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);

	us_page_close(&page);
	overwrite(p->file, "garbage!", 8);
	page = opened(p->dir, true);
	assert_null(us_page_nth(&page, 0));
	us_page_close(&page);
}

/* Touching the lost part of a mapping would be a SIGBUS in somebody's process. */
static void a_truncated_file_is_replaced(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);

	us_page_close(&page);
	assert_int_equal(truncate(p->file, 5000), 0);
	page = opened(p->dir, true);
	us_slot_count(slot(&page, "m"), US_COUNT_ok);
	us_page_close(&page);
}

static void a_file_with_holes_is_replaced(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	struct stat st;

	us_page_close(&page);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(truncate(p->file, 0), 0);
	assert_int_equal(truncate(p->file, st.st_size), 0);
	page = opened(p->dir, true);
	assert_int_equal(stat(p->file, &st), 0);
	assert_true(st.st_blocks * 512 >= st.st_size);
	us_page_close(&page);
}

static void slots_are_told_apart_by_each_name(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	struct us_slot *a = us_page_slot(&page, US_SPAN("ab"), US_SPAN("c"), US_SPAN("m"));

	assert_ptr_equal(us_page_slot(&page, US_SPAN("ab"), US_SPAN("c"), US_SPAN("m")), a);
	assert_ptr_not_equal(us_page_slot(&page, US_SPAN("a"), US_SPAN("bc"), US_SPAN("m")), a);
	assert_ptr_not_equal(us_page_slot(&page, US_SPAN("ab"), US_SPAN("c"), US_SPAN("n")), a);
	assert_string_equal(a->provider, "ab");
	assert_string_equal(a->model, "m");
	us_page_close(&page);
}

static void long_and_dirty_names_are_cut_and_cleaned(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	char longer[500];
	struct us_slot *s;

	memset(longer, 'x', sizeof(longer));
	longer[3] = '\033';
	s = us_page_slot(&page, US_SPAN("p"), US_SPAN("o"), us_span(longer, sizeof(longer)));
	assert_int_equal(strlen(s->model), sizeof(s->model) - 1);
	assert_int_equal(s->model[3], '?');
	us_page_close(&page);
}

static void when_all_are_taken_the_rest_share_one(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	struct us_slot *last = NULL;
	char model[16];

	for (int i = 0; i < 2 * US_PAGE_SLOTS; i++) {
		snprintf(model, sizeof(model), "m%d", i);
		last = slot(&page, model);
	}
	assert_string_equal(last->provider, "others");
	assert_ptr_equal(slot(&page, "one more"), last);
	assert_ptr_not_equal(slot(&page, "m0"), last);
	assert_null(us_page_nth(&page, US_PAGE_SLOTS));
	us_page_close(&page);
}

static void a_slot_claimed_by_a_process_that_died_gets_its_names(void **state)
{
	struct place *p = *state;
	struct us_page page = opened(p->dir, true);
	struct us_slot *s = slot(&page, "m");

	memset(s->provider, 0, sizeof(s->provider));
	memset(s->model, 0, sizeof(s->model));
	assert_ptr_equal(slot(&page, "m"), s);
	assert_string_equal(s->model, "m");
	us_page_close(&page);
}

static void percentiles_are_upper_bounds(void **state)
{
	static struct us_times s;

	assert_int_equal(us_times_percentile(&s, NULL, 99), 0);
	for (int i = 0; i < 99; i++)
		us_times_add(&s, 3);
	us_times_add(&s, 900);
	assert_int_equal(us_times_percentile(&s, NULL, 50), 4);
	assert_int_equal(us_times_percentile(&s, NULL, 99), 4);
	assert_int_equal(us_times_percentile(&s, NULL, 100), 1024);
	us_times_add(&s, UINT64_MAX);
	assert_int_equal(us_times_percentile(&s, NULL, 100), 1 << (US_MS_BUCKETS - 1));
}

static void the_default_place_obeys_the_runtime_dir_only_if_it_is_there(void **state)
{
	struct place *p = *state;
	struct us_buf b;
	char expected[96];

	us_buf_init(&b, 4096);
	us_page_default_dir(&b, p->dir);
	snprintf(expected, sizeof(expected), "%s/understudy", p->dir);
	assert_string_equal(us_buf_cstr(&b), expected);
	us_buf_clear(&b);
	us_page_default_dir(&b, "/nowhere/at/all");
	assert_true(us_span_starts(us_buf_span(&b), "/dev/shm/understudy-"));
	us_buf_fini(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_one_process_counts_another_reads),
		TEST(the_file_is_private_and_has_no_holes),
		TEST(no_temporary_file_is_left),
		TEST(a_missing_directory_is_made),
		TEST(a_directory_that_cannot_be_made_means_private_memory),
		TEST(a_directory_that_others_may_write_is_not_used),
		TEST(a_link_is_not_followed),
		TEST(a_damaged_file_is_replaced),
		TEST(a_truncated_file_is_replaced),
		TEST(a_file_with_holes_is_replaced),
		TEST(slots_are_told_apart_by_each_name),
		TEST(long_and_dirty_names_are_cut_and_cleaned),
		TEST(when_all_are_taken_the_rest_share_one),
		TEST(a_slot_claimed_by_a_process_that_died_gets_its_names),
		TEST(percentiles_are_upper_bounds),
		TEST(the_default_place_obeys_the_runtime_dir_only_if_it_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_task.c - checkpoints by the library's own calls, and their stored format */
#include "agent/checkpoint.h"
#include "agent/task.h"
#include "base/mem.h"

#include "agent_world.h"

static struct understudy_task *resumed(struct understudy *u, const char *id, int expected)
{
	struct understudy_task *t;
	int rc = understudy_resume_or_start(u, id, &t);

	if (rc != expected)
		fail_msg("%d: %s", rc, understudy_error());
	return t;
}

static void assert_step(struct understudy_task *t, const char *name, const char *result)
{
	const void *p;
	size_t n;

	assert_int_equal(understudy_step_get(t, name, &p, &n), 1);
	assert_int_equal(n, strlen(result));
	assert_memory_equal(p, result, n);
}

static void what_was_completed_is_there_in_the_next_life(void **state)
{
	struct world *w = *state;
	struct understudy_task *t = resumed(w->u, "report-7", 0);
	const char *name;
	const void *p;
	size_t n;

	assert_int_equal(understudy_step_get(t, "fetch", NULL, NULL), 0);
	assert_int_equal(understudy_step_complete(t, "fetch", "data", 4), 0);
	assert_int_equal(understudy_step_complete(t, "ask", "", 0), 0);
	assert_int_equal(understudy_state_set(t, "a\0b", 3), 0);
	assert_int_equal(understudy_save(t), 0);
	understudy_task_free(t);

	t = resumed(w->other, "report-7", 1);
	assert_string_equal(understudy_task_id(t), "report-7");
	assert_int_equal(understudy_task_step(t), 2);
	assert_step(t, "fetch", "data");
	assert_step(t, "ask", "");
	assert_int_equal(understudy_step_nth(t, 1, &name, NULL, NULL), 1);
	assert_string_equal(name, "ask");
	assert_int_equal(understudy_step_nth(t, 2, &name, &p, &n), 0);
	p = understudy_state_get(t, &n);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "a\0b", 3);
	assert_true(us_clock_unix_ms() - understudy_task_saved_at(t) < 60000);
	assert_false(understudy_task_damaged(t));
	assert_int_equal(understudy_drop(t), 0);
	assert_int_equal(understudy_task_step(t), 0);
	understudy_task_free(t);
	understudy_task_free(resumed(w->u, "report-7", 0));
}

static void who_resumes_shuts_out_who_had_it(void **state)
{
	struct world *w = *state;
	struct understudy_task *old = resumed(w->u, "t", 0), *now;

	assert_int_equal(understudy_step_complete(old, "a", "1", 1), 0);
	now = resumed(w->other, "t", 1);
	assert_true(understudy_task_token(now) > understudy_task_token(old));
	assert_int_equal(understudy_step_complete(old, "b", "2", 1), UNDERSTUDY_ESTALE);
	assert_non_null(strstr(understudy_error(), "claimed"));
	assert_int_equal(understudy_step_get(old, "b", NULL, NULL), 0);
	assert_int_equal(understudy_step_complete(old, "a", "other", 5), UNDERSTUDY_ESTALE);
	assert_step(old, "a", "1");
	assert_int_equal(understudy_drop(old), UNDERSTUDY_ESTALE);
	assert_int_equal(understudy_step_complete(now, "b", "3", 1), 0);
	assert_int_equal(understudy_drop(now), 0);
	assert_int_equal(understudy_save(old), UNDERSTUDY_ESTALE);
	understudy_task_free(old);
	understudy_task_free(now);
}

static void a_step_completed_again_has_its_new_result(void **state)
{
	struct world *w = *state;
	struct understudy_task *t = resumed(w->u, "t", 0);

	assert_int_equal(understudy_step_complete(t, "a", "1", 1), 0);
	assert_int_equal(understudy_step_complete(t, "a", "two", 3), 0);
	assert_int_equal(understudy_task_step(t), 1);
	understudy_task_free(t);
	t = resumed(w->u, "t", 1);
	assert_step(t, "a", "two");
	understudy_task_free(t);
}

static void what_is_only_looked_at_stays_with_its_owner(void **state)
{
	struct world *w = *state;
	struct understudy_task *t = resumed(w->u, "t", 0), *look;

	assert_int_equal(understudy_load(w->other, "t", &look), UNDERSTUDY_ENOENT);
	assert_null(look);
	assert_int_equal(understudy_step_complete(t, "a", "1", 1), 0);
	assert_int_equal(understudy_load(w->other, "t", &look), 0);
	assert_step(look, "a", "1");
	assert_int_equal(understudy_task_token(look), 0);
	assert_int_equal(understudy_save(look), UNDERSTUDY_EINVAL);
	assert_int_equal(understudy_step_complete(t, "b", "1", 1), 0);
	assert_int_equal(understudy_drop(look), 0); /* claims it */
	assert_int_equal(understudy_step_complete(t, "c", "1", 1), UNDERSTUDY_ESTALE);
	understudy_task_free(look);
	understudy_task_free(t);
}

static void the_claim_of_the_supervisor_is_used_for_its_task_only(void **state)
{
	struct world *w = *state;
	struct understudy_task *mine;

	setenv(US_TASK_ENV, "t", 1);
	setenv(US_TOKEN_ENV, "12345", 1);
	mine = resumed(w->other, NULL, 0);
	assert_string_equal(understudy_task_id(mine), "t");
	assert_int_equal(understudy_task_token(mine), 12345);
	understudy_task_free(mine);
	mine = resumed(w->other, "other", 0);
	assert_int_not_equal(understudy_task_token(mine), 12345);
	understudy_task_free(mine);
	unsetenv(US_TASK_ENV);
	unsetenv(US_TOKEN_ENV);
	assert_int_equal(understudy_resume_or_start(w->u, NULL, &mine), UNDERSTUDY_EINVAL);
}

static int note(void *self, const char *id)
{
	strcat(self, id);
	strcat(self, " ");
	return 1;
}

static void tasks_with_a_checkpoint_are_listed(void **state)
{
	struct understudy_task *a, *b, *c;
	struct world *w = *state;
	char all[100] = "", some[100] = "";

	a = resumed(w->u, "x/1", 0);
	b = resumed(w->u, "y/2", 0);
	c = resumed(w->u, "x/3", 0);
	assert_int_equal(understudy_save(a), 0);
	assert_int_equal(understudy_save(b), 0);
	assert_int_equal(understudy_list(w->other, NULL, note, all), 0);
	assert_non_null(strstr(all, "x/1 "));
	assert_non_null(strstr(all, "y/2 "));
	assert_int_equal(strlen(all), 8);
	assert_int_equal(understudy_list(w->other, "x/", note, some), 0);
	assert_string_equal(some, "x/1 ");
	understudy_task_free(a);
	understudy_task_free(b);
	understudy_task_free(c);
}

static void a_checkpoint_lives_an_hour_unless_told_otherwise(void **state)
{
	struct us_item item;
	struct world *w = *state;
	struct understudy_task *t = resumed(w->u, "t", 0);

	us_item_init(&item);
	assert_int_equal(understudy_save(t), 0);
	assert_int_equal(us_store_get(w->u->store, US_SPAN("task/t"), &item), 0);
	assert_int_equal(item.expires_ms - item.saved_ms, 3600000);
	understudy_task_set_ttl(t, 0);
	assert_int_equal(understudy_save(t), 0);
	us_buf_clear(&item.value);
	assert_int_equal(us_store_get(w->u->store, US_SPAN("task/t"), &item), 0);
	assert_int_equal(item.expires_ms, 0);
	us_item_fini(&item);
	understudy_task_free(t);
}

static void names_and_sizes_have_limits_that_are_told(void **state)
{
	char name[UNDERSTUDY_ID_MAX + 2];
	struct understudy_task *t;
	struct world *w = *state;
	char *big = test_calloc(1, UNDERSTUDY_CHECKPOINT_MAX);

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(understudy_resume_or_start(w->u, name, &t), UNDERSTUDY_EINVAL);
	assert_int_equal(understudy_resume_or_start(w->u, "", &t), UNDERSTUDY_EINVAL);
	name[sizeof(name) - 2] = '\0';
	t = resumed(w->u, name, 0);
	assert_int_equal(understudy_step_complete(t, "a", big, UNDERSTUDY_CHECKPOINT_MAX),
	                 UNDERSTUDY_E2BIG);
	assert_int_equal(understudy_step_get(t, "a", NULL, NULL), 0);
	assert_int_equal(understudy_step_complete(t, "b", "1", 1), 0);
	understudy_task_free(t);
	test_free(big);
}

/* --- threads -------------------------------------------------------------------------------------
 */

#define THREADS 4
#define STEPS 25

struct worker {
	struct understudy *u;
	pthread_t thread;
	char id[8];
	const char *failed;
};

static int act(void *self, struct understudy_call *call)
{
	return understudy_call_result(call, "x", 1);
}

/* No assertions here: cmocka's are for the main thread. */
static void *work(void *self)
{
	const struct understudy_tool tool = { .name = "shared", .call = act };
	struct understudy_task *t;
	struct worker *w = self;
	char name[16];

	if (understudy_resume_or_start(w->u, w->id, &t) < 0)
		return (void *)(uintptr_t)(w->failed = "resume");
	for (int i = 0; i < STEPS && !w->failed; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		if (understudy_tool_call(w->u, &tool, 1, NULL, 0, NULL, NULL))
			w->failed = "tool";
		else if (understudy_step_complete(t, name, w->id, strlen(w->id)))
			w->failed = "save";
	}
	understudy_task_free(t);
	return NULL;
}

static void threads_share_a_handle(void **state)
{
	struct worker workers[THREADS] = { 0 };
	struct world *w = *state;

	for (int i = 0; i < THREADS; i++) {
		workers[i].u = w->u;
		snprintf(workers[i].id, sizeof(workers[i].id), "t%d", i);
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		struct understudy_task *t;

		pthread_join(workers[i].thread, NULL);
		if (workers[i].failed)
			fail_msg("%s", workers[i].failed);
		t = resumed(w->u, workers[i].id, 1);
		assert_int_equal(understudy_task_step(t), STEPS);
		assert_step(t, "s3", workers[i].id);
		understudy_task_free(t);
	}
}

static void a_store_that_cannot_be_opened_is_told(void **state)
{
	struct understudy *u;

	setenv("UNDERSTUDY_STORE", "/proc/nowhere", 1);
	setenv("UNDERSTUDY_REDIS_URL", "", 1);
	assert_int_equal(understudy_open(&u), UNDERSTUDY_EIO);
	assert_null(u);
	assert_non_null(strstr(understudy_error(), "/proc/nowhere"));
	setenv("UNDERSTUDY_REDIS_URL", "gopher://x", 1);
	assert_int_equal(understudy_open(&u), UNDERSTUDY_EINVAL);
	assert_non_null(strstr(understudy_error(), "redis://"));
}

/* --- the stored format -------------------------------------------------------------------------
 */

static void fill(struct us_checkpoint *c)
{
	struct us_undo undo;

	assert_int_equal(us_checkpoint_complete(c, "one", US_SPAN("1\0"), &undo), 0);
	us_checkpoint_settle(c, &undo, true);
	assert_int_equal(us_checkpoint_complete(c, "", US_SPAN(""), &undo), 0);
	us_checkpoint_settle(c, &undo, true);
	assert_int_equal(us_checkpoint_set_state(c, US_SPAN("state")), 0);
}

static void bytes_that_were_cut_or_grew_are_damaged(void **state)
{
	struct us_checkpoint c = { 0 }, read = { 0 };
	struct us_buf bytes;

	us_buf_init(&bytes, 1000);
	fill(&c);
	assert_int_equal(us_checkpoint_encode(&c, &bytes), 0);
	for (size_t n = 0; n < bytes.n; n++)
		assert_int_equal(us_checkpoint_decode(&read, us_span(bytes.p, n)), US_EDAMAGED);
	assert_int_equal(us_checkpoint_decode(&read, us_buf_span(&bytes)), 0);
	assert_int_equal(read.n, 2);
	us_checkpoint_fini(&read);
	us_buf_add_char(&bytes, 'x');
	assert_int_equal(us_checkpoint_decode(&read, us_buf_span(&bytes)), US_EDAMAGED);
	us_checkpoint_fini(&c);
	us_buf_fini(&bytes);
}

/* What is accepted says the same when it is stored again. */
static void whatever_bytes_come_they_are_refused_or_understood(void **state)
{
	struct us_checkpoint c = { 0 }, read = { 0 };
	struct us_rand rand = { 7 };
	struct us_buf bytes, again;
	size_t understood = 0;

	us_buf_init(&bytes, 1000);
	us_buf_init(&again, 1000);
	fill(&c);
	assert_int_equal(us_checkpoint_encode(&c, &bytes), 0);
	for (int i = 0; i < 20000; i++) {
		size_t at = (size_t)us_rand_between(&rand, 0, bytes.n - 1);
		char was = bytes.p[at];

		bytes.p[at] = (char)us_rand_next(&rand);
		if (us_checkpoint_decode(&read, us_buf_span(&bytes)) == 0) {
			us_buf_clear(&again);
			assert_int_equal(us_checkpoint_encode(&read, &again), 0);
			assert_true(us_span_eq(us_buf_span(&again), us_buf_span(&bytes)));
			understood++;
		}
		us_checkpoint_fini(&read);
		bytes.p[at] = was;
	}
	assert_in_range(understood, 1, 19000);
	us_checkpoint_fini(&c);
	us_buf_fini(&bytes);
	us_buf_fini(&again);
}

static void without_memory_nothing_changes(void **state)
{
	struct us_checkpoint c = { 0 }, read = { 0 };
	struct us_undo undo;
	struct us_buf bytes;
	unsigned long nth;
	int rc = 0;

	us_buf_init(&bytes, 1000);
	fill(&c);
	us_checkpoint_encode(&c, &bytes);
	for (nth = 1; nth == 1 || rc; nth++) {
		us_mem_fail_at(nth);
		rc = us_checkpoint_decode(&read, us_buf_span(&bytes));
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	}
	assert_true(nth > 5);
	for (nth = 1; nth == 1 || rc; nth++) {
		us_mem_fail_at(nth);
		rc = us_checkpoint_complete(&read, "one", US_SPAN("2"), &undo);
		us_mem_fail_at(0);
	}
	us_checkpoint_settle(&read, &undo, false);
	assert_int_equal(us_checkpoint_find(&read, "one")->n, 2);
	us_checkpoint_fini(&read);
	us_checkpoint_fini(&c);
	us_buf_fini(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(what_was_completed_is_there_in_the_next_life),
		BOTH(who_resumes_shuts_out_who_had_it),
		BOTH(a_step_completed_again_has_its_new_result),
		BOTH(what_is_only_looked_at_stays_with_its_owner),
		BOTH(the_claim_of_the_supervisor_is_used_for_its_task_only),
		BOTH(tasks_with_a_checkpoint_are_listed),
		BOTH(a_checkpoint_lives_an_hour_unless_told_otherwise),
		BOTH(names_and_sizes_have_limits_that_are_told),
		BOTH(threads_share_a_handle),
		cmocka_unit_test(a_store_that_cannot_be_opened_is_told),
		cmocka_unit_test(whatever_bytes_come_they_are_refused_or_understood),
		cmocka_unit_test(bytes_that_were_cut_or_grew_are_damaged),
		cmocka_unit_test(without_memory_nothing_changes),
	};

	return cmocka_run_group_tests_name("task", tests, start_server, stop_server);
}

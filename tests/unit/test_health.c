/* test_health.c - the breaker: every cell of its table, races, stamps from elsewhere */
#include "state/health.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct us_health_policy policy = { .trip_after = 3, .open_ms = 6000, .probe_ms = 500 };

#define NOW ((uint64_t)1000000)
#define FIRST ((uint64_t)1000) /* open_ms / 6 */

static enum us_admit ask(struct us_health *h, uint64_t now)
{
	return us_health_ask(h, &policy, now, NULL);
}

static void fails(struct us_health *h, uint64_t now)
{
	us_health_fail(h, &policy, US_ADMIT_YES, now);
}

static enum us_breaker_state state(struct us_health *h, uint64_t now)
{
	return us_health_look(h, &policy, now).state;
}

static struct us_health opened_at(uint64_t now)
{
	struct us_health h = { 0 };

	us_health_left(&h, &policy, US_ADMIT_YES, now);
	return h;
}

static void zero_is_closed_and_admits(void **unused)
{
	struct us_health h = { 0 };

	assert_int_equal(state(&h, NOW), US_BREAKER_CLOSED);
	assert_int_equal(ask(&h, NOW), US_ADMIT_YES);
	assert_true(us_health_ready(&h, &policy, NOW));
}

static void it_opens_at_the_nth_failure_in_a_row(void **unused)
{
	struct us_health h = { 0 };

	fails(&h, NOW);
	fails(&h, NOW);
	assert_int_equal(ask(&h, NOW), US_ADMIT_YES);
	fails(&h, NOW);
	assert_int_equal(ask(&h, NOW), US_ADMIT_NO);
	assert_int_equal(state(&h, NOW), US_BREAKER_OPEN);
}

static void a_success_in_between_starts_the_count_anew(void **unused)
{
	struct us_health h = { 0 };

	fails(&h, NOW);
	fails(&h, NOW);
	us_health_ok(&h, US_ADMIT_YES, NOW);
	fails(&h, NOW);
	fails(&h, NOW);
	assert_int_equal(ask(&h, NOW), US_ADMIT_YES);
}

static void a_call_that_had_to_leave_opens_it_at_once(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(ask(&h, NOW + 1), US_ADMIT_NO);
}

static void the_asker_hears_when_to_come_again(void **unused)
{
	struct us_health h = opened_at(NOW);
	uint64_t again = 0;

	assert_int_equal(us_health_ask(&h, &policy, NOW + 100, &again), US_ADMIT_NO);
	assert_int_equal(again, NOW + FIRST);
}

static void after_its_time_one_asker_probes(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(ask(&h, NOW + FIRST - 1), US_ADMIT_NO);
	assert_true(us_health_ready(&h, &policy, NOW + FIRST));
	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_PROBE);
	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_NO);
	assert_false(us_health_ready(&h, &policy, NOW + FIRST));
}

static void a_good_probe_closes_it(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_PROBE);
	us_health_ok(&h, US_ADMIT_PROBE, NOW + FIRST);
	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_YES);
	assert_int_equal(us_health_look(&h, &policy, NOW).failures, 0);
}

/* Five times 1, then 2, 4, and 6 of the longest 6 seconds. */
static void after_five_failed_probes_each_doubles_the_time_up_to_the_longest(void **unused)
{
	static const uint64_t waits[] = { 1000, 1000, 1000, 1000, 1000, 2000, 4000, 6000, 6000 };
	struct us_health h = opened_at(NOW);
	uint64_t now = NOW;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(ask(&h, now + waits[i] - 1), US_ADMIT_NO);
		now += waits[i];
		assert_int_equal(ask(&h, now), US_ADMIT_PROBE);
		us_health_left(&h, &policy, US_ADMIT_PROBE, now);
	}
}

static void a_lost_probe_is_replaced(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_PROBE);
	assert_int_equal(ask(&h, NOW + FIRST + 499), US_ADMIT_NO);
	assert_int_equal(ask(&h, NOW + FIRST + 500), US_ADMIT_PROBE);
}

static void a_probe_given_back_is_free_at_once(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_PROBE);
	us_health_give_back(&h, &policy, US_ADMIT_PROBE, NOW + FIRST);
	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_PROBE);
}

static void others_cannot_end_the_probe(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_PROBE);
	fails(&h, NOW + FIRST + 1);
	us_health_give_back(&h, &policy, US_ADMIT_YES, NOW + FIRST + 1);
	assert_int_equal(state(&h, NOW + FIRST + 1), US_BREAKER_HALF_OPEN);
}

static void an_old_success_does_not_close_it_a_new_one_does(void **unused)
{
	struct us_health h = opened_at(NOW);

	us_health_ok(&h, US_ADMIT_YES, NOW - 50);
	assert_int_equal(state(&h, NOW), US_BREAKER_OPEN);
	us_health_ok(&h, US_ADMIT_NO, NOW + 50);
	assert_int_equal(state(&h, NOW + 50), US_BREAKER_CLOSED);
}

static void cooling_keeps_the_later_of_two_times(void **unused)
{
	struct us_health h = { 0 };

	us_health_cool(&h, NOW + 5000);
	us_health_cool(&h, NOW + 1000);
	assert_int_equal(ask(&h, NOW + 4999), US_ADMIT_NO);
	assert_true(us_health_look(&h, &policy, NOW).cooling);
	assert_int_equal(us_health_look(&h, &policy, NOW).state, US_BREAKER_CLOSED);
	assert_int_equal(ask(&h, NOW + 5000), US_ADMIT_YES);
}

static void a_wait_wish_is_a_floor_under_the_probe(void **unused)
{
	struct us_health h = opened_at(NOW);

	us_health_cool(&h, NOW + FIRST + 700);
	assert_int_equal(ask(&h, NOW + FIRST), US_ADMIT_NO);
	assert_int_equal(ask(&h, NOW + FIRST + 700), US_ADMIT_PROBE);
}

/* The machine was started anew: its clock begins at 0 again, the file remained. */
static void stamps_from_the_future_admit(void **unused)
{
	struct us_health h = opened_at(NOW);

	us_health_cool(&h, NOW + 48 * 3600 * 1000u);
	assert_int_not_equal(ask(&h, 5), US_ADMIT_NO);
	us_health_cool(&h, 5000); /* and can be cooled again */
	assert_int_equal(ask(&h, 10), US_ADMIT_NO);
}

/* Two processes look at the clock, and the one that looked later writes first. */
static void a_stamp_that_is_moments_ahead_is_of_now(void **unused)
{
	struct us_health h = opened_at(NOW + 5);

	assert_int_equal(ask(&h, NOW), US_ADMIT_NO);
	assert_int_equal(ask(&h, NOW + 20005), US_ADMIT_PROBE);
	assert_int_equal(ask(&h, NOW + 20000), US_ADMIT_NO);
}

static void a_corrupt_word_heals(void **unused)
{
	struct us_health h = { 0 };

	atomic_store(&h.breaker, UINT64_MAX);
	assert_int_equal(ask(&h, NOW), US_ADMIT_YES);
	assert_int_equal(state(&h, NOW), US_BREAKER_CLOSED);
	atomic_store(&h.breaker, UINT64_MAX);
	assert_int_equal(state(&h, NOW), US_BREAKER_CLOSED);
}

static void the_failure_count_saturates(void **unused)
{
	static const struct us_health_policy patient = { .trip_after = 5000, .open_ms = 6000 };
	struct us_health h = { 0 };

	for (int i = 0; i < 3000; i++)
		us_health_fail(&h, &patient, US_ADMIT_YES, NOW);
	assert_int_equal(us_health_look(&h, &patient, NOW).failures, 1023);
	assert_int_equal(us_health_look(&h, &patient, NOW).state, US_BREAKER_CLOSED);
}

static void it_remembers_why(void **unused)
{
	struct us_health h = { 0 };

	us_health_why(&h, US_CAUSE_RATE_LIMIT, 429);
	assert_int_equal(us_health_look(&h, &policy, NOW).cause, US_CAUSE_RATE_LIMIT);
	assert_int_equal(us_health_look(&h, &policy, NOW).status, 429);
}

static void *count_probe(void *health)
{
	return (void *)(uintptr_t)(ask(health, NOW + FIRST) == US_ADMIT_PROBE);
}

static void of_eight_threads_one_probes(void **unused)
{
	for (int round = 0; round < 200; round++) {
		struct us_health h = opened_at(NOW);
		pthread_t t[8];
		uintptr_t probes = 0;

		for (int i = 0; i < 8; i++)
			assert_int_equal(pthread_create(&t[i], NULL, count_probe, &h), 0);
		for (int i = 0; i < 8; i++) {
			void *one;

			pthread_join(t[i], &one);
			probes += (uintptr_t)one;
		}
		assert_int_equal(probes, 1);
	}
}

static void of_eight_processes_one_probes(void **unused)
{
	struct us_health *h =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int probes = 0, status;

	*h = opened_at(NOW);
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			_exit(ask(h, NOW + FIRST) == US_ADMIT_PROBE);
	for (int i = 0; i < 8; i++) {
		wait(&status);
		probes += WEXITSTATUS(status);
	}
	assert_int_equal(probes, 1);
	munmap(h, 4096);
}

/* --- who probes ------------------------------------------------------------------------------ */

static uint64_t me = 7;
static uint64_t dead;
static uint64_t self(void) { return me; }
static bool gone(uint64_t process) { return process == dead; }
static const struct us_processes people = { self, gone };
static const struct us_health_policy watched = {
	.trip_after = 3, .open_ms = 6000, .probe_ms = 60000, .processes = &people
};

static void the_permit_of_a_prober_that_was_killed_goes_to_the_next_asker(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(us_health_ask(&h, &watched, NOW + FIRST, NULL), US_ADMIT_PROBE);
	me = 8;
	dead = 99;
	assert_int_equal(us_health_ask(&h, &watched, NOW + FIRST, NULL), US_ADMIT_NO);
	dead = 7;
	assert_true(us_health_ready(&h, &watched, NOW + FIRST));
	assert_int_equal(us_health_ask(&h, &watched, NOW + FIRST, NULL), US_ADMIT_PROBE);
	me = 9; /* and is his: the next one does not take it for that of the dead */
	assert_int_equal(us_health_ask(&h, &watched, NOW + FIRST, NULL), US_ADMIT_NO);
	me = 7;
	dead = 0;
}

/* Killed between the two words: who has the permit is not known, so its time must pass. */
static void a_permit_without_a_holder_is_replaced_after_its_time(void **unused)
{
	struct us_health h = opened_at(NOW);

	assert_int_equal(us_health_ask(&h, &watched, NOW + FIRST, NULL), US_ADMIT_PROBE);
	us_health_left(&h, &watched, US_ADMIT_PROBE, NOW + FIRST + 1);
	assert_int_equal(us_health_ask(&h, &policy, NOW + 2 * FIRST + 1, NULL), US_ADMIT_PROBE);
	dead = 7; /* he of the probe before */
	assert_int_equal(us_health_ask(&h, &watched, NOW + 2 * FIRST + 2, NULL), US_ADMIT_NO);
	assert_int_equal(us_health_ask(&h, &watched, NOW + 2 * FIRST + 60001, NULL),
	                 US_ADMIT_PROBE);
	dead = 0;
}

/* --- the last half minute -------------------------------------------------------------------- */

static const struct us_health_policy shares = {
	.trip_after = 5, .open_ms = 6000, .failing = 50, .slow = 80
};

static bool mark(struct us_health *h, bool failed, bool slow, uint64_t now)
{
	return us_health_mark(h, &shares, failed, slow, now);
}

static void half_of_twenty_failures_open_it(void **unused)
{
	struct us_health h = { 0 };

	for (int i = 0; i < 19; i++)
		assert_false(mark(&h, i % 2, false, NOW));
	assert_true(mark(&h, true, false, NOW));
	assert_int_equal(state(&h, NOW), US_BREAKER_OPEN);
}

static void less_than_half_do_not(void **unused)
{
	struct us_health h = { 0 };

	for (int i = 0; i < 1000; i++)
		assert_false(mark(&h, i % 5 == 1 || i % 5 == 3, false, NOW));
	assert_int_equal(state(&h, NOW), US_BREAKER_CLOSED);
}

static void four_of_five_slow_ones_open_it_and_fewer_do_not(void **unused)
{
	struct us_health h = { 0 };
	int n = 0;

	for (int i = 0; i < 100; i++)
		assert_false(mark(&h, false, i % 4 != 0, NOW));
	h = (struct us_health){ 0 };
	while (n < 100 && !mark(&h, false, n % 5 != 0, NOW))
		n++;
	assert_int_equal(n, 19);
}

static void what_was_more_than_half_a_minute_ago_does_not_count(void **unused)
{
	struct us_health h = { 0 };

	for (int i = 0; i < 19; i++)
		mark(&h, true, false, NOW);
	assert_false(mark(&h, true, false, NOW + 30000));
	for (int i = 0; i < 18; i++)
		assert_false(mark(&h, true, false, NOW + 30000 + 15000));
	assert_true(mark(&h, true, false, NOW + 30000 + 15000)); /* 20 in two quarters */
}

static void what_opened_it_is_not_held_against_it_when_it_closes(void **unused)
{
	struct us_health h = { 0 };

	for (int i = 0; i < 20; i++)
		mark(&h, true, false, NOW);
	us_health_ok(&h, US_ADMIT_NO, NOW + 1);
	assert_int_equal(state(&h, NOW + 1), US_BREAKER_CLOSED);
	for (int i = 0; i < 19; i++)
		assert_false(mark(&h, true, false, NOW + 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_is_closed_and_admits),
		cmocka_unit_test(it_opens_at_the_nth_failure_in_a_row),
		cmocka_unit_test(a_success_in_between_starts_the_count_anew),
		cmocka_unit_test(a_call_that_had_to_leave_opens_it_at_once),
		cmocka_unit_test(the_asker_hears_when_to_come_again),
		cmocka_unit_test(after_its_time_one_asker_probes),
		cmocka_unit_test(a_good_probe_closes_it),
		cmocka_unit_test(after_five_failed_probes_each_doubles_the_time_up_to_the_longest),
		cmocka_unit_test(a_lost_probe_is_replaced),
		cmocka_unit_test(a_probe_given_back_is_free_at_once),
		cmocka_unit_test(others_cannot_end_the_probe),
		cmocka_unit_test(an_old_success_does_not_close_it_a_new_one_does),
		cmocka_unit_test(cooling_keeps_the_later_of_two_times),
		cmocka_unit_test(a_wait_wish_is_a_floor_under_the_probe),
		cmocka_unit_test(stamps_from_the_future_admit),
		cmocka_unit_test(a_stamp_that_is_moments_ahead_is_of_now),
		cmocka_unit_test(a_corrupt_word_heals),
		cmocka_unit_test(the_failure_count_saturates),
		cmocka_unit_test(it_remembers_why),
		cmocka_unit_test(of_eight_threads_one_probes),
		cmocka_unit_test(of_eight_processes_one_probes),
		cmocka_unit_test(the_permit_of_a_prober_that_was_killed_goes_to_the_next_asker),
		cmocka_unit_test(a_permit_without_a_holder_is_replaced_after_its_time),
		cmocka_unit_test(half_of_twenty_failures_open_it),
		cmocka_unit_test(less_than_half_do_not),
		cmocka_unit_test(four_of_five_slow_ones_open_it_and_fewer_do_not),
		cmocka_unit_test(what_was_more_than_half_a_minute_ago_does_not_count),
		cmocka_unit_test(what_opened_it_is_not_held_against_it_when_it_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

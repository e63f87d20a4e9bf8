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

/* 1, 2, 4, then 6 of the longest 6 seconds. */
static void each_failed_probe_doubles_the_time_up_to_the_longest(void **unused)
{
	static const uint64_t waits[] = { 1000, 2000, 4000, 6000, 6000 };
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
		cmocka_unit_test(each_failed_probe_doubles_the_time_up_to_the_longest),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

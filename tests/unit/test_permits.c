/* test_permits.c - eight processes, one probe at a time, and probers that are killed
 *
 * CYCLES in the environment says how often the breaker is to be opened and probed (`make torture`:
 * 10,000). Each process asks; who gets the permit takes its turn: reports, or is killed by itself
 * while it holds it. The time in which breakers live is a word that the processes share.
 */
#include "state/health.h"

#include <setjmp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PROCESSES 8
#define CYCLES_DEFAULT "400"
#define DIES 20 /* one prober in so many */
#define STEP 7

static const struct us_health_policy policy = {
	.trip_after = 3, .open_ms = 60, .probe_ms = 1000000, .processes = &us_processes
};

struct shared {
	struct us_health health;
	_Atomic uint64_t now, probes, killed, holders, two_at_once, done, stop;
};

/* Whoever finds it open moves the clock, so that it is probed at last. While somebody probes, time
 * stands still: a prober that the machine lets wait must not look as if it had told nothing. */
static void take_turns(struct shared *s, unsigned seed)
{
	while (!atomic_load(&s->stop)) {
		uint64_t now = atomic_load(&s->now);
		enum us_admit got = us_health_ask(&s->health, &policy, now, NULL);

		if (got == US_ADMIT_YES)
			us_health_left(&s->health, &policy, got, now);
		if (got == US_ADMIT_NO &&
		    us_health_look(&s->health, &policy, now).state == US_BREAKER_OPEN)
			atomic_fetch_add(&s->now, STEP);
		if (got != US_ADMIT_PROBE)
			continue;
		atomic_fetch_add(&s->probes, 1);
		if (atomic_fetch_add(&s->holders, 1))
			atomic_fetch_add(&s->two_at_once, 1);
		seed = seed * 1103515245 + 12345;
		if (seed >> 16 & 1)
			sched_yield();
		/* From here on it is not there any more, whatever becomes of it. */
		atomic_fetch_sub(&s->holders, 1);
		if ((seed >> 17) % DIES == 0) {
			atomic_fetch_add(&s->killed, 1);
			kill(getpid(), SIGKILL);
		}
		atomic_fetch_add(&s->done, 1);
		if (seed >> 16 & 2)
			us_health_ok(&s->health, got, now);
		else
			us_health_left(&s->health, &policy, got, now);
	}
	_exit(0);
}

static pid_t start(struct shared *s, unsigned seed)
{
	pid_t pid = fork();

	if (pid == 0)
		take_turns(s, seed);
	return pid;
}

static void there_is_never_more_than_one_and_none_is_lost(void **unused)
{
	const char *text = getenv("CYCLES");
	uint64_t cycles = strtoull(text ? text : CYCLES_DEFAULT, NULL, 10);
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned seed = 1, alive;
	int status;

	assert_true(s != MAP_FAILED);
	atomic_store(&s->now, 1000000);
	us_health_left(&s->health, &policy, US_ADMIT_YES, 1000000);
	for (alive = 0; alive < PROCESSES; alive++)
		start(s, seed++);
	while (alive) {
		/* One that was killed is replaced by a new one, until there is enough. */
		pid_t pid = waitpid(-1, &status, atomic_load(&s->stop) ? 0 : WNOHANG);

		if (pid > 0 && (WIFEXITED(status) || atomic_load(&s->stop)))
			alive--;
		else if (pid > 0)
			start(s, seed++);
		if (atomic_load(&s->done) >= cycles)
			atomic_store(&s->stop, 1);
	}
	print_message("%llu probes by %d processes: %llu reported, %llu killed while they had the "
	              "permit, %llu two at once\n",
	              (unsigned long long)s->probes, PROCESSES, (unsigned long long)s->done,
	              (unsigned long long)s->killed, (unsigned long long)s->two_at_once);
	assert_int_equal(s->two_at_once, 0);
	assert_int_equal(s->probes, s->done + s->killed);
	assert_true(s->killed > 0);
	munmap(s, sizeof(*s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_never_more_than_one_and_none_is_lost),
	};

	return cmocka_run_group_tests_name("permits", tests, NULL, NULL);
}

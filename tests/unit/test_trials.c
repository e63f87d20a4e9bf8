/* test_trials.c - kill -9 at any instant, and zombies that write on: how often, and what came of it
 *
 * A victim saves as fast as it can and counts in shared memory what was acknowledged. It is killed;
 * then the checkpoint must hold all of that, whole, and at most the one step more that was on its
 * way. KILLS and ZOMBIES say how many; the counts are printed.
 */
#include "base/hash.h"

#include "agent_world.h"

#include <errno.h>
#include <sys/mman.h>

#define STEPS_MAX 40 /* then the task is finished, and begins again */

struct shared {
	_Atomic uint64_t round;        /* times it was finished */
	_Atomic uint64_t acknowledged; /* steps of this round */
	_Atomic int claimed;           /* by the successor of a zombie; the victim saves */
	_Atomic uint64_t tried, refused, late;
};

static struct shared *shared;

static unsigned long count(const char *name, unsigned long few)
{
	const char *given = getenv(name);

	return given ? strtoul(given, NULL, 10) : few;
}

static int share(void **state)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	return shared == MAP_FAILED ? -1 : start_server(state);
}

/* Results differ in length and content from step to step and round to round. */
static size_t result_of(uint64_t round, uint64_t step, char *out)
{
	size_t n = (size_t)(round * 131 + step * 977) % 3000;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)(round + step * 7 + i);
	return n;
}

static void name_of(uint64_t step, char name[16]) { snprintf(name, 16, "s%d", (int)step); }

/* Saves until it is killed. Leaves only if something is wrong. */
static void victim(void)
{
	struct understudy *u;
	struct understudy_task *t;
	char name[16], result[3000];

	if (understudy_open(&u) || understudy_resume_or_start(u, "victim", &t) < 0)
		_exit(1);
	for (;;) {
		uint64_t step = understudy_task_step(t), round = atomic_load(&shared->round);

		if (step == STEPS_MAX) {
			/* The round counts before: from here on, nothing or anything may be
			 * there. */
			atomic_store(&shared->acknowledged, 0);
			atomic_store(&shared->round, round + 1);
			if (understudy_drop(t))
				_exit(2);
			continue;
		}
		name_of(step, name);
		if (understudy_step_complete(t, name, result, result_of(round, step, result)))
			_exit(3);
		atomic_store(&shared->acknowledged, step + 1);
		atomic_store(&shared->claimed, 1);
	}
}

/* Are these the results of that round? */
static bool is_of(struct understudy_task *t, uint64_t round)
{
	char name[16], result[3000];

	for (uint64_t i = 0; i < understudy_task_step(t); i++) {
		const void *p;
		const char *is;
		size_t n, want = result_of(round, i, result);

		name_of(i, name);
		if (!understudy_step_nth(t, i, &is, &p, &n) || strcmp(is, name) != 0 || n != want ||
		    memcmp(p, result, n) != 0)
			return false;
	}
	return true;
}

/* What stands there after a kill is what was acknowledged, or one step more. A task that was being
 * finished may still stand there whole. */
static void check_survivor(struct understudy *u)
{
	uint64_t round = atomic_load(&shared->round), least = atomic_load(&shared->acknowledged);
	struct understudy_task *t = NULL;
	int rc = understudy_load(u, "victim", &t);
	uint64_t there = t ? understudy_task_step(t) : 0;

	if (rc && rc != UNDERSTUDY_ENOENT)
		fail_msg("%s", understudy_error());
	if (t && understudy_task_damaged(t))
		fail_msg("damaged");
	if (!least && there == STEPS_MAX)
		round -= !is_of(t, round); /* killed before the round counted, or after */
	else if (there < least || there > least + 1)
		fail_msg("%d steps acknowledged, %d there", (int)least, (int)there);
	if (t && !is_of(t, round))
		fail_msg("not what was saved");
	if (!least && there == STEPS_MAX)
		atomic_store(&shared->round, round);
	/* What was saved but not acknowledged counts from now on. */
	atomic_store(&shared->acknowledged, there == STEPS_MAX && !least ? STEPS_MAX : there);
	understudy_task_free(t);
}

static void whatever_instant_it_is_killed_at_nothing_acknowledged_is_lost(void **state)
{
	unsigned long kills = count("KILLS", 300), steps = 0;
	struct us_rand rand = { 42 };
	struct world *w = *state;

	if (w->kind == REDIS)
		kills /= 4;
	else
		kills -= kills / 4;
	*shared = (struct shared){ 0 };
	for (unsigned long i = 0; i < kills; i++) {
		struct timespec pause = { .tv_nsec = (long)us_rand_between(&rand, 0, 4000000) };
		uint64_t before = atomic_load(&shared->round) * STEPS_MAX +
		                  atomic_load(&shared->acknowledged);
		pid_t pid;
		int status;

		atomic_store(&shared->claimed, 0);
		pid = fork();

		if (pid == 0)
			victim();
		/* Half of them are killed on their way to the first save, or in it. */
		while (i % 2 && !atomic_load(&shared->claimed))
			sched_yield();
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		check_survivor(w->u);
		steps += atomic_load(&shared->round) * STEPS_MAX +
		         atomic_load(&shared->acknowledged) - before;
	}
	print_message("# %lu kills: %lu steps were saved in between, none was lost or torn\n",
	              kills, steps);
	assert_true(steps > kills / 2);
}

/* Writes on until it is refused, and a little longer. */
static void zombie(void)
{
	struct understudy *u;
	struct understudy_task *t;
	int last = 0;

	if (understudy_open(&u) || understudy_resume_or_start(u, "zombie", &t) < 0)
		_exit(1);
	atomic_store(&shared->acknowledged, 1);
	while (last < 3) {
		bool after = atomic_load(&shared->claimed);
		int rc = understudy_step_complete(t, "by", "zombie", 6);

		last += after;
		atomic_fetch_add(&shared->tried, 1);
		if (rc == UNDERSTUDY_ESTALE)
			atomic_fetch_add(&shared->refused, 1);
		else if (rc)
			_exit(2);
		else if (after)
			atomic_fetch_add(&shared->late, 1);
	}
	_exit(0);
}

static void one_zombie(struct world *w)
{
	struct understudy_task *t;
	const void *p;
	size_t n;
	pid_t pid;
	int status;

	atomic_store(&shared->acknowledged, 0);
	atomic_store(&shared->claimed, 0);
	pid = fork();
	if (pid == 0)
		zombie();
	while (!atomic_load(&shared->acknowledged))
		sched_yield();
	assert_true(understudy_resume_or_start(w->u, "zombie", &t) >= 0);
	atomic_store(&shared->claimed, 1);
	assert_int_equal(understudy_step_complete(t, "by", "successor", 9), 0);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	understudy_task_free(t);
	assert_int_equal(understudy_load(w->u, "zombie", &t), 0);
	assert_int_equal(understudy_step_get(t, "by", &p, &n), 1);
	assert_int_equal(n, 9);
	understudy_task_free(t);
}

static void no_write_of_a_zombie_is_taken_after_the_claim_of_its_successor(void **state)
{
	unsigned long zombies = count("ZOMBIES", 60) / 2;
	struct world *w = *state;

	*shared = (struct shared){ 0 };
	for (unsigned long i = 0; i < zombies; i++)
		one_zombie(w);
	print_message("# %lu zombies: of %lu writes %lu were refused, %lu taken after the claim\n",
	              zombies, (unsigned long)shared->tried, (unsigned long)shared->refused,
	              (unsigned long)shared->late);
	assert_int_equal(shared->late, 0);
	assert_true(shared->refused >= 3 * zombies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(whatever_instant_it_is_killed_at_nothing_acknowledged_is_lost),
		BOTH(no_write_of_a_zombie_is_taken_after_the_claim_of_its_successor),
	};

	return cmocka_run_group_tests_name("trials", tests, share, stop_server);
}

/* supervise.c - a program that is started again when it fails
 *
 * Failing is: another status than 0, a signal, or a health check that failed several times in a
 * row. Before each start the task is claimed anew, so what is left of the one before can do no more
 * harm to its checkpoint. Progress is a step more in that checkpoint: it makes the count of
 * failures begin anew. A program that fails without progress more often than it may is not started
 * again, a human is asked.
 *
 * Signals are waited for, not handled: one loop sees the end of the program, of a check and of a
 * courier (courier.h), the next one's time, and what is to be passed on.
 */
#include "cli/supervise.h"

#include "agent/deliver.h"
#include "agent/task.h"
#include "agent/understudy.h"
#include "base/clock.h"
#include "base/rand.h"
#include "cli/courier.h"
#include "cli/out.h"
#include "engine/backoff.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "run"
#define GRACE_MS 5000 /* from SIGTERM to SIGKILL */
#define TOKEN_MAX 24

enum { NOT_RUNNABLE = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

struct life {
	const struct us_supervision *s;
	const struct us_conf *conf;
	struct understudy *u; /* NULL: no store, no task */
	sigset_t waited, before;
	pid_t program, check;
	struct us_courier courier;
	uint64_t check_at; /* the next one, or the limit of the one that runs */
	uint64_t kill_at;  /* US_NEVER: it was not told to end */
	uint64_t failed_checks;
	bool hangs;
	int stopped_by; /* the signal that asked us to end; 0: none */
	int status;     /* of the program */
};

/* --- the task ----------------------------------------------------------------------------------
 */

static int claim_in(struct understudy *u, const char *task, uint64_t *steps)
{
	struct understudy_task *t;
	char token[TOKEN_MAX];
	int rc;

	unsetenv(US_TOKEN_ENV);
	rc = understudy_resume_or_start(u, task, &t);
	if (rc < 0)
		return rc;
	*steps = understudy_task_step(t);
	snprintf(token, sizeof(token), "%llu", (unsigned long long)understudy_task_token(t));
	understudy_task_free(t);
	return setenv(US_TASK_ENV, task, 1) || setenv(US_TOKEN_ENV, token, 1) ? US_ENOMEM : 0;
}

int us_supervise_claim(const char *task)
{
	struct understudy *u;
	uint64_t steps;
	int rc = understudy_open(&u);

	if (!rc)
		rc = claim_in(u, task, &steps);
	if (rc)
		us_out_tell(NAME, "task %s: %s", task, understudy_error());
	understudy_close(u);
	return rc;
}

/* Steps that the checkpoint has; 0 where there is none, or no task. */
static uint64_t steps_of(struct life *l)
{
	struct understudy_task *t;
	uint64_t steps;

	if (!l->u || !l->s->task || understudy_load(l->u, l->s->task, &t))
		return 0;
	steps = understudy_task_step(t);
	understudy_task_free(t);
	return steps;
}

/* --- one life ----------------------------------------------------------------------------------
 */

/* In the child. */
static void become(struct life *l, char **program)
{
	int why;

	sigprocmask(SIG_SETMASK, &l->before, NULL);
	execvp(program[0], program);
	why = errno;
	us_out_tell(NAME, "%s: %s", program[0], strerror(why));
	_exit(why == ENOENT ? NOT_FOUND : NOT_RUNNABLE);
}

static void start_check(struct life *l)
{
	char *shell[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)(uintptr_t)l->conf->health,
		          NULL };
	char pid[TOKEN_MAX];

	l->check_at = us_clock_ms() + l->conf->health_every;
	l->check = fork();
	if (l->check)
		return;
	snprintf(pid, sizeof(pid), "%ld", (long)l->program);
	setenv("UNDERSTUDY_PID", pid, 1);
	become(l, shell);
}

static void stop_program(struct life *l, int signal)
{
	kill(l->program, signal);
	if (l->kill_at == US_NEVER)
		l->kill_at = us_clock_ms() + GRACE_MS;
}

static void judge_check(struct life *l, bool good)
{
	l->check = 0;
	l->check_at = us_clock_ms() + l->conf->health_every;
	l->failed_checks = good ? 0 : l->failed_checks + 1;
	if (l->failed_checks < l->conf->health_fails || l->hangs)
		return;
	l->hangs = true;
	us_out_tell(NAME, "%s hangs: its health check failed %llu times in a row", l->s->program[0],
	            (unsigned long long)l->failed_checks);
	stop_program(l, SIGTERM);
}

/* Its time has come. */
static void tick(struct life *l)
{
	uint64_t now = us_clock_ms();

	if (now >= l->kill_at) {
		kill(l->program, SIGKILL);
		l->kill_at = US_NEVER - 1; /* not again */
	}
	us_courier_tick(&l->courier, &l->before, now);
	if (!l->conf->health[0] || l->hangs || now < l->check_at)
		return;
	if (!l->check) {
		start_check(l);
	} else {
		kill(l->check, SIGKILL); /* it hangs itself */
		l->check_at = US_NEVER;
	}
}

/* True: the program has ended. */
static bool reap(struct life *l)
{
	bool ended = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == l->program) {
			l->status = status;
			ended = true;
		} else if (us_courier_back(&l->courier, pid, us_clock_ms())) {
			continue;
		} else if (pid == l->check) {
			judge_check(l, WIFEXITED(status) && WEXITSTATUS(status) == 0);
		}
	}
	return ended;
}

static void wait_for_signal(struct life *l)
{
	uint64_t now = us_clock_ms(), next = l->conf->health[0] ? l->check_at : US_NEVER, ms;
	struct timespec pause;
	siginfo_t info;
	int signal;

	if (l->kill_at < next)
		next = l->kill_at;
	if (l->courier.at < next)
		next = l->courier.at;
	ms = next <= now ? 0 : next - now;
	pause = (struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
	signal = next >= US_NEVER - 1 ? sigwaitinfo(&l->waited, &info)
	                              : sigtimedwait(&l->waited, &info, &pause);
	if (signal <= 0 || signal == SIGCHLD)
		return;
	if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGHUP)
		l->stopped_by = signal;
	/* A terminal has sent it to the program too. */
	if (info.si_code != SI_KERNEL)
		kill(l->program, signal);
}

static void live(struct life *l)
{
	l->hangs = false;
	l->failed_checks = 0;
	l->check = 0;
	l->kill_at = US_NEVER;
	l->check_at = us_clock_ms() + l->conf->health_every;
	us_courier_begin(&l->courier, l->u && us_deliver_has_channel(l->conf), us_clock_ms());
	l->program = fork();
	if (l->program == 0)
		become(l, l->s->program);
	while (l->program > 0 && !reap(l)) {
		wait_for_signal(l);
		tick(l);
	}
	if (l->check > 0) {
		kill(l->check, SIGKILL);
		waitpid(l->check, NULL, 0);
	}
}

/* --- again and again ----------------------------------------------------------------------------
 */

static bool failed(const struct life *l)
{
	return l->hangs || !WIFEXITED(l->status) || WEXITSTATUS(l->status) != 0;
}

static int exit_status(const struct life *l)
{
	if (l->program < 0)
		return NOT_RUNNABLE;
	return WIFSIGNALED(l->status) ? BY_SIGNAL + WTERMSIG(l->status) : WEXITSTATUS(l->status);
}

static void describe(const struct life *l, struct us_buf *out)
{
	if (l->hangs)
		us_buf_add_str(out, "hung");
	else if (WIFSIGNALED(l->status))
		us_buf_addf(out, "was ended by signal %d (%s)", WTERMSIG(l->status),
		            strsignal(WTERMSIG(l->status)));
	else
		us_buf_addf(out, "ended with status %d", WEXITSTATUS(l->status));
}

/* True: a human wants it to be started again. */
static bool give_up(struct life *l, uint64_t failures, uint64_t steps)
{
	struct understudy_failure f = { .task = l->s->task ? l->s->task : l->s->program[0] };
	char id[UNDERSTUDY_QUESTION_ID];
	struct us_buf error, context, last;
	int rc;

	us_buf_init(&error, 1024);
	us_buf_init(&context, 4096);
	us_buf_init(&last, 256);
	describe(l, &last);
	us_buf_addf(&error, "it failed %llu times in a row without progress; at last it %s",
	            (unsigned long long)failures, us_buf_cstr(&last));
	us_buf_addf(&context, "program: %s\ncompleted steps: %llu", l->s->program[0],
	            (unsigned long long)steps);
	f.error = us_buf_cstr(&error);
	f.context = us_buf_cstr(&context);
	rc = l->u ? understudy_escalate(l->u, &f, id) : US_EAWAY;
	us_out_tell(NAME, "%s: %s", l->s->program[0], f.error);
	if (rc)
		us_out_tell(NAME, "no human can be asked: %s",
		            l->u ? understudy_error() : "no store");
	else
		us_out_tell(NAME, "a human is asked: understudy answer %s retry|abort", id);
	us_buf_fini(&error);
	us_buf_fini(&context);
	us_buf_fini(&last);
	if (rc || !l->s->ask)
		return false;
	sigprocmask(SIG_SETMASK, &l->before, NULL); /* so that we can be ended */
	rc = understudy_await(l->u, id, l->s->ask_ms, "abort", NULL);
	sigprocmask(SIG_BLOCK, &l->waited, NULL);
	return rc == UNDERSTUDY_ANSWERED;
}

/* False: we were asked to end meanwhile. */
static bool pause_before(struct life *l, uint64_t failures, struct us_rand *rand)
{
	const struct us_range_ms *range = &l->conf->restart_backoff;
	unsigned n = failures > 32 ? 32 : (unsigned)failures - 1;
	uint64_t ms = us_backoff_ms(range->low, range->high, n, rand), until = us_clock_ms() + ms;
	struct us_buf last;

	us_buf_init(&last, 256);
	describe(l, &last);
	us_out_tell(NAME, "%s %s; it is started again in %llu ms", l->s->program[0],
	            us_buf_cstr(&last), (unsigned long long)ms);
	us_buf_fini(&last);
	for (uint64_t now; (now = us_clock_ms()) < until && !l->stopped_by;) {
		struct timespec left = { (time_t)((until - now) / 1000),
			                 (long)((until - now) % 1000) * 1000000 };
		int signal = sigtimedwait(&l->waited, NULL, &left);

		if (signal > 0 && signal != SIGCHLD)
			l->stopped_by = signal;
	}
	return !l->stopped_by;
}

static int live_on(struct life *l)
{
	struct us_rand rand = { us_rand_seed() };
	uint64_t failures = 0, steps = 0, now_steps;

	for (;;) {
		if (l->s->task && claim_in(l->u, l->s->task, &steps)) {
			us_out_tell(NAME, "task %s: %s", l->s->task, understudy_error());
			return 125;
		}
		live(l);
		if (l->program < 0 || !failed(l) || l->stopped_by)
			return exit_status(l);
		now_steps = steps_of(l);
		failures = now_steps > steps ? 1 : failures + 1;
		if (failures > l->s->restarts) {
			if (!give_up(l, failures, now_steps))
				return exit_status(l);
			failures = 0;
		} else if (!pause_before(l, failures, &rand)) {
			return exit_status(l);
		}
	}
}

int us_supervise(const struct us_supervision *s, const struct us_conf *conf)
{
	struct life l = { .s = s, .conf = conf, .courier = { .rand = { us_rand_seed() } } };
	int rc;

	if (understudy_open(&l.u) && s->task) {
		us_out_tell(NAME, "task %s: %s", s->task, understudy_error());
		return 125;
	}
	sigemptyset(&l.waited);
	sigaddset(&l.waited, SIGCHLD);
	for (size_t i = 0; i < US_COUNT(passed_on); i++)
		sigaddset(&l.waited, passed_on[i]);
	sigprocmask(SIG_BLOCK, &l.waited, &l.before);
	rc = live_on(&l);
	us_courier_end(&l.courier, l.stopped_by != 0);
	understudy_close(l.u);
	return rc;
}

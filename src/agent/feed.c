/* feed.c - runs a program with bytes on its stdin
 *
 * posix_spawn rather than fork: the host may have threads. A host that reaps all children takes the
 * exit status from us; then it counts as done, rather than being done twice.
 */
#include "agent/feed.h"

#include "base/clock.h"
#include "base/hush.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 20

extern char **environ;

/* Its stdin, and its number; or errno. */
static int start(char *const argv[], int *to, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC))
		return errno;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	rc = posix_spawn(pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(ends[0]);
	if (rc)
		close(ends[1]);
	else
		*to = ends[1];
	return rc;
}

/* As much as it reads in time; some programs do not care. */
static void feed(int to, struct us_span input, uint64_t until)
{
	struct us_hush hush;

	fcntl(to, F_SETFL, O_NONBLOCK);
	us_hush_begin(&hush);
	while (input.n && us_clock_ms() < until) {
		struct pollfd p = { to, POLLOUT, 0 };
		ssize_t n = write(to, input.p, input.n);

		if (n > 0)
			input = us_span(input.p + n, input.n - (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			poll(&p, 1, POLL_MS);
		else if (n < 0 && errno != EINTR)
			break;
	}
	us_hush_end(&hush);
	close(to);
}

/* The exit status; -1: it was killed, by us or by somebody. */
static int finish(pid_t pid, uint64_t until)
{
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
		if (us_clock_ms() >= until) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		poll(NULL, 0, POLL_MS);
	}
	if (got < 0)
		return 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int us_feed(char *const argv[], struct us_span input, struct us_buf *why)
{
	uint64_t until = us_clock_ms() + US_FEED_LIMIT_MS;
	pid_t pid;
	int to, rc = start(argv, &to, &pid);

	if (rc) {
		us_buf_addf(why, "cannot be run: %s", strerror(rc));
		return US_EIO;
	}
	feed(to, input, until);
	rc = finish(pid, until);
	if (rc == 0)
		return 0;
	if (rc < 0)
		us_buf_add_str(why, "was killed");
	else
		us_buf_addf(why, "ended with %d", rc);
	return US_EIO;
}

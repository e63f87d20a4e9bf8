/* doctor_try.c - does ld.so take the preload?
 *
 * `cat /proc/self/maps` is started under it and tells itself what was loaded; where ld.so could
 * not, it says so on stderr and goes on, so the exit status would prove nothing.
 */
#include "cli/doctor.h"
#include "cli/preload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX ((size_t)1 << 20)
#define PROGRAM "/bin/cat"

/* In the child. */
static void become(int out, const char *preload)
{
	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0 &&
	    setenv("LD_PRELOAD", preload, 1) == 0)
		execl(PROGRAM, PROGRAM, "/proc/self/maps", (char *)NULL);
	_exit(127);
}

static void read_all(int fd, struct us_buf *answer)
{
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			us_buf_add(answer, part, (size_t)n);
}

/* The exit status, or -1. */
static int run(const char *preload, struct us_buf *answer)
{
	int ends[2], status = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0)
		become(ends[1], preload);
	close(ends[1]);
	if (pid > 0)
		read_all(ends[0], answer);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void judge(struct us_doctor *d, int status, struct us_span answer, const char *path)
{
	struct us_span end_of_line = us_arena_printf(&d->arena, " %s\n", path);
	struct us_span line = US_SPAN("");

	d->loads = status == 0 && end_of_line.n && us_span_has(answer, end_of_line.p);
	us_span_next(&answer, '\n', &line);
	if (d->loads)
		us_doctor_say(d, US_MARK_OK, "self-test", "%s runs, and has it loaded", PROGRAM);
	else if (status == 0)
		us_doctor_say(d, US_MARK_FAIL, "self-test", "ld.so does not load it: %.*s",
		              (int)line.n, line.p);
	else
		us_doctor_say(d, US_MARK_FAIL, "self-test", "%s fails under it: %.*s", PROGRAM,
		              (int)line.n, line.n ? line.p : "");
}

void us_doctor_try(struct us_doctor *d, const char *path)
{
	struct us_buf list, answer;
	int status = -1;

	us_buf_init(&list, ANSWER_MAX);
	us_buf_init(&answer, ANSWER_MAX);
	fflush(d->out.to);
	if (us_preload_list(&list, path, getenv("LD_PRELOAD")) == 0)
		status = run(us_buf_cstr(&list), &answer);
	judge(d, status, us_buf_span(&answer), path);
	us_buf_fini(&list);
	us_buf_fini(&answer);
}

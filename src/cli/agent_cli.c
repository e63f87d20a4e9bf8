/* agent_cli.c - what the commands for agents share */
#include "cli/agent_cli.h"

#include "agent/task.h"
#include "cli/out.h"
#include "conf/value.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define YEAR_MS ((uint64_t)365 * 24 * 3600 * 1000)

const char *us_agent_task(const char *command, const char *given)
{
	const char *task = given ? given : getenv(US_TASK_ENV);

	if (task && task[0])
		return task;
	us_agent_refuse(command, "which task?",
	                "Give --task ID, or run under understudy run --task");
	return NULL;
}

struct understudy *us_agent_open(const char *command)
{
	struct understudy *u;

	if (understudy_open(&u) == 0)
		return u;
	us_agent_failed(command);
	return NULL;
}

int us_agent_read_stdin(const char *command, struct us_buf *out)
{
	char part[16384];
	ssize_t n;

	while ((n = read(STDIN_FILENO, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && us_buf_add(out, part, (size_t)n))
			break;
	if (n == 0)
		return 0;
	us_out_tell(command, "what is on stdin: %s",
	            out->err ? us_err_text(out->err) : strerror(errno));
	return 1;
}

int us_agent_failed(const char *command)
{
	us_out_tell(command, "%s", understudy_error());
	return 1;
}

int us_agent_refuse(const char *command, const char *what, const char *why)
{
	us_out_tell(command, "%s %s", what, why);
	us_out_tell(command, "try `understudy %s --help`", command);
	return 2;
}

bool us_agent_time(const char *command, const char *option, const char *text, uint64_t *ms)
{
	struct us_limit in = { 0, YEAR_MS };

	if (us_value_TIME.parse(us_span_trim(us_span_of(text)), in, NULL, ms) == 0)
		return true;
	us_agent_refuse(command, option, "takes a time such as 250ms, 30s, 5m or 24h");
	return false;
}

int us_agent_written(int rc)
{
	struct us_out out = us_out_open(stdout);

	return us_out_done(&out) ? 1 : rc;
}

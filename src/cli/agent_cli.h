/* agent_cli.h - what the commands for agents share */
#ifndef US_CLI_AGENT_CLI_H
#define US_CLI_AGENT_CLI_H

#include "agent/understudy.h"
#include "base/buf.h"

/* --task, or the task of `understudy run --task`. NULL, and told, where there is neither. */
const char *us_agent_task(const char *command, const char *given);

/* A handle; NULL, and told, where it cannot be opened. */
struct understudy *us_agent_open(const char *command);

/* What is on stdin, up to the buffer's ceiling. 0, or told. */
int us_agent_read_stdin(const char *command, struct us_buf *out);

/* Tells understudy_error() and returns 1. */
int us_agent_failed(const char *command);

/* Tells what is wrong with the command line and returns 2. */
int us_agent_refuse(const char *command, const char *what, const char *why);

/* A time of an option: "30s". False, and told. */
bool us_agent_time(const char *command, const char *option, const char *text, uint64_t *ms);

/* `rc`, or 1 when what was printed could not be written. */
int us_agent_written(int rc);

#endif

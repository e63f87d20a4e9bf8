/* log.c - one line per thing that happened */
#include "base/log.h"

#include "base/append.h"
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024 /* longer lines are cut: hosts may run on 64 KiB stacks */

static enum us_log_level level_now;
static char file[PATH_MAX];

static const char *const names[] = {
	[US_LOG_OFF] = "off",   [US_LOG_ERROR] = "error", [US_LOG_WARN] = "warn",
	[US_LOG_INFO] = "info", [US_LOG_DEBUG] = "debug",
};

void us_log_open(enum us_log_level level, const char *path)
{
	size_t n = path ? strlen(path) : 0;

	level_now = n < sizeof(file) ? level : US_LOG_OFF;
	if (n < sizeof(file))
		memcpy(file, path ? path : "", n + 1);
}

bool us_log_on(enum us_log_level level) { return level && level <= level_now; }

static size_t head(char *line, size_t size, enum us_log_level level)
{
	char now[US_CLOCK_TEXT];
	int n;

	us_clock_text(now, us_clock_unix_ms());
	n = snprintf(line, size, "%s understudy[%ld] %s: ", now, (long)getpid(), names[level]);
	return n > 0 ? (size_t)n : 0;
}

void us_log(enum us_log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	int saved = errno, n;
	size_t at, end;
	va_list ap;

	if (!us_log_on(level))
		return;
	at = head(line, sizeof(line), level);
	va_start(ap, fmt);
	n = vsnprintf(line + at, sizeof(line) - at - 1, fmt, ap);
	va_end(ap);
	end = at + (n > 0 ? (size_t)n : 0);
	if (end > sizeof(line) - 2)
		end = sizeof(line) - 2;
	for (size_t i = at; i < end; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	line[end] = '\n';
	us_append(file, line, end + 1, 0);
	errno = saved;
}

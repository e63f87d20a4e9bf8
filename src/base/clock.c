/* clock.c - the only place that reads a clock */
#include "base/clock.h"

#include <stdio.h>

static us_clock_reader *reader = clock_gettime;

void us_clock_use(us_clock_reader *f) { reader = f; }

static uint64_t read_ms(clockid_t id)
{
	struct timespec ts = { 0 };

	reader(id, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t us_clock_ms(void) { return read_ms(CLOCK_MONOTONIC); }

uint64_t us_clock_unix_ms(void) { return read_ms(CLOCK_REALTIME); }

void us_clock_text(char out[US_CLOCK_TEXT], uint64_t unix_ms)
{
	time_t seconds = (time_t)(unix_ms / 1000);
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	snprintf(out, US_CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	         (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
	         (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	         (unsigned)tm.tm_sec % 100, (unsigned)(unix_ms % 1000));
}

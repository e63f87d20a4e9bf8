/* clock.c - the only place that reads a clock */
#include "base/clock.h"

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

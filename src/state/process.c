/* process.c - a process is its number and, in 16 bits, the space of numbers that it is of */
#include "state/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define PID_BITS 24 /* Linux has no more than 2^22 */

static uint64_t space(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino & 0xffff : 0;
}

static uint64_t self(void)
{
	int saved = errno;
	uint64_t id = space() << PID_BITS | (uint64_t)getpid();

	errno = saved;
	return id;
}

static bool gone(uint64_t process)
{
	int saved = errno;
	pid_t pid = (pid_t)(process & (((uint64_t)1 << PID_BITS) - 1));
	bool is = process >> PID_BITS == space() && pid > 0 && kill(pid, 0) && errno == ESRCH;

	errno = saved;
	return is;
}

const struct us_processes us_processes = { self, gone };

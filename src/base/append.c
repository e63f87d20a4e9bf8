/* append.c - lines that are added to a file, by many processes at once */
#include "base/append.h"

#include "base/hush.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe that nobody reads must not hold the host up. */
static int open_file(const char *path)
{
	return open(path,
	            O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
	            0600);
}

/* Another process may have put it away already: then there is a new one under its name. */
static int put_away(int fd, const struct stat *full, const char *path)
{
	char old[PATH_MAX];
	struct stat now;
	int n = snprintf(old, sizeof(old), "%s.1", path);

	close(fd);
	if (n < 0 || (size_t)n >= sizeof(old))
		return -1;
	if (stat(path, &now) == 0 && now.st_ino == full->st_ino && now.st_dev == full->st_dev)
		rename(path, old);
	return open_file(path);
}

static int open_with_room(const char *path, uint64_t max)
{
	int fd = open_file(path);
	struct stat st;

	if (fd >= 0 && max && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size >= max)
		return put_away(fd, &st, path);
	return fd;
}

void us_append(const char *path, const char *line, size_t n, uint64_t max)
{
	int fd = path[0] ? open_with_room(path, max) : STDERR_FILENO;
	struct us_hush hush;
	ssize_t done;

	if (fd < 0)
		return;
	us_hush_begin(&hush);
	done = write(fd, line, n);
	us_hush_end(&hush);
	(void)done;
	if (path[0])
		close(fd);
}

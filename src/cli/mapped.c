/* mapped.c - a file as a span of bytes */
#include "cli/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map(struct us_span *file, int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return US_EIO;
	if (!st.st_size)
		return 0;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return US_EIO;
	*file = us_span(p, (size_t)st.st_size);
	return 0;
}

int us_mapped_open(struct us_span *file, const char *path)
{
	/* A pipe of that name must not make us wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc;

	*file = us_span("", 0);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? US_ENOENT : US_EIO;
	rc = map(file, fd);
	close(fd);
	return rc;
}

void us_mapped_close(struct us_span *file)
{
	if (file->n)
		munmap((void *)(uintptr_t)file->p, file->n);
	*file = us_span("", 0);
}

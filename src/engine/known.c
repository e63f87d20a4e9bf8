/* known.c - what is known of models: the built-in tables, and before them the user's file */
#include "engine/known.h"

#include "wire/models_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20)

static struct us_models_file file; /* for good: whoever asks last is not known */

struct complaints {
	const char *path;
	void (*complain)(void *self, const char *text);
	void *self;
};

static void tell(void *complaints, unsigned line, const char *words)
{
	const struct complaints *c = complaints;
	char text[700];

	snprintf(text, sizeof(text), "%.200s:%u: %s.", c->path, line, words);
	c->complain(c->self, text);
}

/* O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever. */
static bool read_file(const char *path, struct us_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char piece[4096];
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		us_buf_add(out, piece, (size_t)n);
	if (fd >= 0)
		close(fd);
	return n == 0 && !out->err;
}

void us_known_read(const char *path, void (*complain)(void *self, const char *text), void *self)
{
	struct complaints c = { path, complain, self };
	struct us_models_wrong wrong = { tell, &c };
	struct us_buf text;
	int saved = errno;

	if (!path[0])
		return;
	us_buf_init(&text, FILE_MAX);
	if (!read_file(path, &text))
		tell(&c, 0, "it cannot be read; nothing is changed of what is known of models");
	else if (us_models_read(&file, us_buf_span(&text), &wrong))
		us_models_use(&file.rows);
	us_buf_fini(&text);
	errno = saved;
}

int us_known_print(struct us_buf *out)
{
	const struct us_models *lists[] = { &file.rows, &us_models_built_in };

	return us_models_print(lists, US_COUNT(lists), out);
}

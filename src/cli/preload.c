/* preload.c - where libunderstudy-preload.so lies */
#include "cli/preload.h"

#include "cli/elf.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME "libunderstudy-preload.so"

/* From the directory of the command. */
static const char *const places[] = {
	"/" NAME,
	"/../lib/understudy/" NAME,
	"/../lib/" US_MULTIARCH "/understudy/" NAME,
};

/* As LD_PRELOAD had better say it: absolute, for programs change their directory, without "..". */
static int take(struct us_buf *path, const char *place)
{
	char whole[PATH_MAX];

	if (!realpath(place, whole) || access(whole, R_OK))
		return US_ENOENT;
	us_buf_clear(path);
	us_buf_add_str(path, whole);
	return strpbrk(whole, " :") ? US_ENOTSUP : path->err;
}

/* The first of the places that has it. */
static int find_near(struct us_buf *path, struct us_span dir)
{
	for (size_t i = 0; i < US_COUNT(places); i++) {
		int rc;

		us_buf_clear(path);
		us_buf_addf(path, "%.*s%s", (int)dir.n, dir.p, places[i]);
		rc = take(path, us_buf_cstr(path));
		if (rc != US_ENOENT)
			return rc;
	}
	us_buf_clear(path);
	for (size_t i = 0; i < US_COUNT(places); i++)
		us_buf_addf(path, "%s%.*s%s", i ? ", " : "", (int)dir.n, dir.p, places[i]);
	return US_ENOENT;
}

int us_preload_find(struct us_buf *path)
{
	const char *given = getenv("UNDERSTUDY_PRELOAD");
	char self[PATH_MAX];
	ssize_t n;

	if (given && given[0]) {
		us_buf_add_str(path, given);
		return take(path, given);
	}
	n = readlink("/proc/self/exe", self, sizeof(self));
	while (n > 0 && self[n - 1] != '/')
		n--;
	return find_near(path, us_span(self, n > 1 ? (size_t)n - 1 : 0));
}

int us_preload_list(struct us_buf *list, const char *path, const char *old)
{
	struct us_span rest = us_span_of(old), first;

	/* Run within a run: it is there already. */
	if (us_span_next(&rest, ':', &first) && us_span_is(first, path))
		return us_buf_add_str(list, old);
	us_buf_add_str(list, path);
	return old && old[0] ? us_buf_addf(list, ":%s", old) : list->err;
}

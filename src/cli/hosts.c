/* hosts.c - interpreters and shells */
#include "cli/hosts.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>

static const struct us_host hosts[] = {
#define X(names, kind, brings, places, door) { names, US_HOST_##kind, brings, places, door },
#include "cli/hosts.def"
#undef X
};

/* "/usr/bin/python3.11" is python. */
static struct us_span base_name(struct us_span path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
	struct us_span name = path;

	if (slash)
		name = us_span(slash + 1, path.n - (size_t)(slash + 1 - path.p));
	while (name.n > 1 && strchr("0123456789.-", name.p[name.n - 1]))
		name.n--;
	return name;
}

static bool is_called(const struct us_host *host, struct us_span name)
{
	struct us_span rest = us_span_of(host->names), one;

	while (us_span_next(&rest, '|', &one))
		if (us_span_eq(one, name))
			return true;
	return false;
}

const struct us_host *us_host_next(const struct us_host *after, struct us_span path)
{
	struct us_span name = base_name(path);
	size_t i = after ? (size_t)(after - hosts) + 1 : 0;

	while (i < US_COUNT(hosts) && !is_called(&hosts[i], name))
		i++;
	return i < US_COUNT(hosts) ? &hosts[i] : NULL;
}

/* "/usr" for "/usr/bin/php". */
static struct us_span above(struct us_span path)
{
	for (int up = 0; up < 2; up++) {
		const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

		path.n = slash ? (size_t)(slash - path.p) : 0;
	}
	return path;
}

static struct us_span first_match(const char *pattern, struct us_arena *a)
{
	struct us_span file = us_span("", 0);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		file = us_arena_copy(a, us_span_of(found.gl_pathv[0]));
		globfree(&found);
	}
	return file;
}

static struct us_span find_below(const struct us_host *host, struct us_span prefix,
                                 struct us_arena *a)
{
	struct us_span rest = us_span_of(host->places), place, pattern, file;

	while (us_span_next(&rest, '|', &place)) {
		bool below = us_span_starts(place, "@");

		if (below)
			place = us_span(place.p + 1, place.n - 1);
		pattern = us_arena_join(a, below ? prefix : us_span("", 0), place);
		file = pattern.n ? first_match(pattern.p, a) : pattern;
		if (file.n)
			return file;
	}
	return us_span("", 0);
}

/* A virtual environment has links to a program that is installed elsewhere: both are looked at. */
struct us_span us_host_extension(const struct us_host *host, struct us_span path,
                                 struct us_arena *a)
{
	struct us_span file = find_below(host, above(path), a);
	char whole[PATH_MAX];

	if (!file.n && path.n && realpath(path.p, whole))
		file = find_below(host, above(us_span_of(whole)), a);
	return file;
}

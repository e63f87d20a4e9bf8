/* hosts.c - interpreters and shells */
#include "cli/hosts.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>

static const struct us_host hosts[] = {
#define X(names, kind, ...) { names, US_HOST_##kind, __VA_ARGS__ },
#include "cli/hosts.def"
#undef X
};

static struct us_span file_name(struct us_span path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	return slash ? us_span(slash + 1, path.n - (size_t)(slash + 1 - path.p)) : path;
}

/* "/usr/bin/python3.11" is python ... */
static struct us_span base_name(struct us_span path)
{
	struct us_span name = file_name(path);

	while (name.n > 1 && strchr("0123456789.-", name.p[name.n - 1]))
		name.n--;
	return name;
}

/* ... of version 3.11; "*" when it doesn't say. */
static struct us_span version(struct us_span path)
{
	struct us_span name = file_name(path), base = base_name(path);

	return name.n > base.n ? us_span(name.p + base.n, name.n - base.n) : US_SPAN("*");
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

/* Where a program is, and what it is: a virtual environment has links to a program that is
 * installed elsewhere. */
struct seat {
	struct us_span path, whole;
	struct us_arena *a;
};

/* A place with "@" and "%" said in full. */
static struct us_span spell(struct us_span place, struct us_span path, const struct seat *s)
{
	bool below = us_span_starts(place, "@"), first = true;
	struct us_span rest = below ? us_span(place.p + 1, place.n - 1) : place, part, out;

	out = us_arena_copy(s->a, below ? above(path) : us_span("", 0));
	for (; us_span_next(&rest, '%', &part); first = false) {
		if (!first)
			out = us_arena_join(s->a, out, version(s->whole));
		out = us_arena_join(s->a, out, part);
	}
	return out;
}

static struct us_span find_below(const struct us_host *host, struct us_span path,
                                 const struct seat *s)
{
	struct us_span rest = us_span_of(host->places), place, pattern, file;

	while (us_span_next(&rest, '|', &place)) {
		pattern = spell(place, path, s);
		file = pattern.n ? first_match(pattern.p, s->a) : pattern;
		if (file.n)
			return file;
	}
	return us_span("", 0);
}

struct us_span us_host_extension(const struct us_host *host, struct us_span path,
                                 struct us_arena *a)
{
	char whole[PATH_MAX];
	bool known = path.n && realpath(path.p, whole);
	struct seat s = { path, known ? us_span_of(whole) : path, a };
	struct us_span file = find_below(host, path, &s);

	return file.n || !known ? file : find_below(host, s.whole, &s);
}

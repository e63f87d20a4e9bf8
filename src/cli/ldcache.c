/* ldcache.c - /etc/ld.so.cache
 *
 *    +----------------------+----------+----------+-----+-----------------------+
 *    | "glibc-ld.so.cache1.1" (20)     | nlibs 4  | ... | entries from byte 48  |
 *    +----------------------+----------+----------+-----+-----------------------+
 *    an entry: flags 4 | name 4 | path 4 | OS version 4 | hardware 8
 *
 * Names and paths are offsets from the magic, in this machine's byte order. Caches of before glibc
 * 2.32 have an older table in front of it, so the magic is searched for.
 */
#include "cli/ldcache.h"

#define MAGIC "glibc-ld.so.cache1.1"
#define COUNT_AT (sizeof(MAGIC) - 1)
#define ENTRIES_AT 48u
#define ENTRY_SIZE 24u
#define NAME_AT 4u
#define PATH_AT 8u

/* False when the file ends before. */
static bool number(struct us_span cache, size_t where, uint32_t *out)
{
	if (where > cache.n || cache.n - where < sizeof(*out))
		return false;
	memcpy(out, cache.p + where, sizeof(*out));
	return true;
}

static struct us_span text(struct us_span cache, size_t number_at)
{
	const char *end = NULL;
	uint32_t where;

	if (number(cache, number_at, &where) && where < cache.n)
		end = memchr(cache.p + where, 0, cache.n - where);
	return end ? us_span(cache.p + where, (size_t)(end - cache.p) - where) : us_span("", 0);
}

struct us_span us_ldcache_nth(struct us_span cache, struct us_span name, size_t n)
{
	const char *magic = cache.n ? memmem(cache.p, cache.n, MAGIC, COUNT_AT) : NULL;
	uint32_t count = 0;

	if (magic)
		cache = us_span(magic, cache.n - (size_t)(magic - cache.p));
	if (!magic || !number(cache, COUNT_AT, &count))
		return us_span("", 0);
	for (size_t i = 0; i < count && i < cache.n / ENTRY_SIZE; i++) {
		size_t at = ENTRIES_AT + i * ENTRY_SIZE;

		if (us_span_eq(text(cache, at + NAME_AT), name) && n-- == 0)
			return text(cache, at + PATH_AT);
	}
	return us_span("", 0);
}

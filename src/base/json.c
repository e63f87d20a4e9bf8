/* json.c - cJSON, bound privately
 *
 * RTLD_LOCAL keeps its names away from the host; RTLD_DEEPBIND keeps the host's names away from
 * its inner calls (Debian's build calls cJSON_Delete through the PLT, and the global scope, where
 * a host may export a function of that name, would come first). The sanitizers stop a process that
 * uses RTLD_DEEPBIND, so in such a host we do without. A runtime that is linked into the host does
 * not show itself, so the dlopen that is called is the one behind us, which is not the host's.
 */
#include "base/json.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct us_json bound;
static bool usable;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
	const char *name;
	size_t at;
} slots[] = {
#define X(name) { "cJSON_" #name, offsetof(struct us_json, name) },
	US_CJSON_FUNCTIONS(X)
#undef X
};

static int deepbind(void)
{
	static const char *const runtimes[] = { "__asan_init", "__tsan_init", "__msan_init" };

	for (size_t i = 0; i < US_COUNT(runtimes); i++)
		if (dlsym(RTLD_DEFAULT, runtimes[i]))
			return 0;
	return RTLD_DEEPBIND;
}

static void *load(void)
{
	void *behind = dlsym(RTLD_NEXT, "dlopen");
	__typeof__(dlopen) *open = dlopen;

	if (behind)
		memcpy(&open, &behind, sizeof(behind));
	return open("libcjson.so.1", RTLD_NOW | RTLD_LOCAL | deepbind());
}

static void bind_all(void)
{
	void *lib = load();

	if (!lib)
		return;
	for (size_t i = 0; i < US_COUNT(slots); i++) {
		void *f = dlsym(lib, slots[i].name);

		if (!f)
			return;
		memcpy((char *)&bound + slots[i].at, &f, sizeof(f));
	}
	usable = true;
}

const struct us_json *us_json(void)
{
	pthread_once(&once, bind_all);
	return usable ? &bound : NULL;
}

static unsigned line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* Where the comment that begins at s ends; NULL if none begins there. */
static char *comment_end(char *s)
{
	char *end = NULL;

	if (s[0] == '/' && s[1] == '/')
		return s + strcspn(s, "\n");
	if (s[0] == '/' && s[1] == '*') {
		end = strstr(s + 2, "*/");
		return end ? end + 2 : s + strlen(s);
	}
	return NULL;
}

/* Blanks out comments and keeps line ends, so that error lines stay true (Minify would not). */
static void strip_comments(char *s)
{
	bool in_string = false;

	while (*s) {
		char *end = in_string ? NULL : comment_end(s);

		for (; end && s < end; s++)
			if (*s != '\n')
				*s = ' ';
		if (end)
			continue;
		if (in_string && s[0] == '\\' && s[1])
			s++;
		else if (*s == '"')
			in_string = !in_string;
		s++;
	}
}

cJSON *us_json_read(const char *text, size_t n, unsigned *line)
{
	const struct us_json *j = us_json();
	char *copy = j ? us_memdup(text, n) : NULL;
	const char *end = copy;
	cJSON *doc = NULL;

	*line = 0;
	if (!copy)
		return NULL;
	strip_comments(copy);
	doc = j->ParseWithLengthOpts(copy, strlen(copy) + 1, &end, true);
	if (!doc)
		*line = line_of(copy, end);
	us_free(copy);
	return doc;
}

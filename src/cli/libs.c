/* libs.c - which libraries would an ELF file be given? */
#include "cli/libs.h"

#include "cli/ldcache.h"
#include "cli/mapped.h"

#include <limits.h>
#include <stdlib.h>

#define LIBS_MAX 512
#define CACHE_FILE "/etc/ld.so.cache"

#define DEFAULT_DIRS                                                                               \
	"/lib/" US_MULTIARCH ":/usr/lib/" US_MULTIARCH ":/lib64:/usr/lib64:/lib:/usr/lib"

/* Which TLS a libcurl was built with, by what it needs. */
static const struct {
	const char *soname, *name;
} flavours[] = {
	{ "libssl.so", "OpenSSL" },     { "libgnutls.so", "GnuTLS" },   { "libnss3.so", "NSS" },
	{ "libmbedtls.so", "mbedTLS" }, { "libwolfssl.so", "wolfSSL" },
};

/* What the shim cannot do without. */
static const char *const needs[] = {
#define HOOK(name)
#define NEED(name) "curl_" #name,
#define BOTH(name) "curl_" #name,
#include "../../shim/symbols.def"
#undef HOOK
#undef NEED
#undef BOTH
};

/* The C library has them all. */
static const char *const of_libc[] = { "libc.so", "libdl.so", "libpthread.so", "ld-linux" };
static const char *const loaders[] = { "dlopen", "dlmopen" };
static const char *const starters[] = {
	"execv",  "execve",  "execvp",      "execvpe",      "execl",  "execle",
	"execlp", "fexecve", "posix_spawn", "posix_spawnp", "system", "popen",
};

struct search {
	struct us_libs *libs;
	struct us_span library_path, cache;
	struct us_span main_rpath, main_dir;
	struct us_arena *a;
};

/* Who needs the library that is looked for. */
struct user {
	struct us_elf elf;
	struct us_span dir; /* $ORIGIN */
};

static struct us_span dir_of(struct us_span path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	return slash ? us_span(path.p, (size_t)(slash - path.p)) : US_SPAN(".");
}

/* A library of another class or machine is passed over, as ld.so does. */
static bool fits(const char *path)
{
	struct us_span file;
	struct us_arena none;
	struct us_elf e;
	bool ours;

	us_arena_init(&none, 64 << 10);
	ours = us_mapped_open(&file, path) == 0 && us_elf_read(&e, file, &none) == 0 && e.is_ours;
	us_mapped_close(&file);
	us_arena_fini(&none);
	return ours;
}

/* The directory with $ORIGIN said in full; empty when it holds another variable. */
static struct us_span expanded(struct us_span dir, struct us_span origin, struct us_arena *a)
{
	static const char *const names[] = { "$ORIGIN", "${ORIGIN}" };
	const char *dollar = dir.n ? memchr(dir.p, '$', dir.n) : NULL;
	struct us_span rest;

	if (!dollar)
		return dir;
	rest = us_span(dollar, dir.n - (size_t)(dollar - dir.p));
	for (size_t i = 0; i < US_COUNT(names); i++) {
		size_t n = strlen(names[i]);

		if (us_span_starts(rest, names[i]) && !memchr(rest.p + n, '$', rest.n - n))
			return us_arena_printf(a, "%.*s%.*s%.*s", (int)(dollar - dir.p), dir.p,
			                       (int)origin.n, origin.p, (int)(rest.n - n),
			                       rest.p + n);
	}
	return us_span("", 0);
}

static struct us_span in_dirs(const struct search *s, struct us_span dirs, struct us_span origin,
                              struct us_span name)
{
	struct us_span dir, file;

	while (us_span_next(&dirs, ':', &dir)) {
		dir = expanded(dir, origin, s->a);
		file = us_arena_printf(s->a, "%.*s/%.*s", (int)dir.n, dir.p, (int)name.n, name.p);
		if (dir.n && file.n && fits(file.p))
			return file;
	}
	return us_span("", 0);
}

static struct us_span in_cache(const struct search *s, struct us_span name)
{
	struct us_span path;

	for (size_t n = 0; (path = us_ldcache_nth(s->cache, name, n)).n; n++)
		if (fits(path.p))
			return us_arena_copy(s->a, path);
	return path;
}

static struct us_span find(const struct search *s, const struct user *by, struct us_span name)
{
	struct us_span path = us_span("", 0);

	if (us_span_has(name, "/")) {
		path = us_arena_copy(s->a, name);
		return path.n && fits(path.p) ? path : us_span("", 0);
	}
	if (!by->elf.runpath.n)
		path = in_dirs(s, by->elf.rpath, by->dir, name);
	if (!path.n && !by->elf.runpath.n)
		path = in_dirs(s, s->main_rpath, s->main_dir, name);
	if (!path.n)
		path = in_dirs(s, s->library_path, by->dir, name);
	if (!path.n)
		path = in_dirs(s, by->elf.runpath, by->dir, name);
	if (!path.n)
		path = in_cache(s, name);
	return path.n ? path : in_dirs(s, US_SPAN(DEFAULT_DIRS), by->dir, name);
}

/* Not libcurlpp.so, which needs one. */
static bool is_curl(struct us_span name)
{
	return us_span_starts(name, "libcurl.so") || us_span_starts(name, "libcurl-");
}

static bool is_known(const struct us_libs *libs, struct us_span name)
{
	for (size_t i = 0; i < libs->n; i++)
		if (us_span_eq(libs->list[i].name, name))
			return true;
	return false;
}

static int add_needed(const struct search *s, const struct user *by)
{
	struct us_lib *lib;

	for (size_t i = 0; i < by->elf.nneeded; i++) {
		struct us_span name = us_arena_copy(s->a, by->elf.needed[i]);

		if (is_known(s->libs, name) || s->libs->n == LIBS_MAX)
			continue;
		lib = us_arena_push(s->a, &s->libs->list, &s->libs->n, sizeof(*lib));
		if (!lib)
			return US_ENOMEM;
		lib->name = name;
		lib->path = find(s, by, name);
	}
	return s->a->err;
}

static const char *tls_of(const struct us_elf *e)
{
	for (size_t i = 0; i < e->nneeded; i++)
		for (size_t k = 0; k < US_COUNT(flavours); k++)
			if (us_span_starts(e->needed[i], flavours[k].soname))
				return flavours[k].name;
	return NULL;
}

static const char *lacks(const struct us_elf *e)
{
	for (size_t i = 0; i < US_COUNT(needs); i++)
		if (!us_elf_names(e, needs[i]))
			return needs[i];
	return NULL;
}

static bool names_any(const struct us_elf *e, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (us_elf_names(e, names[i]))
			return true;
	return false;
}

static bool is_libc(struct us_span name)
{
	for (size_t i = 0; i < US_COUNT(of_libc); i++)
		if (us_span_starts(name, of_libc[i]))
			return true;
	return false;
}

/* What its names tell. */
static void note_names(struct search *s, struct us_lib *lib, const struct us_elf *e,
                       struct us_span path)
{
	struct us_libs *libs = s->libs;

	if (lib && is_curl(lib->name)) {
		lib->tls = tls_of(e);
		lib->lacks = lacks(e);
	}
	if (!lib)
		libs->starts = names_any(e, starters, US_COUNT(starters));
	if (!libs->loader.n && !(lib && is_libc(lib->name)) &&
	    names_any(e, loaders, US_COUNT(loaders)))
		libs->loader = us_arena_copy(s->a, path);
}

/* Adds what this file needs. `lib` is its place in the list; NULL for the first. */
static int add_file(struct search *s, struct us_span path, struct us_lib *lib)
{
	struct user by = { .dir = dir_of(path) };
	struct us_span file;
	int rc = us_mapped_open(&file, path.p);

	if (!rc)
		rc = us_elf_read(&by.elf, file, s->a);
	if (!rc && !lib) {
		s->main_dir = by.dir;
		s->main_rpath = us_arena_copy(s->a, by.elf.rpath);
	}
	if (!rc)
		note_names(s, lib, &by.elf, path);
	if (!rc)
		rc = add_needed(s, &by);
	us_mapped_close(&file);
	return rc;
}

int us_libs_look(struct us_libs *out, const char *path, const char *library_path,
                 struct us_arena *a)
{
	struct search s = { .libs = out, .library_path = us_span_of(library_path), .a = a };
	char whole[PATH_MAX]; /* $ORIGIN is where the file really lies */
	int rc;

	*out = (struct us_libs){ 0 };
	if (!realpath(path, whole))
		return US_ENOENT;
	us_mapped_open(&s.cache, CACHE_FILE); /* without it the default directories are left */
	rc = add_file(&s, us_span_of(whole), NULL);
	for (size_t i = 0; !rc && i < out->n; i++)
		if (out->list[i].path.n && add_file(&s, out->list[i].path, &out->list[i]))
			rc = a->err;
	us_mapped_close(&s.cache);
	return rc;
}

const struct us_lib *us_libs_curl(const struct us_libs *libs)
{
	for (size_t i = 0; i < libs->n; i++)
		if (is_curl(libs->list[i].name))
			return &libs->list[i];
	return NULL;
}

struct us_lib us_libs_open(const char *name, const char *library_path, struct us_arena *a)
{
	struct us_libs libs = { 0 };
	struct search s = { .libs = &libs, .library_path = us_span_of(library_path), .a = a };
	struct user nobody = { .dir = us_span(".", 1) };
	struct us_lib lib = { .name = us_arena_copy(a, us_span_of(name)) };

	us_mapped_open(&s.cache, CACHE_FILE);
	lib.path = find(&s, &nobody, lib.name);
	if (lib.path.n)
		add_file(&s, lib.path, &lib);
	us_mapped_close(&s.cache);
	return lib;
}

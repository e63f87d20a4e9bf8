/* real.c - which libcurl stands behind this caller
 *
 * A table is made whole and then takes the first free place, where it stays. There is no lock:
 * ld.so has one of its own, which a thread that runs a plugin's constructor holds when it comes
 * here. Found answers are cached per page of the caller's code, until something is unloaded:
 * another plugin, with another libcurl, may come to lie where the last one was.
 */
#include "real.h"

#include "base/mem.h"
#include "dl.h"

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#define REALS_MAX 15u  /* a place and 1 fit into 4 bits */
#define CACHE_SIZE 64u /* a power of two */

static struct real *_Atomic reals[REALS_MAX]; /* the first that is NULL ends them */

/* By dlsym a caller may use two libcurls, and its code doesn't tell for which of them a function of
 * ours is called. So only one is served that way: the global one if there is any, else the first.
 */
static const struct real *_Atomic by_symbol;

/* page << 4 | index + 1: one word, so that two threads cannot mix a page with another's table. */
static _Atomic uintptr_t cache[CACHE_SIZE];
static _Atomic unsigned long long cached_since; /* so many objects had been unloaded */

static const struct {
	const char *name;
	size_t at;
	bool need;
} slots[] = {
#define HOOK(name) { "curl_" #name, offsetof(struct real, name), false },
#define NEED(name) { "curl_" #name, offsetof(struct real, name), true },
#define BOTH(name) NEED(name)
#include "symbols.def"
#undef HOOK
#undef NEED
#undef BOTH
};

static const char *const sonames[] = { "libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct text_search {
	uintptr_t in, from, to;
};

static int find_text(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct text_search *s = arg;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && (p->p_flags & PF_X) && s->in - from < p->p_memsz) {
			s->from = from;
			s->to = from + p->p_memsz;
			return 1;
		}
	}
	return 0;
}

/* The handle of the module that holds `address`, without loading anything; NULL for the program
 * itself. */
static void *module_of(uintptr_t address, int flags)
{
	struct link_map *map = NULL;
	const char *name = NULL;
	Dl_info info;

	if (!DL_IS_GLIBC && dladdr((void *)address, &info))
		name = info.dli_fname;
	else if (DL_IS_GLIBC && dladdr1((void *)address, &info, (void **)&map, RTLD_DL_LINKMAP) &&
	         map)
		name = map->l_name;
	return name && name[0] ? dl_open(name, RTLD_LAZY | RTLD_NOLOAD | flags) : NULL;
}

static bool holds(const struct real *r, uintptr_t address)
{
	return address >= r->text && address < r->text_end;
}

/* Puts `made` into the first free place. What is known of the function then: it, or what another
 * thread has made meanwhile; NULL if all places are taken. With NULL for `made` it only looks. */
static const struct real *known(uintptr_t function, struct real *made)
{
	struct real *r;

	for (size_t i = 0; i < REALS_MAX; i++) {
		r = atomic_load_explicit(&reals[i], memory_order_acquire);
		if (!r && (!made || atomic_compare_exchange_strong(&reals[i], &r, made)))
			return made;
		if (holds(r, function))
			return r;
	}
	return NULL;
}

static void fill(struct real *r, void *lib)
{
	for (size_t i = 0; i < COUNT(slots); i++) {
		void *f = dl_sym(lib, slots[i].name);

		memcpy((char *)r + slots[i].at, &f, sizeof(f));
		if (!f && slots[i].need && !r->lacks)
			r->lacks = slots[i].name;
	}
	r->complete = !r->lacks;
}

/* The table of the libcurl whose function this is. It is pinned: a plugin's dlclose would otherwise
 * leave us with pointers into nothing. */
static const struct real *make(uintptr_t function)
{
	struct text_search text = { .in = function };
	const struct real *r = NULL;
	struct real *made = NULL;
	void *lib = module_of(function, RTLD_NODELETE);

	if (lib && dl_iterate_phdr(find_text, &text))
		made = us_calloc(1, sizeof(*made));
	if (made) {
		fill(made, lib);
		made->text = text.from;
		made->text_end = text.to;
		r = known(function, made);
	}
	if (r != made)
		us_free(made);
	return r;
}

static const struct real *seen(void *function)
{
	const struct real *r = known((uintptr_t)function, NULL);

	return r ? r : make((uintptr_t)function);
}

const struct real *real_asked(void *function)
{
	const struct real *r = seen(function), *one = atomic_load(&by_symbol);
	void *global = one ? NULL : dl_sym(RTLD_NEXT, "curl_easy_init");

	if (!one && atomic_compare_exchange_strong(&by_symbol, &one, global ? seen(global) : r))
		one = atomic_load(&by_symbol);
	return r == one ? r : NULL;
}

/* A function of the libcurl that this caller would have called. */
static void *behind(uintptr_t ra)
{
	const struct real *one = atomic_load(&by_symbol);
	void *lib = module_of(ra, 0), *f = NULL;

	if (lib) {
		f = dl_sym(lib, "curl_easy_init");
		dlclose(lib);
	}
	if (!f && one) /* FFI */
		return (void *)one->easy_init;
	if (!f)
		f = dl_sym(RTLD_NEXT, "curl_easy_init");
	for (size_t i = 0; !f && i < COUNT(sonames); i++) {
		lib = dl_open(sonames[i], RTLD_LAZY | RTLD_NOLOAD);
		if (lib) {
			f = dl_sym(lib, "curl_easy_init");
			dlclose(lib);
		}
	}
	return f;
}

static int read_unloads(struct dl_phdr_info *info, size_t size, void *unloads)
{
	*(unsigned long long *)unloads = info->dlpi_subs;
	return 1;
}

/* What is cached comes from modules that were there then, so it is what was cached before that is
 * dropped, whichever thread is the first to see it. */
static void drop_stale(void)
{
	unsigned long long unloads = 0;

	dl_iterate_phdr(read_unloads, &unloads);
	if (unloads == atomic_load_explicit(&cached_since, memory_order_acquire))
		return;
	for (size_t i = 0; i < CACHE_SIZE; i++)
		atomic_store(&cache[i], 0);
	atomic_store(&cached_since, unloads);
}

const struct real *real_of(uintptr_t ra)
{
	uintptr_t page = ra >> 12;
	_Atomic uintptr_t *slot = &cache[page & (CACHE_SIZE - 1)];
	const struct real *r;
	int saved = errno;
	uintptr_t found;
	void *f;

	drop_stale();
	found = atomic_load_explicit(slot, memory_order_acquire);
	if (found >> 4 == page && (found & 15))
		return atomic_load_explicit(&reals[(found & 15) - 1], memory_order_acquire);
	f = behind(ra);
	r = f ? seen(f) : NULL;
	for (size_t i = 0; r && i < REALS_MAX; i++)
		if (atomic_load(&reals[i]) == r)
			atomic_store(slot, page << 4 | (uintptr_t)(i + 1));
	errno = saved;
	return r;
}

bool real_has(const struct real *r, const char *name)
{
	void *f = NULL;

	for (size_t i = 0; i < COUNT(slots); i++)
		if (strcmp(slots[i].name, name) == 0)
			memcpy(&f, (const char *)r + slots[i].at, sizeof(f));
	return f != NULL;
}

bool real_is_inside(uintptr_t ra) { return known(ra, NULL) != NULL; }

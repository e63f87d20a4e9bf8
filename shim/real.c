/* real.c - which libcurl stands behind this caller
 *
 * Tables are made under a lock and published by a count that only grows, so readers need none.
 * Found answers are cached per page of the caller's code.
 */
#include "real.h"

#include "dl.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#define REALS_MAX 8
#define CACHE_SIZE 64u /* a power of two */

static struct real reals[REALS_MAX];
static _Atomic size_t count;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/* By dlsym a caller may use two libcurls, and its code doesn't tell for which of them a function of
 * ours is called. So only one is served that way: the global one if there is any, else the first.
 */
static const struct real *_Atomic by_symbol;

/* page << 4 | index + 1: one word, so that two threads cannot mix a page with another's table. */
static _Atomic uintptr_t cache[CACHE_SIZE];

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

/* The handle of the module that holds `address`, without loading anything. */
static void *module_of(uintptr_t address, bool *is_main, int flags)
{
	struct link_map *map = NULL;
	Dl_info info;

	*is_main = false;
	if (!dladdr1 || !dladdr1((void *)address, &info, (void **)&map, RTLD_DL_LINKMAP) || !map)
		return NULL;
	*is_main = !map->l_name || !map->l_name[0];
	return *is_main ? NULL : dl_open(map->l_name, RTLD_LAZY | RTLD_NOLOAD | flags);
}

static const struct real *known(uintptr_t function)
{
	size_t n = atomic_load_explicit(&count, memory_order_acquire);

	for (size_t i = 0; i < n; i++)
		if (function >= reals[i].text && function < reals[i].text_end)
			return &reals[i];
	return NULL;
}

static void fill(struct real *r, void *lib)
{
	r->complete = true;
	for (size_t i = 0; i < COUNT(slots); i++) {
		void *f = dl_sym(lib, slots[i].name);

		memcpy((char *)r + slots[i].at, &f, sizeof(f));
		r->complete &= f || !slots[i].need;
	}
}

/* Makes the table of the libcurl whose function this is. It is pinned: a plugin's dlclose would
 * otherwise leave us with pointers into nothing. */
static const struct real *make(uintptr_t function)
{
	struct text_search text = { .in = function };
	size_t n = atomic_load(&count);
	bool is_main;
	void *lib = module_of(function, &is_main, RTLD_NODELETE);

	if (n == REALS_MAX || !lib || !dl_iterate_phdr(find_text, &text))
		return NULL;
	fill(&reals[n], lib);
	reals[n].text = text.from;
	reals[n].text_end = text.to;
	atomic_store_explicit(&count, n + 1, memory_order_release);
	return &reals[n];
}

static const struct real *seen(void *function)
{
	uintptr_t at = (uintptr_t)function;
	const struct real *r = known(at);

	if (r)
		return r;
	pthread_mutex_lock(&making);
	r = known(at);
	if (!r)
		r = make(at);
	pthread_mutex_unlock(&making);
	return r;
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
	bool is_main;
	void *lib = module_of(ra, &is_main, 0), *f = NULL;

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

const struct real *real_of(uintptr_t ra)
{
	uintptr_t page = ra >> 12;
	_Atomic uintptr_t *slot = &cache[page & (CACHE_SIZE - 1)];
	uintptr_t found = atomic_load_explicit(slot, memory_order_acquire);
	const struct real *r;
	int saved = errno;
	void *f;

	if (found >> 4 == page && (found & 15))
		return &reals[(found & 15) - 1];
	f = behind(ra);
	r = f ? seen(f) : NULL;
	if (r)
		atomic_store(slot, page << 4 | (uintptr_t)(r - reals + 1));
	errno = saved;
	return r;
}

bool real_is_inside(uintptr_t ra) { return known(ra) != NULL; }

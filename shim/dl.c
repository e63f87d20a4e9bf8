/* dl.c - the side doors: dlopen and dlsym */
#include "dl.h"

#include "hooks.h"
#include "real.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#define FIRST_VERSION "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FIRST_VERSION "GLIBC_2.17"
#else
#error "understudy's shim knows x86-64 and aarch64"
#endif
static_assert(sizeof(void *) == 8 && sizeof(long) == 8, "options are passed on as one register");

bool shim_off;

/* Read by the stubs, which jump there. */
__attribute__((visibility("hidden"))) __typeof__(dlopen) *dl_real_open;
__attribute__((visibility("hidden"))) __typeof__(dlsym) *dl_real_sym;

static void *no_sym(void *restrict handle, const char *restrict name) { return NULL; }
static void *no_open(const char *file, int flags) { return NULL; }

static void *find(const char *name)
{
	static const char *const versions[] = { "GLIBC_2.34", FIRST_VERSION };
	void *f = NULL;

	if (!dlvsym)
		return dl_walk(name);
	for (size_t i = 0; !f && i < 2; i++)
		f = dlvsym(RTLD_NEXT, name, versions[i]);
	return f;
}

/* Not in the constructor: another library's may call dlsym before ours has run. Threads that race
 * here store the same value. */
static void bind_once(void)
{
	void *f;

	if (__atomic_load_n(&dl_real_sym, __ATOMIC_ACQUIRE))
		return;
	f = find("dlopen");
	__atomic_store_n(&dl_real_open, f ? (__typeof__(dlopen) *)f : no_open, __ATOMIC_RELEASE);
	f = find("dlsym");
	__atomic_store_n(&dl_real_sym, f ? (__typeof__(dlsym) *)f : no_sym, __ATOMIC_RELEASE);
}

void *dl_open(const char *file, int flags)
{
	bind_once();
	return dl_real_open(file, flags);
}

void *dl_sym(void *handle, const char *name)
{
	bind_once();
	return dl_real_sym(handle, name);
}

void *dl_libc(const char *name)
{
	void *libc = dl_open("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), *f = NULL;

	if (libc) {
		f = dl_sym(libc, name);
		dlclose(libc);
	}
	return f;
}

int dl_open_flags(const char *file, int flags)
{
	int saved = errno;

	bind_once();
	if (!shim_off && (flags & RTLD_DEEPBIND) && file && strchr(file, '/') &&
	    dl_needs_libcurl(file))
		flags &= ~RTLD_DEEPBIND;
	errno = saved;
	return flags;
}

/* A search of everything finds us, whether there is a libcurl or not, and a libcurl that has this
 * function or not. The last lookup leaves the message that dlerror is asked for. */
static void *by_default(const char *name, uintptr_t ra)
{
	const struct real *r = real_of(ra);

	if (r && real_has(r, name))
		return NULL;
	dl_real_sym(RTLD_NEXT, name);
	return DL_ABSENT;
}

static void *answer(void *handle, const char *name, uintptr_t ra)
{
	void *hook = hook_named(name), *found = NULL;

	if (!hook)
		return NULL;
	if (handle != RTLD_DEFAULT)
		found = dl_real_sym(handle, name);
	if (handle == RTLD_DEFAULT || found == hook) /* or the program's own handle */
		return by_default(name, ra);
	return found && real_asked(found) ? hook : NULL;
}

void *dl_sym_answer(void *handle, const char *name, uintptr_t ra)
{
	int saved = errno;
	void *found;

	bind_once();
	if (shim_off || handle == RTLD_NEXT || !name || strncmp(name, "curl_", 5) != 0 ||
	    real_is_inside(ra))
		return NULL;
	found = answer(handle, name, ra);
	errno = saved;
	return found;
}

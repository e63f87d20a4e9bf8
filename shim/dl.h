/* dl.h - the side doors: dlopen and dlsym
 *
 * PHP loads its extension RTLD_DEEPBIND, which binds its calls past any preload: we clear the flag
 * for objects that need libcurl. FFI users (Ruby) ask dlsym on libcurl's handle: we answer with our
 * hook. Both exported functions are tail calls (dl_*.S), because ld.so looks at its caller: a
 * wrapper in C would lose the caller's RUNPATH and the meaning of RTLD_NEXT.
 */
#ifndef SHIM_DL_H
#define SHIM_DL_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

/* musl has neither. Its loader stops a program that a preload asks for more than it has, so what
 * only glibc has is weak here, and a program of musl's gets its own functions, untouched. */
extern __typeof__(dlvsym) dlvsym __attribute__((weak));
extern __typeof__(dladdr1) dladdr1 __attribute__((weak));
#define DL_IS_GLIBC (dlvsym && dladdr1)

/* As the program would have them without us: the libc's, or those of another preload. */
void *dl_open(const char *file, int flags);
void *dl_sym(void *handle, const char *name);

/* A function of the libc, whoever else has one of that name. */
void *dl_libc(const char *name);

/* The same, by its table of symbols, where there is no other way to its dlsym. */
void *dl_walk(const char *name);

/* Called by the stubs with the host's registers saved; errno is left alone. The answer is one of
 * our functions, NULL: ask the libc, or DL_ABSENT: there is no such function. */
int dl_open_flags(const char *file, int flags);
void *dl_sym_answer(void *handle, const char *name, uintptr_t ra);
#define DL_ABSENT ((void *)1) /* the stubs know its value */

/* Does this ELF file name a libcurl among the libraries it needs? */
bool dl_needs_libcurl(const char *file);

/* UNDERSTUDY_OFF: everything passes. Set once, by the constructor. */
extern bool shim_off;

#endif

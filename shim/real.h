/* real.h - which libcurl stands behind this caller
 *
 * Plugins load libcurl RTLD_LOCAL, RTLD_DEEPBIND or by dlsym, and up to three flavours with
 * different version nodes live in one process: RTLD_NEXT alone finds none of them for most callers.
 * There is one table per libcurl; handles remember theirs and never cross.
 */
#ifndef SHIM_REAL_H
#define SHIM_REAL_H

#define CURL_DISABLE_TYPECHECK   /* else curl_easy_setopt and others are macros */
#define CURL_DISABLE_DEPRECATION /* programs use the old ones too */
#include <curl/curl.h>
#undef curl_multi_socket /* a macro too */
#include "newer.h"
#include <curl/mprintf.h>
#include <stdbool.h>
#include <stdint.h>

struct real {
#define HOOK(name) __typeof__(curl_##name) *name;
#define NEED(name) HOOK(name)
#define BOTH(name) HOOK(name)
#include "symbols.def"
#undef HOOK
#undef NEED
#undef BOTH
	uintptr_t text, text_end; /* its code, to know a call that comes from inside */
	bool complete;            /* has all that is NEEDed */
	const char *lacks;        /* else the first that it has not */
};

#define REAL_HERE() ((uintptr_t)__builtin_return_address(0))

/* The libcurl that the module at address `ra` would call by itself; NULL if there is none. Never
 * loads one. Its table, once made, stays, and the library with it. */
const struct real *real_of(uintptr_t ra);

/* A lookup by dlsym(handle, name) found `function` in some libcurl. NULL: it is not the one by
 * which callers that need none (FFI) are served, and must stay as it is. */
const struct real *real_asked(void *function);

/* Has this libcurl a function of that name, one of those we know? */
bool real_has(const struct real *r, const char *name);

/* Does the code at `ra` belong to a libcurl that we know? Such calls pass untouched. */
bool real_is_inside(uintptr_t ra);

#endif

/* old.c - a libcurl.so.4 that has only what 7.64 had
 *
 * Each function goes on to a real libcurl, which lives in a namespace of its own and so sees
 * nothing of the program's. What came later (curl_multi_poll, curl_easy_header ...) is not there.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

#define FUNCTIONS(X)                                                                               \
	X(easy_init)                                                                               \
	X(easy_cleanup)                                                                            \
	X(easy_reset)                                                                              \
	X(easy_duphandle)                                                                          \
	X(easy_setopt)                                                                             \
	X(easy_perform)                                                                            \
	X(easy_getinfo)                                                                            \
	X(easy_pause)                                                                              \
	X(easy_strerror)                                                                           \
	X(easy_upkeep)                                                                             \
	X(multi_init)                                                                              \
	X(multi_cleanup)                                                                           \
	X(multi_add_handle)                                                                        \
	X(multi_remove_handle)                                                                     \
	X(multi_perform)                                                                           \
	X(multi_wait)                                                                              \
	X(multi_fdset)                                                                             \
	X(multi_timeout)                                                                           \
	X(multi_info_read)                                                                         \
	X(multi_setopt)                                                                            \
	X(multi_socket_action)                                                                     \
	X(slist_append)                                                                            \
	X(slist_free_all)                                                                          \
	X(mime_init)                                                                               \
	X(mime_free)                                                                               \
	X(url_get)                                                                                 \
	X(version)                                                                                 \
	X(free)

#if defined(__x86_64__)
#define GO_TO(slot) "jmp *" slot "(%rip)\n"
#else
#define GO_TO(slot) "adrp x16, " slot "\nldr x16, [x16, :lo12:" slot "]\nbr x16\n"
#endif

#define SLOT(name) __attribute__((visibility("hidden"))) void *slot_##name;
FUNCTIONS(SLOT)

#define DOOR(name)                                                                                 \
	__asm__(".text\n.globl curl_" #name "\n.type curl_" #name ", %function\n"                  \
	        "curl_" #name ":\n" GO_TO("slot_" #name));
FUNCTIONS(DOOR)

__attribute__((constructor)) static void find_all(void)
{
	void *lib = dlmopen(LM_ID_NEWLM, "libcurl-gnutls.so.4", RTLD_NOW);

	if (!lib) {
		fprintf(stderr, "old.c: %s\n", dlerror());
		return;
	}
#define FIND(name) slot_##name = dlsym(lib, "curl_" #name);
	FUNCTIONS(FIND)
}

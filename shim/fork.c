/* fork.c - locks that a fork must not leave held
 *
 * pthread_atfork is a stub that is linked into each object and calls this function of the libc's.
 * The stub needs it, musl lacks it, and musl's loader stops a program for that; so we call it
 * ourselves, if it is there.
 */
#include "fork.h"

#include <stddef.h>

typedef void step(void);

int __register_atfork(step *before, step *in_parent, step *in_child, void *object)
	__attribute__((weak));

void fork_guard(void (*lock)(void), void (*unlock)(void))
{
	if (__register_atfork)
		__register_atfork(lock, unlock, unlock, NULL); /* NULL: we are never unloaded */
}

/* fork.h - locks that a fork must not leave held
 *
 * Another thread may hold one while this one forks, and nobody in the child would give it back.
 */
#ifndef SHIM_FORK_H
#define SHIM_FORK_H

/* Around every fork from now on, `lock` is called before it, `unlock` after it on both sides. */
void fork_guard(void (*lock)(void), void (*unlock)(void));

#endif

/* registry.c - what we know of a handle, found by the handle's address */
#include "registry.h"

#include "fork.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define LOCKS 64u
#define CHAINS_LOG2 10 /* some programs have a thousand handles */

static struct registered *chains[1u << CHAINS_LOG2];
static pthread_mutex_t locks[LOCKS] = { [0 ... LOCKS - 1] = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t fork_safe = PTHREAD_ONCE_INIT;

static void lock_all(void)
{
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_lock(&locks[i]);
}

static void unlock_all(void)
{
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_unlock(&locks[i]);
}

/* A fork in one thread must not leave the child with a lock that another thread held. */
static void make_fork_safe(void) { fork_guard(lock_all, unlock_all); }

/* Fibonacci hashing: allocators hand out addresses in steps. */
static size_t chain_of(const void *h)
{
	return (size_t)((uint64_t)(uintptr_t)h * UINT64_C(0x9e3779b97f4a7c15) >>
	                (64 - CHAINS_LOG2));
}

static pthread_mutex_t *lock_of(size_t chain) { return &locks[chain % LOCKS]; }

void registry_put(struct registered *e)
{
	size_t i = chain_of(e->handle);

	pthread_once(&fork_safe, make_fork_safe);
	pthread_mutex_lock(lock_of(i));
	e->next = chains[i];
	chains[i] = e;
	pthread_mutex_unlock(lock_of(i));
}

/* Where the entry hangs; its chain is locked. */
static struct registered **hook_of(size_t i, const void *handle, enum registered_kind kind)
{
	struct registered **p = &chains[i];

	while (*p && ((*p)->handle != handle || (*p)->kind != kind))
		p = &(*p)->next;
	return p;
}

struct registered *registry_find(const void *handle, enum registered_kind kind)
{
	size_t i = chain_of(handle);
	struct registered *e;

	pthread_mutex_lock(lock_of(i));
	e = *hook_of(i, handle, kind);
	pthread_mutex_unlock(lock_of(i));
	return e;
}

struct registered *registry_take(const void *handle, enum registered_kind kind)
{
	size_t i = chain_of(handle);
	struct registered **p, *e;

	pthread_mutex_lock(lock_of(i));
	p = hook_of(i, handle, kind);
	e = *p;
	if (e)
		*p = e->next;
	pthread_mutex_unlock(lock_of(i));
	return e;
}

/* registry.c - what we know of a handle, found by the handle's address */
#include "registry.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define STRIPES 64u

static struct {
	pthread_mutex_t lock;
	struct registered *head;
} stripes[STRIPES] = { [0 ... STRIPES - 1] = { PTHREAD_MUTEX_INITIALIZER, NULL } };
static pthread_once_t fork_safe = PTHREAD_ONCE_INIT;

static void lock_all(void)
{
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_lock(&stripes[i].lock);
}

static void unlock_all(void)
{
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_unlock(&stripes[i].lock);
}

/* A fork in one thread must not leave the child with a lock that another thread held. */
static void make_fork_safe(void) { pthread_atfork(lock_all, unlock_all, unlock_all); }

static size_t stripe_of(const void *h)
{
	return ((uintptr_t)h >> 6 ^ (uintptr_t)h >> 14) % STRIPES;
}

void registry_put(struct registered *e)
{
	size_t i = stripe_of(e->handle);

	pthread_once(&fork_safe, make_fork_safe);
	pthread_mutex_lock(&stripes[i].lock);
	e->next = stripes[i].head;
	stripes[i].head = e;
	pthread_mutex_unlock(&stripes[i].lock);
}

/* Where the entry hangs; its stripe is locked. */
static struct registered **hook_of(size_t i, const void *handle, enum registered_kind kind)
{
	struct registered **p = &stripes[i].head;

	while (*p && ((*p)->handle != handle || (*p)->kind != kind))
		p = &(*p)->next;
	return p;
}

struct registered *registry_find(const void *handle, enum registered_kind kind)
{
	size_t i = stripe_of(handle);
	struct registered *e;

	pthread_mutex_lock(&stripes[i].lock);
	e = *hook_of(i, handle, kind);
	pthread_mutex_unlock(&stripes[i].lock);
	return e;
}

struct registered *registry_take(const void *handle, enum registered_kind kind)
{
	size_t i = stripe_of(handle);
	struct registered **p, *e;

	pthread_mutex_lock(&stripes[i].lock);
	p = hook_of(i, handle, kind);
	e = *p;
	if (e)
		*p = e->next;
	pthread_mutex_unlock(&stripes[i].lock);
	return e;
}

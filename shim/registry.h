/* registry.h - what we know of a handle, found by the handle's address
 *
 * libcurl's handles have no room for us (CURLOPT_PRIVATE belongs to the program). Entries are
 * embedded in what they stand for. As libcurl demands, one thread at a time uses a handle; only the
 * registry is locked, and no lock is left behind by a fork.
 */
#ifndef SHIM_REGISTRY_H
#define SHIM_REGISTRY_H

enum registered_kind { REGISTERED_EASY, REGISTERED_MULTI };

struct registered {
	void *handle;
	enum registered_kind kind;
	struct registered *next;
};

void registry_put(struct registered *e);
/* NULL: not of this kind, or not made through us. */
struct registered *registry_find(const void *handle, enum registered_kind kind);
/* Finds it and takes it out. */
struct registered *registry_take(const void *handle, enum registered_kind kind);

#endif

/* keyring.h - the keys that a provider may be asked with, of those at hand */
#ifndef US_ENGINE_KEYRING_H
#define US_ENGINE_KEYRING_H

#include "state/slot.h"

/* One of several keys. */
struct us_key {
	const char *name;     /* the variable that holds it, or US_KEY_OWN */
	struct us_slot *slot; /* its health; found when first needed */
	bool spent;           /* refused, or at its limit, in this call */
};
#define US_KEY_OWN "the program's"

struct us_keys {
	struct us_key *list;
	size_t n;       /* 0: there is one at most, and how it is tells how the provider is */
	size_t at;      /* the one in use */
	unsigned turns; /* how often one gave way to the next */
};

#endif

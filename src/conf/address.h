/* address.h - where a provider is asked: its base URL and what follows it */
#ifndef US_CONF_ADDRESS_H
#define US_CONF_ADDRESS_H

#include "conf/conf.h"

/* What depends on the dialect and on the request. */
struct us_address {
	const char *version;  /* "/v1": what a base URL without a path is to have */
	bool always;          /* ... and any that does not end in a version, as its SDKs do */
	const char *endpoint; /* "/chat/completions"; {model} and {method} are filled in */
	struct us_span model;
	const char *method; /* "" where the endpoint has none */
};

/* Base URL, version and endpoint; a provider that has a path of its own gets that one behind its
 * base URL instead. What the base URL already ends in is not repeated. Empty: no memory, or the
 * base is no URL. */
struct us_span us_provider_url(const struct us_provider *p, const struct us_address *to,
                               struct us_arena *a);

#endif

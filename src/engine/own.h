/* own.h - the request as the program makes it, and what it wants of its own provider */
#ifndef US_ENGINE_OWN_H
#define US_ENGINE_OWN_H

#include "base/sha256.h"
#include "conf/conf.h"
#include "state/page.h"
#include "wire/translate.h"

/* Spans outlive the plan. */
struct us_own {
	const struct us_dialect *dialect;
	const struct us_provider *known; /* by host; NULL */
	struct us_span url;              /* for logs and comparison: no query, no user-info */
	struct us_span origin;           /* scheme://host:port */
	struct us_in_url in_url;         /* what the URL says of the request */
	struct us_span model;            /* "" when not found */
	struct us_slot *slot;            /* of all these, where it is known; else NULL */
	const char *key; /* where others may take its place: the variable that holds it, or
	                    US_KEY_OWN; else NULL */
	bool stream;
	uint64_t limit_ms;               /* the program's own limit on the whole transfer, 0 none */
	bool decoded;                    /* libcurl undoes content encodings */
	const struct us_http_tool *tool; /* it is no LLM, and this is; else NULL. Then: */
	struct us_span query;            /* ... what the URL has behind its question mark */
	bool repeatable;                 /* ... and the request may be made twice */
	bool follows;                    /* libcurl follows redirects */
	bool cacheable;                  /* the cache may answer it. Then: */
	unsigned char asked[US_SHA256_N]; /* ... of all that makes two the same, but the body */
	uint64_t cached_max_ms;           /* ... no older answer is wanted */
	bool keep;                        /* ... and its answer may be kept */
};

#endif

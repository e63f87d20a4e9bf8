/* asked.h - what the program is about to request: is it ours, and what is it? */
#ifndef SHIM_ASKED_H
#define SHIM_ASKED_H

#include "shadow.h"
#include "world.h"

#include "conf/route.h"

/* Where a URL leads, found out once per URL that a handle is given. */
struct place {
	bool fresh;            /* false: the URL has changed, or was never looked at */
	bool anthropic_header; /* the answer depends on it */
	struct us_route route;
	const struct us_dialect *dialect;  /* NULL: no LLM's */
	const struct us_http_tool *tool;   /* then: NULL: not ours at all */
	struct us_span origin, url, query; /* as in us_own */
	struct us_in_url in_url;
	bool takes_keys;      /* others of the provider's keys may be sent there, too */
	struct us_slot *slot; /* of `model` there, the one asked last */
	char model[96];
	struct us_arena arena;
};

struct asked {
	struct us_own own;    /* spans into the shadow's place and the request */
	struct us_span body;  /* where it lies; p NULL: it comes from a READFUNCTION */
	const char *url_text; /* as the program wrote it */
	char *from_curlu;     /* the same, when it is libcurl's to free */
	const struct real *real;
};

/* Cheap for requests that are not ours. True: `a` is filled, to be freed by asked_fini, and valid
 * until the next call for this shadow. */
bool asked_describe(struct asked *a, struct shadow *s, const struct world *w);
void asked_fini(struct asked *a);
/* Fills a->own.slot, once the page is open. */
void asked_find_slot(struct asked *a, struct shadow *s, struct us_page *page);

/* The method of the request as it will be. */
struct us_span asked_method(const struct shadow *s);
/* Does it have a body? */
bool asked_has_body(const struct shadow *s);
/* Does the program send that header? */
bool asked_has_header(const struct shadow *s, const char *name);

void place_free(struct place *p);

#endif

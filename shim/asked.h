/* asked.h - what the program is about to request: is it ours, and what is it? */
#ifndef SHIM_ASKED_H
#define SHIM_ASKED_H

#include "shadow.h"
#include "world.h"

struct asked {
	struct us_own own;
	struct us_span body;  /* where it lies; p NULL: it comes from a READFUNCTION */
	const char *url_text; /* as the program wrote it */
	struct us_arena arena;
	char *from_curlu; /* the URL's text, libcurl's to free */
	const struct real *real;
};

/* Cheap for requests that are not ours. True: `a` is filled, to be freed by asked_fini. */
bool asked_describe(struct asked *a, const struct shadow *s, const struct world *w);
void asked_fini(struct asked *a);

#endif

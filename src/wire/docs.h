/* docs.h - the documents of a stream that are not events: NDJSON, and the elements of an array
 *
 * Where one ends is found by its own syntax and not by line ends, so that servers and proxies that
 * print a document over several lines are understood, too.
 */
#ifndef US_WIRE_DOCS_H
#define US_WIRE_DOCS_H

#include "base/buf.h"
#include "wire/push.h"

struct us_docs {
	bool array;
	struct us_push push;
	struct us_buf part; /* a document that has not ended yet */
	struct us_span doc; /* the one that was handed out */
	uint8_t state;      /* enum in docs.c */
	int err;            /* US_ESYNTAX: not such a stream; US_E2BIG, US_ENOMEM */
};

void us_docs_init(struct us_docs *d, bool array);
void us_docs_fini(struct us_docs *d);

/* Takes bytes off *in until a document is whole. True: d->doc holds it until the next call. False:
 * *in is used up, the array has ended, or d->err is set. */
bool us_docs_next(struct us_docs *d, struct us_span *in);

/* An array that has been closed. */
bool us_docs_ended(const struct us_docs *d);

#endif

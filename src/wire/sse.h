/* sse.h - server-sent events, any line ends, any chunking
 *
 * The line rules of the HTML standard (LF, CR, CRLF, also cut between reads; BOM; one blank after
 * the colon; several data lines joined by LF) with one addition: an event that the end of the
 * stream cuts off before its blank line can still be had, by us_sse_end.
 */
#ifndef US_WIRE_SSE_H
#define US_WIRE_SSE_H

#include "base/buf.h"

#define US_SSE_LINE_MAX ((size_t)16 << 20)
#define US_SSE_EVENT_MAX ((size_t)64 << 20)

struct us_sse {
	struct us_buf line;  /* a line that has not ended yet */
	struct us_buf event; /* the name, "" if none */
	struct us_buf data;
	bool has_data;
	bool given;   /* event and data were handed out and are to be dropped */
	bool skip_lf; /* the last line ended in CR: a LF now belongs to it */
	bool began;   /* the first line is past */
	bool crlf;    /* lines end in both */
	int err;      /* US_E2BIG or US_ENOMEM: the stream can't be read on */
};

void us_sse_init(struct us_sse *s);
void us_sse_fini(struct us_sse *s);

/* Takes bytes off *in until an event is whole. True: s->event and s->data hold it until the next
 * call. False: *in is used up, or s->err is set. Comments and nameless nothings are skipped. */
bool us_sse_next(struct us_sse *s, struct us_span *in);

/* The stream has ended. True if an unfinished event is left, now in s->event and s->data. */
bool us_sse_end(struct us_sse *s);

#endif

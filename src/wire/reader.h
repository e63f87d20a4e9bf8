/* reader.h - reads a provider's answer while it arrives
 *
 * Fed with body bytes in any chunking, it notes what has been seen so far and passes hub events on.
 * The framing is found from the content type, or from the first byte where that says nothing or
 * what cannot be.
 */
#ifndef US_WIRE_READER_H
#define US_WIRE_READER_H

#include "wire/dialect.h"
#include "wire/docs.h"
#include "wire/push.h"
#include "wire/sse.h"

struct us_reader {
	const struct us_dialect *dialect;
	struct us_sink next; /* put may be NULL: only watch */
	struct us_sink keep; /* put may be NULL; whoever listens here changes nothing */
	enum us_framing framing;
	bool sniffed;        /* the first byte has been looked at */
	struct us_sse sse;   /* SSE */
	struct us_docs docs; /* NDJSON, ARRAY */
	struct us_push push; /* WHOLE */
	void *decoder;
	struct us_arena arena; /* of err */
	struct us_hub_err err; /* after `failed` */
	bool content;          /* an event that carries content was seen */
	bool stopped;          /* a stop reason was seen */
	bool ended, clean;     /* END was seen */
	bool failed;           /* the provider said an error */
	struct us_usage usage; /* as far as it was told */
	bool verbatim;         /* what is read here is handed on as the very bytes */
	int rc;                /* of memory, of the next sink; sticks */
};

void us_reader_init(struct us_reader *r, const struct us_dialect *dialect, enum us_framing framing,
                    struct us_sink next);
void us_reader_fini(struct us_reader *r);

/* Decides an unknown framing by the first byte that is not blank; corrects WHOLE by it. */
void us_reader_sniff(struct us_reader *r, struct us_span bytes);

/* A stream: reads on. WHOLE: only finds the end of the document; *whole (may be NULL) says whether
 * it is there. FOREIGN: nothing. */
int us_reader_feed(struct us_reader *r, struct us_span bytes, bool *whole);

/* A stream, step by step: takes bytes off *in up to the end of the next event. False: *in is used
 * up, or it can't be read on. */
bool us_reader_next(struct us_reader *r, struct us_span *in);
/* Of a stream: is there among the bytes so far nothing of an event that has not ended? */
bool us_reader_between(const struct us_reader *r);
/* Has it told less than it has read? */
bool us_reader_owes(const struct us_reader *r);
/* Where it stands; only of dialects whose events or blocks are numbered. */
void us_reader_place(const struct us_reader *r, struct us_place *place);
/* If it ended here, would nothing be missing? */
bool us_reader_whole(const struct us_reader *r);
/* Did the provider's stream go wrong, by what it said or by its end? */
bool us_reader_broke(const struct us_reader *r);

/* WHOLE: the document, once it is there; US_ESYNTAX when it is none. */
int us_reader_document(struct us_reader *r, struct us_span body);

/* No more bytes will come. */
int us_reader_end(struct us_reader *r);
/* ... and they broke off: what has not ended is not looked at. */
int us_reader_cut(struct us_reader *r);

#endif

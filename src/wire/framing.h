/* framing.h - how the documents of an answer are set apart on the wire */
#ifndef US_WIRE_FRAMING_H
#define US_WIRE_FRAMING_H

#include "base/buf.h"

/* X(name, content type of heads we make, is it a stream) */
#define US_FRAMINGS(X)                                                                             \
	X(UNKNOWN, "", false)                                                                      \
	X(WHOLE, "application/json", false)                                                        \
	X(SSE, "text/event-stream; charset=utf-8", true)                                           \
	X(NDJSON, "application/x-ndjson", true) /* one document per line */                        \
	X(ARRAY, "application/json", true)      /* the documents are an array's */                 \
	X(FOREIGN, "", false)                   /* no answer of any dialect */

enum us_framing {
#define X(name, type, stream) US_FRAMING_##name,
	US_FRAMINGS(X)
#undef X
};

bool us_framing_is_stream(enum us_framing f);
const char *us_framing_type(enum us_framing f);

/* What a content type says; UNKNOWN lets the first byte decide. */
enum us_framing us_framing_of(struct us_span content_type);

/* --- writing: the documents of a stream whose events have no names --------------------------- */

struct us_frame {
	enum us_framing framing; /* SSE, NDJSON or ARRAY */
	const char *eol;         /* "\n", "\r\n" */
	struct us_buf *out;
	bool begun;
	size_t at; /* in out, where the open document begins */
};

/* What stands before the next document, and what behind it. Line ends within the document, which a
 * model may have written into its arguments, become blanks where lines set documents apart. */
void us_frame_open(struct us_frame *f);
void us_frame_close(struct us_frame *f);
/* No document will follow. */
void us_frame_end(struct us_frame *f);

#endif

/* emit.h - hands hub events on so that the promises of answer.h hold
 *
 * A decoder says what it has read; this sees to START coming first, to blocks being numbered and
 * closed, to nothing following an error, and to no delta ending in the middle of a character.
 */
#ifndef US_WIRE_EMIT_H
#define US_WIRE_EMIT_H

#include "base/buf.h"
#include "wire/answer.h"
#include "wire/scan.h"

struct us_emit {
	struct us_sink to;
	int err;         /* the sink's or of memory; sticks, and nothing more is handed on */
	unsigned blocks; /* opened so far */
	bool started, open, failed, ended;
	bool untold;             /* the open block is text that nothing has been said of yet */
	size_t said;             /* bytes of the open block that were handed on */
	enum us_block_kind kind; /* of the open block */
	struct us_buf tail;      /* the end of a delta, waiting for the rest of a character */
};

void us_emit_init(struct us_emit *e, struct us_sink to);
void us_emit_fini(struct us_emit *e);

/* Any event that is not about a block. A START is put before the first if it is none itself. */
void us_emit_event(struct us_emit *e, const struct us_ev *ev);

/* An error, as the provider tells it; what is wrong with the answer itself, in our words. */
void us_emit_error(struct us_emit *e, const struct us_hub_err *err);
void us_emit_wrong(struct us_emit *e, const char *how);

/* A piece of a stream, in `doc`. One that is no JSON object is not skipped, for what it said would
 * be missing from the answer: it is told as an error, and *v is not given. 0 or US_ENOMEM. */
int us_emit_parse(struct us_emit *e, struct us_doc *doc, struct us_span piece, struct us_val *v);

/* Closes what is open and opens the next block; `id` and `name` of a tool call only. One of text is
 * told with its first delta: an empty one is none. */
void us_emit_open(struct us_emit *e, enum us_block_kind kind, struct us_span id,
                  struct us_span name);
/* The same for a call whose input is text. */
void us_emit_open_freeform(struct us_emit *e, struct us_span id, struct us_span name);

/* A delta of the open block: ARGS in a tool call, else TEXT. */
void us_emit_piece(struct us_emit *e, struct us_span text);

/* `whole` is all that the open block says behind its first `from` bytes: what has not been said
 * yet.
 */
struct us_span us_emit_rest(struct us_emit *e, struct us_span whole, size_t from);

/* A delta of a text, refusal or thinking block, which is opened if it is not open yet. */
void us_emit_text(struct us_emit *e, enum us_block_kind kind, struct us_span text);

/* Nothing is done when no block is open. */
void us_emit_close(struct us_emit *e);

#endif

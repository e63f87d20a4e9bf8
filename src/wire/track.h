/* track.h - what the program has got of an answer so far, as its events say it
 *
 * It stands between a stream's reader and the writer, or, where the very bytes are handed on,
 * behind the reader alone. What has been passed on adds up in `said`; so, when the stream breaks
 * off, it is known where: in a text, between blocks, behind the stop reason.
 *
 * Events wait until they are released: by the owner of the bytes where these are handed on, else at
 * once. A tool call is released when it is whole, if `holds` is set: half a call can't be taken
 * back, and nobody may finish it by guessing. It is whole when its arguments are one JSON object,
 * whether its end is told or not: nothing can follow that would make it another. An error and an
 * end that is not clean are not passed on: what becomes of the answer then is the owner's question.
 */
#ifndef US_WIRE_TRACK_H
#define US_WIRE_TRACK_H

#include "wire/push.h"
#include "wire/resp.h"
#include "wire/tape.h"
#include "wire/writer.h"

struct us_track {
	struct us_resp said;
	struct us_tape waiting;
	struct us_writer *writer; /* NULL: bytes go by elsewhere, and are released there */
	bool holds;               /* calls, until they are whole */
	bool in_call;             /* one is being held */
	bool freeform;       /* ... whose arguments are text: only its end tells that it is whole */
	struct us_push args; /* ... and else where these end */
	bool content;        /* something that carries content was passed on */
	struct us_buf call;  /* the name of the call that is held, or was dropped */
};

/* NULL without memory. `writer` outlives it. */
struct us_track *us_track_new(struct us_writer *writer, bool holds, size_t max_bytes);
void us_track_free(struct us_track *t);

/* A us_sink.put whose self is the us_track. */
int us_track_put(void *track, const struct us_ev *ev);

/* May what waits be released? */
static inline bool us_track_ready(const struct us_track *t) { return !t->in_call; }
/* The program gets what waits, or has got it. */
int us_track_release(struct us_track *t);
/* It never will: the name of a call that was in it is left in `call`. */
void us_track_drop(struct us_track *t);

/* Makes a fresh writer go on with a stream that the program has got from a provider itself. 0,
 * US_EINVAL: its dialect can't, or memory is out. */
int us_track_prime(const struct us_track *t, struct us_writer *w, const struct us_place *place);

/* The texts that the program has got, put together as it reads them. */
void us_track_text(const struct us_track *t, struct us_buf *out);
/* How many bytes of answer it has got. */
uint64_t us_track_bytes(const struct us_track *t);

#endif

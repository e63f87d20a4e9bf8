/* gate.h - holds an attempt's answer back until it is known good
 *
 * Nothing reaches the program before: a whole body for a plain answer, the first event that carries
 * content for a stream. From then on each piece is released in the call that brought it. For the
 * program's own provider, and for a target of the same dialect, the very bytes are released; for
 * another dialect what the writer makes of them. One gate per attempt.
 *
 * A stream that is watched is released up to the end of its last whole event, and no tool call
 * before it is whole: so when it breaks off it is known what the program has got, and another can
 * go on with it (track.h, joint.h).
 */
#ifndef US_ENGINE_GATE_H
#define US_ENGINE_GATE_H

#include "engine/waits.h"
#include "state/cause.h"
#include "wire/joint.h"
#include "wire/reader.h"
#include "wire/track.h"

struct us_gate_spec {
	const struct us_dialect *from, *to;
	const struct us_look *look;       /* from != to: how the answer is to look */
	const struct us_renames *renames; /* likewise */
	bool own;     /* the program's own provider: its head is released as it came */
	bool foreign; /* what it says would not be known again: it is said in words of ours */
	bool stream;  /* the program asked for a stream */
	bool plain;   /* no LLM's: what it says is not looked at, only whether it is whole */
	bool decoded; /* content-encoding is undone before bytes get here */
	bool follows; /* redirects are followed below us */
	size_t hold_max;
	struct us_sink keep; /* listens to the answer as its provider gives it; put NULL: nobody */
	bool watch;          /* a stream is */
	bool holds;          /* ... and its tool calls are held until they are whole */
	struct us_track *track; /* it goes on with this answer: its head is out, its writer ready */
	struct us_joint_spec joint; /* ... which it joins so */
};

enum us_gate_state {
	US_GATE_HELD,
	US_GATE_OPEN, /* something was released, or may be now */
	US_GATE_BAD   /* not an answer that may be delivered: `bad` says why */
};

struct us_gate {
	struct us_gate_spec spec;
	enum us_gate_state state;
	enum us_cause bad;
	struct us_buf head; /* header lines as they came; for a target in the end those we made */
	struct us_buf held; /* body bytes not released, as they came */
	struct us_span status_line, type;
	unsigned status; /* of the last block, 0 before */
	bool in_body;    /* the last block's headers are complete */
	bool opaque;     /* compressed: can't be read here */
	bool has_length;
	uint64_t length, got;
	struct us_waits waits;
	struct us_reader reader;
	struct us_writer *writer; /* NULL: the very bytes are released */
	struct us_track *track;   /* NULL: it is not watched */
	struct us_joint joint;    /* of one that goes on */
	size_t part; /* watched: bytes at the end of what came, of an event that has not ended */
	struct us_place place;  /* ... where what was released ends */
	size_t unsafe;          /* ... that are not to be released */
	size_t eat;             /* ... at the front of `held` that were */
	bool reading, said_end; /* ... its end, by an event of its own */
	struct us_push error_end;
	bool error_whole; /* status >= 400 and its body is complete in `held` */
	bool overflow;    /* bad, and longer than may be kept: what is held is not all */
	struct us_span release_head, release_body; /* filled by the calls below */
};

/* NULL without memory. `spare` is one that us_gate_clear was called for, or NULL. */
struct us_gate *us_gate_new(struct us_gate *spare, const struct us_gate_spec *spec);
/* Nobody looks at it any more: what is left is a little memory, for the next one. */
void us_gate_clear(struct us_gate *g);
void us_gate_free(struct us_gate *g);

/* One header line with its line end, status lines and the blank one included. `final`: at the blank
 * line, does libcurl count this block as the answer's (not a proxy's CONNECT, not 1xx)? */
enum us_gate_state us_gate_header(struct us_gate *g, struct us_span line, bool final,
                                  uint64_t unix_ms);
enum us_gate_state us_gate_body(struct us_gate *g, struct us_span bytes);
/* No more bytes will come. `cut`: the transfer has failed. An open stream to the program gets its
 * proper end, or, if it broke off and is not watched, the error event of its dialect. */
enum us_gate_state us_gate_end(struct us_gate *g, bool cut);

/* Opens it with all that is held, as it came: the own provider's failure is the program's to see.
 */
void us_gate_force(struct us_gate *g);

/* Open, and the answer's end was seen: nothing is missing. */
bool us_gate_complete(const struct us_gate *g);

/* What an error body says; NULL if it says nothing. */
const struct us_hub_err *us_gate_error(struct us_gate *g);

#endif

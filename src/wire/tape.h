/* tape.h - keeps events for later: what they point at is copied */
#ifndef US_WIRE_TAPE_H
#define US_WIRE_TAPE_H

#include "base/buf.h"
#include "wire/answer.h"

struct us_tape {
	struct us_buf events; /* struct us_ev, whose spans say where in `bytes` */
	struct us_buf bytes;
};

void us_tape_init(struct us_tape *t, size_t max_bytes);
void us_tape_fini(struct us_tape *t);

static inline bool us_tape_empty(const struct us_tape *t) { return !t->events.n; }

/* Not of an error's words: an ERROR event is not kept. */
int us_tape_put(struct us_tape *t, const struct us_ev *ev);
/* Hands all of them on, in order, and is empty then. The sink's first error ends it. */
int us_tape_play(struct us_tape *t, struct us_sink to);
void us_tape_drop(struct us_tape *t);

#endif

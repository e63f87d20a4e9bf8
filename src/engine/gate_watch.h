/* gate_watch.h - a gate's stream that is followed event by event, and may break off */
#ifndef US_ENGINE_GATE_WATCH_H
#define US_ENGINE_GATE_WATCH_H

#include "engine/gate.h"

/* Watched, and open: it has broken off, by what was said or by its end. */
bool us_gate_broke(const struct us_gate *g);
/* What has been delivered of it, and the writer if there is one, are the caller's from now on. */
struct us_track *us_gate_take(struct us_gate *g, struct us_writer **writer);
/* It broke off and stays so: releases what the program would have got without us, or the error
 * event of its dialect. It is not watched from then on. */
void us_gate_give_in(struct us_gate *g);
/* Is a continuation's text held back, that could be judged by now? */
bool us_gate_waits(const struct us_gate *g);
enum us_gate_state us_gate_settle(struct us_gate *g);

/* For gate.c. Its bytes flow from now on as they come, or as the writer makes them. */
void us_gate_unwatch(struct us_gate *g);
/* Reads more of the answer; of a stream that is watched, notes how far it may be released. */
void us_gate_read_on(struct us_gate *g, struct us_span bytes, bool *whole);
/* What was released by the last call is let go of. */
void us_gate_let_go(struct us_gate *g);
/* Releases the very bytes, as far as they are safe. */
void us_gate_hand_on(struct us_gate *g, struct us_span bytes);

#endif

/* outbox.h - inside agent and cli: the questions that wait for a human, wherever they are stored
 *
 * They are in the store of the settings. Where that is a Redis that does not answer, a new one goes
 * into files; so both are looked through.
 */
#ifndef US_AGENT_OUTBOX_H
#define US_AGENT_OUTBOX_H

#include "agent/handle.h"
#include "agent/question.h"

/* One that was read. `q` points into `item`. */
struct us_letter {
	struct us_question q;
	struct us_item item;
	bool in_files; /* in the second place */
};

void us_letter_init(struct us_letter *l);
void us_letter_fini(struct us_letter *l);

/* Stores a new question: key, task, error and context are given, the rest is filled in. The same
 * key again, while its question is open, counts: *again. */
int us_outbox_raise(struct understudy *u, struct us_question *q, bool *again);

/* Makes questions of the notes that the preload has left. */
void us_outbox_gather(struct understudy *u);

/* By its id, or a beginning of it that no other has. US_ENOENT; US_EINVAL: several begin so. */
int us_outbox_find(struct understudy *u, struct us_span id, struct us_letter *l);

/* Reads it anew, lets `change` change it, stores it, and again if somebody else was faster. `l`
 * was found before, and is afterwards as it is stored. `change` returns false to leave it. */
int us_outbox_change(struct understudy *u, struct us_letter *l,
                     bool (*change)(struct us_question *q, void *self), void *self);

/* All, the closed ones too, as ids in the arena. */
int us_outbox_list(struct understudy *u, struct us_arena *a, struct us_span **ids, size_t *n);

/* A human's word, or what holds without one (`defaulted`). US_ECONFLICT: it is closed already. */
int us_outbox_answer(struct understudy *u, struct us_letter *l, struct us_span words,
                     struct us_span by, bool defaulted);

/* Open, but its time is over? Then it is noted. */
int us_outbox_expire(struct understudy *u, struct us_letter *l);

#endif

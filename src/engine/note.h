/* note.h - what a call tells about itself: one per attempt, verdict, wait, failover and end
 *
 * The driver turns notes into log lines. Nothing in a note is secret: names, numbers, fixed words.
 */
#ifndef US_ENGINE_NOTE_H
#define US_ENGINE_NOTE_H

#include "base/span.h"
#include "state/cause.h"
#include "state/events.h"

enum us_note_kind {
	US_NOTE_ATTEMPT,  /* provider, model, attempt */
	US_NOTE_ANSWER,   /* it is good: status, ms since the attempt began */
	US_NOTE_FAILED,   /* cause, status, ms */
	US_NOTE_WAIT,     /* ms until the next attempt on the same provider */
	US_NOTE_SKIP,     /* a provider is passed by: word says why, ms until it may be asked */
	US_NOTE_LOSS,     /* a translation loses something: word is the code, detail the member */
	US_NOTE_MEND,     /* its request is sent once more without what it refused: word, detail */
	US_NOTE_KEY,      /* it is asked with another key: word is the name of its variable */
	US_NOTE_FAILOVER, /* on to this provider */
	US_NOTE_HEDGE,    /* this one is asked too: ms since the slow one was */
	US_NOTE_OUTRUN,   /* this one is not waited for any more: ms since it was asked */
	US_NOTE_FOLLOW,   /* this one has begun the open tool loop: it goes on with it */
	US_NOTE_BACK,     /* the own provider's request is changed: word */
	US_NOTE_CUT,      /* an answer broke off after its first byte was delivered */
	US_NOTE_SPLICE,   /* how it is gone on with: word; ms: bytes of answer delivered before */
	US_NOTE_RECALL,   /* a kept answer is given: word; ms: its age */
	US_NOTE_UNKEPT,   /* an answer can't be kept: word says why */
	US_NOTE_END       /* ms since the call began; end */
};

struct us_note {
	enum us_note_kind kind;
	uint64_t call; /* number within the process */
	struct us_span provider, model;
	unsigned attempt; /* on this provider, from 1 */
	enum us_cause cause;
	unsigned status;
	uint64_t ms;
	enum us_end end;
	const char *word;
	struct us_span detail;
};

#endif

/* joint.h - makes another provider's continuation go on exactly where an answer broke off
 *
 * It stands between the reader of the continuation and the track. The first bytes of text are held
 * back until it can be seen how they join to what the program has: models repeat the last words,
 * begin the cut word anew, or the whole answer, or put a phrase or a quotation mark before. What
 * was said twice is taken out. The second beginning, its ids and thoughts are swallowed; the text
 * goes on in the block that is open; the counts of both are put together.
 *
 *     said:          Once upon a time there was a
 *     continuation:             "a time there was a small town
 *                                xxxxxxxxxxxxxxxxxx            overlap
 */
#ifndef US_WIRE_JOINT_H
#define US_WIRE_JOINT_H

#include "wire/answer.h"
#include "wire/normalise.h"
#include "wire/seam.h"

#include "base/buf.h"

#define US_JOINT_HOLD ((size_t)512) /* bytes of text that are held back at first */

struct us_joint_spec {
	struct us_span text; /* that the program has got, all of it; copied */
	bool open;           /* its last block is a text, and open */
	struct us_seam_ways ways;
	bool json;             /* text and continuation are one JSON value; verified at its end */
	struct us_span schema; /* of that value, or unset; outlives the joint */
	struct us_usage usage; /* that was told before the break */
	uint64_t bytes;        /* of answer delivered, where its tokens are not known */
	unsigned blocks;       /* that the program has got */
	/* A call was cut: `text` is what the program has got of its arguments, and `schema` the
	 * tool's. */
	struct us_span call; /* the tool, as the program names it; unset: a text was cut */
	bool in_words;       /* the rest of them is asked for as a text, not the call once more */
	const struct us_renames *renames; /* of who is asked */
};

struct us_joint {
	struct us_joint_spec spec;
	struct us_sink next;
	enum { US_JOINT_HOLDS, US_JOINT_REPLAYS, US_JOINT_FLOWS, US_JOINT_MISFITS } state;
	struct us_buf said, held;
	size_t at;       /* REPLAYS: how much of `said` was said again */
	bool open;       /* a block is, at the program's */
	bool hidden;     /* the block of the continuation is not shown */
	bool called;     /* the call has been made once more */
	unsigned blocks; /* that the program knows */
	struct us_span
		closing; /* a mark at the end of the continuation that belongs to its lead-in */
	size_t skipped;  /* bytes taken out */
};

void us_joint_init(struct us_joint *j, const struct us_joint_spec *spec, struct us_sink next);
void us_joint_fini(struct us_joint *j);

/* A us_sink.put whose self is the us_joint. US_EINVAL when it does not fit. */
int us_joint_put(void *joint, const struct us_ev *ev);

/* For joint.c: the same of a call that was cut. */
int us_joint_call_put(struct us_joint *j, const struct us_ev *ev);

/* Is text held back that could be judged now? */
bool us_joint_waits(const struct us_joint *j);
/* It is not waited any longer: what is held is judged as it is, unless it is saying again what was
 * said. */
int us_joint_settle(struct us_joint *j);

#endif

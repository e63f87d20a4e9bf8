/* continue.h - the request that asks for the rest of an answer that broke off
 *
 * The program's request with the answer so far as its last turn. What a target makes of that is
 * us_normalise's: a model that takes a begun answer goes on with it, others are asked to in words.
 *
 * Of an answer that broke off in a tool call, the call is asked for once more, or the rest of the
 * text of its arguments.
 */
#ifndef US_WIRE_CONTINUE_H
#define US_WIRE_CONTINUE_H

#include "wire/seam.h"
#include "wire/track.h"
#include "wire/translate.h"

enum us_continue { US_CONTINUE_TEXT, US_CONTINUE_CALL, US_CONTINUE_ARGS };

struct us_continuation {
	struct us_arena arena;
	struct us_request request; /* shares what it points at with the program's */
	struct us_buf text; /* the program has got: of the answer, or of the call's arguments */
	const struct us_tool *tool; /* that is called; NULL: it is not declared */
};

/* `q` and the body it was read from outlive it. 0 or US_ENOMEM, US_E2BIG. */
int us_continuation_init(struct us_continuation *c, const struct us_request *q,
                         const struct us_track *t, enum us_continue what);
void us_continuation_fini(struct us_continuation *c);

/* How the rendered request's target will go on. */
struct us_seam_ways us_continuation_ways(const struct us_rendered *r, const struct us_dialect *d);

#endif

/* loss.h - what may be lost on the way of a request or an answer into another dialect */
#ifndef US_WIRE_LOSS_H
#define US_WIRE_LOSS_H

#include "base/arena.h"
#include "base/span.h"

/* What a translation loses. The user's fidelity setting draws the line: strict takes EXACT only,
 * normal up to DEGRADED, loose up to RISKY. */
enum us_loss {
	US_EXACT,     /* nothing, or nothing that could change an answer */
	US_DEGRADED,  /* said another way, or a wish that may go unheard */
	US_RISKY,     /* something the program was promised: a strict schema, citations, logprobs */
	US_IMPOSSIBLE /* the target must be skipped */
};

struct us_diag {
	enum us_loss loss;
	const char *code;    /* a fixed word, "PREFILL_EMULATED" */
	struct us_span what; /* the member or block concerned; never its content */
};

struct us_diags {
	struct us_arena *arena;
	struct us_diag *list;
	size_t n;
	enum us_loss worst;
};

/* What a code means, for people; the code itself when nobody has said it (losses.def). */
const char *us_loss_words(const char *code);

/* Was this one told? */
bool us_diag_told(const struct us_diags *d, const char *code);

void us_diag(struct us_diags *d, enum us_loss loss, const char *code, struct us_span what);

#endif

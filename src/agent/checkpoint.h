/* checkpoint.h - inside agent: what a task has done, and how it is stored */
#ifndef US_AGENT_CHECKPOINT_H
#define US_AGENT_CHECKPOINT_H

#include "base/buf.h"

struct us_step {
	char *name; /* ends in NUL */
	char *result;
	size_t n;
};

struct us_checkpoint {
	struct us_step *steps;
	size_t n, cap;
	char *state; /* followed by a NUL; NULL: empty */
	size_t nstate;
};

/* All-zero is empty. */
void us_checkpoint_fini(struct us_checkpoint *c);

/* NULL: not completed. */
const struct us_step *us_checkpoint_find(const struct us_checkpoint *c, const char *name);

/* What a completed step changed, until it is known whether that holds. */
struct us_undo {
	size_t at;
	bool fresh; /* there was no such step */
	char *result;
	size_t n;
};

/* A new last step, or a new result. US_ENOMEM, US_E2BIG; `c` is then as it was. Otherwise
 * us_checkpoint_settle must follow: `holds`, or all is as it was before. */
int us_checkpoint_complete(struct us_checkpoint *c, const char *name, struct us_span result,
                           struct us_undo *undo);
void us_checkpoint_settle(struct us_checkpoint *c, struct us_undo *undo, bool holds);
int us_checkpoint_set_state(struct us_checkpoint *c, struct us_span state);

/* Into an empty buffer, whose ceiling is that of a checkpoint. */
int us_checkpoint_encode(const struct us_checkpoint *c, struct us_buf *out);
/* US_EDAMAGED, US_ENOMEM; `c`, which is empty, then stays so. */
int us_checkpoint_decode(struct us_checkpoint *c, struct us_span bytes);

#endif

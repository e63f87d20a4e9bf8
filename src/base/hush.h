/* hush.h - writes that raise no signal
 *
 * A closed pipe raises SIGPIPE, a full quota of bytes SIGXFSZ, and the host that never wrote there
 * itself would die of them.
 */
#ifndef US_BASE_HUSH_H
#define US_BASE_HUSH_H

#include <signal.h>
#include <stdbool.h>

/* All-zero: nothing is held. */
struct us_hush {
	sigset_t before, held;
	bool on;
};

/* Between the two this thread gets neither; what it raised itself is gone at the end. errno is left
 * alone. */
void us_hush_begin(struct us_hush *h);
void us_hush_end(const struct us_hush *h);

#endif

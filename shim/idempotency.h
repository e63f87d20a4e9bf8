/* idempotency.h - a request that is asked again bears the key that it bore before
 *
 * For providers that know by a header whether they have had a request: who was cut off after it was
 * sent asks for the same answer, not for another one. Each provider is told a key of its own, and
 * each body that it is sent has its own.
 */
#ifndef SHIM_IDEMPOTENCY_H
#define SHIM_IDEMPOTENCY_H

#include "run.h"

/* "Idempotency-Key: understudy-..." for what is sent now. False: he knows none, or the program
 * sends its own. */
bool idempotency_line(struct run *r, const struct us_candidate *to, char *line, size_t size);

/* Is this line of the program's a key, by which its provider would know another request? */
bool idempotency_is_programs(const struct run *r, const char *line);

#endif

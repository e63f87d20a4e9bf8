/* stand_in.h - the mock as a provider of each dialect, without its sockets
 *
 * What we wrote is judged, and answered, by code that shares nothing with src/wire.
 */
#ifndef US_TESTS_STAND_IN_H
#define US_TESTS_STAND_IN_H

#include "recording.h"

/* A request as it arrives. */
struct question {
	const struct us_dialect *dialect;
	struct us_span path, query, beta; /* any may be unset */
	bool lax;                         /* of a compatible server */
	struct us_span body;
};

/* Why it is refused; "" when it is accepted. */
struct us_span stand_in_refuses(const struct question *q, struct us_arena *a);

/* Its answer, as a recording without a file. False: it refuses. */
bool stand_in_answers(const struct question *q, struct recording *out, struct us_arena *a);

/* What it says of a failure, with whatever its kind of server says for that status. */
void stand_in_fails(const struct us_dialect *d, unsigned status, struct us_arena *a,
                    struct us_buf *out);

/* A model of the dialect's; NULL: nobody here speaks it. */
const char *stand_in_model(const struct us_dialect *d);

#endif

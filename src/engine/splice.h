/* splice.h - an answer broke off after some of it was delivered: what can be done, by where it was
 *
 * What was delivered can't be taken back. It is ended here where it was complete, gone on with by
 * another provider where that joins exactly, and else an error.
 */
#ifndef US_ENGINE_SPLICE_H
#define US_ENGINE_SPLICE_H

#include "wire/continue.h"
#include "wire/joint.h"

enum us_splice {
	US_SPLICE_ERROR,
	US_SPLICE_FINISH, /* nothing is missing but its end */
	US_SPLICE_TEXT,   /* its text is gone on with */
	US_SPLICE_CALL    /* the arguments of its last call are completed */
};

/* `said` is all that the program has got; what is only half there is not among it. */
enum us_splice us_splice_decide(const struct us_req *req, const struct us_resp *said);
/* Was the last call's tool called before? Who is asked to call it would make that call again. */
bool us_splice_repeats(const struct us_resp *said);

#endif

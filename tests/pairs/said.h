/* said.h - what a request says, in no dialect, as lines of text to compare */
#ifndef US_TESTS_SAID_H
#define US_TESTS_SAID_H

#include "base/buf.h"
#include "wire/request.h"

/* The conversation: who says what, which calls with which arguments, and each one's result. Ids are
 * left out (dialects have their own), and where a turn is cut into messages. */
void said_talk(const struct us_req *r, struct us_buf *out);

/* Instructions, to which what cannot be said otherwise is added. */
void said_rules(const struct us_req *r, struct us_buf *out);

/* Tools and wishes: what may be lost where that is told. */
void said_rest(const struct us_req *r, struct us_buf *out);

#endif

/* reword.h - the program's own handle sends another body than the program gave it
 *
 * For one transfer: what a stand-in has said is in the conversation, and the program's own provider
 * would not take it as it is (engine/failback.h); or it is asked to go on with an answer of its own
 * that broke off (engine/resume.h). Nothing but the body and its length changes; and a key comes to
 * it where the provider knows one (idempotency.h).
 */
#ifndef SHIM_REWORD_H
#define SHIM_REWORD_H

#include "run.h"

/* `body` lives until the run ends. */
void reword_own(struct run *r, struct us_span body);
/* One header more. Before the other. */
void reword_header(struct run *r, const char *line);
/* Puts back what the program had set, on its handle or a copy of that. */
void reword_restore(const struct run *r, CURL *h);

#endif

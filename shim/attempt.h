/* attempt.h - dresses one real transfer
 *
 * For the program's own provider: its own handle, with our callbacks in place of its own. For a
 * target: a handle of ours, made from nothing but the CARRY options of setopt.def, the translated
 * request and the target's own key.
 */
#ifndef SHIM_ATTEMPT_H
#define SHIM_ATTEMPT_H

#include "run.h"

/* False: it can't be sent. */
bool attempt_dress_own(struct flight *f, const struct us_order *send);
/* Puts back what the program had set. */
void attempt_undress_own(struct run *r);
/* The same for any handle of the program that bears our callbacks. */
void attempt_restore(const struct run *r, CURL *h);

/* Makes f->target, and sets it up. Not CURLE_OK: it can't be sent. */
CURLcode attempt_dress_target(struct flight *f, const struct us_order *send);
/* Whatever of it leads back to the run is taken off. */
void attempt_undress_target(const struct flight *f);

/* What a finished transfer's code says to the engine. */
enum us_cause attempt_cause(CURLcode code);

/* Calls the program's progress callback. True: it wants the transfer stopped. */
bool attempt_progress(struct run *r, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                      curl_off_t ulnow);

#endif

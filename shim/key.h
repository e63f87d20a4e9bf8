/* key.h - the key in a request: a target's, or another one in the program's own
 *
 * Where a provider has several keys, the program's own handle may ask with another than the program
 * gave it: for that attempt only, on the program's own connection, in the header that the
 * provider's keys belong in. Such a key goes nowhere else: no redirect is followed meanwhile, no
 * proxy is told, and nobody who looks on (verbose output, copies of the handle, queries) gets to
 * see it.
 */
#ifndef SHIM_KEY_H
#define SHIM_KEY_H

#include "run.h"

/* Adds the line with the key that this one is to be asked with. False: it can't be sent. */
bool key_add(const struct shadow *s, struct curl_slist **list, const struct us_candidate *to);

/* Where the request bears a key that another may take the place of: the name of the variable that
 * holds it, or US_KEY_OWN; else NULL. */
const char *key_find(const struct shadow *s, const struct us_provider *p, struct us_span query);

/* Dresses the program's handle in the key that the order names, or in its own again. False: it
 * can't be sent. */
bool key_dress(struct flight *f, const struct us_order *send);
/* Puts back what the program had set, on its handle or a copy of that. */
void key_restore(const struct run *r, CURL *h);

#endif

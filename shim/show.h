/* show.h - what the program is shown: released bytes, error texts, and the facts that fit them
 *
 * From the first byte that the program gets, libcurl's queries must fit the answer it is given; in
 * the end they tell of the whole call.
 */
#ifndef SHIM_SHOW_H
#define SHIM_SHOW_H

#include "run.h"

/* Gives released bytes to the program. */
void show_bytes(struct run *r, const struct us_order *relay);
/* To its error buffer, if it has one. */
void show_error(const struct shadow *s, const char *text);
/* The program's own provider is asked, on its handle, to go on with an answer that broke off. */
void show_goes_on(struct run *r);
/* As libcurl tells at the end of a transfer, where there was none. */
void show_progress(struct run *r);
/* The call is over, and no transfer is in flight. */
void show_end(struct run *r);

#endif

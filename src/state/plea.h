/* plea.h - a note that a human is needed, left in files by who can do no more about it
 *
 * For the preload: it must not wait, and knows neither Redis nor channels. Whoever has the library
 * makes questions of the notes.
 */
#ifndef US_STATE_PLEA_H
#define US_STATE_PLEA_H

#include "state/store.h"

#define US_PLEA_PREFIX "plea/"

/* The same task and error again take the place of the note before. 0, or why not. */
int us_plea_leave(const char *dir, struct us_span task, struct us_span error);

/* Reads the value of a note; what it says lies in there. False: damaged. */
bool us_plea_read(struct us_span value, struct us_span *task, struct us_span *error);

#endif

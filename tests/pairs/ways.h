/* ways.h - a question on its way from a program to another's provider, and its answer back */
#ifndef US_TESTS_WAYS_H
#define US_TESTS_WAYS_H

#include "../recorded/programs.h"
#include "../recorded/report.h"

/* The question, written in Chat Completions, is put into the program's dialect, translated for
 * `to`, judged, and read there. `back`: it is answered, too, and the answer translated back. What
 * is wrong is reported by names that are made in `names`. */
void way_go(struct report *r, const struct program *p, const struct us_dialect *to,
            const char *name, struct us_span body, bool back, struct us_arena *names);

#endif

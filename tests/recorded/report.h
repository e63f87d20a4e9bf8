/* report.h - what came of one group of checks, as a line of TAP */
#ifndef US_TESTS_REPORT_H
#define US_TESTS_REPORT_H

#include "base/buf.h"

struct tally {
	struct us_span what;
	unsigned n;
};

struct report {
	unsigned files, checks;
	const char *of;      /* what the files are: recordings, if nothing else is said */
	unsigned failures;   /* files that failed */
	struct us_span last; /* the newest of them */
	struct us_buf said;  /* of the first ones: name and reason */
	struct tally tallies[64];
	size_t ntallies;
};

void report_init(struct report *r);

/* A check of `file` failed; only its first reason is kept. */
void report_fail(struct report *r, struct us_span file, const char *why, ...) US_PRINTF(3, 4);

/* One more of something worth knowing. `what` lives on; what differs at its end counts apart. */
void report_count(struct report *r, const char *what);

/* Prints it; nothing is kept. True: no check failed. */
bool report_print(struct report *r, unsigned number, const char *group);

#endif

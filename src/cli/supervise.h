/* supervise.h - a program that is started again when it fails */
#ifndef US_CLI_SUPERVISE_H
#define US_CLI_SUPERVISE_H

#include "conf/conf.h"

struct us_supervision {
	const char *task;  /* its checkpoint tells progress; NULL: none */
	uint64_t restarts; /* in a row without progress; then a human is asked */
	bool ask;          /* and waited for */
	uint64_t ask_ms;
	char **program;
};

/* Runs it to its end. Its exit status, 128 + N where signal N ended it, 125 to 127 as env(1). */
int us_supervise(const struct us_supervision *s, const struct us_conf *conf);

/* Claims the task for the program that is about to be run, and names it in the environment. 0, or
 * told. */
int us_supervise_claim(const char *task);

#endif

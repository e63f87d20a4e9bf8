/* courier.h - a process beside the supervisor that delivers what waits to be told to a human
 *
 * Questions that were raised while nobody could be told, and those that the preload leaves, wait in
 * the store until somebody comes by. While a program is supervised that is the courier: one process
 * at a time, so that a slow channel keeps no signal and no health check waiting.
 */
#ifndef US_CLI_COURIER_H
#define US_CLI_COURIER_H

#include "base/rand.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct us_courier {
	pid_t pid;      /* under way; 0: none is */
	uint64_t at;    /* when the next one leaves; US_NEVER: nobody can be told */
	unsigned trips; /* since the program was started */
	struct us_rand rand;
};

/* The program is started: the first one leaves soon. `wanted`: a channel is set. */
void us_courier_begin(struct us_courier *c, bool wanted, uint64_t now_ms);
/* Leaves, if it is time. `mask`: the signals that it is to ignore as its own. */
void us_courier_tick(struct us_courier *c, const sigset_t *mask, uint64_t now_ms);
/* A child has ended: true if it was the courier. */
bool us_courier_back(struct us_courier *c, pid_t pid, uint64_t now_ms);
/* The program is over: whoever is under way comes back first, but for `hurry`. */
void us_courier_end(struct us_courier *c, bool hurry);

#endif

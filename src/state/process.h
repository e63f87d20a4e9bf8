/* process.h - who holds something in shared memory, and whether he still lives */
#ifndef US_STATE_PROCESS_H
#define US_STATE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#define US_PROCESS_BITS 40

struct us_processes {
	uint64_t (*self)(void);         /* in US_PROCESS_BITS; never 0 */
	bool (*gone)(uint64_t process); /* for sure; in doubt it lives */
};

/* Those of this machine. Of another container, whose numbers mean nothing here, none is gone. */
extern const struct us_processes us_processes;

#endif

/* limits.h - what a provider language refuses */
#ifndef US_WIRE_LIMITS_H
#define US_WIRE_LIMITS_H

#include <stdbool.h>

/* What us_normalise must see to before encode_request. */
struct us_limits {
	bool alternates;     /* roles take turns, the first is the user's: merge and mend */
	bool no_blank_text;  /* refuses text blocks that are empty or all blanks */
	bool no_halves;      /* refuses half a surrogate pair in any string */
	bool system_in_turn; /* takes system messages between the turns of a conversation */
	bool declared_tools; /* tools used in the history must be declared */
	bool names_stop;     /* its answers say which stop sequence ended them */
	bool letter_first;   /* tool names begin with a letter or '_' */
	unsigned name_max;   /* tool names: [A-Za-z0-9_-], so many at most */
	unsigned id_max;     /* tool call ids, likewise; 0: any */
	unsigned id_exact;   /* so many letters and digits they are; 0: id_max holds */
};

#endif

/* look.h - what a request is written for, and how an answer is to look */
#ifndef US_WIRE_LOOK_H
#define US_WIRE_LOOK_H

#include "wire/framing.h"
#include "wire/request.h"

struct us_model;   /* models.h: what a model can do */
struct us_profile; /* profile.h: what a server is like */

/* For whom a request is written. */
struct us_for {
	const struct us_model *model; /* never NULL */
	struct us_span model_name;
	const struct us_profile *profile; /* never NULL for encode_request */
	bool in_words; /* it refuses begun answers: it is asked in words to go on with one */
};

/* How an answer is to look to the program. */
struct us_look {
	const struct us_req *req; /* what it asked; outlives the encoder */
	struct us_span model;     /* the name the answer bears */
	bool model_stays;         /* ... whatever name its provider gives */
	uint64_t seed;            /* of minted ids: the same request gives the same ids */
	bool own_ids;             /* calls keep theirs: it was not we who showed it */
	size_t given;             /* ... of only so many blocks, from the first */
	uint64_t now_s;           /* seconds since 1970, for `created` */
	uint64_t in_estimate;     /* input tokens, when the provider has not said them yet */
	enum us_framing framing;  /* of a stream; UNKNOWN: the dialect's own */
	struct us_span id;        /* the answer's; unset: one is minted */
};

/* Where a stream stands whose events are numbered, or tell of items: Responses; blocks: Anthropic.
 */
struct us_place {
	uint64_t number;       /* of the next event */
	uint64_t items;        /* begun so far */
	uint64_t index, part;  /* of the open item; of its open part, or of its next one */
	bool in_item, in_part; /* a message or a call is open, a part of it is */
	char id[96];           /* the item's, also when it has ended; "" of what is not shown */
};

/* How a stream stands between two events: bits. */
enum us_standing {
	US_STANDING_OWES = 1, /* something was read, and is not told yet */
	US_STANDING_WHOLE = 2 /* if it ended here, nothing would be missing */
};

#endif

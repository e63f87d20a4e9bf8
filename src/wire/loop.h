/* loop.h - the tool loop that a request goes on with, and whose it is
 *
 * A loop is open while the conversation ends in results of calls. What has been said in it may come
 * from several providers: the ids of the calls tell (mint.h).
 */
#ifndef US_WIRE_LOOP_H
#define US_WIRE_LOOP_H

#include "wire/request.h"

struct us_loop {
	bool open;
	bool mixed;   /* a stand-in of ours has taken part in it */
	bool ours;    /* its last calls are a stand-in's: `tag` tells whose */
	uint32_t tag; /* us_minted_tag */
};

struct us_loop us_loop_of(const struct us_req *r);

#endif

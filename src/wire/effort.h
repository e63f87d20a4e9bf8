/* effort.h - how hard a request asks its model to think, in one scale for all dialects */
#ifndef US_WIRE_EFFORT_H
#define US_WIRE_EFFORT_H

#include "wire/request.h"

enum us_effort {
	US_EFFORT_MINIMAL,
	US_EFFORT_LOW,
	US_EFFORT_MEDIUM,
	US_EFFORT_HIGH,
	US_EFFORT_XHIGH,
	US_EFFORT_MAX,
	US_EFFORT_UNSET /* as the model thinks fit */
};

/* By its word; where it has none, by its number of tokens. */
enum us_effort us_effort_of(const struct us_req *r);

/* Of the words that some models know and others refuse, the nearest that all of them take; NULL for
 * UNSET. */
const char *us_effort_common(enum us_effort e);

#endif

/* optional.h - members of a request that can be left out, and what is lost with each */
#ifndef US_WIRE_OPTIONAL_H
#define US_WIRE_OPTIONAL_H

#include "wire/loss.h"

struct us_optional {
	const char *dialect, *member;
	enum us_loss loss;
	const char *code;
};

/* NULL: this member is not to be left out. */
const struct us_optional *us_optional_find(const char *dialect, struct us_span member);

/* By number, from 0; NULL behind the last. */
const struct us_optional *us_optional_at(size_t i);

#endif

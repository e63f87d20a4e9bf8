/* ask.h - what a program asks for, found without parsing: in its URL and at a glance into the body
 *
 * Every dialect says it somewhere else: the model in the body or in the path, a stream likewise, or
 * by saying nothing. Here it is one answer, made from the dialect's row.
 */
#ifndef US_WIRE_ASK_H
#define US_WIRE_ASK_H

#include "wire/framing.h"
#include "wire/hub.h"

struct us_dialect;

/* A member that requests of a dialect have, and what its value may begin with. */
struct us_sign {
	const char *member, *begins; /* "messages", "[" */
};

/* What a URL says of the request; what it does not say is unset. */
struct us_in_url {
	struct us_span model;
	enum us_tri stream;
	enum us_framing framing; /* of the stream; UNKNOWN: the dialect's */
};

struct us_ask {
	struct us_span model; /* "" if it is not said */
	bool stream;
	bool plausible; /* it is an object with the dialect's sign */
};

/* `url` may be NULL: it says nothing. `body`: p NULL when it is not at hand yet. */
struct us_ask us_ask(const struct us_dialect *d, const struct us_in_url *url, struct us_span body);

/* For readers of URLs: the segment of `path` behind `before` ("/models/"), up to `stop`; unset when
 * there is none. */
struct us_span us_url_segment(struct us_span path, const char *before, char stop);

#endif

/* mock_place.h - naming a place in a request, as providers do */
#ifndef US_CLI_MOCK_PLACE_H
#define US_CLI_MOCK_PLACE_H

#include "cli/mock_json.h"

/* A place in the request: a name, an index, or the tag of a variant. */
struct us_mock_path {
	const struct us_mock_path *up;
	struct us_span name; /* .p NULL: an index */
	size_t index;
	bool is_tag;
};

/* Appends messages[0].content with brackets, else messages.0.content, with the tags of variants. */
void us_mock_place(struct us_buf *b, const struct us_mock_path *at, bool brackets);

/* The same as a text of its own. */
struct us_span us_mock_place_text(const struct us_mock_path *at, bool brackets,
                                  struct us_arena *arena);

#endif

/* mock_place.c - naming a place in a request, as providers do */
#include "cli/mock_place.h"

#define PLACE_MAX ((size_t)1 << 20)

/* The place's text begins at `start` of the buffer. */
static void put(struct us_buf *b, size_t start, const struct us_mock_path *at, bool brackets)
{
	if (!at)
		return;
	put(b, start, at->up, brackets);
	if (at->is_tag && brackets)
		return; /* only pydantic shows which member of a union it looked at */
	if (!at->name.p && brackets) {
		us_buf_addf(b, "[%zu]", at->index);
		return;
	}
	us_buf_add_str(b, b->n > start ? "." : "");
	if (at->name.p)
		us_buf_add_span(b, at->name);
	else
		us_buf_addf(b, "%zu", at->index);
}

void us_mock_place(struct us_buf *b, const struct us_mock_path *at, bool brackets)
{
	put(b, b->n, at, brackets);
}

struct us_span us_mock_place_text(const struct us_mock_path *at, bool brackets,
                                  struct us_arena *arena)
{
	struct us_buf b;

	us_buf_init(&b, PLACE_MAX);
	us_mock_place(&b, at, brackets);
	return us_mock_keep(arena, &b);
}

/* top.h - inside `understudy top`: one picture of the page */
#ifndef US_CLI_TOP_H
#define US_CLI_TOP_H

#include "cli/view.h"

/* What was counted when the last picture was drawn. Zero-initialise. */
struct us_top {
	struct us_top_counts {
		uint64_t calls, ok, failed, tokens;
	} before[US_PAGE_SLOTS];
	uint64_t at_ms, made_ms;
};

/* Writes a picture of so many lines to `out`. `page` NULL: nobody has made one yet. */
void us_top_draw(struct us_top *t, const struct us_out *out, struct us_page *page,
                 const struct us_health_policy *policy, size_t lines, uint64_t now_ms);

#endif

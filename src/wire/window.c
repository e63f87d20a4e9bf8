/* window.c - is a conversation surely longer than a model can read? */
#include "wire/window.h"

/* English has four, JSON and code fewer; only long runs of blanks have more. */
#define BYTES_PER_TOKEN 8

static uint64_t count(const struct us_block *blocks, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		const struct us_block *b = &blocks[i];

		if (b->kind == US_THINK) /* which may be left out */
			continue;
		bytes += b->text.n + (b->kind == US_TOOL_CALL ? b->args.n : 0);
		bytes += count(b->blocks, b->nblocks);
	}
	return bytes;
}

uint64_t us_window_least(const struct us_req *r)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < r->nturns; i++)
		bytes += count(r->turns[i].blocks, r->turns[i].nblocks);
	for (size_t i = 0; i < r->ntools; i++)
		bytes += r->tools[i].description.n + r->tools[i].schema.n;
	return bytes / BYTES_PER_TOKEN;
}

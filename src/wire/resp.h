/* resp.h - the sum of a sequence of events: what a plain answer is printed from */
#ifndef US_WIRE_RESP_H
#define US_WIRE_RESP_H

#include "base/buf.h"
#include "wire/answer.h"

struct us_resp {
	struct us_arena arena;
	struct us_span id, model;
	uint64_t created;
	struct us_block *blocks;
	size_t nblocks;
	struct us_buf open; /* text or arguments of the open block */
	bool in_block;      /* there is one */
	enum us_stop stop;
	struct us_span stop_sequence;
	struct us_usage usage;
	struct us_hub_err err;
	bool stopped, failed, ended;
};

void us_resp_init(struct us_resp *r, size_t max_bytes);
void us_resp_fini(struct us_resp *r);
/* A us_sink.put whose self is the us_resp. */
int us_resp_put(void *resp, const struct us_ev *ev);

/* How much a program is shown of it: texts and arguments, no thoughts. */
uint64_t us_resp_bytes(const struct us_resp *r);

/* Output tokens: where the provider has not counted, a guess by what was shown. */
uint64_t us_usage_out(const struct us_usage *u, uint64_t bytes);

#endif

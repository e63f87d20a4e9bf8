/* openai_calls.h - puts the tool calls of a stream in a row
 *
 * Chat Completions numbers its calls, sends their arguments in pieces, and lets the pieces of
 * several calls mix; compatible servers also repeat numbers, split names, send ids late or never.
 * The hub has one block open at a time. So each call is a slot; the oldest one that is not closed
 * is handed on as it comes, those behind it wait until its arguments are a whole JSON value.
 */
#ifndef US_WIRE_OPENAI_CALLS_H
#define US_WIRE_OPENAI_CALLS_H

#include "wire/emit.h"
#include "wire/scan.h"

#define US_CALLS_MAX 512 /* in one answer */

struct us_call; /* a slot */

/* Zero-initialise. */
struct us_calls {
	struct us_call *list;
	size_t n, cap;
	size_t cur; /* the first slot that is not closed */
	int err;    /* sticks */
};

void us_calls_fini(struct us_calls *c);

/* One element of delta.tool_calls or message.tool_calls. */
void us_calls_feed(struct us_calls *c, struct us_emit *out, struct us_val element,
                   struct us_arena *a);

/* delta.function_call, the older form: at most one call, without an id. */
void us_calls_feed_legacy(struct us_calls *c, struct us_emit *out, struct us_val function,
                          struct us_arena *a);

/* Closes the calls that are whole, in order, up to the first that is not. True: none is left. */
bool us_calls_settle(struct us_calls *c, struct us_emit *out);

/* Is there anything of them that was not handed on? */
bool us_calls_wait(const struct us_calls *c);

/* The answer is over: closes all, whole or not. False: one of them has no name. */
bool us_calls_finish(struct us_calls *c, struct us_emit *out);

#endif

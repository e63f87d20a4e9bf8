/* answer.h - the hub's answer: a sequence of events, or the document they add up to
 *
 * A plain answer is decoded into the same events as a stream, and printed from their sum, so the
 * two ways cannot drift apart. What a decoder guarantees and an encoder relies on:
 *   - exactly one START, first; `ix` counts 0, 1, 2 ...; at most one block is open at a time;
 *   - empty deltas do not occur; a TOOL_CALL has its id and name when it opens;
 *   - STOP once, USAGE any number of times (a later one replaces what it knows), END last;
 *   - after ERROR only END with clean = false.
 */
#ifndef US_WIRE_ANSWER_H
#define US_WIRE_ANSWER_H

#include "wire/hub.h"

enum us_stop {
	US_STOP_END,
	US_STOP_SEQUENCE,
	US_STOP_MAX_TOKENS,
	US_STOP_TOOL,
	US_STOP_FILTER,
	US_STOP_REFUSAL,
	US_STOP_PAUSE,
	US_STOP_CONTEXT_FULL,
	US_STOP_ERROR,
	US_STOP_OTHER
};

/* A count is known when its bit is set in `known`. Totals include cached and reasoning tokens. */
enum us_usage_bit {
	US_USAGE_IN = 1,
	US_USAGE_CACHE_READ = 2,
	US_USAGE_CACHE_WRITE = 4,
	US_USAGE_OUT = 8,
	US_USAGE_REASONING = 16
};
struct us_usage {
	unsigned known;
	uint64_t in, cache_read, cache_write, out, reasoning;
};

struct us_hub_err {
	unsigned status;     /* as HTTP would say it; 0 unknown */
	struct us_span type; /* the source's own words; any may be unset */
	struct us_span code;
	struct us_span param;
	struct us_span message;
	uint64_t retry_ms; /* how long it asks to wait, by its body; 0 does not say */
};

enum us_ev_kind {
	US_EV_START,      /* id, model, created */
	US_EV_BLOCK_OPEN, /* block, and for TOOL_CALL id, name and freeform */
	US_EV_TEXT,       /* text: also of REFUSAL and THINK blocks */
	US_EV_ARGS,       /* text: a piece of argument JSON, or of a free-form call's input */
	US_EV_SIG,        /* text: the signature of a THINK block, or of a call */
	US_EV_BLOCK_CLOSE,
	US_EV_STOP, /* stop, text = the matched stop sequence if known */
	US_EV_USAGE,
	US_EV_PING,
	US_EV_ERROR,
	US_EV_END /* clean */
};

struct us_ev {
	enum us_ev_kind kind;
	unsigned ix; /* BLOCK_OPEN, TEXT, ARGS, SIG, BLOCK_CLOSE */
	enum us_block_kind block;
	struct us_span id, name, model, text;
	bool freeform;    /* the call's input is text, as the tool was declared to the provider */
	uint64_t created; /* seconds since 1970, 0 unknown */
	enum us_stop stop;
	struct us_usage usage;
	struct us_hub_err err;
	bool clean;
};

/* Where events go. A non-zero return is the writer's error and stops the decoder. Spans in an
 * event live only during the call. */
struct us_sink {
	int (*put)(void *self, const struct us_ev *ev);
	void *self;
};

/* Does this event carry content, so that an answer has begun? */
bool us_ev_is_content(const struct us_ev *ev);

/* Adds what `more` knows to `u`. */
void us_usage_merge(struct us_usage *u, const struct us_usage *more);

#endif

/* responses_row.h - puts the items of an answer of Responses in a row */
#ifndef US_WIRE_RESPONSES_ROW_H
#define US_WIRE_RESPONSES_ROW_H

#include "wire/emit.h"
#include "wire/scan.h"

/* What an item of an answer is. */
enum us_item {
	US_ITEM_NONE,
	US_ITEM_MESSAGE,
	US_ITEM_CALL,
	US_ITEM_FREEFORM,
	US_ITEM_THOUGHT,
	US_ITEM_HOSTED,
	US_ITEM_ANY
};

struct us_responses_held;

struct us_responses_row {
	struct us_emit *out;
	bool called, refused;  /* the answer so far holds a call, a refusal */
	struct us_arena arena; /* of the event being read */
	enum us_item item;     /* the open one */
	uint64_t index;        /* its place in the answer */
	bool opened;           /* of a call: its block is */
	bool in_part;
	uint64_t part;
	size_t from; /* where the part begins in the open block */
	bool parted; /* another message was told before this one, and nothing between */
	struct us_arena kept;
	struct us_doc doc; /* of an event that was held */
	struct us_responses_held *held;
	size_t nheld;
	uint64_t *told; /* places of items that have ended */
	size_t ntold;
};

void us_responses_row_init(struct us_responses_row *d, struct us_emit *out);
void us_responses_row_fini(struct us_responses_row *d);

/* 0, or of memory; sticks. */
int us_responses_row_err(const struct us_responses_row *d);

/* Takes an event about an item; `data` is its text. False: it is about something else. */
bool us_responses_row_event(struct us_responses_row *d, struct us_val v, struct us_span data);

/* The items of the whole answer: those that have not been told are told now, and nothing more will
 * come of any. */
void us_responses_row_rest(struct us_responses_row *d, struct us_val output);

#endif

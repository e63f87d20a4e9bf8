/* responses_answer.h - what whole answers and streams of Responses have in common */
#ifndef US_WIRE_RESPONSES_ANSWER_H
#define US_WIRE_RESPONSES_ANSWER_H

#include "wire/openai_answer.h"
#include "wire/responses.h"

#define US_RESPONSES_ID 48 /* characters of an id behind its prefix */

/* A message, or a call. */
struct us_responses_item {
	unsigned index; /* its place in the answer */
	bool call, custom;
	bool given;          /* the program was shown it by its provider: a call keeps its id */
	unsigned nth;        /* CALL: of the calls, from 1 */
	struct us_span name; /* CALL */
	struct us_span id;   /* that a provider gave it; unset: one is minted */
	const struct us_block *blocks; /* what it holds; none as long as it is only begun */
	size_t n;
};

/* Zero-initialise: where a walk over the items of an answer stands. */
struct us_responses_walk {
	size_t at; /* the next block */
	unsigned items, calls;
};

/* False: there is no further item that the program is shown. */
bool us_responses_next(const struct us_look *look, const struct us_resp *r,
                       struct us_responses_walk *w, struct us_responses_item *item);

/* Members that name an item; the item itself; a part of a message with this text. */
void us_responses_print_item_id(struct us_print *p, const char *name, const struct us_look *look,
                                const struct us_responses_item *item);
void us_responses_print_item(struct us_print *p, const struct us_look *look,
                             const struct us_responses_item *item, const char *status);
void us_responses_print_said(struct us_print *p, enum us_block_kind kind, struct us_span text);

/* How the answer ends: completed, incomplete or failed. */
const char *us_responses_status(const struct us_resp *r);
/* What its last item is then. */
const char *us_responses_item_status(enum us_stop stop);

/* The answer: with a status while it is still being made, NULL when it is over. */
void us_responses_print(struct us_print *p, const struct us_look *look, const struct us_resp *r,
                        const char *status);

/* The members of the request that an answer repeats. */
void us_responses_print_echo(struct us_print *p, const struct us_req *req);

#endif

/* failback.h - what stand-ins said comes back in the next request
 *
 * The program keeps an answer in its conversation and sends it to its own provider later. Whether
 * there is anything of ours in a request is found by a search for our ids, which is all that a
 * healthy call pays. If there is, the own provider is sent what it will accept (wire/back.h), and
 * an open tool loop is gone on with by whoever has begun it, while that one is well.
 *
 * Conversations that go on from the id of an answer are kept on a shelf (state/shelf.h): those of
 * stand-ins, and, where there is a chain, those of the own provider.
 */
#ifndef US_ENGINE_FAILBACK_H
#define US_ENGINE_FAILBACK_H

#include "engine/gate.h"
#include "engine/plan.h"
#include "wire/loop.h"

struct us_call;

/* Of an attempt: how its answer looks to the program, and what it says, for as long as the call
 * lasts. */
struct us_said {
	struct us_look look;
	bool keeps; /* the answer is listened to */
	struct us_resp answer;
};

struct us_failback {
	bool looked;
	bool follows;  /* the one that began the loop is asked; the own one comes next */
	bool expanded; /* `request` is read from `body` */
	struct us_loop loop;
	struct us_buf body;   /* the request with all that was said before in it */
	struct us_buf before; /* what was said before the request's id, as a list */
};

void us_failback_fini(struct us_call *c);
/* What an attempt has said is no longer of interest. */
void us_failback_forget(struct us_said *said);

/* May there be something of ours in a body that is not at hand yet? */
bool us_failback_may_matter(const struct us_call *c);
/* The first step, with whatever there is of the body: sees to what the own provider is sent, and
 * asks it, or whoever has begun an open loop and is well. */
void us_failback_set_out(struct us_call *c, uint64_t now);

/* The request was read: what it refers to by an id is put into it, if that is kept. */
void us_failback_complete(struct us_call *c);
/* Does the answer name the program's own model, whoever gives it? */
bool us_failback_echoes(const struct us_call *c);
/* What the gate of the next attempt has to know. */
void us_failback_spec(struct us_call *c, struct us_gate_spec *spec);
/* The call is over: its answer is kept, if the program may go on from its id. */
void us_failback_record(struct us_call *c, uint64_t now);

#endif

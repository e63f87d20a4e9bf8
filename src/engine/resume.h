/* resume.h - goes on with an answer that broke off; a part of a call, see call_state.h */
#ifndef US_ENGINE_RESUME_H
#define US_ENGINE_RESUME_H

#include "engine/gate.h"
#include "engine/plan.h"
#include "engine/splice.h"

/* An answer that broke off after some of it was delivered, and is being gone on with. */
struct us_resume {
	bool on;
	unsigned times;             /* that it broke off */
	struct us_track *track;     /* what the program has got */
	struct us_writer *writer;   /* of what it gets now; NULL: only the first one's bytes */
	bool raw;                   /* it still does get nothing but those */
	struct us_place place;      /* ... which end there */
	struct us_buf tail;         /* ... of which these were held back */
	enum us_eol eol;            /* ... and its lines ended so */
	bool said_end;              /* it has said the end of its answer itself */
	bool said_error;            /* ... and they are an error in the provider's own words */
	struct us_candidate *first; /* whose answer it is, as the program sees it */
	struct us_candidate *broke; /* who was the last to break off */
	bool again;                 /* he is asked to go on himself: there is nobody else */
	bool not_own;               /* it broke off in a way that its own provider would again */
	bool asked_own;             /* the own provider was, to go on: once */
	enum us_splice what;        /* is being done about it */
	struct us_continuation rest;
	struct us_continuation words; /* of a call: the same, asked for as a text */
	bool only_words;              /* ... and in no other way */
	bool asks;                    /* both are made */
	struct us_rendered *old;      /* requests that names and writers still point into */
	size_t nold;
	uint64_t settle_at; /* when a text that is held back is judged as it is */
};

/* That it did, to be looked at when what was released before has been relayed. */
struct us_break {
	bool pending;
	bool flies; /* the attempt has not ended by itself */
	enum us_cause cause;
	uint64_t at;
};

/* It is ended here, or somebody is asked to go on with it: true. Else it stays broken off.
 * `flies`: the attempt has not ended by itself. */
bool us_resume(struct us_call *c, enum us_cause cause, bool flies, uint64_t now);
/* Whoever broke off is asked himself, as the last one, and behind him the program's own provider.
 * False: they were, or are not to be. */
bool us_resume_again(struct us_call *c, uint64_t now);
/* The wait before that one is over. */
void us_resume_ask_own(struct us_call *c, uint64_t now);
/* The request's body is there, or can't be had. */
void us_resume_go(struct us_call *c, uint64_t now);
/* Nobody could go on with it: an error, as true as can be. */
void us_resume_give_in(struct us_call *c, uint64_t now);
/* What `who` is to be asked: the rest, if there is one to ask for. */
bool us_resume_render(struct us_call *c, struct us_candidate *who);
/* Who refused to go on with a begun answer is asked to in words; false: that was not it. */
bool us_resume_in_words(struct us_call *c, uint64_t now);
/* The gate that joins the rest to the answer. */
void us_resume_spec(struct us_call *c, struct us_gate_spec *spec);
void us_resume_fini(struct us_call *c);

#endif

/* take.h - what readers of requests take from a member in the same way, whatever the dialect */
#ifndef US_WIRE_TAKE_H
#define US_WIRE_TAKE_H

#include "wire/request.h"
#include "wire/scan.h"

#include <stddef.h>

/* What becomes of a member, for tables of them. */
enum us_member {
	US_MEMBER_WORD,   /* a string into a us_span */
	US_MEMBER_NUMBER, /* into a us_num */
	US_MEMBER_FLAG,   /* a boolean into an us_tri */
	US_MEMBER_RAW,    /* its bytes into a us_span */
	US_MEMBER_TAKE,   /* by the row's function */
	US_MEMBER_DROP,   /* has no place in the hub */
	US_MEMBER_IGNORE  /* changes no answer, or is the server's own affair */
};
/* Of a row the last two: where in the request, and by what. */
#define US_MEMBER_AT(field) offsetof(struct us_req, field), NULL
#define US_MEMBER_BY(function) 0, function

/* Takes what goes into a field; of others nothing. False: it is of another type. */
bool us_take_member(struct us_val v, enum us_member how, size_t at, struct us_arena *a,
                    struct us_req *r);

/* UNSET for what is neither true nor false. */
enum us_tri us_take_tri(struct us_val v);

/* A member's text; unset if it is no string. */
struct us_span us_take_str(struct us_val object, const char *name, struct us_arena *a);

/* A text that ends the answer; a list of them. 0, US_EINVAL or US_ENOMEM. */
int us_take_stop(struct us_val text, struct us_arena *a, struct us_req *r);
int us_take_stops(struct us_val list, struct us_arena *a, struct us_req *r);

/* Arguments of a call: text that should be JSON, or a value, whose bytes then are that text. */
void us_take_args(struct us_val v, struct us_arena *a, struct us_block *b);

/* Lists the members of a message that are none of these: one that is not understood might change
 * what it means. */
void us_take_unknown(struct us_val message, const char *const *known, size_t n, struct us_arena *a,
                     struct us_req *r);

/* One more of a list of names that people read, each once, and not too many. 0 or US_ENOMEM. */
int us_take_name(struct us_arena *a, struct us_span **names, size_t *n, struct us_span name);

#endif

/* anthropic_request.h - what the readers and the writers of Anthropic requests share */
#ifndef US_WIRE_ANTHROPIC_REQUEST_H
#define US_WIRE_ANTHROPIC_REQUEST_H

#include "wire/anthropic.h"

/* A request being read. */
struct us_anthropic_in {
	struct us_arena *a;
	struct us_req *out;
};

/* The bytes of a member that is given; else unset. */
struct us_span us_anthropic_raw(struct us_val object, const char *name);

/* Is `name` one of `words`, which blanks separate? */
bool us_anthropic_among(const char *words, struct us_span name);

/* Names something that lives only at Anthropic. */
int us_anthropic_state_ref(struct us_anthropic_in *in, const char *name);

/* Lists the members of an object that are not among `known`; those among `lost` are known too, but
 * no other dialect has them. */
int us_anthropic_list_others(struct us_anthropic_in *in, struct us_val object, const char *where,
                             const char *known, const char *lost);

/* Appends the blocks that `content` says; a string is short for one text block. */
int us_anthropic_read_content(struct us_anthropic_in *in, struct us_val content,
                              struct us_block **blocks, size_t *n);

/* A request being written. */
struct us_anthropic_out {
	struct us_print p;
	struct us_diags *diags;
	unsigned skip_marks; /* cache breakpoints still to leave out */
	struct us_span note; /* words of ours, to stand after the last system block */
};

/* The members `system`, if there is anything to say in it, and `messages`. */
void us_anthropic_put_turns(struct us_anthropic_out *w, const struct us_req *r);

/* The member cache_control, unless `mark` is unset or among those to leave out. */
void us_anthropic_put_mark(struct us_anthropic_out *w, struct us_span mark);

/* Breakpoints in `r`, in tools and nested blocks too. */
unsigned us_anthropic_count_marks(const struct us_req *r);

/* The member `tools`. `narrow`: only those in r->allowed; `strict`: the model can be held to a
 * schema. */
void us_anthropic_put_tools(struct us_anthropic_out *w, const struct us_req *r, bool narrow,
                            bool strict);
size_t us_anthropic_count_allowed(const struct us_req *r);

/* Can an answer, or the input of a strict tool, be held to this schema? */
bool us_anthropic_schema_fits(struct us_span schema);

/* The schema without its remark $schema, which constrains nothing. */
void us_anthropic_put_schema(struct us_print *p, struct us_span schema);

#endif

/* openai_members.h - how both languages of OpenAI are read: the members of a request, row by row
 *
 * Chat Completions (openai_request.c) and Responses (responses_request.c) are one maker's: what
 * they call by one name means one thing, and is read here once.
 */
#ifndef US_WIRE_OPENAI_MEMBERS_H
#define US_WIRE_OPENAI_MEMBERS_H

#include "wire/dialect.h"
#include "wire/take.h"

/* A request while it is read. */
struct us_openai_in {
	struct us_arena *a;
	struct us_req *r;
	bool results; /* the last turn is made of tool results: a user message joins it */
	struct us_block *waiting; /* legacy calls that wait for their results */
	size_t nwaiting;
	bool spoke; /* Responses: the last turn holds a message of the assistant's */
	int err;    /* US_EINVAL: no request of this dialect; sticks */
};

struct us_openai_member {
	const char *name;
	enum us_member how;
	size_t at;
	void (*take)(struct us_openai_in *in, struct us_val v);
};

/* Reads what is given, in the order of the rows, so that they decide between members that compete;
 * lists what no row knows. */
int us_openai_read_members(struct us_openai_in *in, struct us_val body,
                           const struct us_openai_member *rows, size_t n);

/* It is no request of this dialect: its own provider would answer 400. */
void us_openai_wrong(struct us_openai_in *in);

/* A string member; unset when it is not there or no string. */
struct us_span us_openai_str(struct us_openai_in *in, struct us_val object, const char *name);

/* The elements of an array, one by one. */
void us_openai_read_each(struct us_openai_in *in, struct us_val v,
                         void (*read)(struct us_openai_in *in, struct us_val v));

/* Adds to a list of member names in the request; a ceiling keeps it short. */
void us_openai_note(struct us_openai_in *in, struct us_span **names, size_t *n,
                    struct us_span name);
void us_openai_note_dropped(struct us_openai_in *in, const char *name);

/* Members that both have. */
void us_openai_take_max(struct us_openai_in *in, struct us_val v);
void us_openai_take_effort(struct us_openai_in *in, struct us_val v);
void us_openai_take_store(struct us_openai_in *in, struct us_val v);

/* A tool_choice that is a word, or names one tool. */
void us_openai_take_word(struct us_openai_in *in, struct us_val v);
void us_openai_take_name(struct us_openai_in *in, struct us_span name);
/* One among some of the tools, which stay as they are; `name_of` says where an element of its list
 * has its tool's name. */
void us_openai_take_allowed(struct us_openai_in *in, struct us_val v,
                            struct us_span (*name_of)(struct us_openai_in *in, struct us_val v));

/* A tool by the object that holds its name, a hosted one by its type; the format of an answer by
 * that which holds a schema's name. */
void us_openai_read_function(struct us_openai_in *in, struct us_val f, struct us_tool *t);
void us_openai_read_custom(struct us_openai_in *in, struct us_val c, struct us_tool *t);
void us_openai_read_hosted(struct us_openai_in *in, struct us_val v, struct us_tool *t);
void us_openai_read_schema(struct us_openai_in *in, struct us_val v, struct us_val schema);

#endif

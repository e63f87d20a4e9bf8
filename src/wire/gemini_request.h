/* gemini_request.h - what the readers and the writers of Gemini requests share */
#ifndef US_WIRE_GEMINI_REQUEST_H
#define US_WIRE_GEMINI_REQUEST_H

#include "wire/gemini.h"
#include "wire/models.h"

/* A call of the history: results find theirs by its name when they bear no id. */
struct us_gemini_call {
	struct us_span id, name;
	bool answered;
};

/* A request being read. */
struct us_gemini_in {
	struct us_arena *a;
	struct us_req *out;
	struct us_gemini_call *calls;
	size_t ncalls, fresh; /* those from `fresh` on wait for the results at hand */
	bool answering;       /* a turn that is not the model's came last */
};

/* Lists a name: what lives only at Google; what nobody knows; what no other dialect has. */
int us_gemini_state_ref(struct us_gemini_in *in, const char *name);
int us_gemini_unknown(struct us_gemini_in *in, struct us_span name);
int us_gemini_dropped(struct us_gemini_in *in, struct us_span name);
/* Lists the members of an object that are not among `known`; those among `lost` are known too, but
 * no other dialect has them. */
int us_gemini_list_others(struct us_gemini_in *in, struct us_val object, const char *where,
                          const char *known, const char *lost);

/* The member `contents`, and the parts of a turn: `value` is an object or an array of them. */
int us_gemini_read_contents(struct us_gemini_in *in, struct us_val value);
int us_gemini_read_parts(struct us_gemini_in *in, struct us_val value, struct us_turn *t);
/* The members generationConfig, tools and toolConfig. */
int us_gemini_read_config(struct us_gemini_in *in, struct us_val v);
int us_gemini_read_tools(struct us_gemini_in *in, struct us_val v);
int us_gemini_read_tool_config(struct us_gemini_in *in, struct us_val v);

/* A request being written. */
struct us_gemini_out {
	const struct us_req *r;
	const struct us_model *model;
	struct us_diags *diags;
	struct us_print p;
	struct us_buf text; /* strings that are put together */
	struct us_buf note; /* instructions of ours, after the program's */
	bool third;         /* its generation: counts thought in levels, and signs its calls */
	bool first;         /* of the first generations, which know no JSON Schema */
};

void us_gemini_degraded(struct us_gemini_out *w, const char *code, const char *what);

/* Members of the request. */
void us_gemini_put_turns(struct us_gemini_out *w);
void us_gemini_put_tools(struct us_gemini_out *w);
void us_gemini_put_config(struct us_gemini_out *w);

#endif

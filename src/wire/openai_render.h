/* openai_render.h - what the writers of a request in either language of OpenAI share
 *
 * openai_render.c writes the request, openai_tools.c its tools, openai_turns.c its messages and
 * openai_parts.c what those hold; responses_render.c, responses_turns.c and responses_parts.c do
 * what Responses does otherwise.
 */
#ifndef US_WIRE_OPENAI_RENDER_H
#define US_WIRE_OPENAI_RENDER_H

#include "wire/dialect.h"
#include "wire/print.h"
#include "wire/profile.h"

/* A request while it is written. */
struct us_openai_out {
	const struct us_req *r;
	const struct us_for *to;
	struct us_diags *diags;
	struct us_print p;
	struct us_buf text; /* strings that are put together */
	struct us_buf note; /* instructions of ours, after the program's */
	bool flat;          /* Responses: what Chat Completions nests stands in line */
};

/* Writes by `print`, which is for the dialect to say. */
int us_openai_write(struct us_openai_out *o, struct us_buf *out,
                    void (*print)(struct us_openai_out *o));

/* The object called `name`, into which Chat Completions puts what Responses does not; its end. */
void us_openai_enter(struct us_openai_out *o, const char *name);
void us_openai_leave(struct us_openai_out *o);

void us_openai_degraded(struct us_openai_out *o, const char *code, const char *what);
/* Does the server lack this member? Tells what is lost with it. */
bool us_openai_lacks(struct us_openai_out *o, const char *member);

void us_openai_impossible(struct us_openai_out *o, const char *code, struct us_span what);

/* Members of the request: `messages`, and all about tools if there are any. */
void us_openai_turns(struct us_openai_out *o);
void us_openai_tools(struct us_openai_out *o);

/* Members that both languages have, or nearly. */
void us_openai_numbers(struct us_openai_out *o);
void us_openai_user(struct us_openai_out *o);
/* The value of response_format or text.format; is there one? */
bool us_openai_has_format(const struct us_openai_out *o);
void us_openai_format(struct us_openai_out *o);
/* o->note: what has to be asked for in words. */
void us_openai_plan_note(struct us_openai_out *o);
/* ... as a message behind the program's own instructions. */
void us_openai_print_note(struct us_openai_out *o);
/* How much the model may write; only if r->max_out_set. */
uint64_t us_openai_max(struct us_openai_out *o);
/* The word for how much it is to think, NULL: as it thinks fit. Tells what is lost. */
const char *us_openai_effort(struct us_openai_out *o);
/* How much it is to say, empty: as it thinks fit. Likewise. */
struct us_span us_openai_verbosity(struct us_openai_out *o);

/* How many of the blocks are words (us_words_are). */
size_t us_openai_count_texts(const struct us_block *b, size_t n);

/* Adds a block that is to o->text, or the data URL of one that holds base64; prints o->text as a
 * string and empties it. */
void us_openai_add_text(struct us_openai_out *o, const struct us_block *b);
void us_openai_add_url(struct us_openai_out *o, const struct us_block *b);
void us_openai_print_gathered(struct us_openai_out *o);

/* {"type": ... of a part. */
void us_openai_open_part(struct us_openai_out *o, const char *type);

/* Can the image be sent; is the call of a free-form tool that the target has, too? */
void us_openai_judge_image(struct us_openai_out *o, const struct us_block *b);
bool us_openai_is_custom_call(const struct us_openai_out *o, const struct us_block *b);
/* The arguments, or the input, of a call, into o->text. */
void us_openai_add_args(struct us_openai_out *o, const struct us_block *b);

/* Parts of a list: of what o->text holds, of any block, of an image. */
void us_openai_print_text_part(struct us_openai_out *o);
void us_openai_print_part(struct us_openai_out *o, const struct us_block *b);
void us_openai_print_image(struct us_openai_out *o, const struct us_block *b);

/* `content` of the texts among the blocks: one string, or a list of parts. */
void us_openai_print_texts(struct us_openai_out *o, const struct us_block *b, size_t n);

#endif

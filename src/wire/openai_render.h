/* openai_render.h - what the writers of a Chat Completions request share
 *
 * openai_render.c writes the request, openai_tools.c its tools, openai_turns.c its messages and
 * openai_parts.c what those hold.
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
};

void us_openai_degraded(struct us_openai_out *o, const char *code, const char *what);
/* Does the server lack this member? Tells what is lost with it. */
bool us_openai_lacks(struct us_openai_out *o, const char *member);

void us_openai_impossible(struct us_openai_out *o, const char *code, struct us_span what);

/* Members of the request: `messages`, and all about tools if there are any. */
void us_openai_turns(struct us_openai_out *o);
void us_openai_tools(struct us_openai_out *o);

/* Blocks that a text can stand for: text itself, refusals, documents that are text. */
bool us_openai_is_text(const struct us_block *b);
size_t us_openai_count_texts(const struct us_block *b, size_t n);

/* Adds such a block to o->text; prints o->text as a string and empties it. */
void us_openai_add_text(struct us_openai_out *o, const struct us_block *b);
void us_openai_print_gathered(struct us_openai_out *o);

/* Parts of a list: of what o->text holds, of any block, of an image. */
void us_openai_print_text_part(struct us_openai_out *o);
void us_openai_print_part(struct us_openai_out *o, const struct us_block *b);
void us_openai_print_image(struct us_openai_out *o, const struct us_block *b);

/* `content` of the texts among the blocks: one string, or a list of parts. */
void us_openai_print_texts(struct us_openai_out *o, const struct us_block *b, size_t n);

#endif

/* responses_render.h - what the writers of a Responses request share */
#ifndef US_WIRE_RESPONSES_RENDER_H
#define US_WIRE_RESPONSES_RENDER_H

#include "wire/openai_render.h"

/* The members `instructions`, if there are any, and `input`. */
void us_responses_turns(struct us_openai_out *o);

/* A part of what the user or a tool says, or of what the assistant has said. */
void us_responses_print_part(struct us_openai_out *o, const struct us_block *b, bool assistant);

#endif

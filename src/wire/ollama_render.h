/* ollama_render.h - what the writers of a request to Ollama share */
#ifndef US_WIRE_OLLAMA_RENDER_H
#define US_WIRE_OLLAMA_RENDER_H

#include "wire/ollama.h"
#include "wire/print.h"

/* A request while it is written. */
struct us_ollama_out {
	const struct us_req *r;
	const struct us_for *to;
	struct us_diags *diags;
	struct us_print p;
	struct us_buf text; /* strings that are put together */
	struct us_buf note; /* instructions of ours, after the program's */
};

/* The member `messages`. */
void us_ollama_turns(struct us_ollama_out *o);

#endif

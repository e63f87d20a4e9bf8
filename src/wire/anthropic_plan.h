/* anthropic_plan.h - the decisions in a request that hang together */
#ifndef US_WIRE_ANTHROPIC_PLAN_H
#define US_WIRE_ANTHROPIC_PLAN_H

#include "wire/anthropic_request.h"
#include "wire/models.h"

/* What is asked, of which model, and where to tell what is lost. */
struct us_anthropic_ask {
	const struct us_req *r;
	const struct us_model *model;
	struct us_diags *diags;
};

enum us_think { US_THINK_UNSAID, US_THINK_DISABLED, US_THINK_ADAPTIVE, US_THINK_ENABLED };

struct us_anthropic_plan {
	uint64_t max_tokens;
	enum us_think think;
	uint64_t budget;       /* with ENABLED */
	struct us_span effort; /* unset: not said */
	enum us_choice choice; /* never ALLOWED */
	bool narrow;           /* only the allowed tools are written */
	bool schema;           /* the model can be held to the answer's schema */
	struct us_buf note;    /* for the system prompt; begins with a blank line */
};

/* 0 or the note's error. */
int us_anthropic_plan_make(struct us_anthropic_plan *p, const struct us_anthropic_ask *a);
void us_anthropic_plan_fini(struct us_anthropic_plan *p);

/* Tells that something was said another way, or not at all. */
void us_anthropic_degraded(const struct us_anthropic_ask *a, const char *code, const char *what);

#endif

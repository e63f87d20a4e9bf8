/* anthropic_plan.c - what of a request depends on one another, decided before it is written
 *
 *     app asks        BUDGET model          ADAPTIVE model          ALWAYS model
 *     ------------    ------------------    --------------------    --------------------
 *     nothing         -                     -                       -
 *     off             -                     disabled                effort low
 *     an effort       enabled, its budget   adaptive, the effort    adaptive, the effort
 *     a budget        enabled, the budget   adaptive, its effort    adaptive, its effort
 *     forced tool     -                     disabled                choice auto, in words
 *
 * Whether thinking is said also decides about sampling, and a few tokens more or less about the
 * budget. What a model cannot be held to is asked of it in words of ours, the note.
 */
#include "wire/anthropic_plan.h"

#include "wire/effort.h"
#include "wire/wants.h"

#define DEFAULT_MAX_TOKENS 32768 /* of a model that could write more */
#define UNKNOWN_MAX_TOKENS 8192  /* of a model nothing is known of */
#define BUDGET_MIN 1024          /* what thinking.budget_tokens takes at least */
#define NOTE_MAX ((size_t)16 << 20)

/* max_tokens is mandatory. The default is less than what newer models can write: all of that could
 * take longer than a connection lasts that does not stream. */
static uint64_t plan_max_tokens(const struct us_anthropic_ask *a)
{
	uint64_t most = a->model->max_out;

	if (!a->r->max_out_set) {
		us_anthropic_degraded(a, "MAX_TOKENS_DEFAULT", "max_tokens");
		if (!most)
			return UNKNOWN_MAX_TOKENS;
		return most < DEFAULT_MAX_TOKENS ? most : DEFAULT_MAX_TOKENS;
	}
	if (!a->r->max_out)
		us_diag(a->diags, US_IMPOSSIBLE, "MAX_TOKENS_ZERO", US_SPAN("max_tokens"));
	if (!most || a->r->max_out <= most)
		return a->r->max_out;
	us_anthropic_degraded(a, "MAX_TOKENS_CLAMPED", "max_tokens");
	return most;
}

/* Reasoning */

/* Budgets fit the models that take a number; `older` is said to those that do not know the word. */
static const struct effort {
	const char *newer, *older;
	uint64_t budget;
} efforts[] = {
	[US_EFFORT_MINIMAL] = { "low", "low", 1024 },
	[US_EFFORT_LOW] = { "low", "low", 2048 },
	[US_EFFORT_MEDIUM] = { "medium", "medium", 8192 },
	[US_EFFORT_HIGH] = { "high", "high", 16384 },
	[US_EFFORT_XHIGH] = { "xhigh", "high", 24576 },
	[US_EFFORT_MAX] = { "max", "high", 32768 },
};

static const struct effort *effort_of(const struct us_req *r)
{
	enum us_effort e = us_effort_of(r);

	return e == US_EFFORT_UNSET ? NULL : &efforts[e];
}

static bool wants_thought(const struct us_req *r)
{
	return r->reason != US_REASON_UNSET && !us_req_wants_no_thought(r);
}

/* So few tokens that thinking would use them up, and the program did not ask for any. */
static bool too_short_to_think(const struct us_req *r)
{
	return r->reason == US_REASON_UNSET && r->max_out_set && r->max_out < BUDGET_MIN;
}

/* Tool results are the last word, and the turn that asked for them does not begin with a signed
 * thought: as another provider's would not. Such a request must not enable thinking. */
static bool in_unsigned_loop(const struct us_req *r)
{
	const struct us_turn *call;

	if (r->nturns < 2 || !us_turn_has(&r->turns[r->nturns - 1], US_TOOL_RESULT))
		return false;
	call = &r->turns[r->nturns - 2];
	return !call->nblocks || call->blocks->kind != US_THINK || !us_set(call->blocks->sig);
}

/* An answer already begun has no place for a thought before it. */
static bool continues_answer(const struct us_req *r)
{
	return r->nturns && r->turns[r->nturns - 1].role == US_ROLE_ASSISTANT;
}

static uint64_t plan_budget(const struct us_anthropic_ask *a, const struct us_anthropic_plan *p)
{
	const struct effort *e = effort_of(a->r);
	uint64_t want = a->r->reason == US_REASON_BUDGET ? a->r->reason_budget
	                : e                              ? e->budget
	                                                 : 8192;
	/* The program's own numbers are kept; else a quarter is left for the answer. */
	bool own = a->r->reason == US_REASON_BUDGET && a->r->max_out_set;
	uint64_t most = own ? p->max_tokens - 1 : p->max_tokens / 4 * 3;
	uint64_t budget = want < most ? want : most;

	return budget < BUDGET_MIN ? BUDGET_MIN : budget;
}

/* Where thinking would be refused, or leave no room for an answer, the answer comes first. */
static void plan_by_budget(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	if (!wants_thought(a->r))
		return;
	if (us_req_must_call(a->r) || in_unsigned_loop(a->r) || continues_answer(a->r) ||
	    p->max_tokens <= BUDGET_MIN) {
		us_anthropic_degraded(a, "REASONING_DROPPED", "thinking");
		return;
	}
	p->think = US_THINK_ENABLED;
	p->budget = plan_budget(a, p);
	if (a->r->reason != US_REASON_BUDGET)
		us_anthropic_degraded(a, "REASONING_APPROXIMATED", "reasoning effort");
}

static void plan_effort(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	const struct effort *e = effort_of(a->r);
	/* The generation that gave up sampling brought the two highest efforts. */
	bool newer = a->model->sampling == US_SAMPLING_NONE;

	p->think = US_THINK_ADAPTIVE;
	if (e)
		p->effort = us_span_of(newer ? e->newer : e->older);
	if (!us_span_eq(p->effort, a->r->effort))
		us_anthropic_degraded(a, "REASONING_APPROXIMATED", "reasoning effort");
}

/* Some of these models think unless told not to, and can't be forced to a tool meanwhile. */
static void plan_adaptive(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	bool always = a->model->thinking == US_THINKING_ALWAYS, forced = us_req_must_call(a->r);

	if (wants_thought(a->r) && (always || !forced)) {
		plan_effort(a, p);
	} else if (always) {
		if (us_req_wants_no_thought(a->r) || too_short_to_think(a->r))
			p->effort = US_SPAN("low");
		if (us_req_wants_no_thought(a->r))
			us_anthropic_degraded(a, "REASONING_NOT_OFF", "thinking");
	} else if (forced || us_req_wants_no_thought(a->r) || too_short_to_think(a->r)) {
		p->think = US_THINK_DISABLED;
		if (wants_thought(a->r))
			us_anthropic_degraded(a, "REASONING_DROPPED", "thinking");
	}
}

static void plan_thinking(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	switch (a->model->thinking) {
	case US_THINKING_BUDGET:
		plan_by_budget(a, p);
		break;
	case US_THINKING_ADAPTIVE:
	case US_THINKING_ALWAYS:
		plan_adaptive(a, p);
		break;
	case US_THINKING_NONE:
	case US_THINKING_EFFORT:
	case US_THINKING_SWITCH:
	case US_THINKING_BUDGET_ON:
	case US_THINKING_EFFORT_ON:
		if (wants_thought(a->r))
			us_anthropic_degraded(a, "REASONING_DROPPED", "thinking");
		break;
	}
}

/* Tools and the form of the answer */

static void force_in_words(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	us_diag(a->diags, US_RISKY, "TOOL_CHOICE_IN_WORDS", US_SPAN("tool_choice"));
	us_buf_add_str(&p->note, "\n\nYou must answer by calling ");
	if (p->choice == US_CHOICE_NAMED) {
		us_buf_add_str(&p->note, "the tool ");
		us_buf_add_span(&p->note, a->r->choice_name);
	} else {
		us_buf_add_str(&p->note, "one of the tools");
	}
	us_buf_add_char(&p->note, '.');
	p->choice = US_CHOICE_AUTO;
}

/* The wire has no list of allowed tools: the others are not shown. If none of those allowed is
 * there, all are shown and none may be called, for the history may speak of them. */
static void plan_choice(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	p->choice = a->r->choice;
	if (p->choice == US_CHOICE_ALLOWED) {
		p->narrow = us_anthropic_count_allowed(a->r) > 0;
		p->choice = !p->narrow               ? US_CHOICE_NONE
		            : a->r->allowed_required ? US_CHOICE_REQUIRED
		                                     : US_CHOICE_AUTO;
		us_anthropic_degraded(a, "ALLOWED_TOOLS_FILTERED", "tool_choice");
	}
	if (p->choice == US_CHOICE_UNSET && a->r->parallel_tools == US_NO)
		p->choice = US_CHOICE_AUTO; /* a place to say so */
	/* A model that cannot stop thinking cannot be forced. */
	if (us_req_must_call(a->r) && p->choice != US_CHOICE_NONE &&
	    a->model->thinking == US_THINKING_ALWAYS)
		force_in_words(a, p);
}

/* A promise that was made as strict is not kept by words. */
static void form_in_words(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	us_buf_add_str(&p->note, "\n\nAnswer with one JSON value only, no prose, no code fence.");
	if (us_set(a->r->format_schema)) {
		us_buf_add_str(&p->note, " It must validate against this JSON Schema: ");
		us_buf_add_span(&p->note, a->r->format_schema);
	}
	us_diag(a->diags, a->r->format_strict == US_YES ? US_RISKY : US_DEGRADED,
	        "FORMAT_BEST_EFFORT", US_SPAN("output_config.format"));
}

static void plan_format(const struct us_anthropic_ask *a, struct us_anthropic_plan *p)
{
	switch (a->r->format) {
	case US_FORMAT_JSON_SCHEMA:
		p->schema = a->model->json_schema && us_set(a->r->format_schema) &&
		            us_anthropic_schema_fits(a->r->format_schema);
		if (!p->schema)
			form_in_words(a, p);
		break;
	case US_FORMAT_JSON_OBJECT:
		form_in_words(a, p);
		break;
	case US_FORMAT_GRAMMAR:
		us_diag(a->diags, US_IMPOSSIBLE, "FORMAT_GRAMMAR", US_SPAN("response_format"));
		break;
	case US_FORMAT_UNSET:
	case US_FORMAT_TEXT:
		break;
	}
}

int us_anthropic_plan_make(struct us_anthropic_plan *p, const struct us_anthropic_ask *a)
{
	*p = (struct us_anthropic_plan){ 0 };
	us_buf_init(&p->note, NOTE_MAX);
	p->max_tokens = plan_max_tokens(a);
	plan_choice(a, p);
	plan_thinking(a, p);
	plan_format(a, p);
	return p->note.err;
}

void us_anthropic_plan_fini(struct us_anthropic_plan *p) { us_buf_fini(&p->note); }

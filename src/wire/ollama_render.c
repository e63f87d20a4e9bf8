/* ollama_render.c - a hub request as Ollama's /api/chat takes it
 *
 * Ollama refuses little and ignores much: it has no tool_choice, and nothing that forbids parallel
 * calls. What a program may rely on is therefore said another way where there is one: a tool that
 * must not be called is not shown, one that must be called is asked for in words.
 */
#include "wire/ollama_render.h"

#include "wire/effort.h"
#include "wire/models.h"
#include "wire/schema.h"
#include "wire/wants.h"
#include "wire/words.h"

#include <stddef.h>

#define TEXT_MAX ((size_t)64 << 20)
#define LITTLE_ROOM 1024 /* tokens that reasoning alone would use up */
#define AT(field) offsetof(struct us_req, field)

static void degraded(struct us_ollama_out *o, const char *code, const char *what)
{
	us_diag(o->diags, US_DEGRADED, code, us_span_of(what));
}

/* --- tools ----------------------------------------------------------------------------------- */

/* Of a choice among some tools, or of one of them, the others are not shown. */
static bool is_shown(const struct us_req *r, const struct us_tool *t)
{
	if (t->kind == US_TOOL_HOSTED || r->choice == US_CHOICE_NONE)
		return false;
	if (r->choice == US_CHOICE_NAMED)
		return us_span_eq(r->choice_name, t->name);
	return r->choice != US_CHOICE_ALLOWED || us_req_allows(r, t->name);
}

static size_t count_shown(const struct us_req *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->ntools; i++)
		n += is_shown(r, &r->tools[i]);
	return n;
}

static void print_tool(struct us_ollama_out *o, const struct us_tool *t)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type", US_SPAN("function"));
	us_print_key(&o->p, "function");
	us_print_open(&o->p, '{');
	us_schema_print_function(&o->p, t);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
	if (t->kind == US_TOOL_CUSTOM)
		us_diag(o->diags, US_DEGRADED, "CUSTOM_TOOL_WRAPPED", t->name);
	if (t->strict == US_YES)
		us_diag(o->diags, US_DEGRADED, "STRICT_DROPPED", t->name);
}

/* Calls that the history holds are shown to the model even where no tool is. */
static void print_tools(struct us_ollama_out *o)
{
	if (!count_shown(o->r))
		return;
	us_print_key(&o->p, "tools");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < o->r->ntools; i++)
		if (is_shown(o->r, &o->r->tools[i]))
			print_tool(o, &o->r->tools[i]);
	us_print_close(&o->p, ']');
}

/* What the wire has no word for. */
static void plan_tools(struct us_ollama_out *o)
{
	const struct us_req *r = o->r;

	if (!r->ntools)
		return;
	if (r->choice == US_CHOICE_NONE)
		degraded(o, "TOOLS_WITHHELD", "tool_choice");
	if (r->choice == US_CHOICE_ALLOWED)
		degraded(o, "ALLOWED_TOOLS_FILTERED", "tool_choice");
	if (r->parallel_tools == US_NO && r->choice != US_CHOICE_NONE)
		degraded(o, "PARALLEL_CALLS_POSSIBLE", "parallel_tool_calls");
	if (us_req_must_call(r))
		us_words_add_must_call(&o->note, r, o->diags);
}

/* --- the form of the answer ------------------------------------------------------------------ */

/* A model that is held to JSON and not told of it writes blanks until it is stopped. */
static void plan_format(struct us_ollama_out *o)
{
	if (o->r->format == US_FORMAT_GRAMMAR)
		us_diag(o->diags, US_IMPOSSIBLE, "FORMAT_GRAMMAR", US_SPAN("response_format"));
	if (o->r->format != US_FORMAT_JSON_OBJECT || us_words_said(o->r, "json"))
		return;
	us_buf_add_str(&o->note, o->note.n ? US_WORDS_PARTING : "");
	us_buf_add_str(&o->note, "Answer with one JSON object.");
}

static void print_format(struct us_ollama_out *o)
{
	if (o->r->format == US_FORMAT_JSON_SCHEMA)
		us_print_member_raw(&o->p, "format", o->r->format_schema);
	else if (o->r->format == US_FORMAT_JSON_OBJECT)
		us_print_member(&o->p, "format", US_SPAN("json"));
}

/* --- reasoning ------------------------------------------------------------------------------- */

static void print_level(struct us_ollama_out *o)
{
	const char *level = us_effort_common(us_effort_of(o->r));

	if (!level) {
		us_print_member_bool(&o->p, "think", true);
		return;
	}
	if (us_set(o->r->effort) && !us_span_is(o->r->effort, level))
		degraded(o, "EFFORT_CLAMPED", "think");
	us_print_member(&o->p, "think", us_span_of(level));
}

/* A model that does not think refuses to be told to, but not to be told not to. */
static void print_no_thought(struct us_ollama_out *o)
{
	if (o->to->model->thinking != US_THINKING_EFFORT) {
		us_print_member_bool(&o->p, "think", false);
		return;
	}
	if (o->r->reason == US_REASON_OFF)
		degraded(o, "REASONING_NOT_OFF", "think");
	us_print_member(&o->p, "think", US_SPAN("low"));
}

static void print_think(struct us_ollama_out *o)
{
	const struct us_req *r = o->r;
	enum us_thinking thinking = o->to->model->thinking;
	bool little = r->max_out_set && r->max_out < LITTLE_ROOM;

	if (r->reason == US_REASON_OFF || r->reason == US_REASON_BETWEEN_TOOLS ||
	    (r->reason == US_REASON_UNSET && little && thinking != US_THINKING_NONE)) {
		print_no_thought(o);
	} else if (r->reason == US_REASON_UNSET) {
		return;
	} else if (thinking == US_THINKING_NONE) {
		degraded(o, "REASONING_DROPPED", "think");
	} else if (thinking == US_THINKING_EFFORT) {
		print_level(o);
	} else {
		if (us_effort_of(r) != US_EFFORT_UNSET)
			degraded(o, "EFFORT_DROPPED", "think");
		us_print_member_bool(&o->p, "think", true);
	}
}

/* --- options --------------------------------------------------------------------------------- */

/* Numbers are passed on as the program wrote them. */
static const struct {
	const char *name;
	size_t at;
} numbers[] = {
	{ "temperature", AT(temperature) },
	{ "top_p", AT(top_p) },
	{ "top_k", AT(top_k) },
	{ "min_p", AT(min_p) },
	{ "repeat_penalty", AT(repetition_penalty) },
	{ "frequency_penalty", AT(frequency_penalty) },
	{ "presence_penalty", AT(presence_penalty) },
	{ "seed", AT(seed) },
};

static const struct us_num *number_at(const struct us_req *r, size_t i)
{
	return (const struct us_num *)(const void *)((const char *)r + numbers[i].at);
}

static bool any_option(const struct us_req *r)
{
	bool any = r->max_out_set || r->nstop;

	for (size_t i = 0; i < US_COUNT(numbers); i++)
		any |= us_set(number_at(r, i)->text);
	return any;
}

/* An empty sequence would stop every answer before it begins. */
static void print_stop(struct us_ollama_out *o)
{
	us_print_key(&o->p, "stop");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < o->r->nstop; i++)
		if (o->r->stop[i].n)
			us_print_str(&o->p, o->r->stop[i]);
	us_print_close(&o->p, ']');
}

static void print_options(struct us_ollama_out *o)
{
	const struct us_req *r = o->r;

	if (!any_option(r))
		return;
	us_print_key(&o->p, "options");
	us_print_open(&o->p, '{');
	if (r->max_out_set)
		us_print_member_u64(&o->p, "num_predict", r->max_out);
	for (size_t i = 0; i < US_COUNT(numbers); i++)
		if (us_set(number_at(r, i)->text))
			us_print_member_raw(&o->p, numbers[i].name, number_at(r, i)->text);
	if (r->nstop)
		print_stop(o);
	us_print_close(&o->p, '}');
}

/* --- the rest -------------------------------------------------------------------------------- */

static void print_logprobs(struct us_ollama_out *o)
{
	if (o->r->logprobs != US_YES)
		return;
	us_print_member_bool(&o->p, "logprobs", true);
	if (us_set(o->r->top_logprobs.text))
		us_print_member_raw(&o->p, "top_logprobs", o->r->top_logprobs.text);
}

static void tell_lost(struct us_ollama_out *o)
{
	const struct us_req *r = o->r;

	if (us_set(r->n.text) && r->n.v > 1)
		us_diag(o->diags, US_IMPOSSIBLE, "MANY_ANSWERS", US_SPAN("n"));
	if (r->audio_out)
		us_diag(o->diags, US_IMPOSSIBLE, "AUDIO_OUT", US_SPAN("modalities"));
	if (us_set(r->logit_bias) && !us_span_is(r->logit_bias, "{}"))
		degraded(o, "SAMPLING_DROPPED", "logit_bias");
	if (us_set(r->verbosity) && !us_span_is(r->verbosity, "medium"))
		degraded(o, "VERBOSITY_DROPPED", "verbosity");
	if (us_set(r->user_id))
		us_diag(o->diags, US_EXACT, "USER_ID_DROPPED", US_SPAN("user"));
	for (size_t i = 0; i < r->ntools; i++)
		if (r->tools[i].kind == US_TOOL_HOSTED)
			us_diag(o->diags, US_IMPOSSIBLE, "HOSTED_TOOL", r->tools[i].type);
}

/* `stream` is always said: without it there would be one. */
static void print_request(struct us_ollama_out *o)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "model", o->to->model_name);
	plan_tools(o); /* what they note stands among the messages */
	plan_format(o);
	us_ollama_turns(o);
	print_tools(o);
	print_format(o);
	print_think(o);
	print_options(o);
	print_logprobs(o);
	us_print_member_bool(&o->p, "stream", o->r->stream == US_YES);
	us_print_close(&o->p, '}');
}

int us_ollama_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                             struct us_diags *diags)
{
	struct us_ollama_out o = { .r = r, .to = to, .diags = diags, .p = us_print(out) };

	us_buf_init(&o.text, TEXT_MAX);
	us_buf_init(&o.note, TEXT_MAX);
	tell_lost(&o);
	print_request(&o);
	if (!out->err)
		out->err = o.text.err ? o.text.err : o.note.err;
	us_buf_fini(&o.text);
	us_buf_fini(&o.note);
	return out->err;
}

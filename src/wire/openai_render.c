/* openai_render.c - a hub request as Chat Completions takes it, and what it shares with Responses
 *
 * Written so that it is not refused: OpenAI answers 400 to a member a model does not know, and so
 * what the target's model can't do is left out and told. A compatible server gets the older names
 * and the simpler forms, which all of them know.
 */
#include "wire/openai_render.h"

#include "wire/effort.h"
#include "wire/models.h"
#include "wire/openai.h"
#include "wire/schema.h"
#include "wire/wants.h"
#include "wire/words.h"

#include <stddef.h>

#define TEXT_MAX ((size_t)64 << 20)
#define STOPS_MAX 4
#define USER_MAX 64 /* OpenAI refuses longer ones */
#define FORMAT_NAME_MAX 64
#define LITTLE_ROOM 1024 /* tokens that reasoning alone would use up */
#define AT(field) offsetof(struct us_req, field)

/* Numbers are passed on as the program wrote them, where the target takes them at all. */
static const struct number {
	const char *name;
	size_t at;
	double neutral; /* the value that says nothing */
	bool has_neutral;
	bool sampling; /* refused by models that do their own sampling */
	bool flat;     /* Responses has it, too */
} numbers[] = {
	{ "temperature", AT(temperature), 1, true, true, true },
	{ "top_p", AT(top_p), 1, true, true, true },
	{ "frequency_penalty", AT(frequency_penalty), 0, true, true, false },
	{ "presence_penalty", AT(presence_penalty), 0, true, true, false },
	{ "top_k", AT(top_k), 0, true, true, false },
	{ "min_p", AT(min_p), 0, true, true, false },
	{ "repetition_penalty", AT(repetition_penalty), 1, true, true, false },
	{ "seed", AT(seed), 0, false, false, false },
};

void us_openai_enter(struct us_openai_out *o, const char *name)
{
	if (o->flat)
		return;
	us_print_key(&o->p, name);
	us_print_open(&o->p, '{');
}

void us_openai_leave(struct us_openai_out *o)
{
	if (!o->flat)
		us_print_close(&o->p, '}');
}

static const struct us_num *number_at(const struct us_req *r, size_t at)
{
	return (const struct us_num *)(const void *)((const char *)r + at);
}

/* Some models take either temperature or top_p. */
static bool takes_number(const struct us_openai_out *o, const struct number *row)
{
	enum us_sampling sampling = o->to->model->sampling;

	if (row->sampling && sampling == US_SAMPLING_NONE)
		return false;
	if (sampling == US_SAMPLING_ONE && row->at == AT(top_p) && us_set(o->r->temperature.text))
		return false;
	if (o->flat)
		return row->flat;
	return !us_profile_lacks(o->to->profile, us_span_of(row->name));
}

/* What this server calls it. */
static const char *name_here(const struct us_profile *p, const struct number *row)
{
	if (row->at == AT(seed) && p->seed)
		return p->seed;
	return row->at == AT(repetition_penalty) && p->repetition ? p->repetition : row->name;
}

/* A number that says what holds anyway is left out in silence. */
static void print_number(struct us_openai_out *o, const struct number *row)
{
	const struct us_num *num = number_at(o->r, row->at);
	unsigned heat = us_profile_heat10(o->to->profile);

	if (!us_set(num->text))
		return;
	if (!takes_number(o, row)) {
		if (!row->has_neutral || num->v != row->neutral)
			us_openai_degraded(o, "SAMPLING_DROPPED", row->name);
		return;
	}
	us_print_key(&o->p, name_here(o->to->profile, row));
	if (row->at == AT(temperature) && num->v * 10 > heat) {
		us_openai_degraded(o, "TEMPERATURE_CLAMPED", row->name);
		us_profile_print_heat(&o->p, o->to->profile);
	} else {
		us_print_raw(&o->p, num->text);
	}
}

/* One answer is what every server gives. */
static void print_n(struct us_openai_out *o)
{
	const struct us_num *n = &o->r->n;

	if (!us_set(n->text))
		return;
	if (!us_profile_lacks(o->to->profile, US_SPAN("n")))
		us_print_member_raw(&o->p, "n", n->text);
	else if (n->v > 1)
		us_openai_impossible(o, "MANY_ANSWERS", US_SPAN("n"));
}

void us_openai_numbers(struct us_openai_out *o)
{
	for (size_t i = 0; i < US_COUNT(numbers); i++)
		print_number(o, &numbers[i]);
}

/* Probabilities cannot be made up: a program that gets none may not work. */
static void print_logprobs(struct us_openai_out *o)
{
	const struct us_req *r = o->r;
	bool can = o->to->model->sampling != US_SAMPLING_NONE;

	if (r->logprobs == US_YES && !can) {
		us_diag(o->diags, US_RISKY, "LOGPROBS_DROPPED", US_SPAN("logprobs"));
	} else if (r->logprobs == US_YES && !us_openai_lacks(o, "logprobs")) {
		us_print_member_bool(&o->p, "logprobs", true);
		if (us_set(r->top_logprobs.text))
			us_print_member_raw(&o->p, "top_logprobs", r->top_logprobs.text);
	}
	if (us_set(r->logit_bias) && !can)
		us_openai_degraded(o, "SAMPLING_DROPPED", "logit_bias");
	else if (us_set(r->logit_bias) && !us_openai_lacks(o, "logit_bias"))
		us_print_member_raw(&o->p, "logit_bias", r->logit_bias);
}

/* More than a model can write is refused, not clamped, by OpenAI. */
uint64_t us_openai_max(struct us_openai_out *o)
{
	uint64_t max = o->r->max_out, most = o->to->model->max_out;

	if (!most || max <= most)
		return max;
	us_openai_degraded(o, "MAX_TOKENS_CLAMPED", "max_tokens");
	return most;
}

static void print_max(struct us_openai_out *o)
{
	if (o->r->max_out_set)
		us_print_member_u64(&o->p, us_profile_max(o->to->profile), us_openai_max(o));
}

/* Which sequences are lost beyond the fourth matters less than that the request is taken; an empty
 * one would stop every answer before it begins. */
static void print_stop(struct us_openai_out *o)
{
	size_t n = 0;

	if (o->r->nstop && !o->to->model->stop) {
		us_openai_degraded(o, "STOP_DROPPED", "stop");
		return;
	}
	for (size_t i = 0; i < o->r->nstop; i++) {
		if (!o->r->stop[i].n)
			continue;
		if (n == STOPS_MAX) {
			us_openai_degraded(o, "STOP_LIMIT", "stop");
			break;
		}
		if (!n++) {
			us_print_key(&o->p, "stop");
			us_print_open(&o->p, '[');
		}
		us_print_str(&o->p, o->r->stop[i]);
	}
	if (n)
		us_print_close(&o->p, ']');
}

/* NULL: as the model thinks fit. */
static const char *effort_of(const struct us_req *r)
{
	if (r->reason == US_REASON_OFF || r->reason == US_REASON_BETWEEN_TOOLS)
		return "low";
	if (r->reason == US_REASON_UNSET)
		return r->max_out_set && r->max_out < LITTLE_ROOM ? "low" : NULL;
	return us_effort_common(us_effort_of(r));
}

/* A model that does not reason needs no word to leave it. */
const char *us_openai_effort(struct us_openai_out *o)
{
	const struct us_req *r = o->r;
	const char *effort = effort_of(r);

	if (o->to->model->thinking != US_THINKING_EFFORT) {
		if (r->reason != US_REASON_UNSET && r->reason != US_REASON_OFF)
			us_openai_degraded(o, "REASONING_DROPPED", "reasoning_effort");
		return NULL;
	}
	if (r->reason == US_REASON_OFF)
		us_openai_degraded(o, "REASONING_NOT_OFF", "reasoning_effort");
	else if (effort && us_set(r->effort) && !us_span_is(r->effort, effort))
		us_openai_degraded(o, "EFFORT_CLAMPED", "reasoning_effort");
	return effort;
}

struct us_span us_openai_verbosity(struct us_openai_out *o)
{
	bool can = o->to->model->thinking == US_THINKING_EFFORT && o->to->profile->official;

	if (can || !o->r->verbosity.n)
		return o->r->verbosity;
	if (!us_span_is(o->r->verbosity, "medium")) /* as all are */
		us_openai_degraded(o, "VERBOSITY_DROPPED", "verbosity");
	return us_span("", 0);
}

static void print_reasoning(struct us_openai_out *o)
{
	const char *effort = us_openai_effort(o);
	struct us_span verbosity = us_openai_verbosity(o);

	if (effort && !us_openai_lacks(o, "reasoning_effort"))
		us_print_member(&o->p, "reasoning_effort", us_span_of(effort));
	if (verbosity.n)
		us_print_member(&o->p, "verbosity", verbosity);
}

/* Can the target be held to the schema of the answer? OpenAI takes no other than of objects. */
static bool holds_schema(const struct us_openai_out *o)
{
	return o->to->model->json_schema && o->to->profile->json == US_JSON_BY_SCHEMA &&
	       (!o->to->profile->official || us_schema_is_object(o->r->format_schema));
}

/* The name is mandatory and of few characters; it is a label, not a key to anything. */
static void print_format_name(struct us_openai_out *o)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-";
	struct us_span name = o->r->format_name;

	for (size_t i = 0; i < name.n && i < FORMAT_NAME_MAX; i++)
		us_buf_add_char(&o->text,
		                memchr(plain, name.p[i], sizeof(plain) - 1) ? name.p[i] : '_');
	if (!name.n)
		us_buf_add_str(&o->text, "response");
	us_print_key(&o->p, "name");
	us_openai_print_gathered(o);
}

/* Strict when that was asked for, or when the program's dialect always is, and when OpenAI will
 * have it. A compatible server is told what was said, no more. */
static void print_schema_format(struct us_openai_out *o)
{
	const struct us_req *r = o->r;
	bool strict = r->format_strict != US_NO && us_schema_is_strict(r->format_schema);

	if (!o->to->profile->official)
		strict = r->format_strict == US_YES;
	if (r->format_strict != US_NO && !strict && o->to->profile->official)
		us_diag(o->diags, r->format_strict == US_YES ? US_RISKY : US_DEGRADED,
		        "FORMAT_BEST_EFFORT", US_SPAN("response_format"));
	us_print_member(&o->p, "type", US_SPAN("json_schema"));
	us_openai_enter(o, "json_schema");
	print_format_name(o);
	if (us_set(r->format_desc))
		us_print_member(&o->p, "description", r->format_desc);
	us_print_member_raw(&o->p, "schema", r->format_schema);
	if (strict || o->to->profile->official)
		us_print_member_bool(&o->p, "strict", strict);
	us_openai_leave(o);
}

/* A server that cannot be held to a schema can at least be held to an object. */
static bool knows_only_objects(const struct us_openai_out *o)
{
	return o->r->format == US_FORMAT_JSON_SCHEMA &&
	       o->to->profile->json == US_JSON_OBJECT_ONLY &&
	       us_schema_is_object(o->r->format_schema);
}

bool us_openai_has_format(const struct us_openai_out *o)
{
	return o->r->format == US_FORMAT_JSON_OBJECT || knows_only_objects(o) ||
	       (o->r->format == US_FORMAT_JSON_SCHEMA && holds_schema(o));
}

void us_openai_format(struct us_openai_out *o)
{
	us_print_open(&o->p, '{');
	if (o->r->format == US_FORMAT_JSON_SCHEMA && holds_schema(o))
		print_schema_format(o);
	else
		us_print_member(&o->p, "type", US_SPAN("json_object"));
	us_print_close(&o->p, '}');
}

static void print_format(struct us_openai_out *o)
{
	if (!us_openai_has_format(o))
		return;
	us_print_key(&o->p, "response_format");
	us_openai_format(o);
}

/* What has to be asked for in words. OpenAI refuses json_object where nobody says JSON. */
void us_openai_plan_note(struct us_openai_out *o)
{
	const struct us_req *r = o->r;

	if (o->to->profile->deaf && us_req_must_call(r))
		us_words_add_must_call(&o->note, r, o->diags);
	if (o->note.n && (r->format == US_FORMAT_JSON_OBJECT || r->format == US_FORMAT_JSON_SCHEMA))
		us_buf_add_str(&o->note, US_WORDS_PARTING);
	if (r->format == US_FORMAT_JSON_OBJECT && !us_words_said(r, "json"))
		us_buf_add_str(&o->note, "Answer with one JSON object.");
	if (r->format != US_FORMAT_JSON_SCHEMA || holds_schema(o))
		return;
	us_buf_add_str(&o->note,
	               "Answer with one JSON value only, no prose, no code fence. It must "
	               "validate against this JSON Schema: ");
	us_buf_add_span(&o->note, r->format_schema);
	us_diag(o->diags, r->format_strict == US_YES ? US_RISKY : US_DEGRADED, "FORMAT_BEST_EFFORT",
	        US_SPAN("response_format"));
}

/* For the provider's statistics of abuse; no answer depends on it. */
void us_openai_user(struct us_openai_out *o)
{
	if (!us_set(o->r->user_id))
		return;
	if (!o->to->profile->official || o->r->user_id.n > USER_MAX)
		us_diag(o->diags, US_EXACT, "USER_ID_DROPPED", US_SPAN("user"));
	else
		us_print_member(&o->p, "user", o->r->user_id);
}

/* Usage is always asked for: the program's own dialect may have to tell it. */
static void print_stream(struct us_openai_out *o)
{
	if (o->r->stream != US_YES)
		return;
	us_print_member_bool(&o->p, "stream", true);
	if (!us_openai_lacks(o, "stream_options"))
		us_print_member_raw(&o->p, "stream_options", US_SPAN("{\"include_usage\":true}"));
}

/* us_normalise leaves an answer that the program began at the end where the server can go on with
 * it. This one must be told to. */
static void print_prefill(struct us_openai_out *o)
{
	const struct us_req *r = o->r;

	if (o->to->profile->prefill != US_PREFILL_ORDERED || !r->nturns ||
	    r->turns[r->nturns - 1].role != US_ROLE_ASSISTANT)
		return;
	us_print_member_bool(&o->p, "continue_final_message", true);
	us_print_member_bool(&o->p, "add_generation_prompt", false);
}

static void print_request(struct us_openai_out *o)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "model", o->to->model_name);
	us_openai_plan_note(o); /* it stands among the messages */
	us_openai_turns(o);
	us_openai_tools(o);
	print_format(o);
	print_max(o);
	print_reasoning(o);
	us_openai_numbers(o);
	print_n(o);
	print_logprobs(o);
	print_stop(o);
	us_openai_user(o);
	print_stream(o);
	print_prefill(o);
	us_print_close(&o->p, '}');
	if (o->r->audio_out)
		us_diag(o->diags, US_IMPOSSIBLE, "AUDIO_OUT", US_SPAN("modalities"));
}

int us_openai_write(struct us_openai_out *o, struct us_buf *out,
                    void (*print)(struct us_openai_out *o))
{
	o->p = us_print(out);
	us_buf_init(&o->text, TEXT_MAX);
	us_buf_init(&o->note, TEXT_MAX);
	print(o);
	if (!out->err)
		out->err = o->text.err ? o->text.err : o->note.err;
	us_buf_fini(&o->text);
	us_buf_fini(&o->note);
	return out->err;
}

int us_openai_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                             struct us_diags *diags)
{
	struct us_openai_out o = { .r = r, .to = to, .diags = diags };

	return us_openai_write(&o, out, print_request);
}

/* responses_render.c - a hub request as Responses takes it
 *
 * Nothing is left with the provider: the whole conversation is sent each time, and is not to be
 * kept. What Responses does as Chat Completions does is in openai_render.c.
 */
#include "wire/responses_render.h"

#include "wire/models.h"
#include "wire/responses.h"

#define MAX_LEAST 16 /* OpenAI refuses less */

static void print_max(struct us_openai_out *o)
{
	uint64_t max = o->r->max_out_set ? us_openai_max(o) : 0;

	if (!o->r->max_out_set)
		return;
	if (max < MAX_LEAST) {
		us_openai_degraded(o, "MAX_TOKENS_RAISED", "max_output_tokens");
		max = MAX_LEAST;
	}
	us_print_member_u64(&o->p, "max_output_tokens", max);
}

static void print_reasoning(struct us_openai_out *o)
{
	const char *effort = us_openai_effort(o);

	if (!effort)
		return;
	us_print_key(&o->p, "reasoning");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "effort", us_span_of(effort));
	us_print_close(&o->p, '}');
}

static void print_text(struct us_openai_out *o)
{
	bool format = us_openai_has_format(o);
	struct us_span verbosity = us_openai_verbosity(o);

	if (!format && !verbosity.n)
		return;
	us_print_key(&o->p, "text");
	us_print_open(&o->p, '{');
	if (format) {
		us_print_key(&o->p, "format");
		us_openai_format(o);
	}
	if (verbosity.n)
		us_print_member(&o->p, "verbosity", verbosity);
	us_print_close(&o->p, '}');
}

/* What the language has no words for. */
static void tell_unsaid(struct us_openai_out *o)
{
	const struct us_req *r = o->r;

	if (r->nstop)
		us_openai_degraded(o, "STOP_DROPPED", "stop");
	if (us_set(r->logit_bias))
		us_openai_degraded(o, "SAMPLING_DROPPED", "logit_bias");
	if (us_set(r->n.text) && r->n.v > 1)
		us_openai_impossible(o, "MANY_ANSWERS", US_SPAN("n"));
	if (r->audio_out)
		us_openai_impossible(o, "AUDIO_OUT", US_SPAN("modalities"));
}

static void print_request(struct us_openai_out *o)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "model", o->to->model_name);
	us_openai_plan_note(o); /* it stands in the input */
	us_responses_turns(o);
	us_openai_tools(o);
	print_text(o);
	print_max(o);
	print_reasoning(o);
	us_openai_numbers(o);
	us_openai_user(o);
	us_print_member_bool(&o->p, "store", false);
	if (o->r->stream == US_YES)
		us_print_member_bool(&o->p, "stream", true);
	us_print_close(&o->p, '}');
	tell_unsaid(o);
}

int us_responses_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                                struct us_diags *diags)
{
	struct us_openai_out o = { .r = r, .to = to, .diags = diags, .flat = true };

	return us_openai_write(&o, out, print_request);
}

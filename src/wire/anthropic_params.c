/* anthropic_params.c - a request written for Anthropic: all beside its turns and tools
 *
 * Members stand in the order in which Anthropic caches what a request has in common with the one
 * before it: tools, system, messages.
 */
#include "wire/anthropic_plan.h"

#define MARKS_MAX 4 /* cache breakpoints */

void us_anthropic_degraded(const struct us_anthropic_ask *a, const char *code, const char *what)
{
	us_diag(a->diags, US_DEGRADED, code, us_span_of(what));
}

/* A word about parallel calls stands inside the choice, and is refused in that of no tool. */
static void put_tool_choice(struct us_anthropic_out *w, const struct us_anthropic_ask *a,
                            const struct us_anthropic_plan *p)
{
	static const char *const types[] = {
		[US_CHOICE_AUTO] = "auto",
		[US_CHOICE_NONE] = "none",
		[US_CHOICE_REQUIRED] = "any",
		[US_CHOICE_NAMED] = "tool",
	};

	if (p->choice == US_CHOICE_UNSET)
		return;
	us_print_key(&w->p, "tool_choice");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "type", us_span_of(types[p->choice]));
	if (p->choice == US_CHOICE_NAMED)
		us_print_member(&w->p, "name", a->r->choice_name);
	if (a->r->parallel_tools == US_NO && p->choice != US_CHOICE_NONE)
		us_print_member_bool(&w->p, "disable_parallel_tool_use", true);
	us_print_close(&w->p, '}');
}

/* Clamped and never rescaled: 0.7 means the same everywhere. */
static void put_temperature(struct us_anthropic_out *w, const struct us_anthropic_ask *a)
{
	const struct us_num *t = &a->r->temperature;

	if (t->v >= 0 && t->v <= 1) {
		us_print_member_raw(&w->p, "temperature", t->text);
		return;
	}
	us_print_member_u64(&w->p, "temperature", t->v > 1);
	us_anthropic_degraded(a, "TEMPERATURE_CLAMPED", "temperature");
}

/* Where a number is left out that says what holds anyway, nothing is lost. */
static void put_number(struct us_anthropic_out *w, const struct us_anthropic_ask *a,
                       const char *name, const struct us_num *num, bool fits, double idle)
{
	if (!us_set(num->text))
		return;
	if (fits)
		us_print_member_raw(&w->p, name, num->text);
	else if (num->v != idle)
		us_anthropic_degraded(a, "SAMPLING_DROPPED", name);
}

/* A model that thinks takes no temperature and no top_k, and top_p from 0.95 on; one of the middle
 * generations takes either temperature or top_p, and the newest none of the three. */
static void put_sampling(struct us_anthropic_out *w, const struct us_anthropic_ask *a,
                         const struct us_anthropic_plan *p)
{
	const struct us_req *r = a->r;
	enum us_sampling takes = a->model->sampling;
	bool thinks = p->think == US_THINK_ADAPTIVE || p->think == US_THINK_ENABLED;
	bool free = takes != US_SAMPLING_NONE && !thinks;
	bool temperature = free && us_set(r->temperature.text);
	bool top_p = thinks ? r->top_p.v >= 0.95 : takes == US_SAMPLING_ALL || !temperature;

	if (temperature)
		put_temperature(w, a);
	else
		put_number(w, a, "temperature", &r->temperature, false, 1);
	put_number(w, a, "top_p", &r->top_p, takes != US_SAMPLING_NONE && top_p, 1);
	put_number(w, a, "top_k", &r->top_k, free, 0);
}

/* Numbers the wire has no member for; at `idle` they do nothing. */
static const struct {
	const char *name;
	size_t at;
	bool has_idle;
	double idle;
} lost_numbers[] = {
	{ "frequency_penalty", offsetof(struct us_req, frequency_penalty), true, 0 },
	{ "presence_penalty", offsetof(struct us_req, presence_penalty), true, 0 },
	{ "repetition_penalty", offsetof(struct us_req, repetition_penalty), true, 1 },
	{ "min_p", offsetof(struct us_req, min_p), true, 0 },
	{ "seed", offsetof(struct us_req, seed), false, 0 },
};

static void tell_lost_numbers(const struct us_anthropic_ask *a)
{
	for (size_t i = 0; i < US_COUNT(lost_numbers); i++) {
		struct us_num num;

		memcpy(&num, (const char *)a->r + lost_numbers[i].at, sizeof(num));
		if (us_set(num.text) &&
		    !(lost_numbers[i].has_idle && num.v == lost_numbers[i].idle))
			us_anthropic_degraded(a, "SAMPLING_DROPPED", lost_numbers[i].name);
	}
}

/* Two answers, or sound, a program cannot do without; a hint it can. */
static void tell_lost(const struct us_anthropic_ask *a)
{
	const struct us_req *r = a->r;

	tell_lost_numbers(a);
	if (us_set(r->n.text) && r->n.v > 1)
		us_diag(a->diags, US_IMPOSSIBLE, "MANY_ANSWERS", US_SPAN("n"));
	if (r->audio_out)
		us_diag(a->diags, US_IMPOSSIBLE, "AUDIO_OUT", US_SPAN("modalities"));
	if (r->logprobs == US_YES)
		us_diag(a->diags, US_RISKY, "LOGPROBS_DROPPED", US_SPAN("logprobs"));
	if (us_set(r->logit_bias) && !us_span_is(r->logit_bias, "{}"))
		us_anthropic_degraded(a, "SAMPLING_DROPPED", "logit_bias");
	if (us_set(r->verbosity) && !us_span_is(r->verbosity, "medium"))
		us_anthropic_degraded(a, "VERBOSITY_DROPPED", "verbosity");
	if (us_set(r->service_tier) && !us_anthropic_among("auto default", r->service_tier))
		us_diag(a->diags, US_EXACT, "SERVICE_TIER_DROPPED", US_SPAN("service_tier"));
}

/* Sequences that are all blanks are refused. */
static void put_stop(struct us_anthropic_out *w, const struct us_anthropic_ask *a)
{
	bool open = false;

	for (size_t i = 0; i < a->r->nstop; i++) {
		if (!us_span_trim(a->r->stop[i]).n) {
			us_anthropic_degraded(a, "STOP_DROPPED", "stop_sequences");
			continue;
		}
		if (!open) {
			us_print_key(&w->p, "stop_sequences");
			us_print_open(&w->p, '[');
			open = true;
		}
		us_print_str(&w->p, a->r->stop[i]);
	}
	if (open)
		us_print_close(&w->p, ']');
}

static void put_thinking(struct us_anthropic_out *w, const struct us_anthropic_plan *p)
{
	static const char *const types[] = {
		[US_THINK_DISABLED] = "disabled",
		[US_THINK_ADAPTIVE] = "adaptive",
		[US_THINK_ENABLED] = "enabled",
	};

	if (p->think == US_THINK_UNSAID)
		return;
	us_print_key(&w->p, "thinking");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "type", us_span_of(types[p->think]));
	if (p->think == US_THINK_ENABLED)
		us_print_member_u64(&w->p, "budget_tokens", p->budget);
	us_print_close(&w->p, '}');
}

static void put_output_config(struct us_anthropic_out *w, const struct us_anthropic_ask *a,
                              const struct us_anthropic_plan *p)
{
	if (!us_set(p->effort) && !p->schema)
		return;
	us_print_key(&w->p, "output_config");
	us_print_open(&w->p, '{');
	if (us_set(p->effort))
		us_print_member(&w->p, "effort", p->effort);
	if (p->schema) {
		us_print_key(&w->p, "format");
		us_print_open(&w->p, '{');
		us_print_member(&w->p, "type", US_SPAN("json_schema"));
		us_print_key(&w->p, "schema");
		us_anthropic_put_schema(&w->p, a->r->format_schema);
		us_print_close(&w->p, '}');
	}
	us_print_close(&w->p, '}');
}

/* Anthropic asks for ids that name nobody: an address or a telephone number stays here. */
static bool names_somebody(struct us_span id)
{
	size_t i = 0;

	while (i < id.n && memchr("0123456789 +-()", id.p[i], 15))
		i++;
	return us_span_has(id, "@") || (i == id.n && id.n >= 7);
}

static void put_user(struct us_anthropic_out *w, const struct us_anthropic_ask *a)
{
	if (!us_set(a->r->user_id))
		return;
	if (names_somebody(a->r->user_id)) {
		us_diag(a->diags, US_EXACT, "USER_ID_DROPPED", US_SPAN("user"));
		return;
	}
	us_print_key(&w->p, "metadata");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "user_id", a->r->user_id);
	us_print_close(&w->p, '}');
}

static void put_request(struct us_anthropic_out *w, const struct us_anthropic_ask *a,
                        const struct us_anthropic_plan *p, struct us_span model)
{
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "model", model);
	us_print_member_u64(&w->p, "max_tokens", p->max_tokens);
	if (a->r->ntools) {
		us_anthropic_put_tools(w, a->r, p->narrow, a->model->json_schema);
		put_tool_choice(w, a, p);
	}
	us_anthropic_put_turns(w, a->r);
	put_sampling(w, a, p);
	put_stop(w, a);
	put_thinking(w, p);
	put_output_config(w, a, p);
	put_user(w, a);
	if (a->r->stream == US_YES)
		us_print_member_bool(&w->p, "stream", true);
	us_print_close(&w->p, '}');
}

int us_anthropic_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                                struct us_diags *diags)
{
	struct us_anthropic_ask a = { r, to->model, diags };
	struct us_anthropic_out w = { .p = us_print(out), .diags = diags };
	struct us_anthropic_plan p;
	unsigned marks = us_anthropic_count_marks(r);
	int rc = us_anthropic_plan_make(&p, &a);

	tell_lost(&a);
	w.skip_marks = marks > MARKS_MAX ? marks - MARKS_MAX : 0;
	w.note = us_buf_span(&p.note);
	if (!rc)
		put_request(&w, &a, &p, to->model_name);
	us_anthropic_plan_fini(&p);
	return rc ? rc : out->err;
}

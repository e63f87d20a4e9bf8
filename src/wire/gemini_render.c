/* gemini_render.c - a hub request written as generateContent takes it
 *
 *     app asks        BUDGET (2.5)             EFFORT (3 and later)
 *     ------------    ---------------------    --------------------------
 *     nothing         -                        -
 *     off             0, or the least          MINIMAL, or LOW
 *     an effort       its budget               the level of that name
 *     a budget        the budget               its level
 *     as it thinks    -1                       -
 *
 * Models of the kinds called ..._ON cannot be kept from thinking. Few tokens for an answer, and no
 * word about thinking, count as off: else thinking would use them up.
 */
#include "wire/gemini_request.h"

#include "wire/effort.h"
#include "wire/gemini_schema.h"
#include "wire/wants.h"

#define TEXT_MAX ((size_t)64 << 20)
#define STOPS_MAX 5
#define SHORT_ANSWER 1024 /* tokens */

void us_gemini_degraded(struct us_gemini_out *w, const char *code, const char *what)
{
	us_diag(w->diags, US_DEGRADED, code, us_span_of(what));
}

/* --- reasoning -------------------------------------------------------------------------------- */

static const struct effort {
	const char *level;
	uint64_t budget;
} efforts[] = {
	[US_EFFORT_MINIMAL] = { "MINIMAL", 512 }, [US_EFFORT_LOW] = { "LOW", 2048 },
	[US_EFFORT_MEDIUM] = { "MEDIUM", 8192 },  [US_EFFORT_HIGH] = { "HIGH", 16384 },
	[US_EFFORT_XHIGH] = { "HIGH", 24576 },    [US_EFFORT_MAX] = { "HIGH", 32768 },
};

/* NULL: as the model thinks fit. */
static const struct effort *effort_of(const struct us_req *r)
{
	enum us_effort e = us_effort_of(r);

	return e == US_EFFORT_UNSET ? NULL : &efforts[e];
}

static bool is_short(const struct us_req *r)
{
	return r->reason == US_REASON_UNSET && r->max_out_set && r->max_out < SHORT_ANSWER;
}

/* Of those that always think the least is 128, and they may think longer than the others. */
static void put_budget(struct us_gemini_out *w, bool off)
{
	bool on = w->model->thinking == US_THINKING_BUDGET_ON;
	const struct effort *e = effort_of(w->r);
	uint64_t least = on ? 128 : 0, most = on ? 32768 : 24576;
	uint64_t want = w->r->reason == US_REASON_BUDGET ? w->r->reason_budget : e ? e->budget : 0;

	if (off)
		want = 0;
	else if (!want) {
		us_print_member_raw(&w->p, "thinkingBudget", US_SPAN("-1"));
		return;
	} else if (want > most || w->r->reason != US_REASON_BUDGET)
		us_gemini_degraded(w, "REASONING_APPROXIMATED", "reasoning effort");
	us_print_member_u64(&w->p, "thinkingBudget",
	                    want < least  ? least
	                    : want > most ? most
	                                  : want);
}

static void put_level(struct us_gemini_out *w, bool off)
{
	bool on = w->model->thinking == US_THINKING_EFFORT_ON;
	const struct effort *e = off ? &efforts[US_EFFORT_MINIMAL] : effort_of(w->r);

	if (e == &efforts[US_EFFORT_MINIMAL] && on)
		e = &efforts[US_EFFORT_LOW];
	us_print_member(&w->p, "thinkingLevel", us_span_of(e->level));
	if (!off && !us_span_is_nocase(w->r->effort, e->level))
		us_gemini_degraded(w, "REASONING_APPROXIMATED", "reasoning effort");
}

static void put_thinking(struct us_gemini_out *w)
{
	enum us_thinking kind = w->model->thinking;
	bool off = us_req_wants_no_thought(w->r) || is_short(w->r);
	bool asks = off || w->r->reason != US_REASON_UNSET;
	bool adaptive = !off && !effort_of(w->r);

	if (kind == US_THINKING_NONE) {
		if (asks && !off)
			us_gemini_degraded(w, "REASONING_DROPPED", "thinkingConfig");
		return;
	}
	if (!asks || (w->third && adaptive))
		return;
	if (us_req_wants_no_thought(w->r) &&
	    (kind == US_THINKING_BUDGET_ON || kind == US_THINKING_EFFORT_ON))
		us_gemini_degraded(w, "REASONING_NOT_OFF", "thinkingConfig");
	us_print_key(&w->p, "thinkingConfig");
	us_print_open(&w->p, '{');
	if (w->third)
		put_level(w, off);
	else
		put_budget(w, off);
	us_print_close(&w->p, '}');
}

/* --- the form of the answer ------------------------------------------------------------------- */

/* A promise that was made as strict is not kept by words. */
static void form_in_words(struct us_gemini_out *w)
{
	const struct us_req *r = w->r;

	us_buf_add_str(&w->note, "Answer with one JSON value only, no prose, no code fence.");
	if (us_set(r->format_schema)) {
		us_buf_add_str(&w->note, " It must validate against this JSON Schema: ");
		us_buf_add_span(&w->note, r->format_schema);
	}
	us_diag(w->diags, r->format_strict == US_YES ? US_RISKY : US_DEGRADED, "FORMAT_BEST_EFFORT",
	        US_SPAN("responseJsonSchema"));
}

static bool wants_json(const struct us_req *r)
{
	return r->format == US_FORMAT_JSON_SCHEMA || r->format == US_FORMAT_JSON_OBJECT;
}

/* Before the third generation functions and a form exclude each other. */
static bool is_formed(const struct us_gemini_out *w)
{
	return wants_json(w->r) && (w->third || !w->r->ntools);
}

static void put_schema(struct us_gemini_out *w)
{
	struct us_doc doc = { 0 };

	if (!w->first) {
		us_print_member_raw(&w->p, "responseJsonSchema", w->r->format_schema);
		return;
	}
	if (us_doc_parse(&doc, w->r->format_schema) == US_ENOMEM)
		w->p.out->err = US_ENOMEM;
	us_print_key(&w->p, "responseSchema");
	us_gemini_schema_from_json(us_doc_root(&doc), w->p.out, w->diags);
	w->p.comma = true;
	us_doc_fini(&doc);
}

static void put_format(struct us_gemini_out *w)
{
	if (w->r->format == US_FORMAT_GRAMMAR)
		us_diag(w->diags, US_IMPOSSIBLE, "FORMAT_GRAMMAR", US_SPAN("response_format"));
	if (!is_formed(w))
		return;
	us_print_member(&w->p, "responseMimeType", US_SPAN("application/json"));
	if (w->r->format == US_FORMAT_JSON_SCHEMA && us_set(w->r->format_schema))
		put_schema(w);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void put_temperature(struct us_gemini_out *w)
{
	const struct us_num *t = &w->r->temperature;

	if (!us_set(t->text))
		return;
	if (t->v <= 2) {
		us_print_member_raw(&w->p, "temperature", t->text);
		return;
	}
	us_print_member_u64(&w->p, "temperature", 2);
	us_gemini_degraded(w, "TEMPERATURE_CLAMPED", "temperature");
}

/* An int32. */
static void put_seed(struct us_gemini_out *w)
{
	const struct us_num *seed = &w->r->seed;

	if (!us_set(seed->text))
		return;
	if (seed->v >= INT32_MIN && seed->v <= INT32_MAX)
		us_print_member_raw(&w->p, "seed", seed->text);
	else
		us_gemini_degraded(w, "SAMPLING_DROPPED", "seed");
}

static void put_numbers(struct us_gemini_out *w)
{
	const struct us_req *r = w->r;
	const struct {
		const char *name;
		const struct us_num *num;
	} rows[] = {
		{ "topP", &r->top_p },
		{ "topK", &r->top_k },
		{ "presencePenalty", &r->presence_penalty },
		{ "frequencyPenalty", &r->frequency_penalty },
	};

	put_temperature(w);
	for (size_t i = 0; i < US_COUNT(rows); i++)
		if (us_set(rows[i].num->text))
			us_print_member_raw(&w->p, rows[i].name, rows[i].num->text);
	put_seed(w);
}

static void put_max(struct us_gemini_out *w)
{
	uint64_t max = w->r->max_out, most = w->model->max_out;

	if (!w->r->max_out_set)
		return;
	if (most && max > most) {
		us_gemini_degraded(w, "MAX_TOKENS_CLAMPED", "max_tokens");
		max = most;
	}
	us_print_member_u64(&w->p, "maxOutputTokens", max);
}

static void put_stop(struct us_gemini_out *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->r->nstop; i++) {
		if (!w->r->stop[i].n)
			continue;
		if (n == STOPS_MAX) {
			us_gemini_degraded(w, "STOP_LIMIT", "stop");
			break;
		}
		if (!n++) {
			us_print_key(&w->p, "stopSequences");
			us_print_open(&w->p, '[');
		}
		us_print_str(&w->p, w->r->stop[i]);
	}
	if (n)
		us_print_close(&w->p, ']');
}

void us_gemini_put_config(struct us_gemini_out *w)
{
	struct us_print before = w->p;
	size_t n = w->p.out->n;

	us_print_key(&w->p, "generationConfig");
	us_print_open(&w->p, '{');
	put_max(w);
	put_numbers(w);
	put_stop(w);
	put_format(w);
	put_thinking(w);
	if (w->p.comma) {
		us_print_close(&w->p, '}');
	} else { /* nothing to say */
		w->p = before;
		w->p.out->n = n;
	}
}

/* --- the request ------------------------------------------------------------------------------ */

static void tell_number(struct us_gemini_out *w, const char *name, const struct us_num *num,
                        double idle)
{
	if (us_set(num->text) && num->v != idle)
		us_gemini_degraded(w, "SAMPLING_DROPPED", name);
}

/* Several answers, or sound, a program cannot do without; a hint it can. */
static void tell_lost(struct us_gemini_out *w)
{
	const struct us_req *r = w->r;

	tell_number(w, "min_p", &r->min_p, 0);
	tell_number(w, "repetition_penalty", &r->repetition_penalty, 1);
	if (us_set(r->logit_bias) && !us_span_is(r->logit_bias, "{}"))
		us_gemini_degraded(w, "SAMPLING_DROPPED", "logit_bias");
	if (us_set(r->n.text) && r->n.v > 1)
		us_diag(w->diags, US_IMPOSSIBLE, "MANY_ANSWERS", US_SPAN("n"));
	if (r->audio_out)
		us_diag(w->diags, US_IMPOSSIBLE, "AUDIO_OUT", US_SPAN("modalities"));
	if (r->logprobs == US_YES)
		us_diag(w->diags, US_RISKY, "LOGPROBS_DROPPED", US_SPAN("logprobs"));
	if (us_set(r->verbosity) && !us_span_is(r->verbosity, "medium"))
		us_gemini_degraded(w, "VERBOSITY_DROPPED", "verbosity");
	if (us_set(r->user_id))
		us_diag(w->diags, US_EXACT, "USER_ID_DROPPED", US_SPAN("user"));
	if (us_set(r->service_tier) && !us_span_is(r->service_tier, "auto") &&
	    !us_span_is(r->service_tier, "default"))
		us_diag(w->diags, US_EXACT, "SERVICE_TIER_DROPPED", US_SPAN("service_tier"));
}

int us_gemini_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                             struct us_diags *diags)
{
	enum us_thinking kind = to->model->thinking;
	struct us_gemini_out w = { .r = r, .model = to->model, .diags = diags };

	w.third = kind == US_THINKING_EFFORT || kind == US_THINKING_EFFORT_ON;
	w.first = kind == US_THINKING_NONE;
	w.p = us_print(out);
	us_buf_init(&w.text, TEXT_MAX);
	us_buf_init(&w.note, TEXT_MAX);
	tell_lost(&w);
	if (wants_json(r) && !is_formed(&w))
		form_in_words(&w);
	us_print_open(&w.p, '{');
	us_gemini_put_turns(&w);
	us_gemini_put_tools(&w);
	us_gemini_put_config(&w);
	us_print_close(&w.p, '}');
	if (!out->err)
		out->err = w.text.err ? w.text.err : w.note.err;
	us_buf_fini(&w.text);
	us_buf_fini(&w.note);
	return out->err;
}

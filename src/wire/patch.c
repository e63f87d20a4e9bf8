/* patch.c - a request for another server of the same dialect, changed as little as can be
 *
 * One walk over the top level of the source (edit.h): numbers, escapes, blanks and members nobody
 * here has heard of arrive as they left.
 *
 * What the server lacks is taken out or renamed by its profile. What a model refuses is taken out
 * only when the model is another than the program asked for: its own model it knows better than our
 * table does. Where that would not do, because one member hangs together with others, us_patch_fits
 * says so, and the request is written anew.
 */
#include "wire/patch.h"

#include "wire/edit.h"
#include "wire/loop.h"
#include "wire/models.h"
#include "wire/optional.h"
#include "wire/print.h"
#include "wire/profile.h"

struct patch {
	struct us_rendered *r;
	struct us_val root;
	bool other; /* another model than the program's */
	struct us_edit edit;
};

static bool refuses_sampling(const struct us_req *r, const struct us_for *to)
{
	return to->model->sampling == US_SAMPLING_NONE;
}

static bool takes_temperature_only(const struct us_req *r, const struct us_for *to)
{
	return to->model->sampling == US_SAMPLING_ONE && us_set(r->temperature.text);
}

static bool refuses_stop(const struct us_req *r, const struct us_for *to)
{
	return !to->model->stop;
}

static bool reasons(const struct us_req *r, const struct us_for *to)
{
	return to->profile->official && to->model->thinking == US_THINKING_EFFORT;
}

static bool never_reasons(const struct us_req *r, const struct us_for *to)
{
	return to->profile->official && to->model->thinking == US_THINKING_NONE;
}

/* Is it told how to think in another way than the program tells it? The generation that lost its
 * sampling lost its budgets, too. */
static bool thinks_otherwise(const struct us_req *r, const struct us_for *to)
{
	const struct us_model *m = to->model;
	bool efforts = m->thinking == US_THINKING_ADAPTIVE || m->thinking == US_THINKING_ALWAYS;

	switch (r->reason) {
	case US_REASON_UNSET:
		return false;
	case US_REASON_OFF:
		return m->thinking == US_THINKING_ALWAYS;
	case US_REASON_BUDGET:
		if (m->max_out && r->reason_budget >= m->max_out)
			return true;
		return m->thinking != US_THINKING_BUDGET &&
		       !(efforts && m->sampling == US_SAMPLING_ONE);
	default:
		return !efforts;
	}
}

static bool refuses_prefill(const struct us_req *r, const struct us_for *to)
{
	return r->nturns && r->turns[r->nturns - 1].role == US_ROLE_ASSISTANT &&
	       !to->model->prefill;
}

static bool answers_otherwise(const struct us_req *r, const struct us_for *to)
{
	return thinks_otherwise(r, to) ||
	       (r->format == US_FORMAT_JSON_SCHEMA && !to->model->json_schema);
}

/* Gemini's levels came with the third generation, which still takes budgets. */
static bool thinks_by_another_measure(const struct us_req *r, const struct us_for *to)
{
	switch (to->model->thinking) {
	case US_THINKING_BUDGET:
		return r->reason == US_REASON_EFFORT;
	case US_THINKING_BUDGET_ON:
		return r->reason == US_REASON_EFFORT || r->reason == US_REASON_OFF;
	case US_THINKING_EFFORT_ON:
		return r->reason == US_REASON_OFF || us_span_is(r->effort, "minimal");
	case US_THINKING_EFFORT:
		return false;
	default:
		return r->reason != US_REASON_UNSET;
	}
}

/* Anthropic wants its signature on the thoughts of an open loop: see anthropic_back.c. */
static bool loop_lacks_thoughts(const struct us_req *r, const struct us_for *to)
{
	return r->reason == US_REASON_BUDGET && us_loop_of(r).mixed;
}

/* What not every server and model of a dialect takes. A rule without a new name drops the member
 * and tells `code`; without either it wants the whole request to be written anew. */
/* clang-format off */
static const struct rule {
	const char *dialect, *member;
	bool (*applies)(const struct us_req *r, const struct us_for *to);
	const char *becomes;
	enum us_loss loss;
	const char *code;
} rules[] = {
	{ "openai", "max_tokens", reasons, "max_completion_tokens", US_EXACT, NULL },
	{ "openai", "temperature", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "openai", "top_p", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "openai", "presence_penalty", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "openai", "frequency_penalty", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "openai", "logit_bias", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "openai", "logprobs", refuses_sampling, NULL, US_RISKY, "LOGPROBS_DROPPED" },
	{ "openai", "top_logprobs", refuses_sampling, NULL, US_RISKY, "LOGPROBS_DROPPED" },
	{ "openai", "stop", refuses_stop, NULL, US_RISKY, "STOP_DROPPED" },
	{ "openai", "reasoning_effort", never_reasons, NULL, US_DEGRADED, "REASONING_DROPPED" },
	{ "responses", "temperature", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "responses", "top_p", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "responses", "top_logprobs", refuses_sampling, NULL, US_RISKY, "LOGPROBS_DROPPED" },
	{ "responses", "reasoning", never_reasons, NULL, US_DEGRADED, "REASONING_DROPPED" },
	{ "anthropic", "temperature", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "anthropic", "top_p", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "anthropic", "top_p", takes_temperature_only, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "anthropic", "top_k", refuses_sampling, NULL, US_DEGRADED, "SAMPLING_DROPPED" },
	{ "anthropic", "messages", refuses_prefill, NULL, US_EXACT, NULL },
	{ "anthropic", "thinking", loop_lacks_thoughts, NULL, US_DEGRADED, "THINKING_PAUSED" },
	{ "anthropic", "thinking", thinks_otherwise, NULL, US_EXACT, NULL },
	{ "anthropic", "output_config", answers_otherwise, NULL, US_EXACT, NULL },
	{ "gemini", "generationConfig", thinks_by_another_measure, NULL, US_EXACT, NULL },
	{ "gemini", "generation_config", thinks_by_another_measure, NULL, US_EXACT, NULL },
};
/* clang-format on */

/* The first that speaks of this member and holds for this request and target. */
static const struct rule *find_rule(const struct us_request *q, const struct us_for *to,
                                    struct us_val key)
{
	for (size_t i = 0; i < US_COUNT(rules); i++) {
		const struct rule *u = &rules[i];

		if (strcmp(u->dialect, q->dialect->name) == 0 && us_val_str_is(key, u->member) &&
		    u->applies(&q->req, to))
			return u;
	}
	return NULL;
}

/* Is it another model than the program's? */
static bool is_other(const struct us_request *q, const struct us_for *to)
{
	return !us_span_eq(q->req.model, to->model_name);
}

bool us_patch_fits(const struct us_request *q, const struct us_for *to)
{
	for (struct us_iter it = us_iter(us_doc_root(&q->doc)); us_iter_next(&it);) {
		const struct rule *u = find_rule(q, to, it.key);

		if (u && !u->becomes && !u->code && is_other(q, to))
			return false;
	}
	return us_profile_fits(to->profile, &q->req);
}

/* What becomes of a member: another name, or it is dropped and this, if anything, is told. */
struct change {
	const char *becomes;
	enum us_loss loss;
	const char *code;
	struct us_span what;
};

/* Names by which one thing is known to OpenAI, to the server, and to some other server. */
static const char *name_here(const struct us_profile *p, struct us_span name)
{
	if (us_span_is(name, "max_completion_tokens"))
		return us_profile_max(p);
	if (us_span_is(name, "seed") || us_span_is(name, "random_seed"))
		return p->seed ? p->seed : "seed";
	if (us_span_is(name, "repetition_penalty") || us_span_is(name, "repeat_penalty"))
		return p->repetition ? p->repetition : "repetition_penalty";
	return NULL;
}

static bool is_unknown(const struct us_req *r, struct us_span name)
{
	for (size_t i = 0; i < r->nunknown; i++)
		if (us_span_eq(r->unknown[i], name))
			return true;
	return false;
}

/* A value that asks for what every server does anyway is not missed. */
static bool says_nothing(struct us_span name, struct us_val v)
{
	if (us_span_is(name, "n"))
		return us_val_double(v) <= 1;
	if (us_span_is(name, "parallel_tool_calls"))
		return us_val_is(v, US_J_TRUE);
	return !us_val_given(v) || us_val_is(v, US_J_FALSE);
}

/* What the server makes of a member that no rule speaks of. False: it takes it as it is. */
static bool by_profile(const struct us_request *q, const struct us_profile *p, struct change *c,
                       struct us_val v)
{
	const struct us_optional *lost = us_optional_find(q->dialect->name, c->what);
	bool lacks = us_profile_lacks(p, c->what);

	c->becomes = name_here(p, c->what);
	if (c->becomes && !us_span_is(c->what, c->becomes) &&
	    !us_profile_lacks(p, us_span_of(c->becomes)))
		return true;
	c->becomes = NULL;
	if (!lacks && !(p->refuses_unknown && is_unknown(&q->req, c->what)))
		return false;
	c->loss = lost ? lost->loss : US_DEGRADED;
	c->code = lost ? lost->code : lacks ? "MEMBER_DROPPED" : "UNKNOWN_MEMBER";
	if (us_span_is(c->what, "n")) {
		c->loss = US_IMPOSSIBLE;
		c->code = "MANY_ANSWERS";
	}
	if (says_nothing(c->what, v))
		c->code = NULL;
	return true;
}

/* False: it stays as it is. */
static bool find_change(const struct us_request *q, const struct us_for *to, struct us_val key,
                        struct us_val v, struct change *c)
{
	const struct rule *u = find_rule(q, to, key);

	bool model = !u || u->applies != loop_lacks_thoughts; /* which is no matter of the model */

	if (!is_other(q, to) && to->profile->official && model)
		return false;
	if (!u) /* profiles are of Chat Completions */
		return q->dialect == &us_openai && by_profile(q, to->profile, c, v);
	c->becomes = u->becomes;
	c->loss = u->loss;
	c->code = us_val_given(v) ? u->code : NULL;
	return true;
}

/* Hotter than the server takes is refused by it. */
static void cool(struct patch *p, const struct us_iter *member)
{
	const struct us_profile *of = p->r->to.profile;
	struct us_print print = us_print(&p->r->body);

	if (!us_val_str_is(member->key, "temperature") || !of->heat10 ||
	    us_val_double(member->val) * 10 <= of->heat10)
		return;
	us_edit_replace_raw(&p->edit, member->val, us_span("", 0));
	us_profile_print_heat(&print, of);
	us_diag(&p->r->diags, US_DEGRADED, "TEMPERATURE_CLAMPED", US_SPAN("temperature"));
}

/* More than a model can write is refused; a compatible server has limits of its own. */
static void clamp(struct patch *p, const struct us_iter *member)
{
	uint64_t most = p->r->to.profile->official ? p->r->to.model->max_out : 0, n;
	bool is_max = us_val_str_is(member->key, "max_tokens") ||
	              us_val_str_is(member->key, "max_completion_tokens") ||
	              us_val_str_is(member->key, "max_output_tokens");
	struct us_print print = us_print(&p->r->body);

	if (!p->other || !is_max || !most || !us_val_u64(member->val, &n) || n <= most)
		return;
	us_edit_replace_raw(&p->edit, member->val, us_span("", 0));
	us_print_u64(&print, most);
	us_diag(&p->r->diags, US_DEGRADED, "MAX_TOKENS_CLAMPED", US_SPAN("max_tokens"));
}

/* Where the server gets both names, the program has made its own choice. */
static void apply(struct patch *p, const struct change *c, const struct us_iter *member)
{
	if (!c->becomes) {
		if (c->code)
			us_diag(&p->r->diags, c->loss, c->code, c->what);
		us_edit_drop(&p->edit, member->key, member->val);
	} else if (!us_val_given(us_val_get(p->root, c->becomes))) {
		us_edit_replace(&p->edit, member->key, us_span_of(c->becomes));
	}
}

/* A body without a model (its URL had it) gets one at its front. */
static void add_model(struct patch *p)
{
	struct us_print print = us_print(&p->r->body);

	us_edit_copy_to(&p->edit, us_val_raw(p->root).p + 1);
	us_print_member(&print, "model", p->r->to.model_name);
	if (us_val_count(p->root))
		us_buf_add_char(&p->r->body, ',');
}

/* A member that is neither the model's name nor the conversation. */
static void change(struct patch *p, const struct us_request *q, const struct us_iter *member)
{
	struct change c = { .what = us_val_str(member->key, &p->r->arena) };
	bool changes = find_change(q, &p->r->to, member->key, member->val, &c);

	if (changes)
		apply(p, &c, member);
	if (!changes || c.becomes) {
		clamp(p, member);
		cool(p, member);
	}
}

int us_patch(const struct us_request *q, struct us_rendered *r)
{
	struct patch p = { .r = r,
		           .root = us_doc_root(&q->doc),
		           .other = is_other(q, &r->to),
		           .edit = us_edit(&r->body, q->body) };
	bool named = p.other && r->to.model_name.n && !q->dialect->model_in_url;

	if (named && us_val_is(us_val_get(p.root, "model"), US_J_NONE))
		add_model(&p);
	for (struct us_iter it = us_iter(p.root); us_iter_next(&it);) {
		if (q->dialect->patch_member && q->dialect->patch_member(r, &p.edit, &it))
			continue;
		if (named && us_val_str_is(it.key, "model") &&
		    !us_val_str_is(it.val, r->to.model_name.p))
			us_edit_replace(&p.edit, it.val, r->to.model_name);
		else
			change(&p, q, &it);
	}
	us_edit_copy_to(&p.edit, q->body.p + q->body.n);
	return r->body.err ? r->body.err : r->arena.err;
}

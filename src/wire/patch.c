/* patch.c - a request for another server of the same dialect, changed as little as can be
 *
 * One walk over the top level of the source in its own order: bytes up to a change are copied, the
 * change is written, the walk goes on behind it. Nothing is decoded and printed again, so numbers,
 * escapes, blanks and members nobody here has heard of arrive as they left.
 *
 * What a model refuses is taken out only when the model is another than the program asked for: its
 * own model it knows better than our table does. Where that would not do, because one member hangs
 * together with others, us_patch_fits says so, and the request is written anew.
 */
#include "wire/patch.h"

#include "wire/models.h"
#include "wire/print.h"

struct patch {
	struct us_rendered *r;
	struct us_val root;
	const char *at; /* what lies before is in r->body */
};

static bool is_compatible(const struct us_req *r, const struct us_for *to)
{
	return to->compatible;
}

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
	return !to->compatible && to->model->thinking == US_THINKING_EFFORT;
}

static bool never_reasons(const struct us_req *r, const struct us_for *to)
{
	return !to->compatible && to->model->thinking == US_THINKING_NONE;
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
	{ "openai", "max_completion_tokens", is_compatible, "max_tokens", US_EXACT, NULL },
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
	{ "anthropic", "thinking", thinks_otherwise, NULL, US_EXACT, NULL },
	{ "anthropic", "output_config", answers_otherwise, NULL, US_EXACT, NULL },
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

static bool is_other(const struct us_request *q, const struct us_for *to)
{
	return !us_span_eq(q->req.model, to->model_name);
}

bool us_patch_fits(const struct us_request *q, const struct us_for *to)
{
	for (struct us_iter it = us_iter(us_doc_root(&q->doc)); us_iter_next(&it);) {
		const struct rule *u = find_rule(q, to, it.key);

		if (u && !u->becomes && !u->code)
			return !is_other(q, to);
	}
	return true;
}

/* The source's own bytes, up to where something changes. */
static void copy_to(struct patch *p, const char *end)
{
	us_buf_add(&p->r->body, p->at, (size_t)(end - p->at));
	p->at = end;
}

/* Writes a string where the source has `old`. */
static void replace(struct patch *p, struct us_val old, struct us_span text)
{
	struct us_print print = us_print(&p->r->body);
	struct us_span raw = us_val_raw(old);

	copy_to(p, raw.p);
	us_print_str(&print, text);
	p->at = raw.p + raw.n;
}

/* More than a model can write is refused; a compatible server has limits of its own. */
static void clamp(struct patch *p, const struct us_iter *member)
{
	uint64_t most = p->r->to.compatible ? 0 : p->r->to.model->max_out, n;
	bool is_max = us_val_str_is(member->key, "max_tokens") ||
	              us_val_str_is(member->key, "max_completion_tokens") ||
	              us_val_str_is(member->key, "max_output_tokens");
	struct us_span raw = us_val_raw(member->val);
	struct us_print print;

	if (!is_max || !most || !us_val_u64(member->val, &n) || n <= most)
		return;
	copy_to(p, raw.p);
	print = us_print(&p->r->body);
	us_print_u64(&print, most);
	p->at = raw.p + raw.n;
	us_diag(&p->r->diags, US_DEGRADED, "MAX_TOKENS_CLAMPED", US_SPAN("max_tokens"));
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* What begins with `key` and ends with `val` goes, a member or an element: with the comma behind
 * it, or, when it is the last, the one before it. */
static void drop(struct patch *p, struct us_val key, struct us_val val)
{
	struct us_buf *out = &p->r->body;
	struct us_span raw = us_val_raw(val);
	const char *next = raw.p + raw.n;

	copy_to(p, us_val_raw(key).p);
	p->at = next;
	while (is_blank(*next))
		next++;
	if (*next == ',') {
		p->at = next + 1;
		return;
	}
	while (out->n && is_blank(out->p[out->n - 1]))
		out->n--;
	if (out->n && out->p[out->n - 1] == ',')
		out->n--;
}

/* Compatible servers know the system role only. */
static void name_roles(struct patch *p, struct us_val messages)
{
	for (struct us_iter it = us_iter(messages); us_iter_next(&it);) {
		struct us_val role = us_val_get(it.val, "role");

		if (us_val_str_is(role, "developer"))
			replace(p, role, US_SPAN("system"));
	}
}

/* What a provider gave an id to it may look up by it; another would, too, and not find it. Its
 * thoughts are sealed for itself. A hosted tool's work is refused without its id: that stays. */
static void forget(struct patch *p, struct us_val item)
{
	static const char *const types[] = { "message", "function_call", "function_call_output",
		                             "custom_tool_call", "custom_tool_call_output" };
	struct us_val type = us_val_get(item, "type");

	if (us_val_str_is(type, "reasoning")) {
		us_diag(&p->r->diags, US_DEGRADED, "THINKING_DROPPED", US_SPAN("input"));
		drop(p, item, item);
		return;
	}
	for (size_t i = 0; i < US_COUNT(types); i++)
		if (us_val_str_is(type, types[i]))
			for (struct us_iter it = us_iter(item); us_iter_next(&it);)
				if (us_val_str_is(it.key, "id"))
					drop(p, it.key, it.val);
}

static void forget_items(struct patch *p, struct us_val input)
{
	if (us_val_is(input, US_J_ARRAY))
		for (struct us_iter it = us_iter(input); us_iter_next(&it);)
			forget(p, it.val);
}

static bool always(const struct us_req *r, const struct us_for *to) { return true; }

/* What is changed within a conversation. */
static const struct edit {
	const char *dialect, *member;
	bool (*applies)(const struct us_req *r, const struct us_for *to);
	void (*edit)(struct patch *p, struct us_val v);
} edits[] = {
	{ "openai", "messages", is_compatible, name_roles },
	{ "responses", "input", always, forget_items },
};

static const struct edit *find_edit(const struct us_request *q, const struct us_for *to,
                                    struct us_val key)
{
	for (size_t i = 0; i < US_COUNT(edits); i++)
		if (strcmp(edits[i].dialect, q->dialect->name) == 0 &&
		    us_val_str_is(key, edits[i].member) && edits[i].applies(&q->req, to))
			return &edits[i];
	return NULL;
}

/* Where the server gets both names, the program has made its own choice. */
static void apply(struct patch *p, const struct rule *u, const struct us_iter *member)
{
	if (!u->becomes) {
		if (us_val_given(member->val))
			us_diag(&p->r->diags, u->loss, u->code, us_span_of(u->member));
		drop(p, member->key, member->val);
	} else if (!us_val_given(us_val_get(p->root, u->becomes))) {
		replace(p, member->key, us_span_of(u->becomes));
	}
}

/* A body without a model (its URL had it) gets one at its front. */
static void add_model(struct patch *p)
{
	struct us_print print = us_print(&p->r->body);

	copy_to(p, us_val_raw(p->root).p + 1);
	us_print_member(&print, "model", p->r->to.model_name);
	if (us_val_count(p->root))
		us_buf_add_char(&p->r->body, ',');
}

/* What becomes of a member, the model's name and the messages aside. */
static void change(struct patch *p, const struct us_request *q, const struct us_iter *member)
{
	const struct rule *u = find_rule(q, &p->r->to, member->key);
	bool other = is_other(q, &p->r->to);

	if (u && (other || p->r->to.compatible))
		apply(p, u, member);
	if (other && (!u || u->becomes))
		clamp(p, member);
}

int us_patch(const struct us_request *q, struct us_rendered *r)
{
	struct patch p = { .r = r, .root = us_doc_root(&q->doc), .at = q->body.p };
	bool other = is_other(q, &r->to);

	if (other && us_val_is(us_val_get(p.root, "model"), US_J_NONE))
		add_model(&p);
	for (struct us_iter it = us_iter(p.root); us_iter_next(&it);) {
		const struct edit *e = find_edit(q, &r->to, it.key);

		if (us_val_str_is(it.key, "model") && other)
			replace(&p, it.val, r->to.model_name);
		else if (e)
			e->edit(&p, it.val);
		else
			change(&p, q, &it);
	}
	copy_to(&p, q->body.p + q->body.n);
	return r->body.err ? r->body.err : r->arena.err;
}

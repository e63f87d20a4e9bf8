/* mock_anthropic_check.c - Anthropic's rules about single parameters
 *
 * What a parameter may be depends on the model more than with any other provider, so the models are
 * a table. An unknown claude-* is taken for a new one.
 */
#include "cli/mock_anthropic.h"

static const struct us_mock_word troubles[] = {
#define TROUBLE(status, type, code, text) { status, type, code, text },
#include "cli/mock_anthropic_words.def"
};

const struct us_mock_wording us_mock_anthropic_wording = {
	.wrongs = {
#define WRONG(id, code, text) [US_MOCK_##id] = { 400, "invalid_request_error", code, text },
#include "cli/mock_anthropic_words.def"
	},
	.nos = {
#define NO(id, status, type, code, text) [US_MOCK_##id] = { status, type, code, text },
#include "cli/mock_anthropic_words.def"
	},
	.troubles = troubles,
	.trouble_count = US_COUNT(troubles),
	.kinds = { "null", "boolean", "integer", "number", "string", "list", "dictionary" },
	.last_word = " or ",
};

/* The first row with a name in the model's name. */
static const struct us_mock_claude claudes[] = {
	{ .names = "fable-|mythos-",
	  .thinking = "adaptive",
	  .efforts = "low|medium|high|xhigh|max",
	  .max_tokens = 128000,
	  .no_sampling = true,
	  .formats = true,
	  .system_in_between = true },
	{ .names = "opus-4-7",
	  .thinking = "adaptive|disabled",
	  .efforts = "low|medium|high|xhigh|max",
	  .max_tokens = 128000,
	  .no_sampling = true,
	  .formats = true },
	{ .names = "opus-4-6|sonnet-4-6",
	  .thinking = "enabled|adaptive|disabled",
	  .efforts = "low|medium|high|max",
	  .max_tokens = 128000,
	  .formats = true },
	{ .names = "opus-4-5",
	  .thinking = "enabled|disabled",
	  .efforts = "low|medium|high",
	  .max_tokens = 64000,
	  .prefill = true,
	  .formats = true },
	{ .names = "sonnet-4-5|haiku-4-5",
	  .thinking = "enabled|disabled",
	  .max_tokens = 64000,
	  .prefill = true,
	  .formats = true },
	{ .names = "opus-4-8",
	  .thinking = "adaptive|disabled",
	  .efforts = "low|medium|high|xhigh|max",
	  .max_tokens = 128000,
	  .no_sampling = true,
	  .formats = true,
	  .system_in_between = true },
	{ .names = "opus-4", .thinking = "enabled|disabled", .max_tokens = 32000, .prefill = true },
	{ .names = "sonnet-4",
	  .thinking = "enabled|disabled",
	  .max_tokens = 64000,
	  .prefill = true },
	{ .names = "claude-3-7",
	  .thinking = "enabled|disabled",
	  .max_tokens = 64000,
	  .both_samplings = true,
	  .prefill = true },
	{ .names = "claude-3-5",
	  .thinking = "disabled",
	  .max_tokens = 8192,
	  .both_samplings = true,
	  .prefill = true },
	{ .names = "claude-3|claude-2|claude-instant",
	  .thinking = "disabled",
	  .max_tokens = 4096,
	  .both_samplings = true,
	  .prefill = true },
	{ .names = "claude-",
	  .thinking = "adaptive|disabled|between_tools",
	  .efforts = "low|medium|high|xhigh|max",
	  .max_tokens = 128000,
	  .no_sampling = true,
	  .formats = true,
	  .system_in_between = true },
	{ .names = "",
	  .thinking = "enabled|adaptive|disabled|between_tools",
	  .efforts = "low|medium|high|xhigh|max",
	  .both_samplings = true,
	  .prefill = true,
	  .formats = true,
	  .system_in_between = true },
};

const struct us_mock_claude *us_mock_claude(struct us_span model)
{
	const struct us_mock_claude *last = &claudes[US_COUNT(claudes) - 1];

	for (const struct us_mock_claude *row = claudes; row < last; row++) {
		struct us_span rest = us_span_of(row->names), name;

		while (us_span_next(&rest, '|', &name))
			if (model.n && memmem(model.p, model.n, name.p, name.n))
				return row;
	}
	return last;
}

static int refuse(struct us_mock_check *c, struct us_span message)
{
	return us_mock_check_refuse(c, NULL, NULL, message);
}

static const struct us_mock_claude *model_of(const struct us_mock_json *q)
{
	return us_mock_claude(us_mock_json_text(us_mock_json_get(q, "model")));
}

/* The limit of the model, and room for more than thoughts. */
static int max_tokens(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *max = us_mock_json_get(q, "max_tokens");
	const struct us_mock_json *budget = us_mock_json_at(q, "thinking.budget_tokens");
	struct us_span model = us_mock_json_text(us_mock_json_get(q, "model"));
	long long limit = us_mock_claude(model)->max_tokens;

	if (limit && max->number > (double)limit)
		return refuse(c, us_arena_printf(c->arena,
		                                 "max_tokens: %.*s > %lld, which is the maximum "
		                                 "allowed number of output tokens for %.*s",
		                                 (int)max->text.n, max->text.p, limit, (int)model.n,
		                                 model.p));
	if (budget && budget->number >= max->number)
		return refuse(
			c, US_SPAN("`max_tokens` must be greater than `thinking.budget_tokens`."));
	return 0;
}

/* From 4.7 on there is none; before that, from 4 on, one parameter at a time. */
static int sampling(struct us_mock_check *c, const struct us_mock_json *q)
{
	static const char *const members[] = { "temperature", "top_p", "top_k" };
	const struct us_mock_claude *model = model_of(q);

	for (size_t i = 0; model->no_sampling && i < US_COUNT(members); i++)
		if (us_mock_json_get(q, members[i]))
			return refuse(c, us_arena_printf(c->arena,
			                                 "`%s` is deprecated for this model.",
			                                 members[i]));
	if (!model->both_samplings && us_mock_json_get(q, "temperature") &&
	    us_mock_json_get(q, "top_p"))
		return refuse(c,
		              US_SPAN("`temperature` and `top_p` cannot both be specified for this "
		                      "model. Please use only one."));
	return 0;
}

/* What manual thinking forbids. */
static int thinking_enabled(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *temperature = us_mock_json_get(q, "temperature");
	const struct us_mock_json *top_p = us_mock_json_get(q, "top_p");
	const struct us_mock_json *choice = us_mock_json_at(q, "tool_choice.type");

	if (us_mock_json_is(choice, "any") || us_mock_json_is(choice, "tool"))
		return refuse(c, US_SPAN("Thinking may not be enabled when tool_choice forces tool "
		                         "use."));
	if (temperature && (temperature->number < 1 || temperature->number > 1))
		return refuse(
			c, US_SPAN("`temperature` may only be set to 1 when thinking is enabled."));
	if (top_p && top_p->number < 0.95)
		return refuse(c,
		              US_SPAN("`top_p` must be greater than or equal to 0.95 or unset when "
		                      "thinking is enabled."));
	if (us_mock_json_get(q, "top_k"))
		return refuse(c, US_SPAN("`top_k` must be unset when thinking is enabled."));
	return 0;
}

/* Which kind of thinking the model has. */
static int thinking(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *type = us_mock_json_at(q, "thinking.type");
	struct us_span t = us_mock_json_text(type);

	if (!type)
		return 0;
	if (us_span_is(t, "enabled") && us_mock_among(model_of(q)->thinking, US_SPAN("adaptive")) &&
	    !us_mock_among(model_of(q)->thinking, t))
		return refuse(c,
		              US_SPAN("\"thinking.type.enabled\" is not supported for this model. "
		                      "Use \"thinking.type.adaptive\" and \"output_config.effort\" "
		                      "to control thinking behavior."));
	if (!us_mock_among(model_of(q)->thinking, t))
		return refuse(c, us_arena_printf(c->arena,
		                                 "%.*s thinking is not supported on this model",
		                                 (int)t.n, t.p));
	return us_span_is(t, "enabled") ? thinking_enabled(c, q) : 0;
}

/* Effort and structured output, where the model has them. */
static int output(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *effort = us_mock_json_at(q, "output_config.effort");
	const struct us_mock_claude *model = model_of(q);

	if (effort && !model->efforts)
		return refuse(c, US_SPAN("This model does not support the effort parameter."));
	if (effort && !us_mock_among(model->efforts, effort->text))
		return refuse(c, us_arena_printf(c->arena,
		                                 "output_config.effort: '%.*s' is not supported by "
		                                 "this model",
		                                 (int)effort->text.n, effort->text.p));
	if (us_mock_json_at(q, "output_config.format") && !model->formats)
		return refuse(c,
		              US_SPAN("output_config.format: structured outputs are not supported "
		                      "by this model"));
	return 0;
}

static int stops(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *list = us_mock_json_get(q, "stop_sequences");

	for (const struct us_mock_json *s = list ? list->first : NULL; s; s = s->next)
		if (!us_span_trim(s->text).n)
			return refuse(c, US_SPAN("stop_sequences: each stop sequence must contain "
			                         "non-whitespace"));
	return 0;
}

/* The header that says which members there are. */
static int version(struct us_mock_check *c, const struct us_mock_http *http,
                   const struct us_mock_json *q)
{
	static const char *const gone[] = { "temperature", "top_p", "top_k" };
	struct us_span v = us_mock_http_header(http, "anthropic-version");

	if (!v.p)
		return refuse(c, US_SPAN("anthropic-version: header is required"));
	if (!us_mock_among("2023-01-01|2023-06-01|2026-10-21", v))
		return refuse(c,
		              us_arena_printf(c->arena,
		                              "anthropic-version: \"%.*s\" is not a valid version",
		                              (int)v.n, v.p));
	for (size_t i = 0; us_span_is(v, "2026-10-21") && i < US_COUNT(gone); i++)
		if (us_mock_json_get(q, gone[i]))
			return refuse(c, us_arena_printf(c->arena,
			                                 "%s: Extra inputs are not permitted",
			                                 gone[i]));
	return 0;
}

int us_mock_anthropic_check(struct us_mock_check *c, const struct us_mock_http *http,
                            const struct us_mock_json *q, bool lone_surrogate)
{
	static int (*const rules[])(struct us_mock_check *, const struct us_mock_json *) = {
		max_tokens,
		sampling,
		thinking,
		output,
		stops,
		us_mock_anthropic_check_turns,
		us_mock_anthropic_check_blocks,
		us_mock_anthropic_check_tools,
	};
	int rc;

	if (lone_surrogate)
		return refuse(c, US_SPAN("The request body is not valid JSON: no low surrogate in "
		                         "string"));
	/* A beta brings members of its own, which nobody can list. */
	c->lax = us_mock_http_header(http, "anthropic-beta").p != NULL;
	rc = version(c, http, q);
	if (!rc)
		rc = us_mock_check_object(c, NULL, q, &us_mock_anthropic_request);
	for (size_t i = 0; !rc && i < US_COUNT(rules); i++)
		rc = rules[i](c, q);
	return rc;
}

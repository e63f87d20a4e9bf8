/* mock_responses_check.c - OpenAI's rules about single parameters of a Responses request */
#include "cli/mock_openai.h"
#include "cli/mock_responses.h"

static int unsupported(struct us_mock_check *c, const char *member)
{
	return us_mock_check_refuse(
		c, "unsupported_parameter", member,
		us_arena_printf(c->arena,
	                        "Unsupported parameter: '%s' is not supported with this model.",
	                        member));
}

/* Does it reason now? The later ones of the fifth generation only do when they are asked to. */
static bool reasons_now(const struct us_mock_json *q, struct us_span model)
{
	const struct us_mock_json *effort = us_mock_json_at(q, "reasoning.effort");

	if (us_span_starts(model, "gpt-5.") && (!effort || us_mock_json_is(effort, "none")))
		return false;
	return us_mock_openai_reasons(model);
}

/* Sampling is what models that reason do by themselves; an effort is for them alone. */
static int models(struct us_mock_check *c, const struct us_mock_json *q)
{
	static const char *const sampling[] = { "temperature", "top_p", "top_logprobs" };
	struct us_span model = us_mock_json_text(us_mock_json_get(q, "model"));
	bool reasons = reasons_now(q, model);

	if (!reasons && (us_span_starts(model, "gpt-3") || us_span_starts(model, "gpt-4")) &&
	    us_mock_json_at(q, "reasoning.effort"))
		return unsupported(c, "reasoning.effort");
	for (size_t i = 0; reasons && i < US_COUNT(sampling); i++) {
		const struct us_mock_json *v = us_mock_json_get(q, sampling[i]);
		double neutral = us_span_is(us_span_of(sampling[i]), "top_logprobs") ? 0 : 1;

		if (v && (v->number < neutral || v->number > neutral))
			return unsupported(c, sampling[i]);
	}
	return 0;
}

/* This one keeps no answers. */
static int state(struct us_mock_check *c, const struct us_mock_json *q)
{
	struct us_span id = us_mock_json_text(us_mock_json_get(q, "previous_response_id"));

	if (id.n)
		return us_mock_check_refuse(
			c, "previous_response_not_found", "previous_response_id",
			us_arena_printf(c->arena, "Previous response with id '%.*s' not found.",
		                        (int)id.n, id.p));
	return 0;
}

/* A prompt that is kept may hold both. */
static int required(struct us_mock_check *c, const struct us_mock_json *q)
{
	static const char *const members[] = { "model", "input" };

	for (size_t i = 0; !us_mock_json_get(q, "prompt") && i < US_COUNT(members); i++)
		if (!us_mock_json_get(q, members[i]))
			return us_mock_check_refuse(c, "missing_required_parameter", members[i],
			                            us_arena_printf(c->arena,
			                                            "Missing required parameter: "
			                                            "'%s'.",
			                                            members[i]));
	return 0;
}

static bool declared(const struct us_mock_json *q, struct us_span name)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");

	for (const struct us_mock_json *t = tools ? tools->first : NULL; t; t = t->next)
		if (us_span_eq(us_mock_json_text(us_mock_json_get(t, "name")), name))
			return true;
	return false;
}

/* A tool can only be chosen, or allowed, if it is there. */
static int choice(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *choice = us_mock_json_get(q, "tool_choice");
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *list = us_mock_json_get(choice, "tools");
	struct us_span type = us_mock_json_text(us_mock_json_get(choice, "type"));
	struct us_span name = us_mock_json_text(us_mock_json_get(choice, "name"));

	if (us_mock_json_is(choice, "required") && !(tools && tools->count))
		return us_mock_check_refuse(c, NULL, "tool_choice",
		                            US_SPAN("Tool choice 'required' must be specified with "
		                                    "'tools' parameter."));
	if (name.n && !us_span_is(type, "mcp") && !declared(q, name))
		return us_mock_openai_unknown_choice(c, name);
	for (const struct us_mock_json *t = list ? list->first : NULL; t; t = t->next) {
		name = us_mock_json_text(us_mock_json_get(t, "name"));
		if (name.n && !declared(q, name))
			return us_mock_openai_unknown_choice(c, name);
	}
	return 0;
}

static int schemas(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *format = us_mock_json_at(q, "text.format");
	size_t i = 0;
	int rc = 0;

	for (const struct us_mock_json *t = tools ? tools->first : NULL; !rc && t;
	     t = t->next, i++) {
		struct us_span param = us_arena_printf(c->arena, "tools[%zu].parameters", i);

		if (us_mock_json_is(us_mock_json_get(t, "type"), "function"))
			rc = us_mock_openai_check_schema(c, t, "parameters", "function",
			                                 "invalid_function_parameters", param.p);
	}
	if (!rc && us_mock_json_get(format, "schema"))
		rc = us_mock_openai_check_schema(c, format, "schema", "response_format",
		                                 "invalid_json_schema", "text.format.schema");
	return rc;
}

/* json_object is only allowed if somebody says so. */
static int says_json(struct us_mock_check *c, const struct us_mock_json *q)
{
	static const char *const places[] = { "input", "instructions" };

	if (!us_mock_json_is(us_mock_json_at(q, "text.format.type"), "json_object"))
		return 0;
	for (size_t i = 0; i < US_COUNT(places); i++) {
		const struct us_mock_json *v = us_mock_json_get(q, places[i]);

		if (v && us_span_has_nocase(v->text, "json"))
			return 0;
	}
	return us_mock_check_refuse(
		c, NULL, "input",
		US_SPAN("Response input messages must contain the word 'json' in some form to use "
	                "'text.format' of type 'json_object'."));
}

/* Here a member that is not known is told by its place even at the top. */
int us_mock_responses_check(struct us_mock_check *c, const struct us_mock_http *http,
                            const struct us_mock_json *q, bool lone_surrogate)
{
	static int (*const rules[])(struct us_mock_check *, const struct us_mock_json *) = {
		required, models, state, us_mock_responses_check_items, choice, schemas, says_json,
	};
	static const struct us_mock_path top = { .is_tag = true };
	int rc = us_mock_check_object(c, &top, q, &us_mock_responses_request);

	for (size_t i = 0; !rc && i < US_COUNT(rules); i++)
		rc = rules[i](c, q);
	return rc;
}

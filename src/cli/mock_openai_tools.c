/* mock_openai_tools.c - what OpenAI demands of tools, of the choice among them, and of schemas
 *
 * A schema is refused with the place in it, written as the Python tuple that a validator on the
 * other side prints.
 */
#include "cli/mock_openai.h"
#include "cli/mock_schema.h"

/* Python's tuple: (), ('a',), ('a', 'b'). */
static void put_context(struct us_buf *b, const struct us_mock_path *at)
{
	if (!at)
		return;
	put_context(b, at->up);
	us_buf_add_str(b, at->up ? ", " : "");
	if (at->name.p)
		us_buf_addf(b, "'%.*s'", (int)at->name.n, at->name.p);
	else
		us_buf_addf(b, "'%zu'", at->index);
}

/* "In context=(...), WHAT." or "... WHAT 'WHICH'." */
static struct us_span flaw(const struct us_mock_path *at, struct us_arena *arena, const char *what,
                           struct us_span which)
{
	struct us_buf b;

	us_buf_init(&b, (size_t)1 << 20);
	us_buf_add_str(&b, "In context=(");
	put_context(&b, at);
	us_buf_add_str(&b, at && !at->up ? ",), " : "), ");
	if (which.p)
		us_buf_addf(&b, "%s '%.*s'.", what, (int)which.n, which.p);
	else
		us_buf_addf(&b, "%s.", what);
	return us_mock_keep(arena, &b);
}

/* Is the name among the strings of the list? */
static bool lists(const struct us_mock_json *list, struct us_span name)
{
	for (const struct us_mock_json *e = list ? list->first : NULL; e; e = e->next)
		if (us_span_eq(e->text, name))
			return true;
	return false;
}

/* Structured output wants every object closed and every member required. */
static struct us_span look_strict(const struct us_mock_json *schema, const struct us_mock_path *at,
                                  struct us_arena *arena)
{
	const struct us_mock_json *properties = us_mock_json_get(schema, "properties");
	const struct us_mock_json *required = us_mock_json_get(schema, "required");
	const struct us_mock_json *more = us_mock_json_get(schema, "additionalProperties");
	struct us_span word = us_mock_schema_keyword(
		schema, "oneOf|allOf|not|if|then|else|dependentRequired|dependentSchemas|"
			"patternProperties|unevaluatedProperties");

	if (word.p)
		return flaw(
			at, arena,
			us_arena_printf(arena, "'%.*s' is not permitted", (int)word.n, word.p).p,
			us_span(NULL, 0));
	if (!us_mock_schema_keyword(schema, "type|$ref|anyOf|enum|const").p)
		return flaw(at, arena, "schema must have a 'type' key", us_span(NULL, 0));
	if (!us_mock_schema_is(schema, "object"))
		return us_span(NULL, 0);
	if (!more || more->kind != US_MOCK_BOOL || us_mock_json_true(more))
		return flaw(at, arena,
		            "'additionalProperties' is required to be supplied and to be false",
		            us_span(NULL, 0));
	for (const struct us_mock_json *p = properties ? properties->first : NULL; p; p = p->next)
		if (!lists(required, p->key))
			return flaw(at, arena,
			            "'required' is required to be supplied and to be an array "
			            "including every key in properties. Missing",
			            p->key);
	return us_span(NULL, 0);
}

/* What every schema has to obey, and what a strict one has to. */
static struct us_span look(const struct us_mock_json *schema, const struct us_mock_path *at,
                           bool strict, struct us_arena *arena)
{
	if (!at && us_mock_schema_is(schema, "object") && !us_mock_json_get(schema, "properties"))
		return flaw(at, arena, "object schema missing properties", us_span(NULL, 0));
	if (us_mock_schema_is(schema, "array") &&
	    !us_mock_schema_keyword(schema, "items|prefixItems").p)
		return flaw(at, arena, "array schema missing items", us_span(NULL, 0));
	return strict ? look_strict(schema, at, arena) : us_span(NULL, 0);
}

/* What is wrong with the schema of a function's arguments, or of an answer. */
static struct us_span schema_flaw(const struct us_mock_json *schema, bool strict,
                                  struct us_arena *arena)
{
	if (!us_mock_schema_is(schema, "object")) {
		struct us_span type = us_mock_json_text(us_mock_json_get(schema, "type"));

		return us_arena_printf(arena,
		                       "schema must be a JSON Schema of 'type: \"object\"', got "
		                       "'type: \"%.*s\"'.",
		                       type.n ? (int)type.n : 4, type.n ? type.p : "None");
	}
	if (us_mock_schema_keyword(schema, "oneOf|anyOf|allOf|enum|not").p)
		return US_SPAN("schema must have type 'object' and not have 'oneOf'/'anyOf'/"
		               "'allOf'/'enum'/'not' at the top level.");
	return us_mock_schema_walk(schema, look, strict, arena);
}

int us_mock_openai_check_schema(struct us_mock_check *c, const struct us_mock_json *holder,
                                const char *member, const char *what, const char *code,
                                const char *param)
{
	const struct us_mock_json *schema = us_mock_json_get(holder, member);
	struct us_span name = us_mock_json_text(us_mock_json_get(holder, "name"));
	bool strict = us_mock_json_true(us_mock_json_get(holder, "strict"));
	struct us_span wrong = schema ? schema_flaw(schema, strict, c->arena) : us_span(NULL, 0);

	if (!wrong.p)
		return 0;
	return us_mock_check_refuse(c, code, param,
	                            us_arena_printf(c->arena, "Invalid schema for %s '%.*s': %.*s",
	                                            what, (int)name.n, name.p, (int)wrong.n,
	                                            wrong.p));
}

/* Those of all tools, then that of the answer. */
static int schemas_fit(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *format = us_mock_json_at(q, "response_format.json_schema");
	size_t i = 0;
	int rc = 0;

	for (const struct us_mock_json *t = tools ? tools->first : NULL; !rc && t;
	     t = t->next, i++) {
		struct us_span param =
			us_arena_printf(c->arena, "tools[%zu].function.parameters", i);

		rc = us_mock_openai_check_schema(c, us_mock_json_get(t, "function"), "parameters",
		                                 "function", "invalid_function_parameters",
		                                 param.p);
	}
	if (!rc && format && us_mock_json_get(format, "schema"))
		rc = us_mock_openai_check_schema(c, format, "schema", "response_format", NULL,
		                                 "response_format");
	return rc;
}

/* Parameters about tools are refused without tools, even if they say "none". */
static int only_with_tools(struct us_mock_check *c, const struct us_mock_json *q)
{
	static const char *const members[] = { "tool_choice", "parallel_tool_calls" };

	for (size_t i = 0; !us_mock_json_get(q, "tools") && i < US_COUNT(members); i++)
		if (us_mock_json_get(q, members[i]))
			return us_mock_check_refuse(
				c, NULL, members[i],
				us_arena_printf(c->arena,
			                        "Invalid value for '%s': '%s' is only allowed "
			                        "when 'tools' are specified.",
			                        members[i], members[i]));
	if (us_mock_json_get(q, "function_call") && !us_mock_json_get(q, "functions"))
		return us_mock_check_refuse(c, NULL, "function_call",
		                            US_SPAN("Invalid value for 'function_call': "
		                                    "'function_call' is only allowed when "
		                                    "'functions' are specified."));
	return 0;
}

/* The name of a tool, or of one referred to, whatever its type. */
static struct us_span tool_name(const struct us_mock_json *t)
{
	const struct us_mock_json *name = us_mock_json_at(t, "function.name");

	return us_mock_json_text(name ? name : us_mock_json_at(t, "custom.name"));
}

static bool declared(const struct us_mock_json *q, struct us_span name)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");

	for (const struct us_mock_json *t = tools ? tools->first : NULL; t; t = t->next)
		if (us_span_eq(tool_name(t), name))
			return true;
	return false;
}

int us_mock_openai_unknown_choice(struct us_mock_check *c, struct us_span name)
{
	return us_mock_check_refuse(
		c, NULL, "tool_choice",
		us_arena_printf(c->arena, "Tool choice '%.*s' not found in 'tools' parameter.",
	                        (int)name.n, name.p));
}

/* A tool can only be chosen, or allowed, if it is there. */
static int choice_is_declared(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *choice = us_mock_json_get(q, "tool_choice");
	const struct us_mock_json *list = us_mock_json_at(choice, "allowed_tools.tools");
	struct us_span name = tool_name(choice);

	if (name.p && name.n && !declared(q, name))
		return us_mock_openai_unknown_choice(c, name);
	for (const struct us_mock_json *t = list ? list->first : NULL; t; t = t->next)
		if (!declared(q, tool_name(t)))
			return us_mock_openai_unknown_choice(c, tool_name(t));
	return 0;
}

int us_mock_openai_check_tools(struct us_mock_check *c, const struct us_mock_json *q)
{
	int rc = only_with_tools(c, q);

	if (!rc)
		rc = choice_is_declared(c, q);
	return rc ? rc : schemas_fit(c, q);
}

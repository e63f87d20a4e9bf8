/* mock_anthropic_blocks.c - what Anthropic demands of single blocks, of tools and of schemas
 *
 * Everything here is known to have cost somebody a 400: empty text that other providers take,
 * thoughts of another model, a fifth cache mark, a schema without additionalProperties.
 */
#include "cli/mock_anthropic.h"
#include "cli/mock_schema.h"

#define CACHES_MAX 4

static int refuse(struct us_mock_check *c, struct us_span message)
{
	return us_mock_check_refuse(c, NULL, NULL, message);
}

static bool is(const struct us_mock_json *block, const char *type)
{
	return us_mock_json_is(us_mock_json_get(block, "type"), type);
}

/* Empty and blank text are refused in two different sentences. */
static int text(struct us_mock_check *c, const char *where, struct us_span s)
{
	if (!s.n)
		return refuse(c,
		              us_arena_printf(c->arena, "%s: text content blocks must be non-empty",
		                              where));
	if (!us_span_trim(s).n)
		return refuse(c, us_arena_printf(c->arena,
		                                 "%s: text content blocks must contain "
		                                 "non-whitespace text",
		                                 where));
	return 0;
}

/* A content: a string, or a list of blocks that may hold a content again. */
static int content(struct us_mock_check *c, const char *where, const struct us_mock_json *v)
{
	int rc = 0;

	if (v && v->kind == US_MOCK_STR && v->text.n)
		return text(c, where, v->text);
	if (!v || v->kind != US_MOCK_ARR)
		return 0;
	for (const struct us_mock_json *b = v->first; !rc && b; b = b->next) {
		const struct us_mock_json *inner = us_mock_json_get(b, "content");

		if (is(b, "text"))
			rc = text(c, where, us_mock_json_text(us_mock_json_get(b, "text")));
		for (const struct us_mock_json *i =
		             inner && inner->kind == US_MOCK_ARR ? inner->first : NULL;
		     !rc && i; i = i->next)
			if (is(i, "text"))
				rc = text(c, where, us_mock_json_text(us_mock_json_get(i, "text")));
	}
	return rc;
}

/* The system prompt and every message. */
static int all_text(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *m = us_mock_json_get(q, "messages")->first;
	int rc = content(c, "system", us_mock_json_get(q, "system"));

	for (; !rc && m; m = m->next)
		rc = content(c, "messages", us_mock_json_get(m, "content"));
	return rc;
}

/* Marks in a list of blocks or tools, and in the blocks inside. */
static size_t caches_in(const struct us_mock_json *list)
{
	size_t n = 0;

	if (!list || list->kind != US_MOCK_ARR)
		return 0;
	for (const struct us_mock_json *b = list->first; b; b = b->next) {
		const struct us_mock_json *inner = us_mock_json_get(b, "content");

		n += us_mock_json_get(b, "cache_control") != NULL;
		for (const struct us_mock_json *i =
		             inner && inner->kind == US_MOCK_ARR ? inner->first : NULL;
		     i; i = i->next)
			n += us_mock_json_get(i, "cache_control") != NULL;
	}
	return n;
}

static int caches(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *m = us_mock_json_get(q, "messages")->first;
	size_t n = caches_in(us_mock_json_get(q, "system")) +
	           caches_in(us_mock_json_get(q, "tools")) +
	           (us_mock_json_get(q, "cache_control") != NULL);

	for (; m; m = m->next)
		n += caches_in(us_mock_json_get(m, "content"));
	if (n <= CACHES_MAX)
		return 0;
	return refuse(c, us_arena_printf(c->arena,
	                                 "A maximum of %d blocks with cache_control may be "
	                                 "provided. Found %zu.",
	                                 CACHES_MAX, n));
}

/* A thought is only taken back by who had it. */
static int signatures(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *m = us_mock_json_get(q, "messages")->first;

	for (size_t at = 0; m; m = m->next, at++) {
		const struct us_mock_json *list = us_mock_json_get(m, "content");
		const struct us_mock_json *b = list->kind == US_MOCK_ARR ? list->first : NULL;

		for (size_t i = 0; b; b = b->next, i++)
			if (is(b, "thinking") &&
			    !us_mock_json_is(us_mock_json_get(b, "signature"), US_MOCK_SIGNATURE))
				return refuse(c, us_arena_printf(c->arena,
				                                 "messages.%zu.content.%zu: "
				                                 "Invalid `signature` in "
				                                 "`thinking` block",
				                                 at, i));
	}
	return 0;
}

/* An answer that is begun by the request. */
static int prefill(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *m = us_mock_json_get(q, "messages")->first;
	const struct us_mock_json *last;
	struct us_span said;

	while (m->next)
		m = m->next;
	if (!us_mock_json_is(us_mock_json_get(m, "role"), "assistant"))
		return 0;
	if (!us_mock_claude(us_mock_json_text(us_mock_json_get(q, "model")))->prefill)
		return refuse(c,
		              US_SPAN("This model does not support assistant message prefill. The "
		                      "conversation must end with a user message."));
	last = us_mock_json_get(m, "content");
	if (last->kind == US_MOCK_ARR) {
		last = last->first;
		while (last && last->next)
			last = last->next;
		last = us_mock_json_get(last, "text");
	}
	said = us_mock_json_text(last);
	if (said.n && strchr(" \n\t\r", said.p[said.n - 1]))
		return refuse(c,
		              US_SPAN("messages: final assistant content cannot end with trailing "
		                      "whitespace"));
	return 0;
}

int us_mock_anthropic_check_blocks(struct us_mock_check *c, const struct us_mock_json *q)
{
	int rc = all_text(c, q);

	if (!rc)
		rc = caches(c, q);
	if (!rc)
		rc = signatures(c, q);
	return rc ? rc : prefill(c, q);
}

/* What strict tools and structured output do not take in a schema. */
static struct us_span look(const struct us_mock_json *schema, const struct us_mock_path *at,
                           bool strict, struct us_arena *arena)
{
	static const struct {
		const char *type;
		const char *keywords;
	} barred[] = {
		{ "integer", "minimum|maximum|multipleOf|exclusiveMinimum|exclusiveMaximum" },
		{ "number", "minimum|maximum|multipleOf|exclusiveMinimum|exclusiveMaximum" },
		{ "string", "minLength|maxLength" },
		{ "array", "maxItems|uniqueItems" },
	};
	const struct us_mock_json *more = us_mock_json_get(schema, "additionalProperties");

	if (!strict)
		return us_span(NULL, 0);
	if (us_mock_schema_is(schema, "object") &&
	    (!more || more->kind != US_MOCK_BOOL || us_mock_json_true(more)))
		return US_SPAN(
			"For 'object' type, 'additionalProperties' must be explicitly set to "
			"false");
	for (size_t i = 0; i < US_COUNT(barred); i++) {
		struct us_span word = us_mock_schema_keyword(schema, barred[i].keywords);

		if (us_mock_schema_is(schema, barred[i].type) && word.p)
			return us_arena_printf(arena,
			                       "For '%s' type, properties %.*s are not supported",
			                       barred[i].type, (int)word.n, word.p);
	}
	return us_span(NULL, 0);
}

/* Looks through a whole schema and names the place of the tool, not the place inside. */
static int schema(struct us_mock_check *c, struct us_span where, const struct us_mock_json *s,
                  bool strict)
{
	struct us_span wrong = us_mock_schema_walk(s, look, strict, c->arena);

	if (!wrong.p)
		return 0;
	return refuse(c, us_arena_printf(c->arena, "%.*s: %.*s", (int)where.n, where.p,
	                                 (int)wrong.n, wrong.p));
}

/* An input is always an object, on the face of its schema. */
static int input_schema(struct us_mock_check *c, const struct us_mock_json *tool, size_t at)
{
	const struct us_mock_json *s = us_mock_json_get(tool, "input_schema");
	struct us_span where = us_arena_printf(c->arena, "tools.%zu.custom", at);

	if (!s)
		return 0;
	if (!us_mock_json_get(s, "type"))
		return refuse(c, us_arena_printf(c->arena, "%s.input_schema.type: Field required",
		                                 where.p));
	if (!us_mock_json_is(us_mock_json_get(s, "type"), "object"))
		return refuse(c, us_arena_printf(c->arena,
		                                 "%s.input_schema.type: Input should be 'object'",
		                                 where.p));
	if (us_mock_schema_keyword(s, "oneOf|allOf|anyOf").p)
		return refuse(c, us_arena_printf(c->arena,
		                                 "%s.input_schema: input_schema does not support "
		                                 "oneOf, allOf, or anyOf at the top level",
		                                 where.p));
	return schema(c, where, s, us_mock_json_true(us_mock_json_get(tool, "strict")));
}

/* The first tool of that name. */
static const struct us_mock_json *tool_named(const struct us_mock_json *tools, struct us_span name)
{
	const struct us_mock_json *t = tools ? tools->first : NULL;

	while (t && !us_span_eq(us_mock_json_text(us_mock_json_get(t, "name")), name))
		t = t->next;
	return t;
}

/* A choice needs something to choose from. */
static int choice(struct us_mock_check *c, const struct us_mock_json *q,
                  const struct us_mock_json *tools)
{
	const struct us_mock_json *chosen = us_mock_json_get(q, "tool_choice");
	struct us_span name = us_mock_json_text(us_mock_json_get(chosen, "name"));

	if (!chosen)
		return 0;
	if (!tools || !tools->count)
		return refuse(c, US_SPAN("tool_choice: tool_choice may only be specified while "
		                         "providing tools."));
	if (is(chosen, "tool") && !tool_named(tools, name))
		return refuse(c, us_arena_printf(c->arena,
		                                 "tool_choice.name: Tool '%.*s' not found in "
		                                 "provided tools",
		                                 (int)name.n, name.p));
	return 0;
}

/* Old calls and results cannot be read without the tools they are of. */
static int history(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *m = us_mock_json_get(q, "messages")->first;

	for (; m; m = m->next) {
		const struct us_mock_json *list = us_mock_json_get(m, "content");
		const struct us_mock_json *b = list->kind == US_MOCK_ARR ? list->first : NULL;

		for (; b; b = b->next)
			if (is(b, "tool_use") || is(b, "tool_result"))
				return refuse(c, US_SPAN("tools: Requests which have `tool_use` or "
				                         "`tool_result` blocks in messages must "
				                         "define tools."));
	}
	return 0;
}

int us_mock_anthropic_check_tools(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const struct us_mock_json *format = us_mock_json_at(q, "output_config.format.schema");
	const struct us_mock_json *t = tools ? tools->first : NULL;
	int rc = choice(c, q, tools);

	if (!rc && !t)
		rc = history(c, q);
	for (size_t at = 0; !rc && t; t = t->next, at++) {
		if (tool_named(tools, us_mock_json_text(us_mock_json_get(t, "name"))) != t)
			rc = refuse(c, US_SPAN("tools: Tool names must be unique."));
		else
			rc = input_schema(c, t, at);
	}
	return rc ? rc : schema(c, US_SPAN("output_config.format.schema"), format, true);
}

/* mock_schema.c - a walk over every schema inside a JSON Schema
 *
 * It goes where schemas are kept and nowhere else: a property called "items" is not a list's items.
 */
#include "cli/mock_schema.h"

#define DEPTH_MAX 64

struct walk {
	us_mock_schema_look *look;
	bool strict;
	struct us_arena *arena;
};

/* Keywords that hold schemas: in a member each, or in a list, or one itself. */
static const char *const holders[] = { "properties", "$defs", "definitions", "items",
	                               "anyOf",      "oneOf", "allOf",       "prefixItems" };

static struct us_span visit(const struct walk *w, const struct us_mock_json *schema,
                            const struct us_mock_path *at, unsigned depth);

/* "items" holds one schema, all others several. */
static struct us_span visit_holder(const struct walk *w, const struct us_mock_json *holder,
                                   const struct us_mock_path *at, unsigned depth)
{
	struct us_mock_path here = { .up = at };
	struct us_span flaw = us_span(NULL, 0);

	if (us_span_is(holder->key, "items"))
		return visit(w, holder, at, depth);
	for (const struct us_mock_json *s = holder->first; !flaw.p && s; s = s->next) {
		here.name = holder->kind == US_MOCK_OBJ ? s->key : us_span(NULL, 0);
		flaw = visit(w, s, &here, depth);
		here.index++;
	}
	return flaw;
}

static struct us_span visit(const struct walk *w, const struct us_mock_json *schema,
                            const struct us_mock_path *at, unsigned depth)
{
	struct us_span flaw = us_span(NULL, 0);

	if (schema->kind != US_MOCK_OBJ || depth > DEPTH_MAX)
		return flaw;
	for (size_t i = 0; !flaw.p && i < US_COUNT(holders); i++) {
		const struct us_mock_json *holder = us_mock_json_get(schema, holders[i]);
		struct us_mock_path here = { .up = at, .name = us_span_of(holders[i]) };

		if (holder)
			flaw = visit_holder(w, holder, &here, depth + 1);
	}
	/* From the inside out, as OpenAI does. */
	return flaw.p ? flaw : w->look(schema, at, w->strict, w->arena);
}

struct us_span us_mock_schema_walk(const struct us_mock_json *schema, us_mock_schema_look *look,
                                   bool strict, struct us_arena *arena)
{
	struct walk w = { look, strict, arena };

	return schema ? visit(&w, schema, NULL, 0) : us_span(NULL, 0);
}

bool us_mock_schema_is(const struct us_mock_json *schema, const char *name)
{
	const struct us_mock_json *type = us_mock_json_get(schema, "type");

	if (!type || type->kind != US_MOCK_ARR)
		return us_mock_json_is(type, name);
	for (const struct us_mock_json *t = type->first; t; t = t->next)
		if (us_mock_json_is(t, name))
			return true;
	return false;
}

struct us_span us_mock_schema_keyword(const struct us_mock_json *schema, const char *names)
{
	for (const struct us_mock_json *m = schema->first; m; m = m->next)
		if (us_mock_among(names, m->key))
			return m->key;
	return us_span(NULL, 0);
}

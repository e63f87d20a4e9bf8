/* schema.c - what has to be known of a JSON Schema to pass it on
 *
 * A schema is never rewritten to fit: making it strict by requiring every property, as others do,
 * turns what a tool may be given into what it must be given.
 */
#include "wire/schema.h"

#include "wire/scan.h"

#define PROPERTIES_MAX 5000 /* in a strict schema */

/* Keywords that the strict subset refuses. */
static const char *const refused[] = {
	"allOf",
	"oneOf",
	"not",
	"if",
	"then",
	"else",
	"patternProperties",
	"dependentSchemas",
	"dependentRequired",
	"prefixItems",
	"propertyNames",
	"contains",
};

/* Keywords whose value is a schema, a list of schemas or a map of them. */
static const char *const nested[] = { "items", "anyOf", "properties", "$defs", "definitions" };

static bool is_one_of(struct us_val key, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (us_val_str_is(key, words[i]))
			return true;
	return false;
}

/* Does a list of names hold this key? Compared as spelt: another spelling only makes the schema
 * count as not strict. */
static bool lists(struct us_val array, struct us_val key)
{
	for (struct us_iter it = us_iter(array); us_iter_next(&it);)
		if (us_val_is(it.val, US_J_STRING) &&
		    us_span_eq(us_val_raw(it.val), us_val_raw(key)))
			return true;
	return false;
}

/* Closed, and every property required. Says yes to what is no schema of an object. */
static bool is_closed(struct us_val schema)
{
	struct us_val type = us_val_get(schema, "type");
	struct us_val properties = us_val_get(schema, "properties");
	struct us_val required = us_val_get(schema, "required");

	if (!us_val_str_is(type, "object") && !us_val_given(properties))
		return true;
	if (!us_val_is(us_val_get(schema, "additionalProperties"), US_J_FALSE) ||
	    us_val_count(properties) > PROPERTIES_MAX)
		return false;
	for (struct us_iter it = us_iter(properties); us_iter_next(&it);)
		if (!lists(required, it.key))
			return false;
	return true;
}

/* Whether a list or a map of schemas, or one schema, is strict; bounded by the scanner's depth. */
static bool is_strict(struct us_val v, bool is_schema)
{
	if (is_schema && (!us_val_is(v, US_J_OBJECT) || !is_closed(v)))
		return false;
	for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
		bool schema_below = !is_schema || us_val_str_is(it.key, "items");

		if (is_schema && is_one_of(it.key, refused, US_COUNT(refused)))
			return false;
		if (is_schema && !is_one_of(it.key, nested, US_COUNT(nested)))
			continue;
		if (!is_strict(it.val, schema_below))
			return false;
	}
	return true;
}

/* The root of a schema, in `doc`; not there when it is not of objects. */
static struct us_val object_root(struct us_doc *doc, struct us_span schema)
{
	struct us_val root = { 0 };

	if (us_set(schema) && us_doc_parse(doc, schema) == 0)
		root = us_doc_root(doc);
	return us_val_str_is(us_val_get(root, "type"), "object") ? root : (struct us_val){ 0 };
}

bool us_schema_is_object(struct us_span schema)
{
	struct us_doc doc = { 0 };
	bool is = us_val_given(object_root(&doc, schema));

	us_doc_fini(&doc);
	return is;
}

bool us_schema_is_strict(struct us_span schema)
{
	struct us_doc doc = { 0 };
	bool is = is_strict(object_root(&doc, schema), true);

	us_doc_fini(&doc);
	return is;
}

struct us_span us_schema_of(const struct us_tool *t)
{
	return t->kind == US_TOOL_FUNCTION ? t->schema
	                                   : US_SPAN("{\"type\":\"object\",\"properties\":{"
	                                             "\"input\":{\"type\":\"string\"}},"
	                                             "\"required\":[\"input\"]}");
}

/* What OpenAI refuses a schema without, put in front of the program's own members. */
static void print_completed(struct us_print *p, struct us_val root, struct us_span schema)
{
	bool type = us_val_given(us_val_get(root, "type"));
	bool properties = us_val_given(us_val_get(root, "properties"));

	us_print_open(p, '{');
	if (!type)
		us_print_member(p, "type", US_SPAN("object"));
	if (!properties)
		us_print_member_raw(p, "properties", US_SPAN("{}"));
	if (us_val_count(root) && !(type && properties))
		us_buf_add_char(p->out, ',');
	us_buf_add_span(p->out, us_span(schema.p + 1, schema.n - 1));
	p->comma = true;
}

void us_schema_print(struct us_print *p, struct us_span schema)
{
	struct us_doc doc = { 0 };
	int rc = us_set(schema) ? us_doc_parse(&doc, schema) : US_ESYNTAX;
	struct us_val root = us_doc_root(&doc);

	if (rc == US_ENOMEM)
		p->out->err = rc;
	if (us_val_is(root, US_J_OBJECT))
		print_completed(p, root, schema);
	else
		us_print_raw(p, US_SPAN("{\"type\":\"object\",\"properties\":{}}"));
	us_doc_fini(&doc);
}

void us_schema_print_function(struct us_print *p, const struct us_tool *t)
{
	us_print_member(p, "name", t->name);
	if (us_set(t->description))
		us_print_member(p, "description", t->description);
	us_print_key(p, "parameters");
	us_schema_print(p, us_schema_of(t));
}

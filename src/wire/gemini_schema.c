/* gemini_schema.c - JSON Schema and Google's older Schema, each made of the other
 *
 * One walk each way, by a table of keywords: what becomes of a keyword's value is its row. To JSON
 * Schema everything can be said. The other way what has no place is left out, which loosens the
 * schema and never tightens it: the model may then answer what the program did not allow, so the
 * loss is told.
 */
#include "wire/gemini_schema.h"

#include "wire/gemini.h"
#include "wire/text.h"

/* A schema that unfolds its references without end is found by its depth or its size. */
#define DEPTH_MAX 32
#define NODES_MAX 20000

/* What becomes of a keyword's value. */
enum form {
	SAME,   /* its bytes */
	SCHEMA, /* a schema */
	LIST,   /* a list of schemas */
	MAP,    /* schemas by name */
	COUNT,  /* an integer, in Schema a string of digits */
	FORMAT, /* of a string or a number */
	ENUM,   /* Schema: strings only */
	GONE,   /* says nothing that matters there */
};

struct keyword {
	const char *name, *becomes;
	enum form form;
};

static const struct keyword *find(const struct keyword *rows, size_t n, struct us_val key)
{
	struct us_span raw = us_val_raw(key);

	for (size_t i = 0; i < n; i++)
		if (us_gemini_among(rows[i].name, us_span(raw.p + 1, raw.n - 2)))
			return &rows[i];
	return NULL;
}

static void put_key(struct us_print *p, struct us_val key)
{
	us_print_raw(p, us_val_raw(key));
	us_buf_add_char(p->out, ':');
	p->comma = false;
}

/* --- to JSON Schema -------------------------------------------------------------------------- */

static const struct keyword to_json[] = {
	{ "anyOf", "anyOf", LIST },
	{ "items", "items", SCHEMA },
	{ "prefixItems", "prefixItems", LIST },
	{ "properties", "properties", MAP },
	{ "defs", "$defs", MAP },
	{ "ref", "$ref", SAME },
	{ "minItems", "minItems", COUNT },
	{ "maxItems", "maxItems", COUNT },
	{ "minLength", "minLength", COUNT },
	{ "maxLength", "maxLength", COUNT },
	{ "minProperties", "minProperties", COUNT },
	{ "maxProperties", "maxProperties", COUNT },
	{ "format", "format", FORMAT },
	{ "additionalProperties", "additionalProperties", SAME },
	{ "type nullable propertyOrdering example", "", GONE },
};

static void put_json(struct us_print *p, struct us_val v);

static void put_json_value(struct us_print *p, const struct keyword *k, struct us_val v)
{
	uint64_t n;

	if (k->form == SCHEMA)
		put_json(p, v);
	else if (k->form == COUNT && us_gemini_u64(v, &n))
		us_print_u64(p, n);
	else if (k->form == LIST || k->form == MAP) {
		us_print_open(p, k->form == LIST ? '[' : '{');
		for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
			if (k->form == MAP)
				put_key(p, it.key);
			put_json(p, it.val);
		}
		us_print_close(p, k->form == LIST ? ']' : '}');
	} else {
		us_print_raw(p, us_val_raw(v));
	}
}

/* Also by its number, as some clients write enums. NULL: it says nothing. */
static const char *type_of(struct us_val type)
{
	static const char *const types[][2] = {
		{ "", "" },
		{ "STRING", "string" },
		{ "NUMBER", "number" },
		{ "INTEGER", "integer" },
		{ "BOOLEAN", "boolean" },
		{ "ARRAY", "array" },
		{ "OBJECT", "object" },
		{ "NULL", "null" },
	};
	uint64_t number;

	if (us_val_u64(type, &number))
		return number && number < US_COUNT(types) ? types[number][1] : NULL;
	for (size_t i = 1; i < US_COUNT(types); i++)
		if (us_val_str_is(type, types[i][0]) || us_val_str_is(type, types[i][1]))
			return types[i][1];
	return NULL;
}

static void put_json_type(struct us_print *p, struct us_val type, bool nullable)
{
	const char *word = type_of(type);

	if (!word)
		return;
	us_print_key(p, "type");
	if (nullable)
		us_print_open(p, '[');
	us_print_str(p, us_span_of(word));
	if (nullable) {
		us_print_str(p, US_SPAN("null"));
		us_print_close(p, ']');
	}
}

/* "enum" as a format only says that there is one. */
static bool says_nothing(const struct keyword *k, struct us_val v)
{
	return k && (k->form == GONE || (k->form == FORMAT && us_val_str_is(v, "enum")));
}

static void put_json(struct us_print *p, struct us_val v)
{
	bool nullable = us_val_is(us_val_get(v, "nullable"), US_J_TRUE);

	if (!us_val_is(v, US_J_OBJECT)) {
		us_print_raw(p, us_val_raw(v));
		return;
	}
	us_print_open(p, '{');
	put_json_type(p, us_val_get(v, "type"), nullable);
	for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
		const struct keyword *k = find(to_json, US_COUNT(to_json), it.key);

		if (says_nothing(k, it.val) || !us_val_given(it.val))
			continue;
		if (k) {
			us_print_key(p, k->becomes);
			put_json_value(p, k, it.val);
		} else {
			put_key(p, it.key);
			us_print_raw(p, us_val_raw(it.val));
		}
	}
	us_print_close(p, '}');
}

int us_gemini_schema_to_json(struct us_val schema, struct us_buf *out)
{
	struct us_print p = us_print(out);

	put_json(&p, schema);
	return out->err;
}

/* --- from JSON Schema ------------------------------------------------------------------------ */

static const struct keyword from_json[] = {
	{ "title", "title", SAME },
	{ "description", "description", SAME },
	{ "default", "default", SAME },
	{ "minimum", "minimum", SAME },
	{ "maximum", "maximum", SAME },
	{ "pattern", "pattern", SAME },
	{ "required", "required", SAME },
	{ "propertyOrdering", "propertyOrdering", SAME },
	{ "minItems", "minItems", COUNT },
	{ "maxItems", "maxItems", COUNT },
	{ "minLength", "minLength", COUNT },
	{ "maxLength", "maxLength", COUNT },
	{ "minProperties", "minProperties", COUNT },
	{ "maxProperties", "maxProperties", COUNT },
	{ "items", "items", SCHEMA },
	{ "properties", "properties", MAP },
	{ "anyOf", "anyOf", LIST },
	{ "oneOf", "anyOf", LIST },
	{ "format", "format", FORMAT },
	{ "enum", "enum", ENUM },
	{ "type const $ref nullable", "", GONE }, /* written by themselves */
	{ "$schema $id $defs definitions $comment examples strict", "", GONE },
};

struct walk {
	struct us_val root;
	struct us_diags *diags;
	unsigned depth, nodes;
};

static void loosened(const struct walk *w)
{
	us_diag(w->diags, US_DEGRADED, "SCHEMA_LOOSENED", US_SPAN("schema"));
}

static void put_schema(struct walk *w, struct us_print *p, struct us_val v);

/* "#/$defs/name". Names with escapes of their own are not found. */
static struct us_val pointed(const struct walk *w, struct us_val ref)
{
	struct us_span path = us_val_raw(ref), step;
	struct us_val at = w->root;

	path = us_span(path.p + 1, path.n - 2);
	if (!us_span_next(&path, '/', &step) || !us_span_is(step, "#"))
		return (struct us_val){ 0 };
	while (us_span_next(&path, '/', &step)) {
		struct us_val next = { 0 };

		for (struct us_iter it = us_iter(at); us_iter_next(&it);)
			if (us_val_is(at, US_J_OBJECT) &&
			    us_span_eq(step,
			               us_span(us_val_raw(it.key).p + 1, us_val_raw(it.key).n - 2)))
				next = it.val;
		at = next;
	}
	return at;
}

static struct us_val resolved(const struct walk *w, struct us_val v)
{
	struct us_val ref = us_val_get(v, "$ref");

	for (unsigned steps = 0; us_val_is(ref, US_J_STRING) && steps < DEPTH_MAX; steps++) {
		v = pointed(w, ref);
		ref = us_val_get(v, "$ref");
	}
	return v;
}

static void put_type_name(struct us_print *p, struct us_val type)
{
	struct us_span raw = us_val_raw(type);

	us_print_open(p, '"');
	for (size_t i = 1; i + 1 < raw.n; i++)
		us_buf_add_char(p->out, raw.p[i] >= 'a' && raw.p[i] <= 'z'
		                                ? (char)(raw.p[i] - 'a' + 'A')
		                                : raw.p[i]);
	us_print_close(p, '"');
}

/* A list of types is one that may be null, or any of several. */
static void put_types(struct us_print *p, struct us_val types, struct us_val any_of)
{
	size_t n = 0;
	bool null = false;

	for (struct us_iter it = us_iter(types); us_iter_next(&it);) {
		null |= us_val_str_is(it.val, "null");
		n += !us_val_str_is(it.val, "null");
	}
	if (null)
		us_print_member_bool(p, "nullable", true);
	if (!n || (n > 1 && us_val_given(any_of)))
		return;
	us_print_key(p, n > 1 ? "anyOf" : "type");
	if (n > 1)
		us_print_open(p, '[');
	for (struct us_iter it = us_iter(types); us_iter_next(&it);) {
		if (us_val_str_is(it.val, "null"))
			continue;
		if (n > 1) {
			us_print_open(p, '{');
			us_print_key(p, "type");
		}
		put_type_name(p, it.val);
		if (n > 1)
			us_print_close(p, '}');
	}
	if (n > 1)
		us_print_close(p, ']');
}

static bool all_strings(struct us_val array)
{
	for (struct us_iter it = us_iter(array); us_iter_next(&it);)
		if (!us_val_is(it.val, US_J_STRING))
			return false;
	return us_val_is(array, US_J_ARRAY);
}

/* The type, what is said by null or by one value, and what a schema without a type must be. */
static void put_kind(struct walk *w, struct us_print *p, struct us_val v)
{
	struct us_val type = us_val_get(v, "type"), one = us_val_get(v, "const");

	if (us_val_is(type, US_J_ARRAY)) {
		put_types(p, type, us_val_get(v, "anyOf"));
	} else if (us_val_is(type, US_J_STRING)) {
		us_print_key(p, "type");
		put_type_name(p, type);
	} else if (us_val_given(us_val_get(v, "properties"))) {
		us_print_member(p, "type", US_SPAN("OBJECT"));
	} else if (us_val_is(one, US_J_STRING) || all_strings(us_val_get(v, "enum"))) {
		us_print_member(p, "type", US_SPAN("STRING"));
	} else if (us_val_given(one) || us_val_given(us_val_get(v, "enum"))) {
		us_print_member(p, "type", US_SPAN("NUMBER"));
	}
	if (us_val_is(us_val_get(v, "nullable"), US_J_TRUE))
		us_print_member_bool(p, "nullable", true);
	if (us_val_is(one, US_J_STRING)) {
		us_print_key(p, "enum");
		us_print_open(p, '[');
		us_print_raw(p, us_val_raw(one));
		us_print_close(p, ']');
	} else if (us_val_given(one)) {
		loosened(w);
	}
}

/* Other formats are refused. */
static bool format_fits(struct us_val v)
{
	static const char *const formats[] = { "enum",   "date-time", "float",
		                               "double", "int32",     "int64" };

	for (size_t i = 0; i < US_COUNT(formats); i++)
		if (us_val_str_is(v, formats[i]))
			return true;
	return false;
}

static bool fits(const struct keyword *k, struct us_val v)
{
	uint64_t n;

	switch (k->form) {
	case COUNT:
		return us_val_u64(v, &n);
	case FORMAT:
		return format_fits(v);
	case ENUM:
		return all_strings(v);
	case SCHEMA:
		return us_val_is(v, US_J_OBJECT);
	case LIST:
		return us_val_is(v, US_J_ARRAY);
	case MAP:
		return us_val_is(v, US_J_OBJECT) && us_val_count(v);
	default:
		return true;
	}
}

static void put_value(struct walk *w, struct us_print *p, const struct keyword *k, struct us_val v)
{
	uint64_t n = 0;

	us_print_key(p, k->becomes);
	if (k->form == SCHEMA) {
		put_schema(w, p, v);
	} else if (k->form == COUNT) {
		us_val_u64(v, &n);
		us_print_open(p, '"');
		us_buf_addf(p->out, "%llu", (unsigned long long)n);
		us_print_close(p, '"');
	} else if (k->form == LIST || k->form == MAP) {
		us_print_open(p, k->form == LIST ? '[' : '{');
		for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
			if (k->form == MAP)
				put_key(p, it.key);
			put_schema(w, p, it.val);
		}
		us_print_close(p, k->form == LIST ? ']' : '}');
	} else {
		us_print_raw(p, us_val_raw(v));
	}
}

/* An object is closed or not: Schema does not say. What its other members are like is lost. That
 * it has none of its own is refused, and goes without saying. */
static bool is_idle(struct us_val key, struct us_val v)
{
	return (us_val_str_is(key, "additionalProperties") && us_val_type(v) <= US_J_TRUE) ||
	       (us_val_str_is(key, "properties") && !us_val_count(v));
}

static void put_members(struct walk *w, struct us_print *p, struct us_val v)
{
	for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
		const struct keyword *k = find(from_json, US_COUNT(from_json), it.key);

		if ((k && k->form == GONE) || is_idle(it.key, it.val))
			continue;
		if (k && fits(k, it.val))
			put_value(w, p, k, it.val);
		else
			loosened(w);
	}
}

static void put_schema(struct walk *w, struct us_print *p, struct us_val v)
{
	us_print_open(p, '{');
	v = resolved(w, v);
	if (w->depth >= DEPTH_MAX || ++w->nodes > NODES_MAX) {
		loosened(w);
	} else {
		w->depth++;
		put_kind(w, p, v);
		put_members(w, p, v);
		w->depth--;
	}
	us_print_close(p, '}');
}

int us_gemini_schema_from_json(struct us_val schema, struct us_buf *out, struct us_diags *diags)
{
	struct us_print p = us_print(out);
	struct walk w = { .root = schema, .diags = diags };

	put_schema(&w, &p, schema);
	return out->err;
}

bool us_gemini_schema_is_bare(struct us_val schema)
{
	struct us_val type = us_val_get(schema, "type");
	bool object = us_val_str_is(type, "object") || !us_val_given(type);

	return object && !us_val_count(us_val_get(schema, "properties")) &&
	       !us_val_given(us_val_get(schema, "anyOf")) &&
	       !us_val_given(us_val_get(schema, "oneOf")) &&
	       !us_val_given(us_val_get(schema, "$ref"));
}

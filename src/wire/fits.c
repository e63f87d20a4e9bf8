/* fits.c - is a JSON value of the form that its schema describes?
 *
 * Meant for what was put together of two pieces, to see that nothing is missing and nothing
 * doubled: no validator. Doubt says yes.
 */
#include "wire/fits.h"

#include "wire/scan.h"

#define ARENA_MAX ((size_t)64 << 20)
#define WORK_MAX 200000 /* names compared: what is larger is not looked at further */

struct look {
	struct us_arena arena;
	size_t work;
};

static bool fits(struct look *l, struct us_val v, struct us_val schema);

static bool is_said(struct us_val v) { return us_val_type(v) != US_J_NONE; }

static bool is_whole_number(struct us_val v)
{
	double d = us_val_double(v);

	return us_val_is(v, US_J_NUMBER) && (d >= 9e15 || d <= -9e15 || d == (double)(int64_t)d);
}

static bool is_of_type(struct us_val v, struct us_val word)
{
	static const struct {
		const char *word;
		enum us_json_type type;
	} types[] = {
		{ "object", US_J_OBJECT },  { "array", US_J_ARRAY },  { "string", US_J_STRING },
		{ "number", US_J_NUMBER },  { "boolean", US_J_TRUE }, { "boolean", US_J_FALSE },
		{ "integer", US_J_NUMBER }, { "null", US_J_NULL },
	};
	bool known = false;

	if (us_val_str_is(word, "integer"))
		return is_whole_number(v);
	for (size_t i = 0; i < US_COUNT(types); i++) {
		bool named = us_val_str_is(word, types[i].word);

		known |= named;
		if (named && us_val_is(v, types[i].type))
			return true;
	}
	return !known;
}

static bool type_fits(struct us_val v, struct us_val type)
{
	if (!us_val_is(type, US_J_ARRAY))
		return !is_said(type) || is_of_type(v, type);
	for (struct us_iter it = us_iter(type); us_iter_next(&it);)
		if (is_of_type(v, it.val))
			return true;
	return false;
}

/* Strings by what they say, all else by how it is written; lists and objects are not compared. */
static bool is_equal(struct look *l, struct us_val a, struct us_val b)
{
	if (us_val_is(a, US_J_STRING) && us_val_is(b, US_J_STRING))
		return us_span_eq(us_val_str(a, &l->arena), us_val_str(b, &l->arena));
	if (us_val_is(a, US_J_NUMBER) && us_val_is(b, US_J_NUMBER))
		return us_val_double(a) == us_val_double(b);
	return us_val_type(a) == us_val_type(b);
}

static bool is_allowed(struct look *l, struct us_val v, struct us_val schema)
{
	struct us_val only = us_val_get(schema, "const"), list = us_val_get(schema, "enum");

	if (is_said(only))
		return is_equal(l, v, only);
	if (!us_val_is(list, US_J_ARRAY))
		return true;
	for (struct us_iter it = us_iter(list); us_iter_next(&it);)
		if (is_equal(l, v, it.val))
			return true;
	return false;
}

/* By a name as it is decoded: us_val_get is for names that are ours. */
static struct us_val named(struct look *l, struct us_val object, struct us_val key)
{
	struct us_span name = us_val_str(key, &l->arena);
	struct us_val found = { 0 };

	for (struct us_iter it = us_iter(object); us_iter_next(&it) && l->work < WORK_MAX;) {
		l->work++;
		if (us_span_eq(us_val_str(it.key, &l->arena), name))
			found = it.val;
	}
	return found;
}

static bool object_fits(struct look *l, struct us_val v, struct us_val schema)
{
	struct us_val properties = us_val_get(schema, "properties");
	bool shut = us_val_is(us_val_get(schema, "additionalProperties"), US_J_FALSE) &&
	            !is_said(us_val_get(schema, "patternProperties"));

	if (us_val_is(us_val_get(schema, "required"), US_J_ARRAY))
		for (struct us_iter it = us_iter(us_val_get(schema, "required"));
		     us_iter_next(&it);)
			if (!is_said(named(l, v, it.val)) && l->work < WORK_MAX)
				return false;
	for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
		struct us_val of = named(l, properties, it.key);

		if (l->work >= WORK_MAX)
			return true;
		if (is_said(of) ? !fits(l, it.val, of) : shut)
			return false;
	}
	return true;
}

static bool array_fits(struct look *l, struct us_val v, struct us_val schema)
{
	struct us_val items = us_val_get(schema, "items");

	for (struct us_iter it = us_iter(v); us_val_is(items, US_J_OBJECT) && us_iter_next(&it);)
		if (!fits(l, it.val, items))
			return false;
	return true;
}

static bool fits(struct look *l, struct us_val v, struct us_val schema)
{
	if (!us_val_is(schema, US_J_OBJECT) || is_said(us_val_get(schema, "$ref")))
		return true;
	if (!type_fits(v, us_val_get(schema, "type")) || !is_allowed(l, v, schema))
		return false;
	if (us_val_is(v, US_J_OBJECT))
		return object_fits(l, v, schema);
	return !us_val_is(v, US_J_ARRAY) || array_fits(l, v, schema);
}

bool us_json_fits(struct us_span json, struct us_span schema)
{
	struct look l = { .work = 0 };
	struct us_doc doc = { 0 }, form = { 0 };
	bool ok = us_doc_parse(&doc, json) == 0;

	us_arena_init(&l.arena, ARENA_MAX);
	if (ok && schema.n && us_doc_parse(&form, schema) == 0)
		ok = fits(&l, us_doc_root(&doc), us_doc_root(&form));
	us_doc_fini(&doc);
	us_doc_fini(&form);
	us_arena_fini(&l.arena);
	return ok;
}

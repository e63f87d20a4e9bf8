/* anthropic_tools.c - tools and schemas of a request, written
 *
 * A schema is spliced as the bytes that came. Where Anthropic refuses a form that others take, a
 * member is put in or left out; the others stay untouched. Two questions are asked of it:
 *   - is it an object at its top, as every tool's input is? "type" is mandatory there, and
 *     combinators beside it are refused: they move into the description, for the model to read;
 *   - is it among those that an answer, or a strict tool's input, can be held to? The accepted
 *     keywords are few; with any other a request would be refused, so such a schema is only asked
 *     for in words.
 */
#include "wire/anthropic_request.h"

#include "wire/schema.h"
#include "wire/text.h"
#include "wire/wants.h"

/* The walk follows references, so that a recursive schema, which is refused, is found by its depth,
 * and one that would unfold without end by its size. */
#define DEPTH_MAX 40
#define NODES_MAX 20000

#define COMBINATORS "anyOf oneOf allOf"

struct walk {
	struct us_val root;
	unsigned nodes;
};

static bool fits(struct walk *w, struct us_val s, unsigned depth);

static bool all_fit(struct walk *w, struct us_val container, enum us_json_type type, unsigned depth)
{
	for (struct us_iter it = us_iter(container); us_iter_next(&it);)
		if (!fits(w, it.val, depth))
			return false;
	return us_val_is(container, type);
}

/* The bytes between the quotes: names compared here are written without escapes. */
static struct us_span bare(struct us_val string)
{
	struct us_span raw = us_val_raw(string);

	return us_val_is(string, US_J_STRING) ? us_span(raw.p + 1, raw.n - 2) : us_span(NULL, 0);
}

static struct us_val member(struct us_val object, struct us_span name)
{
	for (struct us_iter it = us_iter(object); us_iter_next(&it);)
		if (us_val_is(it.key, US_J_STRING) && us_span_eq(bare(it.key), name))
			return it.val;
	return (struct us_val){ 0 };
}

/* "#/$defs/name", the form in use. */
static bool ref_fits(struct walk *w, struct us_val ref, unsigned depth)
{
	struct us_span path = bare(ref), step;
	struct us_val at = w->root;

	if (!us_span_next(&path, '/', &step) || !us_span_is(step, "#"))
		return false;
	while (us_span_next(&path, '/', &step))
		at = member(at, step);
	return fits(w, at, depth);
}

/* Enumerations of objects or arrays are refused. */
static bool scalars(struct us_val array)
{
	for (struct us_iter it = us_iter(array); us_iter_next(&it);)
		if (us_val_type(it.val) >= US_J_ARRAY)
			return false;
	return us_val_is(array, US_J_ARRAY);
}

static bool format_fits(struct us_val v)
{
	static const char formats[] = "date-time time date duration email hostname uri ipv4 ipv6 "
				      "uuid";

	return us_val_is(v, US_J_STRING) && us_anthropic_among(formats, bare(v));
}

static bool min_items_fits(struct us_val v)
{
	uint64_t n;

	return us_val_u64(v, &n) && n <= 1;
}

/* A keyword and its value, in a schema. Bounds on lengths, numbers and patterns are among what is
 * refused; a schema with oneOf would have to be changed, and none is. */
static bool keyword_fits(struct walk *w, struct us_span key, struct us_val v, unsigned depth)
{
	if (us_anthropic_among("properties $defs definitions", key))
		return all_fit(w, v, US_J_OBJECT, depth);
	if (us_anthropic_among("anyOf allOf", key))
		return all_fit(w, v, US_J_ARRAY, depth);
	if (us_span_is(key, "items"))
		return fits(w, v, depth);
	if (us_span_is(key, "$ref"))
		return ref_fits(w, v, depth);
	if (us_span_is(key, "enum"))
		return scalars(v);
	if (us_span_is(key, "const"))
		return us_val_type(v) < US_J_ARRAY;
	if (us_span_is(key, "format"))
		return format_fits(v);
	if (us_span_is(key, "minItems"))
		return min_items_fits(v);
	if (us_span_is(key, "additionalProperties"))
		return us_val_is(v, US_J_FALSE);
	return us_anthropic_among("type description title required default", key);
}

/* Every object must be closed. */
static bool fits(struct walk *w, struct us_val s, unsigned depth)
{
	bool object = us_val_str_is(us_val_get(s, "type"), "object") ||
	              us_val_is(us_val_get(s, "properties"), US_J_OBJECT);

	if (!us_val_is(s, US_J_OBJECT) || depth > DEPTH_MAX || ++w->nodes > NODES_MAX)
		return false;
	if (object && !us_val_is(us_val_get(s, "additionalProperties"), US_J_FALSE))
		return false;
	for (struct us_iter it = us_iter(s); us_iter_next(&it);) {
		struct us_span key = bare(it.key);

		if (!keyword_fits(w, key, it.val, depth + 1) &&
		    !(s.tok == w->root.tok && us_span_is(key, "$schema")))
			return false;
	}
	return true;
}

bool us_anthropic_schema_fits(struct us_span schema)
{
	struct us_doc doc = { 0 };
	struct walk w = { 0 };
	bool ok = !us_doc_parse(&doc, schema);

	w.root = us_doc_root(&doc);
	ok = ok && fits(&w, w.root, 0);
	us_doc_fini(&doc);
	return ok;
}

/* The members of an object that are among `words`, or those that are not. */
static void put_members(struct us_print *p, struct us_val object, const char *words, bool among)
{
	for (struct us_iter it = us_iter(object); us_iter_next(&it);) {
		if (us_anthropic_among(words, bare(it.key)) != among)
			continue;
		us_print_raw(p, us_val_raw(it.key));
		us_buf_add_char(p->out, ':');
		us_buf_add_span(p->out, us_val_raw(it.val));
	}
}

void us_anthropic_put_schema(struct us_print *p, struct us_span schema)
{
	struct us_doc doc = { 0 };

	if (us_doc_parse(&doc, schema) || !us_val_given(us_val_get(us_doc_root(&doc), "$schema"))) {
		us_print_raw(p, schema);
	} else {
		us_print_open(p, '{');
		put_members(p, us_doc_root(&doc), "$schema", false);
		us_print_close(p, '}');
	}
	us_doc_fini(&doc);
}

/* Tools */

static bool has_combinators(struct us_val schema)
{
	for (struct us_iter it = us_iter(schema); us_iter_next(&it);)
		if (us_anthropic_among(COMBINATORS, bare(it.key)))
			return true;
	return false;
}

/* What the schema's combinators say, in words for the model. */
static void put_rest(struct us_print *p, struct us_val schema)
{
	struct us_buf text;
	struct us_print rest = us_print(&text);

	us_buf_init(&text, us_val_raw(schema).n + 2);
	us_print_open(&rest, '{');
	put_members(&rest, schema, COMBINATORS, true);
	us_print_close(&rest, '}');
	us_buf_add_str(p->out, "\\n\\nThe input must also satisfy this JSON Schema: ");
	us_text_escape(p->out, us_buf_span(&text));
	if (text.err && !p->out->err)
		p->out->err = text.err;
	us_buf_fini(&text);
}

static void put_description(struct us_anthropic_out *w, const struct us_tool *t,
                            struct us_val schema)
{
	bool rest = has_combinators(schema);

	if (!us_set(t->description) && !rest)
		return;
	us_print_key(&w->p, "description");
	us_print_open(&w->p, '"');
	us_text_escape(w->p.out, t->description);
	if (rest) {
		put_rest(&w->p, schema);
		us_diag(w->diags, US_DEGRADED, "SCHEMA_IN_WORDS", US_SPAN("tools.input_schema"));
	}
	us_print_close(&w->p, '"');
}

/* A null type counts as none. Where nothing need be changed, nothing is. */
static void put_input_schema(struct us_anthropic_out *w, struct us_val schema)
{
	struct us_val type = us_val_get(schema, "type");

	if (us_val_given(schema) && (!us_val_is(schema, US_J_OBJECT) ||
	                             (us_val_given(type) && !us_val_str_is(type, "object"))))
		us_diag(w->diags, US_IMPOSSIBLE, "SCHEMA_NOT_OBJECT",
		        US_SPAN("tools.input_schema"));
	us_print_key(&w->p, "input_schema");
	if (us_val_given(type) && !has_combinators(schema)) {
		us_print_raw(&w->p, us_val_raw(schema));
		return;
	}
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "type", US_SPAN("object"));
	put_members(&w->p, schema, "type " COMBINATORS, false);
	us_print_close(&w->p, '}');
}

/* What says no type is sent as an object, and must be a closed one. */
static bool is_closed(struct us_val schema)
{
	return us_val_given(us_val_get(schema, "type")) ||
	       us_val_is(us_val_get(schema, "additionalProperties"), US_J_FALSE);
}

/* A promise that cannot be kept is taken back: the schema is sent all the same, as advice. */
static void put_strict(struct us_anthropic_out *w, const struct us_tool *t, bool able)
{
	if (t->strict != US_YES)
		return;
	if (able && us_set(t->schema) && us_anthropic_schema_fits(t->schema))
		us_print_member_bool(&w->p, "strict", true);
	else
		us_diag(w->diags, US_DEGRADED, "STRICT_DROPPED", US_SPAN("tools.strict"));
}

static void tell_wrapped(struct us_anthropic_out *w, const struct us_tool *t)
{
	if (t->kind == US_TOOL_FUNCTION)
		return;
	us_diag(w->diags, US_DEGRADED, "CUSTOM_TOOL_WRAPPED", t->name);
	if (us_set(t->grammar))
		us_diag(w->diags, US_DEGRADED, "GRAMMAR_DROPPED", t->name);
}

static void put_tool(struct us_anthropic_out *w, const struct us_tool *t, bool strict)
{
	struct us_doc doc = { 0 };
	struct us_span schema = us_schema_of(t);
	int rc = us_set(schema) ? us_doc_parse(&doc, schema) : 0;

	if (rc == US_ENOMEM)
		w->p.out->err = rc;
	tell_wrapped(w, t);
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "name", t->name);
	put_description(w, t, us_doc_root(&doc));
	put_input_schema(w, us_doc_root(&doc));
	put_strict(w, t, strict && is_closed(us_doc_root(&doc)));
	us_anthropic_put_mark(w, t->cache);
	us_print_close(&w->p, '}');
	us_doc_fini(&doc);
}

size_t us_anthropic_count_allowed(const struct us_req *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->ntools; i++)
		n += us_req_allows(r, r->tools[i].name);
	return n;
}

void us_anthropic_put_tools(struct us_anthropic_out *w, const struct us_req *r, bool narrow,
                            bool strict)
{
	us_print_key(&w->p, "tools");
	us_print_open(&w->p, '[');
	for (size_t i = 0; i < r->ntools; i++) {
		const struct us_tool *t = &r->tools[i];

		if (t->kind == US_TOOL_HOSTED)
			us_diag(w->diags, US_IMPOSSIBLE, "HOSTED_TOOL", t->type);
		else if (!narrow || us_req_allows(r, t->name))
			put_tool(w, t, strict);
	}
	us_print_close(&w->p, ']');
}

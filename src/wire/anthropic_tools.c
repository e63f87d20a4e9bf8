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

#include "wire/text.h"

/* The walk of a schema follows references, so that a recursive one, which is refused, is found by
 * its depth, and one that grows without end by its size. */
#define NODES_MAX 20000

#define COMBINATORS "anyOf oneOf allOf"

struct walk {
	struct us_val root;
	unsigned nodes;
};

static bool fits(struct walk *w, struct us_val s, unsigned depth);

static bool all_fit(struct walk *w, struct us_val container, unsigned depth)
{
	for (struct us_iter it = us_iter(container); us_iter_next(&it);)
		if (!fits(w, it.val, depth))
			return false;
	return us_val_type(container) >= US_J_ARRAY;
}

/* "#/$defs/name", the one form in use; names with escapes are not worth the trouble. */
static bool ref_fits(struct walk *w, struct us_val ref, unsigned depth)
{
	static const char *const homes[] = { "$defs", "definitions" };
	struct us_span path = us_val_raw(ref);

	if (!us_val_is(ref, US_J_STRING) || ref.tok->escaped)
		return false;
	path = us_span(path.p + 1, path.n - 2);
	for (size_t i = 0; i < US_COUNT(homes); i++) {
		size_t n = strlen(homes[i]) + 3; /* "#/" before it and "/" behind */
		struct us_val defs = us_val_get(w->root, homes[i]);

		if (path.n <= n || !us_span_starts(us_span(path.p + 2, path.n - 2), homes[i]))
			continue;
		for (struct us_iter it = us_iter(defs); us_iter_next(&it);) {
			struct us_span key = us_val_raw(it.key);

			if (us_span_eq(us_span(key.p + 1, key.n - 2),
			               us_span(path.p + n, path.n - n)))
				return fits(w, it.val, depth);
		}
	}
	return false;
}

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
	struct us_span s = us_val_raw(v);

	return us_val_is(v, US_J_STRING) &&
	       us_anthropic_among(formats, us_span(s.p + 1, s.n - 2));
}

static bool min_items_fits(struct us_val v)
{
	uint64_t n;

	return us_val_u64(v, &n) && n <= 1;
}

/* A keyword and its value, in a schema. */
static bool keyword_fits(struct walk *w, struct us_span key, struct us_val v, unsigned depth)
{
	if (us_anthropic_among("properties $defs definitions anyOf allOf", key))
		return all_fit(w, v, depth);
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

static bool fits(struct walk *w, struct us_val s, unsigned depth)
{
	bool object = us_val_str_is(us_val_get(s, "type"), "object") ||
	              us_val_is(us_val_get(s, "properties"), US_J_OBJECT);

	if (!us_val_is(s, US_J_OBJECT) || depth > US_JSON_DEPTH || ++w->nodes > NODES_MAX)
		return false;
	if (object && !us_val_is(us_val_get(s, "additionalProperties"), US_J_FALSE))
		return false;
	for (struct us_iter it = us_iter(s); us_iter_next(&it);) {
		struct us_span key = us_val_raw(it.key);

		key = us_span(key.p + 1, key.n - 2);
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
		struct us_span key = us_val_raw(it.key);

		if (us_anthropic_among(words, us_span(key.p + 1, key.n - 2)) != among)
			continue;
		us_print_raw(p, key);
		us_buf_add_char(p->out, ':');
		us_buf_add_span(p->out, us_val_raw(it.val));
	}
}

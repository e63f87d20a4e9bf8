/* same_json.c - do two documents say the same?
 *
 * Members may stand in any order, but tool arguments and schemas must be the same bytes, blanks
 * aside, and numbers as they are written. Strings are compared decoded. The ids of an answer are
 * minted: any of ours will do. Included by tests.
 */
#include "wire/mint.h"
#include "wire/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FILE_MAX ((size_t)1 << 20)

struct place {
	const struct place *up;
	struct us_span key;
	size_t ix;
};

static void print_place(const struct place *p, struct us_buf *out)
{
	if (!p)
		return;
	print_place(p->up, out);
	if (p->key.n)
		us_buf_addf(out, ".%.*s", (int)p->key.n, p->key.p);
	else
		us_buf_addf(out, "[%zu]", p->ix);
}

static void differ(const struct place *p, struct us_val got, struct us_val want)
{
	struct us_span a = us_val_raw(got), b = us_val_raw(want);
	struct us_buf where;

	us_buf_init(&where, FILE_MAX);
	print_place(p, &where);
	fail_msg("at %s\n got %.*s\nwant %.*s\n all %.*s", us_buf_cstr(&where), (int)a.n, a.p,
	         (int)b.n, b.p, got.doc ? (int)got.doc->src.n : 0, got.doc ? got.doc->src.p : "");
}

/* Without blanks outside of strings. */
static void squeeze(struct us_span json, struct us_buf *out)
{
	bool string = false;

	for (size_t i = 0; i < json.n; i++) {
		if (!string && strchr(" \t\r\n", json.p[i]))
			continue;
		if (string && json.p[i] == '\\')
			us_buf_add_char(out, json.p[i++]);
		else if (json.p[i] == '"')
			string = !string;
		us_buf_add_char(out, json.p[i]);
	}
}

static bool same_bytes(struct us_val a, struct us_val b)
{
	struct us_buf x, y;
	bool same;

	us_buf_init(&x, FILE_MAX);
	us_buf_init(&y, FILE_MAX);
	squeeze(us_val_raw(a), &x);
	squeeze(us_val_raw(b), &y);
	same = us_span_eq(us_buf_span(&x), us_buf_span(&y));
	us_buf_fini(&x);
	us_buf_fini(&y);
	return same;
}

static bool same_string(struct us_val a, struct us_val b)
{
	struct us_arena arena;
	bool same;

	us_arena_init(&arena, FILE_MAX);
	same = us_span_eq(us_val_str(a, &arena), us_val_str(b, &arena));
	us_arena_fini(&arena);
	return same;
}

static bool is_spliced(struct us_span key)
{
	return us_span_is(key, "input") || us_span_is(key, "parameters") ||
	       us_span_is(key, "arguments") || us_span_is(key, "input_schema") ||
	       us_span_is(key, "args") || us_span_is(key, "parametersJsonSchema") ||
	       us_span_is(key, "schema");
}

static bool is_id(struct us_span key)
{
	return us_span_is(key, "id") || us_span_is(key, "call_id") || us_span_is(key, "item_id");
}

static bool is_minted(struct us_val v)
{
	struct us_span raw = us_val_raw(v);

	return us_val_is(v, US_J_STRING) && us_minted(us_span(raw.p + 1, raw.n - 2));
}

/* Nobody sends this one back, so it need not be known again. */
static bool is_response_id(struct us_span key) { return us_span_is(key, "responseId"); }

static void compare(const struct place *at, struct us_val got, struct us_val want, bool answer);

static void compare_object(const struct place *at, struct us_val got, struct us_val want,
                           bool answer)
{
	struct us_iter it = us_iter(want);

	if (us_val_count(got) != us_val_count(want))
		differ(at, got, want);
	while (us_iter_next(&it)) {
		struct us_span raw = us_val_raw(it.key);
		struct place in = { at, us_span(raw.p + 1, raw.n - 2), 0 };
		char key[64];
		struct us_val v;

		snprintf(key, sizeof(key), "%.*s", (int)in.key.n, in.key.p);
		v = us_val_get(got, key);
		if (answer && is_id(in.key) && us_val_is(it.val, US_J_STRING)) {
			if (!is_minted(v))
				differ(&in, v, it.val);
		} else if (answer && is_response_id(in.key)) {
			if (!us_val_is(v, US_J_STRING))
				differ(&in, v, it.val);
		} else if (is_spliced(in.key) && us_val_is(v, US_J_OBJECT)) {
			if (!same_bytes(v, it.val))
				differ(&in, v, it.val);
		} else {
			compare(&in, v, it.val, answer);
		}
	}
}

static void compare_array(const struct place *at, struct us_val got, struct us_val want,
                          bool answer)
{
	struct us_iter a = us_iter(got), b = us_iter(want);
	struct place in = { .up = at };

	if (us_val_count(got) != us_val_count(want))
		differ(at, got, want);
	for (; us_iter_next(&a) && us_iter_next(&b); in.ix++)
		compare(&in, a.val, b.val, answer);
}

static void compare(const struct place *at, struct us_val got, struct us_val want, bool answer)
{
	if (us_val_type(got) != us_val_type(want))
		differ(at, got, want);
	if (us_val_is(want, US_J_OBJECT))
		compare_object(at, got, want, answer);
	else if (us_val_is(want, US_J_ARRAY))
		compare_array(at, got, want, answer);
	else if (us_val_is(want, US_J_STRING) ? !same_string(got, want) : !same_bytes(got, want))
		differ(at, got, want);
}

static void compare_json(struct us_span got, struct us_span want, bool answer)
{
	struct us_doc a = { 0 }, b = { 0 };

	if (us_doc_parse(&a, got))
		fail_msg("what was written is no JSON: %.*s", (int)got.n, got.p);
	if (us_doc_parse(&b, want))
		fail_msg("the golden file is no JSON, at byte %zu", b.bad_at);
	compare(NULL, us_doc_root(&a), us_doc_root(&b), answer);
	us_doc_fini(&a);
	us_doc_fini(&b);
}

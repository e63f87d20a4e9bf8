/* rest.c - what is missing of a JSON value that was begun
 *
 * Whatever of it is complete has to be the same in the whole one: members in any order, numbers
 * digit for digit. The one string, number or container that is not has to be its beginning. What
 * was begun is never closed by itself: half a command that is made valid is the worst that could
 * happen to it.
 */
#include "wire/rest.h"

#include "wire/push.h"
#include "wire/scan.h"
#include "wire/text.h"

#define ARENA_MAX ((size_t)64 << 20)
#define MEMBERS_MAX 1000 /* that are looked for one by one */
#define ESCAPE_N 6       /* \ud83d */

struct rest {
	struct us_buf *out;
	struct us_arena arena;
	bool spaced; /* the one who began put blanks behind his marks */
};

static int value(struct rest *r, struct us_span begun, struct us_val v);

static struct us_span skip(struct us_span s)
{
	while (s.n && memchr(" \t\r\n", s.p[0], 4))
		s = us_span_from(s, 1);
	return s;
}

static bool starts(struct us_span s, struct us_span with)
{
	return with.n <= s.n && (!with.n || memcmp(s.p, with.p, with.n) == 0);
}

static int put(struct rest *r, struct us_span s) { return us_buf_add_span(r->out, s); }

static void put_mark(struct rest *r, char mark)
{
	us_buf_add_char(r->out, mark);
	if (r->spaced)
		us_buf_add_char(r->out, ' ');
}

/* Of a value at the front: is it complete, and how long? A bare number may still go on. */
static bool is_complete(struct us_span s, size_t *n)
{
	struct us_push push = { 0 };

	return us_push_feed(&push, s, n) == US_PUSH_DONE;
}

/* --- the same -------------------------------------------------------------------------------- */

static bool same(struct rest *r, struct us_val a, struct us_val b);

static bool has_same(struct rest *r, struct us_val object, const struct us_iter *member)
{
	struct us_span key = us_val_str(member->key, &r->arena);

	for (struct us_iter it = us_iter(object); us_iter_next(&it);)
		if (us_span_eq(us_val_str(it.key, &r->arena), key))
			return same(r, member->val, it.val);
	return false;
}

static bool same_parts(struct rest *r, struct us_val a, struct us_val b)
{
	struct us_iter there = us_iter(b);
	bool object = us_val_is(a, US_J_OBJECT);

	if (us_val_count(a) != us_val_count(b) || us_val_count(a) > MEMBERS_MAX)
		return false;
	for (struct us_iter it = us_iter(a); us_iter_next(&it);) {
		if (object ? !has_same(r, b, &it)
		           : !us_iter_next(&there) || !same(r, it.val, there.val))
			return false;
	}
	return true;
}

static bool same(struct rest *r, struct us_val a, struct us_val b)
{
	if (us_span_eq(us_val_raw(a), us_val_raw(b)))
		return true;
	if (us_val_type(a) != us_val_type(b))
		return false;
	if (us_val_is(a, US_J_STRING))
		return us_span_eq(us_val_str(a, &r->arena), us_val_str(b, &r->arena));
	return us_val_type(a) >= US_J_ARRAY && same_parts(r, a, b);
}

static bool is_same(struct rest *r, struct us_span text, struct us_val v)
{
	struct us_doc doc = { 0 };
	bool ok = us_doc_parse(&doc, text) == 0 && same(r, us_doc_root(&doc), v);

	us_doc_fini(&doc);
	return ok;
}

/* --- strings --------------------------------------------------------------------------------- */

/* Bytes at the end that are half an escape, or an escape that is half a character. */
static size_t half_escape(struct us_span s)
{
	size_t at = 0;

	while (at < s.n) {
		size_t n = s.p[at] != '\\' ? 1 : at + 1 < s.n && s.p[at + 1] == 'u' ? ESCAPE_N : 2;
		bool high = n == ESCAPE_N && at + n <= s.n && (s.p[at + 2] | 0x20) == 'd' &&
		            strchr("89abAB", s.p[at + 3]);

		if (at + n > s.n || (high && at + n == s.n))
			return s.n - at;
		at += n;
	}
	return 0;
}

/* `begun`: behind its opening quote. What follows it of `whole`, and the closing one. */
static int string(struct rest *r, struct us_span begun, struct us_span whole)
{
	size_t half = half_escape(begun), n, at = r->out->n;
	char *said = us_arena_alloc(&r->arena, begun.n + 1);

	if (!said)
		return US_ENOMEM;
	n = us_text_unescape(us_span(begun.p, begun.n - half), said);
	if (!starts(whole, us_span(said, n)))
		return US_EINVAL;
	us_text_escape(r->out, us_span_from(whole, n));
	if (!starts(us_span_from(us_buf_span(r->out), at), us_span_from(begun, begun.n - half)))
		return US_EINVAL;
	memmove(r->out->p + at, r->out->p + at + half, r->out->n - at - half);
	r->out->n -= half;
	return us_buf_add_char(r->out, '"');
}

/* --- objects --------------------------------------------------------------------------------- */

struct members {
	struct us_val of;
	bool *taken;
	bool follows; /* a member stands before the next one */
};

/* The first that is left whose name is this, or begins so. */
static bool take(struct rest *r, struct members *m, struct us_span name, bool begins,
                 struct us_iter *found)
{
	size_t i = 0;

	for (*found = us_iter(m->of); us_iter_next(found); i++) {
		struct us_span key = us_val_str(found->key, &r->arena);

		if (m->taken[i] || !(begins ? starts(key, name) : us_span_eq(key, name)))
			continue;
		m->taken[i] = m->follows = true;
		return true;
	}
	return false;
}

static int close_object(struct rest *r, struct members *m)
{
	size_t i = 0;

	for (struct us_iter it = us_iter(m->of); us_iter_next(&it); i++) {
		if (m->taken[i])
			continue;
		if (m->follows)
			put_mark(r, ',');
		m->follows = true;
		put(r, us_val_raw(it.key));
		put_mark(r, ':');
		put(r, us_val_raw(it.val));
	}
	return us_buf_add_char(r->out, '}');
}

static struct us_span decoded(struct rest *r, struct us_span inside)
{
	char *p = us_arena_alloc(&r->arena, inside.n + 1);

	return p ? us_span(p, us_text_unescape(inside, p)) : us_span("", 0);
}

/* A name that was cut. */
static int name(struct rest *r, struct us_span begun, struct members *m)
{
	struct us_span inside = us_span_from(begun, 1);
	struct us_iter it;
	int rc;

	inside.n -= half_escape(inside);
	if (begun.p[0] != '"' || !take(r, m, decoded(r, inside), true, &it))
		return US_EINVAL;
	rc = string(r, us_span_from(begun, 1), us_val_str(it.key, &r->arena));
	put_mark(r, ':');
	put(r, us_val_raw(it.val));
	return rc ? rc : close_object(r, m);
}

/* Takes a whole member off *s. 1: the rest from there on is found. */
static int member(struct rest *r, struct us_span *s, struct members *m)
{
	struct us_iter it;
	size_t n;
	int rc;

	if (!is_complete(*s, &n) || s->p[0] != '"') {
		rc = name(r, *s, m);
		return rc ? rc : 1;
	}
	if (!take(r, m, decoded(r, us_span(s->p + 1, n - 2)), false, &it))
		return US_EINVAL;
	*s = skip(us_span_from(*s, n));
	if (!s->n)
		put_mark(r, ':');
	else if (s->p[0] != ':')
		return US_EINVAL;
	*s = skip(us_span_from(*s, s->n > 0));
	if (!is_complete(*s, &n)) {
		rc = value(r, *s, it.val);
		rc = rc ? rc : close_object(r, m);
		return rc ? rc : 1;
	}
	if (!is_same(r, us_span(s->p, n), it.val))
		return US_EINVAL;
	*s = skip(us_span_from(*s, n));
	return 0;
}

static int object(struct rest *r, struct us_span s, struct us_val v)
{
	size_t count = us_val_count(v), left = count;
	struct members m = { .of = v, .taken = us_arena_array(&r->arena, count, sizeof(bool)) };
	int rc = count > MEMBERS_MAX ? US_EINVAL : m.taken || !count ? 0 : US_ENOMEM;

	for (s = skip(us_span_from(s, 1)); !rc && s.n; s = skip(us_span_from(s, 1))) {
		if (!left--)
			return US_EINVAL;
		rc = member(r, &s, &m);
		if (rc)
			return rc < 0 ? rc : 0;
		if (!s.n)
			return close_object(r, &m);
		if (s.p[0] != ',' || !left)
			return US_EINVAL;
		m.follows = false; /* the comma stands there */
	}
	return rc ? rc : close_object(r, &m);
}

/* --- arrays ---------------------------------------------------------------------------------- */

static int close_array(struct rest *r, struct us_iter *it, bool follows)
{
	for (; us_iter_next(it); follows = true) {
		if (follows)
			put_mark(r, ',');
		put(r, us_val_raw(it->val));
	}
	return us_buf_add_char(r->out, ']');
}

static int array(struct rest *r, struct us_span s, struct us_val v)
{
	struct us_iter it = us_iter(v);
	size_t left = us_val_count(v), n;

	for (s = skip(us_span_from(s, 1)); s.n; s = skip(us_span_from(s, 1))) {
		if (!us_iter_next(&it))
			return US_EINVAL;
		left--;
		if (!is_complete(s, &n)) {
			int rc = value(r, s, it.val);

			return rc ? rc : close_array(r, &it, true);
		}
		if (!is_same(r, us_span(s.p, n), it.val))
			return US_EINVAL;
		s = skip(us_span_from(s, n));
		if (!s.n)
			return close_array(r, &it, true);
		if (s.p[0] != ',' || !left)
			return US_EINVAL;
	}
	return close_array(r, &it, false);
}

/* --- any ------------------------------------------------------------------------------------- */

static int value(struct rest *r, struct us_span begun, struct us_val v)
{
	struct us_span raw = us_val_raw(v);

	begun = skip(begun);
	if (starts(raw, begun))
		return put(r, us_span_from(raw, begun.n));
	if (us_val_is(v, US_J_STRING) && begun.p[0] == '"')
		return string(r, us_span_from(begun, 1), us_val_str(v, &r->arena));
	if (us_val_is(v, US_J_OBJECT) && begun.p[0] == '{')
		return object(r, begun, v);
	if (us_val_is(v, US_J_ARRAY) && begun.p[0] == '[')
		return array(r, begun, v);
	return US_EINVAL;
}

/* Whatever the ways that lead here: what comes out is looked at once more. */
static bool makes_one(struct rest *r, struct us_span begun, struct us_val whole, size_t at)
{
	struct us_buf all;
	bool ok;

	us_buf_init(&all, begun.n + r->out->n + 1);
	us_buf_add_span(&all, begun);
	us_buf_add_span(&all, us_span_from(us_buf_span(r->out), at));
	ok = !all.err && is_same(r, us_buf_span(&all), whole);
	us_buf_fini(&all);
	return ok;
}

int us_json_rest(struct us_span begun, struct us_span whole, struct us_buf *out)
{
	struct rest r = { .out = out, .spaced = us_span_has(begun, "\": ") };
	struct us_doc doc = { 0 };
	struct us_push push = { 0 };
	size_t at = out->n, used;
	int rc = us_doc_parse(&doc, whole);

	us_arena_init(&r.arena, ARENA_MAX);
	if (!rc && us_push_feed(&push, begun, &used) != US_PUSH_MORE)
		rc = US_EINVAL;
	if (!rc)
		rc = value(&r, begun, us_doc_root(&doc));
	if (!rc && !makes_one(&r, begun, us_doc_root(&doc), at))
		rc = US_EINVAL;
	if (rc)
		out->n = at;
	us_arena_fini(&r.arena);
	us_doc_fini(&doc);
	return rc ? US_EINVAL : out->err;
}

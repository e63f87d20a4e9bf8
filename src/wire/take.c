/* take.c - what readers of requests take from a member in the same way, whatever the dialect */
#include "wire/take.h"

#define NAMES_MAX 64 /* in each list of names */

enum us_tri us_take_tri(struct us_val v)
{
	return us_val_is(v, US_J_TRUE) ? US_YES : us_val_is(v, US_J_FALSE) ? US_NO : US_UNSET;
}

static bool has_type(struct us_val v, enum us_member how)
{
	switch (how) {
	case US_MEMBER_WORD:
		return us_val_is(v, US_J_STRING);
	case US_MEMBER_NUMBER:
		return us_val_is(v, US_J_NUMBER);
	case US_MEMBER_FLAG:
		return us_take_tri(v) != US_UNSET;
	default:
		return true;
	}
}

bool us_take_member(struct us_val v, enum us_member how, size_t at, struct us_arena *a,
                    struct us_req *r)
{
	void *field = (char *)r + at;

	if (!has_type(v, how))
		return false;
	if (how == US_MEMBER_WORD)
		*(struct us_span *)field = us_val_str(v, a);
	else if (how == US_MEMBER_NUMBER)
		*(struct us_num *)field = (struct us_num){ us_val_raw(v), us_val_double(v) };
	else if (how == US_MEMBER_FLAG)
		*(enum us_tri *)field = us_take_tri(v);
	else if (how == US_MEMBER_RAW)
		*(struct us_span *)field = us_val_raw(v);
	return true;
}

struct us_span us_take_str(struct us_val object, const char *name, struct us_arena *a)
{
	struct us_val v = us_val_get(object, name);

	return us_val_is(v, US_J_STRING) ? us_val_str(v, a) : us_span(NULL, 0);
}

int us_take_stop(struct us_val text, struct us_arena *a, struct us_req *r)
{
	struct us_span *slot = us_arena_push(a, &r->stop, &r->nstop, sizeof(*slot));

	if (!slot)
		return a->err;
	*slot = us_val_str(text, a);
	return us_val_is(text, US_J_STRING) ? 0 : US_EINVAL;
}

int us_take_stops(struct us_val list, struct us_arena *a, struct us_req *r)
{
	int rc = us_val_is(list, US_J_ARRAY) ? 0 : US_EINVAL;

	for (struct us_iter it = us_iter(list); !rc && us_iter_next(&it);)
		rc = us_take_stop(it.val, a, r);
	return rc;
}

void us_take_args(struct us_val v, struct us_arena *a, struct us_block *b)
{
	b->args = us_val_is(v, US_J_STRING) ? us_val_str(v, a)
	          : us_val_given(v)         ? us_val_raw(v)
	                                    : us_span("", 0);
	b->args_kind = us_args_kind(b->args);
}

int us_take_name(struct us_arena *a, struct us_span **names, size_t *n, struct us_span name)
{
	struct us_span *slot;

	for (size_t i = 0; i < *n; i++)
		if (us_span_eq((*names)[i], name))
			return 0;
	if (*n >= NAMES_MAX)
		return 0;
	slot = us_arena_push(a, names, n, sizeof(*slot));
	if (!slot)
		return a->err;
	*slot = name;
	return 0;
}

void us_take_unknown(struct us_val message, const char *const *known, size_t n, struct us_arena *a,
                     struct us_req *r)
{
	for (struct us_iter it = us_iter(message); us_iter_next(&it);) {
		struct us_span key;
		size_t i = 0;

		while (i < n && !us_val_str_is(it.key, known[i]))
			i++;
		if (i < n || !us_val_given(it.val))
			continue;
		key = us_val_str(it.key, a);
		key = us_arena_printf(a, "messages.%.*s", key.n < 64 ? (int)key.n : 64, key.p);
		(void)us_take_name(a, &r->unknown, &r->nunknown, key); /* the arena remembers */
	}
}

/* openai_members.c - how both languages of OpenAI are read: the members of a request, row by row */
#include "wire/openai_members.h"

void us_openai_wrong(struct us_openai_in *in) { in->err = US_EINVAL; }

/* A name once; the list is for people, and what it leaves out changes no verdict. */
void us_openai_note(struct us_openai_in *in, struct us_span **names, size_t *n, struct us_span name)
{
	(void)us_take_name(in->a, names, n, name); /* the arena remembers */
}

void us_openai_note_dropped(struct us_openai_in *in, const char *name)
{
	us_openai_note(in, &in->r->dropped, &in->r->ndropped, us_span_of(name));
}

struct us_span us_openai_str(struct us_openai_in *in, struct us_val object, const char *name)
{
	return us_take_str(object, name, in->a);
}

void us_openai_read_each(struct us_openai_in *in, struct us_val v,
                         void (*read)(struct us_openai_in *in, struct us_val v))
{
	if (!us_val_is(v, US_J_ARRAY))
		us_openai_wrong(in);
	for (struct us_iter it = us_iter(v); us_iter_next(&it) && !in->err;)
		read(in, it.val);
}

/* 100.0 is an integer too: that is how some languages print one. Negative means no limit. */
void us_openai_take_max(struct us_openai_in *in, struct us_val v)
{
	double d = us_val_double(v);
	uint64_t n = 0;

	if (!us_val_is(v, US_J_NUMBER) || d > 1e15)
		us_openai_wrong(in);
	else if (d < 0)
		return;
	else if (us_val_u64(v, &n) || d == (double)(uint64_t)d)
		in->r->max_out = n ? n : (uint64_t)d;
	else
		us_openai_wrong(in);
	in->r->max_out_set = !in->err;
}

/* The words are not checked: a newer one is for the target to make sense of. */
void us_openai_take_effort(struct us_openai_in *in, struct us_val v)
{
	in->r->effort = us_val_str(v, in->a);
	in->r->reason = us_val_str_is(v, "none") ? US_REASON_OFF : US_REASON_EFFORT;
	if (!in->r->effort.n)
		us_openai_wrong(in);
}

/* Only wanting the answer kept is lost elsewhere. */
void us_openai_take_store(struct us_openai_in *in, struct us_val v)
{
	if (us_val_is(v, US_J_TRUE))
		us_openai_note_dropped(in, "store");
}

void us_openai_take_word(struct us_openai_in *in, struct us_val v)
{
	if (us_val_str_is(v, "auto"))
		in->r->choice = US_CHOICE_AUTO;
	else if (us_val_str_is(v, "none"))
		in->r->choice = US_CHOICE_NONE;
	else if (us_val_str_is(v, "required") || us_val_str_is(v, "any"))
		in->r->choice = US_CHOICE_REQUIRED; /* any: Mistral's word */
	else
		us_openai_wrong(in);
}

void us_openai_take_name(struct us_openai_in *in, struct us_span name)
{
	in->r->choice = US_CHOICE_NAMED;
	in->r->choice_name = name;
}

void us_openai_take_allowed(struct us_openai_in *in, struct us_val v,
                            struct us_span (*name_of)(struct us_openai_in *in, struct us_val v))
{
	struct us_req *r = in->r;

	r->choice = US_CHOICE_ALLOWED;
	r->allowed_required = us_val_str_is(us_val_get(v, "mode"), "required");
	for (struct us_iter it = us_iter(us_val_get(v, "tools")); us_iter_next(&it);) {
		struct us_span *name =
			us_arena_push(in->a, &r->allowed, &r->nallowed, sizeof(*name));

		if (name)
			*name = name_of(in, it.val);
	}
}

/* A schema that is null is as good as none; one that is there stays as its bytes. */
void us_openai_read_function(struct us_openai_in *in, struct us_val f, struct us_tool *t)
{
	struct us_val schema = us_val_get(f, "parameters");

	t->kind = US_TOOL_FUNCTION;
	t->name = us_openai_str(in, f, "name");
	t->description = us_openai_str(in, f, "description");
	if (us_val_given(schema))
		t->schema = us_val_raw(schema);
	t->strict = us_take_tri(us_val_get(f, "strict"));
	if (!t->name.n)
		us_openai_wrong(in);
}

/* A free-form tool: its input is text, perhaps held to a grammar, which Chat Completions nests once
 * more. */
void us_openai_read_custom(struct us_openai_in *in, struct us_val c, struct us_tool *t)
{
	struct us_val format = us_val_get(c, "format"), nested = us_val_get(format, "grammar");

	t->kind = US_TOOL_CUSTOM;
	t->name = us_openai_str(in, c, "name");
	t->description = us_openai_str(in, c, "description");
	if (us_val_str_is(us_val_get(format, "type"), "grammar")) {
		format = us_val_given(nested) ? nested : format;
		t->grammar = us_openai_str(in, format, "definition");
		t->syntax = us_openai_str(in, format, "syntax");
	}
	if (!t->name.n)
		us_openai_wrong(in);
}

void us_openai_read_hosted(struct us_openai_in *in, struct us_val v, struct us_tool *t)
{
	t->kind = US_TOOL_HOSTED;
	t->type = us_openai_str(in, v, "type");
	if (!t->type.n)
		us_openai_wrong(in);
}

/* Not strict is what OpenAI means by saying nothing, so that is kept as said; elsewhere a schema
 * that comes alone is a promise. */
void us_openai_read_schema(struct us_openai_in *in, struct us_val v, struct us_val schema)
{
	struct us_req *r = in->r;

	r->format = US_FORMAT_JSON_SCHEMA;
	r->format_schema = us_val_raw(schema);
	r->format_name = us_openai_str(in, v, "name");
	r->format_desc = us_openai_str(in, v, "description");
	r->format_strict = us_val_is(us_val_get(v, "strict"), US_J_TRUE) ? US_YES : US_NO;
}

static void take_member(struct us_openai_in *in, const struct us_openai_member *m, struct us_val v)
{
	if (m->how == US_MEMBER_TAKE)
		m->take(in, v);
	else if (m->how == US_MEMBER_DROP)
		us_openai_note_dropped(in, m->name);
	else if (!us_take_member(v, m->how, m->at, in->a, in->r))
		us_openai_wrong(in);
}

static bool is_known(const struct us_openai_member *rows, size_t n, struct us_val key)
{
	for (size_t i = 0; i < n; i++)
		if (us_val_str_is(key, rows[i].name))
			return true;
	return false;
}

int us_openai_read_members(struct us_openai_in *in, struct us_val body,
                           const struct us_openai_member *rows, size_t n)
{
	struct us_req *r = in->r;

	for (size_t i = 0; i < n && !in->err; i++) {
		struct us_val v = us_val_get(body, rows[i].name);

		if (us_val_given(v))
			take_member(in, &rows[i], v);
	}
	for (struct us_iter it = us_iter(body); us_iter_next(&it);)
		if (us_val_given(it.val) && !is_known(rows, n, it.key))
			us_openai_note(in, &r->unknown, &r->nunknown, us_val_str(it.key, in->a));
	return in->a->err ? in->a->err : in->err;
}

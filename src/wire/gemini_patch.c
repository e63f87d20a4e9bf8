/* gemini_patch.c - a Gemini program's request for another model of Gemini's: what must change
 *
 * Models before the third generation sign nothing, so a program that talks to one has nothing to
 * show a newer one, which wants signatures. And the URL names the model; a body that names it, too,
 * should not name another.
 */
#include "wire/gemini.h"

#include "wire/models.h"
#include "wire/translate.h"

bool us_gemini_wants_signatures(const struct us_model *m)
{
	return m->thinking == US_THINKING_EFFORT || m->thinking == US_THINKING_EFFORT_ON;
}

static bool is_call(struct us_val part)
{
	return us_val_given(us_gemini_get(part, "functionCall"));
}

/* The first call of a content gets the word for a foreign signature, if it has none. */
static void sign_content(struct us_edit *e, struct us_val content)
{
	struct us_iter it = us_iter(us_gemini_get(content, "parts"));
	struct us_span raw;

	while (us_iter_next(&it) && !is_call(it.val))
		;
	raw = us_val_raw(it.val);
	if (!is_call(it.val) || us_val_given(us_gemini_get(it.val, "thoughtSignature")))
		return;
	us_edit_copy_to(e, raw.p + raw.n - 1);
	us_buf_add_str(e->out, ",\"thoughtSignature\":\"" US_GEMINI_FOREIGN_SIGNATURE "\"");
}

static void sign_calls(struct us_edit *e, const struct us_for *to, struct us_val contents)
{
	struct us_iter it = us_iter(contents);

	if (!us_gemini_wants_signatures(to->model))
		return;
	while (us_val_is(contents, US_J_ARRAY) && us_iter_next(&it))
		sign_content(e, it.val);
}

static void name_again(struct us_edit *e, const struct us_for *to, struct us_val model,
                       struct us_arena *a)
{
	bool whole = us_span_starts(us_val_raw(model), "\"models/");
	struct us_span name = us_arena_printf(a, "%s%.*s", whole ? "models/" : "",
	                                      (int)to->model_name.n, to->model_name.p);

	if (us_val_is(model, US_J_STRING) && name.n && !us_val_str_is(model, name.p))
		us_edit_replace(e, model, name);
}

bool us_gemini_patch_member(struct us_rendered *r, struct us_edit *e, const struct us_iter *member)
{
	bool model = us_val_str_is(member->key, "model");

	if (model)
		name_again(e, &r->to, member->val, &r->arena);
	else if (us_val_str_is(member->key, "contents"))
		sign_calls(e, &r->to, member->val);
	return model || us_val_str_is(member->key, "contents");
}

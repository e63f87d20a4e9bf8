/* gemini_tools.c - tools and toolConfig of a request, written
 *
 * Schemas go as JSON Schema, as the bytes that came, except to the first generations, which know
 * Google's own Schema only.
 */
#include "wire/gemini_request.h"

#include "wire/gemini_schema.h"
#include "wire/schema.h"
#include "wire/wants.h"

static void tell_wrapped(struct us_gemini_out *w, const struct us_tool *t)
{
	if (t->kind == US_TOOL_FUNCTION)
		return;
	us_gemini_degraded(w, "CUSTOM_TOOL_WRAPPED", "tools");
	if (us_set(t->grammar))
		us_gemini_degraded(w, "GRAMMAR_DROPPED", "tools");
}

/* Parameters of no members are left out: the older Schema refuses an object without any. */
static void put_parameters(struct us_gemini_out *w, struct us_span schema)
{
	struct us_doc doc = { 0 };
	int rc = us_doc_parse(&doc, schema);
	struct us_val root = us_doc_root(&doc);

	if (rc == US_ENOMEM)
		w->p.out->err = rc;
	if (us_gemini_schema_is_bare(root)) {
		us_doc_fini(&doc);
		return;
	}
	if (w->first) {
		us_print_key(&w->p, "parameters");
		us_gemini_schema_from_json(root, w->p.out, w->diags);
		w->p.comma = true;
	} else {
		us_print_member_raw(&w->p, "parametersJsonSchema", schema);
	}
	us_doc_fini(&doc);
}

static void put_tool(struct us_gemini_out *w, const struct us_tool *t)
{
	struct us_span schema = us_schema_of(t);

	tell_wrapped(w, t);
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "name", t->name);
	if (us_set(t->description))
		us_print_member(&w->p, "description", t->description);
	if (us_set(schema))
		put_parameters(w, schema);
	us_print_close(&w->p, '}');
	if (t->strict == US_YES)
		us_gemini_degraded(w, "STRICT_DROPPED", "tools.strict");
}

static void put_calling(struct us_gemini_out *w, const char *mode, const struct us_span *names,
                        size_t n)
{
	us_print_key(&w->p, "toolConfig");
	us_print_open(&w->p, '{');
	us_print_key(&w->p, "functionCallingConfig");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "mode", us_span_of(mode));
	if (n) {
		us_print_key(&w->p, "allowedFunctionNames");
		us_print_open(&w->p, '[');
		for (size_t i = 0; i < n; i++)
			us_print_str(&w->p, names[i]);
		us_print_close(&w->p, ']');
	}
	us_print_close(&w->p, '}');
	us_print_close(&w->p, '}');
}

/* With AUTO a list of names is refused: the tools that are not allowed are left out instead. */
static void put_choice(struct us_gemini_out *w)
{
	const struct us_req *r = w->r;

	switch (r->choice) {
	case US_CHOICE_UNSET:
		break;
	case US_CHOICE_AUTO:
		put_calling(w, "AUTO", NULL, 0);
		break;
	case US_CHOICE_NONE:
		put_calling(w, "NONE", NULL, 0);
		break;
	case US_CHOICE_REQUIRED:
		put_calling(w, "ANY", NULL, 0);
		break;
	case US_CHOICE_NAMED:
		put_calling(w, "ANY", &r->choice_name, 1);
		break;
	case US_CHOICE_ALLOWED:
		if (r->allowed_required)
			put_calling(w, "ANY", r->allowed, r->nallowed);
		else
			us_gemini_degraded(w, "ALLOWED_TOOLS_FILTERED", "tool_choice");
		break;
	}
}

static bool is_shown(const struct us_gemini_out *w, const struct us_tool *t)
{
	bool narrow = w->r->choice == US_CHOICE_ALLOWED && !w->r->allowed_required;

	return t->kind != US_TOOL_HOSTED && (!narrow || us_req_allows(w->r, t->name));
}

/* Nobody is kept from calling several: the program is shown the first, see the encoders. */
void us_gemini_put_tools(struct us_gemini_out *w)
{
	size_t shown = 0;

	for (size_t i = 0; i < w->r->ntools; i++) {
		shown += is_shown(w, &w->r->tools[i]);
		if (w->r->tools[i].kind == US_TOOL_HOSTED)
			us_diag(w->diags, US_IMPOSSIBLE, "HOSTED_TOOL", w->r->tools[i].type);
	}
	if (!shown)
		return;
	us_print_key(&w->p, "tools");
	us_print_open(&w->p, '[');
	us_print_open(&w->p, '{');
	us_print_key(&w->p, "functionDeclarations");
	us_print_open(&w->p, '[');
	for (size_t i = 0; i < w->r->ntools; i++)
		if (is_shown(w, &w->r->tools[i]))
			put_tool(w, &w->r->tools[i]);
	us_print_close(&w->p, ']');
	us_print_close(&w->p, '}');
	us_print_close(&w->p, ']');
	put_choice(w);
	if (w->r->parallel_tools == US_NO)
		us_gemini_degraded(w, "PARALLEL_CALLS_POSSIBLE", "parallel_tool_calls");
}

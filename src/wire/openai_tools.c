/* openai_tools.c - the tools of a hub request as Chat Completions and Responses take them
 *
 * Names and schemas arrive fit for the target (us_normalise, us_schema_print). Free-form tools are
 * OpenAI's own; elsewhere such a tool is a function of one string, and the answer's encoder takes
 * the string out again.
 */
#include "wire/openai_render.h"

#include "wire/schema.h"
#include "wire/wants.h"

#define TOOLS_MAX 128 /* OpenAI refuses more */

/* Hosted tools are another provider's; a compatible server is shown only what is allowed, and one
 * that does not hear of a choice only what is left by it. */
static bool is_shown(const struct us_openai_out *o, const struct us_tool *t)
{
	if (t->kind == US_TOOL_HOSTED)
		return false;
	if (o->to->profile->deaf && o->r->choice == US_CHOICE_NONE)
		return false;
	if (o->to->profile->deaf && o->r->choice == US_CHOICE_NAMED)
		return us_span_eq(o->r->choice_name, t->name);
	return o->r->choice != US_CHOICE_ALLOWED || o->to->profile->official ||
	       us_req_allows(o->r, t->name);
}

/* Also tells what cannot be sent at all. */
static size_t count_tools(struct us_openai_out *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->r->ntools; i++) {
		n += is_shown(o, &o->r->tools[i]);
		if (o->r->tools[i].kind == US_TOOL_HOSTED)
			us_diag(o->diags, US_IMPOSSIBLE, "HOSTED_TOOL", o->r->tools[i].type);
	}
	if (n > TOOLS_MAX && o->to->profile->official)
		us_diag(o->diags, US_IMPOSSIBLE, "TOO_MANY_TOOLS", US_SPAN("tools"));
	return n;
}

/* A promise of strictness is kept or taken back, never made by changing the schema. Responses takes
 * silence for such a promise. */
static void print_strict(struct us_openai_out *o, const struct us_tool *t)
{
	bool can = o->to->profile->official && us_schema_is_strict(t->schema);

	if (t->strict == US_YES && !can)
		us_diag(o->diags, US_DEGRADED, "STRICT_DROPPED", t->name);
	if ((t->strict != US_UNSET || o->flat) && o->to->profile->official)
		us_print_member_bool(&o->p, "strict", t->strict == US_YES && can);
}

static void print_function(struct us_openai_out *o, const struct us_tool *t)
{
	us_print_member(&o->p, "type", US_SPAN("function"));
	us_openai_enter(o, "function");
	us_schema_print_function(&o->p, t);
	if (t->kind == US_TOOL_FUNCTION)
		print_strict(o, t);
	us_openai_leave(o);
}

static void print_grammar(struct us_openai_out *o, const struct us_tool *t)
{
	us_print_key(&o->p, "format");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type", US_SPAN("grammar"));
	us_openai_enter(o, "grammar");
	us_print_member(&o->p, "syntax", t->syntax);
	us_print_member(&o->p, "definition", t->grammar);
	us_openai_leave(o);
	us_print_close(&o->p, '}');
}

static void print_custom(struct us_openai_out *o, const struct us_tool *t)
{
	us_print_member(&o->p, "type", US_SPAN("custom"));
	us_openai_enter(o, "custom");
	us_print_member(&o->p, "name", t->name);
	if (us_set(t->description))
		us_print_member(&o->p, "description", t->description);
	if (us_set(t->grammar))
		print_grammar(o, t);
	us_openai_leave(o);
}

static void print_tools(struct us_openai_out *o)
{
	us_print_key(&o->p, "tools");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < o->r->ntools; i++) {
		const struct us_tool *t = &o->r->tools[i];

		if (!is_shown(o, t))
			continue;
		us_print_open(&o->p, '{');
		if (t->kind == US_TOOL_CUSTOM && o->to->profile->official)
			print_custom(o, t);
		else
			print_function(o, t);
		us_print_close(&o->p, '}');
		if (t->kind == US_TOOL_CUSTOM && !o->to->profile->official)
			us_diag(o->diags, US_DEGRADED, "CUSTOM_TOOL_WRAPPED", t->name);
	}
	us_print_close(&o->p, ']');
}

/* {"type": "function", "function": {"name": ...}}, as choices name a tool. */
static void print_named(struct us_openai_out *o, struct us_span name)
{
	const char *kind = "function";

	for (size_t i = 0; i < o->r->ntools && o->to->profile->official; i++)
		if (o->r->tools[i].kind == US_TOOL_CUSTOM && us_span_eq(o->r->tools[i].name, name))
			kind = "custom";
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type", us_span_of(kind));
	us_openai_enter(o, kind);
	us_print_member(&o->p, "name", name);
	us_openai_leave(o);
	us_print_close(&o->p, '}');
}

/* Compatible servers do not know this choice; is_shown has seen to it. */
static void print_allowed(struct us_openai_out *o)
{
	const char *mode = o->r->allowed_required ? "required" : "auto";

	if (!o->to->profile->official) {
		us_openai_degraded(o, "ALLOWED_TOOLS_FILTERED", "tool_choice");
		us_print_str(&o->p, us_span_of(mode));
		return;
	}
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type", US_SPAN("allowed_tools"));
	us_openai_enter(o, "allowed_tools");
	us_print_member(&o->p, "mode", us_span_of(mode));
	us_print_key(&o->p, "tools");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < o->r->nallowed; i++)
		print_named(o, o->r->allowed[i]);
	us_print_close(&o->p, ']');
	us_openai_leave(o);
	us_print_close(&o->p, '}');
}

static void print_choice(struct us_openai_out *o)
{
	static const char *const words[] = {
		[US_CHOICE_AUTO] = "auto",
		[US_CHOICE_NONE] = "none",
		[US_CHOICE_REQUIRED] = "required",
	};

	if (o->r->choice == US_CHOICE_UNSET)
		return;
	if (o->to->profile->deaf) { /* what must be called is asked for in words */
		if (o->r->choice == US_CHOICE_ALLOWED)
			us_openai_degraded(o, "ALLOWED_TOOLS_FILTERED", "tool_choice");
		return;
	}
	us_print_key(&o->p, "tool_choice");
	if (o->r->choice == US_CHOICE_NAMED)
		print_named(o, o->r->choice_name);
	else if (o->r->choice == US_CHOICE_ALLOWED)
		print_allowed(o);
	else
		us_print_str(&o->p, us_span_of(words[o->r->choice]));
}

/* Choices without tools are refused. Parallel calls are what a server makes unasked. */
void us_openai_tools(struct us_openai_out *o)
{
	if (o->r->ntools && o->to->profile->deaf && o->r->choice == US_CHOICE_NONE)
		us_openai_degraded(o, "TOOLS_WITHHELD", "tool_choice");
	if (!count_tools(o))
		return;
	print_tools(o);
	print_choice(o);
	if (o->r->parallel_tools == US_NO && !us_openai_lacks(o, "parallel_tool_calls"))
		us_print_member_bool(&o->p, "parallel_tool_calls", false);
}

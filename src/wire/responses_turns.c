/* responses_turns.c - turns of the hub as the input of a Responses request
 *
 * What other dialects keep within a message is an item of its own here: calls, and the outputs of
 * tools, right behind each other as normalisation has put them. Items bear no ids: those that the
 * program's provider gave them name nothing at another.
 *
 * A single instruction is `instructions`. Several are messages, because there each can stay one.
 */
#include "wire/responses_render.h"

#include "wire/wants.h"
#include "wire/words.h"

/* Calls and results are items; thoughts are private to those who had them. */
static bool is_said(const struct us_block *b)
{
	return b->kind != US_TOOL_CALL && b->kind != US_TOOL_RESULT && b->kind != US_THINK;
}

static size_t count_said(const struct us_block *b, size_t n)
{
	size_t said = 0;

	for (size_t i = 0; i < n; i++)
		said += is_said(&b[i]);
	return said;
}

/* The text that is all that is said; NULL if there is more, or something else. */
static const struct us_block *only_text(const struct us_block *b, size_t n)
{
	size_t i = 0;

	while (i < n && !is_said(&b[i]))
		i++;
	if (count_said(b, n) != 1 || !us_words_are(&b[i]) || b[i].kind == US_REFUSAL)
		return NULL;
	return &b[i];
}

/* What is said, as a string or as a list of parts. */
static void print_content(struct us_openai_out *o, const struct us_block *b, size_t n,
                          bool assistant)
{
	const struct us_block *text = only_text(b, n);

	if (text) {
		us_openai_add_text(o, text);
		us_openai_print_gathered(o);
		return;
	}
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < n; i++)
		if (is_said(&b[i]))
			us_responses_print_part(o, &b[i], assistant);
	us_print_close(&o->p, ']');
}

static void print_message(struct us_openai_out *o, const char *role, const struct us_block *b,
                          size_t n)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "role", us_span_of(role));
	us_print_key(&o->p, "content");
	print_content(o, b, n, strcmp(role, "assistant") == 0);
	us_print_close(&o->p, '}');
}

/* A list of parts. What marks an error gets a part of its own where no text is first. */
static void print_parts(struct us_openai_out *o, const struct us_block *result)
{
	static const struct us_block mark = { .kind = US_TEXT };

	us_print_open(&o->p, '[');
	if (o->text.n && !us_words_are(&result->blocks[0]))
		us_responses_print_part(o, &mark, false);
	for (size_t i = 0; i < result->nblocks; i++)
		us_responses_print_part(o, &result->blocks[i], false);
	us_print_close(&o->p, ']');
}

/* An output holds pictures and documents as a message does. */
static void print_output(struct us_openai_out *o, const struct us_block *result)
{
	bool custom = us_openai_is_custom_call(o, result);
	size_t texts = us_openai_count_texts(result->blocks, result->nblocks);

	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type",
	                custom ? US_SPAN("custom_tool_call_output")
	                       : US_SPAN("function_call_output"));
	us_print_member(&o->p, "call_id", result->id);
	us_print_key(&o->p, "output");
	us_words_add_error(&o->text, result, o->diags);
	if (texts == result->nblocks && texts < 2) {
		if (texts)
			us_openai_add_text(o, &result->blocks[0]);
		us_openai_print_gathered(o);
	} else {
		print_parts(o, result);
	}
	us_print_close(&o->p, '}');
}

static void print_call(struct us_openai_out *o, const struct us_block *b)
{
	bool custom = us_openai_is_custom_call(o, b);

	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type",
	                custom ? US_SPAN("custom_tool_call") : US_SPAN("function_call"));
	us_print_member(&o->p, "call_id", b->id);
	us_print_member(&o->p, "name", b->name);
	us_print_key(&o->p, custom ? "input" : "arguments");
	us_openai_add_args(o, b);
	us_openai_print_gathered(o);
	us_print_close(&o->p, '}');
}

static void print_user(struct us_openai_out *o, const struct us_turn *t)
{
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == US_TOOL_RESULT)
			print_output(o, &t->blocks[i]);
	if (count_said(t->blocks, t->nblocks))
		print_message(o, "user", t->blocks, t->nblocks);
}

/* Each run of what is said between calls is a message. */
static void print_assistant(struct us_openai_out *o, const struct us_turn *t)
{
	size_t from = 0;

	us_words_tell_unspoken(t, o->diags);
	for (size_t i = 0; i <= t->nblocks; i++) {
		if (i < t->nblocks && t->blocks[i].kind != US_TOOL_CALL)
			continue;
		if (count_said(t->blocks + from, i - from))
			print_message(o, "assistant", t->blocks + from, i - from);
		if (i < t->nblocks)
			print_call(o, &t->blocks[i]);
		from = i + 1;
	}
}

static void print_system(struct us_openai_out *o, const struct us_turn *t)
{
	if (us_openai_count_texts(t->blocks, t->nblocks) < t->nblocks)
		us_openai_impossible(o, "SYSTEM_MEDIA", US_SPAN("input"));
	print_message(o, t->role == US_ROLE_DEVELOPER ? "developer" : "system", t->blocks,
	              t->nblocks);
}

/* The only instruction before the conversation, if it is one text of the system's. Returns how many
 * turns are told by that. */
static size_t print_instructions(struct us_openai_out *o)
{
	const struct us_req *r = o->r;
	const struct us_turn *t = r->turns;
	bool single = r->nturns > 1 && t->role == US_ROLE_SYSTEM && t->nblocks == 1 &&
	              t->blocks[0].kind == US_TEXT && !us_is_instruction(&t[1]);

	if (!single)
		return 0;
	us_print_member(&o->p, "instructions", t->blocks[0].text);
	return 1;
}

static void print_turn(struct us_openai_out *o, const struct us_turn *t)
{
	if (us_is_instruction(t))
		print_system(o, t);
	else if (t->role == US_ROLE_USER)
		print_user(o, t);
	else
		print_assistant(o, t);
}

void us_responses_turns(struct us_openai_out *o)
{
	size_t i = print_instructions(o);

	for (size_t k = 0; k < o->r->nturns; k++)
		if (us_set(o->r->turns[k].name))
			us_openai_degraded(o, "NAME_DROPPED", "name");
	us_print_key(&o->p, "input");
	us_print_open(&o->p, '[');
	for (; i < o->r->nturns && us_is_instruction(&o->r->turns[i]); i++)
		print_turn(o, &o->r->turns[i]);
	us_openai_print_note(o);
	for (; i < o->r->nturns; i++)
		print_turn(o, &o->r->turns[i]);
	us_print_close(&o->p, ']');
}

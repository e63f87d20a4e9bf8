/* openai_turns.c - turns of the hub as Chat Completions messages
 *
 * One turn may become several messages: each tool result is one of its own, right behind the calls
 * it answers; what a tool message can't hold, and what else the user's turn says, follows in one
 * user message. Text goes as a plain string where that is the whole of it, and for compatible
 * servers wherever it is nothing but text.
 */
#include "wire/openai_render.h"

#include "wire/wants.h"
#include "wire/words.h"

static size_t count(const struct us_block *b, size_t n, enum us_block_kind kind)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += b[i].kind == kind;
	return found;
}

static void open_message(struct us_openai_out *o, const char *role)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "role", us_span_of(role));
}

static void close_message(struct us_openai_out *o) { us_print_close(&o->p, '}'); }

/* `developer` is OpenAI's newer word; older templates know `system` only. */
static void print_system(struct us_openai_out *o, const struct us_turn *t)
{
	bool developer = t->role == US_ROLE_DEVELOPER && o->to->profile->official;

	if (us_openai_count_texts(t->blocks, t->nblocks) < t->nblocks)
		us_openai_impossible(o, "SYSTEM_MEDIA", US_SPAN("messages"));
	open_message(o, developer ? "developer" : "system");
	us_openai_print_texts(o, t->blocks, t->nblocks);
	if (us_set(t->name) && o->to->profile->official)
		us_print_member(&o->p, "name", t->name);
	close_message(o);
}

/* Documents that are no text are lost here; images follow in the user's message. */
static void print_result(struct us_openai_out *o, const struct us_block *result)
{
	open_message(o, "tool");
	us_print_member(&o->p, "tool_call_id", result->id);
	us_print_key(&o->p, "content");
	us_words_add_result(&o->text, result, o->diags);
	us_openai_print_gathered(o);
	close_message(o);
}

/* The note before an image says whose it is: several calls may have returned some. */
static void print_result_images(struct us_openai_out *o, const struct us_block *result)
{
	for (size_t i = 0; i < result->nblocks; i++) {
		if (result->blocks[i].kind != US_IMAGE)
			continue;
		us_openai_degraded(o, "RESULT_IMAGE_MOVED", "messages");
		us_buf_add_str(&o->text, "[image returned by tool ");
		us_buf_add_span(&o->text, result->name.n ? result->name : result->id);
		us_buf_add_char(&o->text, ']');
		us_openai_print_text_part(o);
		us_openai_print_image(o, &result->blocks[i]);
	}
}

static void print_parts(struct us_openai_out *o, const struct us_turn *t)
{
	us_print_key(&o->p, "content");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == US_TOOL_RESULT)
			print_result_images(o, &t->blocks[i]);
	for (size_t i = 0; i < t->nblocks; i++)
		us_openai_print_part(o, &t->blocks[i]);
	us_print_close(&o->p, ']');
}

/* Tool messages have to stand together, so all of them come before anything else of the turn. */
static void print_user(struct us_openai_out *o, const struct us_turn *t)
{
	size_t results = 0, images = 0;

	for (size_t i = 0; i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (b->kind != US_TOOL_RESULT)
			continue;
		print_result(o, b);
		results++;
		images += count(b->blocks, b->nblocks, US_IMAGE);
	}
	if (results && results == t->nblocks && !images)
		return;
	open_message(o, "user");
	if (images || results + us_openai_count_texts(t->blocks, t->nblocks) < t->nblocks)
		print_parts(o, t);
	else
		us_openai_print_texts(o, t->blocks, t->nblocks);
	if (us_set(t->name) && o->to->profile->official)
		us_print_member(&o->p, "name", t->name);
	close_message(o);
}

bool us_openai_is_custom_call(const struct us_openai_out *o, const struct us_block *b)
{
	return b->args_kind == US_ARGS_FREEFORM && o->to->profile->official;
}

/* The arguments of a free-form call, as a function that takes them by the name of `input`. */
static void add_wrapped(struct us_openai_out *o, struct us_span input)
{
	struct us_print inner = us_print(&o->text);

	us_print_open(&inner, '{');
	us_print_member(&inner, "input", input);
	us_print_close(&inner, '}');
}

/* Arguments are not mended: a call that was wrong then must not look right now. */
void us_openai_add_args(struct us_openai_out *o, const struct us_block *b)
{
	if (b->args_kind == US_ARGS_FREEFORM && !us_openai_is_custom_call(o, b))
		add_wrapped(o, b->args);
	else if (b->args_kind == US_ARGS_EMPTY)
		us_buf_add_str(&o->text, "{}");
	else
		us_buf_add_span(&o->text, b->args);
}

static void print_call(struct us_openai_out *o, const struct us_block *b)
{
	bool custom = us_openai_is_custom_call(o, b);

	us_print_open(&o->p, '{');
	us_print_member(&o->p, "id", b->id);
	us_print_member(&o->p, "type", custom ? US_SPAN("custom") : US_SPAN("function"));
	us_print_key(&o->p, custom ? "custom" : "function");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "name", b->name);
	us_print_key(&o->p, custom ? "input" : "arguments");
	us_openai_add_args(o, b);
	us_openai_print_gathered(o);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

/* Texts that follow one another were one text before citations or the like cut it. */
static void print_spoken(struct us_openai_out *o, const struct us_turn *t, size_t calls)
{
	bool parted = false;

	for (size_t i = 0; i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (!us_words_are(b) || (b->kind == US_REFUSAL && o->to->profile->official)) {
			parted = o->text.n > 0;
			continue;
		}
		us_buf_add_str(&o->text, parted ? US_WORDS_PARTING : "");
		us_openai_add_text(o, b);
		parted = false;
	}
	us_print_key(&o->p, "content");
	if (o->text.n || !calls)
		us_openai_print_gathered(o);
	else
		us_print_null(&o->p);
}

/* A member with all that the turn's blocks of one kind say, if there are any. */
static void print_kind(struct us_openai_out *o, const struct us_turn *t, enum us_block_kind kind,
                       const char *name)
{
	if (!us_turn_has(t, kind))
		return;
	us_print_key(&o->p, name);
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == kind)
			us_buf_add_span(&o->text, t->blocks[i].text);
	us_openai_print_gathered(o);
}

/* An answer that the program has begun, to be gone on with. */
static bool is_begun(const struct us_openai_out *o, const struct us_turn *t)
{
	return o->to->profile->prefill == US_PREFILL_MARKED && t == &o->r->turns[o->r->nturns - 1];
}

/* Thoughts are here only when the server wants them back (us_normalise): those before calls. */
static void print_assistant(struct us_openai_out *o, const struct us_turn *t)
{
	size_t calls = count(t->blocks, t->nblocks, US_TOOL_CALL);

	us_words_tell_unspoken(t, o->diags);
	open_message(o, "assistant");
	print_spoken(o, t, calls);
	if (o->to->profile->official)
		print_kind(o, t, US_REFUSAL, "refusal");
	if (o->to->profile->echo)
		print_kind(o, t, US_THINK, "reasoning_content");
	if (is_begun(o, t))
		us_print_member_bool(&o->p, "prefix", true);
	if (calls) {
		us_print_key(&o->p, "tool_calls");
		us_print_open(&o->p, '[');
		for (size_t i = 0; i < t->nblocks; i++)
			if (t->blocks[i].kind == US_TOOL_CALL)
				print_call(o, &t->blocks[i]);
		us_print_close(&o->p, ']');
	}
	if (us_set(t->name) && o->to->profile->official)
		us_print_member(&o->p, "name", t->name);
	close_message(o);
}

/* Ours is an instruction of its own, so that the program's stays what it was. */
void us_openai_print_note(struct us_openai_out *o)
{
	if (!o->note.n)
		return;
	open_message(o, "system");
	us_print_member(&o->p, "content", us_buf_span(&o->note));
	close_message(o);
}

void us_openai_turns(struct us_openai_out *o)
{
	size_t lead = us_req_lead(o->r);

	us_print_key(&o->p, "messages");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < o->r->nturns; i++) {
		const struct us_turn *t = &o->r->turns[i];

		if (i == lead)
			us_openai_print_note(o);
		if (us_is_instruction(t))
			print_system(o, t);
		else if (t->role == US_ROLE_USER)
			print_user(o, t);
		else
			print_assistant(o, t);
	}
	if (lead == o->r->nturns)
		us_openai_print_note(o);
	us_print_close(&o->p, ']');
}

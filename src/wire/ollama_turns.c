/* ollama_turns.c - turns of the hub as messages of Ollama's /api/chat
 *
 * Content is one string, with the images in a list beside it. Where a turn holds several texts they
 * are set apart by an empty line: so the server itself joins two messages of one role. The
 * assistant's are not, if nothing stood between them: those were one text before citations or the
 * like cut it.
 */
#include "wire/ollama_render.h"

#include "wire/args.h"
#include "wire/wants.h"
#include "wire/words.h"

static void impossible(struct us_ollama_out *o, const char *code, struct us_span what)
{
	us_diag(o->diags, US_IMPOSSIBLE, code, what);
}

static void degraded(struct us_ollama_out *o, const char *code)
{
	us_diag(o->diags, US_DEGRADED, code, US_SPAN("messages"));
}

/* Prints o->text as the content and empties it. */
static void print_content(struct us_ollama_out *o)
{
	us_print_key(&o->p, "content");
	us_print_gathered(&o->p, &o->text);
}

static void open_message(struct us_ollama_out *o, const char *role)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "role", us_span_of(role));
}

/* --- what has no place ----------------------------------------------------------------------- */

/* Fetching a picture is not done inside somebody else's process. */
static void judge_image(struct us_ollama_out *o, const struct us_block *b)
{
	static const char *const formats[] = { "image/jpeg", "image/jpg", "image/png", "image/gif",
		                               "image/webp" };
	bool known = false;

	for (size_t i = 0; i < US_COUNT(formats); i++)
		known |= us_span_is_nocase(b->mime, formats[i]);
	if (b->media != US_MEDIA_BASE64)
		impossible(o, "IMAGE_SOURCE", US_SPAN("image url"));
	else if (!known)
		impossible(o, "IMAGE_FORMAT", b->mime);
}

/* A block that is neither words nor an image. */
static void tell_lost(struct us_ollama_out *o, const struct us_block *b)
{
	switch (b->kind) {
	case US_DOC:
		impossible(o, "DOCUMENT_UNSUPPORTED", US_SPAN("messages"));
		break;
	case US_AUDIO:
		impossible(o, "AUDIO_UNSUPPORTED", US_SPAN("messages"));
		break;
	case US_HOSTED:
		impossible(o, "HOSTED_BLOCK", b->type);
		break;
	case US_UNKNOWN:
		impossible(o, "UNKNOWN_BLOCK", b->type);
		break;
	default:
		break; /* thoughts are dropped before, calls and results have their places */
	}
}

/* --- the user's and the system's ------------------------------------------------------------- */

static void add_words(struct us_ollama_out *o, const struct us_block *b)
{
	if (o->text.n)
		us_buf_add_str(&o->text, US_WORDS_PARTING);
	us_words_add(&o->text, b, o->diags);
}

static void add_all_words(struct us_ollama_out *o, const struct us_block *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (us_words_are(&b[i]))
			add_words(o, &b[i]);
		else if (b[i].kind != US_IMAGE)
			tell_lost(o, &b[i]);
	}
}

/* The list is opened by the first image. */
static void print_images(struct us_ollama_out *o, const struct us_block *b, size_t n, bool *open)
{
	for (size_t i = 0; i < n; i++) {
		if (b[i].kind != US_IMAGE)
			continue;
		judge_image(o, &b[i]);
		if (!*open) {
			us_print_key(&o->p, "images");
			us_print_open(&o->p, '[');
			*open = true;
		}
		us_print_str(&o->p, b[i].data);
	}
}

static void print_system(struct us_ollama_out *o, const struct us_turn *t)
{
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == US_IMAGE)
			impossible(o, "SYSTEM_MEDIA", US_SPAN("messages"));
	open_message(o, "system");
	add_all_words(o, t->blocks, t->nblocks);
	print_content(o);
	us_print_close(&o->p, '}');
}

/* The name is what most templates show; the id is for the program's own order. */
static void print_result(struct us_ollama_out *o, const struct us_block *result)
{
	open_message(o, "tool");
	us_words_add_result(&o->text, result, o->diags);
	print_content(o);
	if (result->name.n)
		us_print_member(&o->p, "tool_name", result->name);
	us_print_member(&o->p, "tool_call_id", result->id);
	us_print_close(&o->p, '}');
}

static size_t count_images(const struct us_block *b, size_t n)
{
	size_t images = 0;

	for (size_t i = 0; i < n; i++)
		images += b[i].kind == US_IMAGE;
	return images;
}

/* The images of a result stand in the user's message behind; here is said whose they are. */
static size_t announce_images(struct us_ollama_out *o, const struct us_block *result)
{
	size_t images = count_images(result->blocks, result->nblocks);

	for (size_t i = 0; i < images; i++) {
		us_buf_add_str(&o->text, o->text.n ? US_WORDS_PARTING : "");
		us_buf_add_str(&o->text, "[image returned by tool ");
		us_buf_add_span(&o->text, result->name.n ? result->name : result->id);
		us_buf_add_char(&o->text, ']');
		degraded(o, "RESULT_IMAGE_MOVED");
	}
	return images;
}

/* Results stand together, right behind the calls they answer. */
static void print_user(struct us_ollama_out *o, const struct us_turn *t)
{
	size_t rest = 0;
	bool open = false;

	for (size_t i = 0; i < t->nblocks; i++) {
		rest += t->blocks[i].kind != US_TOOL_RESULT;
		if (t->blocks[i].kind == US_TOOL_RESULT)
			print_result(o, &t->blocks[i]);
	}
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == US_TOOL_RESULT)
			rest += announce_images(o, &t->blocks[i]);
	if (!rest)
		return;
	open_message(o, "user");
	add_all_words(o, t->blocks, t->nblocks);
	print_content(o);
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == US_TOOL_RESULT)
			print_images(o, t->blocks[i].blocks, t->blocks[i].nblocks, &open);
	print_images(o, t->blocks, t->nblocks, &open);
	if (open)
		us_print_close(&o->p, ']');
	us_print_close(&o->p, '}');
}

/* --- the assistant's ------------------------------------------------------------------------- */

static void print_call(struct us_ollama_out *o, const struct us_block *b)
{
	if (b->args_kind == US_ARGS_OTHER || b->args_kind == US_ARGS_INVALID)
		us_diag(o->diags, US_DEGRADED, "ARGUMENTS_WRAPPED", US_SPAN("tool_calls"));
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "id", b->id);
	us_print_key(&o->p, "function");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "name", b->name);
	us_print_key(&o->p, "arguments");
	us_print_args(&o->p, b->args, b->args_kind);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

static void print_spoken(struct us_ollama_out *o, const struct us_turn *t)
{
	bool parted = false;

	for (size_t i = 0; i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (!us_words_are(b)) {
			parted = o->text.n > 0;
			continue;
		}
		us_buf_add_str(&o->text, parted ? US_WORDS_PARTING : "");
		us_words_add(&o->text, b, o->diags);
		parted = false;
	}
	print_content(o);
}

static void print_assistant(struct us_ollama_out *o, const struct us_turn *t)
{
	size_t calls = 0;

	us_words_tell_unspoken(t, o->diags);
	open_message(o, "assistant");
	print_spoken(o, t);
	for (size_t i = 0; i < t->nblocks; i++) {
		if (t->blocks[i].kind != US_TOOL_CALL)
			continue;
		if (!calls++) {
			us_print_key(&o->p, "tool_calls");
			us_print_open(&o->p, '[');
		}
		print_call(o, &t->blocks[i]);
	}
	if (calls)
		us_print_close(&o->p, ']');
	us_print_close(&o->p, '}');
}

/* --- all ------------------------------------------------------------------------------------- */

/* Ours is an instruction of its own, so that the program's stays what it was. */
static void print_note(struct us_ollama_out *o)
{
	if (!o->note.n)
		return;
	open_message(o, "system");
	us_print_member(&o->p, "content", us_buf_span(&o->note));
	us_print_close(&o->p, '}');
}

void us_ollama_turns(struct us_ollama_out *o)
{
	size_t lead = us_req_lead(o->r);

	us_print_key(&o->p, "messages");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < o->r->nturns; i++) {
		const struct us_turn *t = &o->r->turns[i];

		if (i == lead)
			print_note(o);
		if (us_set(t->name))
			us_diag(o->diags, US_DEGRADED, "NAME_DROPPED", US_SPAN("name"));
		if (us_is_instruction(t))
			print_system(o, t);
		else if (t->role == US_ROLE_USER)
			print_user(o, t);
		else
			print_assistant(o, t);
	}
	if (lead == o->r->nturns)
		print_note(o);
	us_print_close(&o->p, ']');
}

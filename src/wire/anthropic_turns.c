/* anthropic_turns.c - system and messages of a request, written
 *
 * The turns come from us_normalise: they alternate, results follow their calls, ids and names are
 * legal. Here each block is written or, where the wire has no form for it, told as a loss.
 *
 * At most four blocks may be cache breakpoints. A cache is read up to the last one that fits, so
 * the first ones are left out.
 */
#include "wire/anthropic_request.h"

#include "wire/args.h"
#include "wire/reach.h"
#include "wire/text.h"
#include "wire/wants.h"

/* Results and documents hold blocks again. */
static void put_blocks(struct us_anthropic_out *w, const struct us_block *b, size_t n);
static size_t count_forms(struct us_anthropic_out *w, const struct us_block *b, size_t n);

static unsigned count(const struct us_block *b, size_t n)
{
	unsigned marks = 0;

	for (size_t i = 0; i < n; i++)
		marks += us_set(b[i].cache) + count(b[i].blocks, b[i].nblocks);
	return marks;
}

unsigned us_anthropic_count_marks(const struct us_req *r)
{
	unsigned marks = 0;

	for (size_t i = 0; i < r->ntools; i++)
		marks += us_set(r->tools[i].cache);
	for (size_t i = 0; i < r->nturns; i++)
		marks += count(r->turns[i].blocks, r->turns[i].nblocks);
	return marks;
}

/* Another dialect's mark says only that there is one: how long it lasts has no equal here. */
void us_anthropic_put_mark(struct us_anthropic_out *w, struct us_span mark)
{
	if (!us_set(mark))
		return;
	if (w->skip_marks) {
		w->skip_marks--;
		return;
	}
	us_print_member_raw(
		&w->p, "cache_control",
		us_span_has(mark, "\"ephemeral\"") ? mark : US_SPAN("{\"type\":\"ephemeral\"}"));
}

static void cannot(struct us_anthropic_out *w, const char *code, const char *what)
{
	us_diag(w->diags, US_IMPOSSIBLE, code, us_span_of(what));
}

static void open_block(struct us_anthropic_out *w, const char *type)
{
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "type", us_span_of(type));
}

static void close_block(struct us_anthropic_out *w, const struct us_block *b)
{
	us_anthropic_put_mark(w, b->cache);
	us_print_close(&w->p, '}');
}

static void put_text(struct us_anthropic_out *w, const struct us_block *b)
{
	open_block(w, "text");
	us_print_member(&w->p, "text", b->text);
	close_block(w, b);
}

/* Without text it was redacted; a text that is empty was only kept from being shown. */
static void put_think(struct us_anthropic_out *w, const struct us_block *b)
{
	if (us_set(b->text)) {
		open_block(w, "thinking");
		us_print_member(&w->p, "thinking", b->text);
		us_print_member(&w->p, "signature", b->sig);
	} else {
		open_block(w, "redacted_thinking");
		us_print_member(&w->p, "data", b->sig);
	}
	us_print_close(&w->p, '}'); /* a breakpoint is not accepted here */
}

/* Media */

static void put_base64(struct us_anthropic_out *w, const struct us_block *b, struct us_span mime)
{
	us_print_key(&w->p, "source");
	open_block(w, "base64");
	us_print_member(&w->p, "media_type", mime);
	us_print_member(&w->p, "data", b->data);
	us_print_close(&w->p, '}');
}

static void put_url(struct us_anthropic_out *w, const struct us_block *b)
{
	us_print_key(&w->p, "source");
	open_block(w, "url");
	us_print_member(&w->p, "url", b->data);
	us_print_close(&w->p, '}');
}

/* Fetching a picture, or changing its format, is not done inside somebody else's process. */
static void put_image(struct us_anthropic_out *w, const struct us_block *b)
{
	struct us_span mime =
		us_span_is_nocase(b->mime, "image/jpg") ? US_SPAN("image/jpeg") : b->mime;
	bool url = b->media == US_MEDIA_URL;

	if (b->media != US_MEDIA_BASE64 && !(url && us_url_is_public(b->data))) {
		cannot(w, "IMAGE_SOURCE", url ? "image url" : "image");
		return;
	}
	if (!url && !us_anthropic_among("image/jpeg image/png image/gif image/webp", mime)) {
		cannot(w, "IMAGE_FORMAT", "image");
		return;
	}
	open_block(w, "image");
	if (url)
		put_url(w, b);
	else
		put_base64(w, b, mime);
	close_block(w, b);
}

static bool doc_expressible(const struct us_block *b)
{
	switch (b->media) {
	case US_MEDIA_BASE64:
		return us_span_is_nocase(b->mime, "application/pdf");
	case US_MEDIA_URL:
		return us_url_is_public(b->data);
	case US_MEDIA_TEXT:
	case US_MEDIA_BLOCKS:
		return true;
	case US_MEDIA_FILE_ID:
		break;
	}
	return false;
}

static void put_doc_source(struct us_anthropic_out *w, const struct us_block *b)
{
	if (b->media == US_MEDIA_BASE64) {
		put_base64(w, b, US_SPAN("application/pdf"));
		return;
	}
	if (b->media == US_MEDIA_URL) {
		put_url(w, b);
		return;
	}
	us_print_key(&w->p, "source");
	if (b->media == US_MEDIA_TEXT) {
		open_block(w, "text");
		us_print_member(&w->p, "media_type", US_SPAN("text/plain"));
		us_print_member(&w->p, "data", b->text);
	} else {
		open_block(w, "content");
		us_print_key(&w->p, "content");
		put_blocks(w, b->blocks, b->nblocks);
	}
	us_print_close(&w->p, '}');
}

static void put_doc(struct us_anthropic_out *w, const struct us_block *b)
{
	if (!doc_expressible(b)) {
		cannot(w, "DOCUMENT_UNSUPPORTED", "document");
		return;
	}
	open_block(w, "document");
	put_doc_source(w, b);
	if (us_set(b->title))
		us_print_member(&w->p, "title", b->title);
	if (b->cite)
		us_print_member_raw(&w->p, "citations", US_SPAN("{\"enabled\":true}"));
	close_block(w, b);
}

static void put_audio(struct us_anthropic_out *w, const struct us_block *b)
{
	cannot(w, "AUDIO_UNSUPPORTED", "audio");
}

/* Tools at work */

static void put_input(struct us_anthropic_out *w, const struct us_block *b)
{
	if (b->args_kind == US_ARGS_OTHER || b->args_kind == US_ARGS_INVALID)
		us_diag(w->diags, US_DEGRADED, "ARGUMENTS_WRAPPED", US_SPAN("tool_use.input"));
	us_print_key(&w->p, "input");
	us_print_args(&w->p, b->args, b->args_kind);
}

static void put_tool_call(struct us_anthropic_out *w, const struct us_block *b)
{
	open_block(w, "tool_use");
	us_print_member(&w->p, "id", b->id);
	us_print_member(&w->p, "name", b->name);
	put_input(w, b);
	close_block(w, b);
}

/* A string where one text is all there is. An empty string is legal, an empty text block is not. */
static void put_tool_result(struct us_anthropic_out *w, const struct us_block *b)
{
	open_block(w, "tool_result");
	us_print_member(&w->p, "tool_use_id", b->id);
	if (b->nblocks == 1 && b->blocks->kind == US_TEXT && !us_set(b->blocks->cache)) {
		us_print_member(&w->p, "content", b->blocks->text);
	} else if (count_forms(w, b->blocks, b->nblocks)) {
		us_print_key(&w->p, "content");
		put_blocks(w, b->blocks, b->nblocks);
	}
	if (b->is_error != US_UNSET)
		us_print_member_bool(&w->p, "is_error", b->is_error == US_YES);
	close_block(w, b);
}

static void (*const writers[])(struct us_anthropic_out *w, const struct us_block *b) = {
	[US_TEXT] = put_text,    [US_IMAGE] = put_image,
	[US_DOC] = put_doc,      [US_AUDIO] = put_audio,
	[US_THINK] = put_think,  [US_TOOL_CALL] = put_tool_call,
	[US_REFUSAL] = put_text, [US_TOOL_RESULT] = put_tool_result,
};

/* Has the wire a place for it? Text that is blank is refused; of thoughts, only what was signed may
 * come back (us_normalise has taken out what others signed). */
static bool has_form(const struct us_block *b)
{
	if (b->kind == US_TEXT || b->kind == US_REFUSAL)
		return us_span_trim(b->text).n > 0;
	if (b->kind == US_THINK)
		return us_set(b->sig);
	return b->kind != US_HOSTED && b->kind != US_UNKNOWN;
}

/* How many of them have; tells which have not. */
static size_t count_forms(struct us_anthropic_out *w, const struct us_block *b, size_t n)
{
	size_t forms = 0;

	for (size_t i = 0; i < n; i++) {
		forms += has_form(&b[i]);
		if (b[i].kind == US_HOSTED)
			us_diag(w->diags, US_IMPOSSIBLE, "HOSTED_BLOCK", b[i].type);
		if (b[i].kind == US_UNKNOWN)
			us_diag(w->diags, US_IMPOSSIBLE, "UNKNOWN_BLOCK", b[i].type);
	}
	return forms;
}

/* Recurses into results and documents, which no decoder nests deeper than a few levels. */
static void put_blocks(struct us_anthropic_out *w, const struct us_block *b, size_t n)
{
	us_print_open(&w->p, '[');
	for (size_t i = 0; i < n; i++)
		if (has_form(&b[i]))
			writers[b[i].kind](w, &b[i]);
	us_print_close(&w->p, ']');
}

/* Turns */

/* A text block of the system. The note stands in the same string as the last one's text, so that
 * the blocks, and what is cached of them, stay as many as they were. */
static void put_instruction(struct us_anthropic_out *w, struct us_span text, struct us_span mark,
                            struct us_span note)
{
	open_block(w, "text");
	us_print_key(&w->p, "text");
	us_print_open(&w->p, '"');
	us_text_escape(w->p.out, text);
	us_text_escape(w->p.out, note);
	us_print_close(&w->p, '"');
	us_anthropic_put_mark(w, mark);
	us_print_close(&w->p, '}');
}

/* The system prompt is text, and not blank. */
static bool says_something(struct us_anthropic_out *w, const struct us_block *b)
{
	if (b->kind != US_TEXT)
		cannot(w, "SYSTEM_MEDIA", "system");
	return b->kind == US_TEXT && us_span_trim(b->text).n;
}

static void put_system(struct us_anthropic_out *w, const struct us_turn *turns, size_t n)
{
	const struct us_block *last = NULL; /* still to be written: it may get the note */

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < turns[t].nblocks; i++) {
			const struct us_block *b = &turns[t].blocks[i];

			if (!says_something(w, b))
				continue;
			if (last)
				put_instruction(w, last->text, last->cache, us_span(NULL, 0));
			last = b;
		}
	if (last)
		put_instruction(w, last->text, last->cache, w->note);
	else if (w->note.n) /* without the blank line that sets it off */
		put_instruction(w, us_span(w->note.p + 2, w->note.n - 2), us_span(NULL, 0),
		                us_span(NULL, 0));
}

/* Is there anything to say in it? Tells what cannot be. */
static bool any_system(struct us_anthropic_out *w, const struct us_turn *turns, size_t n)
{
	bool any = false;

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < turns[t].nblocks; i++)
			any |= says_something(w, &turns[t].blocks[i]);
	return any;
}

/* A turn of which nothing is left is left out: turns of one role in a row are joined there. */
static void put_turn(struct us_anthropic_out *w, const struct us_turn *t)
{
	if (us_is_instruction(t))
		any_system(w, t, 1); /* for what it tells */
	if (!count_forms(w, t->blocks, t->nblocks))
		return;
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "role",
	                us_is_instruction(t)           ? US_SPAN("system")
	                : t->role == US_ROLE_ASSISTANT ? US_SPAN("assistant")
	                                               : US_SPAN("user"));
	us_print_key(&w->p, "content");
	put_blocks(w, t->blocks, t->nblocks);
	us_print_close(&w->p, '}');
}

void us_anthropic_put_turns(struct us_anthropic_out *w, const struct us_req *r)
{
	size_t first = us_req_lead(r);

	for (size_t i = 0; i < r->nturns; i++)
		if (us_set(r->turns[i].name))
			us_diag(w->diags, US_DEGRADED, "NAME_DROPPED", US_SPAN("name"));
	if (any_system(w, r->turns, first) || w->note.n) {
		us_print_key(&w->p, "system");
		us_print_open(&w->p, '[');
		put_system(w, r->turns, first);
		us_print_close(&w->p, ']');
	}
	us_print_key(&w->p, "messages");
	us_print_open(&w->p, '[');
	for (size_t i = first; i < r->nturns; i++)
		put_turn(w, &r->turns[i]);
	us_print_close(&w->p, ']');
}

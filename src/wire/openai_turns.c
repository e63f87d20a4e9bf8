/* openai_turns.c - turns of the hub as Chat Completions messages
 *
 * One turn may become several messages: each tool result is one of its own, right behind the calls
 * it answers; what a tool message can't hold, and what else the user's turn says, follows in one
 * user message. Text goes as a plain string where that is the whole of it, and for compatible
 * servers wherever it is nothing but text.
 */
#include "wire/openai.h"

/* Between the texts of different blocks, where they have to be one string. */
#define PARTING "\n\n"

static bool is_text(const struct us_block *b)
{
	return b->kind == US_TEXT || b->kind == US_REFUSAL ||
	       (b->kind == US_DOC && (b->media == US_MEDIA_TEXT || b->media == US_MEDIA_BLOCKS));
}

static void impossible(struct us_openai_out *o, const char *code, struct us_span what)
{
	us_diag(o->diags, US_IMPOSSIBLE, code, what);
}

static void degraded(struct us_openai_out *o, const char *code, const char *what)
{
	us_diag(o->diags, US_DEGRADED, code, us_span_of(what));
}

static void open_message(struct us_openai_out *o, const char *role)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "role", us_span_of(role));
}

static void close_message(struct us_openai_out *o) { us_print_close(&o->p, '}'); }

/* A document that is text, in the form its reader was trained on. */
static void add_document(struct us_openai_out *o, const struct us_block *b)
{
	us_buf_add_str(&o->text, "<document");
	if (b->title.n) {
		us_buf_add_str(&o->text, " title=\"");
		us_buf_add_span(&o->text, b->title);
		us_buf_add_char(&o->text, '"');
	}
	us_buf_add_str(&o->text, ">\n");
	us_buf_add_span(&o->text, b->text);
	for (size_t i = 0; i < b->nblocks; i++) {
		if (b->blocks[i].kind != US_TEXT)
			degraded(o, "DOCUMENT_MEDIA_DROPPED", "messages");
		us_buf_add_str(&o->text, i ? PARTING : "");
		us_buf_add_span(&o->text, b->blocks[i].text);
	}
	us_buf_add_str(&o->text, "\n</document>");
	if (b->cite)
		us_diag(o->diags, US_RISKY, "CITATIONS_LOST", US_SPAN("messages"));
}

static void add_text(struct us_openai_out *o, const struct us_block *b)
{
	if (b->kind == US_DOC)
		add_document(o, b);
	else
		us_buf_add_span(&o->text, b->text);
}

static void print_gathered(struct us_openai_out *o)
{
	us_print_str(&o->p, us_buf_span(&o->text));
	us_buf_clear(&o->text);
}

static void open_part(struct us_openai_out *o, const char *type)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type", us_span_of(type));
}

static void print_text_part(struct us_openai_out *o, const struct us_block *b)
{
	open_part(o, "text");
	us_print_key(&o->p, "text");
	add_text(o, b);
	print_gathered(o);
	us_print_close(&o->p, '}');
}

static void add_data_url(struct us_openai_out *o, const struct us_block *b)
{
	us_buf_add_str(&o->text, "data:");
	us_buf_add_span(&o->text, b->mime);
	us_buf_add_str(&o->text, ";base64,");
	us_buf_add_span(&o->text, b->data);
}

static bool is_one_of(struct us_span s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (us_span_is_nocase(s, words[i]))
			return true;
	return false;
}

static void print_image(struct us_openai_out *o, const struct us_block *b)
{
	static const char *const formats[] = { "image/jpeg", "image/png", "image/gif",
		                               "image/webp" };

	if (b->media == US_MEDIA_BASE64 && !is_one_of(b->mime, formats, US_COUNT(formats)))
		impossible(o, "IMAGE_FORMAT", b->mime);
	if (b->media == US_MEDIA_FILE_ID)
		impossible(o, "STATE_REF", US_SPAN("file_id"));
	open_part(o, "image_url");
	us_print_key(&o->p, "image_url");
	us_print_open(&o->p, '{');
	us_print_key(&o->p, "url");
	if (b->media == US_MEDIA_BASE64)
		add_data_url(o, b);
	else
		us_buf_add_span(&o->text, b->data);
	print_gathered(o);
	if (us_set(b->detail))
		us_print_member(&o->p, "detail", b->detail);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

static void print_audio(struct us_openai_out *o, const struct us_block *b)
{
	static const char *const formats[] = { "wav", "mp3" };

	if (b->media != US_MEDIA_BASE64 || !is_one_of(b->mime, formats, US_COUNT(formats)))
		impossible(o, "AUDIO_FORMAT", b->mime);
	open_part(o, "input_audio");
	us_print_key(&o->p, "input_audio");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "data", b->data);
	us_print_member(&o->p, "format", b->mime);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

/* A document that is not text: PDFs as bytes, to OpenAI only. */
static void print_file(struct us_openai_out *o, const struct us_block *b)
{
	bool pdf = b->media == US_MEDIA_BASE64 && us_span_is_nocase(b->mime, "application/pdf");

	if (!pdf || o->to->compatible)
		impossible(o, "DOCUMENT_UNSUPPORTED", US_SPAN("messages"));
	if (b->cite)
		us_diag(o->diags, US_RISKY, "CITATIONS_LOST", US_SPAN("messages"));
	open_part(o, "file");
	us_print_key(&o->p, "file");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "filename", b->title.n ? b->title : US_SPAN("document.pdf"));
	us_print_key(&o->p, "file_data");
	add_data_url(o, b);
	print_gathered(o);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

static void print_part(struct us_openai_out *o, const struct us_block *b)
{
	if (is_text(b))
		print_text_part(o, b);
	else if (b->kind == US_IMAGE)
		print_image(o, b);
	else if (b->kind == US_AUDIO)
		print_audio(o, b);
	else if (b->kind == US_DOC)
		print_file(o, b);
	else if (b->kind == US_HOSTED)
		impossible(o, "HOSTED_BLOCK", b->type);
	else if (b->kind == US_UNKNOWN)
		impossible(o, "UNKNOWN_BLOCK", b->type);
}

static size_t count(const struct us_block *b, size_t n, enum us_block_kind kind)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += b[i].kind == kind;
	return found;
}

static size_t count_texts(const struct us_block *b, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += is_text(&b[i]);
	return found;
}

/* Texts of `b` as `content`: one string, or a list of parts when there are more of them and the
 * server is sure to take one. */
static void print_texts(struct us_openai_out *o, const struct us_block *b, size_t n)
{
	size_t texts = count_texts(b, n), seen = 0;

	us_print_key(&o->p, "content");
	if (texts < 2 || o->to->compatible) {
		for (size_t i = 0; i < n; i++) {
			if (!is_text(&b[i]))
				continue;
			us_buf_add_str(&o->text, seen++ ? PARTING : "");
			add_text(o, &b[i]);
		}
		print_gathered(o);
		return;
	}
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < n; i++)
		if (is_text(&b[i]))
			print_text_part(o, &b[i]);
	us_print_close(&o->p, ']');
}

static void print_system(struct us_openai_out *o, const struct us_turn *t)
{
	bool developer = t->role == US_ROLE_DEVELOPER && !o->to->compatible;

	if (count_texts(t->blocks, t->nblocks) < t->nblocks)
		impossible(o, "SYSTEM_MEDIA", US_SPAN("messages"));
	open_message(o, developer ? "developer" : "system");
	print_texts(o, t->blocks, t->nblocks);
	if (us_set(t->name) && !o->to->compatible)
		us_print_member(&o->p, "name", t->name);
	close_message(o);
}

/* A failure has no flag of its own here: it is said, unless the text begins with saying it. */
static void mark_error(struct us_openai_out *o, const struct us_block *result)
{
	struct us_span first = result->nblocks ? result->blocks[0].text : us_span("", 0);

	if (result->is_error != US_YES)
		return;
	degraded(o, "ERROR_FLAG_IN_TEXT", "is_error");
	if (first.n < 5 || strncasecmp(first.p, "error", 5) != 0)
		us_buf_add_str(&o->text, "[tool error] ");
}

/* Documents that are no text are lost here; images follow in the user's message. */
static void print_result(struct us_openai_out *o, const struct us_block *result)
{
	size_t seen = 0;

	open_message(o, "tool");
	us_print_member(&o->p, "tool_call_id", result->id);
	us_print_key(&o->p, "content");
	mark_error(o, result);
	for (size_t i = 0; i < result->nblocks; i++) {
		const struct us_block *b = &result->blocks[i];

		if (b->kind == US_IMAGE)
			continue;
		us_buf_add_str(&o->text, seen++ ? PARTING : "");
		if (is_text(b)) {
			add_text(o, b);
			continue;
		}
		us_buf_add_str(&o->text, "[a document that could not be passed on]");
		degraded(o, "RESULT_MEDIA_DROPPED", "messages");
	}
	print_gathered(o);
	close_message(o);
}

static void print_result_images(struct us_openai_out *o, const struct us_block *result)
{
	for (size_t i = 0; i < result->nblocks; i++) {
		if (result->blocks[i].kind != US_IMAGE)
			continue;
		degraded(o, "RESULT_IMAGE_MOVED", "messages");
		open_part(o, "text");
		us_print_key(&o->p, "text");
		us_buf_add_str(&o->text, "[image returned by tool ");
		us_buf_add_span(&o->text, result->name.n ? result->name : result->id);
		us_buf_add_char(&o->text, ']');
		print_gathered(o);
		us_print_close(&o->p, '}');
		print_image(o, &result->blocks[i]);
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
		print_part(o, &t->blocks[i]);
	us_print_close(&o->p, ']');
}

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
	if (images || results + count_texts(t->blocks, t->nblocks) < t->nblocks)
		print_parts(o, t);
	else
		print_texts(o, t->blocks, t->nblocks);
	if (us_set(t->name) && !o->to->compatible)
		us_print_member(&o->p, "name", t->name);
	close_message(o);
}

static bool is_custom_call(const struct us_openai_out *o, const struct us_block *b)
{
	return b->args_kind == US_ARGS_FREEFORM && !o->to->compatible;
}

/* The arguments of a free-form call, as a function that takes them by the name of `input`. */
static void add_wrapped(struct us_openai_out *o, struct us_span input)
{
	struct us_print inner = us_print(&o->text);

	us_print_open(&inner, '{');
	us_print_member(&inner, "input", input);
	us_print_close(&inner, '}');
}

static void print_call(struct us_openai_out *o, const struct us_block *b)
{
	bool custom = is_custom_call(o, b);

	us_print_open(&o->p, '{');
	us_print_member(&o->p, "id", b->id);
	us_print_member(&o->p, "type", custom ? US_SPAN("custom") : US_SPAN("function"));
	us_print_key(&o->p, custom ? "custom" : "function");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "name", b->name);
	us_print_key(&o->p, custom ? "input" : "arguments");
	if (b->args_kind == US_ARGS_FREEFORM && !custom)
		add_wrapped(o, b->args);
	else if (b->args_kind == US_ARGS_EMPTY)
		us_buf_add_str(&o->text, "{}");
	else
		us_buf_add_span(&o->text, b->args);
	print_gathered(o);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

/* Texts that follow one another were one text before citations or the like cut it. */
static void print_spoken(struct us_openai_out *o, const struct us_turn *t, size_t calls)
{
	bool parted = false;

	for (size_t i = 0; i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (!is_text(b) || (b->kind == US_REFUSAL && !o->to->compatible)) {
			parted = o->text.n > 0;
			continue;
		}
		us_buf_add_str(&o->text, parted ? PARTING : "");
		add_text(o, b);
		parted = false;
	}
	us_print_key(&o->p, "content");
	if (o->text.n || !calls)
		print_gathered(o);
	else
		us_print_null(&o->p);
}

static void tell_unspoken(struct us_openai_out *o, const struct us_turn *t)
{
	for (size_t i = 0; i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (b->kind == US_HOSTED)
			impossible(o, "HOSTED_BLOCK", b->type);
		else if (b->kind == US_UNKNOWN)
			impossible(o, "UNKNOWN_BLOCK", b->type);
		else if (!is_text(b) && b->kind != US_TOOL_CALL && b->kind != US_THINK)
			degraded(o, "ASSISTANT_MEDIA_DROPPED", "messages");
	}
}

static void print_refusal(struct us_openai_out *o, const struct us_turn *t)
{
	if (o->to->compatible || !count(t->blocks, t->nblocks, US_REFUSAL))
		return;
	us_print_key(&o->p, "refusal");
	for (size_t i = 0; i < t->nblocks; i++)
		if (t->blocks[i].kind == US_REFUSAL)
			us_buf_add_span(&o->text, t->blocks[i].text);
	print_gathered(o);
}

static void print_assistant(struct us_openai_out *o, const struct us_turn *t)
{
	size_t calls = count(t->blocks, t->nblocks, US_TOOL_CALL);

	tell_unspoken(o, t);
	open_message(o, "assistant");
	print_spoken(o, t, calls);
	print_refusal(o, t);
	if (calls) {
		us_print_key(&o->p, "tool_calls");
		us_print_open(&o->p, '[');
		for (size_t i = 0; i < t->nblocks; i++)
			if (t->blocks[i].kind == US_TOOL_CALL)
				print_call(o, &t->blocks[i]);
		us_print_close(&o->p, ']');
	}
	if (us_set(t->name) && !o->to->compatible)
		us_print_member(&o->p, "name", t->name);
	close_message(o);
}

static void print_note(struct us_openai_out *o)
{
	if (!o->note.n)
		return;
	open_message(o, "system");
	us_print_member(&o->p, "content", us_buf_span(&o->note));
	close_message(o);
}

void us_openai_turns(struct us_openai_out *o)
{
	bool leading = true;

	us_print_key(&o->p, "messages");
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < o->r->nturns; i++) {
		const struct us_turn *t = &o->r->turns[i];
		bool system = t->role == US_ROLE_SYSTEM || t->role == US_ROLE_DEVELOPER;

		if (leading && !system)
			print_note(o);
		leading &= system;
		if (system)
			print_system(o, t);
		else if (t->role == US_ROLE_USER)
			print_user(o, t);
		else
			print_assistant(o, t);
	}
	if (leading)
		print_note(o);
	us_print_close(&o->p, ']');
}

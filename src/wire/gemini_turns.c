/* gemini_turns.c - contents and systemInstruction of a request, written
 *
 * The turns come from us_normalise: they alternate, results follow their calls, names are legal.
 * Results and what else the user says stand in one content, results first.
 *
 * The third generation signs its calls, and wants the signature back for every step since the user
 * last spoke. Who did not make the call cannot have one: Google documents a word for that case.
 */
#include "wire/gemini_request.h"

#include "wire/args.h"
#include "wire/document.h"
#include "wire/reach.h"
#include "wire/text.h"
#include "wire/wants.h"

static void cannot(struct us_gemini_out *w, const char *code, struct us_span what)
{
	us_diag(w->diags, US_IMPOSSIBLE, code, what);
}

static void put_text_part(struct us_gemini_out *w, struct us_span text)
{
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "text", text);
	us_print_close(&w->p, '}');
}

static void put_text(struct us_gemini_out *w, const struct us_block *b)
{
	put_text_part(w, b->text);
}

/* --- media ------------------------------------------------------------------------------------ */

static void put_inline(struct us_gemini_out *w, struct us_span mime, struct us_span data)
{
	us_print_open(&w->p, '{');
	us_print_key(&w->p, "inlineData");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "mimeType", mime);
	us_print_member(&w->p, "data", data);
	us_print_close(&w->p, '}');
	us_print_close(&w->p, '}');
}

/* A URL needs a media type, which only its end tells. */
static const char *type_by_name(struct us_span url)
{
	static const char *const types[][2] = {
		{ ".png", "image/png" },   { ".jpg", "image/jpeg" },      { ".jpeg", "image/jpeg" },
		{ ".webp", "image/webp" }, { ".gif", "image/gif" },       { ".heic", "image/heic" },
		{ ".heif", "image/heif" }, { ".pdf", "application/pdf" },
	};
	size_t n = 0;

	while (n < url.n && url.p[n] != '?' && url.p[n] != '#')
		n++;
	url.n = n;
	for (size_t i = 0; i < US_COUNT(types); i++) {
		size_t k = strlen(types[i][0]);

		if (url.n > k && us_span_is_nocase(us_span(url.p + url.n - k, k), types[i][0]))
			return types[i][1];
	}
	return NULL;
}

static void put_file(struct us_gemini_out *w, const struct us_block *b, struct us_span otherwise)
{
	const char *by_name = type_by_name(b->data);
	struct us_span mime = us_set(b->mime) ? b->mime : by_name ? us_span_of(by_name) : otherwise;

	if (!us_url_is_public(b->data) || !mime.n)
		cannot(w, "IMAGE_SOURCE", US_SPAN("url"));
	us_print_open(&w->p, '{');
	us_print_key(&w->p, "fileData");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "mimeType", mime);
	us_print_member(&w->p, "fileUri", b->data);
	us_print_close(&w->p, '}');
	us_print_close(&w->p, '}');
}

static void put_image(struct us_gemini_out *w, const struct us_block *b)
{
	static const char *const formats[] = { "image/jpeg", "image/png",  "image/gif",
		                               "image/webp", "image/heic", "image/heif" };
	struct us_span mime =
		us_span_is_nocase(b->mime, "image/jpg") ? US_SPAN("image/jpeg") : b->mime;

	if (b->media == US_MEDIA_URL) {
		put_file(w, b, us_span("", 0));
		return;
	}
	if (b->media != US_MEDIA_BASE64)
		cannot(w, "IMAGE_SOURCE", US_SPAN("image"));
	else if (!us_span_is_any(mime, formats, US_COUNT(formats)))
		cannot(w, "IMAGE_FORMAT", US_SPAN("image"));
	put_inline(w, mime, b->data);
}

static void put_doc(struct us_gemini_out *w, const struct us_block *b)
{
	if (us_document_is_text(b)) {
		us_document_text(b, &w->text, w->diags);
		put_text_part(w, us_buf_span(&w->text));
		us_buf_clear(&w->text);
		return;
	}
	if (b->cite)
		us_diag(w->diags, US_RISKY, "CITATIONS_LOST", US_SPAN("contents"));
	if (b->media == US_MEDIA_URL) {
		put_file(w, b, US_SPAN("application/pdf"));
		return;
	}
	if (b->media != US_MEDIA_BASE64 ||
	    (!us_span_is_nocase(b->mime, "application/pdf") && !us_span_starts(b->mime, "text/")))
		cannot(w, "DOCUMENT_UNSUPPORTED", US_SPAN("document"));
	put_inline(w, b->mime, b->data);
}

static void put_audio(struct us_gemini_out *w, const struct us_block *b)
{
	bool mp3 = us_span_is(b->mime, "mp3");

	if (b->media != US_MEDIA_BASE64 || (!mp3 && !us_span_is(b->mime, "wav")))
		cannot(w, "AUDIO_UNSUPPORTED", US_SPAN("audio"));
	put_inline(w, mp3 ? US_SPAN("audio/mp3") : US_SPAN("audio/wav"), b->data);
}

/* --- tools at work ---------------------------------------------------------------------------- */

/* `sign`: the first call of its turn, and the user has not spoken since. */
static void put_call(struct us_gemini_out *w, const struct us_block *b, bool sign)
{
	if (b->args_kind == US_ARGS_OTHER || b->args_kind == US_ARGS_INVALID)
		us_gemini_degraded(w, "ARGUMENTS_WRAPPED", "functionCall.args");
	us_print_open(&w->p, '{');
	us_print_key(&w->p, "functionCall");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "id", b->id);
	us_print_member(&w->p, "name", b->name);
	us_print_key(&w->p, "args");
	us_print_args(&w->p, b->args, b->args_kind);
	us_print_close(&w->p, '}');
	if (us_set(b->sig))
		us_print_member(&w->p, "thoughtSignature", b->sig);
	else if (sign)
		us_print_member(&w->p, "thoughtSignature", US_SPAN(US_GEMINI_FOREIGN_SIGNATURE));
	us_print_close(&w->p, '}');
}

/* The texts of a result; pictures stand beside it. */
static struct us_span gather(struct us_gemini_out *w, const struct us_block *result)
{
	us_buf_clear(&w->text);
	for (size_t i = 0; i < result->nblocks; i++) {
		const struct us_block *b = &result->blocks[i];

		if (b->kind == US_IMAGE)
			continue;
		us_buf_add_str(&w->text, w->text.n ? "\n\n" : "");
		if (us_document_is_text(b)) {
			us_document_text(b, &w->text, w->diags);
		} else if (b->kind == US_TEXT) {
			us_buf_add_span(&w->text, b->text);
		} else {
			us_buf_add_str(&w->text, "[a document that could not be passed on]");
			us_gemini_degraded(w, "RESULT_MEDIA_DROPPED", "contents");
		}
	}
	return us_buf_span(&w->text);
}

/* A response is an object: that of the tool, if it is one, else its text under the name that Google
 * reads as its output, or as its failure. */
static void put_response(struct us_gemini_out *w, const struct us_block *b)
{
	struct us_span text = gather(w, b);
	bool failed = b->is_error == US_YES;

	us_print_key(&w->p, "response");
	if (!failed && us_args_kind(text) == US_ARGS_OBJECT) {
		us_print_raw(&w->p, us_span_trim(text));
	} else {
		us_print_open(&w->p, '{');
		us_print_member(&w->p, failed ? "error" : "output", text);
		us_print_close(&w->p, '}');
	}
	us_buf_clear(&w->text);
}

static void put_images(struct us_gemini_out *w, const struct us_block *result)
{
	for (size_t i = 0; i < result->nblocks; i++)
		if (result->blocks[i].kind == US_IMAGE)
			put_image(w, &result->blocks[i]);
}

static size_t count_images(const struct us_block *result)
{
	size_t n = 0;

	for (size_t i = 0; i < result->nblocks; i++)
		n += result->blocks[i].kind == US_IMAGE;
	return n;
}

/* Within a result only the third generation takes pictures, and only their bytes. */
static bool stand_beside(const struct us_gemini_out *w, const struct us_block *result)
{
	for (size_t i = 0; i < result->nblocks; i++)
		if (result->blocks[i].kind == US_IMAGE &&
		    (!w->third || result->blocks[i].media == US_MEDIA_URL))
			return true;
	return false;
}

static void put_result(struct us_gemini_out *w, const struct us_block *b)
{
	us_print_open(&w->p, '{');
	us_print_key(&w->p, "functionResponse");
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "id", b->id);
	us_print_member(&w->p, "name", b->name);
	put_response(w, b);
	if (count_images(b) && !stand_beside(w, b)) {
		us_print_key(&w->p, "parts");
		us_print_open(&w->p, '[');
		put_images(w, b);
		us_print_close(&w->p, ']');
	}
	us_print_close(&w->p, '}');
	us_print_close(&w->p, '}');
}

/* Those that can't be within their result follow all of them; the note says whose they are. */
static void put_result_images(struct us_gemini_out *w, const struct us_turn *t)
{
	for (size_t i = 0; i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (b->kind != US_TOOL_RESULT || !stand_beside(w, b))
			continue;
		us_gemini_degraded(w, "RESULT_IMAGE_MOVED", "contents");
		us_buf_addf(&w->text, "[image returned by tool %.*s]", (int)b->name.n, b->name.p);
		put_text_part(w, us_buf_span(&w->text));
		us_buf_clear(&w->text);
		put_images(w, b);
	}
}

/* --- turns ------------------------------------------------------------------------------------ */

static void (*const writers[])(struct us_gemini_out *w, const struct us_block *b) = {
	[US_TEXT] = put_text,   [US_IMAGE] = put_image,  [US_DOC] = put_doc,
	[US_AUDIO] = put_audio, [US_REFUSAL] = put_text, [US_TOOL_RESULT] = put_result,
};

static bool is_empty(const struct us_block *b)
{
	return (b->kind == US_TEXT || b->kind == US_REFUSAL) && !b->text.n;
}

static size_t put_results(struct us_gemini_out *w, const struct us_turn *t)
{
	size_t n = 0;

	while (n < t->nblocks && t->blocks[n].kind == US_TOOL_RESULT)
		put_result(w, &t->blocks[n++]);
	put_result_images(w, t);
	return n;
}

static void put_blocks(struct us_gemini_out *w, const struct us_turn *t, bool sign)
{
	for (size_t i = put_results(w, t); i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (b->kind == US_TOOL_CALL) {
			put_call(w, b, sign);
			sign = false;
		} else if (b->kind == US_HOSTED || b->kind == US_UNKNOWN) {
			cannot(w, b->kind == US_HOSTED ? "HOSTED_BLOCK" : "UNKNOWN_BLOCK", b->type);
		} else if (b->kind != US_THINK && !is_empty(b)) {
			writers[b->kind](w, b);
		}
	}
}

static void put_content(struct us_gemini_out *w, const struct us_turn *t, bool sign)
{
	us_print_open(&w->p, '{');
	us_print_member(&w->p, "role",
	                t->role == US_ROLE_ASSISTANT ? US_SPAN("model") : US_SPAN("user"));
	us_print_key(&w->p, "parts");
	us_print_open(&w->p, '[');
	put_blocks(w, t, sign);
	us_print_close(&w->p, ']');
	us_print_close(&w->p, '}');
	if (us_set(t->name))
		us_gemini_degraded(w, "NAME_DROPPED", "name");
}

/* Is there anything to say in it? Tells what cannot be: a system prompt is text. */
static bool any_system(struct us_gemini_out *w, size_t n)
{
	bool any = w->note.n > 0;

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < w->r->turns[t].nblocks; i++) {
			const struct us_block *b = &w->r->turns[t].blocks[i];

			if (b->kind != US_TEXT)
				cannot(w, "SYSTEM_MEDIA", US_SPAN("systemInstruction"));
			any |= b->text.n > 0;
		}
	return any;
}

static void put_system(struct us_gemini_out *w, size_t n)
{
	if (!any_system(w, n))
		return;
	us_print_key(&w->p, "systemInstruction");
	us_print_open(&w->p, '{');
	us_print_key(&w->p, "parts");
	us_print_open(&w->p, '[');
	for (size_t t = 0; t < n; t++)
		put_blocks(w, &w->r->turns[t], false);
	if (w->note.n)
		put_text_part(w, us_buf_span(&w->note));
	us_print_close(&w->p, ']');
	us_print_close(&w->p, '}');
}

/* From here on the model has worked on what the user said last. */
static size_t last_word(const struct us_req *r)
{
	size_t i = r->nturns;

	while (i && (r->turns[i - 1].role != US_ROLE_USER ||
	             us_turn_has(&r->turns[i - 1], US_TOOL_RESULT)))
		i--;
	return i;
}

void us_gemini_put_turns(struct us_gemini_out *w)
{
	size_t n = us_req_lead(w->r), current = last_word(w->r);

	put_system(w, n);
	us_print_key(&w->p, "contents");
	us_print_open(&w->p, '[');
	for (size_t i = n; i < w->r->nturns; i++)
		put_content(w, &w->r->turns[i], w->third && i >= current);
	us_print_close(&w->p, ']');
}

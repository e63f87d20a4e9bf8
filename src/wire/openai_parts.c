/* openai_parts.c - blocks of the hub as the content of a Chat Completions message
 *
 * Every string that is not printed as it is gets put together in o->text first, and the buffer is
 * empty again once it is printed.
 */
#include "wire/openai_render.h"

#include "wire/optional.h"
#include "wire/words.h"

bool us_openai_lacks(struct us_openai_out *o, const char *member)
{
	const struct us_optional *lost = us_optional_find("openai", us_span_of(member));

	if (!us_profile_lacks(o->to->profile, us_span_of(member)))
		return false;
	us_diag(o->diags, lost ? lost->loss : US_DEGRADED, lost ? lost->code : "MEMBER_DROPPED",
	        us_span_of(member));
	return true;
}

void us_openai_impossible(struct us_openai_out *o, const char *code, struct us_span what)
{
	us_diag(o->diags, US_IMPOSSIBLE, code, what);
}

void us_openai_degraded(struct us_openai_out *o, const char *code, const char *what)
{
	us_diag(o->diags, US_DEGRADED, code, us_span_of(what));
}

void us_openai_add_text(struct us_openai_out *o, const struct us_block *b)
{
	us_words_add(&o->text, b, o->diags);
}

void us_openai_print_gathered(struct us_openai_out *o) { us_print_gathered(&o->p, &o->text); }

void us_openai_open_part(struct us_openai_out *o, const char *type)
{
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "type", us_span_of(type));
}

void us_openai_print_text_part(struct us_openai_out *o)
{
	us_openai_open_part(o, "text");
	us_print_key(&o->p, "text");
	us_openai_print_gathered(o);
	us_print_close(&o->p, '}');
}

static void print_text(struct us_openai_out *o, const struct us_block *b)
{
	us_openai_add_text(o, b);
	us_openai_print_text_part(o);
}

void us_openai_add_url(struct us_openai_out *o, const struct us_block *b)
{
	us_buf_add_str(&o->text, "data:");
	us_buf_add_span(&o->text, b->mime);
	us_buf_add_str(&o->text, ";base64,");
	us_buf_add_span(&o->text, b->data);
}

void us_openai_judge_image(struct us_openai_out *o, const struct us_block *b)
{
	static const char *const formats[] = { "image/jpeg", "image/png", "image/gif",
		                               "image/webp" };

	if (b->media == US_MEDIA_BASE64 && !us_span_is_any(b->mime, formats, US_COUNT(formats)))
		us_openai_impossible(o, "IMAGE_FORMAT", b->mime);
	if (o->to->profile->images == US_IMAGES_NONE)
		us_openai_impossible(o, "IMAGE_UNSUPPORTED", US_SPAN("messages"));
	else if (o->to->profile->images == US_IMAGES_INLINE && b->media == US_MEDIA_URL)
		us_openai_impossible(o, "IMAGE_SOURCE", US_SPAN("image url"));
	if (b->media == US_MEDIA_FILE_ID)
		us_openai_impossible(o, "STATE_REF", US_SPAN("file_id"));
}

/* What cannot be sent is printed all the same: the verdict keeps it from being sent. */
void us_openai_print_image(struct us_openai_out *o, const struct us_block *b)
{
	us_openai_judge_image(o, b);
	us_openai_open_part(o, "image_url");
	us_print_key(&o->p, "image_url");
	us_print_open(&o->p, '{');
	us_print_key(&o->p, "url");
	if (b->media == US_MEDIA_BASE64)
		us_openai_add_url(o, b);
	else
		us_buf_add_span(&o->text, b->data);
	us_openai_print_gathered(o);
	if (us_set(b->detail))
		us_print_member(&o->p, "detail", b->detail);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

static void print_audio(struct us_openai_out *o, const struct us_block *b)
{
	static const char *const formats[] = { "wav", "mp3" };

	if (!o->to->profile->audio)
		us_openai_impossible(o, "AUDIO_UNSUPPORTED", US_SPAN("messages"));
	else if (b->media != US_MEDIA_BASE64 ||
	         !us_span_is_any(b->mime, formats, US_COUNT(formats)))
		us_openai_impossible(o, "AUDIO_FORMAT", b->mime);
	us_openai_open_part(o, "input_audio");
	us_print_key(&o->p, "input_audio");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "data", b->data);
	us_print_member(&o->p, "format", b->mime);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

/* A document that is not text: PDFs as bytes, where the server reads them. */
static void print_file(struct us_openai_out *o, const struct us_block *b)
{
	bool pdf = b->media == US_MEDIA_BASE64 && us_span_is_nocase(b->mime, "application/pdf");

	if (!pdf || !o->to->profile->pdf)
		us_openai_impossible(o, "DOCUMENT_UNSUPPORTED", US_SPAN("messages"));
	if (b->cite)
		us_diag(o->diags, US_RISKY, "CITATIONS_LOST", US_SPAN("messages"));
	us_openai_open_part(o, "file");
	us_print_key(&o->p, "file");
	us_print_open(&o->p, '{');
	us_print_member(&o->p, "filename", b->title.n ? b->title : US_SPAN("document.pdf"));
	us_print_key(&o->p, "file_data");
	us_openai_add_url(o, b);
	us_openai_print_gathered(o);
	us_print_close(&o->p, '}');
	us_print_close(&o->p, '}');
}

/* Thoughts, calls and results are not content; they have no part. */
void us_openai_print_part(struct us_openai_out *o, const struct us_block *b)
{
	if (us_words_are(b))
		print_text(o, b);
	else if (b->kind == US_IMAGE)
		us_openai_print_image(o, b);
	else if (b->kind == US_AUDIO)
		print_audio(o, b);
	else if (b->kind == US_DOC)
		print_file(o, b);
	else if (b->kind == US_HOSTED)
		us_openai_impossible(o, "HOSTED_BLOCK", b->type);
	else if (b->kind == US_UNKNOWN)
		us_openai_impossible(o, "UNKNOWN_BLOCK", b->type);
}

size_t us_openai_count_texts(const struct us_block *b, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += us_words_are(&b[i]);
	return found;
}

/* Texts of `b` as `content`: one string, or a list of parts when there are more of them and the
 * server is sure to take one. */
void us_openai_print_texts(struct us_openai_out *o, const struct us_block *b, size_t n)
{
	size_t texts = us_openai_count_texts(b, n), seen = 0;

	us_print_key(&o->p, "content");
	if (texts < 2 || !o->to->profile->official) {
		for (size_t i = 0; i < n; i++) {
			if (!us_words_are(&b[i]))
				continue;
			us_buf_add_str(&o->text, seen++ ? US_WORDS_PARTING : "");
			us_openai_add_text(o, &b[i]);
		}
		us_openai_print_gathered(o);
		return;
	}
	us_print_open(&o->p, '[');
	for (size_t i = 0; i < n; i++)
		if (us_words_are(&b[i]))
			print_text(o, &b[i]);
	us_print_close(&o->p, ']');
}

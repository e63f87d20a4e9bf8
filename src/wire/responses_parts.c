/* responses_parts.c - blocks of the hub as parts of a Responses message or output */
#include "wire/responses_render.h"

#include "wire/words.h"

static void print_text(struct us_openai_out *o, const struct us_block *b, bool assistant)
{
	us_openai_open_part(o, assistant ? "output_text" : "input_text");
	us_print_key(&o->p, "text");
	us_openai_add_text(o, b);
	us_openai_print_gathered(o);
	if (assistant)
		us_print_member_raw(&o->p, "annotations", US_SPAN("[]"));
	us_print_close(&o->p, '}');
}

static void print_refusal(struct us_openai_out *o, const struct us_block *b)
{
	us_openai_open_part(o, "refusal");
	us_print_member(&o->p, "refusal", b->text);
	us_print_close(&o->p, '}');
}

/* Where the bytes are, into o->text. */
static void add_source(struct us_openai_out *o, const struct us_block *b)
{
	if (b->media == US_MEDIA_BASE64)
		us_openai_add_url(o, b);
	else
		us_buf_add_span(&o->text, b->data);
}

static void print_image(struct us_openai_out *o, const struct us_block *b)
{
	us_openai_judge_image(o, b);
	us_openai_open_part(o, "input_image");
	us_print_key(&o->p, "image_url");
	add_source(o, b);
	us_openai_print_gathered(o);
	if (us_set(b->detail))
		us_print_member(&o->p, "detail", b->detail);
	us_print_close(&o->p, '}');
}

/* PDFs, as bytes or where they can be fetched; a compatible server need not read them. */
static void print_file(struct us_openai_out *o, const struct us_block *b)
{
	bool bytes = b->media == US_MEDIA_BASE64;
	bool known =
		bytes ? us_span_is_nocase(b->mime, "application/pdf") : b->media == US_MEDIA_URL;

	if (!known || !o->to->profile->pdf)
		us_openai_impossible(o, "DOCUMENT_UNSUPPORTED", US_SPAN("messages"));
	if (b->cite)
		us_diag(o->diags, US_RISKY, "CITATIONS_LOST", US_SPAN("messages"));
	us_openai_open_part(o, "input_file");
	if (bytes)
		us_print_member(&o->p, "filename", b->title.n ? b->title : US_SPAN("document.pdf"));
	us_print_key(&o->p, bytes ? "file_data" : "file_url");
	add_source(o, b);
	us_openai_print_gathered(o);
	us_print_close(&o->p, '}');
}

/* The assistant's own part of a conversation is text; us_words_tell_unspoken has told the rest. */
void us_responses_print_part(struct us_openai_out *o, const struct us_block *b, bool assistant)
{
	if (b->kind == US_REFUSAL && assistant)
		print_refusal(o, b);
	else if (us_words_are(b))
		print_text(o, b, assistant);
	else if (assistant)
		return;
	else if (b->kind == US_IMAGE)
		print_image(o, b);
	else if (b->kind == US_DOC)
		print_file(o, b);
	else if (b->kind == US_AUDIO)
		us_openai_impossible(o, "AUDIO_FORMAT", b->mime);
	else if (b->kind == US_HOSTED)
		us_openai_impossible(o, "HOSTED_BLOCK", b->type);
	else if (b->kind == US_UNKNOWN)
		us_openai_impossible(o, "UNKNOWN_BLOCK", b->type);
}

/* words.c - what of a message can be said in words, for dialects whose content is a string */
#include "wire/words.h"

#include "wire/document.h"

bool us_words_are(const struct us_block *b)
{
	return b->kind == US_TEXT || b->kind == US_REFUSAL || us_document_is_text(b);
}

void us_words_add(struct us_buf *out, const struct us_block *b, struct us_diags *diags)
{
	if (b->kind == US_DOC)
		us_document_text(b, out, diags);
	else
		us_buf_add_span(out, b->text);
}

void us_words_add_error(struct us_buf *out, const struct us_block *result, struct us_diags *diags)
{
	struct us_span first = result->nblocks ? result->blocks[0].text : us_span("", 0);

	if (result->is_error != US_YES)
		return;
	us_diag(diags, US_DEGRADED, "ERROR_FLAG_IN_TEXT", US_SPAN("is_error"));
	if (first.n < 5 || !us_span_is_nocase(us_span(first.p, 5), "error"))
		us_buf_add_str(out, "[tool error] ");
}

void us_words_add_result(struct us_buf *out, const struct us_block *result, struct us_diags *diags)
{
	us_words_add_error(out, result, diags);
	for (size_t i = 0, seen = 0; i < result->nblocks; i++) {
		const struct us_block *b = &result->blocks[i];

		if (b->kind == US_IMAGE)
			continue;
		us_buf_add_str(out, seen++ ? US_WORDS_PARTING : "");
		if (us_words_are(b)) {
			us_words_add(out, b, diags);
			continue;
		}
		us_buf_add_str(out, "[a document that could not be passed on]");
		us_diag(diags, US_DEGRADED, "RESULT_MEDIA_DROPPED", US_SPAN("messages"));
	}
}

/* Of what an assistant may have said elsewhere, its pictures and documents have no place. */
void us_words_tell_unspoken(const struct us_turn *t, struct us_diags *diags)
{
	for (size_t i = 0; i < t->nblocks; i++) {
		const struct us_block *b = &t->blocks[i];

		if (b->kind == US_HOSTED)
			us_diag(diags, US_IMPOSSIBLE, "HOSTED_BLOCK", b->type);
		else if (b->kind == US_UNKNOWN)
			us_diag(diags, US_IMPOSSIBLE, "UNKNOWN_BLOCK", b->type);
		else if (!us_words_are(b) && b->kind != US_TOOL_CALL && b->kind != US_THINK)
			us_diag(diags, US_DEGRADED, "ASSISTANT_MEDIA_DROPPED", US_SPAN("messages"));
	}
}

bool us_words_said(const struct us_req *r, const char *word)
{
	for (size_t i = 0; i < r->nturns; i++)
		for (size_t k = 0; k < r->turns[i].nblocks; k++)
			if (us_span_has_nocase(r->turns[i].blocks[k].text, word))
				return true;
	return false;
}

void us_words_add_must_call(struct us_buf *out, const struct us_req *r, struct us_diags *diags)
{
	us_diag(diags, US_RISKY, "TOOL_CHOICE_IN_WORDS", US_SPAN("tool_choice"));
	us_buf_add_str(out, "You must answer by calling ");
	if (r->choice == US_CHOICE_NAMED) {
		us_buf_add_str(out, "the tool ");
		us_buf_add_span(out, r->choice_name);
	} else {
		us_buf_add_str(out, "one of the tools");
	}
	us_buf_add_char(out, '.');
}

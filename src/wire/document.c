/* document.c - a document that is text, for those who take no documents */
#include "wire/document.h"

bool us_document_is_text(const struct us_block *b)
{
	return b->kind == US_DOC && (b->media == US_MEDIA_TEXT || b->media == US_MEDIA_BLOCKS);
}

void us_document_text(const struct us_block *b, struct us_buf *out, struct us_diags *diags)
{
	us_buf_add_str(out, "<document");
	if (b->title.n) {
		us_buf_add_str(out, " title=\"");
		us_buf_add_span(out, b->title);
		us_buf_add_char(out, '"');
	}
	us_buf_add_str(out, ">\n");
	us_buf_add_span(out, b->text);
	for (size_t i = 0; i < b->nblocks; i++) {
		if (b->blocks[i].kind != US_TEXT)
			us_diag(diags, US_DEGRADED, "DOCUMENT_MEDIA_DROPPED", US_SPAN("messages"));
		us_buf_add_str(out, i ? "\n\n" : "");
		us_buf_add_span(out, b->blocks[i].text);
	}
	us_buf_add_str(out, "\n</document>");
	if (b->cite)
		us_diag(diags, US_RISKY, "CITATIONS_LOST", US_SPAN("messages"));
}

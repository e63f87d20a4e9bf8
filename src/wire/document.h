/* document.h - a document that is text, for those who take no documents */
#ifndef US_WIRE_DOCUMENT_H
#define US_WIRE_DOCUMENT_H

#include "base/buf.h"
#include "wire/hub.h"
#include "wire/loss.h"

/* Is it text, or blocks that may be? */
bool us_document_is_text(const struct us_block *b);

/* Appends it in the form its readers were trained on; tells what of it is lost. */
void us_document_text(const struct us_block *b, struct us_buf *out, struct us_diags *diags);

#endif

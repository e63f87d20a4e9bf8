/* words.h - what of a message can be said in words, for dialects whose content is a string */
#ifndef US_WIRE_WORDS_H
#define US_WIRE_WORDS_H

#include "base/buf.h"
#include "wire/request.h"

/* Between the texts of different blocks, where they have to be one string. */
#define US_WORDS_PARTING "\n\n"

/* Text itself, a refusal, a document that is text. */
bool us_words_are(const struct us_block *b);

/* Appends such a block; tells what of it is lost. */
void us_words_add(struct us_buf *out, const struct us_block *b, struct us_diags *diags);

/* Appends what stands before the text of a failed tool's result, where no flag can say it: nothing,
 * if the text begins with saying so. Tells it. */
void us_words_add_error(struct us_buf *out, const struct us_block *result, struct us_diags *diags);

/* Appends the texts of a tool's result, whose pictures go elsewhere; tells what is lost. */
void us_words_add_result(struct us_buf *out, const struct us_block *result, struct us_diags *diags);

/* Tells what of an assistant's turn is neither words nor calls, and so has no place. */
void us_words_tell_unspoken(const struct us_turn *t, struct us_diags *diags);

/* Asks for a call in words, where one must be made and the wire has no word for that. */
void us_words_add_must_call(struct us_buf *out, const struct us_req *r, struct us_diags *diags);

/* Does anybody say this word in the conversation? ASCII case does not matter. */
bool us_words_said(const struct us_req *r, const char *word);

#endif

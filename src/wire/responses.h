/* responses.h - what the files of the Responses codec share
 *
 * OpenAI's second language. What it has in common with the first is read and written by the files
 * of openai_members.h, openai_content.h, openai_render.h, openai_answer.h and openai_error.h.
 *
 * responses_request.c reads a request, responses_items.c its input; responses_render.c writes one,
 * responses_turns.c its input and responses_parts.c what that holds; openai_patch.c changes one.
 * responses_decode.c reads answers, in order as responses_row.c brings them; responses_encode.c
 * writes them as a stream, responses_answer.c as documents.
 */
#ifndef US_WIRE_RESPONSES_H
#define US_WIRE_RESPONSES_H

#include "wire/openai_error.h"
#include "wire/openai_members.h"

/* The member `input`. */
void us_responses_take_input(struct us_openai_in *in, struct us_val v);

int us_responses_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                                struct us_diags *diags);
bool us_responses_patch_member(struct us_rendered *r, struct us_edit *e,
                               const struct us_iter *member);

void *us_responses_decoder_new(struct us_sink to);
int us_responses_decode_event(void *decoder, struct us_span event, struct us_span data);
int us_responses_decode_whole(void *decoder, struct us_val body);
int us_responses_decode_end(void *decoder);
unsigned us_responses_decoder_look(const void *decoder, struct us_place *place);
void us_responses_decoder_free(void *decoder);

void *us_responses_encoder_new(const struct us_look *look, struct us_buf *out);
int us_responses_encode_event(void *encoder, const struct us_ev *ev);
void us_responses_encoder_resume(void *encoder, const struct us_resp *said,
                                 const struct us_place *place);
void us_responses_encoder_free(void *encoder);
int us_responses_encode_whole(const struct us_look *look, const struct us_resp *r,
                              struct us_buf *out);

/* Notes what an answer will have to repeat. */
void us_responses_note_echo(struct us_openai_in *in, struct us_val body);

#endif

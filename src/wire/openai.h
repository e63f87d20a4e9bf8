/* openai.h - what the files of the Chat Completions codec share
 *
 * openai_request.c reads a request, openai_messages.c its messages; openai_render.c writes one,
 * openai_tools.c its tools, openai_turns.c its messages and openai_parts.c what those hold.
 * openai_patch.c changes one, openai_decode.c reads answers, openai_encode.c writes them, and
 * openai_error.c does both for errors.
 */
#ifndef US_WIRE_OPENAI_H
#define US_WIRE_OPENAI_H

#include "wire/openai_error.h"
#include "wire/openai_members.h"

void us_openai_messages(struct us_openai_in *in, struct us_val messages);

int us_openai_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                             struct us_diags *diags);
bool us_openai_patch_member(struct us_rendered *r, struct us_edit *e, const struct us_iter *member);

void *us_openai_decoder_new(struct us_sink to);
int us_openai_decode_event(void *decoder, struct us_span event, struct us_span data);
int us_openai_decode_whole(void *decoder, struct us_val body);
int us_openai_decode_end(void *decoder);
unsigned us_openai_decoder_look(const void *decoder, struct us_place *place);
void us_openai_decoder_free(void *decoder);

void *us_openai_encoder_new(const struct us_look *look, struct us_buf *out);
int us_openai_encode_event(void *encoder, const struct us_ev *ev);
void us_openai_encoder_resume(void *encoder, const struct us_resp *said,
                              const struct us_place *place);
void us_openai_encoder_free(void *encoder);
int us_openai_encode_whole(const struct us_look *look, const struct us_resp *r, struct us_buf *out);

#endif

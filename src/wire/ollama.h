/* ollama.h - what the files of Ollama's own dialect share
 *
 * ollama_request.c reads a request, ollama_messages.c its messages; ollama_render.c writes one,
 * ollama_turns.c its messages. ollama_decode.c reads answers and errors, ollama_encode.c writes
 * them.
 */
#ifndef US_WIRE_OLLAMA_H
#define US_WIRE_OLLAMA_H

#include "wire/dialect.h"

/* A request while it is read. */
struct us_ollama_in {
	struct us_arena *a;
	struct us_req *r;
	struct us_span role;      /* of the message before */
	struct us_block *waiting; /* calls that wait for their results, in order */
	size_t nwaiting;
	int err; /* US_EINVAL: no request of this dialect; sticks */
};

void us_ollama_messages(struct us_ollama_in *in, struct us_val messages);

/* A string member; unset when it is not there or no string. */
struct us_span us_ollama_str(struct us_ollama_in *in, struct us_val object, const char *name);

int us_ollama_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                             struct us_diags *diags);

void *us_ollama_decoder_new(struct us_sink to);
int us_ollama_decode_event(void *decoder, struct us_span event, struct us_span data);
int us_ollama_decode_whole(void *decoder, struct us_val body);
int us_ollama_decode_end(void *decoder);
unsigned us_ollama_decoder_look(const void *decoder, struct us_place *place);
void us_ollama_decoder_free(void *decoder);
bool us_ollama_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out);

void *us_ollama_encoder_new(const struct us_look *look, struct us_buf *out);
int us_ollama_encode_event(void *encoder, const struct us_ev *ev);
void us_ollama_encoder_resume(void *encoder, const struct us_resp *said,
                              const struct us_place *place);
void us_ollama_encoder_free(void *encoder);
int us_ollama_encode_whole(const struct us_look *look, const struct us_resp *r, struct us_buf *out);
int us_ollama_encode_error(const struct us_hub_err *e, struct us_buf *out);

#endif

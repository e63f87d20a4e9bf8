/* anthropic.h - the parts of the Anthropic Messages dialect, and the words they share */
#ifndef US_WIRE_ANTHROPIC_H
#define US_WIRE_ANTHROPIC_H

#include "wire/dialect.h"
#include "wire/print.h"

/* The functions of the row us_anthropic; dialect.h says what each does. */
int us_anthropic_decode_request(struct us_val body, struct us_arena *a, struct us_req *out);
int us_anthropic_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                                struct us_diags *diags);

void *us_anthropic_decoder_new(struct us_sink to);
int us_anthropic_decode_event(void *decoder, struct us_span event, struct us_span data);
int us_anthropic_decode_whole(void *decoder, struct us_val body);
int us_anthropic_decode_end(void *decoder);
unsigned us_anthropic_decoder_look(const void *decoder, struct us_place *place);
void us_anthropic_decoder_free(void *decoder);
bool us_anthropic_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out);

void *us_anthropic_encoder_new(const struct us_look *look, struct us_buf *out);
int us_anthropic_encode_event(void *encoder, const struct us_ev *ev);
void us_anthropic_encoder_resume(void *encoder, const struct us_resp *said,
                                 const struct us_place *place);
void us_anthropic_encoder_free(void *encoder);
int us_anthropic_encode_whole(const struct us_look *look, const struct us_resp *r,
                              struct us_buf *out);
int us_anthropic_encode_error(const struct us_hub_err *e, struct us_buf *out);

/* X(HTTP status, error type): the two ways of saying it. */
#define US_ANTHROPIC_ERRORS(X)                                                                     \
	X(400, "invalid_request_error")                                                            \
	X(401, "authentication_error")                                                             \
	X(402, "billing_error")                                                                    \
	X(403, "permission_error")                                                                 \
	X(404, "not_found_error")                                                                  \
	X(409, "conflict_error")                                                                   \
	X(413, "request_too_large")                                                                \
	X(429, "rate_limit_error")                                                                 \
	X(500, "api_error")                                                                        \
	X(504, "timeout_error")                                                                    \
	X(529, "overloaded_error")

/* X(the hub's reason, stop_reason): of rows with the same word the first is what it means. */
#define US_ANTHROPIC_STOPS(X)                                                                      \
	X(US_STOP_END, "end_turn")                                                                 \
	X(US_STOP_SEQUENCE, "stop_sequence")                                                       \
	X(US_STOP_MAX_TOKENS, "max_tokens")                                                        \
	X(US_STOP_TOOL, "tool_use")                                                                \
	X(US_STOP_REFUSAL, "refusal")                                                              \
	X(US_STOP_FILTER, "refusal")                                                               \
	X(US_STOP_PAUSE, "pause_turn")                                                             \
	X(US_STOP_CONTEXT_FULL, "model_context_window_exceeded")                                   \
	X(US_STOP_ERROR, "end_turn")                                                               \
	X(US_STOP_OTHER, "end_turn")

#endif

/* gemini.h - the parts of the Gemini dialect (generateContent), and the words they share */
#ifndef US_WIRE_GEMINI_H
#define US_WIRE_GEMINI_H

#include "wire/dialect.h"
#include "wire/print.h"

/* The functions of the row us_gemini; dialect.h says what each does. */
int us_gemini_encode_request(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                             struct us_diags *diags);

bool us_gemini_patch_member(struct us_rendered *r, struct us_edit *e, const struct us_iter *member);

void *us_gemini_decoder_new(struct us_sink to);
int us_gemini_decode_event(void *decoder, struct us_span event, struct us_span data);
int us_gemini_decode_whole(void *decoder, struct us_val body);
int us_gemini_decode_end(void *decoder);
unsigned us_gemini_decoder_look(const void *decoder, struct us_place *place);
void us_gemini_decoder_free(void *decoder);

void *us_gemini_encoder_new(const struct us_look *look, struct us_buf *out);
int us_gemini_encode_event(void *encoder, const struct us_ev *ev);
void us_gemini_encoder_resume(void *encoder, const struct us_resp *said,
                              const struct us_place *place);
void us_gemini_encoder_free(void *encoder);
int us_gemini_encode_whole(const struct us_look *look, const struct us_resp *r, struct us_buf *out);

bool us_gemini_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out);
int us_gemini_encode_error(const struct us_hub_err *e, struct us_buf *out);
/* The member `error`, of a document or of an answer that broke off. */
void us_gemini_put_error(struct us_print *p, const struct us_hub_err *e);

/* What Google documents for a call that the model has not made itself: it bears no signature. */
#define US_GEMINI_FOREIGN_SIGNATURE "skip_thought_signature_validator"
/* Does this model want signatures back? */
bool us_gemini_wants_signatures(const struct us_model *m);

/* Members are written as `camelCase`, and read as `snake_case` too, as Google's servers do. Of both
 * the first one counts. */
struct us_val us_gemini_get(struct us_val object, const char *camel);
/* Is the name, in either spelling, one of these words, which blanks separate? */
bool us_gemini_among(const char *words, struct us_span name);
/* A member that is a string, or the bytes of one that is given; else unset. */
struct us_span us_gemini_str(struct us_val object, const char *camel, struct us_arena *a);
struct us_span us_gemini_raw(struct us_val object, const char *camel);
/* An integer, which ProtoJSON also writes as a string. */
bool us_gemini_u64(struct us_val v, uint64_t *out);

/* X(HTTP status, google.rpc.Code): of rows with the same status the first is how it is said. */
#define US_GEMINI_ERRORS(X)                                                                        \
	X(400, "INVALID_ARGUMENT")                                                                 \
	X(400, "FAILED_PRECONDITION")                                                              \
	X(400, "OUT_OF_RANGE")                                                                     \
	X(401, "UNAUTHENTICATED")                                                                  \
	X(403, "PERMISSION_DENIED")                                                                \
	X(404, "NOT_FOUND")                                                                        \
	X(409, "ABORTED")                                                                          \
	X(409, "ALREADY_EXISTS")                                                                   \
	X(413, "INVALID_ARGUMENT")                                                                 \
	X(429, "RESOURCE_EXHAUSTED")                                                               \
	X(499, "CANCELLED")                                                                        \
	X(500, "INTERNAL")                                                                         \
	X(500, "UNKNOWN")                                                                          \
	X(500, "DATA_LOSS")                                                                        \
	X(501, "UNIMPLEMENTED")                                                                    \
	X(503, "UNAVAILABLE")                                                                      \
	X(504, "DEADLINE_EXCEEDED")

/* X(number, finishReason, the hub's reason): programs may ask for enums as numbers. */
#define US_GEMINI_STOPS(X)                                                                         \
	X(1, "STOP", US_STOP_END)                                                                  \
	X(2, "MAX_TOKENS", US_STOP_MAX_TOKENS)                                                     \
	X(3, "SAFETY", US_STOP_FILTER)                                                             \
	X(4, "RECITATION", US_STOP_FILTER)                                                         \
	X(5, "OTHER", US_STOP_OTHER)                                                               \
	X(6, "LANGUAGE", US_STOP_FILTER)                                                           \
	X(7, "BLOCKLIST", US_STOP_FILTER)                                                          \
	X(8, "PROHIBITED_CONTENT", US_STOP_FILTER)                                                 \
	X(9, "SPII", US_STOP_FILTER)                                                               \
	X(10, "MALFORMED_FUNCTION_CALL", US_STOP_ERROR)                                            \
	X(11, "IMAGE_SAFETY", US_STOP_FILTER)                                                      \
	X(12, "UNEXPECTED_TOOL_CALL", US_STOP_ERROR)                                               \
	X(13, "TOO_MANY_TOOL_CALLS", US_STOP_ERROR)                                                \
	X(0, "MODEL_ARMOR", US_STOP_FILTER)                                                        \
	X(0, "IMAGE_PROHIBITED_CONTENT", US_STOP_FILTER)                                           \
	X(0, "IMAGE_RECITATION", US_STOP_FILTER)                                                   \
	X(0, "NO_IMAGE", US_STOP_OTHER)                                                            \
	X(0, "IMAGE_OTHER", US_STOP_OTHER)                                                         \
	X(0, "MISSING_THOUGHT_SIGNATURE", US_STOP_ERROR)                                           \
	X(0, "MALFORMED_RESPONSE", US_STOP_ERROR)

#endif

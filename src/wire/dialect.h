/* dialect.h - what each provider language can do: one file and one row per dialect */
#ifndef US_WIRE_DIALECT_H
#define US_WIRE_DIALECT_H

#include "wire/ask.h"
#include "wire/edit.h"
#include "wire/limits.h"
#include "wire/look.h"
#include "wire/resp.h"
#include "wire/scan.h"

struct us_rendered; /* translate.h: a request as it will be sent */
struct us_back;     /* back.h: what becomes of answers that come back from others */

struct us_dialect {
	const char *name;    /* "openai", "anthropic": as settings and logs say it */
	const char *auth;    /* the key's header, up to the key: "Authorization: Bearer " */
	const char *version; /* a header that each request must bear, or NULL */
	const char *models;  /* the dialect whose models they are; NULL: its own */
	struct us_limits limits;

	/* Where it is asked: behind the base URL, see conf/address.h. */
	const char *base_version; /* "/v1" */
	bool always_version;
	const char *endpoint; /* "/chat/completions", "/models/{model}:{method}" */
	const char *(*method)(bool stream, enum us_framing framing); /* NULL: there is none */
	bool model_in_url;

	struct us_sign sign;  /* what is asked, at a glance; see ask.h */
	bool sign_with_model; /* it says little without the name of a model beside it */
	bool streams_unsaid;  /* a request that does not say "stream" wants one */
	void (*read_url)(struct us_span path, struct us_span query, struct us_in_url *out);

	enum us_framing framing; /* of its streams */
	bool arrays;             /* ... which may also be the elements of an array */

	/* Request. `out` is zeroed; unknown members are listed, not refused. US_EINVAL when the
	 * document is no request of this dialect. */
	int (*decode_request)(struct us_val body, struct us_arena *a, struct us_req *out);
	/* `r` has been through us_normalise for this target. */
	int (*encode_request)(const struct us_req *r, const struct us_for *to, struct us_buf *out,
	                      struct us_diags *diags);

	/* For patch.c: edits what this dialect alone has in a member of the body. True: the member
	 * is done with. NULL: there is no such thing. */
	bool (*patch_member)(struct us_rendered *r, struct us_edit *e,
	                     const struct us_iter *member);

	/* Answer in: one event of a stream, or a whole body, into hub events. decoder_end tells
	 * the end of the bytes and emits END, clean or not. A decoder that has emitted END(clean)
	 * ignores what follows. */
	void *(*decoder_new)(struct us_sink to);
	int (*decode_event)(void *decoder, struct us_span event, struct us_span data);
	int (*decode_whole)(void *decoder, struct us_val body);
	int (*decode_end)(void *decoder);
	/* us_standing: what of the stream so far waits for more. `place` may be NULL. */
	unsigned (*decoder_look)(const void *decoder, struct us_place *place);
	void (*decoder_free)(void *decoder);

	/* Answer out: events into a stream's bytes appended to `out`; the sum into a document. */
	void *(*encoder_new)(const struct us_look *look, struct us_buf *out);
	int (*encode_event)(void *encoder, const struct us_ev *ev);
	/* What was told so far adds up to `said`, and the program has got it from the provider
	 * itself: only what follows is this encoder's. NULL: it can't go on with such a stream. */
	void (*encoder_resume)(void *encoder, const struct us_resp *said,
	                       const struct us_place *place);
	void (*encoder_free)(void *encoder);
	int (*encode_whole)(const struct us_look *look, const struct us_resp *r,
	                    struct us_buf *out);

	/* Errors. Spans of the result point into `body` or the arena. False: not an error body. */
	bool (*decode_error)(struct us_val body, struct us_arena *a, struct us_hub_err *out);
	int (*encode_error)(const struct us_hub_err *e, struct us_buf *out);
	const struct us_back *back; /* NULL: they come back as they are */
};

extern const struct us_dialect us_openai, us_responses, us_anthropic, us_gemini, us_ollama;

/* By number, from 0; NULL behind the last. */
const struct us_dialect *us_dialect_at(size_t i);

/* What one of its models can do, by its name. */
const struct us_model *us_dialect_model(const struct us_dialect *d, struct us_span name);
/* Whose models a dialect has. */
const char *us_dialect_models(const struct us_dialect *d);

/* NULL when there is none of that name. */
const struct us_dialect *us_dialect_by_name(struct us_span name);

#endif

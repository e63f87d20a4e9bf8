/* gemini_encode.c - answers, written for programs that speak Gemini
 *
 * A stream is a row of documents in the form of the whole answer: each bears its piece of text, or
 * a call, which is held until it is whole; the last one bears the finish reason and the usage. They
 * come as events, or as the elements of an array, as the program's URL wants them.
 *
 * Thoughts of another provider are left out: they have no signature that Google would take back.
 */
#include "wire/gemini.h"

#include "base/mem.h"
#include "wire/args.h"
#include "wire/mint.h"

#define CALL_MAX ((size_t)64 << 20)
#define ID_N 22

struct encoder {
	struct us_look look;
	struct us_frame frame;
	enum us_block_kind kind;  /* of the open block */
	struct us_buf name, args; /* of the open call */
	unsigned calls;
	enum us_stop stop;
	struct us_usage usage;
	uint64_t written; /* bytes of text and arguments, to estimate tokens by */
	bool said_stop;   /* the provider has, itself */
	bool shut;
};

void *us_gemini_encoder_new(const struct us_look *look, struct us_buf *out)
{
	struct encoder *e = us_calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->look = *look;
	e->stop = US_STOP_OTHER;
	e->frame =
		(struct us_frame){ .framing = look->framing == US_FRAMING_ARRAY ? US_FRAMING_ARRAY
		                                                                : US_FRAMING_SSE,
		                   .eol = "\r\n",
		                   .out = out };
	us_buf_init(&e->name, CALL_MAX);
	us_buf_init(&e->args, CALL_MAX);
	return e;
}

void us_gemini_encoder_free(void *encoder)
{
	struct encoder *e = encoder;

	if (!e)
		return;
	us_buf_fini(&e->name);
	us_buf_fini(&e->args);
	us_free(e);
}

/* --- what a piece and a whole answer have in common ------------------------------------------- */

/* Calls have no reason of their own, and no reason keeps them from being run. */
static const char *finish_reason(enum us_stop stop, unsigned calls)
{
	static const char *const reasons[] = {
		[US_STOP_END] = "STOP",
		[US_STOP_SEQUENCE] = "STOP",
		[US_STOP_MAX_TOKENS] = "MAX_TOKENS",
		[US_STOP_TOOL] = "STOP",
		[US_STOP_FILTER] = "SAFETY",
		[US_STOP_REFUSAL] = "SAFETY",
		[US_STOP_PAUSE] = "STOP",
		[US_STOP_CONTEXT_FULL] = "MAX_TOKENS",
		[US_STOP_ERROR] = "OTHER",
		[US_STOP_OTHER] = "OTHER",
	};

	return calls && stop == US_STOP_OTHER ? "STOP" : reasons[stop];
}

static void open_answer(struct us_print *p)
{
	us_print_open(p, '{');
	us_print_key(p, "candidates");
	us_print_open(p, '[');
	us_print_open(p, '{');
	us_print_key(p, "content");
	us_print_open(p, '{');
	us_print_key(p, "parts");
	us_print_open(p, '[');
}

static void put_text(struct us_print *p, struct us_span text)
{
	us_print_open(p, '{');
	us_print_member(p, "text", text);
	us_print_close(p, '}');
}

/* The first call is signed: the program's own model will want that back, and takes this for it. */
static bool is_signed(const struct us_look *look, unsigned nth)
{
	return nth == 1 &&
	       us_gemini_wants_signatures(us_dialect_model(&us_gemini, look->req->model));
}

/* An id where the program's history has ids: elsewhere it knows calls by their names. */
static void put_call(struct us_print *p, const struct us_look *look, unsigned nth,
                     struct us_span name, struct us_span args)
{
	us_print_open(p, '{');
	us_print_key(p, "functionCall");
	us_print_open(p, '{');
	if (look->req->call_ids)
		us_mint_member(p, "id", "call_", ID_N, look->seed, nth);
	us_print_member(p, "name", name);
	us_print_key(p, "args");
	us_print_args(p, args, us_args_kind(args));
	us_print_close(p, '}');
	if (is_signed(look, nth))
		us_print_member(p, "thoughtSignature", US_SPAN(US_GEMINI_FOREIGN_SIGNATURE));
	us_print_close(p, '}');
}

/* Behind the parts: no reason yet when `reason` is NULL. */
static void close_content(struct us_print *p, const char *reason)
{
	us_print_close(p, ']');
	us_print_member(p, "role", US_SPAN("model"));
	us_print_close(p, '}');
	if (reason)
		us_print_member(p, "finishReason", us_span_of(reason));
	us_print_member_u64(p, "index", 0);
	us_print_close(p, '}');
	us_print_close(p, ']');
}

/* Where the provider has not counted, an estimate stands. Candidates are without thoughts. */
static void put_usage(struct us_print *p, const struct us_look *look, const struct us_usage *u,
                      uint64_t bytes)
{
	uint64_t in = u->known & US_USAGE_IN ? u->in : look->in_estimate;
	uint64_t out = us_usage_out(u, bytes);
	uint64_t thoughts = u->known & US_USAGE_REASONING && u->reasoning < out ? u->reasoning : 0;

	us_print_key(p, "usageMetadata");
	us_print_open(p, '{');
	us_print_member_u64(p, "promptTokenCount", in);
	us_print_member_u64(p, "candidatesTokenCount", out - thoughts);
	us_print_member_u64(p, "totalTokenCount", in + out);
	if (u->known & US_USAGE_CACHE_READ && u->cache_read)
		us_print_member_u64(p, "cachedContentTokenCount", u->cache_read);
	if (thoughts)
		us_print_member_u64(p, "thoughtsTokenCount", thoughts);
	us_print_close(p, '}');
}

static void close_answer(struct us_print *p, const struct us_look *look)
{
	us_print_member(p, "modelVersion", look->model);
	if (us_set(look->id))
		us_print_member(p, "responseId", look->id);
	else
		us_mint_member(p, "responseId", "", ID_N, look->seed, 0);
	us_print_close(p, '}');
}

/* --- streams ---------------------------------------------------------------------------------- */

static struct us_print begin(struct encoder *e)
{
	struct us_print p = us_print(e->frame.out);

	us_frame_open(&e->frame);
	open_answer(&p);
	return p;
}

static void finish(struct encoder *e, struct us_print *p)
{
	close_content(p, NULL);
	close_answer(p, &e->look);
	us_frame_close(&e->frame);
}

static void add_text(struct encoder *e, struct us_span text)
{
	struct us_print p;

	if (e->kind != US_TEXT && e->kind != US_REFUSAL)
		return;
	p = begin(e);
	put_text(&p, text);
	finish(e, &p);
	e->written += text.n;
}

static void close_block(struct encoder *e)
{
	struct us_print p;

	if (e->kind != US_TOOL_CALL)
		return;
	p = begin(e);
	put_call(&p, &e->look, ++e->calls, us_buf_span(&e->name), us_buf_span(&e->args));
	finish(e, &p);
	e->written += e->args.n;
}

static void open_block(struct encoder *e, const struct us_ev *ev)
{
	e->kind = ev->block;
	us_buf_clear(&e->name);
	us_buf_clear(&e->args);
	us_buf_add_span(&e->name, ev->name);
}

/* As Google ends its own: with an empty text. One that is not clean is not ended. */
static void end(struct encoder *e, bool clean)
{
	struct us_print p;

	e->shut = true;
	if (!clean)
		return;
	if (e->said_stop) {
		us_frame_end(&e->frame);
		return;
	}
	p = begin(e);
	put_text(&p, US_SPAN(""));
	close_content(&p, finish_reason(e->stop, e->calls));
	put_usage(&p, &e->look, &e->usage, e->written);
	close_answer(&p, &e->look);
	us_frame_close(&e->frame);
	us_frame_end(&e->frame);
}

/* The last thing the program hears; an array is closed behind it, so that it can be read. */
static void error(struct encoder *e, const struct us_hub_err *err)
{
	e->shut = true;
	us_frame_open(&e->frame);
	us_gemini_encode_error(err, e->frame.out);
	us_frame_close(&e->frame);
	us_frame_end(&e->frame);
}

/* Pieces have gone before; an array's next one comes behind a comma. */
void us_gemini_encoder_resume(void *encoder, const struct us_resp *said,
                              const struct us_place *place)
{
	struct encoder *e = encoder;

	e->frame.begun = true;
	e->said_stop = said->stopped;
}

int us_gemini_encode_event(void *encoder, const struct us_ev *ev)
{
	struct encoder *e = encoder;

	if (e->shut)
		return e->frame.out->err;
	switch (ev->kind) {
	case US_EV_BLOCK_OPEN:
		open_block(e, ev);
		break;
	case US_EV_TEXT:
		add_text(e, ev->text);
		break;
	case US_EV_ARGS:
		us_buf_add_span(&e->args, ev->text);
		break;
	case US_EV_BLOCK_CLOSE:
		close_block(e);
		break;
	case US_EV_STOP:
		e->stop = ev->stop;
		break;
	case US_EV_USAGE:
		us_usage_merge(&e->usage, &ev->usage);
		break;
	case US_EV_ERROR:
		error(e, &ev->err);
		break;
	case US_EV_END:
		end(e, ev->clean);
		break;
	case US_EV_START:
	case US_EV_SIG:
	case US_EV_PING: /* the wire has none */
		break;
	}
	return e->args.err ? e->args.err : e->frame.out->err;
}

/* --- documents -------------------------------------------------------------------------------- */

static bool is_text(const struct us_block *b)
{
	return (b->kind == US_TEXT || b->kind == US_REFUSAL) && b->text.n;
}

/* An answer that says nothing has an empty text, as the last piece of a stream. */
static unsigned put_blocks(struct us_print *p, const struct us_look *look, const struct us_resp *r)
{
	unsigned calls = 0, texts = 0;

	for (size_t i = 0; i < r->nblocks; i++) {
		const struct us_block *b = &r->blocks[i];

		texts += is_text(b);
		if (is_text(b))
			put_text(p, b->text);
		else if (b->kind == US_TOOL_CALL)
			put_call(p, look, ++calls, b->name, b->args);
	}
	if (!calls && !texts)
		put_text(p, US_SPAN(""));
	return calls;
}

int us_gemini_encode_whole(const struct us_look *look, const struct us_resp *r, struct us_buf *out)
{
	struct us_print p = us_print(out);
	unsigned calls;

	open_answer(&p);
	calls = put_blocks(&p, look, r);
	close_content(&p, finish_reason(r->stop, calls));
	put_usage(&p, look, &r->usage, us_resp_bytes(r));
	close_answer(&p, look);
	return out->err;
}

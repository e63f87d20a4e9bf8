/* anthropic_encode.c - answers and errors, written for programs that speak Anthropic Messages
 *
 * What others say after the end is said before it here: message_delta bears the stop reason and the
 * usage, and so is held until USAGE or END. Input tokens belong into message_start, when nobody but
 * Anthropic knows them: an estimate stands there, and the truth in message_delta.
 *
 * Thinking of another provider bears no signature that Anthropic would accept when the program
 * sends its history back. It is left out, and the blocks after it count as if it had not been.
 */
#include "wire/anthropic.h"

#include "base/mem.h"
#include "wire/args.h"
#include "wire/mint.h"

#define ID_N 22                     /* characters after msg_01 and toolu_01 */
#define HELD_MAX ((size_t)64 << 20) /* of a stop sequence, of arguments */

struct encoder {
	struct us_look look;
	struct us_buf *out;
	unsigned blocks, calls; /* written so far */
	enum { NO_BLOCK, EMPTY_TEXT, TEXT, CALL_UNSURE, CALL } open;
	bool delta_due; /* STOP has come, message_delta is still to be written */
	bool shut;      /* message_stop or an error is out */
	enum us_stop stop;
	bool has_sequence;
	struct us_buf sequence;
	struct us_buf args; /* of CALL_UNSURE: what has come of them */
	struct us_usage usage;
	uint64_t written; /* bytes of text and arguments, to estimate tokens by */
};

void *us_anthropic_encoder_new(const struct us_look *look, struct us_buf *out)
{
	struct encoder *e = us_calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->look = *look;
	e->out = out;
	us_buf_init(&e->sequence, HELD_MAX);
	us_buf_init(&e->args, HELD_MAX);
	return e;
}

void us_anthropic_encoder_free(void *encoder)
{
	struct encoder *e = encoder;

	if (!e)
		return;
	us_buf_fini(&e->sequence);
	us_buf_fini(&e->args);
	us_free(e);
}

/* What a stream and a document have in common */

/* The ids are ours, in Anthropic's form: programs send them back, and then they must be accepted.
 */
static void put_head(struct us_print *p, const struct us_look *look)
{
	us_mint_member(p, "id", "msg_01", ID_N, look->seed, 0);
	us_print_member(p, "type", US_SPAN("message"));
	us_print_member(p, "role", US_SPAN("assistant"));
	us_print_member(p, "model", look->model);
}

/* The nth call of an answer bears the same id, be it streamed or not. */
static void put_call_head(struct us_print *p, const struct us_look *look, unsigned nth,
                          struct us_span name)
{
	us_print_member(p, "type", US_SPAN("tool_use"));
	us_mint_member(p, "id", "toolu_01", ID_N, look->seed, nth);
	us_print_member(p, "name", name);
}

/* Members without the braces: input without what the cache had or took. Where the provider has not
 * counted, an estimate stands. */
static void put_counts(struct us_print *p, const struct us_usage *u, uint64_t in_estimate,
                       uint64_t out)
{
	uint64_t read = u->known & US_USAGE_CACHE_READ ? u->cache_read : 0;
	uint64_t write = u->known & US_USAGE_CACHE_WRITE ? u->cache_write : 0;
	uint64_t in = u->in > read + write ? u->in - read - write : 0;

	us_print_member_u64(p, "input_tokens", u->known & US_USAGE_IN ? in : in_estimate);
	us_print_member_u64(p, "cache_creation_input_tokens", write);
	us_print_member_u64(p, "cache_read_input_tokens", read);
	us_print_member_u64(p, "output_tokens", out);
}

/* A program that asked for one call at most gets no more, whatever the provider made of it. */
static bool takes_call(const struct us_look *look, unsigned calls)
{
	return !calls || look->req->parallel_tools != US_NO;
}

/* Servers say "stop" with calls, and "tool_calls" without; programs go by the reason alone. */
static const char *stop_reason(enum us_stop stop, bool calls)
{
	static const char *const words[] = {
#define X(stop, reason) [stop] = reason,
		US_ANTHROPIC_STOPS(X)
#undef X
	};

	if (calls && (stop == US_STOP_END || stop == US_STOP_OTHER))
		stop = US_STOP_TOOL;
	if (!calls && stop == US_STOP_TOOL)
		stop = US_STOP_END;
	return words[stop];
}

/* A refusal has details since it has a stop reason of its own; what they say nobody else knows. */
static void put_stop(struct us_print *p, const char *reason, const struct us_span *sequence)
{
	us_print_member(p, "stop_reason", us_span_of(reason));
	if (sequence && strcmp(reason, "stop_sequence") == 0)
		us_print_member(p, "stop_sequence", *sequence);
	else
		us_print_member_null(p, "stop_sequence");
	if (strcmp(reason, "refusal") == 0)
		us_print_member_raw(
			p, "stop_details",
			US_SPAN("{\"type\":\"refusal\",\"category\":null,\"explanation\":null}"));
}

/* Errors */

static const struct {
	unsigned status;
	const char *type;
} errors[] = {
#define X(status, type) { status, type },
	US_ANTHROPIC_ERRORS(X)
#undef X
};

/* The status comes first: another dialect may mean less by the same word. */
static const char *error_type(const struct us_hub_err *e)
{
	for (size_t i = 0; i < US_COUNT(errors); i++)
		if (e->status ? e->status == errors[i].status : us_span_is(e->type, errors[i].type))
			return errors[i].type;
	if (e->status == 408)
		return "timeout_error";
	return e->status >= 400 && e->status < 500 ? "invalid_request_error" : "api_error";
}

/* Members of the envelope without its braces. */
static void put_error(struct us_print *p, const struct us_hub_err *e)
{
	const char *type = error_type(e);

	us_print_member(p, "type", US_SPAN("error"));
	us_print_key(p, "error");
	us_print_open(p, '{');
	us_print_member(p, "type", us_span_of(type));
	us_print_member(p, "message", e->message.n ? e->message : us_span_of(type));
	us_print_close(p, '}');
}

int us_anthropic_encode_error(const struct us_hub_err *e, struct us_buf *out)
{
	struct us_print p = us_print(out);

	us_print_open(&p, '{');
	put_error(&p, e);
	us_print_member_null(&p, "request_id");
	us_print_close(&p, '}');
	return out->err;
}

/* Streams */

/* `event: type`, and of the data all up to the type. */
static struct us_print begin(struct encoder *e, const char *type)
{
	struct us_print p = us_print(e->out);

	us_buf_add_str(e->out, "event: ");
	us_buf_add_str(e->out, type);
	us_buf_add_str(e->out, "\ndata: ");
	us_print_open(&p, '{');
	us_print_member(&p, "type", us_span_of(type));
	return p;
}

static void finish(struct us_print *p)
{
	us_print_close(p, '}');
	us_buf_add_str(p->out, "\n\n");
}

static void on_start(struct encoder *e, const struct us_ev *ev)
{
	struct us_print p = begin(e, "message_start");

	us_usage_merge(&e->usage, &ev->usage);
	us_print_key(&p, "message");
	us_print_open(&p, '{');
	put_head(&p, &e->look);
	us_print_member_raw(&p, "content", US_SPAN("[]"));
	us_print_member_null(&p, "stop_reason");
	us_print_member_null(&p, "stop_sequence");
	us_print_key(&p, "usage");
	us_print_open(&p, '{');
	put_counts(&p, &e->usage, e->look.in_estimate, 1);
	us_print_close(&p, '}');
	us_print_close(&p, '}');
	finish(&p);
}

static struct us_print begin_block(struct encoder *e)
{
	struct us_print p = begin(e, "content_block_start");

	us_print_member_u64(&p, "index", e->blocks);
	us_print_key(&p, "content_block");
	us_print_open(&p, '{');
	return p;
}

static void finish_block(struct us_print *p)
{
	us_print_close(p, '}');
	finish(p);
}

/* Arguments come in deltas; {} stays where none do. */
static void open_call(struct encoder *e, struct us_span name)
{
	struct us_print p = begin_block(e);

	put_call_head(&p, &e->look, ++e->calls, name);
	us_print_member_raw(&p, "input", US_SPAN("{}"));
	finish_block(&p);
	us_buf_clear(&e->args);
	e->open = CALL_UNSURE;
}

/* A text block is begun with its first text: programs send back what they got, and an empty one
 * would be refused. */
static void on_open(struct encoder *e, const struct us_ev *ev)
{
	e->open = NO_BLOCK;
	if (ev->block == US_TEXT || ev->block == US_REFUSAL)
		e->open = EMPTY_TEXT;
	else if (ev->block == US_TOOL_CALL && takes_call(&e->look, e->calls))
		open_call(e, ev->name);
}

static void put_delta(struct encoder *e, const char *type, const char *member, struct us_span text)
{
	struct us_print p = begin(e, "content_block_delta");

	us_print_member_u64(&p, "index", e->blocks);
	us_print_key(&p, "delta");
	us_print_open(&p, '{');
	us_print_member(&p, "type", us_span_of(type));
	us_print_member(&p, member, text);
	us_print_close(&p, '}');
	finish(&p);
	e->written += text.n;
}

static void on_text(struct encoder *e, const struct us_ev *ev)
{
	if (e->open == EMPTY_TEXT) {
		struct us_print p = begin_block(e);

		us_print_member(&p, "type", US_SPAN("text"));
		us_print_member(&p, "text", US_SPAN(""));
		finish_block(&p);
		e->open = TEXT;
	}
	if (e->open == TEXT)
		put_delta(e, "text_delta", "text", ev->text);
}

/* Arguments are an object here. What does not begin like one waits until it is whole: null means
 * that there are none, and all else is said within an object. */
static void on_args(struct encoder *e, const struct us_ev *ev)
{
	struct us_span text = ev->text;

	if (e->open == CALL_UNSURE) {
		us_buf_add_span(&e->args, text);
		text = us_buf_span(&e->args);
		if (!us_span_starts(us_span_trim(text), "{"))
			return;
		e->open = CALL;
	}
	if (e->open == CALL)
		put_delta(e, "input_json_delta", "partial_json", text);
}

static void put_other_args(struct encoder *e)
{
	struct us_span args = us_buf_span(&e->args);
	enum us_args kind = us_args_kind(args);
	struct us_buf object;
	struct us_print p = us_print(&object);

	if (kind == US_ARGS_EMPTY)
		return;
	us_buf_init(&object, e->out->max);
	us_print_args(&p, args, kind);
	if (object.err)
		e->out->err = object.err;
	put_delta(e, "input_json_delta", "partial_json", us_buf_span(&object));
	us_buf_fini(&object);
}

static void on_close(struct encoder *e, const struct us_ev *ev)
{
	if (e->open == CALL_UNSURE)
		put_other_args(e);
	if (e->open > EMPTY_TEXT) {
		struct us_print p = begin(e, "content_block_stop");

		us_print_member_u64(&p, "index", e->blocks++);
		finish(&p);
	}
	e->open = NO_BLOCK;
}

static void on_stop(struct encoder *e, const struct us_ev *ev)
{
	e->stop = ev->stop;
	e->has_sequence = us_set(ev->text);
	us_buf_add_span(&e->sequence, ev->text);
	e->delta_due = true;
}

static void put_message_delta(struct encoder *e)
{
	struct us_span sequence = us_buf_span(&e->sequence);
	struct us_print p;

	if (!e->delta_due)
		return;
	e->delta_due = false;
	p = begin(e, "message_delta");
	us_print_key(&p, "delta");
	us_print_open(&p, '{');
	put_stop(&p, stop_reason(e->stop, e->calls), e->has_sequence ? &sequence : NULL);
	us_print_close(&p, '}');
	us_print_key(&p, "usage");
	us_print_open(&p, '{');
	put_counts(&p, &e->usage, e->look.in_estimate, us_usage_out(&e->usage, e->written));
	us_print_close(&p, '}');
	finish(&p);
}

/* Numbers that come before STOP may not be the last. */
static void on_usage(struct encoder *e, const struct us_ev *ev)
{
	us_usage_merge(&e->usage, &ev->usage);
	put_message_delta(e);
}

static void on_ping(struct encoder *e, const struct us_ev *ev)
{
	us_buf_add_str(e->out, "event: ping\ndata: {\"type\": \"ping\"}\n\n");
}

/* Blocks stay open, as when Anthropic itself breaks down. */
static void on_error(struct encoder *e, const struct us_ev *ev)
{
	struct us_print p = us_print(e->out);

	us_buf_add_str(e->out, "event: error\ndata: ");
	us_print_open(&p, '{');
	put_error(&p, &ev->err);
	finish(&p);
	e->shut = true;
}

/* An answer that was cut off ends as it is: what comes after is for others to decide. */
static void on_end(struct encoder *e, const struct us_ev *ev)
{
	struct us_print p;

	if (!ev->clean)
		return;
	put_message_delta(e);
	p = begin(e, "message_stop");
	finish(&p);
	e->shut = true;
}

static void (*const handlers[])(struct encoder *e, const struct us_ev *ev) = {
	[US_EV_START] = on_start, [US_EV_BLOCK_OPEN] = on_open,   [US_EV_TEXT] = on_text,
	[US_EV_ARGS] = on_args,   [US_EV_BLOCK_CLOSE] = on_close, [US_EV_STOP] = on_stop,
	[US_EV_USAGE] = on_usage, [US_EV_PING] = on_ping,         [US_EV_ERROR] = on_error,
	[US_EV_END] = on_end,
};

int us_anthropic_encode_event(void *encoder, const struct us_ev *ev)
{
	struct encoder *e = encoder;

	if (!e->shut && handlers[ev->kind]) /* a signature has none */
		handlers[ev->kind](e, ev);
	return e->args.err ? e->args.err : e->sequence.err ? e->sequence.err : e->out->err;
}

/* Thoughts and empty texts count here, as the provider counted them; and it has said itself why it
 * stopped. */
void us_anthropic_encoder_resume(void *encoder, const struct us_resp *said,
                                 const struct us_place *place)
{
	struct encoder *e = encoder;

	e->blocks = (unsigned)(said->in_block ? place->index : place->items);
	if (e->open == EMPTY_TEXT)
		e->open = TEXT;
	e->delta_due = false;
}

/* Documents */

static void put_block(struct us_print *p, const struct us_look *look, const struct us_block *b,
                      unsigned *calls)
{
	bool text = b->kind == US_TEXT || b->kind == US_REFUSAL;

	if (text ? !b->text.n : b->kind != US_TOOL_CALL || !takes_call(look, *calls))
		return;
	us_print_open(p, '{');
	if (text) {
		us_print_member(p, "type", US_SPAN("text"));
		us_print_member(p, "text", b->text);
		us_print_member_null(p, "citations");
	} else {
		put_call_head(p, look, ++*calls, b->name);
		us_print_key(p, "input");
		us_print_args(p, b->args, b->args_kind);
	}
	us_print_close(p, '}');
}

int us_anthropic_encode_whole(const struct us_look *look, const struct us_resp *r,
                              struct us_buf *out)
{
	struct us_print p = us_print(out);
	unsigned calls = 0;

	us_print_open(&p, '{');
	put_head(&p, look);
	us_print_key(&p, "content");
	us_print_open(&p, '[');
	for (size_t i = 0; i < r->nblocks; i++)
		put_block(&p, look, &r->blocks[i], &calls);
	us_print_close(&p, ']');
	put_stop(&p, stop_reason(r->stop, calls),
	         us_set(r->stop_sequence) ? &r->stop_sequence : NULL);
	us_print_key(&p, "usage");
	us_print_open(&p, '{');
	put_counts(&p, &r->usage, look->in_estimate, us_usage_out(&r->usage, us_resp_bytes(r)));
	us_print_member(&p, "service_tier", US_SPAN("standard"));
	us_print_close(&p, '}');
	us_print_close(&p, '}');
	return out->err;
}

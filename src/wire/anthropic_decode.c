/* anthropic_decode.c - Anthropic's answers and errors, read
 *
 *               message_start   content_block_*   message_delta           message_stop
 *     WAITING   -> RUNNING      -                 -                       -
 *     RUNNING   cut             blocks            stop_reason: -> STOPPED -> DONE, clean
 *     STOPPED   -> DONE, clean  broken            usage                   -> DONE, clean
 *
 * `error` ends any state in FAILED, `ping` is passed on once the message has started, and events
 * and deltas nobody knows yet are skipped, as Anthropic asks of its clients. The `type` within the
 * data decides; the name of the event is a hint where that is missing. A second message_start is
 * the mark of a gateway that lost the first answer: what was read so far ends there.
 *
 * Blocks of Anthropic's own tools at work are not for other dialects' programs and are passed over.
 */
#include "wire/anthropic_request.h"

#include "base/mem.h"
#include "wire/emit.h"
#include "wire/sse.h"
#include "wire/take.h"

enum state { WAITING, RUNNING, STOPPED, FAILED, DONE };

/* As Anthropic counts: input tokens without those of the cache. Totals come later ones instead of
 * earlier ones; a member that is missing or null keeps what it was. */
struct counts {
	uint64_t fresh, read, written, out, thought;
};

struct decoder {
	struct us_emit emit;
	struct us_doc doc;     /* the event at hand */
	struct us_arena arena; /* its strings */
	enum state state;
	bool in_block, passed_over;
	uint64_t index;      /* the open block's, by the wire */
	uint64_t begun;      /* blocks, by the wire: also those that are passed over, or empty */
	bool has_args;       /* the open call got argument bytes */
	struct us_buf input; /* what the open call's first event said its arguments are */
	struct counts counts;
	unsigned known; /* us_usage_bit */
};

void *us_anthropic_decoder_new(struct us_sink to)
{
	struct decoder *d = us_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	us_emit_init(&d->emit, to);
	us_arena_init(&d->arena, US_SSE_EVENT_MAX);
	us_buf_init(&d->input, US_SSE_EVENT_MAX);
	return d;
}

void us_anthropic_decoder_free(void *decoder)
{
	struct decoder *d = decoder;

	if (!d)
		return;
	us_emit_fini(&d->emit);
	us_doc_fini(&d->doc);
	us_arena_fini(&d->arena);
	us_buf_fini(&d->input);
	us_free(d);
}

static struct us_span str(struct decoder *d, struct us_val object, const char *name)
{
	return us_take_str(object, name, &d->arena);
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

static bool read_error(struct us_val body, struct us_arena *a, struct us_hub_err *out)
{
	struct us_val e = us_val_get(body, "error");

	if (!us_val_is(e, US_J_OBJECT))
		return false;
	out->type = us_take_str(e, "type", a);
	out->message = us_take_str(e, "message", a);
	out->code = us_take_str(us_val_get(e, "details"), "error_code", a);
	for (size_t i = 0; !out->status && i < US_COUNT(errors); i++)
		if (us_span_is(out->type, errors[i].type))
			out->status = errors[i].status;
	return true;
}

bool us_anthropic_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out)
{
	return us_val_str_is(us_val_get(body, "type"), "error") && read_error(body, a, out);
}

static void fail(struct decoder *d, const struct us_hub_err *err)
{
	us_emit_error(&d->emit, err);
	d->state = FAILED;
}

/* What is read on after this could be taken for what was meant, and would not be. */
static void broken(struct decoder *d, const char *how)
{
	struct us_hub_err err = { .message = us_span_of(how) };

	fail(d, &err);
}

static void on_error(struct decoder *d, struct us_val v)
{
	struct us_hub_err err = { 0 };

	if (read_error(v, &d->arena, &err))
		fail(d, &err);
	else
		broken(d, "an error event that says no error");
}

static void end(struct decoder *d, bool clean)
{
	struct us_ev ev = { .kind = US_EV_END, .clean = clean };

	us_emit_event(&d->emit, &ev);
	d->state = DONE;
}

/* Usage */

/* Unknown members and null leave what is known. */
static void count(struct decoder *d, struct us_val usage, const char *name, unsigned bit,
                  uint64_t *at)
{
	if (us_val_u64(us_val_get(usage, name), at))
		d->known |= bit;
}

/* The hub's totals include what the cache had, Anthropic's do not. */
static struct us_usage usage_of(const struct decoder *d)
{
	return (struct us_usage){
		.known = d->known,
		.in = d->counts.fresh + d->counts.read + d->counts.written,
		.cache_read = d->counts.read,
		.cache_write = d->counts.written,
		.out = d->counts.out,
		.reasoning = d->counts.thought,
	};
}

static void read_input_usage(struct decoder *d, struct us_val usage)
{
	struct counts *c = &d->counts;

	count(d, usage, "input_tokens", US_USAGE_IN, &c->fresh);
	count(d, usage, "cache_read_input_tokens", US_USAGE_CACHE_READ, &c->read);
	count(d, usage, "cache_creation_input_tokens", US_USAGE_CACHE_WRITE, &c->written);
}

static void read_usage(struct decoder *d, struct us_val usage)
{
	struct us_val details = us_val_get(usage, "output_tokens_details");
	struct us_ev ev = { .kind = US_EV_USAGE };

	read_input_usage(d, usage);
	count(d, usage, "output_tokens", US_USAGE_OUT, &d->counts.out);
	count(d, details, "thinking_tokens", US_USAGE_REASONING, &d->counts.thought);
	ev.usage = usage_of(d);
	if (d->known)
		us_emit_event(&d->emit, &ev);
}

/* Blocks */

static void sign(struct decoder *d, struct us_span signature)
{
	struct us_ev ev = {
		.kind = US_EV_SIG, .ix = d->emit.blocks - 1, .block = US_THINK, .text = signature
	};

	if (signature.n)
		us_emit_event(&d->emit, &ev);
}

/* `input` is {} as a rule and the deltas say the arguments; some gateways say them all here. */
static void open_call(struct decoder *d, struct us_val block)
{
	struct us_span id = str(d, block, "id"), name = str(d, block, "name");
	struct us_val input = us_val_get(block, "input");

	if (!id.n || !name.n) {
		broken(d, "a tool call without id or name");
		return;
	}
	us_emit_open(&d->emit, US_TOOL_CALL, id, name);
	us_buf_clear(&d->input);
	if (us_val_count(input))
		us_buf_add_span(&d->input, us_val_raw(input));
	d->has_args = false;
}

static void open_block(struct decoder *d, struct us_val block)
{
	struct us_val type = us_val_get(block, "type");
	struct us_span none = { NULL, 0 };

	d->in_block = true;
	d->passed_over = false;
	if (us_val_str_is(type, "text")) {
		us_emit_open(&d->emit, US_TEXT, none, none);
		us_emit_piece(&d->emit, str(d, block, "text"));
	} else if (us_val_str_is(type, "thinking")) {
		us_emit_open(&d->emit, US_THINK, none, none);
		us_emit_piece(&d->emit, str(d, block, "thinking"));
		sign(d, str(d, block, "signature"));
	} else if (us_val_str_is(type, "redacted_thinking")) {
		us_emit_open(&d->emit, US_THINK, none, none);
		sign(d, str(d, block, "data"));
	} else if (us_val_str_is(type, "tool_use")) {
		open_call(d, block);
	} else {
		d->passed_over = true;
	}
}

/* A call whose arguments came with its first event, and not in deltas, has them said here. */
static void close_block(struct decoder *d)
{
	if (d->in_block && !d->passed_over) {
		if (d->emit.kind == US_TOOL_CALL && !d->has_args)
			us_emit_piece(&d->emit, us_buf_span(&d->input));
		us_emit_close(&d->emit);
	}
	d->in_block = false;
}

/* Which block a delta belongs in, and which of its members is the piece. */
static const struct {
	const char *type, *member;
	enum us_block_kind kind;
	bool signs;
} deltas[] = {
	{ "text_delta", "text", US_TEXT, false },
	{ "input_json_delta", "partial_json", US_TOOL_CALL, false },
	{ "thinking_delta", "thinking", US_THINK, false },
	{ "signature_delta", "signature", US_THINK, true },
};

/* A kind of delta nobody knows yet is skipped; a known one in the wrong block can't be placed. */
static void on_delta(struct decoder *d, struct us_val delta)
{
	struct us_val type = us_val_get(delta, "type");
	struct us_span piece;
	size_t i = 0;

	while (i < US_COUNT(deltas) && !us_val_str_is(type, deltas[i].type))
		i++;
	if (i == US_COUNT(deltas))
		return;
	if (deltas[i].kind != d->emit.kind) {
		broken(d, "a delta that does not fit its block");
		return;
	}
	piece = str(d, delta, deltas[i].member);
	d->has_args |= piece.n > 0;
	if (deltas[i].signs)
		sign(d, piece);
	else
		us_emit_piece(&d->emit, piece);
}

/* Events */

/* The first one counts: several message_delta may come, and they repeat it or leave it null. */
static void stop(struct decoder *d, struct us_val reason, struct us_span sequence)
{
	static const struct {
		enum us_stop stop;
		const char *reason;
	} stops[] = {
#define X(stop, reason) { stop, reason },
		US_ANTHROPIC_STOPS(X)
#undef X
	};
	struct us_ev ev = { .kind = US_EV_STOP, .stop = US_STOP_OTHER, .text = sequence };

	for (size_t i = 0; i < US_COUNT(stops); i++)
		if (us_val_str_is(reason, stops[i].reason)) {
			ev.stop = stops[i].stop;
			break;
		}
	close_block(d);
	us_emit_event(&d->emit, &ev);
	d->state = STOPPED;
}

/* `usage` says how much was read; what it says was written is only a beginning. */
static void start(struct decoder *d, struct us_val message)
{
	struct us_ev ev = { .kind = US_EV_START };

	read_input_usage(d, us_val_get(message, "usage"));
	ev.id = str(d, message, "id");
	ev.model = str(d, message, "model");
	ev.usage = usage_of(d);
	us_emit_event(&d->emit, &ev);
	d->state = RUNNING;
}

static void on_message_start(struct decoder *d, struct us_val v)
{
	struct us_ev ev = { .kind = US_EV_USAGE };

	if (d->state != WAITING) {
		end(d, d->state == STOPPED);
		return;
	}
	start(d, us_val_get(v, "message"));
	ev.usage = usage_of(d);
	if (d->known)
		us_emit_event(&d->emit, &ev);
}

/* A block that was not closed is: Anthropic has one open at a time. */
static void on_block_start(struct decoder *d, struct us_val v)
{
	close_block(d);
	d->index = 0;
	us_val_u64(us_val_get(v, "index"), &d->index);
	d->begun = d->index + 1;
	if (d->state == RUNNING)
		open_block(d, us_val_get(v, "content_block"));
	else
		broken(d, "content after the stop reason");
}

/* One that says no index means the open block. */
static bool is_open(const struct decoder *d, struct us_val v)
{
	uint64_t index = d->index;

	us_val_u64(us_val_get(v, "index"), &index);
	return d->in_block && index == d->index;
}

static void on_block_delta(struct decoder *d, struct us_val v)
{
	if (!is_open(d, v))
		broken(d, "a delta for a block that is not open");
	else if (!d->passed_over)
		on_delta(d, us_val_get(v, "delta"));
}

static void on_block_stop(struct decoder *d, struct us_val v)
{
	if (is_open(d, v))
		close_block(d);
}

static void on_message_delta(struct decoder *d, struct us_val v)
{
	struct us_val delta = us_val_get(v, "delta"), reason = us_val_get(delta, "stop_reason");

	if (us_val_given(reason) && d->state == RUNNING)
		stop(d, reason, str(d, delta, "stop_sequence"));
	read_usage(d, us_val_get(v, "usage"));
}

/* The end is said even where no reason was. */
static void on_message_stop(struct decoder *d, struct us_val v)
{
	if (d->state == RUNNING)
		stop(d, (struct us_val){ 0 }, us_span(NULL, 0));
	end(d, true);
}

static void on_ping(struct decoder *d, struct us_val v)
{
	static const struct us_ev ev = { .kind = US_EV_PING };

	us_emit_event(&d->emit, &ev);
}

static const struct {
	const char *type;
	void (*on)(struct decoder *d, struct us_val v);
	bool any_time; /* before the message has started, too */
} events[] = {
	{ "message_start", on_message_start, true },
	{ "content_block_start", on_block_start, false },
	{ "content_block_delta", on_block_delta, false },
	{ "content_block_stop", on_block_stop, false },
	{ "message_delta", on_message_delta, false },
	{ "message_stop", on_message_stop, false },
	{ "ping", on_ping, false },
	{ "error", on_error, true },
};

/* Gateways in front of Anthropic have errors without type and name. */
static struct us_span type_of(struct decoder *d, struct us_span event, struct us_val v)
{
	struct us_span type = str(d, v, "type");

	if (type.n || event.n)
		return type.n ? type : event;
	return us_val_given(us_val_get(v, "error")) ? US_SPAN("error") : type;
}

static int result(const struct decoder *d)
{
	return d->emit.err ? d->emit.err : d->arena.err ? d->arena.err : d->input.err;
}

int us_anthropic_decode_event(void *decoder, struct us_span event, struct us_span data)
{
	struct decoder *d = decoder;
	struct us_span type;
	struct us_val v;
	int rc;

	if (d->state >= FAILED || result(d))
		return result(d);
	us_arena_clear(&d->arena);
	rc = us_doc_parse(&d->doc, data);
	if (rc == US_ENOMEM)
		return rc;
	if (rc) {
		broken(d, "an event that is not JSON");
		return result(d);
	}
	v = us_doc_root(&d->doc);
	type = type_of(d, event, v);
	for (size_t i = 0; i < US_COUNT(events); i++)
		if (us_span_is(type, events[i].type) && (d->state != WAITING || events[i].any_time))
			events[i].on(d, v);
	return result(d);
}

/* A document is read as the stream it could have been. */
static void read_message(struct decoder *d, struct us_val body)
{
	struct us_iter it = us_iter(us_val_get(body, "content"));

	start(d, body);
	while (d->state == RUNNING && us_iter_next(&it)) {
		open_block(d, it.val);
		close_block(d);
	}
	if (d->state != RUNNING)
		return;
	stop(d, us_val_get(body, "stop_reason"), str(d, body, "stop_sequence"));
	read_usage(d, us_val_get(body, "usage"));
	end(d, true);
}

int us_anthropic_decode_whole(void *decoder, struct us_val body)
{
	struct decoder *d = decoder;

	if (us_val_is(us_val_get(body, "content"), US_J_ARRAY))
		read_message(d, body);
	else if (us_val_given(us_val_get(body, "error")))
		on_error(d, body);
	else
		broken(d, "a document that is no message");
	return result(d);
}

unsigned us_anthropic_decoder_look(const void *decoder, struct us_place *place)
{
	const struct decoder *d = decoder;

	if (place)
		*place = (struct us_place){ .items = d->begun, .index = d->index };
	return (d->emit.tail.n ? US_STANDING_OWES : 0) |
	       (d->state == STOPPED ? US_STANDING_WHOLE : 0);
}

int us_anthropic_decode_end(void *decoder)
{
	struct decoder *d = decoder;

	if (d->state != DONE)
		end(d, d->state == STOPPED);
	return result(d);
}

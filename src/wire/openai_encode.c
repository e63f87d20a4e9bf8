/* openai_encode.c - hub events into a stream of Chat Completions chunks
 *
 * Thinking of a foreign provider is not shown: there is no member for it, and text that is no
 * answer must not look like one. A program that forbade parallel calls, or speaks the older
 * `functions` which knows none, gets the first call only.
 *
 * One delta in, one chunk out: nothing is gathered or split again, so that a program sees the pace
 * of the provider. Only the input of a free-form call has to wait until it can be unwrapped.
 */
#include "wire/openai_answer.h"

#include "base/mem.h"
#include "wire/text.h"

#define CALL_MAX ((size_t)64 << 20)

struct encoder {
	struct us_look look;
	struct us_buf *out;
	struct us_buf head;      /* what every chunk begins with, up to the delta */
	struct us_buf input;     /* arguments of a free-form call, unwrapped when they are whole */
	bool began;              /* the chunk with the role is out */
	bool ended;              /* nothing more is written */
	enum us_block_kind kind; /* of the open block */
	bool hidden;             /* it is not shown */
	bool custom;             /* the open call: to the program it takes text, */
	bool freeform;           /* to the provider, too */
	bool any_args;
	bool said, parted; /* text is out; something else came since */
	bool spoke;        /* text or a refusal is out */
	unsigned calls;
	uint64_t bytes; /* delivered, for a guess at usage */
	struct us_usage usage;
};

void *us_openai_encoder_new(const struct us_look *look, struct us_buf *out)
{
	struct encoder *e = us_calloc(1, sizeof(*e));
	struct us_print p;

	if (!e)
		return NULL;
	e->look = *look;
	e->out = out;
	us_buf_init(&e->head, CALL_MAX);
	us_buf_init(&e->input, CALL_MAX);
	us_buf_add_str(&e->head, "data: ");
	p = us_print(&e->head);
	us_print_open(&p, '{');
	us_openai_print_head(&p, look, "chat.completion.chunk");
	if (!e->head.err)
		return e;
	us_openai_encoder_free(e);
	return NULL;
}

void us_openai_encoder_free(void *encoder)
{
	struct encoder *e = encoder;

	if (!e)
		return;
	us_buf_fini(&e->head);
	us_buf_fini(&e->input);
	us_free(e);
}

/* Begins a chunk; what is printed then are members of its delta. */
static struct us_print open_chunk(struct encoder *e)
{
	struct us_print p = us_print(e->out);

	us_buf_add_span(e->out, us_buf_span(&e->head));
	us_print_open(&p, '{');
	us_print_member_u64(&p, "index", 0);
	us_print_key(&p, "delta");
	us_print_open(&p, '{');
	return p;
}

/* `finish` is empty in all chunks but the last one of the choice. */
static void close_chunk(struct encoder *e, struct us_print *p, struct us_span finish)
{
	us_print_close(p, '}');
	us_print_member_null(p, "logprobs");
	us_print_key(p, "finish_reason");
	if (finish.n)
		us_print_str(p, finish);
	else
		us_print_null(p);
	us_print_close(p, '}');
	us_print_close(p, ']');
	if (e->look.req->stream_usage)
		us_print_member_null(p, "usage");
	us_print_close(p, '}');
	us_buf_add_str(e->out, "\n\n");
}

/* The chunk with the role, before any other. */
static void begin(struct encoder *e, bool with_call)
{
	struct us_print p;

	if (e->began)
		return;
	e->began = true;
	p = open_chunk(e);
	us_print_member(&p, "role", US_SPAN("assistant"));
	us_print_key(&p, "content");
	if (with_call)
		us_print_null(&p);
	else
		us_print_str(&p, US_SPAN(""));
	us_print_member_null(&p, "refusal");
	close_chunk(e, &p, US_SPAN(""));
}

/* Within a delta, down to where a call's own members stand. `id` and type only at its opening. */
static void enter_call(struct encoder *e, struct us_print *p, bool opening)
{
	if (e->look.req->legacy_functions) {
		us_print_key(p, "function_call");
		us_print_open(p, '{');
		return;
	}
	us_print_key(p, "tool_calls");
	us_print_open(p, '[');
	us_print_open(p, '{');
	us_print_member_u64(p, "index", e->calls - 1);
	if (opening) {
		us_openai_print_call_id(p, &e->look, e->calls);
		us_print_member(p, "type", e->custom ? US_SPAN("custom") : US_SPAN("function"));
	}
	us_print_key(p, e->custom ? "custom" : "function");
	us_print_open(p, '{');
}

static void leave_call(struct encoder *e, struct us_print *p)
{
	us_print_close(p, '}');
	if (!e->look.req->legacy_functions) {
		us_print_close(p, '}');
		us_print_close(p, ']');
	}
	close_chunk(e, p, US_SPAN(""));
}

/* Name and id go out once: programs put the pieces of every member together. */
static void open_call(struct encoder *e, const struct us_ev *ev)
{
	struct us_print p;

	e->calls++;
	e->custom = us_openai_is_custom(e->look.req, ev->name);
	e->freeform = ev->freeform;
	e->any_args = false;
	us_buf_clear(&e->input);
	p = open_chunk(e);
	enter_call(e, &p, true);
	us_print_member(&p, "name", ev->name);
	us_print_member(&p, e->custom ? "input" : "arguments", US_SPAN(""));
	leave_call(e, &p);
}

/* Blocks that are not shown still part the texts around them. */
static void open_block(struct encoder *e, const struct us_ev *ev)
{
	bool call = ev->block == US_TOOL_CALL;
	bool text = ev->block == US_TEXT || ev->block == US_REFUSAL;

	e->kind = ev->block;
	e->parted |= ev->block != US_TEXT && e->said;
	e->hidden = !text && !(call && us_openai_takes_call(e->look.req, e->calls));
	if (e->hidden)
		return;
	begin(e, call);
	if (call)
		open_call(e, ev);
}

/* Adjacent texts are one; between texts that something else parted comes an empty line. */
static void add_text(struct encoder *e, struct us_span text)
{
	struct us_print p;
	bool refusal = e->kind == US_REFUSAL;

	if (e->hidden)
		return;
	p = open_chunk(e);
	us_print_key(&p, refusal ? "refusal" : "content");
	if (e->parted && !refusal) {
		us_buf_add_str(e->out, "\"\\n\\n");
		us_text_escape(e->out, text);
		us_buf_add_char(e->out, '"');
	} else {
		us_print_str(&p, text);
	}
	close_chunk(e, &p, US_SPAN(""));
	if (!refusal) {
		e->said = true;
		e->parted = false;
	}
	e->spoke = true;
	e->bytes += text.n;
}

static void add_args(struct encoder *e, struct us_span args)
{
	struct us_print p;

	if (e->hidden)
		return;
	e->any_args = true;
	e->bytes += args.n;
	if (e->custom && !e->freeform) {
		us_buf_add_span(&e->input, args);
		return;
	}
	p = open_chunk(e);
	enter_call(e, &p, false);
	us_print_member(&p, e->custom ? "input" : "arguments", args);
	leave_call(e, &p);
}

/* No arguments at all would be no JSON; an empty object is what was meant. */
static void close_block(struct encoder *e)
{
	struct us_print p;

	if (e->hidden || e->kind != US_TOOL_CALL)
		return;
	if (!e->any_args && !e->custom)
		add_args(e, US_SPAN("{}"));
	if (!e->any_args || !e->custom || e->freeform)
		return;
	p = open_chunk(e);
	enter_call(e, &p, false);
	us_print_key(&p, "input");
	us_openai_print_unwrapped(&p, us_buf_span(&e->input));
	leave_call(e, &p);
}

/* The role must have come, even if nothing else did. */
static void stop(struct encoder *e, const struct us_ev *ev)
{
	struct us_print p;

	begin(e, false);
	p = open_chunk(e);
	close_chunk(e, &p, us_openai_finish_reason(e->look.req, ev->stop, e->calls, e->spoke));
}

/* An end that is not clean is not written: the program must not take it for one. */
static void end(struct encoder *e, bool clean)
{
	struct us_print p = us_print(e->out);

	e->ended = true;
	if (!clean)
		return;
	if (e->look.req->stream_usage) {
		us_buf_add_span(e->out, us_buf_span(&e->head));
		us_print_close(&p, ']');
		us_openai_print_usage(&p, &e->look, &e->usage, e->bytes);
		us_print_close(&p, '}');
		us_buf_add_str(e->out, "\n\n");
	}
	us_buf_add_str(e->out, "data: [DONE]\n\n");
}

static void error(struct encoder *e, const struct us_hub_err *err)
{
	e->ended = true;
	us_buf_add_str(e->out, "data: ");
	us_openai_encode_error(err, e->out);
	us_buf_add_str(e->out, "\n\n");
}

/* The chunk with the role was the first of all. */
void us_openai_encoder_resume(void *encoder, const struct us_resp *said,
                              const struct us_place *place)
{
	struct encoder *e = encoder;

	e->began = true;
}

int us_openai_encode_event(void *encoder, const struct us_ev *ev)
{
	struct encoder *e = encoder;

	if (e->ended)
		return e->out->err;
	switch (ev->kind) {
	case US_EV_BLOCK_OPEN:
		open_block(e, ev);
		break;
	case US_EV_TEXT:
		add_text(e, ev->text);
		break;
	case US_EV_ARGS:
		add_args(e, ev->text);
		break;
	case US_EV_BLOCK_CLOSE:
		close_block(e);
		break;
	case US_EV_STOP:
		stop(e, ev);
		break;
	case US_EV_USAGE:
		us_usage_merge(&e->usage, &ev->usage);
		break;
	case US_EV_PING:
		us_buf_add_str(e->out, ": ping\n\n");
		break;
	case US_EV_ERROR:
		error(e, &ev->err);
		break;
	case US_EV_END:
		end(e, ev->clean);
		break;
	case US_EV_START:
	case US_EV_SIG:
		break;
	}
	return e->out->err ? e->out->err : e->input.err;
}

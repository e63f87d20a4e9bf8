/* ollama_encode.c - hub events as answers of Ollama, to a line each or in one document
 *
 * Both are printed by the same functions: a document is a last line that says all. Calls go out
 * whole, so their arguments wait for their end. Thinking has a member of its own here, and is shown
 * unless the program said that it wants none.
 *
 * Programs divide counts by durations to tell tokens per second. How long the model took is not
 * known here, and nothing must be divided by zero: all durations are one nanosecond.
 */
#include "wire/ollama.h"

#include "base/mem.h"
#include "wire/args.h"
#include "wire/framing.h"
#include "wire/mint.h"
#include "wire/print.h"
#include "wire/request.h"
#include "wire/words.h"

#define CALL_MAX ((size_t)64 << 20)
#define ID_N 16 /* characters after call_ */

struct encoder {
	struct us_look look;
	struct us_buf *out;
	struct us_frame frame;
	struct us_buf head;      /* what every line begins with, up to the rest of the message */
	struct us_buf args;      /* of the open call */
	struct us_buf name;      /* likewise */
	enum us_block_kind kind; /* of the open block */
	bool said, parted;       /* text is out; something else came since */
	bool ended;              /* nothing more is written */
	unsigned calls;
	uint64_t bytes; /* delivered, for a guess at usage */
	enum us_stop stop;
	struct us_usage usage;
};

/* --- what a line and a document have in common ----------------------------------------------- */

/* A date of the Gregorian calendar from days since 1970 (Hinnant's civil_from_days); the C
 * library's own way asks for the host's time zone first. */
static void print_date(struct us_buf *out, uint64_t days)
{
	uint64_t z = days + 719468, era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	uint64_t month = mp < 10 ? mp + 3 : mp - 9;

	us_buf_addf(out, "%04u-%02u-%02u", (unsigned)(yoe + era * 400 + (month <= 2)),
	            (unsigned)month, (unsigned)(doy - (153 * mp + 2) / 5 + 1));
}

static void print_created(struct us_print *p, uint64_t now_s)
{
	unsigned s = (unsigned)(now_s % 86400);

	us_print_key(p, "created_at");
	us_print_open(p, '"');
	print_date(p->out, now_s / 86400);
	us_buf_addf(p->out, "T%02u:%02u:%02u.000000000Z", s / 3600, s / 60 % 60, s % 60);
	us_print_close(p, '"');
}

static void print_head(struct us_print *p, const struct us_look *look)
{
	us_print_open(p, '{');
	us_print_member(p, "model", look->model);
	print_created(p, look->now_s);
	us_print_key(p, "message");
	us_print_open(p, '{');
	us_print_member(p, "role", US_SPAN("assistant"));
}

/* An element of tool_calls, the n-th of the answer from 0. */
static void print_call(struct us_print *p, const struct us_look *look, unsigned n,
                       struct us_span name, struct us_span args)
{
	us_print_open(p, '{');
	us_mint_member(p, "id", "call_", ID_N, look->seed, n + 1);
	us_print_key(p, "function");
	us_print_open(p, '{');
	us_print_member_u64(p, "index", n);
	us_print_member(p, "name", name);
	us_print_key(p, "arguments");
	us_print_args(p, args, us_args_kind(args));
	us_print_close(p, '}');
	us_print_close(p, '}');
}

/* From behind the message to the end. */
static void print_tail(struct us_print *p, const struct us_look *look, enum us_stop stop,
                       const struct us_usage *u, uint64_t bytes)
{
	bool full = stop == US_STOP_MAX_TOKENS || stop == US_STOP_CONTEXT_FULL;

	us_print_close(p, '}');
	us_print_member_bool(p, "done", true);
	us_print_member(p, "done_reason", full ? US_SPAN("length") : US_SPAN("stop"));
	us_print_member_u64(p, "total_duration", 1);
	us_print_member_u64(p, "load_duration", 1);
	us_print_member_u64(p, "prompt_eval_count",
	                    u->known & US_USAGE_IN ? u->in : look->in_estimate);
	us_print_member_u64(p, "prompt_eval_duration", 1);
	us_print_member_u64(p, "eval_count", us_usage_out(u, bytes));
	us_print_member_u64(p, "eval_duration", 1);
	us_print_close(p, '}');
}

static bool is_shown(const struct us_look *look, enum us_block_kind kind)
{
	if (kind == US_THINK)
		return look->req->reason != US_REASON_OFF;
	return kind == US_TEXT || kind == US_REFUSAL || kind == US_TOOL_CALL;
}

/* --- a stream -------------------------------------------------------------------------------- */

void *us_ollama_encoder_new(const struct us_look *look, struct us_buf *out)
{
	struct encoder *e = us_calloc(1, sizeof(*e));
	struct us_print head;

	if (!e)
		return NULL;
	e->look = *look;
	e->out = out;
	e->frame = (struct us_frame){ .framing = US_FRAMING_NDJSON, .eol = "\n", .out = out };
	us_buf_init(&e->args, CALL_MAX);
	us_buf_init(&e->name, CALL_MAX);
	us_buf_init(&e->head, CALL_MAX);
	head = us_print(&e->head);
	print_head(&head, look);
	if (!e->head.err)
		return e;
	us_ollama_encoder_free(e);
	return NULL;
}

void us_ollama_encoder_free(void *encoder)
{
	struct encoder *e = encoder;

	if (!e)
		return;
	us_buf_fini(&e->head);
	us_buf_fini(&e->args);
	us_buf_fini(&e->name);
	us_free(e);
}

static struct us_print begin_line(struct encoder *e)
{
	struct us_print p = us_print(e->out);

	us_frame_open(&e->frame);
	us_buf_add_span(e->out, us_buf_span(&e->head));
	p.comma = true;
	return p;
}

/* A line that is not the last ends so. */
static void end_line(struct encoder *e, struct us_print *p)
{
	us_print_close(p, '}');
	us_print_member_bool(p, "done", false);
	us_print_close(p, '}');
	us_frame_close(&e->frame);
}

static void open_block(struct encoder *e, const struct us_ev *ev)
{
	e->kind = ev->block;
	us_buf_clear(&e->args);
	us_buf_clear(&e->name);
	us_buf_add_span(&e->name, ev->name);
	e->parted |= e->said && ev->block != US_TEXT;
}

/* Between texts that something else parted comes an empty line, as in a document. */
static void add_text(struct encoder *e, struct us_span text)
{
	bool think = e->kind == US_THINK;
	struct us_print p;

	if (!is_shown(&e->look, e->kind))
		return;
	p = begin_line(e);
	if (!think && e->parted) {
		us_buf_add_str(&e->args, US_WORDS_PARTING);
		us_buf_add_span(&e->args, text);
		us_print_key(&p, "content");
		us_print_gathered(&p, &e->args);
	} else {
		us_print_member(&p, "content", think ? US_SPAN("") : text);
	}
	if (think)
		us_print_member(&p, "thinking", text);
	end_line(e, &p);
	e->bytes += text.n;
	if (!think) {
		e->said = true;
		e->parted = false;
	}
}

static void close_block(struct encoder *e)
{
	struct us_print p;

	if (e->kind != US_TOOL_CALL)
		return;
	p = begin_line(e);
	us_print_member(&p, "content", US_SPAN(""));
	us_print_key(&p, "tool_calls");
	us_print_open(&p, '[');
	print_call(&p, &e->look, e->calls++, us_buf_span(&e->name), us_buf_span(&e->args));
	us_print_close(&p, ']');
	end_line(e, &p);
	e->bytes += e->args.n;
}

/* An end that is not clean is not written: the program must not take it for one. */
static void end(struct encoder *e, bool clean)
{
	struct us_print p;

	e->ended = true;
	if (!clean)
		return;
	p = begin_line(e);
	us_print_member(&p, "content", US_SPAN(""));
	print_tail(&p, &e->look, e->stop, &e->usage, e->bytes);
	us_frame_close(&e->frame);
}

static void error(struct encoder *e, const struct us_hub_err *err)
{
	e->ended = true;
	us_frame_open(&e->frame);
	us_ollama_encode_error(err, e->out);
	us_frame_close(&e->frame);
}

/* Every line says all that it needs. */
void us_ollama_encoder_resume(void *encoder, const struct us_resp *said,
                              const struct us_place *place)
{
}

int us_ollama_encode_event(void *encoder, const struct us_ev *ev)
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
	case US_EV_PING: /* a line that says nothing is none */
		break;
	}
	return e->out->err ? e->out->err : e->args.err ? e->args.err : e->name.err;
}

/* --- a document ------------------------------------------------------------------------------ */

static bool is_text(const struct us_block *b, bool think)
{
	return think ? b->kind == US_THINK : b->kind == US_TEXT || b->kind == US_REFUSAL;
}

/* All thoughts, or all else that is text, as a stream would put them together. */
static void join(const struct us_resp *r, bool think, struct us_buf *text)
{
	bool parted = false;

	for (size_t i = 0; i < r->nblocks; i++) {
		const struct us_block *b = &r->blocks[i];

		parted |= text->n && b->kind != US_TEXT;
		if (!is_text(b, think) || !b->text.n)
			continue;
		if (parted && !think)
			us_buf_add_str(text, US_WORDS_PARTING);
		us_buf_add_span(text, b->text);
		parted = false;
	}
}

static bool has_thoughts(const struct us_resp *r)
{
	for (size_t i = 0; i < r->nblocks; i++)
		if (is_text(&r->blocks[i], true) && r->blocks[i].text.n)
			return true;
	return false;
}

static void print_calls(struct us_print *p, const struct us_look *look, const struct us_resp *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->nblocks; i++) {
		if (r->blocks[i].kind != US_TOOL_CALL)
			continue;
		if (!n) {
			us_print_key(p, "tool_calls");
			us_print_open(p, '[');
		}
		print_call(p, look, n++, r->blocks[i].name, r->blocks[i].args);
	}
	if (n)
		us_print_close(p, ']');
}

static uint64_t bytes_of(const struct us_look *look, const struct us_resp *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->nblocks; i++)
		if (is_shown(look, r->blocks[i].kind))
			n += r->blocks[i].text.n + r->blocks[i].args.n;
	return n;
}

int us_ollama_encode_whole(const struct us_look *look, const struct us_resp *r, struct us_buf *out)
{
	struct us_print p = us_print(out);
	struct us_buf text;

	us_buf_init(&text, CALL_MAX);
	print_head(&p, look);
	join(r, false, &text);
	us_print_key(&p, "content");
	us_print_gathered(&p, &text);
	if (has_thoughts(r) && is_shown(look, US_THINK)) {
		join(r, true, &text);
		us_print_key(&p, "thinking");
		us_print_gathered(&p, &text);
	}
	print_calls(&p, look, r);
	print_tail(&p, look, r->stop, &r->usage, bytes_of(look, r));
	us_buf_fini(&text);
	return out->err;
}

int us_ollama_encode_error(const struct us_hub_err *e, struct us_buf *out)
{
	struct us_print p = us_print(out);

	us_print_open(&p, '{');
	us_print_member(&p, "error", e->message.n ? e->message : US_SPAN("the provider failed"));
	us_print_close(&p, '}');
	return out->err;
}

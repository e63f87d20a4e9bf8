/* emit.c - hands hub events on so that the promises of answer.h hold
 *
 * A character may be cut in two ways: in the middle of its UTF-8 bytes, when a server cuts its text
 * by bytes, and between the halves of a surrogate pair, when it cuts by UTF-16 units. The first
 * part waits in `tail` for the next delta, or for the end of the block.
 */
#include "wire/emit.h"

#include "wire/sse.h"
#include "wire/text.h"

void us_emit_init(struct us_emit *e, struct us_sink to)
{
	*e = (struct us_emit){ .to = to };
	us_buf_init(&e->tail, US_SSE_EVENT_MAX);
}

void us_emit_fini(struct us_emit *e) { us_buf_fini(&e->tail); }

void us_emit_event(struct us_emit *e, const struct us_ev *ev)
{
	static const struct us_ev start = { .kind = US_EV_START };
	static const struct us_ev cut = { .kind = US_EV_END }; /* after an error, always */

	if (!e->err && !e->started && ev->kind != US_EV_START)
		e->err = e->to.put(e->to.self, &start);
	if (e->err || e->ended || (e->failed && ev->kind != US_EV_END))
		return;
	e->started = true;
	e->failed |= ev->kind == US_EV_ERROR;
	e->ended = ev->kind == US_EV_END;
	e->err = e->to.put(e->to.self, e->failed && e->ended ? &cut : ev);
}

void us_emit_error(struct us_emit *e, const struct us_hub_err *err)
{
	us_emit_event(e, &(struct us_ev){ .kind = US_EV_ERROR, .err = *err });
}

void us_emit_wrong(struct us_emit *e, const char *how)
{
	us_emit_error(e, &(struct us_hub_err){ .message = us_span_of(how) });
}

int us_emit_parse(struct us_emit *e, struct us_doc *doc, struct us_span piece, struct us_val *v)
{
	int rc = us_doc_parse(doc, piece);
	struct us_val root = us_doc_root(doc);
	bool object = us_val_is(root, US_J_OBJECT);

	*v = object ? root : (struct us_val){ 0 };
	if (rc == US_ENOMEM)
		return rc;
	if (!object)
		us_emit_wrong(e, "a piece of the stream is not a JSON object");
	return 0;
}

static void tell(struct us_emit *e, struct us_ev *ev)
{
	ev->ix = e->blocks++;
	e->untold = false;
	us_emit_event(e, ev);
}

static void open_block(struct us_emit *e, struct us_ev *ev)
{
	us_emit_close(e);
	e->open = true;
	e->kind = ev->block;
	e->untold = ev->block == US_TEXT;
	e->said = 0;
	if (!e->untold)
		tell(e, ev);
}

void us_emit_open(struct us_emit *e, enum us_block_kind kind, struct us_span id,
                  struct us_span name)
{
	struct us_ev ev = { .kind = US_EV_BLOCK_OPEN, .block = kind, .id = id, .name = name };

	open_block(e, &ev);
}

void us_emit_open_freeform(struct us_emit *e, struct us_span id, struct us_span name)
{
	struct us_ev ev = { .kind = US_EV_BLOCK_OPEN,
		            .block = US_TOOL_CALL,
		            .id = id,
		            .name = name,
		            .freeform = true };

	open_block(e, &ev);
}

/* Empty deltas do not occur. */
static void deliver(struct us_emit *e, struct us_span text)
{
	struct us_ev ev = { .kind = e->kind == US_TOOL_CALL ? US_EV_ARGS : US_EV_TEXT,
		            .block = e->kind,
		            .text = text };

	if (!text.n)
		return;
	if (e->untold)
		tell(e, &(struct us_ev){ .kind = US_EV_BLOCK_OPEN, .block = e->kind });
	ev.ix = e->blocks - 1;
	e->said += text.n;
	us_emit_event(e, &ev);
}

void us_emit_piece(struct us_emit *e, struct us_span text)
{
	bool joined = e->tail.n > 0;
	size_t held;

	if (joined) {
		us_text_join(&e->tail, text);
		text = us_buf_span(&e->tail);
	}
	held = us_text_held(text);
	deliver(e, us_span(text.p, text.n - held));
	if (joined)
		us_buf_eat(&e->tail, text.n - held);
	else if (held)
		us_buf_add(&e->tail, text.p + text.n - held, held);
	if (!e->err)
		e->err = e->tail.err;
}

/* What waits in the tail is said anew: half a character of a delta is a whole one here. */
struct us_span us_emit_rest(struct us_emit *e, struct us_span whole, size_t from)
{
	size_t said = e->open ? e->said - from : 0;

	if (whole.n <= said || ((unsigned char)whole.p[said] & 0xc0) == 0x80)
		return us_span("", 0); /* in the middle of a character: it is not what was said */
	us_buf_clear(&e->tail);
	return us_span(whole.p + said, whole.n - said);
}

void us_emit_text(struct us_emit *e, enum us_block_kind kind, struct us_span text)
{
	if (!text.n)
		return;
	if (!e->open || e->kind != kind)
		us_emit_open(e, kind, us_span(NULL, 0), us_span(NULL, 0));
	us_emit_piece(e, text);
}

void us_emit_close(struct us_emit *e)
{
	struct us_ev ev = { .kind = US_EV_BLOCK_CLOSE, .block = e->kind };

	if (!e->open)
		return;
	deliver(e, us_buf_span(&e->tail)); /* what came after all is half a character */
	us_buf_clear(&e->tail);
	ev.ix = e->blocks - 1;
	if (!e->untold)
		us_emit_event(e, &ev);
	e->open = e->untold = false;
}

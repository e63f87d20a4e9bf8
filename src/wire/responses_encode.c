/* responses_encode.c - hub events into a stream of Responses events
 *
 * Every event bears a number, every item and part is opened, told and closed, and the last event
 * holds the answer as a whole; that is printed from the sum of the events, by the same functions as
 * a document. An item is closed when the next one begins or the answer stops: only then is it known
 * whether it is whole.
 *
 * Thinking of a foreign provider is not shown: it could not be sent back, for OpenAI knows its own
 * by their ids. One delta in, one event out; only the input of a free-form call has to wait until
 * it can be unwrapped.
 */
#include "wire/responses_answer.h"

#include "wire/args.h"
#include "base/mem.h"

#define ANSWER_MAX ((size_t)64 << 20)

struct encoder {
	struct us_look look;
	struct us_buf *out;
	uint64_t number; /* of the next event */
	struct us_resp sum;
	struct us_responses_walk walk; /* over the items of the sum that are closed */
	struct us_responses_item item; /* the open one */
	struct us_buf item_id;         /* its id, as a member */
	bool in_item, in_part;
	bool parted; /* something else came since: the next text is a message of its own */
	enum us_block_kind kind; /* of the open block */
	bool hidden;             /* it is not shown */
	bool freeform;
	enum us_block_kind part; /* the kind of the open part */
	unsigned parts;          /* of the open message, closed ones */
	struct us_buf text;      /* of the open part, or the arguments of the open call */
	size_t sent;             /* bytes of the arguments that are out */
	unsigned items, calls;
	bool ended; /* nothing more is written */
};

void *us_responses_encoder_new(const struct us_look *look, struct us_buf *out)
{
	struct encoder *e = us_calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->look = *look;
	e->out = out;
	us_resp_init(&e->sum, ANSWER_MAX);
	us_buf_init(&e->text, ANSWER_MAX);
	us_buf_init(&e->item_id, ANSWER_MAX);
	return e;
}

void us_responses_encoder_free(void *encoder)
{
	struct encoder *e = encoder;

	if (!e)
		return;
	us_resp_fini(&e->sum);
	us_buf_fini(&e->text);
	us_buf_fini(&e->item_id);
	us_free(e);
}

/* `event: type`, and of the data all up to the number. */
static struct us_print open_event(struct encoder *e, const char *type)
{
	struct us_print p = us_print(e->out);

	us_buf_add_str(e->out, "event: ");
	us_buf_add_str(e->out, type);
	us_buf_add_str(e->out, "\ndata: ");
	us_print_open(&p, '{');
	us_print_member(&p, "type", us_span_of(type));
	us_print_member_u64(&p, "sequence_number", e->number++);
	return p;
}

static void close_event(struct us_print *p)
{
	us_print_close(p, '}');
	us_buf_add_str(p->out, "\n\n");
}

/* One with the answer as it is so far. */
static void answer_event(struct encoder *e, const char *type, const char *status)
{
	struct us_print p = open_event(e, type);

	us_print_key(&p, "response");
	us_responses_print(&p, &e->look, &e->sum, status);
	close_event(&p);
}

static void item_event(struct encoder *e, const char *type, const struct us_responses_item *item,
                       const char *status)
{
	struct us_print p = open_event(e, type);

	us_print_member_u64(&p, "output_index", item->index);
	us_print_key(&p, "item");
	us_responses_print_item(&p, &e->look, item, status);
	close_event(&p);
}

/* One about the open item. */
static struct us_print open_inner(struct encoder *e, const char *type)
{
	struct us_print p = open_event(e, type);

	us_print_raw(&p, us_buf_span(&e->item_id));
	us_print_member_u64(&p, "output_index", e->item.index);
	if (!e->item.call)
		us_print_member_u64(&p, "content_index", e->parts);
	return p;
}

static void part_event(struct encoder *e, const char *type, struct us_span text)
{
	struct us_print p = open_inner(e, type);

	us_print_key(&p, "part");
	us_responses_print_said(&p, e->part, text);
	close_event(&p);
}

static void put_text(struct encoder *e, const char *type, const char *member, struct us_span text)
{
	struct us_print p = open_inner(e, type);

	us_print_member(&p, member, text);
	if (e->part == US_TEXT)
		us_print_member_raw(&p, "logprobs", US_SPAN("[]"));
	close_event(&p);
}

static void open_part(struct encoder *e, enum us_block_kind kind)
{
	e->part = kind;
	e->in_part = true;
	us_buf_clear(&e->text);
	part_event(e, "response.content_part.added", us_span("", 0));
}

static void close_part(struct encoder *e)
{
	struct us_span text = us_buf_span(&e->text);

	if (!e->in_part)
		return;
	if (e->part == US_REFUSAL)
		put_text(e, "response.refusal.done", "refusal", text);
	else
		put_text(e, "response.output_text.done", "text", text);
	part_event(e, "response.content_part.done", text);
	e->parts++;
	e->in_part = false;
}

/* What a call is called with; the input of a free-form call comes out of its wrapping. */
static void put_args(struct encoder *e, const char *type, const char *member, struct us_span args)
{
	struct us_print p = open_inner(e, type);

	us_print_key(&p, member);
	if (e->item.custom && !e->freeform)
		us_openai_print_unwrapped(&p, args);
	else
		us_print_str(&p, args);
	if (us_span_is(us_span_of(type), "response.function_call_arguments.done"))
		us_print_member(&p, "name", e->item.name);
	close_event(&p);
}

static void put_args_delta(struct encoder *e)
{
	struct us_span all = us_buf_span(&e->text);

	put_args(e,
	         e->item.custom ? "response.custom_tool_call_input.delta"
	                        : "response.function_call_arguments.delta",
	         "delta", us_span(all.p + e->sent, all.n - e->sent));
	e->sent = all.n;
}

/* The sum holds the item's blocks now: nothing that came since was of this item. */
static void close_item(struct encoder *e, const char *status)
{
	struct us_responses_item whole;

	if (!e->in_item)
		return;
	e->in_item = false;
	close_part(e);
	if (e->item.call)
		put_args(e,
		         e->item.custom ? "response.custom_tool_call_input.done"
		                        : "response.function_call_arguments.done",
		         e->item.custom ? "input" : "arguments", us_buf_span(&e->text));
	if (us_responses_next(&e->look, &e->sum, &e->walk, &whole)) {
		whole.index = e->item.index; /* its provider may have counted others */
		item_event(e, "response.output_item.done", &whole, status);
	}
}

/* Said in each event of the item. */
static void note_item_id(struct encoder *e)
{
	struct us_print id = us_print(&e->item_id);

	us_buf_clear(&e->item_id);
	us_responses_print_item_id(&id, "item_id", &e->look, &e->item);
	if (e->item_id.err)
		e->out->err = e->item_id.err;
}

static void open_item(struct encoder *e, const struct us_responses_item *item)
{
	close_item(e, "completed");
	e->item = *item;
	e->item.index = e->items++;
	e->in_item = true;
	e->parts = 0;
	us_buf_clear(&e->text);
	note_item_id(e);
	item_event(e, "response.output_item.added", &e->item, "in_progress");
}

static void open_call(struct encoder *e, const struct us_ev *ev)
{
	struct us_responses_item call = { .call = true,
		                          .custom = us_openai_is_custom(e->look.req, ev->name),
		                          .nth = ++e->calls,
		                          .name = us_arena_copy(&e->sum.arena, ev->name) };

	open_item(e, &call);
	e->freeform = ev->freeform;
	e->sent = 0;
}

/* Blocks that are not shown still part the messages around them. */
static void on_open(struct encoder *e, const struct us_ev *ev)
{
	bool said = ev->block == US_TEXT || ev->block == US_REFUSAL;
	bool call = ev->block == US_TOOL_CALL && us_openai_takes_call(e->look.req, e->calls);

	e->kind = ev->block;
	e->hidden = !said && !call;
	e->parted |= !said;
	if (call)
		open_call(e, ev);
}

static void on_text(struct encoder *e, const struct us_ev *ev)
{
	static const struct us_responses_item message;

	if (e->hidden)
		return;
	if (!e->in_item || e->parted)
		open_item(e, &message);
	e->parted = false;
	if (e->in_part && e->part != e->kind)
		close_part(e);
	if (!e->in_part)
		open_part(e, e->kind);
	us_buf_add_span(&e->text, ev->text);
	put_text(e, e->kind == US_REFUSAL ? "response.refusal.delta" : "response.output_text.delta",
	         "delta", ev->text);
}

static void on_args(struct encoder *e, const struct us_ev *ev)
{
	if (e->hidden)
		return;
	us_buf_add_span(&e->text, ev->text);
	if (e->item.custom ? e->freeform : e->sent || !us_args_may_be_none(us_buf_span(&e->text)))
		put_args_delta(e);
}

/* No arguments at all would be no JSON; an empty object is what was meant. */
static void on_close(struct encoder *e, const struct us_ev *ev)
{
	if (e->hidden || e->kind != US_TOOL_CALL)
		return;
	if (!e->item.custom && us_args_kind(us_buf_span(&e->text)) == US_ARGS_EMPTY) {
		us_buf_clear(&e->text);
		us_buf_add_str(&e->text, "{}");
	}
	if (e->sent < e->text.n)
		put_args_delta(e);
}

static void on_start(struct encoder *e, const struct us_ev *ev)
{
	answer_event(e, "response.created", "in_progress");
	answer_event(e, "response.in_progress", "in_progress");
}

static void on_stop(struct encoder *e, const struct us_ev *ev)
{
	close_item(e, us_responses_item_status(ev->stop));
}

static void on_ping(struct encoder *e, const struct us_ev *ev)
{
	us_buf_add_str(e->out, ": ping\n\n");
}

/* In the form of the first-party server: the SDKs look for a member `error`. */
static void on_error(struct encoder *e, const struct us_ev *ev)
{
	struct us_print p = open_event(e, "error");

	us_openai_print_error(&p, &ev->err);
	close_event(&p);
	e->ended = true;
}

/* An end that is not clean is not written: the program must not take it for one. */
static void on_end(struct encoder *e, const struct us_ev *ev)
{
	char type[32] = "response.";

	e->ended = true;
	if (!ev->clean)
		return;
	strncat(type, us_responses_status(&e->sum), sizeof(type) - strlen(type) - 1);
	answer_event(e, type, NULL);
}

static void (*const handlers[])(struct encoder *e, const struct us_ev *ev) = {
	[US_EV_START] = on_start,       [US_EV_TEXT] = on_text, [US_EV_ARGS] = on_args,
	[US_EV_BLOCK_CLOSE] = on_close, [US_EV_STOP] = on_stop, [US_EV_PING] = on_ping,
	[US_EV_ERROR] = on_error,       [US_EV_END] = on_end,
};

/* An item that a block ends must not hold that block yet. */
int us_responses_encode_event(void *encoder, const struct us_ev *ev)
{
	struct encoder *e = encoder;
	int rc;

	if (e->ended)
		return e->out->err;
	if (ev->kind == US_EV_BLOCK_OPEN)
		on_open(e, ev);
	rc = us_resp_put(&e->sum, ev);
	if (handlers[ev->kind])
		handlers[ev->kind](e, ev);
	return rc ? rc : e->text.err ? e->text.err : e->out->err;
}

/* What was open is the provider's: it keeps its name and its place, and calls their ids. What the
 * provider has ended is behind the walk. */
void us_responses_encoder_resume(void *encoder, const struct us_resp *said,
                                 const struct us_place *place)
{
	struct encoder *e = encoder;
	struct us_responses_item ended;
	struct us_span id = us_arena_copy(&e->sum.arena, us_span_of(place->id));

	e->number = place->number;
	e->items = (unsigned)place->items;
	if (e->in_item && !place->in_item)
		us_responses_next(&e->look, &e->sum, &e->walk, &ended);
	e->in_item &= place->in_item;
	e->in_part = e->in_item && place->in_part;
	e->parts = (unsigned)place->part;
	e->item.index = (unsigned)place->index;
	e->item.id = id;
	note_item_id(e);
	e->look.given = e->sum.nblocks;
	if (id.n && e->sum.nblocks)
		e->sum.blocks[e->sum.nblocks - 1].item = id;
}

/* responses_row.c - puts the items of an answer of Responses in a row
 *
 * Each item is told from its opening to its end. Deltas are handed on; what comes `done` completes
 * what they left out, as some servers send no deltas, or no `done`, or nothing but the end.
 *
 * Nothing forbids that items are told at once, though nobody seems to do it. The hub has one block
 * open at a time: events of an item that is not the open one are held until that one has ended.
 *
 * Hosted tools at work are no part of an answer in another dialect; their events are passed over.
 */
#include "wire/responses_row.h"

#include "wire/sse.h"
#include "wire/words.h"

#define ITEMS_MAX 512 /* in one answer */
/* Thoughts have two lists of parts: this is the second. */
#define OF_CONTENT (1ull << 32)

/* An event of an item that has to wait. */
struct us_responses_held {
	uint64_t index;
	struct us_span data;
};

void us_responses_row_init(struct us_responses_row *d, struct us_emit *out)
{
	*d = (struct us_responses_row){ .out = out };
	us_arena_init(&d->arena, 2 * US_SSE_EVENT_MAX);
	us_arena_init(&d->kept, 2 * US_SSE_EVENT_MAX);
}

void us_responses_row_fini(struct us_responses_row *d)
{
	us_doc_fini(&d->doc);
	us_arena_fini(&d->arena);
	us_arena_fini(&d->kept);
}

int us_responses_row_err(const struct us_responses_row *d)
{
	return d->arena.err ? d->arena.err : d->kept.err;
}

static bool is_over(const struct us_responses_row *d)
{
	return d->out->failed || us_responses_row_err(d);
}

static struct us_span str(struct us_responses_row *d, struct us_val object, const char *name)
{
	return us_val_str(us_val_get(object, name), &d->arena);
}

static enum us_item kind_of(struct us_val item)
{
	static const struct {
		const char *type;
		enum us_item item;
	} kinds[] = {
		{ "message", US_ITEM_MESSAGE },
		{ "function_call", US_ITEM_CALL },
		{ "custom_tool_call", US_ITEM_FREEFORM },
		{ "reasoning", US_ITEM_THOUGHT },
	};

	for (size_t i = 0; i < US_COUNT(kinds); i++)
		if (us_val_str_is(us_val_get(item, "type"), kinds[i].type))
			return kinds[i].item;
	return US_ITEM_HOSTED;
}

static bool is_told(const struct us_responses_row *d, uint64_t index)
{
	for (size_t i = 0; i < d->ntold; i++)
		if (d->told[i] == index)
			return true;
	return false;
}

static void begin(struct us_responses_row *d, uint64_t index, enum us_item kind)
{
	bool spoken = d->out->blocks && d->out->kind == US_TEXT;

	d->item = kind;
	d->index = index;
	d->opened = d->in_part = false;
	d->from = 0;
	d->parted = kind == US_ITEM_MESSAGE && spoken;
}

static void note_told(struct us_responses_row *d, uint64_t index)
{
	uint64_t *at = us_arena_push(&d->kept, &d->told, &d->ntold, sizeof(*at));

	if (at)
		*at = index;
	if (d->ntold > ITEMS_MAX)
		us_emit_wrong(d->out, "the answer has too many items");
}

static void end_item(struct us_responses_row *d)
{
	note_told(d, d->index);
	us_emit_close(d->out);
	d->item = US_ITEM_NONE;
}

/* A call has a name and an id when it is opened; one that lacks them waits for its end. */
static void open_call(struct us_responses_row *d, struct us_val item)
{
	struct us_span id = str(d, item, "call_id"), name = str(d, item, "name");

	if (!id.n)
		id = str(d, item, "id");
	if (d->opened || !id.n || !name.n)
		return;
	if (d->item == US_ITEM_FREEFORM)
		us_emit_open_freeform(d->out, id, name);
	else
		us_emit_open(d->out, US_TOOL_CALL, id, name);
	d->opened = d->called = true;
}

/* A piece of a part, or the whole of it. A part that is behind has been told. */
static void text(struct us_responses_row *d, enum us_block_kind kind, uint64_t part,
                 struct us_span s, bool whole)
{
	if (whole && d->in_part && part < d->part)
		return;
	if (!d->in_part || part != d->part) {
		us_emit_close(d->out);
		d->in_part = true;
		d->part = part;
		d->from = 0;
	}
	if (whole)
		s = us_emit_rest(d->out, s, d->from);
	if (s.n && d->parted && kind == US_TEXT) {
		us_emit_text(d->out, kind, US_SPAN(US_WORDS_PARTING));
		d->from = strlen(US_WORDS_PARTING);
		d->parted = false;
	}
	d->refused |= s.n && kind == US_REFUSAL;
	us_emit_text(d->out, kind, s);
}

static void args(struct us_responses_row *d, struct us_span s)
{
	if (!d->opened || !s.n)
		return;
	us_emit_piece(d->out, s);
}

static void complete_parts(struct us_responses_row *d, struct us_val list, uint64_t from)
{
	for (struct us_iter it = us_iter(list); us_iter_next(&it); from++) {
		struct us_span said = str(d, it.val, "text"), refusal = str(d, it.val, "refusal");

		if (d->item == US_ITEM_THOUGHT)
			text(d, US_THINK, from, said, true);
		else if (us_val_str_is(us_val_get(it.val, "type"), "refusal"))
			text(d, US_REFUSAL, from, refusal, true);
		else
			text(d, US_TEXT, from, said, true);
	}
}

/* The item as it is at its end. */
static void complete(struct us_responses_row *d, struct us_val item)
{
	switch (d->item) {
	case US_ITEM_MESSAGE:
		complete_parts(d, us_val_get(item, "content"), 0);
		break;
	case US_ITEM_THOUGHT:
		complete_parts(d, us_val_get(item, "summary"), 0);
		complete_parts(d, us_val_get(item, "content"), OF_CONTENT);
		break;
	case US_ITEM_CALL:
	case US_ITEM_FREEFORM:
		open_call(d, item);
		if (!d->opened)
			us_emit_wrong(d->out, "a tool call without a name");
		args(d, us_emit_rest(d->out,
		                     str(d, item, d->item == US_ITEM_CALL ? "arguments" : "input"),
		                     0));
		break;
	default:
		break;
	}
}

static void on_added(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	struct us_val item = us_val_get(v, "item");
	enum us_item kind = kind_of(item);

	if (d->item || kind == US_ITEM_HOSTED)
		return;
	begin(d, index, kind);
	if (kind == US_ITEM_CALL || kind == US_ITEM_FREEFORM)
		open_call(d, item);
}

static void on_item_done(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	struct us_val item = us_val_get(v, "item");
	enum us_item kind = kind_of(item);

	if (!d->item)
		begin(d, index, kind);
	complete(d, item);
	end_item(d);
}

/* Where a part of an item stands in it. */
static uint64_t part_of(struct us_val v, bool summary)
{
	uint64_t part = 0;

	us_val_u64(us_val_get(v, summary ? "summary_index" : "content_index"), &part);
	return part & (OF_CONTENT - 1);
}

static void on_text(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	text(d, US_TEXT, part_of(v, false), str(d, v, "delta"), false);
}

static void on_text_done(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	text(d, US_TEXT, part_of(v, false), str(d, v, "text"), true);
}

static void on_refusal(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	text(d, US_REFUSAL, part_of(v, false), str(d, v, "delta"), false);
}

static void on_refusal_done(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	text(d, US_REFUSAL, part_of(v, false), str(d, v, "refusal"), true);
}

static void on_summary(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	text(d, US_THINK, part_of(v, true), str(d, v, "delta"), false);
}

static void on_thought(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	text(d, US_THINK, OF_CONTENT | part_of(v, false), str(d, v, "delta"), false);
}

static void on_args(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	args(d, str(d, v, "delta"));
}

static void on_args_done(struct us_responses_row *d, struct us_val v, uint64_t index)
{
	args(d,
	     us_emit_rest(d->out, str(d, v, d->item == US_ITEM_CALL ? "arguments" : "input"), 0));
}

static const struct event {
	const char *type;
	enum us_item of; /* the kind of item it is about */
	void (*take)(struct us_responses_row *d, struct us_val v, uint64_t index);
} events[] = {
	{ "response.output_text.delta", US_ITEM_MESSAGE, on_text },
	{ "response.function_call_arguments.delta", US_ITEM_CALL, on_args },
	{ "response.custom_tool_call_input.delta", US_ITEM_FREEFORM, on_args },
	{ "response.reasoning_summary_text.delta", US_ITEM_THOUGHT, on_summary },
	{ "response.reasoning_text.delta", US_ITEM_THOUGHT, on_thought },
	{ "response.refusal.delta", US_ITEM_MESSAGE, on_refusal },
	{ "response.output_text.done", US_ITEM_MESSAGE, on_text_done },
	{ "response.function_call_arguments.done", US_ITEM_CALL, on_args_done },
	{ "response.custom_tool_call_input.done", US_ITEM_FREEFORM, on_args_done },
	{ "response.refusal.done", US_ITEM_MESSAGE, on_refusal_done },
	{ "response.output_item.added", US_ITEM_ANY, on_added },
	{ "response.output_item.done", US_ITEM_ANY, on_item_done },
};

/* NULL: one that says nothing to other dialects, or that is newer than this. */
static const struct event *event_of(struct us_val v)
{
	struct us_val type = us_val_get(v, "type");

	for (size_t i = 0; i < US_COUNT(events); i++)
		if (us_val_str_is(type, events[i].type))
			return &events[i];
	return NULL;
}

/* Which item it is about; where a server does not say, the one that is open or that comes next. */
static uint64_t index_of(const struct us_responses_row *d, struct us_val v)
{
	uint64_t index = d->item ? d->index : d->ntold;

	us_val_u64(us_val_get(v, "output_index"), &index);
	return index;
}

/* The item is the open one, or none is open. A delta of one that was never opened opens it. */
static void take(struct us_responses_row *d, const struct event *e, struct us_val v, uint64_t index)
{
	if (!d->item && e->of != US_ITEM_ANY)
		begin(d, index, e->of);
	if (e->of == US_ITEM_ANY || e->of == d->item)
		e->take(d, v, index);
}

static void hold(struct us_responses_row *d, uint64_t index, struct us_span data)
{
	struct us_responses_held *h = us_arena_push(&d->kept, &d->held, &d->nheld, sizeof(*h));

	if (h)
		*h = (struct us_responses_held){ index, us_arena_copy(&d->kept, data) };
}

/* Events of one item, in their order; the others stay. */
static void release_item(struct us_responses_row *d, uint64_t index)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->nheld; i++) {
		struct us_responses_held h = d->held[i];
		struct us_val v;

		if (h.index != index) {
			d->held[kept++] = h;
		} else if (!is_told(d, index) && us_doc_parse(&d->doc, h.data)) {
			d->kept.err = US_ENOMEM; /* it could be read before */
		} else if (!is_told(d, index)) {
			v = us_doc_root(&d->doc);
			take(d, event_of(v), v, index);
		}
	}
	d->nheld = kept;
}

/* No item is open: the next one's turn has come, and if that has ended, too, the one after's. */
static void release(struct us_responses_row *d)
{
	while (!d->item && d->nheld && !is_over(d))
		release_item(d, d->held[0].index);
}

/* Nothing more will come of any item. */
static void release_all(struct us_responses_row *d)
{
	while (d->nheld && !is_over(d)) {
		release(d);
		if (d->item)
			end_item(d);
	}
}

bool us_responses_row_event(struct us_responses_row *d, struct us_val v, struct us_span data)
{
	const struct event *e = event_of(v);
	uint64_t index = index_of(d, v);

	us_arena_clear(&d->arena);
	if (!e)
		return false;
	if (d->item && index != d->index)
		hold(d, index, data);
	else if (!is_told(d, index))
		take(d, e, v, index);
	if (!d->item)
		release(d);
	return true;
}

/* The answer once more, as a whole: what has not been told of it is told now. */
void us_responses_row_rest(struct us_responses_row *d, struct us_val output)
{
	uint64_t index = 0;

	for (struct us_iter it = us_iter(output); us_iter_next(&it) && !is_over(d); index++) {
		if (d->item && index == d->index) {
			complete(d, it.val);
			end_item(d);
		} else if (!is_told(d, index)) {
			if (d->item)
				end_item(d);
			begin(d, index, kind_of(it.val));
			complete(d, it.val);
			end_item(d);
		}
	}
	if (d->item)
		end_item(d);
	release_all(d);
}

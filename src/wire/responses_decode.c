/* responses_decode.c - answers of Responses into hub events
 *
 * What is about an item is read by responses_row.c; what is about the answer is read here: its
 * beginning, its end with all of it once more, and that it failed. There is no end but one that is
 * said: a stream that breaks off before it may lack anything.
 */
#include "wire/responses.h"

#include "base/mem.h"
#include "wire/responses_row.h"
#include "wire/sse.h"

struct decoder {
	struct us_emit out;
	struct us_responses_row row;
	struct us_doc doc;
	struct us_arena arena; /* of the event being read */
	struct us_place place; /* behind it */
};

void *us_responses_decoder_new(struct us_sink to)
{
	struct decoder *d = us_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	us_emit_init(&d->out, to);
	us_responses_row_init(&d->row, &d->out);
	us_arena_init(&d->arena, 2 * US_SSE_EVENT_MAX);
	return d;
}

void us_responses_decoder_free(void *decoder)
{
	struct decoder *d = decoder;

	if (!d)
		return;
	us_emit_fini(&d->out);
	us_responses_row_fini(&d->row);
	us_doc_fini(&d->doc);
	us_arena_fini(&d->arena);
	us_free(d);
}

static int result(const struct decoder *d)
{
	int err = d->out.err ? d->out.err : d->arena.err;

	return err ? err : us_responses_row_err(&d->row);
}

static bool is_over(const struct decoder *d) { return d->out.failed || d->out.ended; }

/* What a code of an answer that failed would have been as a status. */
static const struct {
	const char *code;
	unsigned status;
} codes[] = {
	{ "server_error", 500 },
	{ "rate_limit_exceeded", 429 },
	{ "insufficient_quota", 429 },
	{ "invalid_prompt", 400 },
};

static void fail(struct decoder *d, struct us_hub_err *err)
{
	for (size_t i = 0; i < US_COUNT(codes) && !err->status; i++)
		if (us_span_is(err->code, codes[i].code))
			err->status = codes[i].status;
	us_emit_error(&d->out, err);
}

static struct us_span str(struct decoder *d, struct us_val object, const char *name)
{
	return us_val_str(us_val_get(object, name), &d->arena);
}

static void start(struct decoder *d, struct us_val response)
{
	struct us_ev ev = { .kind = US_EV_START,
		            .id = str(d, response, "id"),
		            .model = str(d, response, "model") };

	us_val_u64(us_val_get(response, "created_at"), &ev.created);
	if (!d->out.started)
		us_emit_event(&d->out, &ev);
}

/* Counts that are not there stay unknown, rather than 0. */
static void usage(struct decoder *d, struct us_val v)
{
	struct us_ev ev = { .kind = US_EV_USAGE };
	struct us_usage *u = &ev.usage;
	struct us_val in = us_val_get(v, "input_tokens_details");
	struct us_val out = us_val_get(v, "output_tokens_details");
	const struct {
		unsigned bit;
		uint64_t *at;
		struct us_val v;
	} counts[] = {
		{ US_USAGE_IN, &u->in, us_val_get(v, "input_tokens") },
		{ US_USAGE_OUT, &u->out, us_val_get(v, "output_tokens") },
		{ US_USAGE_CACHE_READ, &u->cache_read, us_val_get(in, "cached_tokens") },
		{ US_USAGE_CACHE_WRITE, &u->cache_write, us_val_get(in, "cache_write_tokens") },
		{ US_USAGE_REASONING, &u->reasoning, us_val_get(out, "reasoning_tokens") },
	};

	for (size_t i = 0; i < US_COUNT(counts); i++)
		if (us_val_u64(counts[i].v, counts[i].at))
			u->known |= counts[i].bit;
	if (u->known)
		us_emit_event(&d->out, &ev);
}

static enum us_stop stop_of(const struct decoder *d, struct us_val response)
{
	struct us_val reason = us_val_get(us_val_get(response, "incomplete_details"), "reason");

	if (us_val_str_is(us_val_get(response, "status"), "incomplete")) {
		if (us_val_str_is(reason, "max_output_tokens"))
			return US_STOP_MAX_TOKENS;
		return us_val_str_is(reason, "content_filter") ? US_STOP_FILTER : US_STOP_OTHER;
	}
	if (d->row.called)
		return US_STOP_TOOL;
	return d->row.refused ? US_STOP_REFUSAL : US_STOP_END;
}

/* An answer that failed, was called off, or is still being made is none. */
static bool is_answer(struct us_val response)
{
	struct us_val status = us_val_get(response, "status");

	return !us_val_given(status) || us_val_str_is(status, "completed") ||
	       us_val_str_is(status, "incomplete");
}

/* Of an answer that failed nothing more is told: it must not look as if it had begun. */
static void finish(struct decoder *d, struct us_val response)
{
	struct us_hub_err err = { 0 };
	struct us_ev stop = { .kind = US_EV_STOP };

	start(d, response);
	if (us_openai_error_value(us_val_get(response, "error"), &d->arena, &err)) {
		fail(d, &err);
		return;
	}
	if (!is_answer(response)) {
		us_emit_wrong(&d->out, "the provider ended its answer before it was whole");
		return;
	}
	us_responses_row_rest(&d->row, us_val_get(response, "output"));
	us_emit_close(&d->out);
	usage(d, us_val_get(response, "usage"));
	stop.stop = stop_of(d, response);
	us_emit_event(&d->out, &stop);
	us_emit_event(&d->out, &(struct us_ev){ .kind = US_EV_END, .clean = true });
}

static void on_start(struct decoder *d, struct us_val v) { start(d, us_val_get(v, "response")); }

static void on_end(struct decoder *d, struct us_val v) { finish(d, us_val_get(v, "response")); }

/* The first-party server puts the error in a member, the published form does not. */
static void on_error(struct decoder *d, struct us_val v)
{
	struct us_hub_err err = { 0 };

	us_openai_decode_error(v, &d->arena, &err);
	if (us_span_is(err.type, "error"))
		err.type = us_span(NULL, 0); /* the event's */
	fail(d, &err);
}

static const struct {
	const char *type;
	void (*take)(struct decoder *d, struct us_val v);
} events[] = {
	{ "response.created", on_start },     { "response.queued", on_start },
	{ "response.in_progress", on_start }, { "response.completed", on_end },
	{ "response.incomplete", on_end },    { "response.failed", on_end },
	{ "response.cancelled", on_end },     { "error", on_error },
};

static bool is_shown(struct us_val type)
{
	return us_val_str_is(type, "message") || us_val_str_is(type, "function_call") ||
	       us_val_str_is(type, "custom_tool_call");
}

static void begin_item(struct us_place *p, struct us_val v)
{
	struct us_val item = us_val_get(v, "item");
	struct us_span id = us_val_raw(us_val_get(item, "id"));

	p->index = p->items;
	us_val_u64(us_val_get(v, "output_index"), &p->index);
	p->items = p->index + 1;
	p->part = 0;
	p->in_part = false;
	p->in_item = is_shown(us_val_get(item, "type")) && id.n > 2 && id.n - 2 < sizeof(p->id);
	memset(p->id, 0, sizeof(p->id));
	if (p->in_item)
		memcpy(p->id, id.p + 1, id.n - 2);
}

/* Who writes on must count on, and name the item that is open. */
static void note_place(struct us_place *p, struct us_val v)
{
	struct us_val type = us_val_get(v, "type");
	uint64_t number = p->number, part = p->part;

	us_val_u64(us_val_get(v, "sequence_number"), &number);
	us_val_u64(us_val_get(v, "content_index"), &part);
	p->number = number + 1;
	if (us_val_str_is(type, "response.output_item.added")) {
		begin_item(p, v);
	} else if (us_val_str_is(type, "response.output_item.done")) {
		p->in_item = p->in_part = false;
	} else if (us_val_str_is(type, "response.content_part.added")) {
		p->in_part = true;
		p->part = part;
	} else if (us_val_str_is(type, "response.output_text.done") && p->in_part) {
		p->in_part = false;
		p->part = part + 1;
	}
}

/* Of others nothing is said to other dialects, or they are newer than this. */
static void event(struct decoder *d, struct us_val v, struct us_span data)
{
	struct us_val type = us_val_get(v, "type");

	note_place(&d->place, v);
	if (us_responses_row_event(&d->row, v, data))
		return;
	for (size_t i = 0; i < US_COUNT(events); i++)
		if (us_val_str_is(type, events[i].type)) {
			events[i].take(d, v);
			return;
		}
}

/* Some compatible servers send errors without a type, and all of them end in [DONE]. */
int us_responses_decode_event(void *decoder, struct us_span name, struct us_span data)
{
	struct decoder *d = decoder;
	struct us_val v;
	int rc;

	if (is_over(d) || us_span_is(us_span_trim(data), "[DONE]"))
		return result(d);
	us_arena_clear(&d->arena);
	rc = us_emit_parse(&d->out, &d->doc, data, &v);
	if (rc || !us_val_given(v))
		return rc ? rc : result(d);
	if (us_val_given(us_val_get(v, "type")))
		event(d, v, data);
	else if (us_span_is(name, "error") || us_val_given(us_val_get(v, "error")))
		on_error(d, v);
	return result(d);
}

int us_responses_decode_whole(void *decoder, struct us_val body)
{
	struct decoder *d = decoder;

	if (us_val_is(us_val_get(body, "output"), US_J_ARRAY))
		finish(d, body);
	else
		us_emit_wrong(&d->out, "the answer has no output");
	return result(d);
}

unsigned us_responses_decoder_look(const void *decoder, struct us_place *place)
{
	const struct decoder *d = decoder;
	bool call = d->row.item == US_ITEM_CALL || d->row.item == US_ITEM_FREEFORM;

	if (place)
		*place = d->place;
	return d->out.tail.n || d->row.nheld || (call && !d->row.opened) ? US_STANDING_OWES : 0;
}

int us_responses_decode_end(void *decoder)
{
	struct decoder *d = decoder;

	us_emit_event(&d->out, &(struct us_ev){ .kind = US_EV_END });
	return result(d);
}

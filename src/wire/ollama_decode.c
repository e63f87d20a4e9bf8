/* ollama_decode.c - answers and errors of Ollama into hub events
 *
 * A stream is one JSON object to a line; a plain answer is the one line in which all is said. Calls
 * come whole. The line with done: true is the last; without it the stream was cut. An error in
 * mid-stream is a line, too.
 */
#include "wire/ollama.h"

#include "base/mem.h"
#include "wire/emit.h"
#include "wire/sse.h"

struct decoder {
	struct us_emit out;
	struct us_doc doc;
	struct us_arena arena; /* of the line being read */
	unsigned calls;
};

/* Words that no row knows are US_STOP_OTHER; no word at all is what older versions said. */
static const struct {
	const char *word;
	enum us_stop stop;
} reasons[] = {
	{ "", US_STOP_END },       { "stop", US_STOP_END },     { "length", US_STOP_MAX_TOKENS },
	{ "load", US_STOP_OTHER }, { "unload", US_STOP_OTHER },
};

void *us_ollama_decoder_new(struct us_sink to)
{
	struct decoder *d = us_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	us_emit_init(&d->out, to);
	us_arena_init(&d->arena, 2 * US_SSE_EVENT_MAX);
	return d;
}

void us_ollama_decoder_free(void *decoder)
{
	struct decoder *d = decoder;

	if (!d)
		return;
	us_emit_fini(&d->out);
	us_doc_fini(&d->doc);
	us_arena_fini(&d->arena);
	us_free(d);
}

static int result(const struct decoder *d) { return d->out.err ? d->out.err : d->arena.err; }

/* A sentence; a server that stands before Ollama may say it as an object. */
bool us_ollama_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out)
{
	struct us_val error = us_val_get(body, "error");
	struct us_val message =
		us_val_is(error, US_J_OBJECT) ? us_val_get(error, "message") : error;

	*out = (struct us_hub_err){ .message = us_val_str(message, a) };
	if (us_val_is(us_val_get(error, "type"), US_J_STRING))
		out->type = us_val_str(us_val_get(error, "type"), a);
	return out->message.n > 0;
}

/* The object's own bytes; some servers send a string, as OpenAI does. */
static struct us_span args_of(struct decoder *d, struct us_val v)
{
	if (us_val_is(v, US_J_STRING))
		return us_val_str(v, &d->arena);
	return us_val_given(v) ? us_val_raw(v) : us_span("", 0);
}

/* A call that nobody gave an id gets one by its place. */
static void call(struct decoder *d, struct us_val v)
{
	struct us_val function = us_val_get(v, "function");
	struct us_span id = us_val_str(us_val_get(v, "id"), &d->arena);
	struct us_span name = us_val_str(us_val_get(function, "name"), &d->arena);

	if (!name.n) {
		us_emit_wrong(&d->out, "a tool call without a name");
		return;
	}
	if (!id.n)
		id = us_arena_printf(&d->arena, "call_%u", d->calls);
	d->calls++;
	us_emit_open(&d->out, US_TOOL_CALL, id, name);
	us_emit_piece(&d->out, args_of(d, us_val_get(function, "arguments")));
	us_emit_close(&d->out);
}

/* So they were generated: thoughts, text, calls. */
static void message(struct decoder *d, struct us_val v)
{
	us_emit_text(&d->out, US_THINK, us_val_str(us_val_get(v, "thinking"), &d->arena));
	us_emit_text(&d->out, US_TEXT, us_val_str(us_val_get(v, "content"), &d->arena));
	for (struct us_iter it = us_iter(us_val_get(v, "tool_calls")); us_iter_next(&it);)
		call(d, it.val);
}

static void start(struct decoder *d, struct us_val v)
{
	struct us_ev ev = { .kind = US_EV_START,
		            .model = us_val_str(us_val_get(v, "model"), &d->arena) };

	if (!d->out.started)
		us_emit_event(&d->out, &ev);
}

/* The prompt's count is not there when all of it was in the cache. */
static void usage(struct decoder *d, struct us_val v)
{
	struct us_ev ev = { .kind = US_EV_USAGE };

	if (us_val_u64(us_val_get(v, "prompt_eval_count"), &ev.usage.in))
		ev.usage.known |= US_USAGE_IN;
	if (us_val_u64(us_val_get(v, "eval_count"), &ev.usage.out))
		ev.usage.known |= US_USAGE_OUT;
	if (ev.usage.known)
		us_emit_event(&d->out, &ev);
}

static void finish(struct decoder *d, struct us_val v)
{
	struct us_span word = us_val_str(us_val_get(v, "done_reason"), &d->arena);
	struct us_ev stop = { .kind = US_EV_STOP, .stop = US_STOP_OTHER };

	for (size_t i = 0; i < US_COUNT(reasons); i++)
		if (us_span_is(word, reasons[i].word))
			stop.stop = reasons[i].stop;
	us_emit_close(&d->out);
	usage(d, v);
	us_emit_event(&d->out, &stop);
	us_emit_event(&d->out, &(struct us_ev){ .kind = US_EV_END, .clean = true });
}

/* One line. What it says cannot be skipped: it would be missing from the answer. */
static void line(struct decoder *d, struct us_val v)
{
	struct us_hub_err err;

	if (us_ollama_decode_error(v, &d->arena, &err)) {
		us_emit_error(&d->out, &err);
		return;
	}
	if (!us_val_is(us_val_get(v, "message"), US_J_OBJECT) &&
	    !us_val_is(us_val_get(v, "done"), US_J_TRUE)) {
		us_emit_wrong(&d->out, "a piece of the answer holds no message");
		return;
	}
	start(d, v);
	message(d, us_val_get(v, "message"));
	if (us_val_is(us_val_get(v, "done"), US_J_TRUE) && !d->out.failed)
		finish(d, v);
}

int us_ollama_decode_event(void *decoder, struct us_span event, struct us_span data)
{
	struct decoder *d = decoder;
	struct us_val v;
	int rc;

	if (d->out.failed || d->out.ended)
		return result(d);
	us_arena_clear(&d->arena);
	rc = us_emit_parse(&d->out, &d->doc, data, &v);
	if (rc)
		return rc;
	if (us_val_given(v))
		line(d, v);
	return result(d);
}

/* A document is whole by being one, even if it does not say so. */
int us_ollama_decode_whole(void *decoder, struct us_val body)
{
	struct decoder *d = decoder;

	if (d->out.failed || d->out.ended)
		return result(d);
	line(d, body);
	if (!d->out.failed && !d->out.ended)
		finish(d, body);
	return result(d);
}

unsigned us_ollama_decoder_look(const void *decoder, struct us_place *place)
{
	const struct decoder *d = decoder;

	return d->out.tail.n ? US_STANDING_OWES : 0;
}

int us_ollama_decode_end(void *decoder)
{
	struct decoder *d = decoder;

	us_emit_event(&d->out, &(struct us_ev){ .kind = US_EV_END });
	return result(d);
}

/* gemini_decode.c - Gemini's answers, read
 *
 * Each document of a stream is an answer of its own form: parts to append, and maybe a finishReason
 * and the usage so far. There is no last event. The end of the bytes is the end, and it is clean if
 * a reason was given before; some servers give it with every piece, so it is passed on at the end.
 *
 * Calls come whole. Google's own tools at work, and pictures nobody asked for, are passed over.
 */
#include "wire/gemini.h"

#include "base/mem.h"
#include "wire/emit.h"
#include "wire/sse.h"

struct decoder {
	struct us_emit out;
	struct us_doc doc;     /* the piece at hand */
	struct us_arena arena; /* its strings */
	bool started, spoke;   /* an answer began; it carries content */
	bool stopped;
	enum us_stop stop;
	unsigned calls;
};

static const struct {
	unsigned number;
	const char *reason;
	enum us_stop stop;
} stops[] = {
#define X(number, reason, stop) { number, reason, stop },
	US_GEMINI_STOPS(X)
#undef X
};

void *us_gemini_decoder_new(struct us_sink to)
{
	struct decoder *d = us_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	us_emit_init(&d->out, to);
	us_arena_init(&d->arena, US_SSE_EVENT_MAX);
	return d;
}

void us_gemini_decoder_free(void *decoder)
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

static void start(struct decoder *d, struct us_val v)
{
	struct us_ev ev = { .kind = US_EV_START };

	if (d->started)
		return;
	d->started = true;
	ev.id = us_gemini_str(v, "responseId", &d->arena);
	ev.model = us_gemini_str(v, "modelVersion", &d->arena);
	us_emit_event(&d->out, &ev);
}

/* --- parts ------------------------------------------------------------------------------------ */

static void sign(struct decoder *d, struct us_span signature)
{
	struct us_ev ev = {
		.kind = US_EV_SIG, .ix = d->out.blocks - 1, .block = d->out.kind, .text = signature
	};

	if (signature.n)
		us_emit_event(&d->out, &ev);
}

/* The id matters only within this answer: programs are given one of their own dialect's. */
static void read_call(struct decoder *d, struct us_val call, struct us_span signature)
{
	struct us_span name = us_gemini_str(call, "name", &d->arena);
	struct us_span id = us_gemini_str(call, "id", &d->arena);
	struct us_span args = us_gemini_raw(call, "args");

	if (!name.n) {
		us_emit_wrong(&d->out, "a function call without a name");
		return;
	}
	d->calls++;
	if (!id.n)
		id = us_arena_printf(&d->arena, "g%u", d->calls);
	us_emit_open(&d->out, US_TOOL_CALL, id, name);
	sign(d, signature);
	us_emit_piece(&d->out, args.n ? args : US_SPAN("{}"));
	us_emit_close(&d->out);
	d->spoke = true;
}

static void read_part(struct decoder *d, struct us_val part)
{
	struct us_span signature = us_gemini_str(part, "thoughtSignature", &d->arena);
	struct us_span text = us_gemini_str(part, "text", &d->arena);
	struct us_val call = us_gemini_get(part, "functionCall");
	bool thought = us_val_is(us_gemini_get(part, "thought"), US_J_TRUE);

	if (us_val_given(call)) {
		read_call(d, call, signature);
		return;
	}
	us_emit_text(&d->out, thought ? US_THINK : US_TEXT, text);
	d->spoke |= text.n && !thought;
	if (thought && d->out.open)
		sign(d, signature);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static enum us_stop stop_of(struct us_val reason)
{
	uint64_t number = 0;
	bool is_number = us_val_u64(reason, &number) && number;

	for (size_t i = 0; i < US_COUNT(stops); i++)
		if (is_number ? stops[i].number == number : us_val_str_is(reason, stops[i].reason))
			return stops[i].stop;
	return US_STOP_OTHER;
}

/* A call that could not be read is no answer, as long as there is no other: the model may do better
 * when it is asked again. */
static void finish_for(struct decoder *d, struct us_val reason)
{
	struct us_hub_err err = { .status = 500, .message = US_SPAN("the answer is malformed") };

	if (!us_val_given(reason) || us_val_str_is(reason, "FINISH_REASON_UNSPECIFIED"))
		return;
	d->stop = stop_of(reason);
	d->stopped = true;
	err.type = us_val_str(reason, &d->arena);
	if (d->stop == US_STOP_ERROR && !d->spoke)
		us_emit_error(&d->out, &err);
}

/* Candidates beyond the first were not asked for. */
static struct us_val first_candidate(struct us_val v)
{
	struct us_iter it = us_iter(us_gemini_get(v, "candidates"));
	uint64_t index;

	while (us_iter_next(&it))
		if (!us_val_u64(us_gemini_get(it.val, "index"), &index) || !index)
			return it.val;
	return (struct us_val){ 0 };
}

static bool count(struct us_val usage, const char *name, uint64_t *n)
{
	*n = 0;
	return us_gemini_u64(us_gemini_get(usage, name), n);
}

/* Thoughts are counted apart from the candidates, the cache's tokens among the prompt's. */
static void read_usage(struct decoder *d, struct us_val usage)
{
	struct us_usage u = { 0 };
	struct us_ev ev = { .kind = US_EV_USAGE };
	uint64_t tool, out;

	if (count(usage, "promptTokenCount", &u.in))
		u.known |= US_USAGE_IN;
	count(usage, "toolUsePromptTokenCount", &tool);
	u.in += tool;
	if (count(usage, "cachedContentTokenCount", &u.cache_read))
		u.known |= US_USAGE_CACHE_READ;
	if (count(usage, "candidatesTokenCount", &out))
		u.known |= US_USAGE_OUT;
	if (count(usage, "thoughtsTokenCount", &u.reasoning))
		u.known |= US_USAGE_OUT | US_USAGE_REASONING;
	u.out = out + u.reasoning;
	ev.usage = u;
	if (u.known)
		us_emit_event(&d->out, &ev);
}

/* Is it an answer at all? A prompt that was blocked has one without candidates. */
static bool piece(struct decoder *d, struct us_val v)
{
	struct us_hub_err err;
	struct us_val candidate = first_candidate(v);
	struct us_iter part = us_iter(us_gemini_get(us_gemini_get(candidate, "content"), "parts"));
	bool blocked =
		us_val_given(us_gemini_get(us_gemini_get(v, "promptFeedback"), "blockReason"));

	if (us_gemini_decode_error(v, &d->arena, &err)) {
		us_emit_error(&d->out, &err);
		return true;
	}
	start(d, v);
	while (us_iter_next(&part))
		read_part(d, part.val);
	finish_for(d, us_gemini_get(candidate, "finishReason"));
	if (blocked && !us_val_given(candidate)) {
		d->stop = US_STOP_FILTER;
		d->stopped = true;
	}
	read_usage(d, us_gemini_get(v, "usageMetadata"));
	return blocked || us_val_given(candidate);
}

/* Calls have no finish reason of their own. */
static void end(struct decoder *d)
{
	struct us_ev stop = { .kind = US_EV_STOP, .stop = d->stop };

	us_emit_close(&d->out);
	if (d->calls && d->stop == US_STOP_END)
		stop.stop = US_STOP_TOOL;
	if (d->stopped)
		us_emit_event(&d->out, &stop);
	us_emit_event(&d->out, &(struct us_ev){ .kind = US_EV_END, .clean = d->stopped });
}

int us_gemini_decode_event(void *decoder, struct us_span event, struct us_span data)
{
	struct decoder *d = decoder;
	struct us_val v;
	int rc;

	if (d->out.failed || d->out.ended || result(d))
		return result(d);
	us_arena_clear(&d->arena);
	rc = us_emit_parse(&d->out, &d->doc, data, &v);
	if (rc)
		return rc;
	if (us_val_given(v))
		piece(d, v);
	return result(d);
}

/* A document is whole by being one, even without a finish reason. */
int us_gemini_decode_whole(void *decoder, struct us_val body)
{
	struct decoder *d = decoder;

	if (!piece(d, body))
		us_emit_wrong(&d->out, "the answer has no candidates");
	d->stop = d->stopped ? d->stop : US_STOP_OTHER;
	d->stopped = true;
	if (!d->out.failed)
		end(d);
	return result(d);
}

unsigned us_gemini_decoder_look(const void *decoder, struct us_place *place)
{
	const struct decoder *d = decoder;

	return (d->out.tail.n ? US_STANDING_OWES : 0) | (d->stopped ? US_STANDING_WHOLE : 0);
}

int us_gemini_decode_end(void *decoder)
{
	struct decoder *d = decoder;

	end(d);
	return result(d);
}

/* openai_decode.c - answers of Chat Completions into hub events
 *
 * A whole answer is read as a stream of one chunk, with `message` for `delta`; some servers stream
 * that very form. Only choice 0 is read.
 *
 * The finish reason is remembered and told at the end: content may come in the same chunk, and
 * from some servers after it. So STOP always comes right before END, and a stream that breaks off
 * after its finish reason has lost nothing, unless more calls have come since: some servers tell a
 * reason for each.
 *
 * What the stream breaks off before its finish reason is left as it is: an open block stays open,
 * and only calls whose arguments are whole are closed.
 */
#include "wire/openai.h"

#include "base/mem.h"
#include "wire/openai_calls.h"
#include "wire/sse.h"
#include "wire/text.h"

/* Text that came while a tool call was unfinished, told after it. */
static const enum us_block_kind late_kinds[] = { US_THINK, US_TEXT, US_REFUSAL };

struct decoder {
	struct us_emit out;
	struct us_calls calls;
	struct us_buf late[US_COUNT(late_kinds)];
	struct us_doc doc;
	struct us_arena arena; /* of the chunk being read */
	bool stopped;          /* a finish reason was seen */
	bool more_calls;       /* behind it: it was that of the calls before them */
	bool refused;
	enum us_stop stop;
	struct us_buf sequence; /* the stop sequence, where a server tells it */
};

/* Words that no row knows are US_STOP_OTHER. */
static const struct {
	const char *word;
	enum us_stop stop;
} reasons[] = {
	{ "stop", US_STOP_END },
	{ "eos", US_STOP_END },
	{ "length", US_STOP_MAX_TOKENS },
	{ "tool_calls", US_STOP_TOOL },
	{ "function_call", US_STOP_TOOL },
	{ "content_filter", US_STOP_FILTER },
	{ "stop_sequence", US_STOP_SEQUENCE },
	{ "model_length", US_STOP_CONTEXT_FULL },
	{ "error", US_STOP_ERROR },
	{ "insufficient_system_resource", US_STOP_ERROR },
};

/* Where usage counts stand; of two rows with one bit the later that is there wins. */
static const struct {
	unsigned bit;
	size_t at;
	const char *within, *name;
} counts[] = {
	{ US_USAGE_IN, offsetof(struct us_usage, in), NULL, "prompt_tokens" },
	{ US_USAGE_OUT, offsetof(struct us_usage, out), NULL, "completion_tokens" },
	{ US_USAGE_CACHE_READ, offsetof(struct us_usage, cache_read), NULL, "cached_tokens" },
	{ US_USAGE_CACHE_READ, offsetof(struct us_usage, cache_read), NULL,
	  "prompt_cache_hit_tokens" },
	{ US_USAGE_CACHE_READ, offsetof(struct us_usage, cache_read), "prompt_tokens_details",
	  "cached_tokens" },
	{ US_USAGE_CACHE_WRITE, offsetof(struct us_usage, cache_write), "prompt_tokens_details",
	  "cache_write_tokens" },
	{ US_USAGE_REASONING, offsetof(struct us_usage, reasoning), "completion_tokens_details",
	  "reasoning_tokens" },
};

void *us_openai_decoder_new(struct us_sink to)
{
	struct decoder *d = us_calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	us_emit_init(&d->out, to);
	us_arena_init(&d->arena, 2 * US_SSE_EVENT_MAX);
	us_buf_init(&d->sequence, 4096);
	for (size_t i = 0; i < US_COUNT(late_kinds); i++)
		us_buf_init(&d->late[i], US_SSE_EVENT_MAX);
	return d;
}

void us_openai_decoder_free(void *decoder)
{
	struct decoder *d = decoder;

	if (!d)
		return;
	us_emit_fini(&d->out);
	us_calls_fini(&d->calls);
	us_doc_fini(&d->doc);
	us_arena_fini(&d->arena);
	us_buf_fini(&d->sequence);
	for (size_t i = 0; i < US_COUNT(late_kinds); i++)
		us_buf_fini(&d->late[i]);
	us_free(d);
}

/* The first error of any part; each of them sticks. */
static int result(struct decoder *d)
{
	int err = d->out.err ? d->out.err : d->calls.err ? d->calls.err : d->arena.err;

	for (size_t i = 0; i < US_COUNT(late_kinds) && !err; i++)
		err = d->late[i].err;
	return err;
}

static void tell_late(struct decoder *d)
{
	for (size_t i = 0; i < US_COUNT(late_kinds); i++) {
		us_emit_text(&d->out, late_kinds[i], us_buf_span(&d->late[i]));
		us_buf_clear(&d->late[i]);
	}
}

/* A delta of text, refusal or thinking. While a call's arguments are unfinished it has to wait. */
static void text(struct decoder *d, enum us_block_kind kind, struct us_span s)
{
	if (!s.n)
		return;
	if (us_calls_settle(&d->calls, &d->out)) {
		tell_late(d);
		us_emit_text(&d->out, kind, s);
		return;
	}
	for (size_t i = 0; i < US_COUNT(late_kinds); i++)
		if (late_kinds[i] == kind)
			us_text_join(&d->late[i], s);
}

/* OpenRouter's `reasoning_details` and Mistral's `thinking` are lists of objects with one text. */
static void thoughts(struct decoder *d, struct us_val list)
{
	for (struct us_iter it = us_iter(list); us_iter_next(&it);) {
		text(d, US_THINK, us_val_str(us_val_get(it.val, "text"), &d->arena));
		text(d, US_THINK, us_val_str(us_val_get(it.val, "summary"), &d->arena));
	}
}

/* Servers that send more than one of these members say the same thing in each. */
static void thinking(struct decoder *d, struct us_val delta)
{
	struct us_span s = us_val_str(us_val_get(delta, "reasoning_content"), &d->arena);

	if (!s.n)
		s = us_val_str(us_val_get(delta, "reasoning"), &d->arena);
	if (s.n)
		text(d, US_THINK, s);
	else
		thoughts(d, us_val_get(delta, "reasoning_details"));
}

/* A string, or Mistral's list of parts. Parts of other kinds (references) are no text. */
static void content(struct decoder *d, struct us_val v)
{
	text(d, US_TEXT, us_val_str(v, &d->arena));
	if (!us_val_is(v, US_J_ARRAY))
		return;
	for (struct us_iter it = us_iter(v); us_iter_next(&it);) {
		thoughts(d, us_val_get(it.val, "thinking"));
		text(d, US_TEXT, us_val_str(us_val_get(it.val, "text"), &d->arena));
	}
}

static void calls(struct decoder *d, struct us_val delta)
{
	struct us_val legacy = us_val_get(delta, "function_call");

	d->more_calls |= d->stopped && us_val_count(us_val_get(delta, "tool_calls"));
	for (struct us_iter it = us_iter(us_val_get(delta, "tool_calls")); us_iter_next(&it);)
		us_calls_feed(&d->calls, &d->out, it.val, &d->arena);
	if (us_val_given(legacy))
		us_calls_feed_legacy(&d->calls, &d->out, legacy, &d->arena);
}

/* vLLM tells the stop sequence in `stop_reason`, SGLang in `matched_stop`: a string where it was
 * one of the program's, a number where it was a token. */
static void matched(struct decoder *d, struct us_val choice)
{
	struct us_span s = us_val_str(us_val_get(choice, "stop_reason"), &d->arena);

	if (!s.n)
		s = us_val_str(us_val_get(choice, "matched_stop"), &d->arena);
	if (!s.n || d->stop != US_STOP_END)
		return;
	d->stop = US_STOP_SEQUENCE;
	us_buf_clear(&d->sequence);
	us_buf_add_span(&d->sequence, s);
}

/* An empty word is what some servers send for null. */
static void finish_reason(struct decoder *d, struct us_val choice)
{
	struct us_span word = us_val_str(us_val_get(choice, "finish_reason"), &d->arena);

	if (!word.n)
		return;
	d->stopped = true;
	d->more_calls = false;
	d->stop = US_STOP_OTHER;
	for (size_t i = 0; i < US_COUNT(reasons); i++)
		if (us_span_is(word, reasons[i].word))
			d->stop = reasons[i].stop;
	matched(d, choice);
	if (d->stop == US_STOP_ERROR)
		us_emit_wrong(&d->out, "the provider ended its answer with an error");
}

/* In the order in which a model generates: thoughts, text, calls. */
static void choice(struct decoder *d, struct us_val v)
{
	struct us_val delta = us_val_get(v, "delta"), refusal;
	struct us_hub_err err = { 0 };

	if (!us_val_count(delta))
		delta = us_val_get(v, "message");
	if (us_openai_error_value(us_val_get(v, "error"), &d->arena, &err)) {
		us_emit_error(&d->out, &err);
		return;
	}
	thinking(d, delta);
	content(d, us_val_get(delta, "content"));
	refusal = us_val_get(delta, "refusal");
	d->refused |= us_val_is(refusal, US_J_STRING) && us_val_raw(refusal).n > 2;
	text(d, US_REFUSAL, us_val_str(refusal, &d->arena));
	calls(d, delta);
	finish_reason(d, v);
}

/* xAI counts reasoning beside the completion, not in it; its total gives that away. */
static void add_reasoning(struct us_usage *u, struct us_val v)
{
	uint64_t total;

	if (us_val_u64(us_val_get(v, "total_tokens"), &total) &&
	    total == u->in + u->out + u->reasoning)
		u->out += u->reasoning;
}

/* Counts that are not there stay unknown, rather than 0. */
static void usage(struct decoder *d, struct us_val v)
{
	struct us_ev ev = { .kind = US_EV_USAGE };

	if (!us_val_given(v))
		return;
	for (size_t i = 0; i < US_COUNT(counts); i++) {
		struct us_val in = counts[i].within ? us_val_get(v, counts[i].within) : v;
		uint64_t n;

		if (!us_val_u64(us_val_get(in, counts[i].name), &n))
			continue;
		memcpy((char *)&ev.usage + counts[i].at, &n, sizeof(n));
		ev.usage.known |= counts[i].bit;
	}
	add_reasoning(&ev.usage, v);
	if (ev.usage.known)
		us_emit_event(&d->out, &ev);
}

/* Azure begins with a chunk that has neither an id nor a choice: nothing has started yet. */
static void start(struct decoder *d, struct us_val v)
{
	struct us_ev ev = { .kind = US_EV_START,
		            .id = us_val_str(us_val_get(v, "id"), &d->arena),
		            .model = us_val_str(us_val_get(v, "model"), &d->arena) };

	us_val_u64(us_val_get(v, "created"), &ev.created);
	if (!d->out.started && (ev.id.n || us_val_count(us_val_get(v, "choices"))))
		us_emit_event(&d->out, &ev);
}

/* Groq tells an error beside an otherwise normal chunk. */
static bool failed(struct decoder *d, struct us_val v)
{
	struct us_hub_err err;
	bool is = us_openai_decode_error(v, &d->arena, &err);

	if (!is)
		is = us_openai_error_value(us_val_get(us_val_get(v, "x_groq"), "error"), &d->arena,
		                           &err);
	if (is)
		us_emit_error(&d->out, &err);
	return is;
}

/* Usage may come with any chunk, with or without a choice. */
static void chunk(struct decoder *d, struct us_val v)
{
	if (failed(d, v))
		return;
	start(d, v);
	for (struct us_iter it = us_iter(us_val_get(v, "choices")); us_iter_next(&it);) {
		uint64_t index = 0;

		us_val_u64(us_val_get(it.val, "index"), &index);
		if (index)
			continue;
		choice(d, it.val);
		usage(d, us_val_get(it.val, "usage")); /* Moonshot */
	}
	usage(d, us_val_get(us_val_get(v, "x_groq"), "usage"));
	usage(d, us_val_get(v, "usage"));
}

/* The answer is whole. */
static void finish(struct decoder *d)
{
	struct us_ev stop = { .kind = US_EV_STOP, .stop = d->stop };

	if (!us_calls_finish(&d->calls, &d->out)) {
		us_emit_wrong(&d->out, "a tool call without a name");
		return;
	}
	tell_late(d);
	us_emit_close(&d->out);
	if (d->refused && d->stop == US_STOP_END)
		stop.stop = US_STOP_REFUSAL;
	stop.text = us_buf_span(&d->sequence);
	us_emit_event(&d->out, &stop);
	us_emit_event(&d->out, &(struct us_ev){ .kind = US_EV_END, .clean = true });
}

/* [DONE] without a finish reason still ends an answer, but not one that never began. */
static void done(struct decoder *d)
{
	if (!d->stopped)
		d->stop = US_STOP_OTHER;
	if (d->stopped || d->out.blocks || d->calls.n)
		finish(d);
}

int us_openai_decode_event(void *decoder, struct us_span event, struct us_span data)
{
	struct decoder *d = decoder;
	struct us_val v;
	int rc;

	if (d->out.failed || d->out.ended)
		return result(d);
	if (us_span_is(us_span_trim(data), "[DONE]")) {
		done(d);
		return result(d);
	}
	us_arena_clear(&d->arena);
	rc = us_emit_parse(&d->out, &d->doc, data, &v);
	if (rc)
		return rc;
	if (us_val_given(v))
		chunk(d, v);
	if (us_span_is(event, "error"))
		us_emit_error(&d->out, &(struct us_hub_err){ .message = data });
	return result(d);
}

/* A document is whole by being one, even without a finish reason. */
int us_openai_decode_whole(void *decoder, struct us_val body)
{
	struct decoder *d = decoder;

	chunk(d, body);
	if (!us_val_count(us_val_get(body, "choices")))
		us_emit_wrong(&d->out, "the answer has no choices");
	else if (!d->out.failed)
		finish(d);
	return result(d);
}

unsigned us_openai_decoder_look(const void *decoder, struct us_place *place)
{
	const struct decoder *d = decoder;
	bool owes = d->out.tail.n || us_calls_wait(&d->calls);

	for (size_t i = 0; i < US_COUNT(late_kinds); i++)
		owes |= d->late[i].n > 0;
	return (owes ? US_STANDING_OWES : 0) |
	       (d->stopped && !d->more_calls && !d->out.failed ? US_STANDING_WHOLE : 0);
}

int us_openai_decode_end(void *decoder)
{
	struct decoder *d = decoder;

	if (d->stopped && !d->more_calls && !d->out.failed && !d->out.ended)
		finish(d);
	if (!d->out.failed && !d->out.ended)
		us_calls_settle(&d->calls, &d->out);
	us_emit_event(&d->out, &(struct us_ev){ .kind = US_EV_END });
	return result(d);
}

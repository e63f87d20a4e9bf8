/* programs.c - what programs may have asked, and are told */
#include "programs.h"

#include "wire/writer.h"

#define TOLD_MAX ((size_t)64 << 20)

const struct program programs[] = {
	{ "chat", &listener_openai, { .model = { 0 } } },
	{ "chat with usage", &listener_openai, { .stream_usage = true } },
	{ "chat with functions", &listener_openai, { .legacy_functions = true } },
	{ "chat, one call at a time", &listener_openai, { .parallel_tools = US_NO } },
	{ "messages", &listener_anthropic, { .model = { 0 } } },
	{ "messages, one call at a time", &listener_anthropic, { .parallel_tools = US_NO } },
	{ "responses", &listener_responses, { .model = { 0 } } },
	{ "responses, one call at a time", &listener_responses, { .parallel_tools = US_NO } },
	{ "native chat", &listener_ollama, { .model = { 0 } } },
	{ "contents", &listener_gemini, { .model = { 0 } } },
	{ "contents with ids", &listener_gemini, { .call_ids = true } },
	{ "contents in an array", &listener_gemini_array, { .model = { 0 } } },
};
const size_t nprograms = US_COUNT(programs);

enum us_framing program_framing(const struct program *p)
{
	return p->listener->framing ? p->listener->framing : p->listener->dialect->framing;
}

struct told program_tell(const struct program *p, const struct recording *rec, size_t n,
                         bool stream)
{
	struct us_look look = { .req = &p->asked,
		                .model = US_SPAN("asked-for"),
		                .seed = 20,
		                .now_s = 1700000000,
		                .framing = p->listener->framing,
		                .in_estimate = 7 };
	struct told t = { .played = { .rc = US_ENOMEM } };
	struct us_writer *w;

	us_buf_init(&t.bytes, TOLD_MAX);
	w = us_writer_new(p->listener->dialect, &look, NULL, stream, TOLD_MAX);
	if (!w)
		return t;
	t.played = play_part(rec, n, &chunkings[0], (struct us_sink){ us_writer_put, w });
	us_buf_add_span(&t.bytes, us_buf_span(&w->out));
	if (!t.played.rc && w->done != t.played.clean)
		t.played.trouble = "the writer does not know if it is done";
	us_writer_free(w);
	return t;
}

void told_fini(struct told *t) { us_buf_fini(&t->bytes); }

void program_hear(const struct program *p, const struct told *t, bool stream, struct heard *h)
{
	if (stream)
		p->listener->stream(h, us_buf_span(&t->bytes), &p->asked);
	else if (t->bytes.n)
		p->listener->document(h, us_buf_span(&t->bytes), &p->asked);
}

struct played program_expect(const struct program *p, const struct recording *rec, struct heard *h)
{
	struct us_resp sum;
	struct played played;

	us_resp_init(&sum, TOLD_MAX);
	played = play(rec, &chunkings[0], (struct us_sink){ us_resp_put, &sum });
	p->listener->expect(h, &sum, &p->asked);
	h->done = played.clean;
	h->failed = !played.clean;
	us_resp_fini(&sum);
	return played;
}

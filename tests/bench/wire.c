/* wire.c - how fast requests and streams are translated, beside what cJSON needs to parse and print
 * the same bytes
 *
 *   wire [ROUNDS [WHAT FROM TO]]
 *       a line for each pair of dialects, or for one: what, from, to, ns per pass, ns per pass of
 *       cJSON, bytes, events
 *
 * Nothing is measured that did not come out right. The passes of both take turns, and each line has
 * the quickest of them: what others do on the machine only ever adds. A stream arrives in pieces
 * of 16 KiB, as from libcurl.
 */
#include "wire/profile.h"
#include "wire/reader.h"
#include "wire/translate.h"
#include "wire/writer.h"

#include <cjson/cJSON.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BYTES_MAX ((size_t)64 << 20)
#define DELTAS 4000
#define PIECE ((size_t)16 << 10)
#define MESSAGES 400

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "wire: not so: %s\n", what);
		exit(1);
	}
}

/* A line of the table. */
struct pass {
	const struct us_dialect *from, *to;
	struct us_span text;
	size_t events;
	void (*ours)(const struct pass *p);
	void (*theirs)(const struct pass *p);
};

static char **only; /* what, from, to; NULL: all */

static void measure(const struct pass *p, const char *what, long rounds)
{
	uint64_t ours = UINT64_MAX, theirs = UINT64_MAX;

	if (only && (strcmp(only[0], what) != 0 || strcmp(only[1], p->from->name) != 0 ||
	             strcmp(only[2], p->to->name) != 0))
		return;
	for (long i = 0; i < rounds; i++) {
		uint64_t a = now_ns(), b, c;

		p->ours(p);
		b = now_ns();
		p->theirs(p);
		c = now_ns();
		ours = b - a < ours ? b - a : ours;
		theirs = c - b < theirs ? c - b : theirs;
	}
	printf("%s %s %s %llu %llu %zu %zu\n", what, p->from->name, p->to->name,
	       (unsigned long long)ours, (unsigned long long)theirs, p->text.n, p->events);
}

static void parse_and_print(struct us_span json)
{
	cJSON *doc = cJSON_ParseWithLength(json.p, json.n);
	char *text = doc ? cJSON_PrintUnformatted(doc) : NULL;

	must(text != NULL, "cJSON reads what was written");
	cJSON_free(text);
	cJSON_Delete(doc);
}

/* --- streams --------------------------------------------------------------------------------- */

static const struct us_req asked = { .stream = US_YES, .stream_usage = true };

static struct us_look look(void)
{
	return (struct us_look){
		.req = &asked, .model = US_SPAN("model"), .seed = 1, .now_s = 1700000000
	};
}

static void put(struct us_writer *w, const struct us_ev *ev)
{
	must(!us_writer_put(w, ev), "an event can be written");
}

/* Words, as models stream them, every now and then with something to escape, and a tool call. */
static void say(struct us_writer *w)
{
	static const char *const words[] = { " the",   " quick", " brown",  " f\xc3\xb6x", " jumps",
		                             " over,", " and",   " \"so\"", ".\n\n",       " on" };
	static const char *const args[] = { "{\"path\"", ":", " \"/tmp", "/a\\n", "\"", "}" };
	struct us_ev ev = { .kind = US_EV_BLOCK_OPEN, .block = US_TEXT };

	put(w, &(struct us_ev){ .kind = US_EV_START, .id = US_SPAN("id") });
	put(w, &ev);
	ev.kind = US_EV_TEXT;
	for (size_t i = 0; i < DELTAS; i++) {
		ev.text = us_span_of(words[i % US_COUNT(words)]);
		put(w, &ev);
	}
	ev.kind = US_EV_BLOCK_CLOSE;
	put(w, &ev);
	ev = (struct us_ev){ .kind = US_EV_BLOCK_OPEN, .ix = 1, .block = US_TOOL_CALL };
	ev.id = US_SPAN("call_1");
	ev.name = US_SPAN("read_file");
	put(w, &ev);
	ev.kind = US_EV_ARGS;
	for (size_t i = 0; i < US_COUNT(args); i++) {
		ev.text = us_span_of(args[i]);
		put(w, &ev);
	}
	ev.kind = US_EV_BLOCK_CLOSE;
	put(w, &ev);
	put(w, &(struct us_ev){ .kind = US_EV_STOP, .stop = US_STOP_TOOL });
	put(w, &(struct us_ev){
		       .kind = US_EV_USAGE,
		       .usage = { .known = US_USAGE_IN | US_USAGE_OUT, .in = 9, .out = DELTAS } });
	put(w, &(struct us_ev){ .kind = US_EV_END, .clean = true });
}

/* The stream as this dialect has it. */
static void make_stream(const struct us_dialect *d, struct us_buf *out)
{
	struct us_look how = look();
	struct us_writer *w = us_writer_new(d, &how, NULL, true, BYTES_MAX);

	must(w != NULL, "there is memory");
	say(w);
	must(w->done, "the stream has an end");
	us_buf_add_span(out, us_buf_span(&w->out));
	us_writer_free(w);
}

static void translate_stream(const struct pass *p)
{
	struct us_look how = look();
	struct us_writer *w = us_writer_new(p->to, &how, NULL, true, BYTES_MAX);
	struct us_span rest = p->text;
	struct us_reader r;

	must(w != NULL, "there is memory");
	us_reader_init(&r, p->from, p->from->framing, (struct us_sink){ us_writer_put, w });
	while (rest.n) {
		size_t n = rest.n < PIECE ? rest.n : PIECE;

		must(!us_reader_feed(&r, us_span(rest.p, n), NULL), "a piece can be read");
		us_buf_clear(&w->out); /* it is the program's now */
		rest = us_span(rest.p + n, rest.n - n);
	}
	must(!us_reader_end(&r) && w->done, "the stream is told to its end");
	us_reader_fini(&r);
	us_writer_free(w);
}

/* The documents of a stream, one by one, however it is framed. */
static void each_document(struct us_span text, void (*take)(struct us_span json))
{
	struct us_span line;

	while (us_span_next(&text, '\n', &line)) {
		if (us_span_starts(line, "data: "))
			line = us_span(line.p + 6, line.n - 6);
		if (us_span_starts(line, "{"))
			take(line);
	}
}

static void documents(const struct pass *p) { each_document(p->text, parse_and_print); }

static size_t counted;

static void count(struct us_span json) { counted++; }

static void bench_streams(const struct us_dialect *from, long rounds)
{
	struct pass p = { .from = from, .ours = translate_stream, .theirs = documents };
	struct us_buf text;

	us_buf_init(&text, BYTES_MAX);
	make_stream(from, &text);
	p.text = us_buf_span(&text);
	counted = 0;
	each_document(p.text, count);
	p.events = counted;
	for (size_t i = 0; (p.to = us_dialect_at(i)); i++)
		if (p.to != from)
			measure(&p, "stream", rounds);
	us_buf_fini(&text);
}

/* --- requests -------------------------------------------------------------------------------- */

#define TOOL                                                                                       \
	"{\"type\":\"function\",\"function\":{\"name\":\"%s\",\"description\":\"Reads a file, or " \
	"a part of it.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":"  \
	"\"string\",\"description\":\"where it is\"},\"lines\":{\"type\":\"integer\"}},"           \
	"\"required\":[\"path\"]}}}"
#define PROSE                                                                                      \
	"Here is what I found out so far.\\n\\nThe file has 217 lines; the second half of it is "  \
	"generated, as a comment says: \\\"do not edit\\\". I will read the rest of it now, and "  \
	"then tell you what I would change, line by line, with a reason for each of them."

/* What an agent sends: instructions, tools, and a long conversation that calls them. */
static void make_request(struct us_buf *out)
{
	us_buf_add_str(out, "{\"model\":\"gpt-4o\",\"max_tokens\":4096,\"temperature\":0.7,");
	us_buf_add_str(out, "\"stream\":true,\"tools\":[");
	us_buf_addf(out, TOOL "," TOOL "],\"messages\":[", "read_file", "list_files");
	us_buf_add_str(out, "{\"role\":\"system\",\"content\":\"" PROSE "\"}");
	for (unsigned i = 0; i < MESSAGES; i++) {
		us_buf_add_str(out, ",{\"role\":\"user\",\"content\":\"" PROSE "\"}");
		us_buf_addf(out,
		            ",{\"role\":\"assistant\",\"content\":\"" PROSE "\",\"tool_calls\":["
		            "{\"id\":\"call_%u\",\"type\":\"function\",\"function\":{\"name\":"
		            "\"read_file\",\"arguments\":\"{\\\"path\\\": \\\"/src/%u.c\\\", "
		            "\\\"lines\\\": 9007199254740993}\"}}]}",
		            i, i);
		us_buf_addf(out,
		            ",{\"role\":\"tool\",\"tool_call_id\":\"call_%u\",\"content\":", i);
		us_buf_add_str(out, "\"" PROSE PROSE "\"}");
	}
	us_buf_add_str(out, ",{\"role\":\"user\",\"content\":\"Go on.\"}]}");
}

static const char *model_of(const struct us_dialect *d)
{
	return strcmp(d->name, "anthropic") == 0 ? "claude-sonnet-4-5" : "some-model";
}

/* Into `out`, or nowhere. */
static void render(const struct us_dialect *from, const struct us_dialect *to, struct us_span text,
                   struct us_buf *out)
{
	struct us_target target = { .dialect = to, .model = us_span_of(model_of(to)) };
	struct us_rendered r = { 0 };
	struct us_request q;

	us_request_init(&q, from, NULL, text);
	must(us_request_render(&q, &target, &r) != US_IMPOSSIBLE, "the request can be carried");
	if (out)
		us_buf_add_span(out, us_buf_span(&r.body));
	us_rendered_fini(&r);
	us_request_fini(&q);
}

static void translate_request(const struct pass *p) { render(p->from, p->to, p->text, NULL); }

static void document(const struct pass *p) { parse_and_print(p->text); }

static void bench_requests(const struct us_dialect *from, struct us_span source, long rounds)
{
	struct pass p = { .from = from, .ours = translate_request, .theirs = document };
	struct us_buf text;

	us_buf_init(&text, BYTES_MAX);
	if (from == &us_openai)
		us_buf_add_span(&text, source);
	else
		render(&us_openai, from, source, &text);
	p.text = us_buf_span(&text);
	for (size_t i = 0; (p.to = us_dialect_at(i)); i++)
		if (p.to != from)
			measure(&p, "request", rounds);
	us_buf_fini(&text);
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
	const struct us_dialect *d;
	struct us_buf source;

	/* How the machine hands out pages, and takes them back, is not what is measured. */
	mallopt(M_TRIM_THRESHOLD, (int)BYTES_MAX);
	mallopt(M_MMAP_THRESHOLD, (int)BYTES_MAX / 2);
	only = argc > 4 ? argv + 2 : NULL;
	us_buf_init(&source, BYTES_MAX);
	make_request(&source);
	for (size_t i = 0; (d = us_dialect_at(i)); i++)
		bench_streams(d, rounds);
	for (size_t i = 0; (d = us_dialect_at(i)); i++)
		bench_requests(d, us_buf_span(&source), rounds);
	us_buf_fini(&source);
	return 0;
}

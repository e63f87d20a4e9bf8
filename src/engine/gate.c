/* gate.c - holds an attempt's answer back until it is known good */
#include "engine/gate_watch.h"

#include "base/mem.h"

#define HEAD_MAX ((size_t)1 << 20)
#define ERROR_BODY_MAX ((size_t)64 << 10)
#define PIECE_MAX ((size_t)1 << 20)  /* what one call may bring over a ceiling */
#define SPARE_MAX ((size_t)16 << 10) /* what a buffer may keep for the next gate */

static bool verbatim(const struct us_gate *g)
{
	return g->spec.from == g->spec.to && !g->spec.foreign;
}

struct us_gate *us_gate_new(struct us_gate *spare, const struct us_gate_spec *spec)
{
	struct us_gate *g = spare ? spare : us_calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->spec = *spec;
	g->head.max = HEAD_MAX + PIECE_MAX;
	g->held.max = spec->hold_max + PIECE_MAX;
	return g;
}

void us_gate_clear(struct us_gate *g)
{
	if (g->reading)
		us_reader_fini(&g->reader);
	if (g->spec.track) {
		us_joint_fini(&g->joint);
	} else {
		us_writer_free(g->writer);
		us_track_free(g->track);
	}
	us_buf_shed(&g->head, SPARE_MAX);
	us_buf_shed(&g->held, SPARE_MAX);
	*g = (struct us_gate){ .head = g->head, .held = g->held };
}

void us_gate_free(struct us_gate *g)
{
	if (!g)
		return;
	us_gate_clear(g);
	us_buf_fini(&g->head);
	us_buf_fini(&g->held);
	us_free(g);
}

static enum us_gate_state refuse(struct us_gate *g, enum us_cause why)
{
	g->bad = why;
	return g->state = US_GATE_BAD;
}

static void drop_release(struct us_gate *g) { g->release_head = g->release_body = us_span("", 0); }

static enum us_framing written_as(const struct us_gate *g)
{
	return g->writer->stream ? g->writer->look.framing : US_FRAMING_WHOLE;
}

/* A target's answer bears a head of our making: nothing of its provider's comes over. */
static void make_head(struct us_gate *g)
{
	enum us_framing framing = verbatim(g) ? g->reader.framing : written_as(g);
	bool stream = us_framing_is_stream(framing);
	struct us_buf made;

	us_buf_init(&made, HEAD_MAX);
	us_buf_add_span(&made, g->status_line);
	us_buf_addf(&made, "content-type: %s\r\n", us_framing_type(framing));
	if (stream)
		us_buf_add_str(&made, "cache-control: no-cache\r\n");
	else
		us_buf_addf(&made, "content-length: %zu\r\n", g->release_body.n);
	us_buf_add_str(&made, "\r\n");
	us_buf_fini(&g->head);
	g->head = made;
	g->status_line.p = made.p;
	g->type = us_span("", 0);
}

/* From now on bytes flow. `body`: those that were held. */
static enum us_gate_state open_with(struct us_gate *g, struct us_span body)
{
	g->release_body = body;
	if (!g->spec.own && !g->spec.track && !g->spec.plain)
		make_head(g);
	if (!g->spec.track)
		g->release_head = us_buf_span(&g->head);
	return g->state = US_GATE_OPEN;
}

void us_gate_force(struct us_gate *g)
{
	drop_release(g);
	us_gate_unwatch(g);
	open_with(g, us_buf_span(&g->held));
}

/* Is what is held the beginning of no document at all? */
static bool is_nonsense(const struct us_gate *g)
{
	struct us_push push = { 0 };
	size_t used;

	return g->reading && g->reader.framing == US_FRAMING_WHOLE &&
	       us_push_feed(&push, us_buf_span(&g->held), &used) == US_PUSH_BAD;
}

/* A ceiling is passed: what may be an answer of the program's own provider goes on unprotected; a
 * target is left, and so is whoever fails at such length. */
static enum us_gate_state too_much(struct us_gate *g)
{
	g->overflow = true;
	if (g->state == US_GATE_BAD)
		return g->state;
	if (g->in_body && g->status >= 400)
		return refuse(g, US_CAUSE_STATUS);
	if (!g->spec.own && !g->spec.plain)
		return refuse(g, US_CAUSE_TOO_BIG);
	if (is_nonsense(g))
		return refuse(g, US_CAUSE_NOT_JSON);
	us_gate_force(g);
	return g->state;
}

static unsigned status_in(struct us_span line)
{
	const char *blank = memchr(line.p, ' ', line.n);
	uint64_t status = 0;

	if (blank && line.p + line.n - blank > 3)
		us_span_u64(us_span(blank + 1, 3), &status);
	return (unsigned)status;
}

static void new_block(struct us_gate *g, struct us_span line)
{
	g->status = status_in(line);
	g->status_line = line;
	g->type = us_span("", 0);
	g->has_length = g->opaque = false;
	g->waits = (struct us_waits){ 0 };
}

static void read_header(struct us_gate *g, struct us_span line, uint64_t unix_ms)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct us_span name, value;

	if (!colon)
		return;
	name = us_span(line.p, (size_t)(colon - line.p));
	value = us_span_trim(us_span(colon + 1, line.n - name.n - 1));
	if (us_span_is_nocase(name, "content-type"))
		g->type = value;
	else if (us_span_is_nocase(name, "content-length"))
		g->has_length = us_span_u64(value, &g->length);
	else if (us_span_is_nocase(name, "content-encoding"))
		g->opaque = !g->spec.decoded && !us_span_is_nocase(value, "identity");
	else if (g->status >= 400)
		us_waits_header(&g->waits, name, value, unix_ms);
}

/* Where the reader's events go. False without memory. */
static bool make_sink(struct us_gate *g, struct us_sink *sink)
{
	if (g->spec.track) {
		g->track = g->spec.track;
		g->writer = g->track->writer;
		us_joint_init(&g->joint, &g->spec.joint,
		              (struct us_sink){ us_track_put, g->track });
		*sink = (struct us_sink){ us_joint_put, &g->joint };
		return true;
	}
	if (!verbatim(g)) {
		g->writer = us_writer_new(g->spec.to, g->spec.look, g->spec.renames, g->spec.stream,
		                          g->spec.hold_max);
		*sink = (struct us_sink){ us_writer_put, g->writer };
	}
	if (g->spec.watch) {
		g->track = us_track_new(g->writer, g->spec.holds, g->spec.hold_max);
		*sink = (struct us_sink){ us_track_put, g->track };
	}
	return (verbatim(g) || g->writer) && (!g->spec.watch || g->track);
}

static bool begin_reading(struct us_gate *g)
{
	struct us_sink sink = { 0 };
	bool ok = make_sink(g, &sink);

	us_reader_init(&g->reader, g->spec.from, us_framing_of(g->type), sink);
	g->reader.verbatim = !g->writer;
	g->reader.keep = g->spec.keep;
	g->reading = true;
	return ok;
}

/* A stream of events is shown from its beginning: who listens to one listens as it goes. */
static enum us_gate_state plain_head_done(struct us_gate *g)
{
	if (us_framing_of(g->type) == US_FRAMING_SSE)
		return open_with(g, us_span("", 0));
	return g->state;
}

static enum us_gate_state head_done(struct us_gate *g)
{
	g->in_body = true;
	if (g->status >= 300 && g->status < 400)
		return g->spec.own ? open_with(g, us_span("", 0)) : refuse(g, US_CAUSE_STATUS);
	if (g->status >= 400)
		return g->state;
	if (g->spec.plain)
		return plain_head_done(g);
	if (g->opaque)
		return g->spec.own ? open_with(g, us_span("", 0)) : refuse(g, US_CAUSE_NOT_JSON);
	if (!begin_reading(g))
		return refuse(g, US_CAUSE_LOCAL);
	if (g->reader.framing == US_FRAMING_FOREIGN)
		return refuse(g, US_CAUSE_NOT_JSON);
	return g->state;
}

/* `line` lies in g->head, so that the spans taken from it stay. */
static void take_line(struct us_gate *g, struct us_span line, uint64_t unix_ms)
{
	if (us_span_starts(line, "HTTP/"))
		new_block(g, line);
	else
		read_header(g, line, unix_ms);
}

/* The head may move while it grows: find the spans into it anew. */
static void rebase(struct us_gate *g, const char *old)
{
	if (g->status_line.p)
		g->status_line.p = g->head.p + (g->status_line.p - old);
	if (g->type.n)
		g->type.p = g->head.p + (g->type.p - old);
}

enum us_gate_state us_gate_header(struct us_gate *g, struct us_span line, bool final,
                                  uint64_t unix_ms)
{
	const char *old = g->head.p;
	bool blank = line.n && (line.p[0] == '\r' || line.p[0] == '\n');

	drop_release(g);
	if (g->state == US_GATE_OPEN) { /* trailers, or what follows a redirect */
		if (g->spec.own)
			g->release_head = line;
		if (us_span_starts(line, "HTTP/"))
			g->status = status_in(line);
		return g->state;
	}
	if (us_buf_add_span(&g->head, line))
		return refuse(g, US_CAUSE_LOCAL);
	if (g->head.n > HEAD_MAX)
		return too_much(g);
	if (g->head.p != old)
		rebase(g, old);
	if (!blank)
		take_line(g, us_span(g->head.p + g->head.n - line.n, line.n), unix_ms);
	return blank && final && g->status >= 200 ? head_done(g) : g->state;
}

/* A whole document is in `held`. */
static enum us_gate_state judge_document(struct us_gate *g)
{
	int rc = us_reader_document(&g->reader, us_buf_span(&g->held));

	if (g->reader.failed)
		return refuse(g, US_CAUSE_ERROR_IN_200);
	if (rc || (g->writer && !us_reader_end(&g->reader) && !g->reader.clean))
		return refuse(g, rc == US_ESYNTAX ? US_CAUSE_CUT : US_CAUSE_NOT_JSON);
	return open_with(g, us_buf_span(g->writer ? &g->writer->out : &g->held));
}

/* Is it known to be an answer? Of one that goes on: is there something to go on with? */
static bool has_begun(const struct us_gate *g)
{
	if (g->reader.ended && g->reader.clean)
		return true;
	if (g->spec.track)
		return g->writer->out.n > 0;
	return g->track ? g->track->content : g->reader.content;
}

/* A stream's bytes were read. */
static enum us_gate_state judge_stream(struct us_gate *g)
{
	const struct us_reader *r = &g->reader;

	if (g->spec.track && g->writer->out.n)
		return open_with(g, us_buf_span(&g->writer->out));
	if (g->spec.track && g->joint.state == US_JOINT_MISFITS)
		return refuse(g, US_CAUSE_MISFIT);
	if (r->failed && (g->track || !r->content))
		return refuse(g, US_CAUSE_ERROR_IN_200);
	if (r->rc)
		return refuse(g, US_CAUSE_LOCAL);
	if (!has_begun(g))
		return g->state;
	if (g->writer)
		return open_with(g, us_buf_span(&g->writer->out));
	g->eat = g->track ? g->held.n - g->unsafe : 0;
	return open_with(g, us_span(g->held.p, g->held.n - (g->track ? g->unsafe : 0)));
}

static enum us_gate_state hold_error(struct us_gate *g, struct us_span bytes)
{
	size_t used;

	if (g->held.n > ERROR_BODY_MAX)
		g->error_whole = true; /* enough to judge by */
	if (us_push_feed(&g->error_end, bytes, &used) == US_PUSH_DONE)
		g->error_whole = true;
	g->error_whole |= g->has_length && !g->spec.decoded && g->got >= g->length;
	return g->state;
}

static bool is_stream(struct us_gate *g, struct us_span bytes)
{
	us_reader_sniff(&g->reader, bytes);
	return us_framing_is_stream(g->reader.framing);
}

/* Its end is told by its length, or else by the transfer's end. */
static enum us_gate_state hold_plain(struct us_gate *g)
{
	bool whole = g->has_length && !g->spec.decoded && g->got >= g->length;

	return whole ? open_with(g, us_buf_span(&g->held)) : g->state;
}

static enum us_gate_state hold(struct us_gate *g, struct us_span bytes)
{
	bool whole = false;

	if (g->overflow)
		return g->state;
	if (us_buf_add_span(&g->held, bytes))
		return refuse(g, US_CAUSE_LOCAL);
	if (g->held.n > g->spec.hold_max)
		return too_much(g);
	if (g->status >= 400)
		return hold_error(g, bytes);
	if (g->state == US_GATE_BAD)
		return g->state; /* kept only to be shown if nobody else can serve */
	if (g->spec.plain)
		return hold_plain(g);
	if (g->has_length && !g->spec.decoded && !is_stream(g, bytes))
		whole = g->got >= g->length; /* no need to look for its end */
	else
		us_gate_read_on(g, bytes, &whole);
	if (g->reader.framing == US_FRAMING_FOREIGN)
		return refuse(g, US_CAUSE_NOT_JSON);
	if (us_framing_is_stream(g->reader.framing))
		return judge_stream(g);
	return whole ? judge_document(g) : g->state;
}

/* After the gate is open: the same bytes, or what the writer makes of them. */
static void flow(struct us_gate *g, struct us_span bytes)
{
	bool stream = g->reading && us_framing_is_stream(g->reader.framing);

	if (g->track && stream && !g->writer) {
		us_gate_read_on(g, bytes, NULL);
		us_gate_hand_on(g, bytes);
		return;
	}

	if (stream) {
		if (g->writer)
			us_buf_clear(&g->writer->out);
		us_gate_read_on(g, bytes, NULL);
	}
	g->release_body = g->writer ? us_span("", 0) : bytes;
	if (g->writer && stream)
		g->release_body = us_buf_span(&g->writer->out);
}

enum us_gate_state us_gate_body(struct us_gate *g, struct us_span bytes)
{
	enum us_gate_state before = g->state;

	drop_release(g);
	g->got += bytes.n;
	if (before == US_GATE_OPEN) {
		us_gate_let_go(g);
		flow(g, bytes);
		return g->state;
	}
	return hold(g, bytes);
}

/* Of one that is watched, what has not ended is kept: it has broken off, and whether it is gone on
 * with is the caller's question. */
static enum us_gate_state end_open(struct us_gate *g, bool cut)
{
	bool stream = g->reading && us_framing_is_stream(g->reader.framing);

	us_gate_let_go(g);
	g->said_end = g->reader.ended;
	if (g->writer)
		us_buf_clear(&g->writer->out);
	if (stream && cut && g->track)
		us_reader_cut(&g->reader);
	else if (stream)
		us_reader_end(&g->reader);
	if (g->writer) {
		g->release_body = us_buf_span(&g->writer->out);
	} else if (g->track && !us_reader_broke(&g->reader)) {
		us_track_release(g->track);
		g->eat = g->held.n - (cut ? g->part : 0);
		g->release_body = us_span(g->held.p, g->eat);
	}
	return g->state;
}

enum us_gate_state us_gate_settle(struct us_gate *g)
{
	drop_release(g);
	if (us_gate_waits(g))
		us_joint_settle(&g->joint);
	return g->state == US_GATE_HELD ? judge_stream(g) : g->state;
}

enum us_gate_state us_gate_end(struct us_gate *g, bool cut)
{
	drop_release(g);
	if (g->state == US_GATE_BAD || !g->in_body)
		return g->in_body ? g->state : refuse(g, US_CAUSE_EMPTY);
	if (g->status >= 400 && g->state == US_GATE_HELD) {
		g->error_whole = true;
		return g->state;
	}
	if (g->state == US_GATE_OPEN)
		return end_open(g, cut);
	if (g->spec.plain)
		return open_with(g, us_buf_span(&g->held));
	if (!g->held.n)
		return refuse(g, US_CAUSE_EMPTY);
	if (g->reader.framing == US_FRAMING_WHOLE)
		return judge_document(g);
	us_reader_end(&g->reader);
	if (g->track && !us_reader_broke(&g->reader)) {
		us_track_release(g->track);
		g->unsafe = 0;
	}
	judge_stream(g);
	return g->state == US_GATE_HELD ? refuse(g, US_CAUSE_CUT) : g->state;
}

bool us_gate_complete(const struct us_gate *g)
{
	const struct us_reader *r = &g->reader;

	if (g->state != US_GATE_OPEN)
		return false;
	if (!g->reading || !us_framing_is_stream(r->framing))
		return true;
	/* What the own provider says in its own words, errors included, is the program's to read.
	 */
	return g->spec.own ? r->clean || r->failed || r->rc : r->clean && !r->failed;
}

const struct us_hub_err *us_gate_error(struct us_gate *g)
{
	struct us_doc doc = { 0 };
	struct us_hub_err err = { 0 };

	if (g->spec.plain)
		return NULL;
	if (g->reading || g->status < 400)
		return g->reading && g->reader.failed ? &g->reader.err : NULL;
	us_reader_init(&g->reader, g->spec.from, US_FRAMING_WHOLE, (struct us_sink){ 0 });
	g->reading = true;
	if (us_doc_parse(&doc, us_buf_span(&g->held)) == 0 &&
	    g->spec.from->decode_error(us_doc_root(&doc), &g->reader.arena, &err)) {
		g->reader.failed = true;
		g->reader.err = err; /* spans into `held` and the arena */
	}
	us_doc_fini(&doc);
	return g->reader.failed ? &g->reader.err : NULL;
}

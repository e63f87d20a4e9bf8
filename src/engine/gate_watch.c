/* gate_watch.c - a stream whose delivery is followed event by event
 *
 *      what came:  |event|event|event|call begins|half an ev
 *                  |--- released ----|- unsafe -----------|
 *                                                |- part -|
 *
 * What is not safe yet waits in `held`; of a translated stream nothing does, for the track holds
 * the events themselves.
 */
#include "engine/gate_watch.h"

/* From now on its bytes flow as they come, or as the writer makes them. */
void us_gate_unwatch(struct us_gate *g)
{
	if (!g->track)
		return;
	g->reader.next =
		g->writer ? (struct us_sink){ us_writer_put, g->writer } : (struct us_sink){ 0 };
	if (!g->spec.track)
		us_track_free(g->track);
	g->track = NULL;
}

/* Lines are whole with their end. */
static bool is_between(const struct us_gate *g, struct us_span read)
{
	return us_reader_between(&g->reader) &&
	       (g->reader.framing != US_FRAMING_NDJSON || (read.n && read.p[read.n - 1] == '\n'));
}

/* Reads event by event, and notes how far what came may be released. */
static void read_watched(struct us_gate *g, struct us_span in)
{
	const char *from = in.p;
	bool more = true;

	g->part += in.n;
	g->unsafe += in.n;
	while (more) {
		more = us_reader_next(&g->reader, &in);
		if (us_reader_broke(&g->reader))
			break;
		if (!is_between(g, us_span(from, (size_t)(in.p - from))))
			continue;
		g->part = in.n;
		if (!g->writer && us_track_ready(g->track) && !us_reader_owes(&g->reader)) {
			us_track_release(g->track);
			us_reader_place(&g->reader, &g->place);
			g->unsafe = in.n;
		}
	}
	if (g->reader.rc && !g->writer) { /* it is too much for us, and its provider's own to say */
		us_gate_unwatch(g);
		g->unsafe = 0;
	}
}

void us_gate_read_on(struct us_gate *g, struct us_span bytes, bool *whole)
{
	us_reader_sniff(&g->reader, bytes);
	if (g->track && us_framing_is_stream(g->reader.framing))
		read_watched(g, bytes);
	else
		us_reader_feed(&g->reader, bytes, whole);
}

/* What was released by the last call is let go of. */
void us_gate_let_go(struct us_gate *g)
{
	us_buf_eat(&g->held, g->eat);
	g->eat = 0;
}

/* The very bytes, as far as they are safe; the rest waits in `held`. Beyond its ceiling nothing
 * waits. */
void us_gate_hand_on(struct us_gate *g, struct us_span bytes)
{
	size_t safe;

	if (!g->held.n && g->unsafe <= bytes.n) {
		safe = bytes.n - g->unsafe;
		g->release_body = us_span(bytes.p, safe);
		us_buf_add(&g->held, bytes.p + safe, g->unsafe);
		return;
	}
	if (us_buf_add_span(&g->held, bytes)) {
		g->reader.rc = g->held.err; /* they are lost: it has broken off */
		g->unsafe = g->held.n;
	} else if (g->held.n > g->spec.hold_max) {
		us_gate_unwatch(g);
		g->unsafe = 0;
	}
	g->eat = g->held.n - g->unsafe;
	g->release_body = us_span(g->held.p, g->eat);
}

bool us_gate_broke(const struct us_gate *g)
{
	return g->state == US_GATE_OPEN && g->track && us_reader_broke(&g->reader);
}

struct us_track *us_gate_take(struct us_gate *g, struct us_writer **writer)
{
	struct us_track *t = g->track;

	us_gate_let_go(g);
	us_track_drop(t);
	*writer = g->writer;
	g->track = NULL;
	g->writer = NULL;
	return t;
}

void us_gate_give_in(struct us_gate *g)
{
	static const struct us_ev cut = { .kind = US_EV_END };
	struct us_ev err = { .kind = US_EV_ERROR, .err = g->reader.err };

	us_gate_let_go(g);
	us_gate_unwatch(g);
	g->release_head = us_span("", 0);
	if (!g->writer) {
		g->eat = g->held.n;
		g->release_body = us_buf_span(&g->held);
		return;
	}
	us_buf_clear(&g->writer->out);
	if (g->reader.failed)
		us_writer_put(g->writer, &err);
	us_writer_put(g->writer, &cut);
	g->release_body = us_buf_span(&g->writer->out);
}

bool us_gate_waits(const struct us_gate *g)
{
	return g->spec.track && g->reading && us_joint_waits(&g->joint);
}

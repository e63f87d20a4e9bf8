/* play.c - feeds a recorded answer to a reader, in pieces */
#include "play.h"

static size_t all_at_once(struct us_span body, size_t at, struct us_rand *chance) { return body.n; }

static size_t byte_by_byte(struct us_span body, size_t at, struct us_rand *chance)
{
	return at + 1;
}

/* Mostly short, at times long. */
static size_t at_random(struct us_span body, size_t at, struct us_rand *chance)
{
	return at + us_rand_between(chance, 1, us_rand_between(chance, 1, 2000));
}

/* Does an event end right before `at`? Where lines are documents, each is one. */
static bool is_border(struct us_span body, size_t at)
{
	struct us_span before = us_span(body.p, at);

	if (us_span_starts(body, "["))
		return us_span_ends(before, ",\r\n");
	if (us_span_starts(body, "{"))
		return us_span_ends(before, "\n");
	return us_span_ends(before, "\n\n") || us_span_ends(before, "\r\n\r\n");
}

size_t event_end(struct us_span body, size_t at)
{
	size_t end = at + 1;

	while (end < body.n && !is_border(body, end))
		end++;
	return end;
}

static size_t at_borders(struct us_span body, size_t at, struct us_rand *chance)
{
	return event_end(body, at);
}

static size_t before_borders(struct us_span body, size_t at, struct us_rand *chance)
{
	return event_end(body, at + 1) - 1;
}

static size_t after_borders(struct us_span body, size_t at, struct us_rand *chance)
{
	return at ? event_end(body, at - 1) + 1 : event_end(body, at) + 1;
}

const struct chunking chunkings[] = {
	{ "whole", all_at_once, 0 },
	{ "byte by byte", byte_by_byte, 0 },
	{ "cut at the borders of events", at_borders, 0 },
	{ "cut one byte before the borders", before_borders, 0 },
	{ "cut one byte after the borders", after_borders, 0 },
	{ "in random pieces", at_random, 1 },
	{ "in other random pieces", at_random, 2 },
	{ "in yet other random pieces", at_random, 3 },
};
const size_t nchunkings = US_COUNT(chunkings);

/* A document is whole with its last byte that is not blank, and not before. */
static void check_whole(struct played *p, struct us_span all, size_t fed, bool whole)
{
	bool is = fed >= (size_t)(us_span_trim(all).p - all.p) + us_span_trim(all).n;

	if (whole != is && !p->trouble)
		p->trouble = whole ? "a document was called whole too early"
		                   : "a whole document was not known for one";
}

struct played play_part(const struct recording *rec, size_t n, const struct chunking *how,
                        struct us_sink to)
{
	struct us_span body = us_span(rec->answer.p, n);
	struct us_rand chance = { how->seed };
	struct played p = { 0 };
	struct us_reader r;
	bool whole = false;

	us_reader_init(&r, rec->dialect, us_framing_of(rec->type), to);
	for (size_t at = 0, end; at < n && !p.rc; at = end) {
		end = how->next(body, at, &chance);
		end = end < n ? end : n;
		p.rc = us_reader_feed(&r, us_span(body.p + at, end - at), &whole);
		if (!rec->stream && !p.rc)
			check_whole(&p, rec->answer, end, whole);
		if (whole)
			break;
	}
	if (us_framing_is_stream(r.framing) != rec->stream)
		p.trouble = "the framing was not recognised";
	if (!rec->stream && !p.rc)
		p.rc = us_reader_document(&r, body);
	if (!p.rc)
		p.rc = us_reader_end(&r);
	p.clean = r.clean;
	p.failed = r.failed;
	us_reader_fini(&r);
	return p;
}

struct played play(const struct recording *rec, const struct chunking *how, struct us_sink to)
{
	return play_part(rec, rec->answer.n, how, to);
}

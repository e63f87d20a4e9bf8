/* answers.c - answers of real providers, in any chunking and in the other dialect */
#include "groups.h"

#include "../unit/events.h"
#include "programs.h"

/* The ways in which a program can come to know an answer; all must say the same. */
enum way { SUM, STREAM, DOCUMENT, STREAM_AGAIN, DOCUMENT_AGAIN, WAYS };
static const char *const ways[WAYS] = { "the sum of the events", "the stream", "the document",
	                                "the stream read back", "the document read back" };

static bool is_answer(const struct recording *rec) { return rec->status < 400 && rec->answer.n; }

static void same_events(struct report *r, const struct recording *rec, const struct chunking *how,
                        struct events *first)
{
	struct events e;
	struct played p;
	const char *broken;

	events_init(&e);
	p = play(rec, how, (struct us_sink){ events_put, &e });
	broken = p.trouble ? p.trouble : e.ended ? events_broken(&e) : NULL;
	r->checks++;
	if (p.rc)
		report_fail(r, rec->file, "%s: %s", how->name, us_err_text(p.rc));
	else if (broken)
		report_fail(r, rec->file, "%s: not so: %s", how->name, broken);
	else if (first->lines.n && strcmp(events_text(first), events_text(&e)) != 0)
		report_fail(r, rec->file, "%s: other events than whole", how->name);
	if (first->lines.n) {
		events_fini(&e);
		return;
	}
	events_fini(first);
	*first = e;
}

void in_any_chunking(struct report *r, const struct recording *rec)
{
	struct events first;

	if (!is_answer(rec))
		return;
	r->files++;
	events_init(&first);
	for (size_t i = 0; i < nchunkings; i++)
		same_events(r, rec, &chunkings[i], &first);
	events_fini(&first);
}

/* What our own decoder of the program's dialect makes of it. */
static void read_back(const struct program *p, const struct told *t, bool stream, struct heard *h)
{
	const struct us_dialect *d = p->listener->dialect;
	const char *type = us_framing_type(stream ? program_framing(p) : US_FRAMING_WHOLE);
	struct recording again = { .dialect = d,
		                   .type = us_span_of(type),
		                   .answer = us_buf_span(&t->bytes),
		                   .stream = stream };
	struct played played = program_expect(p, &again, h);

	heard_must(h, !played.rc && !played.trouble, "what we wrote can be read by us");
	heard_must(h, played.clean, "what we wrote is complete to us");
}

static void listen(const struct program *p, const struct recording *rec, bool stream,
                   struct heard *h, struct heard *again)
{
	struct told t = program_tell(p, rec, rec->answer.n, stream);

	heard_must(h, !t.played.rc, "the answer can be written");
	heard_must(h, !t.played.trouble, "the writer knows when it is done");
	program_hear(p, &t, stream, h);
	heard_must(h, h->done == t.played.clean, "all of it is told, or its end is not");
	if (h->done)
		read_back(p, &t, stream, again);
	told_fini(&t);
}

/* Of an answer that has no good end, a stream tells the beginning and a document nothing. */
static void compare(struct report *r, const struct recording *rec, const struct program *p,
                    const struct heard *heard)
{
	bool whole = heard[SUM].done;

	for (size_t i = STREAM; i < WAYS; i++) {
		const char *in = whole ? heard_differs(&heard[i], &heard[SUM]) : NULL;

		r->checks++;
		if (heard[i].broken)
			report_fail(r, rec->file, "%s, %s: not so: %s", p->name, ways[i],
			            heard[i].broken);
		else if (!whole && (in = heard_goes_beyond(&heard[i], &heard[SUM])))
			report_fail(r, rec->file, "%s, %s: more than came: %s", p->name, ways[i],
			            in);
		else if (in)
			report_fail(r, rec->file, "%s, %s: differs in %s", p->name, ways[i], in);
	}
	if (whole && !us_span_eq(heard[STREAM].id, heard[DOCUMENT].id))
		report_fail(r, rec->file, "%s: other ids in the document", p->name);
}

void answer_is_told(struct report *r, const struct recording *rec, const struct program *p)
{
	struct heard heard[WAYS];

	for (size_t i = 0; i < WAYS; i++)
		heard_init(&heard[i]);
	program_expect(p, rec, &heard[SUM]);
	listen(p, rec, true, &heard[STREAM], &heard[STREAM_AGAIN]);
	listen(p, rec, false, &heard[DOCUMENT], &heard[DOCUMENT_AGAIN]);
	compare(r, rec, p, heard);
	report_count(r, heard[SUM].done ? "whole" : "broken off");
	for (size_t i = 0; i < WAYS; i++)
		heard_fini(&heard[i]);
}

/* No program of the other dialect can have a tool that takes anything but JSON. */
static bool calls_free_form(const struct recording *rec)
{
	return us_span_has(rec->answer, "\"type\": \"custom\"") ||
	       us_span_has(rec->answer, "\"type\": \"custom_tool_call\"");
}

void in_the_other_dialect(struct report *r, const struct recording *rec)
{
	if (!is_answer(rec) || calls_free_form(rec))
		return;
	r->files++;
	for (size_t i = 0; i < nprograms; i++)
		if (programs[i].listener->dialect != rec->dialect)
			answer_is_told(r, rec, &programs[i]);
}

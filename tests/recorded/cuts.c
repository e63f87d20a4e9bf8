/* cuts.c - streams that end too early
 *
 * Cut after and within each event, a stream is either told to its end, because nothing of the
 * answer was in what is missing, or told so far and ended in an error. Of long streams not every
 * event is cut: reading them anew for each takes time that grows with the square of the length.
 */
#include "groups.h"

#include "programs.h"

#define CUTS_MAX 100 /* events that are cut, per stream */

struct cut {
	const struct recording *rec;
	const struct program *program;
	const struct heard *whole;
	size_t at;
};

/* A server that says for each call why it stopped has ended once already when the second begins. */
static bool ends_again(const struct cut *c)
{
	struct us_span rest = us_span(c->rec->answer.p + c->at, c->rec->answer.n - c->at);

	return us_span_has(rest, "\"finish_reason\":\"");
}

/* What is wrong with what the program heard; NULL: nothing. */
static const char *judge(const struct cut *c, const struct told *t, struct heard *h)
{
	if (t->played.rc || t->played.trouble)
		return t->played.rc ? us_err_text(t->played.rc) : t->played.trouble;
	if (h->broken)
		return h->broken;
	h->usage.known = 0; /* counts may have come after the cut */
	if (h->done && !ends_again(c))
		return heard_differs(h, c->whole);
	return heard_goes_beyond(h, c->whole);
}

static void play_cut(struct report *r, const struct cut *c)
{
	struct told t = program_tell(c->program, c->rec, c->at, true);
	struct told document = program_tell(c->program, c->rec, c->at, false);
	struct heard h;
	const char *wrong;

	heard_init(&h);
	program_hear(c->program, &t, true, &h);
	wrong = judge(c, &t, &h);
	if (!wrong && h.done != (document.bytes.n > 0))
		wrong = "a document is told if it is whole";
	r->checks++;
	if (wrong)
		report_fail(r, c->rec->file, "%s, cut at %zu of %zu: %s", c->program->name, c->at,
		            c->rec->answer.n, wrong);
	report_count(r, h.done ? "whole all the same" : "ended in an error");
	heard_fini(&h);
	told_fini(&document);
	told_fini(&t);
}

static size_t count_events(struct us_span body)
{
	size_t n = 0;

	for (size_t at = 0; at < body.n; at = event_end(body, at))
		n++;
	return n;
}

static void cut(struct report *r, const struct recording *rec, const struct program *p)
{
	size_t step = count_events(rec->answer) / CUTS_MAX + 1, n = 0;
	struct told t = program_tell(p, rec, rec->answer.n, true);
	struct heard whole;
	struct cut c = { rec, p, &whole, 0 };

	if (step > 1)
		report_count(r, "long streams cut at some of their events only");
	heard_init(&whole);
	program_hear(p, &t, true, &whole);
	for (size_t at = 0, end; at < rec->answer.n; at = end, n++) {
		end = event_end(rec->answer, at);
		if (n % step)
			continue;
		c.at = at + (end - at) / 2;
		play_cut(r, &c);
		c.at = end;
		play_cut(r, &c);
	}
	heard_fini(&whole);
	told_fini(&t);
}

void cut_after_each_event(struct report *r, const struct recording *rec)
{
	if (!rec->stream || rec->status >= 400)
		return;
	r->files++;
	for (size_t i = 0; i < nprograms; i++)
		if (programs[i].listener->dialect != rec->dialect)
			cut(r, rec, &programs[i]);
}

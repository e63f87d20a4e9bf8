/* test_pairs.c - each dialect's program with each dialect's provider
 *
 * A question is put into the program's dialect, translated for the provider, judged and answered by
 * the stand-in, and the answer translated back: whole and streamed, in any chunking, cut short. All
 * of it is one loop over the table of dialects: a new row is tried with all others.
 */
#include "asks.h"
#include "said.h"
#include "tales.h"

#include "../recorded/groups.h"
#include "../recorded/programs.h"
#include "../recorded/stand_in.h"
#include "wire/profile.h"
#include "wire/translate.h"
#include "wire/writer.h"

#include <stdlib.h>

#define ALL_MAX ((size_t)64 << 20)
/* Questions, answers, and streams that are cut, by chance. */
#define ASKS 60
#define TALES 25
#define CUTS 3

/* A request of a dialect, as its programs send it. */
struct asked {
	const struct us_dialect *dialect;
	struct us_in_url url;
	struct us_span body;
	struct us_request q;
	bool open;
};

static void asked_init(struct asked *k, const struct us_dialect *d, const struct us_rendered *r,
                       const struct us_req *from, enum us_framing framing)
{
	*k = (struct asked){ .dialect = d, .body = us_buf_span(&r->body), .open = true };
	if (d->model_in_url)
		k->url = (struct us_in_url){ r->to.model_name,
			                     from->stream == US_YES ? US_YES : US_NO, framing };
	us_request_init(&k->q, d, &k->url, k->body);
}

static void asked_fini(struct asked *k)
{
	if (k->open)
		us_request_fini(&k->q);
}

/* One question on its way from a program to a provider and back. */
struct way {
	struct report *report;
	const char *name;
	struct us_arena arena;
	const struct program *program;
	struct us_rendered own, sent; /* to its own provider's dialect; to the other's */
	struct asked asked;           /* what the program sends */
	const struct us_dialect *to;
};

static struct us_arena names; /* of what failed: they outlive the way */

static void fail(struct way *w, const char *what, struct us_span why)
{
	report_fail(w->report,
	            us_arena_printf(&names, "%s, %s to %s", w->name, w->program->name,
	                            w->to ? w->to->name : "its own provider"),
	            "%s: %.*s", what, (int)why.n, why.p);
}

static enum us_loss render(const struct us_request *q, const struct us_dialect *to,
                           struct us_rendered *out)
{
	struct us_target target = { .dialect = to,
		                    .model = us_span_of(stand_in_model(to)),
		                    .profile = us_profile_official };

	return us_request_render(q, &target, out);
}

static struct question question_of(struct way *w, const struct us_dialect *d,
                                   const struct us_rendered *r, enum us_framing framing)
{
	bool stream = w->asked.q.req.stream == US_YES;

	return (struct question){
		.dialect = d,
		.path = us_arena_printf(&w->arena, "/models/%s:%s", stand_in_model(d),
		                        stream ? "streamGenerateContent" : "generateContent"),
		.query = framing == US_FRAMING_ARRAY ? us_span("", 0) : US_SPAN("alt=sse"),
		.body = us_buf_span(&r->body),
	};
}

/* The framing in which the program reads its streams. */
static enum us_framing framing_of(const struct program *p)
{
	return p->listener->framing ? p->listener->framing : p->listener->dialect->framing;
}

/* The program's own request. False: it can't be said in its dialect, or is not understood. */
static bool begin(struct way *w, const struct us_request *q)
{
	const struct us_dialect *d = w->program->listener->dialect;

	if (q->dialect != d && render(q, d, &w->own) == US_IMPOSSIBLE) {
		fail(w, "its dialect can't say it", us_span("", 0));
		return false;
	}
	if (q->dialect == d) {
		us_buf_init(&w->own.body, ALL_MAX);
		us_buf_add_span(&w->own.body, q->body);
	}
	asked_init(&w->asked, d, &w->own, &q->req, framing_of(w->program));
	if (w->asked.q.rc)
		fail(w, "its own dialect does not read it", us_span_of(us_err_text(w->asked.q.rc)));
	return !w->asked.q.rc;
}

/* The line of `b` in which the two begin to differ. */
static struct us_span first_other(struct us_span a, struct us_span b)
{
	struct us_span x, y;

	while (us_span_next(&a, '\n', &x) && us_span_next(&b, '\n', &y))
		if (!us_span_eq(x, y))
			return us_arena_printf(&names, "\"%.*s\" is now \"%.*s\"", (int)x.n, x.p,
			                       (int)y.n, y.p);
	return US_SPAN("there is more or less of it");
}

static void compare(struct way *w, const struct us_req *a, const struct us_req *b, bool exact)
{
	struct us_buf x, y;

	us_buf_init(&x, ALL_MAX);
	us_buf_init(&y, ALL_MAX);
	said_talk(a, &x);
	said_talk(b, &y);
	if (exact) {
		said_rules(a, &x);
		said_rules(b, &y);
		said_rest(a, &x);
		said_rest(b, &y);
	}
	w->report->checks++;
	if (!us_span_eq(us_buf_span(&x), us_buf_span(&y)))
		fail(w, "something else arrives", first_other(us_buf_span(&x), us_buf_span(&y)));
	us_buf_fini(&x);
	us_buf_fini(&y);
}

static bool tells(const struct us_rendered *r, const char *code)
{
	for (size_t i = 0; i < r->diags.n; i++)
		if (strcmp(r->diags.list[i].code, code) == 0)
			return true;
	return false;
}

/* Translates the request. True: the provider accepts it and understands it as it was meant. */
static bool send(struct way *w, const struct us_dialect *to, struct question *q)
{
	enum us_loss loss = render(&w->asked.q, to, &w->sent);
	struct asked arrived = { .open = false };
	struct us_span no;

	w->to = to;
	w->report->checks++;
	report_count(w->report, loss == US_EXACT ? "exact" : "with a loss that is told");
	if (loss == US_IMPOSSIBLE) {
		fail(w, "it can't be carried", us_span_of(w->sent.diags.list[0].code));
		return false;
	}
	*q = question_of(w, to, &w->sent, to->framing);
	no = stand_in_refuses(q, &w->arena);
	if (no.n) {
		fail(w, "it is refused", no);
		return false;
	}
	asked_init(&arrived, to, &w->sent, &w->asked.q.req, to->framing);
	if (arrived.q.rc)
		fail(w, "it is not understood", us_span_of(us_err_text(arrived.q.rc)));
	else if (!tells(&w->sent, "HALF_CHARACTER"))
		compare(w, &w->asked.q.req, &arrived.q.req, loss == US_EXACT);
	asked_fini(&arrived);
	return true;
}

/* What the program would have heard of its own provider. Ids, names of models and counts are each
 * provider's own. */
static void expect_same(struct way *w, const struct program *p, const struct recording *theirs)
{
	struct question q = question_of(w, p->listener->dialect, &w->own, framing_of(w->program));
	struct recording own;
	struct heard direct, via;
	const char *in;

	heard_init(&direct);
	heard_init(&via);
	if (!stand_in_answers(&q, &own, &w->arena)) {
		fail(w, "its own provider refuses it", stand_in_refuses(&q, &w->arena));
	} else {
		program_expect(p, &own, &direct);
		program_expect(p, theirs, &via);
		for (size_t i = 0; i < direct.ncalls && i < via.ncalls; i++)
			direct.calls[i].id = via.calls[i].id = us_span("", 0);
		direct.id = direct.model = us_span("", 0);
		direct.usage.known = 0;
		in = heard_differs(&via, &direct);
		w->report->checks++;
		if (in)
			fail(w, "another answer than its own provider's", us_span_of(in));
	}
	heard_fini(&direct);
	heard_fini(&via);
}

static void play_back(struct way *w, const struct question *q)
{
	struct program p = { w->program->name, w->program->listener, w->asked.q.req };
	struct recording answer;

	if (!stand_in_answers(q, &answer, &w->arena))
		return;
	answer.file = us_arena_printf(&names, "%s, %s from %s", w->name, p.name, w->to->name);
	in_any_chunking(w->report, &answer);
	answer_is_told(w->report, &answer, &p);
	if (w->sent.diags.worst == US_EXACT)
		expect_same(w, &p, &answer);
}

/* --- groups ----------------------------------------------------------------------------------- */

typedef void each(struct report *r, const struct program *p, const struct us_dialect *to);

static void go(struct report *r, const struct program *p, const struct us_dialect *to,
               const char *name, struct us_span body, bool back)
{
	struct way w = { .report = r, .name = name, .program = p };
	struct us_request q;
	struct question question;

	us_arena_init(&w.arena, ALL_MAX);
	us_request_init(&q, &us_openai, NULL, body);
	if (begin(&w, &q) && send(&w, to, &question) && back)
		play_back(&w, &question);
	asked_fini(&w.asked);
	us_rendered_fini(&w.own);
	us_rendered_fini(&w.sent);
	us_request_fini(&q);
	us_arena_fini(&w.arena);
}

static void by_hand(struct report *r, const struct program *p, const struct us_dialect *to)
{
	const char *name;

	for (size_t i = 0, more = true; more; i++)
		for (unsigned stream = 0; stream < 2; stream++) {
			struct us_buf body;

			us_buf_init(&body, ALL_MAX);
			more = ask_by_hand(i, stream, &body, &name);
			if (more)
				go(r, p, to, name, us_buf_span(&body), true);
			us_buf_fini(&body);
		}
}

static void by_chance(struct report *r, const struct program *p, const struct us_dialect *to)
{
	for (uint64_t seed = 0; seed < ASKS; seed++) {
		struct us_rand chance = { seed };
		struct us_buf body;
		char name[32];

		us_buf_init(&body, ALL_MAX);
		snprintf(name, sizeof(name), "seed %u", (unsigned)seed);
		ask_by_chance(&chance, &body);
		go(r, p, to, name, us_buf_span(&body), false);
		us_buf_fini(&body);
	}
}

/* An answer of a dialect, as its own programs are told it. */
static bool tell(const struct us_dialect *d, enum us_framing framing, uint64_t seed, bool stream,
                 struct us_arena *a, struct recording *out)
{
	struct us_req asked = { .stream_usage = true };
	struct us_look look = { .req = &asked,
		                .model = US_SPAN("m"),
		                .seed = seed,
		                .now_s = 1700000000,
		                .framing = framing };
	struct us_writer *w = us_writer_new(d, &look, NULL, stream, ALL_MAX);
	struct us_rand chance = { seed };

	if (!w)
		return false;
	tell_by_chance(&chance, (struct us_sink){ us_writer_put, w });
	*out = (struct recording){
		.dialect = d,
		.status = 200,
		.stream = stream,
		.type = us_span_of(us_framing_type(stream ? framing : US_FRAMING_WHOLE)),
		.answer = us_arena_copy(a, us_buf_span(&w->out)),
		.file = us_arena_printf(&names, "seed %u from %s, %s", (unsigned)seed, d->name,
		                        stream ? "streamed" : "whole")
	};
	us_writer_free(w);
	return true;
}

/* Who reads its own streams so is who writes them so. */
static void tell_all(struct report *r, uint64_t n,
                     void (*play_one)(struct report *, const struct recording *))
{
	for (size_t i = 0; i < nprograms; i++)
		for (uint64_t seed = 0; seed < n; seed++)
			for (unsigned stream = 0; stream < 2; stream++) {
				struct recording rec;
				struct us_arena a;

				us_arena_init(&a, ALL_MAX);
				if (tell(programs[i].listener->dialect, framing_of(&programs[i]),
				         seed, stream, &a, &rec))
					play_one(r, &rec);
				us_arena_fini(&a);
			}
}

static void to_all(struct report *r, const struct recording *rec)
{
	in_any_chunking(r, rec);
	for (size_t i = 0; i < nprograms; i++)
		answer_is_told(r, rec, &programs[i]);
}

static void tell_to_all(struct report *r, each *unused) { tell_all(r, TALES, to_all); }

static void cut_for_all(struct report *r, each *unused) { tell_all(r, CUTS, cut_after_each_event); }

static void all_pairs(struct report *r, each *go_each)
{
	const struct us_dialect *to;

	for (size_t i = 0; i < nprograms; i++)
		for (size_t k = 0; (to = us_dialect_at(k)); k++) {
			r->files++;
			go_each(r, &programs[i], to);
		}
}

/* Each dialect has somebody who listens to it and somebody who answers in it. */
static void all_are_there(struct report *r, each *unused)
{
	const struct us_dialect *d;

	for (size_t k = 0; (d = us_dialect_at(k)); k++) {
		bool heard = false;

		for (size_t i = 0; i < nprograms; i++)
			heard |= programs[i].listener->dialect == d;
		r->files++;
		r->checks++;
		if (!heard || !stand_in_model(d))
			report_fail(r, us_span_of(d->name), "nobody here speaks it");
	}
}

static const struct {
	const char *name, *of;
	void (*run)(struct report *r, each *play);
	each *play;
} groups[] = {
	{ "each dialect is spoken here", "dialects", all_are_there, NULL },
	{ "a question and its answer are the same by way of each dialect", "ways", all_pairs,
	  by_hand },
	{ "answers by chance are told in each dialect, whole and streamed", "answers", tell_to_all,
	  NULL },
	{ "what is cut short in one dialect does not end well in another", "streams", cut_for_all,
	  NULL },
	{ "questions by chance arrive in each dialect as they were asked", "pairs", all_pairs,
	  by_chance },
};

int main(void)
{
	bool ok = true;

	us_arena_init(&names, ALL_MAX);
	printf("1..%zu\n", US_COUNT(groups));
	for (size_t i = 0; i < US_COUNT(groups); i++) {
		struct report r;

		report_init(&r);
		r.of = groups[i].of;
		groups[i].run(&r, groups[i].play);
		ok &= report_print(&r, (unsigned)i + 1, groups[i].name);
		fflush(stdout);
	}
	us_arena_fini(&names);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

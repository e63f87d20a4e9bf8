/* ways.c - a question on its way from a program to another's provider, and its answer back */
#include "ways.h"

#include "said.h"

#include "../recorded/groups.h"
#include "../recorded/stand_in.h"
#include "wire/profile.h"
#include "wire/translate.h"

#define ALL_MAX ((size_t)64 << 20)

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
	struct us_arena *names;
	const char *name;
	struct us_arena arena;
	const struct program *program;
	struct us_rendered own, sent; /* to its own provider's dialect; to the other's */
	struct asked asked;           /* what the program sends */
	const struct us_dialect *to;
};

static void fail(struct way *w, const char *what, struct us_span why)
{
	report_fail(w->report,
	            us_arena_printf(w->names, "%s, %s to %s", w->name, w->program->name,
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
	asked_init(&w->asked, d, &w->own, &q->req, program_framing(w->program));
	if (w->asked.q.rc)
		fail(w, "its own dialect does not read it", us_span_of(us_err_text(w->asked.q.rc)));
	return !w->asked.q.rc;
}

/* The line of `b` in which the two begin to differ. */
static struct us_span first_other(struct us_span a, struct us_span b, struct us_arena *names)
{
	struct us_span x, y;

	while (us_span_next(&a, '\n', &x) && us_span_next(&b, '\n', &y))
		if (!us_span_eq(x, y))
			return us_arena_printf(names, "\"%.*s\" is now \"%.*s\"", (int)x.n, x.p,
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
		fail(w, "something else arrives",
		     first_other(us_buf_span(&x), us_buf_span(&y), w->names));
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
	struct question q =
		question_of(w, p->listener->dialect, &w->own, program_framing(w->program));
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
	answer.file = us_arena_printf(w->names, "%s, %s from %s", w->name, p.name, w->to->name);
	in_any_chunking(w->report, &answer);
	answer_is_told(w->report, &answer, &p);
	if (w->sent.diags.worst == US_EXACT)
		expect_same(w, &p, &answer);
}

void way_go(struct report *r, const struct program *p, const struct us_dialect *to,
            const char *name, struct us_span body, bool back, struct us_arena *names)
{
	struct way w = { .report = r, .names = names, .name = name, .program = p };
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

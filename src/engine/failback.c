/* failback.c - what stand-ins said comes back in the next request */
#include "engine/failback.h"

#include "engine/call_state.h"
#include "engine/choose.h"
#include "state/shelf.h"
#include "wire/back.h"
#include "wire/mint.h"

#define ANSWER_MAX ((size_t)16 << 20)

static const struct us_back *row(const struct us_call *c)
{
	return c->own->tool ? NULL : c->own->dialect->back;
}

static bool goes_on_by_id(const struct us_call *c)
{
	return row(c) && row(c)->previous && c->env.shelf && c->env.shelf->dir && c->env.shelf->max;
}

void us_failback_forget(struct us_said *said)
{
	if (said->keeps)
		us_resp_fini(&said->answer);
	said->keeps = false;
}

void us_failback_fini(struct us_call *c)
{
	struct us_failback *b = &c->back;

	us_buf_fini(&b->body);
	us_buf_fini(&b->before);
	us_failback_forget(&c->first_said);
	*b = (struct us_failback){ 0 };
}

/* Bodies that a program hands out piece by piece are asked for before their time only where
 * somebody has ever stood in. */
bool us_failback_may_matter(const struct us_call *c)
{
	struct us_slot *s;

	if (c->own->tool)
		return false;
	for (size_t i = 0; (s = us_page_nth(c->env.page, i)); i++)
		if (atomic_load_explicit(&s->count[US_COUNT_stood_in], memory_order_relaxed))
			return true;
	return false;
}

/* --- what was said before -------------------------------------------------------------------- */

static uint64_t unix_s(const struct us_call *c, uint64_t now)
{
	return (now + c->env.unix_offset_ms) / 1000;
}

/* The room that a conversation may take: as much as a body, and all that may be kept. */
static size_t room(const struct us_call *c) { return c->env.conf->body_max + c->env.shelf->max; }

/* The same request, read from another text. */
static void read_again(struct us_call *c, struct us_span body)
{
	us_request_fini(c->request);
	us_request_init(c->request, c->own->dialect, &c->own->in_url, body);
}

void us_failback_complete(struct us_call *c)
{
	struct us_failback *b = &c->back;
	struct us_span id;

	if (c->request->rc || !goes_on_by_id(c))
		return;
	id = row(c)->previous(us_doc_root(&c->request->doc), &c->request->arena);
	if (!id.n)
		return;
	us_buf_init(&b->before, room(c));
	us_buf_init(&b->body, room(c));
	if (us_shelf_get(c->env.shelf, id, unix_s(c, c->began), &b->before) ||
	    us_back_expand(c->request, us_buf_span(&b->before), &b->body)) {
		us_buf_fini(&b->before);
		us_buf_fini(&b->body);
		return;
	}
	b->expanded = true;
	read_again(c, us_buf_span(&b->body));
}

/* --- what the own provider is sent ----------------------------------------------------------- */

static void send_instead(struct us_call *c, struct us_buf *body, const char *word)
{
	struct us_candidate *own = &c->plan.own;

	own->request.body = *body;
	own->request.to.model_name = own->model;
	own->rendered = true;
	us_course_note(c, own, (struct us_note){ .kind = US_NOTE_BACK, .word = word });
}

/* `q` as it can be accepted; `changed` already, from what the program sent. */
static void mend(struct us_call *c, const struct us_request *q, bool changed)
{
	struct us_buf out;
	int rc;

	us_buf_init(&out, q->body.n + 1);
	rc = us_back_mend(q, &c->back.loop, &out);
	if (rc == US_ENOENT && changed) {
		us_buf_clear(&out);
		rc = us_buf_add_span(&out, q->body);
	}
	if (rc)
		us_buf_fini(&out);
	else
		send_instead(c, &out, changed ? "CONVERSATION_EXPANDED" : row(c)->code);
}

/* From an id that is the own provider's it goes on by itself. */
static void mend_unexpanded(struct us_call *c)
{
	struct us_request q;

	us_request_init(&q, c->own->dialect, &c->own->in_url, c->body);
	if (!q.rc && us_minted(row(c)->previous(us_doc_root(&q.doc), &q.arena)))
		mend(c, c->request, true);
	else if (!q.rc)
		mend(c, &q, false);
	us_request_fini(&q);
}

static void look(struct us_call *c)
{
	if (!c->body.p || c->own->tool || !us_mint_within(c->body) || !us_course_understood(c))
		return;
	c->back.loop = us_loop_of(&c->request->req);
	if (c->back.expanded)
		mend_unexpanded(c);
	else
		mend(c, c->request, false);
}

/* --- whose loop it is ------------------------------------------------------------------------ */

static bool began(const struct us_candidate *who, uint32_t tag)
{
	struct us_span model = who->rendered ? who->request.to.model_name : who->model;

	return us_mint_tag(who->name, model) == tag;
}

static bool follow(struct us_call *c, uint64_t now)
{
	if (!c->back.loop.ours || !c->env.conf->sticky)
		return false;
	us_course_expand(c);
	for (size_t i = 0; i < c->plan.nothers; i++) {
		struct us_candidate *who = &c->plan.others[i];

		if (!us_course_carries(c, who) || !began(who, c->back.loop.tag) ||
		    !us_course_ready(c, who, now) || !us_course_admit(c, who, now))
			continue;
		c->back.follows = true;
		us_course_note(c, who, (struct us_note){ .kind = US_NOTE_FOLLOW });
		us_course_begin(c, who, now);
		return true;
	}
	return false;
}

void us_failback_set_out(struct us_call *c, uint64_t now)
{
	c->back.looked = true;
	look(c);
	if (!follow(c, now))
		us_course_ask_own(c, now);
}

/* --- what was answered ----------------------------------------------------------------------- */

/* A dialect that looks things up by their ids must not be shown those of another server. */
static bool is_foreign(const struct us_call *c)
{
	const struct us_candidate *who = c->cur;

	return !who->own && row(c) && row(c)->previous && !us_span_eq(who->origin, c->own->origin);
}

bool us_failback_echoes(const struct us_call *c)
{
	return !c->cur->own && !c->own->tool && c->env.conf->model_echo == US_ECHO_ASKED;
}

/* The own provider's answers are of interest only where somebody could have to go on from them. */
static bool listens(const struct us_call *c)
{
	return goes_on_by_id(c) && c->body.p && !c->bare && us_plan_has_chain(c->env.conf, c->own);
}

void us_failback_spec(struct us_call *c, struct us_gate_spec *spec)
{
	struct us_said *said = c->said;

	spec->foreign = is_foreign(c) || us_failback_echoes(c);
	us_failback_forget(said);
	said->keeps = listens(c);
	if (!said->keeps)
		return;
	us_resp_init(&said->answer, ANSWER_MAX);
	spec->keep = (struct us_sink){ us_resp_put, &said->answer };
}

/* The id that the program was shown. */
static void add_id(const struct us_call *c, bool minted, struct us_buf *out)
{
	if (minted)
		us_mint(out, row(c)->id, row(c)->id_n, c->said->look.seed, 0);
	else
		us_buf_add_span(out, c->said->answer.id);
}

static void keep(struct us_call *c, uint64_t now)
{
	bool minted = c->gate->writer != NULL;
	struct us_look look = c->said->look;
	struct us_buf id, all;

	look.req = &c->request->req;
	look.own_ids = !minted;
	us_buf_init(&id, 256);
	us_buf_init(&all, c->env.shelf->max);
	add_id(c, minted, &id);
	if (!row(c)->record(us_doc_root(&c->request->doc), &c->said->answer, &look, &all))
		us_shelf_put(c->env.shelf, us_buf_span(&id), us_buf_span(&all), unix_s(c, now));
	us_buf_fini(&id);
	us_buf_fini(&all);
}

/* What went on from an id that nobody here knows can't be told as a whole. */
static bool is_whole(const struct us_call *c)
{
	struct us_request *q = c->request;

	return !row(c)->previous(us_doc_root(&q->doc), &q->arena).n;
}

void us_failback_record(struct us_call *c, uint64_t now)
{
	if (!c->said->keeps || c->shown || c->resume.on || !c->gate || !us_gate_complete(c->gate) ||
	    !c->said->answer.ended || !us_course_understood(c))
		return;
	if (row(c)->keeps(us_doc_root(&c->request->doc)) && is_whole(c))
		keep(c, now);
}

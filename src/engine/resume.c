/* resume.c - a delivered answer broke off: ends it here, or finds somebody who goes on with it
 *
 * The program's stream stays open: what comes next is written as its own provider would have gone
 * on. Each who is asked for the rest goes through the same doors as one who is asked for the whole
 * (breaker, permits, limits, waits); only what they are sent, and what becomes of their answers, is
 * different. When nobody can, the program sees how its stream broke off, as it would without us.
 */
#include "engine/call_state.h"

#include "base/clock.h"
#include "base/mem.h"
#include "engine/backoff.h"

#define TIMES_MAX 2 /* continuations of one answer */

/* --- the state of it ------------------------------------------------------------------------- */

static void forget_request(struct us_resume *r)
{
	us_continuation_fini(&r->rest);
	us_continuation_fini(&r->words);
	r->asks = false;
}

void us_resume_fini(struct us_call *c)
{
	struct us_resume *r = &c->resume;

	if (!r->on)
		return; /* nothing of it was touched */
	forget_request(r);
	for (size_t i = 0; i < r->nold; i++)
		us_rendered_fini(&r->old[i]);
	us_track_free(r->track);
	us_writer_free(r->writer);
	us_buf_fini(&r->tail);
	*r = (struct us_resume){ 0 };
}

/* The request that was read from the program, understood. */
static const struct us_req *asked(const struct us_call *c)
{
	return c->request && !c->request->rc ? &c->request->req : NULL;
}

static void take(struct us_call *c)
{
	struct us_resume *r = &c->resume;
	struct us_gate *g = c->gate;
	struct us_writer *writer;
	struct us_track *t = us_gate_take(g, &writer);

	if (!r->on) {
		r->first = c->cur;
		r->raw = !writer;
		if (r->raw && g->reader.framing == US_FRAMING_SSE)
			r->eol = g->reader.sse.crlf ? US_EOL_CRLF : US_EOL_LF;
		us_buf_init(&r->tail, g->held.max);
	}
	r->track = t;
	r->writer = writer;
	if (!writer)
		us_buf_add_span(&r->tail, us_buf_span(&g->held));
	r->said_end = g->said_end;
	r->place = g->place;
	r->said_error = g->reader.failed && (g->reader.err.type.n || g->reader.err.code.n);
	r->on = true;
	r->times++;
	r->broke = c->cur;
	r->again = false;
	forget_request(r);
}

/* --- ending it here -------------------------------------------------------------------------- */

/* What the program got so far came from a provider's own hand; from now on it is ours. */
static struct us_writer *primed(struct us_call *c)
{
	struct us_resume *r = &c->resume;
	struct us_look look = { .req = asked(c),
		                .model = r->track->said.model,
		                .id = r->track->said.id,
		                .seed = us_rand_next(&c->rand),
		                .now_s = r->track->said.created ? r->track->said.created
		                                                : c->said->look.now_s,
		                .in_estimate = c->body.n / 4,
		                .framing = c->own->in_url.framing };

	if (r->writer)
		return r->writer;
	r->writer = us_writer_new(c->own->dialect, &look, NULL, true, c->env.conf->hold_max);
	if (r->writer && us_track_prime(r->track, r->writer, &r->place)) {
		us_writer_free(r->writer);
		r->writer = NULL;
	}
	if (r->writer)
		r->writer->eol = r->eol;
	r->track->writer = r->writer;
	return r->writer;
}

static void finish_here(struct us_call *c, uint64_t now)
{
	bool ended = c->resume.said_end;
	static const struct us_ev end = { .kind = US_EV_END, .clean = true };
	const struct us_resp *said = &c->resume.track->said;
	bool calls = said->nblocks && said->blocks[said->nblocks - 1].kind == US_TOOL_CALL;
	struct us_ev stop = { .kind = US_EV_STOP, .stop = calls ? US_STOP_TOOL : US_STOP_END };
	struct us_ev close = { .kind = US_EV_BLOCK_CLOSE,
		               .block = calls ? US_TOOL_CALL : US_TEXT,
		               .ix = said->nblocks ? (unsigned)said->nblocks - 1 : 0 };
	struct us_writer *w = primed(c);

	if (!w) {
		us_resume_give_in(c, now);
		return;
	}
	us_buf_clear(&w->out);
	if ((said->in_block && us_writer_put(w, &close)) ||
	    (!said->stopped && us_writer_put(w, &stop)) || (!ended && us_writer_put(w, &end))) {
		us_resume_give_in(c, now);
		return;
	}
	us_course_relay(c, us_span("", 0), us_buf_span(&w->out));
	us_course_note(c, c->cur,
	               (struct us_note){ .kind = US_NOTE_SPLICE,
	                                 .word = "ended here",
	                                 .ms = us_track_bytes(c->resume.track) });
	us_course_finish(c, US_FINISH_OK, US_END_SERVED, now);
}

/* --- going on -------------------------------------------------------------------------------- */

/* A request that was sent may still be pointed at: it is kept until the call is over. */
static void put_aside(struct us_call *c, struct us_candidate *who)
{
	struct us_resume *r = &c->resume;
	struct us_rendered *kept =
		who->rendered ? us_arena_push(&c->plan.arena, &r->old, &r->nold, sizeof(*kept))
			      : NULL;

	if (kept)
		*kept = who->request;
	else
		us_rendered_fini(&who->request);
	who->request = (struct us_rendered){ 0 };
	who->rendered = false;
}

static bool make_request(struct us_call *c)
{
	struct us_resume *r = &c->resume;
	bool call = r->what == US_SPLICE_CALL;

	r->only_words = call && us_splice_repeats(&r->track->said);
	r->asks =
		!us_continuation_init(&r->rest, c->request, r->track,
	                              call ? US_CONTINUE_CALL : US_CONTINUE_TEXT) &&
		(!call || !us_continuation_init(&r->words, c->request, r->track, US_CONTINUE_ARGS));
	if (!r->asks)
		return false;
	for (size_t i = 0; i < c->plan.nothers; i++)
		put_aside(c, &c->plan.others[i]);
	put_aside(c, &c->plan.own);
	return true;
}

/* Is he asked for the rest of a call, and as a text? */
static bool asks_for_args(const struct us_call *c, const struct us_candidate *who)
{
	return c->resume.what == US_SPLICE_CALL && (who->in_words || c->resume.only_words);
}

static const struct us_request *request_for(const struct us_call *c, const struct us_candidate *who)
{
	const struct us_resume *r = &c->resume;

	return !r->asks ? c->request : asks_for_args(c, who) ? &r->words.request : &r->rest.request;
}

static bool render(struct us_call *c, struct us_candidate *who)
{
	if (who->own)
		return us_candidate_reword(who, request_for(c, who), c->env.conf->fidelity);
	return us_candidate_render(who, request_for(c, who), c->own->in_url.framing,
	                           c->env.conf->fidelity, &c->plan.arena);
}

/* Who can't be made to call a certain tool may still be asked for a text. */
bool us_resume_render(struct us_call *c, struct us_candidate *who)
{
	bool first = !who->rendered;

	if (render(c, who) || !first || !c->resume.asks || c->resume.what != US_SPLICE_CALL ||
	    asks_for_args(c, who))
		return !who->spent;
	put_aside(c, who);
	who->in_words = true;
	return render(c, who);
}

/* Has he refused what he was asked in this form, or, of a call, made another one? */
static bool will_not(const struct us_call *c)
{
	unsigned status = c->gate->status;
	bool refused = status == 400 || status == 422;

	if (c->resume.what == US_SPLICE_CALL)
		return refused || c->gate->bad == US_CAUSE_MISFIT;
	return refused && us_continuation_ways(&c->cur->request, c->cur->dialect).exact;
}

bool us_resume_in_words(struct us_call *c, uint64_t now)
{
	struct us_candidate *who = c->cur;

	if (!c->resume.asks || who->in_words || asks_for_args(c, who) || !will_not(c))
		return false;
	who->in_words = true;
	put_aside(c, who);
	us_course_note(c, who,
	               (struct us_note){ .kind = US_NOTE_MEND,
	                                 .word = c->resume.what == US_SPLICE_CALL
	                                                 ? "CALL_IN_WORDS"
	                                                 : "PREFILL_EMULATED",
	                                 .detail = US_SPAN("messages") });
	if (!us_resume_render(c, who))
		return false;
	us_course_again(c, now);
	return true;
}

static const char *way_in_words(const struct us_call *c)
{
	const struct us_candidate *who = c->cur;

	if (c->resume.what == US_SPLICE_CALL)
		return asks_for_args(c, who) ? "is asked in words for the rest of the call"
		                             : "is asked for the call that was cut";
	return us_continuation_ways(&who->request, who->dialect).exact
	               ? "goes on with the begun answer"
	               : "is asked in words to go on";
}

void us_resume_spec(struct us_call *c, struct us_gate_spec *spec)
{
	struct us_resume *r = &c->resume;
	const struct us_resp *said = &r->track->said;
	const struct us_req *req = &c->request->req;
	bool again =
		r->what == US_SPLICE_CALL && !asks_for_args(c, c->cur); /* ... is the call made */

	spec->own = false; /* what comes is joined, whoever says it */
	spec->joint = (struct us_joint_spec){
		.in_words = asks_for_args(c, c->cur),
		.renames = &c->cur->request.renames,
		.text = us_buf_span(&r->rest.text),
		.open = said->in_block,
		.ways = us_continuation_ways(&c->cur->request, c->cur->dialect),
		.json = req->format == US_FORMAT_JSON_OBJECT ||
		        req->format == US_FORMAT_JSON_SCHEMA,
		.schema = req->format_schema,
		.usage = said->usage,
		.bytes = us_track_bytes(r->track) - (again ? said->open.n : 0),
		.blocks = (unsigned)said->nblocks,
	};
	if (r->what == US_SPLICE_CALL) {
		spec->joint.call = said->blocks[said->nblocks - 1].name;
		spec->joint.schema = r->rest.tool ? r->rest.tool->schema : us_span(NULL, 0);
	}
	us_track_drop(r->track); /* what another has begun, and not brought to its end */
	us_buf_clear(&r->writer->out);
	r->writer->renames = &c->cur->request.renames;
	spec->track = r->track;
	r->settle_at = US_NEVER;
	us_course_note(c, c->cur,
	               (struct us_note){ .kind = US_NOTE_SPLICE,
	                                 .word = way_in_words(c),
	                                 .ms = us_track_bytes(r->track) });
}

void us_resume_go(struct us_call *c, uint64_t now)
{
	enum us_splice *what = &c->resume.what;

	*what = US_SPLICE_ERROR;
	if (us_course_understood(c))
		*what = us_splice_decide(&c->request->req, &c->resume.track->said);
	if (*what == US_SPLICE_FINISH)
		finish_here(c, now);
	else if (*what != US_SPLICE_ERROR && primed(c) && make_request(c))
		us_course_next(c, now);
	else
		us_resume_give_in(c, now);
}

/* Would its own provider do better in another attempt? Silence alone says nothing: it may be at
 * work. */
static bool is_worth_another(struct us_call *c, enum us_cause cause)
{
	struct us_outcome o = { .cause = cause, .own = true, .status = c->gate->status };

	if (cause == US_CAUSE_NONE)
		o.cause = US_CAUSE_CUT;
	o.err = c->gate->reader.failed ? &c->gate->reader.err : NULL;
	return us_verdict(&o).then == US_THEN_RETRY || cause == US_CAUSE_NOT_JSON;
}

static bool may_ask_own(struct us_call *c, uint64_t now)
{
	const struct us_resume *r = &c->resume;

	return !r->asked_own && !r->not_own && !c->once && us_course_ready(c, &c->plan.own, now);
}

/* Who could be asked to go on with it? */
static bool is_somebody(struct us_call *c, enum us_cause cause, uint64_t now)
{
	if (c->resume.times >= TIMES_MAX || us_course_remaining(c, now) == 0)
		return false;
	return !c->cur->own || us_course_somebody_else(c, now) ||
	       (is_worth_another(c, cause) && may_ask_own(c, now));
}

/* Is there any sense in trying, as far as can be told by now? */
static bool may_resume(struct us_call *c, enum us_cause cause, uint64_t now)
{
	enum us_splice what = US_SPLICE_TEXT;

	if (!c->gate->track || !c->env.conf->midstream || c->bare || c->shown ||
	    cause == US_CAUSE_PROGRAM || cause == US_CAUSE_LOCAL)
		return false;
	us_track_drop(c->gate->track);
	if (c->body.p ? !us_course_understood(c) : c->body_asked)
		return false;
	if (c->body.p)
		what = us_splice_decide(&c->request->req, &c->gate->track->said);
	return what == US_SPLICE_FINISH || (what != US_SPLICE_ERROR && is_somebody(c, cause, now));
}

bool us_resume(struct us_call *c, enum us_cause cause, bool flies, uint64_t now)
{
	if (!may_resume(c, cause, now))
		return false;
	c->resume.not_own |= c->cur->own && !is_worth_another(c, cause);
	if (flies)
		us_course_cancel(c);
	us_course_broke_off(c, cause, now);
	take(c);
	c->cur->spent = true;
	if (c->body.p)
		us_resume_go(c, now);
	else
		us_course_fetch(c);
	return true;
}

/* As before any other retry: what broke off has a moment to recover. */
static bool wait_for_own(struct us_call *c, uint64_t now)
{
	uint64_t left = us_course_remaining(c, now);
	uint64_t wait =
		us_backoff_ms(c->env.conf->backoff.low, c->env.conf->backoff.high, 0, &c->rand);

	if (left != US_NEVER && wait >= left / 2)
		return false;
	us_course_put_gate_away(c);
	c->resume.asked_own = true;
	c->cur = &c->plan.own;
	c->phase = WAITING;
	c->wait_until = now + wait;
	us_course_note(c, c->cur, (struct us_note){ .kind = US_NOTE_WAIT, .ms = wait });
	return true;
}

bool us_resume_again(struct us_call *c, uint64_t now)
{
	struct us_resume *r = &c->resume;
	struct us_candidate *who = c->cur->own ? r->broke : c->cur;

	if (r->again || who->own)
		return r->asks && may_ask_own(c, now) && wait_for_own(c, now);
	r->again = true;
	who->spent = false;
	us_course_next(c, now);
	return true;
}

void us_resume_ask_own(struct us_call *c, uint64_t now)
{
	struct us_candidate *own = &c->plan.own;
	bool ok = us_resume_render(c, own) && us_spend(c, own) && us_course_admit(c, own, now);

	if (ok)
		us_course_begin(c, own, now);
	else
		us_resume_give_in(c, now);
}

void us_resume_give_in(struct us_call *c, uint64_t now)
{
	static const struct us_ev cut = { .kind = US_EV_END };
	struct us_resume *r = &c->resume;
	enum us_finish how = US_FINISH_CUT;

	c->cur = r->first;
	if (r->raw) {
		us_course_relay(c, us_span("", 0), us_buf_span(&r->tail));
		how = r->said_error ? US_FINISH_OK : r->first->own ? US_FINISH_OWN : US_FINISH_CUT;
	} else {
		us_buf_clear(&r->writer->out);
		us_writer_put(r->writer, &cut);
		us_course_relay(c, us_span("", 0), us_buf_span(&r->writer->out));
	}
	us_course_finish(c, how, US_END_BROKEN, now);
}

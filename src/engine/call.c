/* call.c - one managed call: its events and its orders */
#include "engine/call.h"

#include "base/clock.h"
#include "base/mem.h"
#include "engine/call_state.h"
#include "engine/choose.h"

#define SETTLE_MS ((uint64_t)400) /* a continuation's first words are held back so long */

/* --- events ---------------------------------------------------------------------------------- */

/* The gate has looked at new bytes of the attempt in flight. */
static void looked(struct us_call *c, enum us_gate_state state, uint64_t now)
{
	if (state == US_GATE_HELD && !c->gate->error_whole)
		return;
	if (state == US_GATE_OPEN) {
		us_course_serve(c, now);
		return;
	}
	if (us_course_show(c, state == US_GATE_BAD ? c->gate->bad : US_CAUSE_STATUS, now))
		return;
	if (state == US_GATE_BAD && (c->gate->overflow || !us_course_native(c))) {
		us_course_cancel(c);
		us_course_failed(c, c->gate->bad, now);
	}
}

/* What was released goes out first: the rest is us_call_next's. */
static void broke(struct us_call *c, enum us_cause cause, bool flies, uint64_t now)
{
	if (!c->broke.pending)
		c->broke.cause = cause;
	c->broke.pending = true;
	c->broke.flies = flies;
	c->broke.at = now;
}

static enum us_cause why_broken(const struct us_gate *g)
{
	if (g->spec.track && g->joint.state == US_JOINT_MISFITS)
		return US_CAUSE_MISFIT;
	if (g->reader.failed)
		return g->reader.err.type.n || g->reader.err.code.n ? US_CAUSE_ERROR_IN_200
		                                                    : US_CAUSE_NOT_JSON;
	return US_CAUSE_CUT;
}

/* Bytes have come, but nothing is released yet: calls are held until they are whole, the first
 * words of a continuation until they can be judged. */
static void wait_on(struct us_call *c, size_t n, uint64_t now)
{
	if (c->gate->track && c->gate->reader.content && c->limit_at != US_NEVER &&
	    us_course_speaks(c, n))
		c->limit_at = now + us_course_stall(c, now);
	if (c->resume.on && c->resume.settle_at == US_NEVER && us_gate_waits(c->gate))
		c->resume.settle_at = now + SETTLE_MS;
}

void us_call_header(struct us_call *c, struct us_span line, bool final, uint64_t unix_ms,
                    uint64_t now_ms)
{
	enum us_gate_state state;

	if (c->phase != SENDING && c->phase != RELAYING)
		return;
	c->now = now_ms;
	c->said->look.now_s = unix_ms / 1000;
	state = us_gate_header(c->gate, line, final, unix_ms);
	if (c->phase == RELAYING)
		us_course_relay(c, c->gate->release_head, c->gate->release_body);
	else
		looked(c, state, now_ms);
}

void us_call_body(struct us_call *c, struct us_span bytes, uint64_t now_ms)
{
	enum us_gate_state state;
	bool opened = c->phase == SENDING;

	if (c->phase != SENDING && c->phase != RELAYING)
		return;
	c->now = now_ms;
	state = us_gate_body(c->gate, bytes);
	if (c->phase == RELAYING)
		us_course_relay(c, c->gate->release_head, c->gate->release_body);
	else
		looked(c, state, now_ms);
	if (c->phase == RELAYING && (opened || us_course_speaks(c, bytes.n)))
		us_course_heard(c, now_ms);
	if (c->phase == RELAYING && us_gate_broke(c->gate))
		broke(c, why_broken(c->gate), true, now_ms);
	if (c->phase == SENDING)
		wait_on(c, bytes.n, now_ms);
}

/* The last resort has ended: the breaker hears of it, the program sees it as it was. */
static void bare_ended(struct us_call *c, enum us_cause cause, uint64_t now)
{
	unsigned status = c->gate->status;

	if (cause == US_CAUSE_NONE && status && status < 500 && status != 429)
		us_course_turned(
			c, c->cur,
			us_health_ok(us_course_health(c, c->cur), US_ADMIT_NO, c->attempt_began));
	us_course_finish(c, US_FINISH_AS_ENDED, US_END_LAST, now);
}

/* All that could be shown was, and it stays as it is. */
static void stays_ended(struct us_call *c, enum us_cause cause, uint64_t now)
{
	bool whole = c->own->tool ? cause == US_CAUSE_NONE : us_gate_complete(c->gate);

	if (c->bare)
		bare_ended(c, cause, now);
	else if (cause == US_CAUSE_PROGRAM)
		us_course_finish(c, US_FINISH_AS_ENDED, US_END_STOPPED, now);
	else if (whole && (!cause || !us_course_native(c)))
		us_course_finish(c, us_course_native(c) ? US_FINISH_AS_ENDED : US_FINISH_OK,
		                 c->shown ? US_END_SHOWN : US_END_SERVED, now);
	else {
		if (c->gate->status < 400)
			us_course_broke_off(c, cause, now);
		us_course_finish(c, cause ? US_FINISH_AS_ENDED : US_FINISH_CUT, US_END_BROKEN, now);
	}
}

/* It has broken off, also where only the transfer has, behind the end of the answer. */
static void relaying_ended(struct us_call *c, enum us_cause cause, uint64_t now)
{
	us_gate_end(c->gate, cause != US_CAUSE_NONE);
	us_course_relay(c, us_span("", 0), c->gate->release_body);
	if (cause != US_CAUSE_PROGRAM &&
	    (us_gate_broke(c->gate) || (c->gate->track && us_course_native(c) && cause)))
		broke(c, cause, false, now);
	else
		stays_ended(c, cause, now);
}

/* Nobody goes on with it. A transfer that is still there may go on as it will, if it is the
 * program's own. */
static void stays_broken(struct us_call *c, const struct us_break *b)
{
	bool whole = us_gate_complete(c->gate), lost = c->gate->held.err != 0;

	us_gate_give_in(c->gate);
	us_course_relay(c, us_span("", 0), c->gate->release_body);
	c->limit_at = US_NEVER;
	if (!b->flies) {
		stays_ended(c, b->cause, b->at);
	} else if (!us_course_native(c) && whole) {
		us_course_cancel(c);
		us_course_finish(c, US_FINISH_OK, US_END_SERVED, b->at);
	} else if (!us_course_native(c) || lost) {
		us_course_cancel(c);
		us_course_broke_off(c, b->cause, b->at);
		us_course_finish(c, US_FINISH_CUT, US_END_BROKEN, b->at);
	}
}

static void look_at_break(struct us_call *c)
{
	struct us_break b = c->broke;

	c->broke = (struct us_break){ 0 };
	if (!us_resume(c, b.cause, b.flies, b.at))
		stays_broken(c, &b);
}

/* Ended before the gate opened. */
static void sending_ended(struct us_call *c, enum us_cause cause, uint64_t now)
{
	enum us_gate_state state;

	if (cause != US_CAUSE_NONE) {
		/* A broken transfer of an error status is judged by the status. */
		us_course_failed(c, c->gate->status >= 400 ? US_CAUSE_STATUS : cause, now);
		return;
	}
	state = us_gate_end(c->gate, false);
	if (state == US_GATE_OPEN) {
		us_course_serve(c, now);
		us_course_finish(c, us_course_native(c) ? US_FINISH_AS_ENDED : US_FINISH_OK,
		                 US_END_SERVED, now);
		return;
	}
	cause = state == US_GATE_BAD ? c->gate->bad : US_CAUSE_STATUS;
	if (us_course_show(c, cause, now))
		us_course_finish(c, US_FINISH_AS_ENDED, US_END_SHOWN, now);
	else
		us_course_failed(c, cause, now);
}

/* Nobody's fault but this side's. What one of the program's callbacks has stopped is not shown to
 * the others any more; of another end it sees as much as there was. */
static void local_ended(struct us_call *c, enum us_cause cause, uint64_t now)
{
	us_course_turned(
		c, c->cur,
		us_health_give_back(us_course_health(c, c->cur), &c->policy, c->cur->admit, now));
	if (cause == US_CAUSE_LOCAL && c->gate->head.n) {
		us_gate_force(c->gate);
		us_course_relay(c, c->gate->release_head, c->gate->release_body);
	}
	us_course_finish(c, US_FINISH_AS_ENDED,
	                 cause == US_CAUSE_PROGRAM ? US_END_STOPPED : US_END_LOCAL, now);
}

void us_call_ended(struct us_call *c, enum us_cause cause, uint64_t now_ms)
{
	bool local = cause == US_CAUSE_PROGRAM ||
	             (cause == US_CAUSE_LOCAL && us_course_native(c) && !us_keys_foreign(c->cur));

	c->now = now_ms;
	if (c->phase == RELAYING) {
		relaying_ended(c, cause, now_ms);
	} else if (c->phase == SENDING && c->bare) {
		bare_ended(c, cause, now_ms);
	} else if (c->phase == SENDING && local) {
		local_ended(c, cause, now_ms);
	} else if (c->phase == SENDING) {
		sending_ended(c, cause, now_ms);
	}
}

static void relaying_is_silent(struct us_call *c, uint64_t now)
{
	if (c->gate->track && us_reader_whole(&c->gate->reader)) {
		us_gate_end(c->gate, true);
		us_course_relay(c, us_span("", 0), c->gate->release_body);
		broke(c, US_CAUSE_STALL, true, now);
		return;
	}
	if (us_resume(c, US_CAUSE_STALL, true, now))
		return;
	if (us_course_native(c)) {
		c->limit_at = US_NEVER; /* nobody to turn to: the program's own limits hold */
		return;
	}
	us_course_cancel(c);
	if (c->gate->track)
		us_gate_give_in(c->gate);
	else
		us_gate_end(c->gate, true);
	us_course_relay(c, us_span("", 0), c->gate->release_body);
	if (us_gate_complete(c->gate)) {
		us_course_finish(c, US_FINISH_OK, US_END_SERVED, now);
		return;
	}
	us_course_broke_off(c, US_CAUSE_STALL, now);
	us_course_finish(c, US_FINISH_CUT, US_END_SILENT, now);
}

static void sending_is_silent(struct us_call *c, uint64_t now)
{
	if (us_course_native(c) && !c->hedge.flies && !us_course_somebody_else(c, now)) {
		c->limit_at = US_NEVER; /* nobody to turn to: the program's own limits hold */
		return;
	}
	us_course_cancel(c);
	us_course_failed(c, c->gate->status >= 400 ? US_CAUSE_STATUS : US_CAUSE_SILENT, now);
}

/* Others may have found the provider dead while we waited for it; and the program may have made
 * another request of this one. */
static void waited(struct us_call *c, uint64_t now)
{
	bool gone = c->cur->own && c->once;

	if (!c->tries) { /* whoever was asked for then may be another now */
		us_course_start(c, now);
		return;
	}
	if (c->resume.on && c->cur->own) {
		us_resume_ask_own(c, now);
		return;
	}
	if (c->spend.short_of) {
		us_course_next(c, now);
		return;
	}
	us_keys_renew(c, c->cur, now);
	if (!gone && (us_course_ready(c, c->cur, now) || !us_course_somebody_else(c, now))) {
		us_course_again(c, now);
		return;
	}
	c->cur->spent = true;
	us_course_next(c, now);
}

void us_call_timer(struct us_call *c, uint64_t now_ms)
{
	if (us_call_due(c) > now_ms || c->broke.pending || c->phase == DONE)
		return;
	c->now = now_ms;
	if (c->phase == SENDING && c->resume.on && c->resume.settle_at <= now_ms) {
		c->resume.settle_at = US_NEVER;
		looked(c, us_gate_settle(c->gate), now_ms);
	} else if (c->phase == WAITING)
		waited(c, now_ms);
	else if (c->phase == RELAYING)
		relaying_is_silent(c, now_ms);
	else if (!us_hedge_time(c, now_ms))
		sending_is_silent(c, now_ms);
}

void us_call_request_body(struct us_call *c, struct us_span body, uint64_t now_ms)
{
	c->now = now_ms;
	if (c->hedge.asks)
		us_hedge_body(c, body, now_ms);
	if (c->phase != FETCHING)
		return;
	c->body = body;
	if (c->resume.on)
		us_resume_go(c, now_ms);
	else
		us_course_fetched(c, now_ms);
}

void us_call_unrepeatable(struct us_call *c)
{
	c->once = true;
	if (!c->body.p)
		c->body_asked = true;
}

void us_call_paused(struct us_call *c, uint64_t now_ms)
{
	if (c->phase != RELAYING)
		return;
	c->heard = now_ms;
	us_course_move_limit(c, now_ms);
}

static uint64_t sending_due(const struct us_call *c)
{
	uint64_t due = us_hedge_due(c);

	return c->resume.on && c->resume.settle_at < due ? c->resume.settle_at : due;
}

uint64_t us_call_due(const struct us_call *c)
{
	if (c->broke.pending || (us_course_recalled(c) && c->want_finish))
		return 0;
	if (c->phase == WAITING)
		return c->wait_until;
	if (c->phase == SENDING)
		return sending_due(c);
	return c->phase == RELAYING ? c->limit_at : US_NEVER;
}

/* --- orders ---------------------------------------------------------------------------------- */

static struct us_order send_order(const struct us_call *c)
{
	struct us_order o = { .kind = US_ORDER_SEND,
		              .flight = c->flight,
		              .to = c->cur,
		              .stream = us_course_stream(c) };

	us_course_bound(c, &o);
	return o;
}

bool us_call_urgent(const struct us_call *c)
{
	return c->cancel || c->hedge.cancel || c->want_relay;
}

static bool take(bool *want)
{
	bool wanted = *want;

	*want = false;
	return wanted;
}

static struct us_order cancel_order(unsigned *flight)
{
	struct us_order o = { .kind = US_ORDER_CANCEL, .flight = *flight };

	*flight = 0;
	return o;
}

struct us_order us_call_next(struct us_call *c)
{
	if (c->broke.pending && !us_call_urgent(c))
		look_at_break(c);
	if (c->cancel || c->hedge.cancel)
		return cancel_order(c->cancel ? &c->cancel : &c->hedge.cancel);
	if (c->recall && c->recall->keeps)
		us_recall_listen(c);
	if (take(&c->want_relay))
		return (struct us_order){ .kind = US_ORDER_RELAY,
			                  .flight = c->flight,
			                  .head = c->relay_head,
			                  .body = c->relay_body };
	if (take(&c->want_body))
		return (struct us_order){ .kind = US_ORDER_BODY };
	if (c->hedge.flies && c->hedge.other.want_send && !c->want_send)
		us_hedge_swap(c);
	if (take(&c->want_send))
		return send_order(c);
	if (take(&c->want_finish))
		return (struct us_order){ .kind = US_ORDER_FINISH, .finish = c->finish };
	return (struct us_order){ .kind = US_ORDER_NONE };
}

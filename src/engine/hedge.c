/* hedge.c - a second provider beside one that is slow
 *
 * The call knows one attempt at a time. The other's part of the call's state lies aside, and is
 * exchanged for the first's when something is told of it: so whatever can become of an attempt
 * becomes of either, by the same code. What is different is told here: nobody is tried again, or
 * shown as he failed, while the other flies.
 *
 * Whoever is outrun has not failed: its breaker hears nothing, unless it was to show by this that
 * it is well again. But how long it was waited for is counted among its times if it was asked
 * first, or else what is learnt of a slow provider would be that it is quick whenever it is waited
 * for.
 */
#include "engine/hedge.h"

#include "base/clock.h"
#include "base/mem.h"
#include "engine/call_state.h"
#include "engine/choose.h"

#define USUALLY 95 /* of a hundred answers have begun by then: the rest are slow */
#define ALONE 4    /* of so many probes one is not raced */

/* --- when, and whom -------------------------------------------------------------------------- */

static bool may_hedge(const struct us_call *c)
{
	bool repeatable = !c->own->tool || c->own->repeatable;

	return !c->hedge.used && !c->hedge.flies && !c->bare && !c->resume.on && !c->back.follows &&
	       repeatable && us_course_protects(c);
}

/* A probe is some user's call: what its provider usually needs is enough to wait for one that was
 * down, whether or not hedges are wished for. It may be well and have become slower, though: one in
 * so many is waited for as long as for any other. */
static uint64_t probe_delay(struct us_call *c, uint64_t set)
{
	const struct us_slot *s = us_candidate_slot(c->cur, c->env.page);
	uint64_t usual = us_course_usual(c, USUALLY);

	if (atomic_load_explicit(&s->count[US_COUNT_probes], memory_order_relaxed) % ALONE == 0)
		return 0;
	return us_shorter(set, usual);
}

void us_hedge_arm(struct us_call *c, uint64_t now)
{
	const struct us_hedge_delay *set = &c->env.conf->hedge;
	uint64_t delay = set->learnt ? us_course_usual(c, USUALLY) : set->ms;

	if (c->cur->admit == US_ADMIT_PROBE)
		delay = probe_delay(c, delay);
	c->hedge.at = delay && may_hedge(c) ? now + delay : 0;
}

/* Probes are not hedges: whoever is to help must be known to be well. */
static bool is_well(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	struct us_health_look h = us_health_look(us_course_health(c, who), &c->policy, now);

	return h.state == US_BREAKER_CLOSED && !h.wait_ms && us_keys_ready(c, who, now);
}

static struct us_candidate *choose(struct us_call *c, uint64_t now)
{
	us_course_expand(c);
	for (size_t i = 0; i < c->plan.nothers; i++) {
		struct us_candidate *who = &c->plan.others[i];

		if (who != c->cur && !who->spent && is_well(c, who, now) &&
		    us_course_carries(c, who))
			return who;
	}
	return NULL;
}

/* --- two in flight --------------------------------------------------------------------------- */

static struct us_lane lane_of(const struct us_call *c)
{
	return (struct us_lane){ .cur = c->cur,
		                 .attempt_began = c->attempt_began,
		                 .limit_at = c->limit_at,
		                 .crumbs = c->crumbs,
		                 .gate = c->gate,
		                 .said = c->said,
		                 .flight = c->flight,
		                 .want_send = c->want_send,
		                 .cost = c->spend.cost };
}

static void take_lane(struct us_call *c, const struct us_lane *l)
{
	c->cur = l->cur;
	c->attempt_began = l->attempt_began;
	c->limit_at = l->limit_at;
	c->crumbs = l->crumbs;
	c->gate = l->gate;
	c->said = l->said;
	c->flight = l->flight;
	c->want_send = l->want_send;
	c->spend.cost = l->cost;
}

void us_hedge_swap(struct us_call *c)
{
	struct us_lane l = c->hedge.other;

	c->hedge.other = lane_of(c);
	take_lane(c, &l);
}

bool us_call_about(struct us_call *c, unsigned flight)
{
	if (c->flight != flight && c->hedge.flies && c->hedge.other.flight == flight)
		us_hedge_swap(c);
	return c->flight == flight;
}

uint64_t us_hedge_due(const struct us_call *c)
{
	uint64_t due = c->limit_at;

	if (c->hedge.flies && c->hedge.other.limit_at < due)
		due = c->hedge.other.limit_at;
	return c->hedge.at && c->hedge.at < due ? c->hedge.at : due;
}

static void give_back(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	us_course_turned(
		c, who, us_health_give_back(us_course_health(c, who), &c->policy, who->admit, now));
}

/* The one in flight is put aside, and the second takes its place. False without memory. */
static bool put_beside(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	struct us_lane first = lane_of(c);

	if (!c->hedge.said)
		c->hedge.said = us_calloc(1, sizeof(*c->hedge.said));
	if (!c->hedge.said)
		return false;
	c->hedge.other = first;
	c->hedge.flies = true;
	c->gate = NULL;
	c->said = c->hedge.said;
	if (us_course_try(c, who, now))
		return true;
	take_lane(c, &first);
	c->hedge.other = (struct us_lane){ 0 };
	c->hedge.flies = false;
	return false;
}

static void start(struct us_call *c, uint64_t now)
{
	struct us_candidate *who = c->gate->reader.content ? NULL : choose(c, now);
	uint64_t waited = now - c->attempt_began;

	c->hedge.at = 0;
	if (who && !c->body.p) {
		c->hedge.asks = c->want_body = true;
		return;
	}
	c->hedge.used = true;
	if (!who || !us_spend_hedge(c) || !us_course_admit(c, who, now))
		return;
	us_course_note(c, who, (struct us_note){ .kind = US_NOTE_HEDGE, .ms = waited });
	if (!put_beside(c, who, now)) {
		give_back(c, who, now);
		return;
	}
	c->hedge.second = who;
	us_slot_count(us_candidate_slot(who, c->env.page), US_COUNT_hedged);
}

bool us_hedge_time(struct us_call *c, uint64_t now)
{
	if (c->limit_at > now && !c->hedge.flies) {
		start(c, now);
		return true;
	}
	if (c->limit_at > now)
		us_hedge_swap(c);
	return false;
}

/* A body that the attempt in flight has not read to its end, as it may wait for a 100 Continue, is
 * asked for again, later and later. */
void us_hedge_body(struct us_call *c, struct us_span body, uint64_t now)
{
	c->hedge.asks = false;
	if (c->phase != SENDING)
		return;
	if (!body.p) {
		c->hedge.at = now + (now - c->attempt_began) + 1;
		return;
	}
	c->body = body;
	us_course_match(c);
	start(c, now);
}

/* --- what becomes of them -------------------------------------------------------------------- */

bool us_hedge_lost(struct us_call *c)
{
	if (!c->hedge.flies)
		return false;
	us_course_put_gate_away(c);
	take_lane(c, &c->hedge.other);
	c->hedge.other = (struct us_lane){ 0 };
	c->hedge.flies = false;
	return true;
}

/* A probe that another had to answer for: the breaker stays open, for longer. */
static void probe_is_outrun(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	us_course_turned(c, who,
	                 us_health_left(us_course_health(c, who), &c->policy, who->admit, now));
	who->admit = US_ADMIT_NO;
}

void us_hedge_won(struct us_call *c, uint64_t now)
{
	const struct us_lane *l = &c->hedge.other;

	if (c->hedge.flies && l->attempt_began < c->attempt_began)
		us_course_measure_at_least(c, l->cur, now - l->attempt_began);
	if (c->hedge.flies && l->cur->admit == US_ADMIT_PROBE)
		probe_is_outrun(c, l->cur, now);
	if (c->cur == c->hedge.second)
		us_slot_count(us_candidate_slot(c->cur, c->env.page), US_COUNT_hedge_won);
	c->hedge.second = NULL;
}

void us_hedge_settle(struct us_call *c, uint64_t now)
{
	struct us_lane l = c->hedge.other;

	if (!c->hedge.flies)
		return;
	c->hedge.other = (struct us_lane){ 0 };
	c->hedge.flies = false;
	if (!l.want_send) /* it has been sent */
		c->hedge.cancel = l.flight;
	us_course_note(c, l.cur,
	               (struct us_note){ .kind = US_NOTE_OUTRUN, .ms = now - l.attempt_began });
	give_back(c, l.cur, now);
	us_spend_told(c, l.cur, l.attempt_began);
	us_course_drop_gate(c, &l.gate);
}

void us_hedge_fini(struct us_call *c)
{
	if (c->hedge.said)
		us_failback_forget(c->hedge.said);
	us_free(c->hedge.said);
}

/* course.c - which way a call goes: whom to ask, what a failure means, when to give up
 *
 * Giving up always shows the program its own provider's failure, byte for byte: it is kept while
 * others are tried, and if the own provider was passed by (its breaker was open) it is asked once
 * after all, with nothing between it and the program.
 */
#include "engine/call_state.h"
#include "engine/choose.h"

#include "base/clock.h"
#include "base/mem.h"
#include "engine/backoff.h"
#include "engine/unsure.h"

#define WISH_MAX_MS ((uint64_t)60 * 1000) /* of a Retry-After, where there is no deadline */

/* --- telling --------------------------------------------------------------------------------- */

static void count(struct us_call *c, struct us_candidate *who, enum us_count what)
{
	us_slot_count(us_candidate_slot(who, c->env.page), what);
	us_keys_count(who, what);
}

struct us_health *us_course_health(struct us_call *c, struct us_candidate *who)
{
	return &us_candidate_slot(who, c->env.page)->health;
}

void us_course_relay(struct us_call *c, struct us_span head, struct us_span body)
{
	c->relay_head = head;
	c->relay_body = body;
	c->want_relay = head.n || body.n;
}

void us_course_finish(struct us_call *c, enum us_finish how, enum us_end end, uint64_t now)
{
	us_hedge_settle(c, now);
	c->phase = DONE;
	c->finish = how;
	c->want_finish = true;
	if (end == US_END_SERVED)
		us_course_measure_gap(c);
	if (c->recall)
		c->recall->served = end == US_END_SERVED;
	us_failback_record(c, now);
	us_course_note(c, c->cur,
	               (struct us_note){ .kind = US_NOTE_END, .end = end, .ms = now - c->began });
}

/* --- attempts -------------------------------------------------------------------------------- */

bool us_course_try(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	us_course_put_gate_away(c);
	c->cur = who;
	who->attempts++;
	c->phase = SENDING;
	c->attempt_began = now;
	us_course_open_gate(c);
	if (!c->gate)
		return false;
	c->flight = c->tries + 1;
	c->limit_at = us_course_protects(c) ? now + us_course_limit(c, now) : US_NEVER;
	c->crumbs = 0;
	c->want_send = true;
	us_spend_used(c, who);
	count(c, who, US_COUNT_attempts);
	us_hedge_arm(c, now);
	us_course_note(c, who, (struct us_note){ .kind = US_NOTE_ATTEMPT });
	return true;
}

void us_course_begin(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	if (!us_course_try(c, who, now))
		us_course_finish(c, US_FINISH_OWN, US_END_MEMORY, now);
}

void us_course_again(struct us_call *c, uint64_t now) { us_course_begin(c, c->cur, now); }

/* --- choosing -------------------------------------------------------------------------------- */

/* Takes no permit. */
static bool could_serve(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	return who != c->cur && !who->spent && us_course_ready(c, who, now) &&
	       us_course_carries(c, who);
}

bool us_course_ready(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	return us_health_ready(us_course_health(c, who), &c->policy, now) &&
	       us_keys_ready(c, who, now);
}

bool us_course_somebody_else(struct us_call *c, uint64_t now)
{
	us_course_expand(c);
	for (size_t i = 0; i < c->plan.nothers; i++)
		if (could_serve(c, &c->plan.others[i], now))
			return true;
	return false;
}

bool us_course_admit(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	uint64_t again = now;

	who->admit = US_ADMIT_NO;
	if (!who->keys.n || us_keys_choose(c, who, now, &again))
		who->admit = us_health_ask(us_course_health(c, who), &c->policy, now, &again);
	us_course_turned(c, who, who->admit == US_ADMIT_PROBE);
	if (who->admit == US_ADMIT_PROBE)
		count(c, who, US_COUNT_probes);
	if (who->admit != US_ADMIT_NO)
		return true;
	who->spent = true;
	count(c, who, US_COUNT_skipped);
	us_course_note(c, who,
	               (struct us_note){ .kind = US_NOTE_SKIP,
	                                 .word = "breaker open or cooling",
	                                 .ms = again - now });
	return false;
}

void us_course_fetch(struct us_call *c)
{
	c->body_asked = c->want_body = true;
	c->phase = FETCHING;
}

/* It could be asked, but there is no token for it. */
static bool is_short(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	return us_course_ready(c, who, now) && !us_spend(c, who);
}

/* Begins with the next fallback, or waits until it may. False: there is none. */
static bool next_fallback(struct us_call *c, uint64_t now)
{
	bool waits = false;

	c->spend.short_of = false;
	if (us_course_remaining(c, now) == 0)
		return false;
	us_course_expand(c);
	for (size_t i = 0; i < c->plan.nothers; i++) {
		struct us_candidate *who = &c->plan.others[i];

		if (who->spent || !us_course_carries(c, who))
			continue;
		if (!c->body.p) {
			us_course_fetch(c);
			return true;
		}
		if (is_short(c, who, now)) {
			waits = true;
			continue;
		}
		if (!us_course_admit(c, who, now))
			continue;
		us_course_note(c, who, (struct us_note){ .kind = US_NOTE_FAILOVER });
		us_course_begin(c, who, now);
		return true;
	}
	return waits && us_spend_waits(c);
}

/* The own provider wishes to be left alone, and nobody else can serve: to ask it all the same would
 * only be refused again. */
static bool waits_for_own(struct us_call *c, uint64_t now)
{
	struct us_health_look h = us_keys_look(c, &c->plan.own, now);
	uint64_t left = us_course_remaining(c, now);
	uint64_t wait = h.wait_ms + us_rand_between(&c->rand, 0, h.wait_ms / 10);

	if (!h.cooling || (left == US_NEVER ? now + wait - c->began > WISH_MAX_MS : wait >= left))
		return false;
	c->cur = &c->plan.own;
	c->cur->spent = false;
	c->phase = WAITING;
	c->wait_until = now + wait;
	us_course_note(c, c->cur, (struct us_note){ .kind = US_NOTE_WAIT, .ms = wait });
	return true;
}

/* Was the own provider asked, and with a failure that the program may see? */
static bool is_told(const struct us_call *c, const struct us_gate *failure)
{
	return c->plan.own.attempts && (failure || !us_keys_foreign(&c->plan.own));
}

/* Nobody can serve: the program sees its own provider's failure. */
void us_course_give_up(struct us_call *c, uint64_t now)
{
	struct us_gate *g = c->gate && c->cur->own ? c->gate : c->kept;

	if (c->resume.on) {
		if (!us_resume_again(c, now))
			us_resume_give_in(c, now);
		return;
	}
	if ((!c->tries && waits_for_own(c, now)) || us_recall_stale(c, now))
		return;
	if (!is_told(c, g)) {
		c->bare = true;
		us_keys_use_own(&c->plan.own);
		if (c->tries)
			us_spend_charge(c);
		us_course_begin(c, &c->plan.own, now);
		if (c->gate)
			us_gate_force(c->gate);
		return;
	}
	c->cur = &c->plan.own; /* whose answer it is, such as it is */
	if (g && g->head.n) {
		us_gate_force(g);
		us_course_relay(c, g->release_head, g->release_body);
	}
	us_course_finish(c, g && g->overflow ? US_FINISH_CUT : US_FINISH_OWN, US_END_NOBODY, now);
}

void us_course_ask_own(struct us_call *c, uint64_t now)
{
	if (!us_course_admit(c, &c->plan.own, now)) {
		us_course_next(c, now);
		return;
	}
	if (c->tries)
		us_spend_charge(c);
	us_course_begin(c, &c->plan.own, now);
}

void us_course_next(struct us_call *c, uint64_t now)
{
	if (c->back.follows) {
		c->back.follows = false;
		us_course_ask_own(c, now);
	} else if (!next_fallback(c, now)) {
		us_course_give_up(c, now);
	}
}

bool us_course_start(struct us_call *c, uint64_t now)
{
	if (!c->body.p && (us_failback_may_matter(c) || us_recall_may_matter(c)))
		us_course_fetch(c);
	else if (!us_recall_fresh(c, now))
		us_failback_set_out(c, now);
	return c->gate || c->want_body || c->phase == WAITING || us_course_recalled(c);
}

void us_course_match(struct us_call *c)
{
	if (c->body.p && !c->own->tool)
		us_plan_match(&c->plan, c->own,
		              us_ask(c->own->dialect, &c->own->in_url, c->body).model);
}

void us_course_fetched(struct us_call *c, uint64_t now)
{
	us_course_match(c);
	if (c->back.looked)
		us_course_next(c, now);
	else if (!us_recall_fresh(c, now))
		us_failback_set_out(c, now);
}

/* --- judging --------------------------------------------------------------------------------- */

static struct us_verdict judge(struct us_call *c, enum us_cause cause)
{
	struct us_outcome o = { .cause = cause, .own = c->cur->own, .status = c->gate->status };

	o.waits = o.status ? &c->gate->waits : NULL;
	o.err = us_gate_error(c->gate);
	return us_verdict(&o);
}

/* A key that gave way to the next is none that failed for good. */
static unsigned tries(const struct us_call *c) { return c->cur->attempts - c->cur->keys.turns; }

/* Of its failures in a row, some are not ours: then it is no accident of this one call. */
static bool fails_for_others(struct us_call *c, uint64_t now)
{
	return us_health_look(us_course_health(c, c->cur), &c->policy, now).failures >= tries(c);
}

/* For this call, whatever its failure: not him. */
static bool was_last(const struct us_call *c)
{
	return tries(c) >= c->env.conf->attempts || c->cur->admit == US_ADMIT_PROBE || c->bare ||
	       c->once || c->spend.repeat || c->back.follows || (c->cur->own && c->resume.on);
}

/* Of the program's time, before others are asked: what an attempt took that failed, twice; and no
 * mere moment, for who is left after it counts as silent. */
static uint64_t needs(const struct us_call *c, uint64_t now)
{
	return us_course_kept(c) + us_later(2 * (now - c->attempt_began), us_course_kept(c) / 3);
}

/* May the same provider be tried again, and after how long? */
static bool may_retry(struct us_call *c, const struct us_verdict *v, uint64_t now, uint64_t *wait)
{
	const struct us_conf *conf = c->env.conf;
	uint64_t left = us_course_remaining(c, now), wish;

	if (v->then != US_THEN_RETRY || was_last(c) || us_course_is_unsure(c, v))
		return false;
	wish = us_keys_wish(c, v, now);
	*wait = us_backoff_ms(conf->backoff.low, conf->backoff.high, tries(c) - 1, &c->rand);
	*wait = us_later(*wait, wish);
	/* With less left after the wait than the last attempt took, waiting would only turn the
	 * failure into a timeout; and a program that set no limit would not wait an hour for a 429
	 * either. */
	if (left == US_NEVER ? wish > WISH_MAX_MS : *wait + 2 * (now - c->attempt_began) >= left)
		return false;
	if (c->cur->own && wish <= conf->patience && !fails_for_others(c, now) &&
	    (left == US_NEVER || *wait + needs(c, now) < left))
		return true;
	return !us_course_somebody_else(c, now);
}

static void tell_failure(struct us_call *c, const struct us_verdict *v, uint64_t now)
{
	struct us_health *h = us_keys_health(c, v);

	us_health_why(h, v->cause, v->status);
	count(c, c->cur, US_COUNT_failed);
	us_course_note(c, c->cur,
	               (struct us_note){ .kind = US_NOTE_FAILED,
	                                 .cause = v->cause,
	                                 .status = v->status,
	                                 .ms = now - c->attempt_began });
	if (v->blame == US_BLAME_FAIL)
		us_course_turned(c, c->cur, us_health_mark(h, &c->policy, true, false, now));
}

/* The current provider is left for this call: its breaker and cooling time say so to all. */
static void leave(struct us_call *c, const struct us_verdict *v, uint64_t now)
{
	struct us_candidate *who = c->cur;
	struct us_health *h = us_course_health(c, who);
	bool turned;

	who->spent = true;
	count(c, who, US_COUNT_left);
	if (v->blame == US_BLAME_FAIL)
		turned = us_health_left(h, &c->policy, who->admit, now);
	else
		turned = us_health_give_back(h, &c->policy, who->admit, now);
	if (us_keys_blames(who, v))
		; /* that is noted of the key */
	else if (v->blame == US_BLAME_DOWN)
		turned |= us_health_cool(h, now + US_DOWN_MS);
	else if (v->blame == US_BLAME_COOL)
		turned |= us_health_cool(h, now + us_later(v->wait_ms, c->policy.open_ms / 6));
	us_course_turned(c, who, turned);
}

static void wait_and_retry(struct us_call *c, const struct us_verdict *v, uint64_t wait,
                           uint64_t now)
{
	struct us_health *h = us_course_health(c, c->cur);
	bool turned = false;

	if (v->blame == US_BLAME_FAIL)
		turned = us_health_fail(h, &c->policy, c->cur->admit, now);
	if (v->blame == US_BLAME_COOL && !us_keys_blames(c->cur, v))
		turned |= us_health_cool(h, now + v->wait_ms);
	us_course_turned(c, c->cur, turned);
	count(c, c->cur, US_COUNT_retries);
	c->phase = WAITING;
	c->wait_until = now + wait;
	us_course_note(c, c->cur, (struct us_note){ .kind = US_NOTE_WAIT, .ms = wait });
}

void us_course_failed(struct us_call *c, enum us_cause cause, uint64_t now)
{
	struct us_verdict v = judge(c, cause);
	uint64_t wait;

	tell_failure(c, &v, now);
	us_spend_failed(c, v.cause);
	if (us_course_mend(c, now) || us_keys_turn(c, &v, now))
		return;
	if (!c->hedge.flies && may_retry(c, &v, now, &wait) && us_spend(c, c->cur)) {
		wait_and_retry(c, &v, wait, now);
		return;
	}
	leave(c, &v, now);
	if (us_hedge_lost(c))
		return;
	if (us_course_is_unsure(c, &v))
		us_course_end_unsure(c, now);
	else
		us_course_next(c, now);
}

static void start_relaying(struct us_call *c, uint64_t now)
{
	us_hedge_settle(c, now);
	c->phase = RELAYING;
	c->limit_at = US_NEVER;
	c->heard = c->now;
	c->gap = 0; /* what came before was the beginning's, which has a limit of its own */
	us_course_relay(c, c->gate->release_head, c->gate->release_body);
}

static void tell_answer(struct us_call *c, uint64_t now)
{
	us_course_note(c, c->cur,
	               (struct us_note){ .kind = US_NOTE_ANSWER,
	                                 .status = c->gate->status,
	                                 .ms = now - c->attempt_began });
}

void us_course_serve(struct us_call *c, uint64_t now)
{
	struct us_candidate *who = c->cur;

	us_hedge_won(c, now);
	start_relaying(c, now);
	c->resume.raw = false;
	if (c->bare)
		return; /* told when it has ended */
	tell_answer(c, now);
	us_course_turned(c, who,
	                 us_health_ok(us_course_health(c, who), who->admit, c->attempt_began));
	count(c, who, US_COUNT_ok);
	us_course_measure(c, who, now - c->attempt_began);
	if (!who->own)
		count(c, who, US_COUNT_stood_in);
}

bool us_course_show(struct us_call *c, enum us_cause cause, uint64_t now)
{
	struct us_candidate *who = c->cur;
	struct us_verdict v;
	uint64_t wait;
	bool refused;

	if (!who->own || c->resume.on)
		return false;
	v = judge(c, cause);
	if (us_keys_hides(c, &v, now))
		return false;
	refused = v.then == US_THEN_REFUSED || v.then == US_THEN_DELIVER;
	if (!refused && !us_course_is_unsure(c, &v) &&
	    (c->hedge.flies || may_retry(c, &v, now, &wait) || us_course_somebody_else(c, now) ||
	     us_recall_has_stale(c, now)))
		return false;
	if (refused) { /* a refusal is an answer, but no measure of speed */
		tell_answer(c, now);
		us_course_turned(
			c, who,
			us_health_ok(us_course_health(c, who), who->admit, c->attempt_began));
	} else {
		tell_failure(c, &v, now);
		leave(c, &v, now);
	}
	c->shown = true;
	us_gate_force(c->gate);
	start_relaying(c, now);
	return true;
}

void us_course_broke_off(struct us_call *c, enum us_cause cause, uint64_t now)
{
	struct us_candidate *who = c->cur;

	if (cause == US_CAUSE_NONE)
		cause = US_CAUSE_CUT;
	us_health_why(us_course_health(c, who), cause, 0);
	us_course_turned(c, who,
	                 us_health_fail(us_course_health(c, who), &c->policy, US_ADMIT_YES, now));
	count(c, who, US_COUNT_cut);
	us_course_note(c, who, (struct us_note){ .kind = US_NOTE_CUT, .cause = cause });
}

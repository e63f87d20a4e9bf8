/* spend.c - what attempts beyond the first may cost, over all processes
 *
 * Each takes a token of the host's (state/budget.h), but for two kinds: what failed before never
 * left this machine, so nobody was burdened (if it had cost one, that comes back); or who is asked
 * has just answered well, so there is no storm that it could be a part of. Who has no token waits
 * for one, or for the news that the next provider is well, which those who had one bring: when a
 * provider dies under two hundred calls, a few find out about the next one, and the others follow.
 * Where nobody is asking it, only a token could come, and for that no call waits longer than the
 * user's patience, nor at all one that its program tries again anyway.
 *
 * A program that tries again by itself is known by the body of its request. It is not refused, but
 * counted, and we do not try again on the same provider what it tries again anyway.
 */
#include "engine/spend.h"

#include "engine/call_state.h"

#define PROVED_MS ((uint64_t)30000) /* so long a good answer proves that a provider is well */
#define LOOK_MS ((uint64_t)100)     /* who waits looks again after that */
#define WAIT_SHARE 2                /* of what is left of the program's time: one part in so many */
#define HASH_MAX ((size_t)64 << 10) /* of a body: its end, where conversations differ */

static uint64_t size(const struct us_call *c) { return c->env.conf->budget; }
static struct us_budget *budget(struct us_call *c) { return us_page_budget(c->env.page); }

/* Eight bytes at a time; never 0. */
static uint64_t hash(struct us_span s)
{
	uint64_t h = s.n * 0x9e3779b97f4a7c15u + 1, word;

	if (s.n > HASH_MAX)
		s = us_span(s.p + s.n - HASH_MAX, HASH_MAX);
	for (; s.n >= sizeof(word); s = us_span(s.p + sizeof(word), s.n - sizeof(word))) {
		memcpy(&word, s.p, sizeof(word));
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	for (; s.n; s = us_span(s.p + 1, s.n - 1))
		h = (h ^ (unsigned char)s.p[0]) * 0x100000001b3u;
	h ^= h >> 29;
	return h ? h : 1;
}

void us_spend_begin(struct us_call *c)
{
	if (size(c) && c->body.p && us_budget_watches(budget(c), c->now))
		c->spend.repeat = us_budget_is_repeat(budget(c), hash(c->body), c->now);
	if (c->spend.repeat)
		us_spend_charge(c);
	else
		us_budget_call(budget(c), c->now);
}

void us_spend_told(struct us_call *c, struct us_candidate *who, uint64_t asked)
{
	if (!who->own)
		atomic_compare_exchange_strong(&us_candidate_slot(who, c->env.page)->asked_ms,
		                               &asked, 0);
}

void us_spend_failed(struct us_call *c, enum us_cause cause)
{
	us_spend_told(c, c->cur, c->attempt_began);
	c->spend.free = cause == US_CAUSE_DNS || cause == US_CAUSE_CONNECT ||
	                (cause == US_CAUSE_LOCAL && !c->gate->head.n);
	if (c->spend.free && c->spend.cost)
		us_budget_give_back(budget(c), c->now);
	c->spend.cost = false;
}

static bool is_proved(struct us_call *c, const struct us_candidate *who)
{
	const struct us_slot *s = who->slot;
	uint64_t ok = s ? atomic_load_explicit(&s->ok_ms, memory_order_relaxed) : 0;
	struct us_health_look look;

	if (!ok || c->now - ok > PROVED_MS)
		return false;
	look = us_health_look(&s->health, &c->policy, c->now);
	return look.state == US_BREAKER_CLOSED && !look.failures;
}

/* Of the bucket, half is kept for those who go on to another provider: they may be served. */
static uint64_t share(const struct us_call *c, const struct us_candidate *who)
{
	bool again = who->own && us_plan_has_chain(c->env.conf, c->own);

	return again ? (size(c) + 1) / 2 : size(c);
}

/* Until then whoever has asked this one last may bring news of it. */
static void expect_news(struct us_call *c, struct us_candidate *who)
{
	struct us_slot *s = us_candidate_slot(who, c->env.page);
	uint64_t asked = atomic_load_explicit(&s->asked_ms, memory_order_relaxed);
	uint64_t until = asked ? asked + us_course_limit(c, c->now) + 2 * LOOK_MS : 0;

	if (until > c->spend.news_until)
		c->spend.news_until = until;
}

bool us_spend(struct us_call *c, struct us_candidate *who)
{
	if (!c->tries || c->spend.free || c->spend.paid || is_proved(c, who))
		return true;
	c->spend.paid = us_budget_take(budget(c), share(c, who), c->now);
	if (!c->spend.paid)
		expect_news(c, who);
	return c->spend.paid;
}

/* From the half of the bucket that is not kept for failovers, however well that one has proved to
 * be: if many are slow, so may be those who would be asked beside them. */
bool us_spend_hedge(struct us_call *c)
{
	c->spend.paid = us_budget_take(budget(c), (size(c) + 1) / 2, c->now);
	return c->spend.paid;
}

void us_spend_used(struct us_call *c, struct us_candidate *who)
{
	c->spend.cost = c->spend.paid;
	c->spend.paid = false;
	if (!who->own)
		atomic_store_explicit(&us_candidate_slot(who, c->env.page)->asked_ms,
		                      c->attempt_began, memory_order_relaxed);
}

void us_spend_charge(struct us_call *c) { us_budget_charge(budget(c), size(c), c->now); }

/* By then those who were asked instead have answered, or their breaker is open. */
static uint64_t longest(const struct us_call *c)
{
	uint64_t left = us_course_remaining(c, c->now);
	uint64_t ms = us_course_limit(c, c->now) + 2 * LOOK_MS;

	return left == US_NEVER || ms < left / WAIT_SHARE ? ms : left / WAIT_SHARE;
}

bool us_spend_waits(struct us_call *c)
{
	struct us_spend *s = &c->spend;

	if (!s->wait_until) {
		s->wait_until = c->now + longest(c);
		s->calm_until = c->now + (s->repeat ? 0 : c->env.conf->patience);
	}
	s->short_of = c->now < s->wait_until && (c->now < s->calm_until || c->now < s->news_until);
	if (!s->short_of)
		return false;
	c->phase = WAITING;
	c->wait_until = c->now + LOOK_MS;
	return true;
}

void us_spend_lost(struct us_call *c)
{
	if (c->body.p)
		us_budget_failed(budget(c), hash(c->body), c->now);
}

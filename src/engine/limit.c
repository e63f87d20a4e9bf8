/* limit.c - how long an attempt may take before its answer begins, and be silent from then on */
#include "engine/call_state.h"

#define LINGER_MS ((uint64_t)2000)     /* for a transfer to end by itself after its answer has */
#define OWN_LINGER_MS ((uint64_t)5000) /* the program's own: it may have more to say */
#define CRUMBS ((size_t)1024) /* of one event that does not end: they are no sign of life */
#define LAST_SHARE 30         /* per cent of the program's limit kept for the last target */
#define MOMENT 6              /* of that share, one part in so many */
#define KNOWN_MIN 50          /* answers, from which on one knows what a provider usually needs */
#define STALL_MIN_MS ((uint64_t)1000)
#define USUAL_TIMES 3 /* what 99 of 100 needed: then it is silent */

bool us_course_protects(const struct us_call *c)
{
	return !c->bare && (!c->cur->own || c->resume.on || us_plan_has_chain(c->env.conf, c->own));
}

static size_t others_left(const struct us_call *c)
{
	size_t n = 0;

	if (!c->plan.expanded)
		return c->own->tool ? c->own->tool->others.n : c->env.conf->fallbacks.n;
	for (size_t i = 0; i < c->plan.nothers; i++)
		n += !c->plan.others[i].spent && &c->plan.others[i] != c->cur;
	return n + c->back.follows;
}

/* What a provider usually needs: for a plain answer, to the beginning of a stream, and between its
 * pieces. They are not the same thing. */
enum wait { WAIT_ANSWER, WAIT_FIRST, WAIT_NEXT };

static const struct {
	size_t of; /* what is known of it, in the slot */
	uint64_t unknown, low, high;
} waits[] = {
	[WAIT_ANSWER] = { offsetof(struct us_slot, answer), 120000, 20000, 600000 },
	[WAIT_FIRST] = { offsetof(struct us_slot, first), 10000, 5000, 60000 },
	[WAIT_NEXT] = { offsetof(struct us_slot, gap), 20000, 5000, 120000 },
};

/* 0: too little is known. */
static uint64_t needs(const struct us_call *c, enum wait what, unsigned percent)
{
	const struct us_slot *s = c->cur->slot;
	const struct us_times *t = s ? (const void *)((const char *)s + waits[what].of) : NULL;

	return t && us_times_count(t) >= KNOWN_MIN ? us_times_percentile(t, NULL, percent) : 0;
}

static enum wait begins(const struct us_call *c)
{
	return us_course_stream(c) ? WAIT_FIRST : WAIT_ANSWER;
}

uint64_t us_course_usual(const struct us_call *c, unsigned percent)
{
	return needs(c, begins(c), percent);
}

/* Of what the user has not set. */
static uint64_t usual(const struct us_call *c, enum wait what)
{
	uint64_t ms = needs(c, what, 99) * USUAL_TIMES;

	if (!ms)
		return waits[what].unknown;
	return ms < waits[what].low    ? waits[what].low
	       : ms < waits[what].high ? ms
	                               : waits[what].high;
}

/* Of the program's limit, for the last one asked. */
uint64_t us_course_kept(const struct us_call *c) { return c->limit * LAST_SHARE / 100; }

/* Of what is left to the program. The last one keeps its share, those before it have equal parts of
 * the rest; but no mere moments, in which they would be called silent for nothing: so there may be
 * time for fewer of them, or for this one only. */
static uint64_t share_of(const struct us_call *c, uint64_t left, size_t after)
{
	uint64_t kept = us_course_kept(c), moment = kept / MOMENT;
	uint64_t rest = left > kept ? left - kept : 0;

	return rest <= moment ? left : us_later(rest / after, moment);
}

/* How long this attempt may take before its answer begins. */
uint64_t us_course_limit(const struct us_call *c, uint64_t now)
{
	uint64_t set = us_course_stream(c) ? c->env.conf->first_token : c->env.conf->answer;
	uint64_t ms = set ? set : usual(c, begins(c));
	uint64_t left = us_course_remaining(c, now);
	size_t after = others_left(c);

	return left == US_NEVER || !after ? ms : us_sooner(ms, share_of(c, left, after));
}

/* What silence in mid-stream may use up of the program's time, if the last one is to have its
 * share. */
static uint64_t part(uint64_t ms, size_t others)
{
	return (ms - ms / 100 * LAST_SHARE) / (others ? others : 1);
}

/* Where little is left a pause of a second still ends no stream, unless a second is much of what
 * there was in the first place. */
uint64_t us_course_stall(const struct us_call *c, uint64_t now)
{
	uint64_t stall = c->env.conf->stall ? c->env.conf->stall : usual(c, WAIT_NEXT);
	uint64_t left = us_course_remaining(c, now), share, least;
	size_t others = others_left(c);

	if (left == US_NEVER)
		return stall;
	share = part(left, others);
	least = us_sooner(STALL_MIN_MS, part(c->limit, others));
	return us_sooner(us_later(share, least), stall);
}

void us_course_bound(const struct us_call *c, struct us_order *send)
{
	uint64_t left = us_course_remaining(c, c->attempt_began);
	bool untouched =
		c->cur->own && c->attempt_began == c->began && c->limit == c->own->limit_ms;

	if (left != US_NEVER && !untouched)
		send->total_ms = left ? left : 1;
	if (us_course_protects(c))
		send->connect_ms = c->env.conf->connect;
}

void us_course_move_limit(struct us_call *c, uint64_t now)
{
	bool whole = c->gate->reader.stopped || us_reader_whole(&c->gate->reader);

	if (!us_course_native(c))
		c->limit_at = now + (whole ? LINGER_MS : us_course_stall(c, now));
	else if (c->gate->track && us_course_protects(c))
		c->limit_at = now + (whole ? OWN_LINGER_MS : us_course_stall(c, now));
}

bool us_course_speaks(struct us_call *c, size_t n)
{
	c->crumbs += n;
	if (c->gate->part >= c->crumbs && c->crumbs < CRUMBS)
		return false;
	c->crumbs = 0;
	return true;
}

void us_course_heard(struct us_call *c, uint64_t now)
{
	if (now - c->heard > c->gap)
		c->gap = now - c->heard;
	c->heard = now;
	us_course_move_limit(c, now);
}

void us_call_queued(struct us_call *c, uint64_t until_ms, bool connected)
{
	uint64_t limit = us_course_limit(c, until_ms);

	if (c->phase != SENDING || c->limit_at == US_NEVER)
		return;
	if (!connected && c->env.conf->connect < limit)
		limit = c->env.conf->connect;
	c->limit_at = until_ms + limit;
	if (c->hedge.at)
		us_hedge_arm(c, until_ms);
}

/* limit.c - how long an attempt may take before its answer begins */
#include "engine/call_state.h"

#define LAST_SHARE 30 /* per cent of the program's limit kept for the last target */

bool us_course_protects(const struct us_call *c)
{
	return !c->bare && (!c->cur->own || us_plan_has_chain(c->env.conf, c->own));
}

static size_t others_left(const struct us_call *c)
{
	size_t n = 0;

	if (!c->plan.expanded)
		return c->own->tool ? c->own->tool->others.n : c->env.conf->fallbacks.n;
	for (size_t i = 0; i < c->plan.nothers; i++)
		n += !c->plan.others[i].spent && &c->plan.others[i] != c->cur;
	return n;
}

/* How long this attempt may take before its answer begins. What the program allows is divided:
 * the last one keeps its share, those before it have equal parts of the rest. */
uint64_t us_course_limit(const struct us_call *c, uint64_t now)
{
	uint64_t ms = us_course_stream(c) ? c->env.conf->first_token : c->env.conf->answer;
	uint64_t left = us_course_remaining(c, now), kept = c->limit * LAST_SHARE / 100;
	size_t after = others_left(c);

	if (left != US_NEVER && after) {
		uint64_t share = left > kept ? (left - kept) / after : left / (after + 1);

		ms = share < ms ? share : ms;
	}
	return ms;
}

void us_call_queued(struct us_call *c, uint64_t until_ms, bool connected)
{
	uint64_t limit = us_course_limit(c, until_ms);

	if (c->phase != SENDING || c->limit_at == US_NEVER)
		return;
	if (!connected && c->env.conf->connect < limit)
		limit = c->env.conf->connect;
	c->limit_at = until_ms + limit;
}

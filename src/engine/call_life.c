/* call_life.c - a call begins, and is put away */
#include "engine/call_state.h"

#include "base/mem.h"

#define PROBE_MS ((uint64_t)60 * 1000) /* a probe that has told nothing by then counts as dead */
#define FAILING 50                     /* per cent of the latest attempts that open a breaker */
#define SLOW 80                        /* the same of slow ones, if the user says what is slow */

struct us_call *us_call_new(struct us_call *spare, const struct us_call_env *env,
                            const struct us_own *own, struct us_span body, uint64_t number,
                            uint64_t seed, uint64_t now_ms)
{
	struct us_call *c = spare ? spare : us_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->env = *env;
	c->own = own;
	c->body = body;
	c->number = number;
	c->rand.state = seed;
	c->began = c->now = now_ms;
	c->said = &c->first_said;
	c->limit = us_shorter(own->limit_ms, env->conf->deadline);
	if (own->tool)
		c->limit = us_shorter(c->limit, own->tool->deadline);
	c->deadline = c->limit ? now_ms + c->limit : US_NEVER;
	c->policy = (struct us_health_policy){ .trip_after = (unsigned)env->conf->breaker.count,
		                               .open_ms = env->conf->breaker.ms,
		                               .probe_ms = PROBE_MS,
		                               .failing = FAILING,
		                               .slow = env->conf->slow ? SLOW : 0,
		                               .processes = &us_processes };
	us_plan_init(&c->plan, own);
	if (own->key)
		us_plan_own_keys(&c->plan, own, env->has_key, env->self);
	us_spend_begin(c);
	if (us_course_start(c, now_ms))
		return c;
	us_call_free(c);
	return NULL;
}

/* All but `resume`, which is large and mostly as it was. */
static void forget(struct us_call *c)
{
	struct us_gate *spare = c->spare;

	memset(c, 0, offsetof(struct us_call, resume));
	c->spare = spare;
}

void us_call_clear(struct us_call *c)
{
	us_course_drop_gates(c);
	us_resume_fini(c);
	us_failback_fini(c);
	us_hedge_fini(c);
	us_recall_fini(c);
	if (c->request)
		us_request_fini(c->request);
	us_free(c->request);
	us_plan_fini(&c->plan);
	forget(c);
}

void us_call_free(struct us_call *c)
{
	if (!c)
		return;
	us_call_clear(c);
	us_gate_free(c->spare);
	us_free(c);
}

const struct us_candidate *us_call_served_by(const struct us_call *c)
{
	if (c->resume.on)
		return c->resume.first;
	return c->phase == DONE || c->phase == RELAYING ? c->cur : NULL;
}

bool us_call_spliced(const struct us_call *c) { return c->resume.on; }

bool us_call_recalled(const struct us_call *c) { return us_course_recalled(c); }

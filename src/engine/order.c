/* order.c - in which order the fallbacks are asked
 *
 * The program's own provider is not among them: it is always the first, for it gets the very bytes
 * of the program and answers in its own words, and no speed is worth what a translation may lose.
 * Those that stand in are asked as they are named. Neighbours that have a weight are drawn among
 * one another, each time the first of those that are left: a load is shared, and whoever fails has
 * the others behind it. Or they are asked by what their answers lately took, which all processes
 * learn together; then weights mean nothing. One of whom that is not known, or was too long ago,
 * comes first, so that it becomes known: who was once slow would never be asked again.
 */
#include "engine/call_state.h"
#include "engine/choose.h"

static unsigned weight_of(const struct us_candidate *c) { return c->provider->weight; }

/* Puts the one at `from` before the one at `to`, to <= from. */
static void move_up(struct us_candidate *list, size_t from, size_t to)
{
	struct us_candidate moved = list[from];

	memmove(list + to + 1, list + to, (from - to) * sizeof(*list));
	list[to] = moved;
}

/* The first n are drawn, one after another. */
static void draw(struct us_candidate *list, size_t n, struct us_rand *rand)
{
	for (size_t at = 0; at + 1 < n; at++) {
		uint64_t all = 0, left;
		size_t i = at;

		for (size_t k = at; k < n; k++)
			all += weight_of(&list[k]);
		for (left = us_rand_between(rand, 0, all - 1); left >= weight_of(&list[i]); i++)
			left -= weight_of(&list[i]);
		move_up(list, i, at);
	}
}

static void by_weight(struct us_call *c)
{
	struct us_candidate *list = c->plan.others;
	size_t n;

	for (size_t at = 0; at < c->plan.nothers; at += n ? n : 1) {
		n = 0;
		while (at + n < c->plan.nothers && weight_of(&list[at + n]))
			n++;
		draw(list + at, n, &c->rand);
	}
}

static uint64_t pace(struct us_call *c, struct us_candidate *who)
{
	return us_slot_lately(us_candidate_slot(who, c->env.page), us_course_stream(c), c->now);
}

/* The unknown have 0. Equals stay as they are named. */
static void by_pace(struct us_call *c)
{
	struct us_candidate *list = c->plan.others;

	for (size_t i = 1; i < c->plan.nothers; i++) {
		uint64_t ms = pace(c, &list[i]);
		size_t to = i;

		while (to && pace(c, &list[to - 1]) > ms)
			to--;
		move_up(list, i, to);
	}
}

void us_course_expand(struct us_call *c)
{
	if (c->plan.expanded)
		return;
	us_plan_expand(&c->plan, c->env.conf, c->own, c->env.has_key, c->env.self);
	if (c->own->tool)
		return;
	if (c->env.conf->choice == US_PREFER_LATENCY)
		by_pace(c);
	else
		by_weight(c);
}

/* tell.c - what a call tells: to the log, to the ring of events, to the counters
 *
 * Of a healthy call the ring gets one record, at its end. A first attempt is therefore not told
 * when it begins: what becomes of it is.
 */
#include "engine/call_state.h"

/* Of kinds of notes that are events; 0 is none. */
#define EVENT(kind) (US_EVENT_##kind + 1)
static const unsigned char events[] = {
	[US_NOTE_ATTEMPT] = EVENT(ATTEMPT),   [US_NOTE_FAILED] = EVENT(VERDICT),
	[US_NOTE_WAIT] = EVENT(WAIT),         [US_NOTE_SKIP] = EVENT(SKIP),
	[US_NOTE_FAILOVER] = EVENT(FAILOVER), [US_NOTE_MEND] = EVENT(MEND),
	[US_NOTE_HEDGE] = EVENT(HEDGE),       [US_NOTE_CUT] = EVENT(CUT),
	[US_NOTE_SPLICE] = EVENT(SPLICE),     [US_NOTE_END] = EVENT(CALL),
};

static uint32_t narrow(uint64_t n) { return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX; }

static void add(_Atomic uint64_t *word, uint64_t n)
{
	if (n)
		atomic_fetch_add_explicit(word, n, memory_order_relaxed);
}

static void record(struct us_call *c, const struct us_slot *s, struct us_event *e)
{
	e->at_ms = c->now + c->env.unix_offset_ms;
	e->call = (uint32_t)c->number;
	e->slot = (uint16_t)us_page_number(c->env.page, s);
	e->tree = (uint16_t)us_page_tree_number(c->env.page, c->env.tree);
	us_events_add(us_page_events(c->env.page), e);
	if (c->env.event)
		c->env.event(c->env.self, e);
}

/* The answer that the program has got; NULL when there was none, or it was not given now. */
static const struct us_gate *shown_gate(const struct us_call *c)
{
	bool goes_on = c->gate && c->gate->spec.track && c->gate->state == US_GATE_OPEN;

	if (us_course_recalled(c))
		return NULL;
	return c->cur->own && c->kept && !goes_on ? c->kept : c->gate;
}

static void count_tree(struct us_call *c, const struct us_event *e)
{
	_Atomic uint64_t *count = c->env.tree->count;
	bool served = e->how == US_END_SERVED, recalled = us_course_recalled(c);

	add(&count[US_TREE_calls], 1);
	add(&count[US_TREE_attempts], c->tries);
	add(&count[US_TREE_served], served);
	add(&count[US_TREE_stood_in], served && !c->cur->own);
	add(&count[US_TREE_failed], !served && !recalled && e->how != US_END_STOPPED);
	add(&count[US_TREE_cached], recalled);
	add(&count[US_TREE_tokens_in], e->tokens_in);
	add(&count[US_TREE_tokens_out], e->tokens_out);
}

/* It has ended: what it came to. */
static void sum_up(struct us_call *c, struct us_slot *s, struct us_event *e)
{
	const struct us_gate *g = shown_gate(c);
	struct us_usage used = g ? g->reader.usage : (struct us_usage){ 0 };

	e->first_ms = narrow(c->first_ms);
	e->status = us_course_recalled(c) ? 200 : g ? (uint16_t)g->status : 0;
	e->attempt = (uint16_t)c->tries;
	e->tokens_in = narrow(used.in);
	e->tokens_out = narrow(used.out);
	add(&s->ended[e->how], 1);
	add(&s->count[US_COUNT_cached], us_course_recalled(c));
	if (e->how == US_END_NOBODY || e->how == US_END_BROKEN || e->how == US_END_SILENT ||
	    (e->how == US_END_SHOWN && e->status >= 429))
		us_spend_lost(c);
	if (e->how == US_END_SERVED)
		us_times_add(&s->duration, e->ms);
	if (used.known & US_USAGE_IN)
		us_sizes_add(&s->tokens_in, used.in);
	if (used.known & US_USAGE_OUT)
		us_sizes_add(&s->tokens_out, used.out);
	if (c->env.tree)
		count_tree(c, e);
}

static void enter(struct us_call *c, struct us_candidate *who, const struct us_note *n)
{
	struct us_event e = { .kind = (uint8_t)(events[n->kind] - 1),
		              .how = (uint8_t)n->end,
		              .cause = (uint16_t)n->cause,
		              .status = (uint16_t)n->status,
		              .attempt = (uint16_t)n->attempt,
		              .ms = narrow(n->ms) };
	struct us_slot *s = us_candidate_slot(who, c->env.page);

	if (n->kind == US_NOTE_FAILED)
		add(&s->failed_by[n->cause], 1);
	if (n->kind == US_NOTE_END)
		sum_up(c, s, &e);
	record(c, s, &e);
}

void us_course_tell(struct us_call *c, struct us_candidate *who, const struct us_note *n)
{
	struct us_note told = *n;

	told.attempt = who->attempts;
	if (events[n->kind] && !(n->kind == US_NOTE_ATTEMPT && c->tries == 1))
		enter(c, who, &told);
	if (!c->env.note)
		return;
	told.call = c->number;
	told.provider = who->name;
	told.model = who->rendered ? who->request.to.model_name : who->model;
	c->env.note(c->env.self, &told);
}

void us_course_turned(struct us_call *c, struct us_candidate *who, bool turned)
{
	if (turned)
		us_course_turned_slot(c, us_candidate_slot(who, c->env.page), true);
}

void us_course_turned_slot(struct us_call *c, struct us_slot *s, bool turned)
{
	struct us_event e = { .kind = US_EVENT_BREAKER };
	struct us_health_look look;

	if (!turned)
		return;
	look = us_health_look(&s->health, &c->policy, c->now);
	e.how = (uint8_t)us_health_turn(&look);
	e.cause = e.how == US_TURN_CLOSED ? US_CAUSE_NONE : (uint16_t)look.cause;
	e.status = e.cause ? (uint16_t)look.status : 0;
	e.ms = narrow(look.wait_ms);
	record(c, s, &e);
}

static bool is_slow(const struct us_call *c, uint64_t ms)
{
	return c->env.conf->slow && ms > c->env.conf->slow;
}

void us_course_measure(struct us_call *c, struct us_candidate *who, uint64_t ms)
{
	struct us_slot *s = us_candidate_slot(who, c->env.page);

	us_times_add(us_course_stream(c) ? &s->first : &s->answer, ms);
	if (c->env.conf->choice == US_PREFER_LATENCY)
		us_slot_pace(s, us_course_stream(c), ms);
	atomic_store_explicit(&s->ok_ms, c->now, memory_order_relaxed);
	us_course_turned(c, who,
	                 us_health_mark(&s->health, &c->policy, false, is_slow(c, ms), c->now));
}

void us_course_measure_at_least(struct us_call *c, struct us_candidate *who, uint64_t ms)
{
	struct us_slot *s = us_candidate_slot(who, c->env.page);

	us_times_add(us_course_stream(c) ? &s->first : &s->answer, ms);
	if (is_slow(c, ms))
		us_course_turned(c, who,
		                 us_health_mark(&s->health, &c->policy, false, true, c->now));
}

void us_course_measure_gap(struct us_call *c)
{
	const struct us_gate *g = c->gate;

	if (g && g->state == US_GATE_OPEN && g->reading && us_framing_is_stream(g->reader.framing))
		us_times_add(&us_candidate_slot(c->cur, c->env.page)->gap, c->gap);
}

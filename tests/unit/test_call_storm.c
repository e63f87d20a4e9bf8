/* test_call_storm.c - two hundred calls at once, and what they send when all or most of it fails
 *
 * The clock is moved by hand: from each event to the next one that any of the calls waits for.
 */
#include "call_world.h"

#define CALLS 200
#define ANSWERS_MS 50 /* after a request was sent */

/* How a provider answers. */
struct fate {
	enum us_cause broken; /* NONE: with the head and body */
	const char *head, *body;
	uint64_t takes_ms; /* 0: ANSWERS_MS */
};

static const struct fate own_well = { US_CAUSE_NONE, JSON_HEAD("200 OK"), ANSWER, 0 };

struct flight {
	struct us_call *call;
	const struct us_candidate *to; /* whom an attempt is in flight to; NULL: none */
	uint64_t answers_at;
	enum us_finish how;
	bool over;
};

struct storm {
	struct world *w;
	struct flight flight[CALLS];
	size_t n;
	struct fate own, target;
	uint64_t well_at, back_at; /* the own provider is well from then on; first served by it */
	size_t sent_own, sent_target, served, finished_well;
	uint64_t seed;
	char text[CALLS][128];
};

static uint64_t takes(const struct fate *fate)
{
	return fate->takes_ms ? fate->takes_ms : ANSWERS_MS;
}

static void follow(struct storm *s, struct flight *f)
{
	for (;;) {
		struct us_order o = us_call_next(f->call);

		switch (o.kind) {
		case US_ORDER_NONE:
			return;
		case US_ORDER_CANCEL:
			f->to = NULL;
			break;
		case US_ORDER_SEND:
			f->to = o.to;
			f->answers_at = s->w->now + takes(o.to->own ? &s->own : &s->target);
			*(o.to->own ? &s->sent_own : &s->sent_target) += 1;
			break;
		case US_ORDER_FINISH:
			f->over = true;
			f->how = o.finish;
			s->served += o.finish == US_FINISH_OK;
			s->finished_well +=
				o.finish == US_FINISH_OK || o.finish == US_FINISH_AS_ENDED;
			return;
		default:
			break;
		}
	}
}

static void answers(struct storm *s, struct flight *f)
{
	bool is_well = f->to->own && s->well_at && s->w->now >= s->well_at;
	const struct fate *fate = is_well ? &own_well : f->to->own ? &s->own : &s->target;
	struct us_span rest = us_span_of(fate->head), line;

	if (is_well && !s->back_at)
		s->back_at = s->w->now;
	f->to = NULL;
	while (fate->head && us_span_next(&rest, '\n', &line)) {
		char text[128];

		if (!line.n)
			continue;
		snprintf(text, sizeof(text), "%.*s\n", (int)line.n, line.p);
		us_call_header(f->call, us_span_of(text), text[0] == '\r', 0, s->w->now);
	}
	follow(s, f);
	if (fate->body && !f->over)
		us_call_body(f->call, us_span_of(fate->body), s->w->now);
	follow(s, f);
	if (!f->over)
		us_call_ended(f->call, fate->broken, s->w->now);
	follow(s, f);
}

/* When this one is to hear something, and whether it is the answer. */
static uint64_t due(const struct flight *f)
{
	uint64_t timer = us_call_due(f->call);

	return f->to && f->answers_at < timer ? f->answers_at : timer;
}

static void begin_call(struct storm *s, const char *body)
{
	struct flight *f = &s->flight[s->n++];
	struct world *w = s->w;

	f->call =
		us_call_new(NULL, &w->env, &w->own, us_span_of(body), s->n, s->n + s->seed, w->now);
	assert_non_null(f->call);
	follow(s, f);
}

/* Until all are over, or until then. */
static void play_until(struct storm *s, uint64_t end_ms)
{
	for (;;) {
		struct flight *next = NULL;

		for (size_t i = 0; i < s->n; i++)
			if (!s->flight[i].over && (!next || due(&s->flight[i]) < due(next)))
				next = &s->flight[i];
		if (!next || due(next) > end_ms)
			break;
		assert_true(due(next) != US_NEVER);
		if (due(next) > s->w->now)
			s->w->now = due(next);
		if (next->to && next->answers_at <= s->w->now) {
			answers(s, next);
		} else {
			us_call_timer(next->call, s->w->now);
			follow(s, next);
		}
	}
	if (end_ms != US_NEVER)
		s->w->now = end_ms;
}

static void play(struct storm *s) { play_until(s, US_NEVER); }

static struct storm *prepare(struct world *w, struct fate own, struct fate target)
{
	static struct storm s;

	s = (struct storm){ .w = w, .own = own, .target = target };
	begin(w, REQUEST); /* reads the settings; the call itself is not one of ours */
	us_call_free(w->call);
	w->call = NULL;
	memset(us_page_budget(&w->page), 0, sizeof(struct us_budget));
	for (size_t i = 0; i < CALLS; i++)
		snprintf(s.text[i], sizeof(s.text[i]),
		         "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"%"
		         "zu\"}]}",
		         i);
	return &s;
}

static void play_all(struct storm *s)
{
	for (size_t i = 0; i < CALLS; i++)
		begin_call(s, s->text[i]);
	play(s);
}

static void end(struct storm *s)
{
	for (size_t i = 0; i < s->n; i++)
		us_call_free(s->flight[i].call);
}

static const struct fate busy = { US_CAUSE_NONE, JSON_HEAD("503 Busy"), "{}", 0 };
static const struct fate conflict = { US_CAUSE_NONE, "HTTP/1.1 409 Now\r\n\r\n", "{}", 0 };
static const struct fate refused = { .broken = US_CAUSE_CONNECT };
static const struct fate well = { US_CAUSE_NONE, JSON_HEAD("200 OK"), CLAUDE, 0 };

static void when_everything_fails_all_attempts_are_a_tenth_more_and_the_bucket(void **state)
{
	struct world *w = *state;
	struct storm *s = prepare(w, busy, busy);

	play_all(s);
	assert_true(s->sent_own + s->sent_target <= CALLS + CALLS / 10 + w->conf.budget);
	end(s);
}

/* No breaker opens for a conflict: but for the bucket there would be six attempts to a call. */
static void nor_are_there_more_where_no_breaker_helps(void **state)
{
	struct world *w = *state;
	struct storm *s = prepare(w, conflict, conflict);

	play_all(s);
	print_message("%zu calls: %zu attempts on their own provider, %zu on the other\n", s->n,
	              s->sent_own, s->sent_target);
	assert_true(s->sent_own + s->sent_target <= CALLS + CALLS / 10 + w->conf.budget);
	assert_true(s->sent_own + s->sent_target >= CALLS + w->conf.budget); /* it is used */
	end(s);
}

static void a_silent_target_is_no_way_around_the_bucket(void **state)
{
	static const struct fate silent = { .broken = US_CAUSE_TIMEOUT };
	struct world *w = *state;
	struct storm *s = prepare(w, busy, silent);

	play_all(s);
	assert_true(s->sent_own + s->sent_target <= CALLS + CALLS / 10 + w->conf.budget);
	end(s);
}

static void when_the_next_one_is_well_all_are_served_by_it(void **state)
{
	struct world *w = *state;
	struct storm *s = prepare(w, busy, well);
	uint64_t began = w->now;

	play_all(s);
	assert_int_equal(s->served, CALLS);
	assert_true(w->now - began < 5000);
	end(s);
}

/* A whole answer of a model may well take half a minute: it is waited for. */
static void the_news_of_a_slow_one_is_waited_for(void **state)
{
	static const struct fate slow = { US_CAUSE_NONE, JSON_HEAD("200 OK"), CLAUDE, 30000 };
	struct world *w = *state;
	struct storm *s = prepare(w, busy, slow);

	play_all(s);
	assert_int_equal(s->served, CALLS);
	end(s);
}

static void
without_a_token_and_with_nobody_to_bring_news_a_call_is_patient_and_no_more(void **state)
{
	struct world *w = *state;
	struct storm *s = prepare(w, busy, well);
	uint64_t began = w->now;

	while (us_budget_take(us_page_budget(&w->page), w->conf.budget, w->now))
		;
	begin_call(s, s->text[0]);
	play(s);
	assert_int_equal(s->sent_target, 0);
	assert_true(w->now - began >= w->conf.patience);
	assert_true(w->now - began < w->conf.patience + 1000);
	end(s);
}

static void what_never_left_this_machine_costs_nothing(void **state)
{
	struct world *w = *state;
	struct storm *s = prepare(w, refused, well);
	uint64_t began = w->now;

	play_all(s);
	assert_int_equal(s->served, CALLS);
	assert_int_equal(s->sent_target, CALLS);
	assert_int_equal(w->now - began, 2 * ANSWERS_MS); /* nobody waited */
	assert_true(us_budget_has(us_page_budget(&w->page), 1, w->now));
	end(s);
}

/* Three dead hosts in the chain are not three tokens for each call. */
static void nor_does_a_fallback_that_was_not_reached(void **state)
{
	struct world *w = *state;
	struct storm *s = prepare(w, conflict, refused);

	for (size_t i = 0; i < CALLS; i++) {
		begin_call(s, s->text[i]);
		play(s);
	}
	assert_true(us_budget_has(us_page_budget(&w->page), w->conf.budget, w->now));
	assert_true(s->sent_target > 0);
	end(s);
}

static void a_budget_of_none_holds_nobody_back(void **state)
{
	struct world *w = *state;
	struct storm *s;

	set(w, "UNDERSTUDY_BUDGET", "0");
	s = prepare(w, conflict, conflict);
	play_all(s);
	assert_int_equal(s->sent_own, 3 * CALLS);
	end(s);
}

/* Three tries of ours in each of three of its own would be nine. */
static void a_program_that_tries_again_itself_is_counted_in(void **state)
{
	struct world *w = *state;
	struct storm *s;
	uint64_t before;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	s = prepare(w, busy, busy);
	for (size_t i = 0; i < 3; i++) {
		begin_call(s, REQUEST);
		play(s);
	}
	assert_int_equal(s->sent_own, 3 + 1 + 1);
	before = atomic_load(&us_page_budget(&w->page)->debt) >> 48;
	w->now += 10001; /* no repeat any more; time has paid for one */
	begin_call(s, REQUEST);
	play(s);
	assert_true(atomic_load(&us_page_budget(&w->page)->debt) >> 48 < before + 300);
	end(s);
}

static void a_program_that_asks_something_else_is_not(void **state)
{
	struct world *w = *state;
	struct storm *s;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	set(w, "UNDERSTUDY_BREAKER", "1000/60s");
	s = prepare(w, conflict, busy);
	for (size_t i = 0; i < 3; i++) {
		begin_call(s, s->text[i]);
		play(s);
	}
	assert_int_equal(s->sent_own, 9);
	end(s);
}

/* Failover Bench, S15: 503 for a minute, then healthy; twenty calls, one every four seconds. */
static void an_outage_of_a_minute_costs_eight_attempts_and_is_over_when_it_is_over(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BACKOFF", NULL);
	for (int round = 0; round < 50; round++) {
		struct storm *s = prepare(w, busy, well);
		uint64_t began = w->now += 3600000; /* the breaker has forgotten the last round */
		size_t on_dead = 0;

		s->well_at = began + 60000;
		for (uint64_t i = 0; i < 20; i++) {
			play_until(s, began + i * 4000);
			if (i == 15)
				on_dead = s->sent_own;
			s->seed = (uint64_t)round * 20 + i;
			begin_call(s, s->text[i]);
		}
		play(s);
		assert_int_equal(s->finished_well, 20);
		assert_in_range(on_dead, 3, 8);
		assert_true(s->back_at && s->back_at - s->well_at <= 10000);
		end(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(when_everything_fails_all_attempts_are_a_tenth_more_and_the_bucket),
		TEST(nor_are_there_more_where_no_breaker_helps),
		TEST(a_silent_target_is_no_way_around_the_bucket),
		TEST(when_the_next_one_is_well_all_are_served_by_it),
		TEST(what_never_left_this_machine_costs_nothing),
		TEST(nor_does_a_fallback_that_was_not_reached),
		TEST(the_news_of_a_slow_one_is_waited_for),
		TEST(without_a_token_and_with_nobody_to_bring_news_a_call_is_patient_and_no_more),
		TEST(a_budget_of_none_holds_nobody_back),
		TEST(a_program_that_tries_again_itself_is_counted_in),
		TEST(a_program_that_asks_something_else_is_not),
		TEST(an_outage_of_a_minute_costs_eight_attempts_and_is_over_when_it_is_over),
	};

	return cmocka_run_group_tests_name("call storm", tests, NULL, NULL);
}

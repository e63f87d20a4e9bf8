/* test_call_clocks.c - every fault of every provider ends within the program's own limit
 *
 * The clock is moved by hand to whatever comes first: what the provider does, a limit of the call's
 * own, or libcurl's, as the order to send has it.
 */
#include "call_world.h"

enum does { ANSWERS, FAILS, REFUSES, RESETS, STAYS_SILENT, SENDS_HEAD_ONLY, LIMITS, FATES };

/* What comes of an attempt `after` its beginning; NEVER: nothing. */
struct fate {
	const char *name;
	uint64_t after;
	enum us_cause broken;
	const char *head, *body;
};

static const struct fate fates[FATES] = {
	[ANSWERS] = { "well", 40, US_CAUSE_NONE, JSON_HEAD("200 OK"), ANSWER },
	[FAILS] = { "503", 40, US_CAUSE_NONE, JSON_HEAD("503 Busy"), "{}" },
	[REFUSES] = { "refused", 1, US_CAUSE_CONNECT, NULL, NULL },
	[RESETS] = { "reset", 30, US_CAUSE_RESET, NULL, NULL },
	[STAYS_SILENT] = { "silent", US_NEVER, US_CAUSE_NONE, NULL, NULL },
	[SENDS_HEAD_ONLY] = { "head only", US_NEVER, US_CAUSE_NONE, JSON_HEAD("200 OK"), NULL },
	[LIMITS] = { "429", 40, US_CAUSE_NONE, "HTTP/1.1 429 Slow\r\nRetry-After: 2\r\n\r\n",
	             "{}" },
};

static const uint64_t limits[] = { 300, 1000, 3000, 10000, 30000, 120000, 600000 };

/* The attempt in flight: until when it may go on, by libcurl's own limits. */
static uint64_t curls_limit(const struct world *w, uint64_t began)
{
	uint64_t ms = w->order.total_ms ? w->order.total_ms : w->own.limit_ms;

	return ms ? began + ms : US_NEVER;
}

static void play_attempt(struct world *w, const struct fate *f)
{
	uint64_t began = w->now, end = curls_limit(w, began);
	uint64_t done = f->after == US_NEVER ? US_NEVER : began + f->after;

	if (f->head && f->after == US_NEVER)
		head(w, f->head);
	while (w->order.kind == US_ORDER_NONE || w->now == began) {
		uint64_t due = us_call_due(w->call);

		if (done <= end && done <= due) {
			w->now = done;
			if (f->head)
				answer(w, f->head,
				       w->order.to && !w->order.to->own && f->body[1] == '"'
				               ? CLAUDE
				               : f->body);
			else
				ended(w, f->broken);
			return;
		}
		assert_true(end != US_NEVER || due != US_NEVER);
		w->now = due < end ? due : end;
		if (due < end)
			us_call_timer(w->call, w->now);
		else
			us_call_ended(w->call, US_CAUSE_TIMEOUT, w->now);
		obey(w);
	}
}

static void play_call(struct world *w, const struct fate *own, const struct fate *target,
                      uint64_t limit)
{
	uint64_t began = w->now;

	while (w->order.kind != US_ORDER_FINISH) {
		if (w->order.kind == US_ORDER_SEND) {
			bool is_own = w->order.to->own;

			if (!is_own && w->order.total_ms * 100 < limit * 30)
				fail_msg("%s, then %s: of %llu ms the last one got %llu", own->name,
				         target->name, (unsigned long long)limit,
				         (unsigned long long)w->order.total_ms);
			play_attempt(w, is_own ? own : target);
		} else {
			assert_true(us_call_due(w->call) != US_NEVER);
			wait_due(w);
		}
	}
	if (w->now - began > limit + 20)
		fail_msg("%s, then %s: %llu ms of %llu", own->name, target->name,
		         (unsigned long long)(w->now - began), (unsigned long long)limit);
}

static void whatever_happens_it_is_over_in_time_and_the_last_one_has_its_share(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BACKOFF", NULL);
	set(w, "UNDERSTUDY_BUDGET", "0");
	for (int own = 0; own < FATES; own++)
		for (int target = 0; target < FATES; target++)
			for (size_t i = 0; i < US_COUNT(limits) * 2; i++) {
				w->own.limit_ms = limits[i / 2];
				w->now += 3600000; /* breakers have forgotten */
				begin(w, i % 2 ? STREAMED : REQUEST);
				play_call(w, &fates[own], &fates[target], w->own.limit_ms);
			}
}

static void alone_it_is_over_in_time_too(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BACKOFF", NULL);
	set(w, "UNDERSTUDY_FALLBACKS", "");
	for (int own = 0; own < FATES; own++)
		for (size_t i = 0; i < US_COUNT(limits); i++) {
			w->own.limit_ms = limits[i];
			w->now += 3600000;
			begin(w, REQUEST);
			play_call(w, &fates[own], &fates[own], w->own.limit_ms);
		}
}

/* --- in mid-stream --------------------------------------------------------------------------- */

#define TWO "anthropic:claude-haiku-4-5@http://t1,local:b@http://t2/v1"

static void begin_talking(struct world *w)
{
	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("Once upon a time"));
}

static void silence_in_mid_stream_leaves_the_last_one_its_share(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BUDGET", "0");
	for (size_t i = 0; i < US_COUNT(limits) * 2; i++) {
		uint64_t began = w->now += 3600000, limit = w->own.limit_ms = limits[i / 2];
		size_t others = i % 2 + 1;

		set(w, "UNDERSTUDY_FALLBACKS", others == 2 ? TWO : "local:b@http://t2/v1");
		begin_talking(w);
		for (; others; others--) {
			wait_due(w);
			assert_int_equal(w->order.kind, US_ORDER_SEND);
		}
		expect_send(w, "local");
		assert_in_range(w->order.total_ms, limit * 30 / 100, limit);
		w->now = began + limit;
		ended(w, US_CAUSE_TIMEOUT);
		expect_finish(w, US_FINISH_OWN);
	}
}

static void of_ten_seconds_three_parts_are_made(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 10000;
	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	begin_talking(w);
	assert_int_equal(wait_due(w), 3500);
	expect_send(w, "anthropic");
	assert_int_equal(wait_due(w), 3500);
	expect_send(w, "local");
	assert_int_equal(w->order.total_ms, 3000);
}

static void a_pause_near_the_end_of_the_programs_time_ends_no_stream(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 60000;
	begin_talking(w);
	for (int i = 0; i < 59; i++) {
		wait_ms(w, 990);
		body(w, TEXT("and"));
	}
	assert_int_equal(w->cancels, 0);
}

/* A loop that comes back late: 3.1 s are left, of which the last one keeps 3. */
static void nobody_is_asked_for_a_moment_only(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 10000;
	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	begin(w, STREAMED);
	wait_ms(w, 6900);
	expect_send(w, "anthropic");
	assert_int_equal(us_call_due(w->call) - w->now, 3100);
}

/* Of many there is time for some. */
static void parts_do_not_become_moments(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 10000;
	set(w, "UNDERSTUDY_FALLBACKS",
	    "a:m@http://t1/v1,b:m@http://t2/v1,c:m@http://t3/v1,d:m@http://t4/v1,e:m@http://t5/v1,"
	    "f:m@http://t6/v1,g:m@http://t7/v1,h:m@http://t8/v1,i:m@http://t9/v1,j:m@http://t0/v1,"
	    "k:m@http://u1/v1,l:m@http://u2/v1,m:m@http://u3/v1,n:m@http://u4/v1,o:m@http://u5/v1,"
	    "p:m@http://u6/v1");
	set(w, "UNDERSTUDY_BUDGET", "0");
	begin(w, STREAMED);
	for (int i = 0; i < 13; i++)
		assert_int_equal(wait_due(w), 500);
	assert_int_equal(us_call_due(w->call) - w->now, 3500);
}

/* --- each limit in each phase ---------------------------------------------------------------- */

static uint64_t left(const struct world *w) { return us_call_due(w->call) - w->now; }

static void a_stream_has_one_limit_for_its_first_word_and_then_one_for_each_silence(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	expect_send(w, "openai");
	assert_int_equal(w->order.connect_ms, 5000);
	assert_int_equal(left(w), 10000);
	wait_ms(w, 1000);
	head(w, SSE_HEAD);
	assert_int_equal(left(w), 9000);
	wait_ms(w, 1000);
	body(w, ": ping\n\n");
	assert_int_equal(left(w), 8000);
	wait_ms(w, 1000);
	body(w, FIRST);
	assert_int_equal(left(w), 7000);
	wait_ms(w, 1000);
	body(w, TEXT("Once"));
	assert_int_equal(left(w), 20000);
	wait_ms(w, 19999);
	assert_int_equal(w->cancels, 0);
	body(w, TEXT(" upon"));
	assert_int_equal(left(w), 20000);
	assert_int_equal(wait_due(w), 20000);
	assert_int_equal(w->cancels, 1);
	expect_send(w, "anthropic");
	assert_int_equal(left(w), 10000);
}

static void a_plain_answer_has_one_limit_for_all_of_it(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	assert_int_equal(w->order.connect_ms, 5000);
	assert_int_equal(left(w), 120000);
	wait_ms(w, 1000);
	head(w, JSON_HEAD("200 OK"));
	assert_int_equal(left(w), 119000);
	wait_ms(w, 1000);
	body(w, "{\"id\":");
	assert_int_equal(wait_due(w), 118000);
	assert_int_equal(w->cancels, 1);
	expect_send(w, "anthropic");
	assert_int_equal(left(w), 120000);
}

/* Of four seconds. `first`: what libcurl has to be told of them at the beginning. */
static void counts_down(struct world *w, uint64_t first)
{
	begin(w, REQUEST);
	assert_int_equal(w->order.total_ms, first);
	wait_ms(w, 100);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	assert_int_equal(wait_due(w), 1000);
	expect_send(w, "openai");
	assert_int_equal(w->order.total_ms, 2900);
	assert_int_equal(wait_due(w), 1700);
	expect_send(w, "anthropic");
	assert_int_equal(w->order.total_ms, 1200);
}

static void the_total_is_what_is_left_of_the_programs_limit(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 4000;
	set(w, "UNDERSTUDY_DEADLINE", "1m");
	counts_down(w, 0); /* the program has told it */
}

static void the_total_is_what_is_left_of_our_limit_where_that_is_shorter(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 60000;
	set(w, "UNDERSTUDY_DEADLINE", "4s");
	counts_down(w, 4000);
}

static void who_would_have_a_moment_only_is_not_tried_again(void **state)
{
	static const struct {
		const char *head, *to;
	} rows[] = {
		{ "HTTP/1.1 429 Slow\r\nRetry-After-Ms: 2690\r\n\r\n", "anthropic" },
		{ "HTTP/1.1 429 Slow\r\nRetry-After-Ms: 2200\r\n\r\n", "openai" },
	};
	struct world *w = *state;

	w->own.limit_ms = 4000;
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		w->now += 3600000;
		begin(w, REQUEST);
		wait_ms(w, 100);
		answer(w, rows[i].head, "{}");
		if (w->order.kind == US_ORDER_NONE)
			assert_int_equal(wait_due(w), 2200);
		expect_send(w, rows[i].to);
	}
}

/* --- what a provider usually needs ----------------------------------------------------------- */

static uint64_t leaves_after(struct world *w, const char *body)
{
	begin(w, body);
	expect_send(w, "openai");
	return us_call_due(w->call) - w->now;
}

static void learn(struct world *w, struct us_times *t, int n, uint64_t ms)
{
	memset(t, 0, sizeof(*t));
	for (int i = 0; i < n; i++)
		us_times_add(t, ms);
}

static void a_silent_stream_is_left_after_three_times_what_it_usually_needs(void **state)
{
	struct world *w = *state;
	struct us_slot *s = us_page_slot(&w->page, US_SPAN("openai"), US_SPAN("http://own:80"),
	                                 US_SPAN("gpt-4o"));

	assert_int_equal(leaves_after(w, STREAMED), 10000);
	learn(w, &s->first, 49, 3000);
	assert_int_equal(leaves_after(w, STREAMED), 10000); /* too few to know */
	learn(w, &s->first, 50, 3000);
	assert_int_equal(leaves_after(w, STREAMED), 3 * 4096);
	assert_int_equal(leaves_after(w, REQUEST), 120000); /* of which nothing is known */
	learn(w, &s->first, 50, 100);
	assert_int_equal(leaves_after(w, STREAMED), 5000);
	learn(w, &s->first, 50, 50000);
	assert_int_equal(leaves_after(w, STREAMED), 60000);
	learn(w, &s->answer, 50, 9000);
	assert_int_equal(leaves_after(w, REQUEST), 3 * 16384);
}

static void what_the_user_says_is_not_learnt_better(void **state)
{
	struct world *w = *state;
	struct us_slot *s = us_page_slot(&w->page, US_SPAN("openai"), US_SPAN("http://own:80"),
	                                 US_SPAN("gpt-4o"));

	learn(w, &s->first, 1000, 9000);
	set(w, "UNDERSTUDY_FIRST_TOKEN", "3s");
	assert_int_equal(leaves_after(w, STREAMED), 3000);
}

/* A stream that has begun, and the silence that is borne from there. */
static uint64_t goes_on_after(struct world *w)
{
	w->own.limit_ms = 0;
	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("Hello"));
	return us_call_due(w->call) - w->now;
}

static void a_stream_that_has_begun_may_be_silent_as_long_as_others_were(void **state)
{
	struct world *w = *state;
	struct us_slot *s = us_page_slot(&w->page, US_SPAN("openai"), US_SPAN("http://own:80"),
	                                 US_SPAN("gpt-4o"));

	assert_int_equal(goes_on_after(w), 20000);
	learn(w, &s->gap, 49, 3000);
	assert_int_equal(goes_on_after(w), 20000);
	learn(w, &s->gap, 50, 3000);
	assert_int_equal(goes_on_after(w), 3 * 4096);
	learn(w, &s->gap, 50, 20);
	assert_int_equal(goes_on_after(w), 5000);
	learn(w, &s->gap, 50, 400000);
	assert_int_equal(goes_on_after(w), 120000);
	set(w, "UNDERSTUDY_STALL", "7s");
	assert_int_equal(goes_on_after(w), 7000);
}

/* One silence per stream: the longest between two pieces, not what came before the first, nor what
 * the program has made by pausing. */
static void the_longest_silence_of_a_whole_stream_is_learnt(void **state)
{
	struct world *w = *state;
	struct us_slot *s = us_page_slot(&w->page, US_SPAN("openai"), US_SPAN("http://own:80"),
	                                 US_SPAN("gpt-4o"));

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	wait_ms(w, 5000);
	body(w, FIRST TEXT("Hello"));
	wait_ms(w, 300);
	body(w, TEXT("Hello"));
	wait_ms(w, 700);
	body(w, TEXT("Hello"));
	wait_ms(w, 3000);
	us_call_paused(w->call, w->now);
	body(w, STOP DONE);
	ended(w, US_CAUSE_NONE);
	assert_int_equal(us_times_count(&s->gap), 1);
	assert_int_equal(atomic_load(&s->gap.sum_ms), 700);
	begin(w, STREAMED); /* of one that broke off nothing is learnt, nor of a plain answer */
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("Hello"));
	wait_ms(w, 900);
	ended(w, US_CAUSE_RESET);
	begin(w, REQUEST);
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	assert_int_equal(us_times_count(&s->gap), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whatever_happens_it_is_over_in_time_and_the_last_one_has_its_share),
		TEST(alone_it_is_over_in_time_too),
		TEST(silence_in_mid_stream_leaves_the_last_one_its_share),
		TEST(of_ten_seconds_three_parts_are_made),
		TEST(nobody_is_asked_for_a_moment_only),
		TEST(parts_do_not_become_moments),
		TEST(a_pause_near_the_end_of_the_programs_time_ends_no_stream),
		TEST(a_stream_has_one_limit_for_its_first_word_and_then_one_for_each_silence),
		TEST(a_plain_answer_has_one_limit_for_all_of_it),
		TEST(the_total_is_what_is_left_of_the_programs_limit),
		TEST(the_total_is_what_is_left_of_our_limit_where_that_is_shorter),
		TEST(who_would_have_a_moment_only_is_not_tried_again),
		TEST(a_silent_stream_is_left_after_three_times_what_it_usually_needs),
		TEST(what_the_user_says_is_not_learnt_better),
		TEST(a_stream_that_has_begun_may_be_silent_as_long_as_others_were),
		TEST(the_longest_silence_of_a_whole_stream_is_learnt),
	};

	return cmocka_run_group_tests_name("call clocks", tests, NULL, NULL);
}

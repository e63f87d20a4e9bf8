/* test_hedge.c - a second provider beside one that is slow: who serves, who is stopped, who pays */
#include "call_world.h"

#define C_START                                                                                    \
	"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m2\","      \
	"\"model\":\"claude\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n"            \
	"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"         \
	"\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
#define C_TEXT                                                                                     \
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"         \
	"\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
#define C_END                                                                                      \
	"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"       \
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"      \
	"\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}\n\n"                \
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
#define TWO "anthropic:claude-haiku-4-5@http://t1,local:llama@http://t2/v1"

enum { OWN = 1, SECOND = 2 };

static int make_hedging(void **state)
{
	int rc = make_world(state);

	set(*state, "UNDERSTUDY_HEDGE", "800ms");
	return rc;
}

#define HEDGING(f) cmocka_unit_test_setup_teardown(f, make_hedging, drop_world)

/* What is told next is of this one, which is in flight. */
static struct world *of(struct world *w, unsigned flight)
{
	assert_true(us_call_about(w->call, flight));
	return w;
}

static struct us_slot *own_slot(struct world *w)
{
	return us_page_slot(&w->page, US_SPAN("openai"), US_SPAN("http://own:80"),
	                    US_SPAN("gpt-4o"));
}

static struct us_slot *second_slot(struct world *w)
{
	return us_page_slot(&w->page, US_SPAN("anthropic"), US_SPAN("http://t1:80"),
	                    US_SPAN("claude-haiku-4-5"));
}

static uint64_t counted(struct us_slot *s, enum us_count what)
{
	return atomic_load(&s->count[what]);
}

static void forget_failures(struct world *w)
{
	struct us_slot *s;

	for (size_t n = 0; (s = us_page_nth(&w->page, n)); n++)
		memset(&s->health, 0, sizeof(s->health));
}

/* Two are in flight, 800 ms after the call began. */
static void begin_two(struct world *w, const char *request)
{
	w->cancels = 0;
	begin(w, request);
	expect_send(w, "openai");
	assert_int_equal(wait_due(w), 800);
	expect_send(w, "anthropic");
	assert_int_equal(w->order.flight, SECOND);
	assert_int_equal(w->cancels, 0);
	obey(w);
}

/* --- when ------------------------------------------------------------------------------------ */

static void nobody_is_asked_beside_one_that_answers_in_time(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	wait_ms(w, 799);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_int_equal(counted(own_slot(w), US_COUNT_attempts), 1);
	assert_int_equal(w->cancels, 0);
}

static void a_stream_that_has_begun_is_not_raced(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("a"));
	wait_ms(w, 5000);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
}

static void a_tool_call_that_is_still_held_has_begun_too(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":\"function\","
	                    "\"function\":{\"name\":\"look\",\"arguments\":\"{\"}}]}",
	                    "null"));
	expect_shown(w, "");
	wait_ms(w, 5000);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
}

static void off_means_off(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_HEDGE", "0");
	begin(w, STREAMED);
	assert_int_equal(wait_due(w), 10000);
	assert_int_equal(w->cancels, 1); /* left, not raced */
}

static void its_own_usual_time_is_learnt(void **state)
{
	struct world *w = *state;
	struct us_slot *s = own_slot(w);

	set(w, "UNDERSTUDY_HEDGE", "p95");
	for (int i = 0; i < 49; i++)
		us_times_add(&s->first, i < 46 ? 100 : 3000);
	begin(w, STREAMED);
	assert_int_equal(us_call_due(w->call) - w->now, 10000); /* too few to know */
	us_times_add(&s->first, 100);
	us_times_add(&s->first, 100);
	begin(w, STREAMED);
	assert_int_equal(us_call_due(w->call) - w->now, 4096);
	us_times_add(&s->first, 100);
	for (int i = 0; i < 20; i++)
		us_times_add(&s->first, 100);
	begin(w, STREAMED);
	assert_int_equal(wait_due(w), 128); /* 68 of 71 */
	expect_send(w, "anthropic");
	begin(w, REQUEST); /* of which nothing is known */
	assert_int_equal(us_call_due(w->call) - w->now, 120000);
}

static void the_wait_for_a_connection_is_not_counted(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	wait_ms(w, 500);
	us_call_queued(w->call, w->now, true);
	wait_ms(w, 700);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	wait_ms(w, 100);
	expect_send(w, "anthropic");
}

/* --- whom ------------------------------------------------------------------------------------ */

static void who_is_not_well_is_not_asked(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	us_health_cool(&second_slot(w)->health, w->now + 60000);
	begin(w, REQUEST);
	wait_due(w);
	expect_send(w, "local");
	assert_int_equal(counted(second_slot(w), US_COUNT_skipped), 0);
}

static void a_breaker_that_wants_a_probe_gets_none_by_a_hedge(void **state)
{
	struct world *w = *state;
	struct us_health_policy p = { .trip_after = 1, .open_ms = 6000, .probe_ms = 60000 };

	us_health_left(&second_slot(w)->health, &p, US_ADMIT_YES, w->now);
	w->now += 50000;
	begin(w, STREAMED);
	wait_ms(w, 800);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_int_equal(counted(second_slot(w), US_COUNT_probes), 0);
}

static void who_cannot_carry_it_is_not_asked(void **state)
{
	struct world *w = *state;

	begin(w, "{\"model\":\"gpt-4o\",\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":"
	         "\"hi\"}]}");
	wait_ms(w, 800);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
}

static void who_stands_in_is_raced_too(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	obey(w);
	assert_int_equal(wait_due(w), 800);
	expect_send(w, "local");
	answer(of(w, 3), JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_OK);
	assert_int_equal(w->cancelled, SECOND);
}

static void a_hedge_is_asked_with_a_key_that_is_well_and_turns_to_the_next(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_KEYS", "anthropic=KEY_1+KEY_2");
	begin_two(w, REQUEST);
	answer(of(w, SECOND), JSON_HEAD("429 Too Many Requests"), "{}");
	expect_send(w, "anthropic");
	assert_string_equal(w->order.to->key, "KEY_2");
	assert_int_equal(w->order.flight, 3);
	answer(of(w, OWN), JSON_HEAD("200 OK"), ANSWER); /* the first goes on all the while */
	assert_int_equal(w->cancelled, 3);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
	begin(w, REQUEST);
	wait_due(w);
	expect_send(w, "anthropic");
	assert_string_equal(w->order.to->key, "KEY_2");
}

static void a_provider_whose_keys_all_cool_is_no_hedge(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_KEYS", "anthropic=KEY_1+KEY_2");
	begin_two(w, REQUEST);
	answer(of(w, SECOND), JSON_HEAD("429 Too Many Requests"), "{}");
	answer(of(w, 3), JSON_HEAD("429 Too Many Requests"), "{}");
	answer(of(w, OWN), JSON_HEAD("200 OK"), ANSWER);
	begin(w, REQUEST);
	wait_due(w);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
}

static void a_call_has_one_hedge(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	begin_two(w, REQUEST);
	ended(of(w, SECOND), US_CAUSE_CONNECT);
	wait_ms(w, 5000);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
}

static void a_body_that_is_not_at_hand_is_not_waited_for(void **state)
{
	struct world *w = *state;

	begin_body(w, us_span(NULL, 0));
	wait_due(w);
	assert_int_equal(w->order.kind, US_ORDER_BODY);
	us_call_request_body(w->call, us_span(NULL, 0), w->now);
	assert_int_equal(obey(w), US_ORDER_NONE);
	ended(w, US_CAUSE_CONNECT);
	assert_int_equal(w->order.kind, US_ORDER_BODY); /* a failover may still have it */
	us_call_request_body(w->call, us_span_of(REQUEST), w->now);
	obey(w);
	expect_send(w, "anthropic");
}

/* Its own provider has not let the program send it yet: 100 Continue. */
static void a_body_that_is_not_whole_yet_is_looked_for_again(void **state)
{
	struct world *w = *state;

	begin_body(w, us_span(NULL, 0));
	wait_due(w);
	us_call_request_body(w->call, us_span(NULL, 0), w->now);
	assert_int_equal(obey(w), US_ORDER_NONE);
	wait_due(w);
	assert_int_equal(w->order.kind, US_ORDER_BODY);
	us_call_request_body(w->call, us_span_of(REQUEST), w->now);
	obey(w);
	expect_send(w, "anthropic");
}

static void a_body_that_is_too_large_to_keep_is_not_looked_for(void **state)
{
	struct world *w = *state;

	begin_body(w, us_span(NULL, 0));
	us_call_unrepeatable(w->call);
	wait_ms(w, 800);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
}

static void a_body_that_was_sent_piece_by_piece_is_used(void **state)
{
	struct world *w = *state;

	begin_body(w, us_span(NULL, 0));
	wait_due(w);
	us_call_request_body(w->call, us_span_of(REQUEST), w->now);
	obey(w);
	expect_send(w, "anthropic");
	assert_true(us_span_has(us_buf_span(&w->order.to->request.body), "\"hi\""));
}

static void a_tool_is_asked_twice_only_if_that_does_no_harm(void **state)
{
	struct world *w = *state;
	const char *other = "http://mirror";
	struct us_http_tool tool = { .name = "tool", .others = { &other, 1 } };

	w->own.tool = &tool;
	w->own.url = US_SPAN("http://own:80/run");
	begin(w, "x");
	wait_ms(w, 800);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	w->own.repeatable = true;
	begin(w, "x");
	wait_ms(w, 800);
	expect_send(w, "mirror");
}

/* --- who pays -------------------------------------------------------------------------------- */

static void an_empty_bucket_means_no_hedge(void **state)
{
	struct world *w = *state;
	size_t hedges = 0;

	set(w, "UNDERSTUDY_BUDGET", "8");
	for (int i = 0; i < 20; i++) {
		begin(w, REQUEST);
		wait_ms(w, 800);
		hedges += w->order.kind == US_ORDER_SEND;
		w->now -= 800; /* no time passes that would fill it */
		obey(w);
		answer(of(w, OWN), JSON_HEAD("200 OK"), ANSWER);
		expect_finish(w, US_FINISH_AS_ENDED);
	}
	/* half of the bucket, and a tenth of the calls */
	assert_in_range(hedges, 4, 4 + 20 / 10);
	assert_true(us_budget_has(us_page_budget(&w->page), 8, w->now)); /* a failover may */
}

static bool is_full(struct world *w) { return us_budget_has(us_page_budget(&w->page), 1, w->now); }

static void only_a_hedge_that_never_left_the_machine_costs_nothing(void **state)
{
	struct world *w = *state;

	begin_two(w, REQUEST);
	assert_false(is_full(w));
	ended(of(w, OWN), US_CAUSE_CONNECT); /* which was not paid for */
	assert_false(is_full(w));
	ended(of(w, SECOND), US_CAUSE_CONNECT);
	assert_true(is_full(w));
}

/* --- who serves ------------------------------------------------------------------------------ */

static void the_second_serves_if_it_is_first(void **state)
{
	struct world *w = *state;

	begin_two(w, REQUEST);
	w->now += 40;
	answer(of(w, SECOND), JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "Hello"));
	assert_int_equal(w->cancels, 1);
	assert_int_equal(w->cancelled, OWN);
	assert_int_equal(counted(second_slot(w), US_COUNT_hedged), 1);
	assert_int_equal(counted(second_slot(w), US_COUNT_hedge_won), 1);
	assert_int_equal(counted(second_slot(w), US_COUNT_stood_in), 1);
	assert_string_equal("anthropic", us_call_served_by(w->call)->name.p);
}

static void to_be_outrun_is_no_failure_but_counts_as_slow(void **state)
{
	struct world *w = *state;
	struct us_slot *s = own_slot(w);

	for (int i = 0; i < 10; i++) {
		begin_two(w, REQUEST);
		w->now += 300;
		answer(of(w, SECOND), JSON_HEAD("200 OK"), CLAUDE);
	}
	assert_int_equal(counted(s, US_COUNT_failed), 0);
	assert_true(us_health_ready(&s->health, &(struct us_health_policy){ 0 }, w->now));
	assert_int_equal(us_times_count(&s->answer), 10);
	assert_int_equal(us_times_percentile(&s->answer, NULL, 50), 2048);
	assert_int_equal(us_times_percentile(&second_slot(w)->answer, NULL, 50), 512);
}

static void one_that_is_outrun_often_opens_its_breaker_if_the_user_says_what_is_slow(void **state)
{
	struct world *w = *state;
	struct us_health_policy p = { .trip_after = 5, .open_ms = 6000, .slow = 80 };

	set(w, "UNDERSTUDY_SLOW", "1s");
	set(w, "UNDERSTUDY_BUDGET", "0");
	for (int i = 0; i < 40 && us_health_ready(&own_slot(w)->health, &p, w->now); i++) {
		begin_two(w, REQUEST);
		w->now += 300;
		answer(of(w, SECOND), JSON_HEAD("200 OK"), CLAUDE);
	}
	assert_false(us_health_ready(&own_slot(w)->health, &p, w->now));
}

static void the_first_serves_if_it_is_first_after_all(void **state)
{
	struct world *w = *state;

	begin_two(w, REQUEST);
	w->now += 40;
	head(of(w, SECOND), JSON_HEAD("200 OK"));
	answer(of(w, OWN), JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
	assert_int_equal(w->cancels, 1);
	assert_int_equal(w->cancelled, SECOND);
	assert_int_equal(counted(second_slot(w), US_COUNT_hedged), 1);
	assert_int_equal(counted(second_slot(w), US_COUNT_hedge_won), 0);
	assert_int_equal(us_times_count(&second_slot(w)->answer), 0); /* it had no time */
}

static void the_first_content_decides_and_not_the_first_bytes(void **state)
{
	struct world *w = *state;

	begin_two(w, STREAMED);
	head(of(w, OWN), SSE_HEAD);
	body(w, FIRST ": ping\n\n");
	head(of(w, SECOND), SSE_HEAD);
	body(w, C_START);
	expect_shown(w, "");
	body(of(w, OWN), ": ping\n\n");
	body(of(w, SECOND), C_TEXT);
	assert_true(shown(w, "\"content\":\"Hello\""));
	assert_int_equal(w->cancelled, OWN);
	body(w, C_END);
	ended(w, US_CAUSE_NONE);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "[DONE]"));
	assert_int_equal(w->cancels, 1);
}

static void what_comes_of_one_that_was_outrun_is_of_no_interest(void **state)
{
	struct world *w = *state;

	begin_two(w, STREAMED);
	head(of(w, SECOND), SSE_HEAD);
	body(w, C_START C_TEXT);
	assert_false(us_call_about(w->call, OWN));
	assert_true(us_call_about(w->call, SECOND));
}

static void a_refusal_by_the_own_provider_is_its_answer(void **state)
{
	struct world *w = *state;

	begin_two(w, REQUEST);
	answer(of(w, OWN), JSON_HEAD("400 Bad"), "{\"error\":{\"message\":\"no\"}}");
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_true(shown(w, "400 Bad"));
	assert_int_equal(w->cancelled, SECOND);
}

static void a_stream_that_breaks_off_later_can_be_gone_on_with_by_who_was_outrun(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	begin_two(w, STREAMED);
	head(of(w, OWN), SSE_HEAD);
	body(w, FIRST TEXT("Once upon a time"));
	assert_int_equal(w->cancelled, SECOND);
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
	assert_int_equal(w->order.flight, 3);
	assert_true(us_span_has(us_buf_span(&w->order.to->request.body), "Once upon a time"));
	obey(w);
	assert_true(us_call_due(w->call) - w->now > 800); /* and that is not raced */
}

/* --- who fails ------------------------------------------------------------------------------- */

static void a_failure_before_its_time_is_as_ever(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	assert_int_equal(wait_due(w), 1000);
	expect_send(w, "openai");
	obey(w);
	assert_int_equal(wait_due(w), 800); /* its second attempt is slow */
	expect_send(w, "anthropic");
}

static void if_the_second_fails_the_first_goes_on(void **state)
{
	struct world *w = *state;

	begin_two(w, REQUEST);
	answer(of(w, SECOND), JSON_HEAD("529 Overloaded"), "{}");
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_int_equal(counted(second_slot(w), US_COUNT_failed), 1);
	answer(of(w, OWN), JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_int_equal(w->cancels, 0);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
}

static void if_the_first_fails_the_second_goes_on(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	begin_two(w, REQUEST);
	answer(of(w, OWN), JSON_HEAD("503 Busy"), "{}");
	assert_int_equal(w->order.kind, US_ORDER_NONE); /* no wait, and nobody else is asked */
	expect_shown(w, "");
	answer(of(w, SECOND), JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	assert_int_equal(counted(own_slot(w), US_COUNT_left), 1);
	assert_int_equal(w->cancels, 0);
}

static void if_both_fail_the_next_is_asked(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	begin_two(w, REQUEST);
	ended(of(w, OWN), US_CAUSE_RESET);
	ended(of(w, SECOND), US_CAUSE_CONNECT);
	expect_send(w, "local");
}

static void if_all_fail_the_program_sees_its_own_providers_failure(void **state)
{
	struct world *w = *state;

	for (unsigned last = OWN; last <= SECOND; last++) {
		forget_failures(w);
		begin_two(w, REQUEST);
		if (last == SECOND)
			answer(of(w, OWN), JSON_HEAD("500 Own"), "{\"error\":1}");
		ended(of(w, SECOND), US_CAUSE_CONNECT);
		for (int i = 0; last == OWN && i < 3; i++) {
			if (i) /* alone again, it is tried again, as ever */
				wait_due(w);
			answer(w, JSON_HEAD("500 Own"), "{\"error\":1}");
		}
		expect_finish(w, last == OWN ? US_FINISH_AS_ENDED : US_FINISH_OWN);
		expect_shown(w, JSON_HEAD("500 Own") "{\"error\":1}");
	}
}

static void each_has_its_own_limit(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FIRST_TOKEN", "2s");
	begin_two(w, STREAMED);
	assert_int_equal(wait_due(w), 1200); /* the first is left */
	assert_int_equal(w->cancelled, OWN);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_int_equal(counted(own_slot(w), US_COUNT_left), 1);
	assert_int_equal(wait_due(w), 800);
	assert_int_equal(w->cancelled, SECOND);
	expect_finish(w, US_FINISH_OWN);
}

static void the_programs_limit_is_for_both(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 2000;
	begin(w, REQUEST);
	wait_due(w);
	expect_send(w, "anthropic");
	assert_int_equal(w->order.total_ms, 1200);
	obey(w);
	w->now += 1200;
	ended(of(w, SECOND), US_CAUSE_TIMEOUT);
	ended(of(w, OWN), US_CAUSE_TIMEOUT);
	expect_finish(w, US_FINISH_OWN);
}

/* --- who leaves ------------------------------------------------------------------------------ */

static void a_program_that_leaves_takes_both_along(void **state)
{
	struct world *w = *state;

	for (unsigned flight = OWN; flight <= SECOND; flight++) {
		begin_two(w, REQUEST);
		ended(of(w, flight), US_CAUSE_PROGRAM);
		expect_finish(w, US_FINISH_AS_ENDED);
		assert_int_equal(w->cancels, 1);
		assert_int_equal(w->cancelled, OWN + SECOND - flight);
		assert_int_equal(counted(own_slot(w), US_COUNT_failed), 0);
		assert_int_equal(counted(second_slot(w), US_COUNT_failed), 0);
	}
}

/* Its own provider was down. What it usually needs is known: 128 ms. */
static void begin_probe(struct world *w)
{
	struct us_slot *s = own_slot(w);
	struct us_health_policy p = { .trip_after = 1, .open_ms = 6000, .probe_ms = 60000 };

	set(w, "UNDERSTUDY_HEDGE", "0");
	for (int i = 0; i < 50; i++)
		us_times_add(&s->answer, 100);
	us_health_left(&s->health, &p, US_ADMIT_YES, w->now);
	w->now += 600000;
	begin(w, REQUEST);
	expect_send(w, "openai");
	assert_int_equal(w->order.to->admit, US_ADMIT_PROBE);
}

static void a_probe_is_raced_whether_or_not_there_are_hedges(void **state)
{
	struct world *w = *state;

	begin_probe(w);
	assert_int_equal(wait_due(w), 128);
	expect_send(w, "anthropic");
	obey(w);
	answer(of(w, SECOND), JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	assert_int_equal(w->cancelled, OWN);
	begin(w, REQUEST); /* it is not asked again by the next one at once */
	expect_send(w, "anthropic");
	assert_int_equal(counted(own_slot(w), US_COUNT_probes), 1);
}

static void a_probe_that_answers_closes_the_breaker(void **state)
{
	struct world *w = *state;

	begin_probe(w);
	wait_due(w);
	expect_send(w, "anthropic");
	obey(w);
	answer(of(w, OWN), JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_int_equal(w->cancelled, SECOND);
	begin(w, REQUEST);
	expect_send(w, "openai");
	assert_int_equal(w->order.to->admit, US_ADMIT_YES);
	assert_true(us_call_due(w->call) - w->now > 10000); /* which is not raced */
}

/* Or one that is well, and slower than its stand-in, would never be found to be. */
static void one_probe_in_four_is_waited_for(void **state)
{
	struct world *w = *state;
	size_t alone = 0;

	begin_probe(w);
	for (int i = 1; i <= 12; i++) {
		if (us_call_due(w->call) - w->now > 10000) {
			alone++;
			assert_int_equal(i % 4, 0);
			ended(w, US_CAUSE_TIMEOUT);
		} else {
			wait_due(w);
		}
		expect_send(w, "anthropic");
		obey(w);
		answer(of(w, SECOND), JSON_HEAD("200 OK"), CLAUDE);
		expect_finish(w, US_FINISH_OK);
		w->now += 600000;
		begin(w, REQUEST);
		expect_send(w, "openai");
		assert_int_equal(w->order.to->admit, US_ADMIT_PROBE);
	}
	assert_int_equal(alone, 3);
}

static void a_probe_of_one_of_whom_nothing_is_known_is_not_raced(void **state)
{
	struct world *w = *state;

	begin_probe(w);
	memset(&own_slot(w)->answer, 0, sizeof(own_slot(w)->answer));
	us_call_free(w->call);
	w->call = NULL;
	w->now += 600000;
	begin(w, REQUEST);
	assert_true(us_call_due(w->call) - w->now > 10000);
}

/* --- all of it ------------------------------------------------------------------------------- */

static uint64_t chance(struct us_rand *r, uint64_t n) { return us_rand_between(r, 0, n - 1); }

/* Something happens to one of those in flight. True: it has ended. */
static bool something(struct world *w, struct us_rand *r, unsigned flight, bool target, bool *heads)
{
	static const enum us_cause broken[] = { US_CAUSE_RESET, US_CAUSE_TIMEOUT, US_CAUSE_NONE };

	us_call_about(w->call, flight); /* which may have served, and linger */
	switch (chance(r, 5)) {
	case 0:
		if (!heads[flight])
			head(w, chance(r, 3) ? SSE_HEAD : JSON_HEAD("503 Busy"));
		heads[flight] = true;
		break;
	case 1:
		body(w, !heads[flight] ? "" : target ? C_START : FIRST);
		break;
	case 2:
		body(w, !heads[flight] ? "" : target ? C_TEXT : TEXT("a"));
		break;
	case 3:
		body(w, !heads[flight] ? "" : target ? C_END : STOP DONE);
		break;
	default:
		ended(w, broken[chance(r, US_COUNT(broken))]);
		return true;
	}
	return false;
}

/* Whatever comes in whatever order: each attempt is ended or cancelled once, two fly at most, and
 * the call ends. */
static void whatever_comes_every_attempt_has_one_end(void **state)
{
	struct world *w = *state;
	uint64_t two = 0, won = 0;

	set(w, "UNDERSTUDY_FALLBACKS", TWO);
	set(w, "UNDERSTUDY_BUDGET", "0");
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct us_rand r = { seed };
		bool flies[64] = { false }, heads[64] = { false }, target[64] = { false };
		unsigned n = 0;

		forget_failures(w);
		w->cancels = 0;
		w->cancelled = 0;
		begin(w, STREAMED);
		while (w->order.kind != US_ORDER_FINISH) {
			unsigned aloft = 0, at = 0;

			if (w->order.kind == US_ORDER_SEND) {
				assert_in_range(w->order.flight, 1, 63);
				assert_false(flies[w->order.flight]);
				flies[w->order.flight] = true;
				target[w->order.flight] = !w->order.to->own;
				n = w->order.flight;
				obey(w);
				continue;
			}
			for (unsigned i = 1; i <= n; i++)
				aloft += flies[i];
			assert_in_range(aloft, 0, 2);
			two += aloft == 2;
			if (!aloft || !chance(&r, 3)) {
				assert_true(aloft || us_call_due(w->call) != US_NEVER);
				if (us_call_due(w->call) != US_NEVER)
					wait_due(w);
			} else {
				size_t cancels = w->cancels;

				for (at = 1 + (unsigned)chance(&r, n); !flies[at];)
					at = at % n + 1;
				if (something(w, &r, at, target[at], heads))
					flies[at] = false;
				assert_in_range(w->cancels - cancels, 0, 1);
			}
			if (w->cancelled) {
				assert_true(flies[w->cancelled]);
				flies[w->cancelled] = false;
			}
			w->cancelled = 0;
		}
		won += counted(second_slot(w), US_COUNT_hedge_won);
	}
	assert_true(two > 1000 && won > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEDGING(nobody_is_asked_beside_one_that_answers_in_time),
		HEDGING(a_stream_that_has_begun_is_not_raced),
		HEDGING(a_tool_call_that_is_still_held_has_begun_too),
		HEDGING(off_means_off),
		HEDGING(its_own_usual_time_is_learnt),
		HEDGING(the_wait_for_a_connection_is_not_counted),
		HEDGING(who_is_not_well_is_not_asked),
		HEDGING(a_breaker_that_wants_a_probe_gets_none_by_a_hedge),
		HEDGING(who_cannot_carry_it_is_not_asked),
		HEDGING(who_stands_in_is_raced_too),
		HEDGING(a_hedge_is_asked_with_a_key_that_is_well_and_turns_to_the_next),
		HEDGING(a_provider_whose_keys_all_cool_is_no_hedge),
		HEDGING(a_call_has_one_hedge),
		HEDGING(a_body_that_is_not_at_hand_is_not_waited_for),
		HEDGING(a_body_that_is_not_whole_yet_is_looked_for_again),
		HEDGING(a_body_that_is_too_large_to_keep_is_not_looked_for),
		HEDGING(a_body_that_was_sent_piece_by_piece_is_used),
		HEDGING(a_tool_is_asked_twice_only_if_that_does_no_harm),
		HEDGING(an_empty_bucket_means_no_hedge),
		HEDGING(only_a_hedge_that_never_left_the_machine_costs_nothing),
		HEDGING(the_second_serves_if_it_is_first),
		HEDGING(to_be_outrun_is_no_failure_but_counts_as_slow),
		HEDGING(one_that_is_outrun_often_opens_its_breaker_if_the_user_says_what_is_slow),
		HEDGING(the_first_serves_if_it_is_first_after_all),
		HEDGING(the_first_content_decides_and_not_the_first_bytes),
		HEDGING(what_comes_of_one_that_was_outrun_is_of_no_interest),
		HEDGING(a_refusal_by_the_own_provider_is_its_answer),
		HEDGING(a_stream_that_breaks_off_later_can_be_gone_on_with_by_who_was_outrun),
		HEDGING(a_failure_before_its_time_is_as_ever),
		HEDGING(if_the_second_fails_the_first_goes_on),
		HEDGING(if_the_first_fails_the_second_goes_on),
		HEDGING(if_both_fail_the_next_is_asked),
		HEDGING(if_all_fail_the_program_sees_its_own_providers_failure),
		HEDGING(each_has_its_own_limit),
		HEDGING(the_programs_limit_is_for_both),
		HEDGING(a_program_that_leaves_takes_both_along),
		HEDGING(a_probe_is_raced_whether_or_not_there_are_hedges),
		HEDGING(a_probe_that_answers_closes_the_breaker),
		HEDGING(one_probe_in_four_is_waited_for),
		HEDGING(a_probe_of_one_of_whom_nothing_is_known_is_not_raced),
		HEDGING(whatever_comes_every_attempt_has_one_end),
	};

	return cmocka_run_group_tests_name("hedge", tests, NULL, NULL);
}

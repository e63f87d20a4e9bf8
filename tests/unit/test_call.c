/* test_call.c - whom a call asks, when it waits, what the program sees */
#include "call_world.h"

/* --- a healthy provider ---------------------------------------------------------------------- */

static void a_good_answer_passes_as_it_came(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	expect_send(w, "openai");
	assert_true(w->order.to->own);
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
}

static void a_plain_answer_is_released_in_the_piece_that_completes_it(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	head(w, JSON_HEAD("200 OK"));
	body(w, "{\"id\":1,");
	assert_int_equal(w->shown.n, 0);
	body(w, "\"x\":2}");
	assert_true(shown(w, "{\"id\":1,\"x\":2}"));
	assert_int_equal(w->order.kind, US_ORDER_NONE);
}

static void a_stream_is_released_with_its_first_content_and_then_at_once(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST);
	assert_int_equal(w->shown.n, 0);
	body(w, TEXT("a"));
	expect_shown(w, SSE_HEAD FIRST TEXT("a"));
	body(w, "data: {\"cho");
	expect_shown(w, SSE_HEAD FIRST TEXT("a"));
	body(w, "ices\":[]}\n\n: pi");
	expect_shown(w, SSE_HEAD FIRST TEXT("a") "data: {\"choices\":[]}\n\n");
	body(w, "ng\n\n");
	expect_shown(w, SSE_HEAD FIRST TEXT("a") "data: {\"choices\":[]}\n\n: ping\n\n");
}

static void a_stream_that_nobody_is_to_go_on_with_is_released_byte_by_byte(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_MIDSTREAM", "off");
	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("a") "data: {\"cho");
	expect_shown(w, SSE_HEAD FIRST TEXT("a") "data: {\"cho");
	body(w, "i");
	expect_shown(w, SSE_HEAD FIRST TEXT("a") "data: {\"choi");
}

static void the_programs_limits_are_left_alone_without_a_fallback(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	w->own.limit_ms = 30000;
	begin(w, REQUEST);
	assert_int_equal(w->order.connect_ms, 0);
	assert_int_equal(w->order.total_ms, 0);
	assert_true(us_call_due(w->call) == US_NEVER);
}

static void a_refusal_of_the_own_provider_is_shown_and_not_tried_again(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	answer(w, JSON_HEAD("400 Bad Request"),
	       "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\"}}");
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_true(shown(w, "400 Bad Request"));
	begin(w, REQUEST);
	expect_send(w, "openai"); /* and it never counts against it */
}

/* Failures kept, the words of a target, a long answer: none of it is left. */
static void a_call_in_the_memory_of_another_knows_nothing_of_it(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	head(w, SSE_HEAD);
	body(w, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\","
	        "\"model\":\"claude\",\"content\":[]}}\n\n");
	w->now += 3600000; /* the breaker forgets */
	begin(w, REQUEST);
	head(w, JSON_HEAD("200 OK"));
	for (int i = 0; i < 1000; i++)
		body(w, "                    ");
	answer(w, "", ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	begin(w, REQUEST);
	expect_send(w, "openai");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
	assert_true(us_call_served_by(w->call)->own);
}

/* Keys that happen to be there send nobody's conversations elsewhere but those of the two. */
static void a_chain_that_is_implied_is_for_the_two_alone(void **state)
{
	struct world *w = *state;
	static const struct us_provider ours = {
		.name = "local", .dialect = "openai", .base_url = "http://h/v1", .key_env = ""
	};
	static const struct us_provider openai = { .name = "openai",
		                                   .dialect = "openai",
		                                   .base_url = "https://api.openai.com/v1",
		                                   .key_env = "OPENAI_API_KEY" };

	set(w, "UNDERSTUDY_FALLBACKS", NULL);
	set(w, "OPENAI_API_KEY", "sk-a");
	set(w, "ANTHROPIC_API_KEY", "sk-b");
	w->own.known = &ours;
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_finish(w, US_FINISH_OWN);
	w->own.known = &openai;
	w->now += 600000; /* its breaker has closed */
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
}

/* A provider's other language is still that provider; another's server with the same key is not. */
static void an_implied_chain_goes_by_server_and_key(void **state)
{
	struct world *w = *state;
	static const struct {
		struct us_provider known;
		bool is_one;
	} rows[] = {
		{ { .name = "openai-responses",
		    .base_url = "https://api.openai.com/v1",
		    .key_env = "OPENAI_API_KEY" },
		  true },
		{ { .name = "openai",
		    .base_url = "https://gateway/v1",
		    .key_env = "OPENAI_API_KEY" },
		  false },
		{ { .name = "openai",
		    .base_url = "https://api.openai.com/v1",
		    .key_env = "OTHER_KEY" },
		  false },
	};

	set(w, "UNDERSTUDY_FALLBACKS", NULL);
	set(w, "OPENAI_API_KEY", "sk-a");
	set(w, "ANTHROPIC_API_KEY", "sk-b");
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_own own = { .known = &rows[i].known };

		begin(w, REQUEST);
		assert_int_equal(us_plan_has_chain(&w->conf, &own), rows[i].is_one);
	}
}

/* --- retry ----------------------------------------------------------------------------------- */

static void a_broken_attempt_is_tried_again_after_a_wait(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_int_equal(us_call_due(w->call), w->now + 1000);
	wait_ms(w, 999);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	wait_ms(w, 1);
	expect_send(w, "openai");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
}

static void after_three_attempts_the_fallback_serves(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	for (int i = 0; i < 3; i++) {
		expect_send(w, "openai");
		answer(w, JSON_HEAD("500 Oops"), "{}");
		if (i < 2)
			wait_due(w);
	}
	expect_send(w, "anthropic");
	assert_true(us_span_is(w->order.to->url, "http://t1/v1/messages"));
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "\"content\":\"Hello\""));
	assert_true(shown(w, "\"object\":\"chat.completion\""));
	assert_false(shown(w, "500"));
}

static void a_refused_connection_goes_to_the_fallback_at_once(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
}

static void a_short_retry_after_is_waited_for(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	answer(w, "HTTP/1.1 429 Slow\r\nRetry-After: 2\r\n\r\n", "{}");
	assert_int_equal(wait_due(w), 2000);
	expect_send(w, "openai");
}

static void a_long_retry_after_is_not_while_a_fallback_is_ready(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	answer(w, "HTTP/1.1 429 Slow\r\nRetry-After: 30\r\n\r\n", "{}");
	expect_send(w, "anthropic");
	begin(w, REQUEST); /* and others do not ask before either */
	expect_send(w, "anthropic");
	w->now += 30000;
	begin(w, REQUEST);
	expect_send(w, "openai");
}

static void waiting_never_crosses_the_deadline(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	w->own.limit_ms = 900;
	begin(w, REQUEST);
	answer(w, JSON_HEAD("503 Busy"), "{\"a\":1}");
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, JSON_HEAD("503 Busy") "{\"a\":1}");
}

static void nor_does_it_leave_less_than_an_attempt_needs(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	w->own.limit_ms = 1310;
	begin(w, REQUEST);
	w->now += 100;
	answer(w, JSON_HEAD("503 Busy"), "{}");
	wait_due(w);
	expect_send(w, "openai");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	w->own.limit_ms = 1290;
	begin(w, REQUEST);
	w->now += 100;
	answer(w, JSON_HEAD("503 Busy"), "{}"); /* 190 ms would be left after the wait */
	expect_finish(w, US_FINISH_AS_ENDED);
}

static void later_attempts_get_what_is_left_of_the_limit(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	w->own.limit_ms = 30000;
	begin(w, REQUEST);
	w->now += 4000;
	ended(w, US_CAUSE_RESET);
	wait_due(w);
	assert_int_equal(w->order.total_ms, 25000);
}

static void who_is_cooling_alone_is_waited_for(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, REQUEST);
	answer(w, "HTTP/1.1 429 Slow\r\nRetry-After: 20\r\n\r\n", "{}");
	begin(w, REQUEST); /* to ask now would only be refused again */
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_in_range(wait_due(w), 20000, 22000);
	expect_send(w, "openai");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
}

static void who_is_cooling_is_not_waited_for_beyond_the_programs_limit(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, REQUEST);
	answer(w, "HTTP/1.1 429 Slow\r\nRetry-After: 20\r\n\r\n", "{}");
	w->own.limit_ms = 20000;
	begin(w, REQUEST);
	expect_send(w, "openai"); /* the program sees what it says */
	w->own.limit_ms = 0;
	w->now += 20000;
	begin(w, REQUEST);
	answer(w, "HTTP/1.1 429 Slow\r\nRetry-After: 300\r\n\r\n", "{}");
	begin(w, REQUEST); /* nor longer than a minute where there is none */
	expect_send(w, "openai");
}

static void whoever_waits_for_the_cooling_one_may_find_it_cooling_again(void **state)
{
	struct world *w = *state;
	struct us_slot *s;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, REQUEST);
	answer(w, "HTTP/1.1 429 Slow\r\nRetry-After: 5\r\n\r\n", "{}");
	s = us_page_nth(&w->page, 0);
	begin(w, REQUEST);
	us_health_cool(&s->health, w->now + 30000); /* another process was told so */
	wait_due(w);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_in_range(wait_due(w), 20000, 30000);
	expect_send(w, "openai");
}

/* --- silence --------------------------------------------------------------------------------- */

static void a_silent_stream_is_left_after_its_limit_and_not_tried_again(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, ": ping\n\n");
	assert_int_equal(wait_due(w), 10000);
	assert_int_equal(w->cancels, 1);
	expect_send(w, "anthropic");
	begin(w, STREAMED);
	expect_send(w, "anthropic");
}

static void a_plain_request_may_take_longer(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	assert_int_equal(wait_due(w), 120000);
	expect_send(w, "anthropic");
}

static void of_a_short_limit_the_fallback_keeps_its_share(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 10000;
	begin(w, REQUEST);
	assert_int_equal(wait_due(w), 7000);
	expect_send(w, "anthropic");
	assert_int_equal(w->order.total_ms, 3000);
}

static void a_silent_provider_without_a_ready_fallback_is_not_cut_off(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "openai:gpt-4o@http://t1"); /* no key for it */
	begin(w, STREAMED);
	wait_ms(w, 10000);
	assert_int_equal(w->cancels, 0);
	assert_true(us_call_due(w->call) == US_NEVER);
}

static void a_fallback_that_falls_silent_in_mid_stream_ends_in_an_error(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_MIDSTREAM", "off");
	begin(w, STREAMED);
	ended(w, US_CAUSE_CONNECT);
	head(w, SSE_HEAD);
	body(w, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\","
	        "\"model\":\"claude\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
	        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
	        "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
	        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
	        "\"delta\":{\"type\":\"text_delta\",\"text\":\"He\"}}\n\n");
	assert_true(shown(w, "\"content\":\"He\""));
	assert_int_equal(wait_due(w), 20000);
	expect_finish(w, US_FINISH_CUT);
	assert_true(shown(w, "data: {\"error\":"));
	assert_false(shown(w, "[DONE]"));
}

static void begin_talking(struct world *w)
{
	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("He"));
	assert_true(shown(w, TEXT("He")));
}

static void an_event_that_comes_byte_by_byte_is_silence(void **state)
{
	struct world *w = *state;

	begin_talking(w);
	for (int i = 0; i < 19; i++) {
		wait_ms(w, 1000);
		body(w, "d");
	}
	assert_int_equal(w->cancels, 0);
	wait_ms(w, 1000);
	assert_int_equal(w->cancels, 1);
	expect_send(w, "anthropic");
}

static void a_tool_call_that_comes_byte_by_byte_is_silence(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"type\":\"function\","
	                    "\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}",
	                    "null"));
	for (int i = 0; i < 19; i++) {
		wait_ms(w, 1000);
		body(w, "d");
	}
	wait_ms(w, 1000);
	assert_int_equal(w->cancels, 1);
	expect_send(w, "anthropic");
}

static void what_ends_or_is_large_is_no_silence(void **state)
{
	static const char *const pieces[] = { ": ping\n\n", "\n", TEXT("l"), TEXT("lo") };
	static char large[600];
	struct world *w = *state;

	memset(large, 'x', sizeof(large) - 1);
	begin_talking(w);
	for (size_t i = 0; i < 20; i++) {
		wait_ms(w, 19000);
		body(w, pieces[i % US_COUNT(pieces)]);
	}
	body(w, "data: {\"x\":\"");
	for (size_t i = 0; i < 20; i++) {
		wait_ms(w, 9000);
		body(w, large);
	}
	assert_int_equal(w->cancels, 0);
}

/* --- what is no answer ----------------------------------------------------------------------- */

static void each_false_200_is_no_answer(void **state)
{
	static const struct {
		const char *head, *body;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<html>login</html>" },
		{ JSON_HEAD("200 OK"), "" },
		{ JSON_HEAD("200 OK"), "{\"id\":\"c\",\"choi" },
		{ "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n",
		  "{\"a\"" },
		{ JSON_HEAD("200 OK"),
		  "{\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}" },
		{ SSE_HEAD,
		  FIRST "data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n" },
		{ SSE_HEAD, FIRST },
		{ SSE_HEAD, "" },
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "all is well" },
	};
	struct world *w = *state;

	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		w->now += 3600 * 1000;
		begin(w, STREAMED);
		expect_send(w, "openai");
		answer(w, rows[i].head, rows[i].body);
		if (w->order.kind != US_ORDER_SEND)
			print_error("row %zu\n", i);
		expect_send(w, "anthropic");
		assert_int_equal(w->shown.n, 0);
	}
}

/* --- nobody can serve ------------------------------------------------------------------------ */

static void when_all_fail_the_own_failure_is_shown_byte_for_byte(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, REQUEST);
	answer(w, "HTTP/1.1 503 Mine\r\nX-Own: 1\r\n\r\n", "{\"own\":true}");
	expect_send(w, "anthropic");
	answer(w, "HTTP/1.1 500 Theirs\r\n\r\n", "{\"theirs\":true}");
	expect_finish(w, US_FINISH_OWN);
	expect_shown(w, "HTTP/1.1 503 Mine\r\nX-Own: 1\r\n\r\n{\"own\":true}");
}

static void a_lost_connection_shows_nothing(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_DNS);
	ended(w, US_CAUSE_CONNECT);
	expect_finish(w, US_FINISH_OWN);
	assert_int_equal(w->shown.n, 0);
}

/* Its breaker is open and the fallback fails too: the program must see its provider's own word. */
static void the_own_provider_is_asked_after_all_when_nobody_else_can(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	begin(w, REQUEST);
	expect_send(w, "anthropic");
	ended(w, US_CAUSE_TLS);
	expect_send(w, "openai");
	head(w, JSON_HEAD("503 Still"));
	assert_true(shown(w, "503 Still")); /* nothing is held */
	body(w, "{}");
	ended(w, US_CAUSE_NONE);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, JSON_HEAD("503 Still") "{}");
}

static void without_fallbacks_an_open_breaker_stops_nobody(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_finish(w, US_FINISH_OWN);
	begin(w, REQUEST);
	expect_send(w, "openai");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:c@http://t1");
	begin(w, REQUEST); /* and its success was noticed */
	expect_send(w, "openai");
}

/* --- the breaker ----------------------------------------------------------------------------- */

static void the_next_call_skips_a_dead_provider_until_a_probe_is_due(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	for (int i = 0; i < 3; i++) {
		begin(w, REQUEST);
		expect_send(w, "anthropic");
		answer(w, JSON_HEAD("200 OK"), CLAUDE);
	}
	w->now += 10000; /* a sixth of 60 s */
	begin(w, REQUEST);
	expect_send(w, "openai");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	begin(w, REQUEST);
	expect_send(w, "openai");
}

static void a_probe_has_one_attempt(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	w->now += 10000;
	begin(w, REQUEST);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	expect_send(w, "anthropic");
}

static void a_program_that_stops_its_probe_gives_it_back(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	w->now += 10000;
	begin(w, REQUEST);
	expect_send(w, "openai");
	ended(w, US_CAUSE_PROGRAM);
	expect_finish(w, US_FINISH_AS_ENDED);
	begin(w, REQUEST);
	expect_send(w, "openai");
}

/* --- fallbacks ------------------------------------------------------------------------------- */

static void fallbacks_are_asked_in_order(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS",
	    "anthropic:claude-haiku-4-5@http://t1,local:llama@http://t2/v1");
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "local");
	assert_true(us_span_is(w->order.to->url, "http://t2/v1/chat/completions"));
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, ANSWER)); /* its own dialect: the very bytes */
	assert_true(shown(w, "content-length: "));
}

static void a_target_that_cannot_carry_the_request_is_not_asked(void **state)
{
	struct world *w = *state;

	begin(w, "{\"model\":\"gpt-4o\",\"n\":3,\"messages\":[{\"role\":\"user\",\"content\":"
	         "\"hi\"}]}");
	ended(w, US_CAUSE_CONNECT);
	expect_finish(w, US_FINISH_OWN);
}

static void a_targets_refusal_never_reaches_the_program(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("400 Bad"),
	       "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
	       "\"m\"}}");
	expect_finish(w, US_FINISH_OWN);
	assert_int_equal(w->shown.n, 0);
}

static void the_last_target_is_tried_again(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("529 Overloaded"), "{}");
	wait_due(w);
	expect_send(w, "anthropic");
}

static void a_body_that_must_be_fetched_is_fetched_once(void **state)
{
	struct world *w = *state;

	begin_body(w, us_span(NULL, 0));
	ended(w, US_CAUSE_CONNECT);
	assert_int_equal(w->order.kind, US_ORDER_BODY);
	us_call_request_body(w->call, us_span_of(STREAMED), w->now);
	obey(w);
	expect_send(w, "anthropic");
	assert_true(w->order.stream); /* known only now */
}

static void a_body_that_cannot_be_had_means_no_fallback(void **state)
{
	struct world *w = *state;

	begin_body(w, us_span(NULL, 0));
	ended(w, US_CAUSE_CONNECT);
	us_call_request_body(w->call, us_span(NULL, 0), w->now);
	obey(w);
	expect_finish(w, US_FINISH_OWN);
}

static void an_unrepeatable_call_ends_with_its_first_attempt(void **state)
{
	struct world *w = *state;

	begin_body(w, us_span(NULL, 0));
	us_call_unrepeatable(w->call);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_true(shown(w, "503 Busy"));
}

static void a_call_that_becomes_unrepeatable_while_it_waits_is_shown_its_failure(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	begin(w, REQUEST);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	us_call_unrepeatable(w->call);
	wait_due(w);
	expect_finish(w, US_FINISH_OWN);
	assert_true(shown(w, "503 Busy"));
}

static void a_call_that_becomes_unrepeatable_while_it_waits_can_be_played_by_others(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	us_call_unrepeatable(w->call);
	wait_due(w);
	expect_send(w, "anthropic");
}

/* --- queues ---------------------------------------------------------------------------------- */

static void waiting_for_a_connection_is_not_the_provider_s_silence(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	w->now += 9000;
	us_call_queued(w->call, w->now, false);
	assert_int_equal(us_call_due(w->call), w->now + 5000); /* the limit of connecting */
	us_call_queued(w->call, w->now, true);
	assert_int_equal(wait_due(w), 10000); /* that of the first token */
	expect_send(w, "anthropic");
}

static void a_queue_does_not_limit_what_has_none(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	begin(w, STREAMED);
	us_call_queued(w->call, w->now, true);
	assert_true(us_call_due(w->call) == US_NEVER);
}

/* --- what broke off -------------------------------------------------------------------------- */

static void a_stream_without_its_end_is_no_success(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_MIDSTREAM", "off");
	begin(w, STREAMED);
	answer(w, SSE_HEAD, FIRST TEXT("a"));
	expect_finish(w, US_FINISH_CUT);
}

static void a_stream_that_stopped_but_said_no_done_is_one(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	answer(w, SSE_HEAD, FIRST TEXT("a") STOP);
	expect_finish(w, US_FINISH_AS_ENDED);
}

static void an_error_that_the_own_provider_says_in_mid_stream_is_the_programs(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_MIDSTREAM", "off");
	begin(w, STREAMED);
	answer(w, SSE_HEAD, FIRST TEXT("a") "data: {\"error\":{\"message\":\"x\"}}\n\n");
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_true(shown(w, "data: {\"error\""));
}

static void a_broken_transfer_after_the_first_byte_ends_as_it_would_have(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_MIDSTREAM", "off");
	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("a"));
	ended(w, US_CAUSE_RESET);
	expect_finish(w, US_FINISH_AS_ENDED);
}

/* --- ceilings -------------------------------------------------------------------------------- */

static void what_is_too_big_to_hold_passes_unprotected(void **state)
{
	static char big[5000];
	struct world *w = *state;

	memset(big, ' ', sizeof(big) - 1);
	set(w, "UNDERSTUDY_HOLD_MAX", "4K");
	begin(w, REQUEST);
	head(w, JSON_HEAD("200 OK"));
	body(w, big);
	assert_int_equal(w->shown.n, strlen(JSON_HEAD("200 OK")) + sizeof(big) - 1);
	body(w, "tail");
	assert_true(shown(w, "tail"));
}

static const char *filled(char with)
{
	static char big[5000];

	memset(big, with, sizeof(big) - 1);
	return big;
}

static void a_failure_that_is_too_big_to_hold_is_left(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_HOLD_MAX", "4K");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, REQUEST);
	head(w, JSON_HEAD("503 Busy"));
	body(w, filled('x'));
	assert_int_equal(w->cancels, 1);
	expect_send(w, "anthropic");
	head(w, JSON_HEAD("503 Busy"));
	body(w, filled('x'));
	assert_int_equal(w->cancels, 2);
	expect_finish(w, US_FINISH_CUT); /* what was kept of it is not all */
	assert_true(shown(w, "503 Busy"));
}

static void a_failure_that_is_too_big_to_hold_passes_if_nobody_else_can_serve(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_HOLD_MAX", "4K");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	set(w, "UNDERSTUDY_FALLBACKS", "");
	begin(w, REQUEST);
	head(w, JSON_HEAD("503 Busy"));
	body(w, filled('x'));
	body(w, "tail");
	assert_true(shown(w, "tail"));
	assert_int_equal(w->cancels, 0);
}

static void what_is_too_big_to_hold_and_no_json_is_left(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_HOLD_MAX", "4K");
	begin(w, REQUEST);
	head(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	        "Content-Length: 9000\r\n\r\n");
	body(w, "{\"id\":");
	body(w, filled('x'));
	assert_int_equal(w->cancels, 1);
	expect_send(w, "anthropic");
	assert_int_equal(w->shown.n, 0);
}

static void a_redirect_passes_at_once(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	head(w, "HTTP/1.1 307 There\r\nLocation: http://x/\r\n\r\n");
	assert_true(shown(w, "307 There"));
	head(w, JSON_HEAD("200 OK"));
	body(w, ANSWER);
	ended(w, US_CAUSE_NONE);
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_true(shown(w, ANSWER));
}

/* --- a target names what it will not have ----------------------------------------------------- */

#define WARM                                                                                       \
	"{\"model\":\"gpt-4o\",\"temperature\":0.5,\"messages\":[{\"role\":\"user\","              \
	"\"content\":\"hi\"}]}"
#define NO_HEAT                                                                                    \
	"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"           \
	"\"`temperature` is deprecated for this model\"}}"

static bool sends(const struct world *w, const char *text)
{
	return us_span_has(us_buf_span(&w->order.to->request.body), text);
}

static void a_target_gets_the_request_once_more_without_what_it_refused(void **state)
{
	struct world *w = *state;

	begin(w, WARM);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	assert_true(sends(w, "temperature"));
	answer(w, JSON_HEAD("400 Bad Request"), NO_HEAT);
	expect_send(w, "anthropic");
	assert_false(sends(w, "temperature"));
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "Hello"));
	assert_false(shown(w, "deprecated"));
}

static void but_only_once(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-haiku-4-5@http://t1,x:m@http://t2/v1");
	begin(w, "{\"model\":\"gpt-4o\",\"temperature\":0.5,\"stop\":[\"s\"],\"max_tokens\":99,"
	         "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("400 Bad Request"), NO_HEAT);
	expect_send(w, "anthropic");
	answer(w, JSON_HEAD("400 Bad Request"),
	       "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
	       "\"max_tokens: 99 > 64, which is the maximum\"}}");
	expect_send(w, "x");
}

static void what_it_may_not_do_without_makes_it_be_passed_by(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FIDELITY", "strict");
	set(w, "UNDERSTUDY_FALLBACKS", "x:m@http://t1/v1");
	begin(w, WARM);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "x");
	answer(w, JSON_HEAD("400 Bad Request"),
	       "{\"error\":{\"message\":\"Unsupported parameter\",\"param\":\"temperature\"}}");
	expect_finish(w, US_FINISH_OWN);
}

static void the_own_providers_refusal_is_not_mended(void **state)
{
	struct world *w = *state;

	begin(w, WARM);
	answer(w, JSON_HEAD("400 Bad Request"),
	       "{\"error\":{\"message\":\"Unsupported parameter\",\"param\":\"temperature\"}}");
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_true(shown(w, "Unsupported parameter"));
}

static void what_was_learnt_is_not_sent_again(void **state)
{
	struct world *w = *state;
	struct us_lessons lessons = { 0 };

	w->lessons = &lessons;
	begin(w, WARM);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("400 Bad Request"), NO_HEAT);
	begin(w, WARM); /* the own provider was left a moment ago: it is passed by */
	expect_send(w, "anthropic");
	assert_false(sends(w, "temperature"));
	assert_true(sends(w, "\"content\""));
	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-3-5-haiku@http://t1");
	begin(w, WARM);
	expect_send(w, "anthropic");
	assert_true(sends(w, "temperature")); /* another model may well take it */
	us_lessons_fini(&lessons);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_answer_passes_as_it_came),
		TEST(a_plain_answer_is_released_in_the_piece_that_completes_it),
		TEST(a_stream_is_released_with_its_first_content_and_then_at_once),
		TEST(a_stream_that_nobody_is_to_go_on_with_is_released_byte_by_byte),
		TEST(the_programs_limits_are_left_alone_without_a_fallback),
		TEST(a_refusal_of_the_own_provider_is_shown_and_not_tried_again),
		TEST(a_call_in_the_memory_of_another_knows_nothing_of_it),
		TEST(a_chain_that_is_implied_is_for_the_two_alone),
		TEST(an_implied_chain_goes_by_server_and_key),
		TEST(a_broken_attempt_is_tried_again_after_a_wait),
		TEST(after_three_attempts_the_fallback_serves),
		TEST(a_refused_connection_goes_to_the_fallback_at_once),
		TEST(a_short_retry_after_is_waited_for),
		TEST(a_long_retry_after_is_not_while_a_fallback_is_ready),
		TEST(who_is_cooling_alone_is_waited_for),
		TEST(who_is_cooling_is_not_waited_for_beyond_the_programs_limit),
		TEST(whoever_waits_for_the_cooling_one_may_find_it_cooling_again),
		TEST(waiting_never_crosses_the_deadline),
		TEST(nor_does_it_leave_less_than_an_attempt_needs),
		TEST(later_attempts_get_what_is_left_of_the_limit),
		TEST(a_silent_stream_is_left_after_its_limit_and_not_tried_again),
		TEST(a_plain_request_may_take_longer),
		TEST(of_a_short_limit_the_fallback_keeps_its_share),
		TEST(a_silent_provider_without_a_ready_fallback_is_not_cut_off),
		TEST(a_fallback_that_falls_silent_in_mid_stream_ends_in_an_error),
		TEST(an_event_that_comes_byte_by_byte_is_silence),
		TEST(a_tool_call_that_comes_byte_by_byte_is_silence),
		TEST(what_ends_or_is_large_is_no_silence),
		TEST(each_false_200_is_no_answer),
		TEST(when_all_fail_the_own_failure_is_shown_byte_for_byte),
		TEST(a_lost_connection_shows_nothing),
		TEST(the_own_provider_is_asked_after_all_when_nobody_else_can),
		TEST(without_fallbacks_an_open_breaker_stops_nobody),
		TEST(the_next_call_skips_a_dead_provider_until_a_probe_is_due),
		TEST(a_probe_has_one_attempt),
		TEST(a_program_that_stops_its_probe_gives_it_back),
		TEST(fallbacks_are_asked_in_order),
		TEST(a_target_that_cannot_carry_the_request_is_not_asked),
		TEST(a_targets_refusal_never_reaches_the_program),
		TEST(the_last_target_is_tried_again),
		TEST(a_body_that_must_be_fetched_is_fetched_once),
		TEST(a_body_that_cannot_be_had_means_no_fallback),
		TEST(an_unrepeatable_call_ends_with_its_first_attempt),
		TEST(waiting_for_a_connection_is_not_the_provider_s_silence),
		TEST(a_queue_does_not_limit_what_has_none),
		TEST(a_call_that_becomes_unrepeatable_while_it_waits_is_shown_its_failure),
		TEST(a_call_that_becomes_unrepeatable_while_it_waits_can_be_played_by_others),
		TEST(a_stream_without_its_end_is_no_success),
		TEST(a_stream_that_stopped_but_said_no_done_is_one),
		TEST(an_error_that_the_own_provider_says_in_mid_stream_is_the_programs),
		TEST(a_broken_transfer_after_the_first_byte_ends_as_it_would_have),
		TEST(what_is_too_big_to_hold_passes_unprotected),
		TEST(a_failure_that_is_too_big_to_hold_is_left),
		TEST(a_failure_that_is_too_big_to_hold_passes_if_nobody_else_can_serve),
		TEST(what_is_too_big_to_hold_and_no_json_is_left),
		TEST(a_redirect_passes_at_once),
		TEST(a_target_gets_the_request_once_more_without_what_it_refused),
		TEST(but_only_once),
		TEST(what_it_may_not_do_without_makes_it_be_passed_by),
		TEST(the_own_providers_refusal_is_not_mended),
		TEST(what_was_learnt_is_not_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

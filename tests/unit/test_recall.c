/* test_recall.c - when a kept answer is given instead of asking, and which answers are kept */
#include "call_world.h"

#include "state/cache.h"

#include <unistd.h>

#define MINUTE ((uint64_t)60000)
#define HOUR (60 * MINUTE)

struct cached {
	struct world *w;
	char dir[64];
	struct us_cache cache;
	struct us_event last;
};

static struct cached here;

static void hear(void *self, const struct us_event *e) { here.last = *e; }

static int make_cached(void **state)
{
	struct world *w;

	make_world(state);
	w = *state;
	here = (struct cached){ .w = w };
	strcpy(here.dir, "/tmp/understudy-recall-XXXXXX");
	assert_non_null(mkdtemp(here.dir));
	here.cache = (struct us_cache){ .dir = here.dir, .max = 1 << 20, .fresh_ms = MINUTE };
	assert_int_equal(us_cache_open(&here.cache, NULL), 0);
	w->cache = &here.cache;
	w->event = hear;
	w->own.cacheable = w->own.keep = true;
	w->own.cached_max_ms = US_NEVER;
	w->now = us_clock_unix_ms(); /* files bear true times: no test moves it further than HOUR */
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	set(w, "UNDERSTUDY_FALLBACKS", "");
	return 0;
}

static int drop_cached(void **state)
{
	char command[200];

	snprintf(command, sizeof(command), "rm -rf %s", here.dir);
	return drop_world(state) | system(command);
}

/* It is asked, and answers so. */
static void served(struct world *w, const char *request, const char *headers, const char *text)
{
	begin(w, request);
	expect_send(w, "openai");
	answer(w, headers, text);
	assert_int_equal(w->order.kind, US_ORDER_FINISH);
}

static void expect_asked(struct world *w, const char *request)
{
	begin(w, request);
	expect_send(w, "openai");
}

#define KEPT(type, age, ttl)                                                                       \
	"HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nage: " age                                   \
	"\r\ncache-status: understudy; hit; ttl=" ttl "\r\n\r\n"

static void an_identical_request_is_answered_without_asking(void **state)
{
	struct world *w = *state;

	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER); /* its first time as it came */
	w->now += 2500;
	begin(w, REQUEST);
	expect_shown(w, KEPT("application/json", "2", "58") ANSWER);
	expect_finish(w, US_FINISH_OK);
	assert_true(us_call_recalled(w->call));
	assert_int_equal(here.last.how, US_END_CACHED);
	assert_int_equal(here.last.status, 200);
	assert_int_equal(here.last.attempt, 0);
	assert_int_equal(here.last.tokens_out, 0);
}

static void a_stream_is_played_again_as_one(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST);
	body(w, TEXT("Hel"));
	body(w, TEXT("lo") STOP);
	body(w, DONE);
	ended(w, US_CAUSE_NONE);
	expect_shown(w, SSE_HEAD FIRST TEXT("Hel") TEXT("lo") STOP DONE);
	begin(w, STREAMED);
	expect_shown(w,
	             KEPT("text/event-stream", "0", "60") FIRST TEXT("Hel") TEXT("lo") STOP DONE);
	expect_finish(w, US_FINISH_OK);
}

static void a_kept_answer_is_due_at_once_and_given_once(void **state)
{
	struct world *w = *state;
	struct us_order o;

	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	us_call_clear(w->call);
	w->call = us_call_new(w->call, &w->env, &w->own, US_SPAN(REQUEST), 2, 7, w->now);
	assert_int_equal(us_call_due(w->call), 0); /* no event would wake the driver */
	us_call_timer(w->call, w->now);
	o = us_call_next(w->call);
	assert_int_equal(o.kind, US_ORDER_RELAY);
	assert_int_equal(us_call_next(w->call).kind, US_ORDER_FINISH);
	assert_int_equal(us_call_next(w->call).kind, US_ORDER_NONE);
	assert_int_equal(us_call_due(w->call), US_NEVER);
}

static void one_that_is_too_old_is_asked_for_and_replaced(void **state)
{
	struct world *w = *state;

	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	w->now += MINUTE;
	begin(w, REQUEST);
	assert_true(us_call_recalled(w->call));
	w->now++;
	served(w, REQUEST, JSON_HEAD("200 OK"), " " ANSWER);
	begin(w, REQUEST);
	expect_shown(w, KEPT("application/json", "0", "60") " " ANSWER);
}

static void one_from_the_future_is_not_believed(void **state)
{
	struct world *w = *state;

	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	w->now -= 30000; /* the clock of another process may differ a little */
	begin(w, REQUEST);
	expect_shown(w, KEPT("application/json", "0", "60") ANSWER);
	w->now -= 3600000;
	expect_asked(w, REQUEST);
}

static void another_request_is_asked(void **state)
{
	struct world *w = *state;

	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	expect_asked(w, REQUEST " ");
	expect_asked(w, STREAMED);
	w->own.asked[31] ^= 1; /* another key, say */
	expect_asked(w, REQUEST);
	w->own.asked[31] ^= 1;
	begin(w, REQUEST);
	assert_true(us_call_recalled(w->call));
}

static void what_the_program_says_of_caches_holds(void **state)
{
	struct world *w = *state;

	w->own.keep = false; /* no-store */
	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	w->own.keep = true;
	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	w->now += 5000;
	w->own.cached_max_ms = 5000; /* max-age=5 */
	begin(w, REQUEST);
	assert_true(us_call_recalled(w->call));
	w->own.cached_max_ms = 4000;
	expect_asked(w, REQUEST);
	w->own.cached_max_ms = 0; /* no-cache: asked, but kept for the next one */
	served(w, REQUEST, JSON_HEAD("200 OK"), " " ANSWER);
	w->own.cached_max_ms = US_NEVER;
	begin(w, REQUEST);
	assert_true(shown(w, "\r\n\r\n " ANSWER));
	w->own.cacheable = false;
	expect_asked(w, REQUEST);
}

static void a_tool_is_always_asked(void **state)
{
	static const struct us_http_tool tool = { .retry = US_REPEAT_NEVER };
	struct world *w = *state;

	w->own.tool = &tool;
	for (int i = 0; i < 2; i++) {
		begin(w, REQUEST);
		assert_int_equal(w->order.kind, US_ORDER_SEND);
		answer(w, JSON_HEAD("200 OK"), ANSWER);
	}
}

/* --- which are kept -------------------------------------------------------------------------- */

static void only_whole_good_answers_are_kept(void **state)
{
	static const struct {
		const char *request, *headers, *text;
	} bad[] = {
		{ REQUEST, JSON_HEAD("400 Bad"), "{\"error\":{\"message\":\"m\"}}" },
		{ REQUEST, JSON_HEAD("503 Busy"), "{}" },
		{ REQUEST, JSON_HEAD("200 OK"), "{\"error\":{\"message\":\"m\",\"type\":\"t\"}}" },
		{ REQUEST, JSON_HEAD("200 OK"), "{\"id\":\"c\",\"choi" },
		{ REQUEST, JSON_HEAD("201 Created"), ANSWER },
		{ REQUEST, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<p>hi</p>" },
		{ REQUEST, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n", ANSWER },
		{ REQUEST, "HTTP/1.1 200 OK\r\nCache-Control: private, No-Store\r\n\r\n", ANSWER },
		{ STREAMED, SSE_HEAD, FIRST TEXT("Hel") },
		{ STREAMED, SSE_HEAD,
		  FIRST TEXT("Hel") "data: {\"error\":{\"message\":\"m\"}}\n\n" },
		{ STREAMED, SSE_HEAD, FIRST },
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(bad); i++) {
		begin(w, bad[i].request);
		answer(w, bad[i].headers, bad[i].text);
		begin(w, bad[i].request);
		if (us_call_recalled(w->call))
			fail_msg("%s%s", bad[i].headers, bad[i].text);
		us_call_clear(w->call); /* and nobody remembers that it was bad */
		us_page_close(&w->page);
		assert_int_equal(us_page_open(&w->page, "/proc/none", NULL), 0);
	}
}

static void a_transfer_that_fails_behind_the_answer_is_not_kept(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("Hi"));
	ended(w, US_CAUSE_RESET);
	expect_asked(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("Hi"));
	us_call_ended(w->call, US_CAUSE_PROGRAM, w->now); /* its callback has had enough */
	obey(w);
	expect_asked(w, STREAMED);
}

static void one_that_is_larger_than_may_be_held_is_not_kept(void **state)
{
	struct world *w = *state;
	struct us_buf text;

	set(w, "UNDERSTUDY_HOLD_MAX", "4K");
	us_buf_init(&text, 100000);
	us_buf_add_str(&text, FIRST);
	while (text.n < 8192)
		us_buf_add_str(&text, TEXT("many words, many words"));
	us_buf_add_str(&text, STOP DONE);
	served(w, STREAMED, SSE_HEAD, us_buf_cstr(&text));
	assert_true(shown(w, DONE));
	expect_asked(w, STREAMED);
	us_buf_fini(&text);
}

static void what_cannot_be_given_again_is_not_kept(void **state)
{
	struct world *w = *state;

	served(w, "{\"model\":\"gpt-4o\",\"messages\":[],\"tools\":[{\"type\":\"mcp\"}]}",
	       JSON_HEAD("200 OK"), ANSWER);
	expect_asked(w, "{\"model\":\"gpt-4o\",\"messages\":[],\"tools\":[{\"type\":\"mcp\"}]}");
}

static void a_head_loses_what_was_for_that_transfer_only(void **state)
{
	struct world *w = *state;

	served(w, REQUEST,
	       "HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nDate: d\r\nAge: 50\r\n"
	       "Set-Cookie: a=b;\r\n path=/\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
	       "X-Request-Id: r\r\n\r\n",
	       ANSWER);
	w->now += 3000;
	begin(w, REQUEST);
	expect_shown(w, "HTTP/1.1 200 OK\r\nDate: d\r\nX-Request-Id: r\r\nage: 53\r\n"
	                "cache-status: understudy; hit; ttl=7\r\n\r\n" ANSWER);
	w->now += 8000; /* 61 s since it was new, wherever it was */
	expect_asked(w, REQUEST);
}

static void trailers_are_of_one_transfer(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	head(w, JSON_HEAD("200 OK"));
	body(w, ANSWER);
	us_call_header(w->call, US_SPAN("x-trailer: t\r\n"), false, 0, w->now);
	obey(w);
	ended(w, US_CAUSE_NONE);
	assert_true(shown(w, "x-trailer"));
	begin(w, REQUEST);
	expect_shown(w, KEPT("application/json", "0", "60") ANSWER);
}

static void that_it_cannot_be_kept_harms_nobody(void **state)
{
	struct world *w = *state;
	char command[200];

	snprintf(command, sizeof(command), "rm -rf %s && : >%s", here.dir, here.dir);
	assert_int_equal(system(command), 0);
	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_asked(w, REQUEST);
}

static void a_body_that_is_not_at_hand_is_fetched_first(void **state)
{
	struct world *w = *state;

	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	begin_body(w, us_span(NULL, 0));
	assert_int_equal(w->order.kind, US_ORDER_BODY);
	us_call_request_body(w->call, US_SPAN(REQUEST), w->now);
	obey(w);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, ANSWER));
	begin_body(w, us_span(NULL, 0));
	us_call_request_body(w->call, us_span(NULL, 0), w->now); /* it can't be had */
	obey(w);
	expect_send(w, "openai");
}

/* --- stand-ins ------------------------------------------------------------------------------- */

/* Its own provider is gone; whoever is asked next is, too. */
static void fail_all(struct world *w)
{
	while (w->order.kind == US_ORDER_SEND)
		ended(w, US_CAUSE_CONNECT);
}

static void what_a_stand_in_said_is_not_given_while_somebody_can_be_asked(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-haiku-4-5@http://t1");
	here.cache.stale_ms = HOUR;
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	assert_true(shown(w, "Hello"));
	w->now += MINUTE / 2;
	begin(w, REQUEST);
	assert_int_equal(w->order.kind, US_ORDER_SEND);
	fail_all(w);
	assert_true(shown(w, "Hello")); /* but it is better than nothing */
	assert_int_equal(here.last.how, US_END_STALE);
}

#define C_REST                                                                                     \
	"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m2\","      \
	"\"model\":\"claude\"}}\n\nevent: content_block_start\ndata: {\"type\":"                   \
	"\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":"       \
	"\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\","           \
	"\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" by the sea.\"}}\n\n"           \
	"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"       \
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"      \
	"\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n"                                       \
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

static void an_answer_that_two_have_given_is_kept_as_one(void **state)
{
	struct world *w = *state;
	char once[8192];

	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-haiku-4-5@http://t1");
	here.cache.stale_ms = HOUR;
	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT("Once upon a time there was a town"));
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
	head(w, SSE_HEAD);
	body(w, C_REST);
	if (w->order.kind == US_ORDER_NONE)
		ended(w, US_CAUSE_NONE);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "by the sea.") && shown(w, DONE));
	snprintf(once, sizeof(once), "%.*s", (int)w->shown.n, w->shown.p);
	begin(w, STREAMED);
	assert_int_equal(w->order.kind, US_ORDER_SEND); /* it is not the own provider's alone */
	fail_all(w);
	assert_int_equal(here.last.how, US_END_STALE);
	assert_true(shown(w, strstr(once, "\r\n\r\n")));
}

#define RESPONSES(store) "{\"model\":\"gpt-4o\",\"input\":\"hi\"" store "}"

/* The answer of a stand-in to a program of Responses. */
static void stood_in(struct world *w, const char *request)
{
	begin(w, request);
	if (w->order.to->own)
		ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	assert_true(shown(w, "\"resp_"));
	begin(w, request);
	fail_all(w);
}

static void an_id_of_ours_that_will_be_gone_on_from_is_not_given_again(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-haiku-4-5@http://t1");
	w->dialect = &us_responses;
	here.cache.stale_ms = HOUR;
	stood_in(w, RESPONSES(""));
	assert_false(us_call_recalled(w->call));
	w->now += 600000;
	stood_in(w, RESPONSES(",\"store\":false"));
	assert_true(us_call_recalled(w->call));
}

/* --- when nobody can serve ------------------------------------------------------------------- */

static void begin_stale(struct world *w, uint64_t age_ms)
{
	here.cache.fresh_ms = 0;
	here.cache.stale_ms = HOUR;
	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	w->now += age_ms;
	expect_asked(w, REQUEST); /* however young it is */
}

#define STALE(age)                                                                                 \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nage: " age                           \
	"\r\ncache-status: understudy; hit; ttl=-" age "; detail=stale-if-error\r\n\r\n"

static void an_older_answer_is_better_than_an_error(void **state)
{
	struct world *w = *state;

	begin_stale(w, 120000);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	expect_shown(w, STALE("120") ANSWER);
	expect_finish(w, US_FINISH_OK);
	assert_int_equal(here.last.how, US_END_STALE);
	assert_int_equal(here.last.status, 200);
	assert_int_equal(here.last.attempt, 1);
}

static void it_is_given_after_all_attempts_whatever_their_failure(void **state)
{
	static const enum us_cause causes[] = { US_CAUSE_CONNECT, US_CAUSE_TIMEOUT, US_CAUSE_RESET,
		                                US_CAUSE_TLS };
	struct world *w = *state;

	set(w, "UNDERSTUDY_ATTEMPTS", "2");
	for (size_t i = 0; i < US_COUNT(causes); i++) {
		begin_stale(w, 1000);
		ended(w, US_CAUSE_RESET);
		wait_due(w);
		expect_send(w, "openai");
		ended(w, causes[i]);
		assert_true(shown(w, ANSWER));
		expect_finish(w, US_FINISH_OK);
		w->now += 600000;
	}
}

static void where_the_breaker_is_open_nobody_is_asked(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BREAKER", "1/60s");
	begin_stale(w, 1000);
	ended(w, US_CAUSE_CONNECT);
	assert_true(shown(w, ANSWER));
	begin(w, REQUEST);
	expect_shown(w, STALE("1") ANSWER);
	assert_int_equal(here.last.attempt, 0);
}

static void one_that_is_too_old_even_then_is_not_given(void **state)
{
	struct world *w = *state;

	begin_stale(w, HOUR + 1);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	expect_shown(w, JSON_HEAD("503 Busy") "{}");
	expect_finish(w, US_FINISH_AS_ENDED);
}

static void a_refusal_is_an_answer_and_is_shown(void **state)
{
	struct world *w = *state;

	begin_stale(w, 1000);
	answer(w, JSON_HEAD("400 Bad"), "{}");
	expect_shown(w, JSON_HEAD("400 Bad") "{}");
}

static void a_program_that_wants_no_kept_answer_gets_the_failure(void **state)
{
	struct world *w = *state;

	begin_stale(w, 1000);
	w->own.cached_max_ms = 0;
	answer(w, JSON_HEAD("503 Busy"), "{}");
	expect_shown(w, JSON_HEAD("503 Busy") "{}");
}

static void by_default_a_failure_is_shown(void **state)
{
	struct world *w = *state;

	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	w->now += MINUTE + 1;
	expect_asked(w, REQUEST);
	answer(w, JSON_HEAD("503 Busy"), "{}");
	expect_shown(w, JSON_HEAD("503 Busy") "{}");
}

/* --- counted --------------------------------------------------------------------------------- */

static void it_is_counted_as_what_it_is(void **state)
{
	struct world *w = *state;
	struct us_slot *s;

	w->tree = us_page_tree(&w->page, US_SPAN("agent"));
	served(w, REQUEST, JSON_HEAD("200 OK"), ANSWER);
	begin(w, REQUEST);
	begin(w, REQUEST);
	s = us_page_nth(&w->page, 0);
	assert_int_equal(s->count[US_COUNT_attempts], 1);
	assert_int_equal(s->count[US_COUNT_ok], 1);
	assert_int_equal(s->count[US_COUNT_cached], 2);
	assert_int_equal(s->ended[US_END_CACHED], 2);
	assert_int_equal(us_times_count(&s->duration),
	                 1); /* how fast it is is not what is measured */
	assert_int_equal(w->tree->count[US_TREE_calls], 3);
	assert_int_equal(w->tree->count[US_TREE_cached], 2);
	assert_int_equal(w->tree->count[US_TREE_failed], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_cached, drop_cached)
		TEST(an_identical_request_is_answered_without_asking),
		TEST(a_stream_is_played_again_as_one),
		TEST(a_kept_answer_is_due_at_once_and_given_once),
		TEST(one_that_is_too_old_is_asked_for_and_replaced),
		TEST(one_from_the_future_is_not_believed),
		TEST(another_request_is_asked),
		TEST(what_the_program_says_of_caches_holds),
		TEST(a_tool_is_always_asked),
		TEST(only_whole_good_answers_are_kept),
		TEST(a_transfer_that_fails_behind_the_answer_is_not_kept),
		TEST(one_that_is_larger_than_may_be_held_is_not_kept),
		TEST(what_cannot_be_given_again_is_not_kept),
		TEST(a_head_loses_what_was_for_that_transfer_only),
		TEST(trailers_are_of_one_transfer),
		TEST(that_it_cannot_be_kept_harms_nobody),
		TEST(a_body_that_is_not_at_hand_is_fetched_first),
		TEST(what_a_stand_in_said_is_not_given_while_somebody_can_be_asked),
		TEST(an_answer_that_two_have_given_is_kept_as_one),
		TEST(an_id_of_ours_that_will_be_gone_on_from_is_not_given_again),
		TEST(an_older_answer_is_better_than_an_error),
		TEST(it_is_given_after_all_attempts_whatever_their_failure),
		TEST(where_the_breaker_is_open_nobody_is_asked),
		TEST(one_that_is_too_old_even_then_is_not_given),
		TEST(a_refusal_is_an_answer_and_is_shown),
		TEST(a_program_that_wants_no_kept_answer_gets_the_failure),
		TEST(by_default_a_failure_is_shown),
		TEST(it_is_counted_as_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

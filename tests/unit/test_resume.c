/* test_resume.c - what becomes of a stream that breaks off after some of it was delivered */
#include "call_world.h"

#include "engine/splice.h"

#define SAID "Once upon a time there was a town"
#define C_START                                                                                    \
	"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m2\","      \
	"\"model\":\"claude\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n"            \
	"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"         \
	"\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
#define C_TEXT(t)                                                                                  \
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"         \
	"\"delta\":{\"type\":\"text_delta\",\"text\":\"" t "\"}}\n\n"
#define C_END                                                                                      \
	"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"       \
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"      \
	"\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}\n\n"                \
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
#define CALL(args)                                                                                 \
	CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":"    \
	      "{\"name\":\"look\",\"arguments\":\"" args "\"}}]}",                                 \
	      "null")

#define CALLS                                                                                      \
	"{\"model\":\"gpt-4o\",\"stream\":true,\"max_tokens\":99,\"messages\":[{\"role\":"         \
	"\"user\",\"content\":\"hi\"}],\"input\":\"hi\"}"

static void begin_text(struct world *w)
{
	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT(SAID));
}

/* The stand-in, which was sent the request, says this and ends. */
static void go_on(struct world *w, const char *text)
{
	head(w, SSE_HEAD);
	body(w, C_START);
	body(w, text);
	body(w, C_END);
	if (w->order.kind == US_ORDER_NONE)
		ended(w, US_CAUSE_NONE);
}

static bool sent(const struct world *w, const char *text)
{
	return us_span_has(us_buf_span(&w->order.to->request.body), text);
}

static void a_text_is_gone_on_with_in_the_same_stream(void **state)
{
	struct world *w = *state;

	begin_text(w);
	body(w, "data: {\"half");
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
	assert_true(sent(w,
	                 "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"" SAID
	                 "\"}]}"));
	go_on(w, C_TEXT(" by the sea."));
	expect_finish(w, US_FINISH_OK);
	assert_false(shown(w, "half"));
	assert_false(shown(w, "message_start"));
	assert_true(shown(w,
	                  "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,"
	                  "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
	                  "\" by the sea.\"}"));
	assert_true(shown(w, "\"finish_reason\":\"stop\""));
	assert_true(us_span_ends(us_buf_span(&w->shown), "data: [DONE]\n\n"));
	assert_true(us_call_served_by(w->call)->own); /* as far as the program can see */
}

/* Blocks that are no other dialect's are counted all the same, and so are empty ones. */
static void blocks_are_counted_as_their_provider_counts_them(void **state)
{
	struct world *w = *state;

	w->dialect = &us_anthropic;
	begin(w, CALLS);
	head(w, SSE_HEAD);
	body(w,
	     "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m2\","
	     "\"model\":\"claude\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n");
	body(w, "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
	        "\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"s1\",\"name\":"
	        "\"web_search\",\"input\":{}}}\n\n"
	        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
	        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,"
	        "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
	        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,"
	        "\"delta\":{\"type\":\"text_delta\",\"text\":\"" SAID "\"}}\n\n");
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
	go_on(w, C_TEXT(" by the sea."));
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":"
	                     "\" by the sea.\""));
	assert_true(shown(w, "{\"type\":\"content_block_stop\",\"index\":1}"));
}

/* Cut, reset, an error in its own words, and what is no event at all. */
static void each_way_to_break_off_is_one(void **state)
{
	static const char *const says[] = { "data: {\"error\":{\"message\":\"x\",\"type\":"
		                            "\"server_error\"}}\n\n",
		                            "data: {\"garb\n\n" };
	static const enum us_cause causes[] = { US_CAUSE_CUT, US_CAUSE_NONE, US_CAUSE_TIMEOUT };
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(causes) + US_COUNT(says) + 1; i++) {
		size_t n = i - US_COUNT(causes);

		begin_text(w);
		if (i < US_COUNT(causes))
			ended(w, causes[i]);
		else if (n < US_COUNT(says))
			body(w, says[n]);
		else
			wait_due(w);
		expect_send(w, "anthropic");
		assert_int_equal(w->cancels, i < US_COUNT(causes) ? 0 : n + 1);
		go_on(w, C_TEXT(" by the sea."));
		expect_finish(w, US_FINISH_OK);
		w->now += 3600000; /* the breaker forgets */
	}
}

static void the_programs_own_decision_is_none(void **state)
{
	struct world *w = *state;

	begin_text(w);
	ended(w, US_CAUSE_PROGRAM);
	expect_finish(w, US_FINISH_AS_ENDED);
}

static void a_call_is_not_delivered_before_it_is_whole(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST CALL("{\\\"a\\\":"));
	assert_int_equal(w->shown.n, 0);
	ended(w, US_CAUSE_RESET); /* nothing was: it is tried again */
	wait_due(w);
	expect_send(w, "openai");
	head(w, SSE_HEAD);
	body(w, FIRST CALL("{\\\"a\\\":"));
	body(w, CALL("1}") CHUNK("{}", "\"tool_calls\"") DONE);
	ended(w, US_CAUSE_NONE);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, SSE_HEAD FIRST CALL("{\\\"a\\\":") CALL("1}") CHUNK("{}", "\"tool_calls\"")
	                        DONE);
}

#define CALLED                                                                                     \
	"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","  \
	"\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":"              \
	"\"tool_calls\"}]}\n\n" DONE

/* Three languages, each cut behind the last byte of the arguments, before anything says so. */
static const struct whole_call {
	const struct us_dialect *dialect;
	const char *events, *end;
} whole_calls[] = {
	{ &us_openai, FIRST CALL("{\\\"a\\\":") CALL("1}"), CALLED },
	{ &us_anthropic,
	  C_START
	  "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
	  "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,"
	  "\"content_block\":{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"look\","
	  "\"input\":{}}}\n\n"
	  "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,"
	  "\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":1}\"}}\n\n",
	  "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"
	  "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
	  "\"tool_use\",\"stop_sequence\":null},\"usage\":{\"input_tokens\":9,"
	  "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":2}}"
	  "\n\n"
	  "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n" },
	{ &us_responses,
	  "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
	  "\"response\":{\"id\":\"resp_1\",\"model\":\"m\",\"created_at\":1,\"output\":[]}}\n\n"
	  "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\","
	  "\"sequence_number\":1,\"output_index\":0,\"item\":{\"type\":\"function_call\","
	  "\"id\":\"fc_1\",\"call_id\":\"call_x\",\"name\":\"look\",\"arguments\":\"\"}}\n\n"
	  "event: response.function_call_arguments.delta\ndata: {\"type\":"
	  "\"response.function_call_arguments.delta\",\"sequence_number\":2,\"output_index\":0,"
	  "\"item_id\":\"fc_1\",\"delta\":\"{\\\"a\\\":1}\"}\n\n",
	  "event: response.function_call_arguments.done\ndata: {\"type\":"
	  "\"response.function_call_arguments.done\",\"sequence_number\":3,\"item_id\":\"fc_1\","
	  "\"output_index\":0,\"arguments\":\"{\\\"a\\\":1}\",\"name\":\"look\"}\n\n"
	  "event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\","
	  "\"sequence_number\":4,\"output_index\":0,\"item\":{\"id\":\"fc_1\",\"type\":"
	  "\"function_call\",\"status\":\"completed\",\"call_id\":\"call_x\",\"name\":\"look\","
	  "\"arguments\":\"{\\\"a\\\":1}\"}}\n\n"
	  "event: response.completed\ndata: "
	  "{\"type\":\"response.completed\",\"sequence_number\":5," },
};

static void a_call_whose_arguments_are_whole_is_ended_here(void **state)
{
	static const enum us_cause causes[] = { US_CAUSE_RESET, US_CAUSE_CUT, US_CAUSE_NONE };
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(whole_calls) * US_COUNT(causes); i++) {
		const struct whole_call *one = &whole_calls[i % US_COUNT(whole_calls)];
		struct us_span all;

		w->dialect = one->dialect;
		begin(w, CALLS);
		head(w, SSE_HEAD);
		body(w, one->events);
		all = us_buf_span(&w->shown);
		assert_true(us_span_ends(all, one->events)); /* as it came, and at once */
		body(w, "data: {\"half");
		ended(w, causes[i / US_COUNT(whole_calls)]);
		expect_finish(w, US_FINISH_OK);
		assert_false(shown(w, "half"));
		if (!shown(w, one->end))
			print_error("%.*s\n", (int)w->shown.n, w->shown.p);
		assert_true(shown(w, one->end));
		if (one->dialect == &us_responses)
			assert_true(shown(w, "\"output\":[{\"id\":\"fc_1\",\"type\":"
			                     "\"function_call\",\"status\":\"completed\","
			                     "\"call_id\":\"call_x\""));
		w->now += 3600000; /* the breaker forgets */
	}
}

/* Of two calls the first is whole: it can be made, and half of the second is not shown. */
static void behind_a_whole_call_half_of_the_next_one_is_dropped(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	body(w, FIRST CALL("{\\\"a\\\":1}"));
	body(w, CHUNK("{\"tool_calls\":[{\"index\":1,\"id\":\"c2\",\"type\":\"function\","
	              "\"function\":{\"name\":\"second\",\"arguments\":\"{\\\"b\"}}]}",
	              "null"));
	ended(w, US_CAUSE_RESET);
	expect_finish(w, US_FINISH_OK);
	expect_shown(w, SSE_HEAD FIRST CALL("{\\\"a\\\":1}") CALLED);
}

static void a_text_before_a_call_that_is_cut_is_gone_on_with_to_that_call(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-opus-4-6@http://t1");
	begin_text(w);
	body(w, CALL("{\\\"a\\\":"));
	assert_false(shown(w, "tool_calls"));
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
	assert_true(sent(w, "Then call the tool that you were about to call: look"));
}

static void who_refuses_a_begun_answer_is_asked_in_words(void **state)
{
	struct world *w = *state;

	begin_text(w);
	ended(w, US_CAUSE_CUT);
	expect_send(w, "anthropic");
	answer(w, JSON_HEAD("400 Bad Request"),
	       "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no "
	       "prefill\"}}");
	expect_send(w, "anthropic");
	assert_true(sent(w, "cut off by a connection failure"));
	go_on(w, C_TEXT(SAID " by the sea."));
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "\"content\":\" by the sea.\""));
	assert_false(shown(w, "no prefill"));
}

/* Behind all others the own provider is asked, after a moment. */
static void own_fails_too(struct world *w)
{
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_in_range(wait_due(w), 1000, 2000);
	expect_send(w, "openai");
	ended(w, US_CAUSE_CONNECT);
}

static void what_does_not_join_is_asked_for_once_more_and_is_then_an_error(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-opus-4-6@http://t1");
	begin_text(w);
	ended(w, US_CAUSE_CUT);
	for (int i = 0; i < 2; i++) {
		expect_send(w, "anthropic");
		go_on(w, C_TEXT("Once upon a time there was an island."));
	}
	own_fails_too(w);
	expect_finish(w, US_FINISH_OWN);
	assert_false(shown(w, "island"));
	assert_false(shown(w, "[DONE]"));
}

static void when_nobody_can_the_program_sees_how_it_broke_off(void **state)
{
	struct world *w = *state;

	begin_text(w);
	body(w, "data: {\"half");
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
	ended(w, US_CAUSE_CONNECT);
	own_fails_too(w);
	expect_finish(w, US_FINISH_OWN);
	expect_shown(w, SSE_HEAD FIRST TEXT(SAID) "data: {\"half");
}

static void a_continuation_that_breaks_off_too_is_gone_on_with_but_not_for_ever(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin_text(w);
	ended(w, US_CAUSE_RESET);
	for (int i = 0; i < 2; i++) {
		expect_send(w, "anthropic");
		head(w, SSE_HEAD);
		body(w, C_START C_TEXT(" by the sea, where the ships came in and went out"));
		wait_due(w); /* the first words are held back no longer */
		ended(w, US_CAUSE_RESET);
	}
	own_fails_too(w);
	expect_finish(w, US_FINISH_CUT);
	assert_true(shown(w, "data: {\"error\":"));
	assert_false(shown(w, "[DONE]"));
}

static void the_first_words_wait_for_a_while_only(void **state)
{
	struct world *w = *state;

	begin_text(w);
	ended(w, US_CAUSE_RESET);
	head(w, SSE_HEAD);
	body(w, C_START C_TEXT(" by the sea"));
	assert_false(shown(w, "by the sea"));
	assert_int_equal(wait_due(w), 400);
	assert_true(shown(w, "by the sea"));
}

static void a_stream_that_stopped_before_it_was_cut_is_ended_here(void **state)
{
	struct world *w = *state;

	begin_text(w);
	body(w, STOP "data: [DO");
	ended(w, US_CAUSE_RESET);
	expect_finish(w, US_FINISH_OK);
	expect_shown(w, SSE_HEAD FIRST TEXT(SAID) STOP DONE);
	begin_text(w);
	body(w, STOP DONE);
	ended(w, US_CAUSE_RESET);
	expect_finish(w, US_FINISH_OK);
	expect_shown(w, SSE_HEAD FIRST TEXT(SAID) STOP DONE);
}

static void a_stream_that_stopped_and_stays_open_is_ended_soon(void **state)
{
	struct world *w = *state;

	begin_text(w);
	body(w, STOP);
	assert_int_equal(wait_due(w), 5000);
	expect_finish(w, US_FINISH_OK);
	expect_shown(w, SSE_HEAD FIRST TEXT(SAID) STOP DONE);
	assert_int_equal(w->cancels, 1);
}

static void silence_is_the_programs_to_bear_where_nobody_can_go_on(void **state)
{
	struct world *w = *state;

	begin_body(w,
	           US_SPAN("{\"model\":\"gpt-4o\",\"stream\":true,\"logprobs\":true,\"messages\":"
	                   "[{\"role\":\"user\",\"content\":\"hi\"}]}"));
	head(w, SSE_HEAD);
	body(w, FIRST TEXT(SAID));
	wait_due(w);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_int_equal(w->cancels, 0);
	assert_true(us_call_due(w->call) == US_NEVER);
	body(w, TEXT(" still"));
	assert_true(shown(w, " still"));
}

static void of_a_short_limit_enough_is_left_for_another(void **state)
{
	struct world *w = *state;

	w->own.limit_ms = 10000;
	begin_text(w);
	assert_int_equal(wait_due(w), 7000);
	expect_send(w, "anthropic");
	assert_int_equal(w->order.total_ms, 3000);
}

static void a_request_that_has_to_be_fetched_is_fetched_then(void **state)
{
	struct world *w = *state;

	w->own.stream = true;
	begin_body(w, us_span(NULL, 0));
	w->own.stream = true;
	us_call_free(w->call);
	w->call = us_call_new(NULL, &w->env, &w->own, us_span(NULL, 0), 1, 7, w->now);
	obey(w);
	head(w, SSE_HEAD);
	body(w, FIRST TEXT(SAID));
	ended(w, US_CAUSE_RESET);
	assert_int_equal(w->order.kind, US_ORDER_BODY);
	us_call_request_body(w->call, us_span_of(STREAMED), w->now);
	obey(w);
	expect_send(w, "anthropic");
	go_on(w, C_TEXT(" by the sea."));
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "by the sea."));
}

/* --- calls that were shown as they came ---------------------------------------------------------
 */

#define C_CALL(args)                                                                               \
	"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m2\","      \
	"\"model\":\"claude\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n"            \
	"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"         \
	"\"content_block\":{\"type\":\"tool_use\",\"id\":\"t9\",\"name\":\"look\",\"input\":{}}}"  \
	"\n\n"                                                                                     \
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"         \
	"\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"" args "\"}}\n\n"

static const char with_tool[] =
	"{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}"
	"],"
	"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\",\"parameters\":{"
	"\"type\":\"object\",\"required\":[\"a\",\"b\"],\"properties\":{\"a\":{\"type\":"
	"\"string\"},\"b\":{\"type\":\"integer\"}}}}}]}";

/* The program has got half a call. */
static void begin_call(struct world *w, const char *model)
{
	set(w, "UNDERSTUDY_HOLD_CALLS", "0");
	set(w, "UNDERSTUDY_FALLBACKS", model);
	begin(w, with_tool);
	head(w, SSE_HEAD);
	body(w, FIRST CALL("{\\\"a\\\": \\\"one"));
	assert_true(shown(w, "{\\\"a\\\": \\\"one"));
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
}

static void say_all(struct world *w, const char *events)
{
	head(w, SSE_HEAD);
	body(w, events);
	if (w->order.kind == US_ORDER_NONE)
		body(w, C_END);
	if (w->order.kind == US_ORDER_NONE)
		ended(w, US_CAUSE_NONE);
}

#define HAIKU "anthropic:claude-haiku-4-5@http://t1"

static void the_call_is_made_again_and_what_is_missing_is_shown(void **state)
{
	struct world *w = *state;

	begin_call(w, HAIKU);
	assert_true(sent(w, "\"tool_choice\":{\"type\":\"tool\",\"name\":\"look\""));
	assert_false(sent(w, "cut off"));
	say_all(w, C_CALL("{\\\"b\\\":2,\\\"a\\\":\\\"one two\\\"}"));
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
	                     "\" two\\\", \\\"b\\\": 2}\"}}]}"));
	assert_true(us_span_ends(us_buf_span(&w->shown), CALLED));
	assert_false(shown(w, "t9"));
}

/* First as a call; what he calls with is something else, or he makes none, or refuses: then as a
 * text, and that has to be the rest of what the tool takes. */
static void who_calls_otherwise_is_asked_for_the_rest_of_the_text(void **state)
{
	static const char refusal[] = "{\"type\":\"error\",\"error\":{\"type\":"
				      "\"invalid_request_error\",\"message\":\"no\"}}";
	struct world *w = *state;

	for (int i = 0; i < 4; i++) {
		begin_call(w, HAIKU);
		if (i == 0)
			say_all(w, C_CALL("{\\\"b\\\":2,\\\"a\\\":\\\"two\\\"}"));
		else if (i == 1)
			say_all(w, C_START C_TEXT("I had rather not."));
		else if (i == 2) /* it lacks what the tool needs */
			say_all(w, C_CALL("{\\\"a\\\":\\\"one\\\"}"));
		else
			answer(w, JSON_HEAD("400 Bad Request"), refusal);
		expect_send(w, "anthropic");
		assert_true(
			sent(w, "JSON text of its arguments: \xc2\xab{\\\"a\\\": \\\"one\xc2\xbb"));
		assert_true(sent(w, "\"tool_choice\":{\"type\":\"none\"}"));
		say_all(w, C_START C_TEXT(" hundred\\\",\\\"b\\\":3}"));
		expect_finish(w, US_FINISH_OK);
		assert_true(shown(w, "\" hundred\\\",\\\"b\\\":3}\""));
		assert_true(us_span_ends(us_buf_span(&w->shown), CALLED));
		w->now += 3600000;
	}
}

/* Half a command that is made valid would be the worst that could happen to it. */
static void arguments_are_never_closed_for_closing(void **state)
{
	static const char *const rests[] = {
		C_START C_TEXT("\\\"}"),                     /* the tool wants more */
		C_START C_TEXT(" and so on"),                /* prose */
		C_START C_TEXT("\\\",\\\"b\\\":\\\"x\\\"}"), /* not of its type */
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rests); i++) {
		begin_call(w, HAIKU);
		say_all(w, C_START C_TEXT("No."));
		expect_send(w, "anthropic");
		for (int n = 0; n < 4 && w->order.kind == US_ORDER_SEND; n++)
			say_all(w, rests[i]);
		own_fails_too(w);
		expect_finish(w, US_FINISH_OWN);
		assert_true(us_span_ends(us_buf_span(&w->shown), CALL("{\\\"a\\\": \\\"one")));
		w->now += 3600000;
	}
}

static void of_two_calls_to_a_tool_the_second_is_asked_for_as_a_text(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_HOLD_CALLS", "0");
	begin(w, with_tool);
	head(w, SSE_HEAD);
	body(w, FIRST CALL("{\\\"a\\\":\\\"one\\\",\\\"b\\\":1}"));
	body(w, CHUNK("{\"tool_calls\":[{\"index\":1,\"id\":\"c2\",\"type\":\"function\","
	              "\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"a\"}}]}",
	              "null"));
	ended(w, US_CAUSE_RESET);
	expect_send(w, "anthropic");
	assert_true(sent(w, "arguments: \xc2\xab{\\\"a\xc2\xbb"));
	say_all(w, C_START C_TEXT("\\\":\\\"two\\\",\\\"b\\\":2}"));
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "{\"index\":1,\"function\":{\"arguments\":\"\\\":\\\"two\\\""));
}

/* --- the own provider, asked to go on
 * --------------------------------------------------------------- */

/* What it says to that, and ends. */
static void go_on_itself(struct world *w, const char *events)
{
	head(w, SSE_HEAD);
	body(w, events);
	if (w->order.kind == US_ORDER_NONE)
		ended(w, US_CAUSE_NONE);
}

static void begin_alone(struct world *w)
{
	set(w, "UNDERSTUDY_FALLBACKS", "");
	begin_text(w);
}

static void without_anybody_else_the_own_provider_is_asked_to_go_on(void **state)
{
	struct world *w = *state;

	begin_alone(w);
	body(w, "data: {\"half");
	ended(w, US_CAUSE_RESET);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_in_range(wait_due(w), 1000, 2000);
	expect_send(w, "openai");
	assert_true(w->order.to->own && w->order.to->rendered);
	assert_true(sent(w, "{\"role\":\"assistant\",\"content\":\"" SAID "\"}"));
	assert_true(sent(w, "cut off by a connection failure"));
	assert_true(sent(w, "\"model\":\"gpt-4o\""));
	assert_int_equal(w->order.connect_ms, 5000);
	go_on_itself(w, CHUNK("{\"role\":\"assistant\",\"content\":\"\"}", "null")
	                        TEXT("there was a town by the sea.") STOP DONE);
	expect_finish(w, US_FINISH_OK);
	assert_true(us_span_starts(us_buf_span(&w->shown), SSE_HEAD FIRST TEXT(SAID)));
	assert_true(shown(w, "\"delta\":{\"content\":\" by the sea.\"}"));
	assert_true(us_span_ends(us_buf_span(&w->shown), DONE));
	assert_false(shown(w, "half"));
	assert_true(us_call_served_by(w->call)->own);
}

static void it_is_asked_once_and_its_failure_is_not_shown(void **state)
{
	struct world *w = *state;
	static const char busy[] = "{\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}";

	for (int i = 0; i < 4; i++) {
		begin_alone(w);
		ended(w, US_CAUSE_CUT);
		wait_due(w);
		expect_send(w, "openai");
		if (i == 0)
			answer(w, JSON_HEAD("503 Service Unavailable"), busy);
		else if (i == 1)
			answer(w, JSON_HEAD("400 Bad Request"), busy);
		else if (i == 2) /* it falls silent */
			assert_in_range(wait_due(w), 5000, 60000);
		else
			go_on_itself(w, TEXT("Once upon a time there was an island.") STOP DONE);
		expect_finish(w, US_FINISH_OWN);
		expect_shown(w, SSE_HEAD FIRST TEXT(SAID));
		w->now += 3600000;
	}
}

/* An error that its own provider would give again is the program's to see, and so is silence: it
 * may be at work. */
static void what_it_would_do_again_is_not_asked_for_again(void **state)
{
	static const char broke[] = "data: {\"error\":{\"message\":\"x\",\"type\":"
				    "\"insufficient_quota\",\"code\":\"insufficient_quota\"}}\n\n";
	struct world *w = *state;

	begin_alone(w);
	body(w, broke);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_true(us_call_due(w->call) == US_NEVER);
	expect_shown(w,
	             SSE_HEAD FIRST TEXT(
			     SAID) "data: {\"error\":{\"message\":\"x\",\"type\":"
	                           "\"insufficient_quota\",\"code\":\"insufficient_quota\"}}\n\n");
	assert_int_equal(w->cancels, 0);
	begin_alone(w);
	assert_true(us_call_due(w->call) == US_NEVER); /* no limit but the program's */
	ended(w, US_CAUSE_TIMEOUT);
	expect_finish(w, US_FINISH_AS_ENDED);
}

/* A busy provider's word in the stream is none of these. */
static void an_error_that_passes_is_waited_for(void **state)
{
	struct world *w = *state;

	begin_alone(w);
	body(w, "data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n");
	assert_int_equal(w->cancels, 1);
	wait_due(w);
	expect_send(w, "openai");
	ended(w, US_CAUSE_CONNECT);
	expect_finish(w, US_FINISH_OK); /* in its own words */
	assert_true(shown(w, "server_error"));
}

static void when_its_breaker_is_open_it_is_left_alone(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BREAKER", "1/60s");
	begin_alone(w);
	ended(w, US_CAUSE_RESET);
	expect_finish(w, US_FINISH_OWN);
	expect_shown(w, SSE_HEAD FIRST TEXT(SAID));
}

static void where_nothing_is_left_to_spend_it_is_left_alone(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BUDGET", "1");
	us_budget_charge(us_page_budget(&w->page), 1, w->now);
	begin_alone(w);
	ended(w, US_CAUSE_RESET);
	wait_due(w);
	expect_finish(w, US_FINISH_OWN);
}

static void who_cannot_be_asked_twice_is_not(void **state)
{
	struct world *w = *state;

	begin_alone(w);
	us_call_unrepeatable(w->call);
	ended(w, US_CAUSE_RESET);
	assert_int_equal(w->order.kind, US_ORDER_FINISH);
	expect_shown(w, SSE_HEAD FIRST TEXT(SAID));
}

static void a_claude_that_takes_a_begun_answer_gets_its_own(void **state)
{
	struct world *w = *state;

	w->dialect = &us_anthropic;
	set(w, "UNDERSTUDY_FALLBACKS", "");
	begin(w, "{\"model\":\"claude-haiku-4-5\",\"stream\":true,\"max_tokens\":99,\"messages\":[{"
	         "\"role\":\"user\",\"content\":\"hi\"}]}");
	head(w, SSE_HEAD);
	body(w, C_START C_TEXT(SAID));
	ended(w, US_CAUSE_RESET);
	wait_due(w);
	expect_send(w, "anthropic");
	assert_false(sent(w, "cut off"));
	go_on_itself(w, C_START C_TEXT(" by the sea.") C_END);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "{\"type\":\"text_delta\",\"text\":\" by the sea.\"}"));
}

/* As the program's provider ends its lines, so they go on, whatever the dialect's own way. */
static void lines_end_as_they_did(void **state)
{
	static const char crlf[] =
		"data: "
		"{\"id\":\"c\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
		"\"content\":\"" SAID "\"},\"finish_reason\":null}]}\r\n\r\n";
	static const char lf[] = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" SAID
				 "\"}],\"role\":\"model\"},\"index\":0}]}\n\n";
	struct world *w = *state;
	struct us_span all;

	for (int gemini = 0; gemini < 2; gemini++) {
		w->dialect = gemini ? &us_gemini : NULL;
		begin(w,
		      gemini ? "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}],"
		               "\"stream\":true}"
		             : STREAMED);
		head(w, SSE_HEAD);
		body(w, gemini ? lf : crlf);
		ended(w, US_CAUSE_RESET);
		expect_send(w, "anthropic");
		go_on(w, C_TEXT(" by the sea."));
		expect_finish(w, US_FINISH_OK);
		assert_true(shown(w, "by the sea."));
		all = us_buf_span(&w->shown);
		all = us_span(memmem(all.p, all.n, "\r\n\r\n", 4), 0);
		all.n = (size_t)(w->shown.p + w->shown.n - all.p) - 4;
		all.p += 4;
		for (size_t i = 1; i < all.n; i++)
			if (all.p[i] == '\n')
				assert_true((all.p[i - 1] == '\r') == !gemini);
		w->now += 3600000;
	}
}

/* --- by where it was ------------------------------------------------------------------------- */

static void where_it_was_decides(void **state)
{
	static const struct us_block text = { .kind = US_TEXT }, call = { .kind = US_TOOL_CALL },
				     think = { .kind = US_THINK }, no = { .kind = US_REFUSAL };
	static const struct us_block text_call = { .kind = US_TOOL_CALL,
		                                   .args_kind = US_ARGS_FREEFORM };
	static const struct us_num two = { .text = { "2", 1 }, .v = 2 };
	const struct {
		struct us_block blocks[3];
		size_t n;
		bool open, stopped;
		struct us_req req;
		enum us_splice what;
		const char *args; /* of the open call */
	} rows[] = {
		{ { text }, 1, true, false, .what = US_SPLICE_TEXT },
		{ { text }, 1, false, false, .what = US_SPLICE_TEXT },
		{ { think, text }, 2, true, false, .what = US_SPLICE_TEXT },
		{ { text, call }, 2, false, false, .what = US_SPLICE_FINISH },
		{ { text, call }, 2, true, false, .what = US_SPLICE_FINISH, .args = "{} " },
		{ { text, call }, 2, true, false, .what = US_SPLICE_ERROR, .args = "{}{" },
		{ { text, call }, 2, true, false, .what = US_SPLICE_ERROR, .args = "[]" },
		{ { text, call }, 2, true, false, .what = US_SPLICE_CALL, .args = "" },
		{ { text, call }, 2, true, false, .what = US_SPLICE_CALL, .args = " {\"a\":\"}" },
		{ { call, call }, 2, true, false, .what = US_SPLICE_CALL, .args = "{" },
		{ { call, think, call }, 3, true, false, .what = US_SPLICE_CALL, .args = "{" },
		{ { text, text_call }, 2, true, false, .what = US_SPLICE_ERROR, .args = "{}" },
		{ { call, text }, 2, true, false, .what = US_SPLICE_ERROR },
		{ { text, think }, 2, true, false, .what = US_SPLICE_ERROR },
		{ { no }, 1, true, false, .what = US_SPLICE_ERROR },
		{ { text }, 1, false, true, .what = US_SPLICE_FINISH },
		{ { text }, 1, true, false, .req.n = two, .what = US_SPLICE_ERROR },
		{ { text }, 1, true, false, .req.logprobs = US_YES, .what = US_SPLICE_ERROR },
		{ { text }, 1, true, false, .req.audio_out = true, .what = US_SPLICE_ERROR },
		{ { text },
		  1,
		  true,
		  false,
		  .req.format = US_FORMAT_GRAMMAR,
		  .what = US_SPLICE_ERROR },
		{ { text },
		  1,
		  true,
		  false,
		  .req.format = US_FORMAT_JSON_OBJECT,
		  .what = US_SPLICE_TEXT },
		{ { text }, 0, false, false, .what = US_SPLICE_ERROR },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_block blocks[3];
		struct us_resp said = { .blocks = blocks,
			                .nblocks = rows[i].n,
			                .in_block = rows[i].open,
			                .stopped = rows[i].stopped };

		us_buf_init(&said.open, 64);
		us_buf_add_str(&said.open, rows[i].args ? rows[i].args : "");
		memcpy(blocks, rows[i].blocks, sizeof(blocks));
		if (us_splice_decide(&rows[i].req, &said) != rows[i].what)
			print_error("row %zu\n", i);
		assert_int_equal(us_splice_decide(&rows[i].req, &said), rows[i].what);
		us_buf_fini(&said.open);
	}
}

static void a_json_value_that_is_whole_needs_only_its_end(void **state)
{
	static const struct us_req asked = { .format = US_FORMAT_JSON_OBJECT };
	struct us_block block = { .kind = US_TEXT, .text = US_SPAN("{\"a\":1}\n") };
	struct us_resp said = { .blocks = &block, .nblocks = 1 };

	assert_int_equal(us_splice_decide(&asked, &said), US_SPLICE_FINISH);
	block.text = US_SPAN("{\"a\":1");
	assert_int_equal(us_splice_decide(&asked, &said), US_SPLICE_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_text_is_gone_on_with_in_the_same_stream),
		TEST(blocks_are_counted_as_their_provider_counts_them),
		TEST(each_way_to_break_off_is_one),
		TEST(the_programs_own_decision_is_none),
		TEST(a_call_is_not_delivered_before_it_is_whole),
		TEST(a_call_whose_arguments_are_whole_is_ended_here),
		TEST(behind_a_whole_call_half_of_the_next_one_is_dropped),
		TEST(a_text_before_a_call_that_is_cut_is_gone_on_with_to_that_call),
		TEST(who_refuses_a_begun_answer_is_asked_in_words),
		TEST(what_does_not_join_is_asked_for_once_more_and_is_then_an_error),
		TEST(when_nobody_can_the_program_sees_how_it_broke_off),
		TEST(a_continuation_that_breaks_off_too_is_gone_on_with_but_not_for_ever),
		TEST(the_first_words_wait_for_a_while_only),
		TEST(a_stream_that_stopped_before_it_was_cut_is_ended_here),
		TEST(a_stream_that_stopped_and_stays_open_is_ended_soon),
		TEST(silence_is_the_programs_to_bear_where_nobody_can_go_on),
		TEST(of_a_short_limit_enough_is_left_for_another),
		TEST(a_request_that_has_to_be_fetched_is_fetched_then),
		TEST(the_call_is_made_again_and_what_is_missing_is_shown),
		TEST(who_calls_otherwise_is_asked_for_the_rest_of_the_text),
		TEST(arguments_are_never_closed_for_closing),
		TEST(of_two_calls_to_a_tool_the_second_is_asked_for_as_a_text),
		TEST(without_anybody_else_the_own_provider_is_asked_to_go_on),
		TEST(it_is_asked_once_and_its_failure_is_not_shown),
		TEST(what_it_would_do_again_is_not_asked_for_again),
		TEST(an_error_that_passes_is_waited_for),
		TEST(when_its_breaker_is_open_it_is_left_alone),
		TEST(where_nothing_is_left_to_spend_it_is_left_alone),
		TEST(who_cannot_be_asked_twice_is_not),
		TEST(a_claude_that_takes_a_begun_answer_gets_its_own),
		TEST(lines_end_as_they_did),
		TEST(where_it_was_decides),
		TEST(a_json_value_that_is_whole_needs_only_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

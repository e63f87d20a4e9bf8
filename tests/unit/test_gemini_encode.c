/* test_gemini_encode.c - answers and errors, written for programs that speak Gemini */
#define WORLD us_gemini
#include "openai_written.h"

static void be_array(void) { look.framing = US_FRAMING_ARRAY; }

/* How often does `part` stand in what was written? */
static size_t count(const char *part)
{
	const char *p = us_buf_cstr(&out);
	size_t n = 0;

	while ((p = strstr(p, part))) {
		n++;
		p++;
	}
	return n;
}

static void text_goes_out_as_it_comes_and_the_reason_at_the_end(void **state)
{
	put((struct us_ev){ .kind = US_EV_START });
	assert_int_equal(out.n, 0);
	text(US_TEXT, "a");
	assert_int_equal(count("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}],"
	                       "\"role\":\"model\"},\"index\":0}],\"modelVersion\":\"gpt\","),
	                 1);
	assert_true(us_span_ends(us_buf_span(&out), "\"}\r\n\r\n"));
	assert_int_equal(count("finishReason"), 0);
	end(US_STOP_END);
	assert_int_equal(count("\"finishReason\":\"STOP\""), 1);
	assert_int_equal(count("\r\n\r\n"), 2);
}

static void an_array_is_closed_behind_its_last_element(void **state)
{
	be_array();
	text(US_TEXT, "a");
	text(US_TEXT, "b");
	assert_int_equal(count("data:"), 0);
	end(US_STOP_END);
	assert_true(us_span_starts(us_buf_span(&out), "[{\"candidates\""));
	assert_int_equal(count("},\r\n{\"candidates\""), 2);
	assert_true(us_span_ends(us_buf_span(&out), "\"}]"));
}

static void an_answer_of_nothing_is_an_empty_text(void **state)
{
	be_array();
	end(US_STOP_FILTER);
	assert_true(
		us_span_starts(us_buf_span(&out),
	                       "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}],"
	                       "\"role\":\"model\"},\"finishReason\":\"SAFETY\",\"index\":0}]"));
	assert_true(us_span_ends(us_buf_span(&out), "\"}]"));
}

static void calls_are_whole_and_arguments_are_an_object_in_any_case(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"a\": 1.0}", "\"args\":{\"a\": 1.0}}" },
		{ "", "\"args\":{}}" },
		{ "null", "\"args\":{}}" },
		{ "[1]", "\"args\":{\"value\":[1]}}" },
		{ "{\"a\"", "\"args\":{\"INVALID_JSON\":\"{\\\"a\\\"\"}}" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		us_buf_clear(&out);
		call("f", rows[i][0]);
		assert_int_equal(count(rows[i][1]), 1);
		assert_int_equal(count("\"functionCall\":{\"name\":\"f\","), 1);
	}
	assert_int_equal(count("\"id\""), 0);
	us_buf_clear(&out);
	end(US_STOP_OTHER);
	assert_int_equal(count("\"finishReason\":\"STOP\""), 1);
}

static void calls_bear_ids_where_the_program_has_them(void **state)
{
	req.call_ids = true;
	call("f", "");
	assert_int_equal(count("\"functionCall\":{\"id\":\"call_Us"), 1);
}

static void thoughts_are_not_shown_but_counted(void **state)
{
	text(US_THINK, "hm");
	put((struct us_ev){ .kind = US_EV_SIG, .block = US_THINK, .text = US_SPAN("c") });
	put((struct us_ev){ .kind = US_EV_PING });
	assert_int_equal(out.n, 0);
	put((struct us_ev){ .kind = US_EV_USAGE,
	                    .usage = { .known = US_USAGE_IN | US_USAGE_OUT | US_USAGE_REASONING |
	                                        US_USAGE_CACHE_READ,
	                               .in = 10,
	                               .out = 8,
	                               .reasoning = 5,
	                               .cache_read = 2 } });
	end(US_STOP_MAX_TOKENS);
	assert_int_equal(
		count("\"usageMetadata\":{\"promptTokenCount\":10,\"candidatesTokenCount\":3,"
	              "\"totalTokenCount\":18,\"cachedContentTokenCount\":2,"
	              "\"thoughtsTokenCount\":5}"),
		1);
	assert_int_equal(count("\"finishReason\":\"MAX_TOKENS\""), 1);
}

static void counts_nobody_told_are_estimated(void **state)
{
	text(US_TEXT, "twelve bytes");
	end(US_STOP_END);
	assert_int_equal(count("\"promptTokenCount\":7,\"candidatesTokenCount\":3,"
	                       "\"totalTokenCount\":10"),
	                 1);
}

static void an_error_is_the_last_thing_and_leaves_an_array_that_can_be_read(void **state)
{
	struct us_hub_err err = { .status = 529, .message = US_SPAN("busy") };

	be_array();
	text(US_TEXT, "a");
	put((struct us_ev){ .kind = US_EV_ERROR, .err = err });
	put((struct us_ev){ .kind = US_EV_END });
	end(US_STOP_END);
	assert_true(us_span_ends(us_buf_span(&out),
	                         ",\r\n{\"error\":{\"code\":503,\"message\":\"busy\","
	                         "\"status\":\"UNAVAILABLE\"}}]"));
}

static void an_end_that_is_not_clean_is_not_written(void **state)
{
	text(US_TEXT, "a");
	us_buf_clear(&out);
	put((struct us_ev){ .kind = US_EV_END });
	assert_int_equal(out.n, 0);
}

static void assert_error(unsigned status, const char *want)
{
	struct us_hub_err err = { .status = status };

	us_buf_clear(&out);
	assert_int_equal(us_gemini.encode_error(&err, &out), 0);
	assert_string_equal(us_buf_cstr(&out), want);
}

static void errors_have_the_word_of_their_status(void **state)
{
	assert_error(0, "{\"error\":{\"code\":500,\"message\":\"The provider failed.\","
	                "\"status\":\"INTERNAL\"}}");
	assert_error(400, "{\"error\":{\"code\":400,\"message\":\"The provider failed.\","
	                  "\"status\":\"INVALID_ARGUMENT\"}}");
	assert_error(413, "{\"error\":{\"code\":413,\"message\":\"The provider failed.\","
	                  "\"status\":\"INVALID_ARGUMENT\"}}");
	assert_error(418, "{\"error\":{\"code\":418,\"message\":\"The provider failed.\","
	                  "\"status\":\"FAILED_PRECONDITION\"}}");
	assert_error(504, "{\"error\":{\"code\":504,\"message\":\"The provider failed.\","
	                  "\"status\":\"DEADLINE_EXCEEDED\"}}");
}

static void memory_may_fail_anywhere(void **state)
{
	static const struct us_ev events[] = {
		{ .kind = US_EV_BLOCK_OPEN, .block = US_TEXT },
		{ .kind = US_EV_TEXT, .block = US_TEXT, .text = { "a", 1 } },
		{ .kind = US_EV_BLOCK_CLOSE },
		{ .kind = US_EV_BLOCK_OPEN, .block = US_TOOL_CALL, .name = { "f", 1 } },
		{ .kind = US_EV_ARGS, .block = US_TOOL_CALL, .text = { "{}", 2 } },
		{ .kind = US_EV_BLOCK_CLOSE },
		{ .kind = US_EV_STOP },
		{ .kind = US_EV_END, .clean = true },
	};

	stream_starving(events, US_COUNT(events));
	assert_int_equal(count("\"name\":\"f\""), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(text_goes_out_as_it_comes_and_the_reason_at_the_end),
		T(an_array_is_closed_behind_its_last_element),
		T(an_answer_of_nothing_is_an_empty_text),
		T(calls_are_whole_and_arguments_are_an_object_in_any_case),
		T(calls_bear_ids_where_the_program_has_them),
		T(thoughts_are_not_shown_but_counted),
		T(counts_nobody_told_are_estimated),
		T(an_error_is_the_last_thing_and_leaves_an_array_that_can_be_read),
		T(an_end_that_is_not_clean_is_not_written),
		T(errors_have_the_word_of_their_status),
		T(memory_may_fail_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_ollama_encode.c - hub events as Ollama's answers, in lines and in one document */
#define WORLD us_ollama
#include "openai_written.h"

#define BEGIN(members)                                                                             \
	"{'model':'gpt','created_at':'2023-11-14T22:13:20.000000000Z','message':{'role':"          \
	"'assistant'," members "},"
#define LINE(members) BEGIN(members) "'done':false}\n"
#define COUNTS(in, out)                                                                            \
	"'total_duration':1,'load_duration':1,'prompt_eval_count':" #in ","                        \
	"'prompt_eval_duration':1,'eval_count':" #out ",'eval_duration':1}"
#define LAST(reason, in, out)                                                                      \
	BEGIN("'content':''") "'done':true,'done_reason':'" reason "'," COUNTS(in, out) "\n"
#define CALL_OF(n, id, name, args)                                                                 \
	"{'id':'" id "','function':{'index':" #n ",'name':'" name "','arguments':" args "}}"

/* <a> and <b> stand for the ids of the first calls. */
static void assert_lines(const char *want)
{
	us_buf_clear(&shown);
	add_unquoted(&shown, want);
	replace(&shown, "<a>", "call_", 16, 1);
	replace(&shown, "<b>", "call_", 16, 2);
	assert_string_equal(us_buf_cstr(&out), us_buf_cstr(&shown));
}

static void assert_document(const char *want)
{
	us_buf_clear(&out);
	assert_int_equal(us_ollama.encode_whole(&look, &resp, &out), 0);
	assert_lines(want);
}

static void each_delta_is_a_line(void **state)
{
	open_block(US_TEXT, NULL, NULL);
	piece("Hel");
	piece("lo");
	close_block();
	put((struct us_ev){ .kind = US_EV_USAGE,
	                    .usage = { .known = US_USAGE_IN | US_USAGE_OUT, .in = 9, .out = 3 } });
	end(US_STOP_END);
	assert_lines(LINE("'content':'Hel'") LINE("'content':'lo'") LAST("stop", 9, 3));
	assert_document(
		BEGIN("'content':'Hello'") "'done':true,'done_reason':'stop'," COUNTS(9, 3));
}

static void calls_wait_for_their_arguments(void **state)
{
	open_block(US_TOOL_CALL, "toolu_1", "f");
	piece("{\"n\": 1");
	assert_lines("");
	piece(".0e2}");
	close_block();
	call("g", "");
	end(US_STOP_TOOL);
	assert_lines(LINE("'content':'','tool_calls':[" CALL_OF(0, "<a>", "f", "{'n': 1.0e2}") "]")
	                     LINE("'content':'','tool_calls':[" CALL_OF(1, "<b>", "g", "{}") "]")
	                             LAST("stop", 7, 3));
	assert_document(BEGIN(
		"'content':'','tool_calls':[" CALL_OF(0, "<a>", "f", "{'n': 1.0e2}") "," CALL_OF(
			1, "<b>", "g", "{}") "]") "'done':true,'done_reason':'stop'," COUNTS(7, 3));
}

/* As a model may have written them. */
static void arguments_on_several_lines_are_on_one(void **state)
{
	call("f", "{\n  \"n\": 1\r\n}");
	end(US_STOP_TOOL);
	assert_lines(LINE("'content':'','tool_calls':[" CALL_OF(0, "<a>", "f", "{   'n': 1  }") "]")
	                     LAST("stop", 7, 4));
}

static void arguments_are_an_object_in_any_case(void **state)
{
	call("f", "[1]");
	end(US_STOP_TOOL);
	assert_lines(LINE("'content':'','tool_calls':[" CALL_OF(0, "<a>", "f", "{'value':[1]}") "]")
	                     LAST("stop", 7, 1));
}

static void thoughts_have_a_member_of_their_own(void **state)
{
	text(US_THINK, "hm");
	text(US_TEXT, "t");
	end(US_STOP_END);
	assert_lines(LINE("'content':'','thinking':'hm'") LINE("'content':'t'") LAST("stop", 7, 1));
	assert_document(BEGIN(
		"'content':'t','thinking':'hm'") "'done':true,'done_reason':'stop'," COUNTS(7, 1));
}

static void who_wants_no_thoughts_sees_none(void **state)
{
	req.reason = US_REASON_OFF;
	text(US_THINK, "a long thought, not counted");
	text(US_TEXT, "t");
	end(US_STOP_END);
	assert_lines(LINE("'content':'t'") LAST("stop", 7, 1));
	assert_document(BEGIN("'content':'t'") "'done':true,'done_reason':'stop'," COUNTS(7, 1));
}

static void texts_that_were_parted_stay_apart(void **state)
{
	text(US_TEXT, "a");
	text(US_TEXT, "b");
	call("f", "{}");
	text(US_TEXT, "c");
	end(US_STOP_END);
	assert_lines(LINE("'content':'a'") LINE("'content':'b'")
	                     LINE("'content':'','tool_calls':[" CALL_OF(0, "<a>", "f", "{}") "]")
	                             LINE("'content':'\\n\\nc'") LAST("stop", 7, 2));
	assert_document(BEGIN("'content':'ab\\n\\nc','tool_calls':[" CALL_OF(
		0, "<a>", "f", "{}") "]") "'done':true,'done_reason':'stop'," COUNTS(7, 2));
}

static void a_refusal_is_text_here(void **state)
{
	text(US_REFUSAL, "no");
	end(US_STOP_REFUSAL);
	assert_lines(LINE("'content':'no'") LAST("stop", 7, 1));
	assert_document(BEGIN("'content':'no'") "'done':true,'done_reason':'stop'," COUNTS(7, 1));
}

static void an_answer_may_say_nothing(void **state)
{
	end(US_STOP_MAX_TOKENS);
	assert_lines(LAST("length", 7, 0));
	assert_document(BEGIN("'content':''") "'done':true,'done_reason':'length'," COUNTS(7, 0));
}

static void only_room_that_ran_out_is_called_length(void **state)
{
	static const struct {
		enum us_stop stop;
		const char *word;
	} rows[] = {
		{ US_STOP_END, "\"stop\"" },          { US_STOP_SEQUENCE, "\"stop\"" },
		{ US_STOP_MAX_TOKENS, "\"length\"" }, { US_STOP_TOOL, "\"stop\"" },
		{ US_STOP_FILTER, "\"stop\"" },       { US_STOP_REFUSAL, "\"stop\"" },
		{ US_STOP_PAUSE, "\"stop\"" },        { US_STOP_CONTEXT_FULL, "\"length\"" },
		{ US_STOP_OTHER, "\"stop\"" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		teardown(state);
		setup(state);
		end(rows[i].stop);
		assert_true(us_span_has(us_buf_span(&out), rows[i].word));
	}
}

static void an_error_is_the_last_line(void **state)
{
	text(US_TEXT, "a");
	us_buf_clear(&out);
	put((struct us_ev){ .kind = US_EV_ERROR, .err = { .message = US_SPAN("it \"broke\"") } });
	put((struct us_ev){ .kind = US_EV_END });
	assert_string_equal(us_buf_cstr(&out), "{\"error\":\"it \\\"broke\\\"\"}\n");
}

static void what_broke_off_has_no_last_line(void **state)
{
	text(US_TEXT, "a");
	put((struct us_ev){ .kind = US_EV_END });
	assert_lines(LINE("'content':'a'"));
}

static void dates_are_right_in_leap_years_and_at_midnight(void **state)
{
	static const struct {
		uint64_t now_s;
		const char *want;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00." },          { 951782399, "2000-02-28T23:59:59." },
		{ 951782400, "2000-02-29T00:00:00." },  { 951868800, "2000-03-01T00:00:00." },
		{ 1767225599, "2025-12-31T23:59:59." }, { 4107542400, "2100-03-01T00:00:00." },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		teardown(state);
		setup(state);
		look.now_s = rows[i].now_s;
		end(US_STOP_END);
		if (!us_span_has(us_buf_span(&out), rows[i].want))
			fail_msg("%s", us_buf_cstr(&out));
	}
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	static const struct us_ev events[] = {
		{ .kind = US_EV_BLOCK_OPEN, .block = US_TOOL_CALL, .name = { "sh", 2 } },
		{ .kind = US_EV_ARGS, .text = { "{\"input\":\"\\n\"}", 14 } },
		{ .kind = US_EV_BLOCK_CLOSE },
		{ .kind = US_EV_STOP },
		{ .kind = US_EV_END, .clean = true },
	};

	stream_starving(events, US_COUNT(events));
	assert_true(us_span_has(us_buf_span(&out), "{\"input\":\"\\n\"}"));
	assert_true(us_span_ends(us_buf_span(&out), "\"eval_duration\":1}\n"));
}

static void nor_when_a_document_is_written(void **state)
{
	text(US_TEXT, "t");
	end(US_STOP_END);
	document_starving();
	assert_true(us_span_has(us_buf_span(&out), "\"content\":\"t\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(each_delta_is_a_line),
		T(calls_wait_for_their_arguments),
		T(arguments_on_several_lines_are_on_one),
		T(arguments_are_an_object_in_any_case),
		T(thoughts_have_a_member_of_their_own),
		T(who_wants_no_thoughts_sees_none),
		T(texts_that_were_parted_stay_apart),
		T(a_refusal_is_text_here),
		T(an_answer_may_say_nothing),
		T(only_room_that_ran_out_is_called_length),
		T(an_error_is_the_last_line),
		T(what_broke_off_has_no_last_line),
		T(dates_are_right_in_leap_years_and_at_midnight),
		T(no_failed_allocation_goes_unnoticed),
		T(nor_when_a_document_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_gemini_decode.c - Gemini's answers and errors, read */
#define WORLD us_gemini
#include "line_answers.h"

#define HEAD "'responseId':'r','modelVersion':'m'"
#define PARTS(parts) "{'candidates':[{'content':{'parts':[" parts "],'role':'model'}}]," HEAD "}\n"
#define LAST(parts, reason)                                                                        \
	"{'candidates':[{'content':{'parts':[" parts "]},'finishReason':" reason "}]," HEAD "}\n"

static void pieces_are_put_together_and_the_reason_comes_at_the_end(void **unused)
{
	assert_stream(PARTS("{'text':'a'}") PARTS("{'text':''},{'text':'b'}") LAST("", "'STOP'"),
	              "start r m\nopen text\ntext a\ntext b\nclose\nstop end\nend clean\n");
	/* some say it with every piece */
	assert_stream(LAST("{'text':'a'}", "'STOP'") LAST("{'text':'b'}", "'STOP'"),
	              "start r m\nopen text\ntext a\ntext b\nclose\nstop end\nend clean\n");
}

static void a_stream_without_a_reason_was_cut(void **unused)
{
	assert_stream(PARTS("{'text':'a'}"), "start r m\nopen text\ntext a\nclose\nend cut\n");
	assert_stream(PARTS("{'text':'a'}") LAST("", "'FINISH_REASON_UNSPECIFIED'"),
	              "start r m\nopen text\ntext a\nclose\nend cut\n");
	assert_stream("", "start\nend cut\n");
}

static void calls_are_whole_and_have_an_id_in_any_case(void **unused)
{
	assert_stream(LAST("{'functionCall':{'name':'f','args':{'a': 1.0}},'thoughtSignature':'c'},"
	                   "{'functionCall':{'name':'g','id':'own'}},"
	                   "{'function_call':{'name':'f','args':{}}}",
	                   "'STOP'"),
	              "start r m\nopen call g1 f\nsig c\nargs {\"a\": 1.0}\nclose\n"
	              "open call own g\nargs {}\nclose\nopen call g3 f\nargs {}\nclose\n"
	              "stop tool\nend clean\n");
	assert_stream(PARTS("{'functionCall':{}}"),
	              "start r m\nerror message a function call without a name\nend cut\n");
}

static void thoughts_are_apart_from_the_answer(void **unused)
{
	assert_stream(PARTS("{'text':'hm','thought':true}")
	                      LAST("{'text':'hm','thought':true,'thoughtSignature':'c'},"
	                           "{'text':'a','thoughtSignature':'d'},"
	                           "{'text':'','thoughtSignature':'e'}",
	                           "'STOP'"),
	              "start r m\nopen think\ntext hm\ntext hm\nsig c\nclose\n"
	              "open text\ntext a\nclose\nstop end\nend clean\n");
	assert_int_equal(events.content, 1);
}

static void tools_of_googles_own_and_further_candidates_are_passed_over(void **unused)
{
	assert_stream(PARTS("{'executableCode':{'code':'1'}},{'inlineData':{'data':'AA=='}},"
	                    "{'text':'a'}") "{'candidates':[{'index':1,'content':{'parts':[{'text':"
	                                    "'no'}]}},{'index':0,'finishReason':'STOP'}]}",
	              "start r m\nopen text\ntext a\nclose\nstop end\nend clean\n");
}

static void every_reason_has_its_meaning(void **unused)
{
	static const char *const rows[][2] = {
		{ "'STOP'", "end" },
		{ "'MAX_TOKENS'", "max" },
		{ "'SAFETY'", "filter" },
		{ "'RECITATION'", "filter" },
		{ "'SPII'", "filter" },
		{ "'OTHER'", "other" },
		{ "'LANGUAGE'", "filter" },
		{ "'NEW_ONE'", "other" },
		{ "1", "end" },
		{ "2", "max" },
		{ "8", "filter" },
		{ "99", "other" },
		{ "'MALFORMED_FUNCTION_CALL'", "error" },
	};
	char line[256], want[256];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(line, sizeof(line),
		         "{'candidates':[{'content':{'parts':[{'text':'a'}]},'finishReason':%s}]}",
		         rows[i][0]);
		snprintf(want, sizeof(want),
		         "start\nopen text\ntext a\nclose\nstop %s\nend clean\n", rows[i][1]);
		assert_stream(line, want);
	}
}

static void a_malformed_call_is_a_failure_as_long_as_nothing_else_was_said(void **unused)
{
	assert_stream(LAST("", "'MALFORMED_FUNCTION_CALL'"),
	              "start r m\nerror status 500 type MALFORMED_FUNCTION_CALL message the answer "
	              "is malformed\nend cut\n");
	assert_stream(PARTS("{'text':'hm','thought':true}") LAST("", "'UNEXPECTED_TOOL_CALL'"),
	              "start r m\nopen think\ntext hm\nerror status 500 type UNEXPECTED_TOOL_CALL "
	              "message the answer is malformed\nend cut\n");
}

static void a_blocked_prompt_is_an_answer_that_was_filtered(void **unused)
{
	assert_stream("{'promptFeedback':{'blockReason':'SAFETY'}}",
	              "start\nstop filter\nend clean\n");
	assert_whole("{'promptFeedback':{'blockReason':'OTHER'}," HEAD "}",
	             "start r m\nstop filter\nend clean\n");
	assert_whole("{'promptFeedback':{}," HEAD "}",
	             "start r m\nerror message the answer has no candidates\nend cut\n");
}

static void counts_are_totals_and_the_last_ones_hold(void **unused)
{
	assert_stream(
		"{'candidates':[{'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':9,"
		"'toolUsePromptTokenCount':1,'cachedContentTokenCount':4,"
		"'candidatesTokenCount':'3','thoughtsTokenCount':2,'totalTokenCount':15}}\n"
		"{'usage_metadata':{'prompt_token_count':9}}",
		"start\nusage in 10 read 4 out 5 reasoning 2\nusage in 9\nstop end\nend "
		"clean\n");
}

static void an_error_may_stand_anywhere_and_is_the_end(void **unused)
{
	assert_stream(PARTS("{'text':'a'}") "{'error':{'code':503,'message':'busy','status':"
	                                    "'UNAVAILABLE'}}\n" PARTS("{'text':'b'}"),
	              "start r m\nopen text\ntext a\nerror status 503 type UNAVAILABLE message "
	              "busy\nend cut\n");
	assert_stream("nonsense",
	              "start\nerror message a piece of the stream is not a JSON object\n"
	              "end cut\n");
	assert_stream("[]", "start\nerror message a piece of the stream is not a JSON object\nend "
	                    "cut\n");
}

static void a_document_is_whole_even_without_a_reason(void **unused)
{
	assert_whole("{'candidates':[{'content':{'parts':[{'text':'a'}]}}]}",
	             "start\nopen text\ntext a\nclose\nstop other\nend clean\n");
	assert_whole("{'candidates':[]}",
	             "start\nerror message the answer has no candidates\nend cut\n");
}

static void characters_that_two_pieces_split_are_joined(void **unused)
{
	assert_stream(PARTS("{'text':'a\\ud83d'}") LAST("{'text':'\\ude00'}", "'STOP'"),
	              "start r m\nopen text\ntext a\ntext \xf0\x9f\x98\x80\nclose\nstop end\nend "
	              "clean\n");
}

static struct us_hub_err error_of(const char *json)
{
	static struct us_arena a;
	struct us_hub_err e = { 0 };
	struct us_doc doc = { 0 };

	us_arena_fini(&a);
	us_arena_init(&a, 65536);
	assert_int_equal(us_doc_parse(&doc, quoted(json)), 0);
	if (!us_gemini.decode_error(us_doc_root(&doc), &a, &e))
		e.status = 1; /* none */
	us_doc_fini(&doc);
	return e;
}

static uint64_t delay_of(const char *delay)
{
	char json[256];

	snprintf(json, sizeof(json),
	         "{'error':{'details':[{'@type':'type.googleapis.com/google.rpc.RetryInfo',"
	         "'retryDelay':'%s'}]}}",
	         delay);
	return error_of(json).retry_ms;
}

static void errors_say_their_status_reason_and_wait(void **unused)
{
	struct us_hub_err e =
		error_of("[{'error':{'code':400,'message':'m','status':'INVALID_ARGUMENT"
	                 "','details':[{'@type':'x/google.rpc.ErrorInfo','reason':"
	                 "'API_KEY_INVALID'}]}}]");

	assert_int_equal(e.status, 400);
	assert_true(us_span_is(e.type, "INVALID_ARGUMENT") && us_span_is(e.message, "m"));
	assert_true(us_span_is(e.code, "API_KEY_INVALID"));
	assert_int_equal(e.retry_ms, 0);
	assert_int_equal(error_of("{'error':{'status':'RESOURCE_EXHAUSTED'}}").status, 429);
	assert_int_equal(error_of("{'error':{'status':'NEW'}}").status, 0);
	assert_int_equal(error_of("{'candidates':[]}").status, 1);
	assert_int_equal(error_of("{'error':'text'}").status, 1);
	assert_int_equal(error_of("[]").status, 1);
}

static void a_wait_is_read_to_the_millisecond(void **unused)
{
	static const struct {
		const char *delay;
		uint64_t ms;
	} rows[] = {
		{ "34s", 34000 }, { "34.074824224s", 34074 },
		{ "0.5s", 500 },  { "0s", 0 },
		{ "s", 0 },       { "5", 0 },
		{ "5m", 0 },      { "1.2.3s", 0 },
		{ "-1s", 0 },     { "", 0 },
		{ "1s 2s", 0 },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++)
		assert_int_equal(delay_of(rows[i].delay), rows[i].ms);
	assert_true(delay_of("99999999999999999999s") >= UINT32_MAX ||
	            delay_of("99999999999999999999s") == 0);
}

static void memory_may_fail_anywhere(void **unused)
{
	int rc = US_ENOMEM;

	for (unsigned long n = 1; rc; n++) {
		us_mem_fail_at(n);
		rc = feed("", PARTS("{'text':'a\\n\\ud83d'}") PARTS("{'text':'\\ude00'}")
		                      LAST("{'functionCall':{'name':'\\u0066'}}", "'STOP'"));
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
		assert_true(n < 200);
	}
	assert_true(events.clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_put_together_and_the_reason_comes_at_the_end),
		cmocka_unit_test(a_stream_without_a_reason_was_cut),
		cmocka_unit_test(calls_are_whole_and_have_an_id_in_any_case),
		cmocka_unit_test(thoughts_are_apart_from_the_answer),
		cmocka_unit_test(tools_of_googles_own_and_further_candidates_are_passed_over),
		cmocka_unit_test(every_reason_has_its_meaning),
		cmocka_unit_test(a_malformed_call_is_a_failure_as_long_as_nothing_else_was_said),
		cmocka_unit_test(a_blocked_prompt_is_an_answer_that_was_filtered),
		cmocka_unit_test(counts_are_totals_and_the_last_ones_hold),
		cmocka_unit_test(an_error_may_stand_anywhere_and_is_the_end),
		cmocka_unit_test(a_document_is_whole_even_without_a_reason),
		cmocka_unit_test(characters_that_two_pieces_split_are_joined),
		cmocka_unit_test(errors_say_their_status_reason_and_wait),
		cmocka_unit_test(a_wait_is_read_to_the_millisecond),
		cmocka_unit_test(memory_may_fail_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}

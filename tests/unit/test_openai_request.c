/* test_openai_request.c - Chat Completions requests into the hub, but for their messages */
#include "openai_world.h"

static void plain_members_reach_their_fields(void **state)
{
	assert_int_equal(
		read_members("'model':'m','stream':true,'stream_options':{'include_usage':true},"
	                     "'parallel_tool_calls':false,'logprobs':true,'verbosity':'low',"
	                     "'service_tier':'flex','logit_bias':{'50256': -100}"),
		0);
	assert_span(req.model, "m");
	assert_span(req.verbosity, "low");
	assert_span(req.service_tier, "flex");
	assert_span(req.logit_bias, "{\"50256\": -100}");
	assert_int_equal(req.stream, US_YES);
	assert_true(req.stream_usage);
	assert_int_equal(req.parallel_tools, US_NO);
	assert_int_equal(req.logprobs, US_YES);
}

static void usage_is_asked_for_in_two_ways(void **state)
{
	assert_int_equal(read_members("'usage':{'include':true},'stream_options':{}"), 0);
	assert_true(req.stream_usage);
	assert_int_equal(read_members("'stream_options':{'include_usage':true},'usage':{}"), 0);
	assert_true(req.stream_usage);
	assert_int_equal(read_members("'usage':{'include':false},'stream_options':{}"), 0);
	assert_false(req.stream_usage);
}

static void numbers_keep_their_text(void **state)
{
	struct {
		const char *name;
		const struct us_num *field;
	} rows[] = {
		{ "temperature", &req.temperature },
		{ "top_p", &req.top_p },
		{ "min_p", &req.min_p },
		{ "top_k", &req.top_k },
		{ "frequency_penalty", &req.frequency_penalty },
		{ "presence_penalty", &req.presence_penalty },
		{ "repetition_penalty", &req.repetition_penalty },
		{ "repeat_penalty", &req.repetition_penalty },
		{ "seed", &req.seed },
		{ "random_seed", &req.seed },
		{ "n", &req.n },
		{ "top_logprobs", &req.top_logprobs },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char member[64];

		snprintf(member, sizeof(member), "'%s':1.50e0", rows[i].name);
		assert_int_equal(read_members(member), 0);
		assert_span(rows[i].field->text, "1.50e0");
		assert_true(rows[i].field->v == 1.5);
	}
}

static void null_is_not_given(void **state)
{
	assert_int_equal(read_members("'model':null,'temperature':null,'tools':null,'stop':null,"
	                              "'max_tokens':null,'stream':null,'metadata':null,"
	                              "'response_format':null,'functions':null,'whatever':null"),
	                 0);
	assert_false(us_set(req.model));
	assert_false(us_set(req.temperature.text));
	assert_false(req.max_out_set);
	assert_false(req.legacy_functions);
	assert_int_equal(req.stream, US_UNSET);
	assert_int_equal(req.ntools + req.nstop + req.ndropped + req.nunknown, 0);
}

static void of_two_limits_the_newer_wins(void **state)
{
	assert_int_equal(read_members("'max_completion_tokens':7,'max_tokens':9"), 0);
	assert_int_equal(req.max_out, 7);
	assert_int_equal(read_members("'max_tokens':100.0"), 0);
	assert_true(req.max_out_set);
	assert_int_equal(req.max_out, 100);
	assert_int_equal(read_members("'max_tokens':-1"), 0);
	assert_false(req.max_out_set);
	assert_int_equal(read_members("'max_tokens':0"), 0);
	assert_true(req.max_out_set);
}

static void stop_is_one_or_many(void **state)
{
	assert_int_equal(read_members("'stop':'x'"), 0);
	assert_string_equal(names(req.stop, req.nstop), "x");
	assert_int_equal(read_members("'stop':['a','\\n']"), 0);
	assert_string_equal(names(req.stop, req.nstop), "a \n");
}

static void functions_are_tools_with_their_schema_as_it_came(void **state)
{
	assert_int_equal(read_members("'tools':[{'type':'function','function':{'name':'f',"
	                              "'description':'d','strict':true,'parameters':"
	                              "{ 'maximum':9223372036854775808 }}},"
	                              "{'function':{'name':'g','parameters':null}}]"),
	                 0);
	assert_int_equal(req.ntools, 2);
	assert_span(req.tools[0].schema, "{ \"maximum\":9223372036854775808 }");
	assert_span(req.tools[0].description, "d");
	assert_int_equal(req.tools[0].strict, US_YES);
	assert_int_equal(req.tools[1].kind, US_TOOL_FUNCTION);
	assert_int_equal(req.tools[1].strict, US_UNSET);
	assert_false(us_set(req.tools[1].schema));
}

static void other_tools_are_custom_or_hosted(void **state)
{
	assert_int_equal(read_members("'tools':[{'type':'custom','custom':{'name':'sh','"
	                              "description':'d','format':{'type':'grammar','grammar':"
	                              "{'syntax':'regex','definition':'a+'}}}},"
	                              "{'type':'web_search'},"
	                              "{'custom':{'name':'x','format':{'type':'text'}}}]"),
	                 0);
	assert_int_equal(req.tools[0].kind, US_TOOL_CUSTOM);
	assert_span(req.tools[0].grammar, "a+");
	assert_span(req.tools[0].syntax, "regex");
	assert_false(us_set(req.tools[2].grammar));
	assert_span(req.tools[0].description, "d");
	assert_int_equal(req.tools[1].kind, US_TOOL_HOSTED);
	assert_span(req.tools[1].type, "web_search");
}

static void the_older_functions_forbid_parallel_calls(void **state)
{
	assert_int_equal(read_members("'functions':[{'name':'f','parameters':{}}],"
	                              "'function_call':{'name':'f'}"),
	                 0);
	assert_true(req.legacy_functions);
	assert_int_equal(req.parallel_tools, US_NO);
	assert_span(req.tools[0].name, "f");
	assert_span(req.tools[0].schema, "{}");
	assert_int_equal(req.choice, US_CHOICE_NAMED);
	assert_span(req.choice_name, "f");
}

static void either_of_its_members_marks_an_older_program(void **state)
{
	assert_int_equal(read_members("'functions':[{'name':'f'}]"), 0);
	assert_true(req.legacy_functions);
	assert_int_equal(read_members("'function_call':'auto'"), 0);
	assert_true(req.legacy_functions);
}

static void a_tool_may_bear_a_cache_mark(void **state)
{
	assert_int_equal(read_members("'tools':[{'function':{'name':'f'},'cache_control':{}},"
	                              "{'function':{'name':'g'}}]"),
	                 0);
	assert_span(req.tools[0].cache, "{}");
	assert_false(us_set(req.tools[1].cache));
}

static void a_choice_of_unknown_form_is_told(void **state)
{
	assert_int_equal(read_members("'tool_choice':{'type':'web_search'}"), 0);
	assert_int_equal(req.choice, US_CHOICE_UNSET);
	assert_string_equal(names(req.unknown, req.nunknown), "tool_choice");
}

static void every_tool_choice_is_understood(void **state)
{
	static const struct {
		const char *json;
		enum us_choice choice;
	} rows[] = {
		{ "'auto'", US_CHOICE_AUTO },
		{ "'none'", US_CHOICE_NONE },
		{ "'required'", US_CHOICE_REQUIRED },
		{ "'any'", US_CHOICE_REQUIRED },
		{ "{'type':'function','function':{'name':'f'}}", US_CHOICE_NAMED },
		{ "{'type':'custom','custom':{'name':'f'}}", US_CHOICE_NAMED },
		{ "{'type':'allowed_tools','allowed_tools':{'mode':'required','tools':"
		  "[{'type':'function','function':{'name':'f'}},"
		  "{'type':'custom','custom':{'name':'g'}}]}}",
		  US_CHOICE_ALLOWED },
	};
	char json[512];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(json, sizeof(json), "'tool_choice':%s", rows[i].json);
		assert_int_equal(read_members(json), 0);
		assert_int_equal(req.choice, rows[i].choice);
		if (req.choice == US_CHOICE_NAMED)
			assert_span(req.choice_name, "f");
	}
	assert_true(req.allowed_required);
	assert_string_equal(names(req.allowed, req.nallowed), "f g");
}

static void response_formats_are_understood(void **state)
{
	assert_int_equal(read_members("'response_format':{'type':'json_schema','json_schema':"
	                              "{'name':'n','description':'d','strict':true,"
	                              "'schema':{'a': 1}}}"),
	                 0);
	assert_int_equal(req.format, US_FORMAT_JSON_SCHEMA);
	assert_span(req.format_name, "n");
	assert_span(req.format_desc, "d");
	assert_span(req.format_schema, "{\"a\": 1}");
	assert_int_equal(req.format_strict, US_YES);
	assert_int_equal(read_members("'response_format':{'type':'json_object'}"), 0);
	assert_int_equal(req.format, US_FORMAT_JSON_OBJECT);
	assert_int_equal(read_members("'response_format':{'type':'json_object','schema':{'b':2}}"),
	                 0);
	assert_span(req.format_schema, "{\"b\":2}");
	assert_int_equal(req.format_strict, US_NO);
	assert_int_equal(read_members("'response_format':{'type':'text'}"), 0);
	assert_int_equal(req.format, US_FORMAT_TEXT);
	assert_int_equal(read_members("'response_format':{'type':'grammar'}"), 0);
	assert_string_equal(names(req.unknown, req.nunknown), "response_format");
}

static void reasoning_is_asked_for_in_several_ways(void **state)
{
	static const struct {
		const char *json;
		enum us_reason reason;
		const char *effort;
		uint64_t budget;
	} rows[] = {
		{ "'reasoning_effort':'high'", US_REASON_EFFORT, "high", 0 },
		{ "'reasoning_effort':'none'", US_REASON_OFF, "none", 0 },
		{ "'reasoning':{'effort':'low'}", US_REASON_EFFORT, "low", 0 },
		{ "'reasoning':{'max_tokens':2000}", US_REASON_BUDGET, "", 2000 },
		{ "'reasoning':{'enabled':true}", US_REASON_ADAPTIVE, "", 0 },
		{ "'reasoning':{'enabled':false}", US_REASON_OFF, "", 0 },
		{ "'reasoning':{'exclude':true}", US_REASON_UNSET, "", 0 },
		{ "'thinking':{'type':'disabled'}", US_REASON_OFF, "", 0 },
		{ "'thinking':{'type':'enabled','budget_tokens':5}", US_REASON_BUDGET, "", 5 },
		{ "'thinking':{'type':'enabled'}", US_REASON_ADAPTIVE, "", 0 },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		assert_int_equal(read_members(rows[i].json), 0);
		assert_int_equal(req.reason, rows[i].reason);
		assert_span(req.effort, rows[i].effort);
		assert_int_equal(req.reason_budget, rows[i].budget);
	}
}

static void what_goes_nowhere_is_named(void **state)
{
	assert_int_equal(
		read_members("'metadata':{},'store':true,'prediction':{},'safe_prompt':true,"
	                     "'prompt_cache_key':'k','guided_json':{}"),
		0);
	assert_string_equal(names(req.dropped, req.ndropped),
	                    "store metadata prediction prompt_cache_key");
	assert_string_equal(names(req.unknown, req.nunknown), "safe_prompt guided_json");
	read_messages("{'role':'user','content':'u','mood':'glad','images':null},"
	              "{'role':'assistant','content':'a','mood':'sad','prefix':true}");
	assert_string_equal(names(req.unknown, req.nunknown), "messages.mood");
}

static void what_says_the_default_is_not_lost(void **state)
{
	assert_int_equal(read_members("'store':false,'modalities':['text']"), 0);
	assert_int_equal(req.ndropped + req.nunknown, 0);
	assert_false(req.audio_out);
}

static void an_answer_that_is_not_text_is_asked_for(void **state)
{
	assert_int_equal(read_members("'modalities':['text','audio','text'],'audio':{'voice':'v'}"),
	                 0);
	assert_true(req.audio_out);
	assert_string_equal(names(req.dropped, req.ndropped), "audio");
}

static void either_name_of_the_user_is_taken(void **state)
{
	assert_int_equal(read_members("'user':'u'"), 0);
	assert_span(req.user_id, "u");
	assert_int_equal(read_members("'safety_identifier':'s','user':'u'"), 0);
	assert_span(req.user_id, "s");
}

static void of_duplicate_members_the_last_counts(void **state)
{
	assert_int_equal(read_members("'stop':['a','b'],'model':'x','stop':['c'],'model':'y'"), 0);
	assert_string_equal(names(req.stop, req.nstop), "c");
	assert_span(req.model, "y");
}

static void what_is_no_request_is_refused(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{}",
		"{'messages':[]}",
		"{'messages':'hello'}",
		"{'messages':['hello']}",
		"{'messages':[{'content':'x'}]}",
		"{'messages':[{'role':'robot','content':'x'}]}",
		"{'messages':[{'role':'user','content':7}]}",
		"{'messages':[{'role':'user','content':['x']}]}",
		"{'messages':[{'role':'assistant','tool_calls':[{'id':'1'}]}]}",
		"{'messages':[{'role':'user','content':'x'}],'temperature':'hot'}",
		"{'messages':[{'role':'user','content':'x'}],'stream':'yes'}",
		"{'messages':[{'role':'user','content':'x'}],'model':3}",
		"{'messages':[{'role':'user','content':'x'}],'max_tokens':1.5}",
		"{'messages':[{'role':'user','content':'x'}],'max_tokens':1e16}",
		"{'messages':[{'role':'user','content':'x'}],'max_tokens':'9'}",
		"{'messages':[{'role':'user','content':'x'}],'reasoning_effort':''}",
		"{'messages':[{'role':'user','content':'x'}],'functions':{}}",
		"{'messages':[{'role':'user','content':'x'}],'tools':[{'custom':{}}]}",
		"{'messages':[{'role':'user','content':'x'}],'tools':[{}]}",
		"{'messages':[{'role':'assistant','function_call':{'arguments':'{}'}}]}",
		"{'messages':[{'role':'user','content':'x'}],'stop':[1]}",
		"{'messages':[{'role':'user','content':'x'}],'tools':{}}",
		"{'messages':[{'role':'user','content':'x'}],'tools':[{'function':{}}]}",
		"{'messages':[{'role':'user','content':'x'}],'tool_choice':'perhaps'}",
	};

	for (size_t i = 0; i < US_COUNT(bad); i++)
		if (read_request(bad[i]) != US_EINVAL)
			fail_msg("taken: %s", bad[i]);
}

static void names_of_unknown_members_are_limited(void **state)
{
	us_buf_add_str(&shown, "{'messages':[{'role':'user','content':'u'}]");
	for (int i = 0; i < 5000; i++)
		us_buf_addf(&shown, ",'x%d':1", i);
	us_buf_add_str(&shown, "}");
	assert_int_equal(read_request(us_buf_cstr(&shown)), 0);
	assert_int_equal(req.nunknown, 64);
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	static const char body[] =
		"{'model':'a\\n','stop':['x','y'],'tools':[{'function':{'name':'f'}}],'odd':1,"
		"'messages':[{'role':'system','content':'a\\n'},{'role':'tool','tool_call_id':'1',"
		"'content':'r'},{'role':'user','content':[{'type':'text','text':'u\\n'},"
		"{'type':'image_url','image_url':'data:,%41'}]},{'role':'assistant','function_call'"
		":{'name':'f','arguments':'{}'}}]}";

	read_starving(body);
	assert_int_equal(req.nturns, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(plain_members_reach_their_fields),
		T(usage_is_asked_for_in_two_ways),
		T(numbers_keep_their_text),
		T(null_is_not_given),
		T(of_two_limits_the_newer_wins),
		T(stop_is_one_or_many),
		T(functions_are_tools_with_their_schema_as_it_came),
		T(other_tools_are_custom_or_hosted),
		T(the_older_functions_forbid_parallel_calls),
		T(either_of_its_members_marks_an_older_program),
		T(a_tool_may_bear_a_cache_mark),
		T(a_choice_of_unknown_form_is_told),
		T(every_tool_choice_is_understood),
		T(response_formats_are_understood),
		T(reasoning_is_asked_for_in_several_ways),
		T(what_goes_nowhere_is_named),
		T(what_says_the_default_is_not_lost),
		T(an_answer_that_is_not_text_is_asked_for),
		T(either_name_of_the_user_is_taken),
		T(of_duplicate_members_the_last_counts),
		T(what_is_no_request_is_refused),
		T(names_of_unknown_members_are_limited),
		T(no_failed_allocation_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_ollama_request.c - requests to Ollama's /api/chat into the hub */
#define WORLD us_ollama
#include "openai_world.h"

static void plain_members_reach_their_fields(void **state)
{
	assert_int_equal(read_members("'model':'qwen3:8b','stream':false,'logprobs':true,"
	                              "'top_logprobs':3"),
	                 0);
	assert_span(req.model, "qwen3:8b");
	assert_int_equal(req.stream, US_NO);
	assert_int_equal(req.logprobs, US_YES);
	assert_span(req.top_logprobs.text, "3");
}

static void who_says_nothing_of_a_stream_gets_one(void **state)
{
	assert_int_equal(read_members("'model':'m'"), 0);
	assert_int_equal(req.stream, US_YES);
	assert_true(req.stream_usage);
	assert_int_equal(read_members("'stream':null"), 0);
	assert_int_equal(req.stream, US_YES);
}

static void options_keep_their_text(void **state)
{
	struct {
		const char *name;
		const struct us_num *field;
	} rows[] = {
		{ "temperature", &req.temperature },
		{ "top_p", &req.top_p },
		{ "top_k", &req.top_k },
		{ "min_p", &req.min_p },
		{ "repeat_penalty", &req.repetition_penalty },
		{ "presence_penalty", &req.presence_penalty },
		{ "frequency_penalty", &req.frequency_penalty },
		{ "seed", &req.seed },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char member[64];

		snprintf(member, sizeof(member), "'options':{'%s':1.50e0}", rows[i].name);
		assert_int_equal(read_members(member), 0);
		assert_span(rows[i].field->text, "1.50e0");
		assert_int_equal(req.nunknown, 0);
	}
}

static void only_a_limit_that_is_one_is_a_limit(void **state)
{
	static const struct {
		const char *text;
		bool set;
		uint64_t n;
	} rows[] = { { "128", true, 128 },
		     { "64.0", true, 64 },
		     { "-1", false, 0 },
		     { "-2", false, 0 },
		     { "0", false, 0 } };

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char member[64];

		snprintf(member, sizeof(member), "'options':{'num_predict':%s}", rows[i].text);
		assert_int_equal(read_members(member), 0);
		assert_int_equal(req.max_out_set, rows[i].set);
		assert_int_equal(req.max_out, rows[i].n);
	}
}

static void stop_is_one_or_many(void **state)
{
	assert_int_equal(read_members("'options':{'stop':['a','\\n']}"), 0);
	assert_string_equal(names(req.stop, req.nstop), "a \n");
	assert_int_equal(read_members("'options':{'stop':'b'}"), 0);
	assert_string_equal(names(req.stop, req.nstop), "b");
}

static void how_the_server_runs_is_passed_over(void **state)
{
	assert_int_equal(read_members("'keep_alive':'5m','truncate':true,'options':{'num_ctx':8192,"
	                              "'num_gpu':1,'use_mmap':true}"),
	                 0);
	assert_int_equal(req.ndropped + req.nunknown, 0);
}

static void what_shapes_the_answer_is_told(void **state)
{
	assert_int_equal(
		read_members("'options':{'mirostat':2,'typical_p':0.7,'novel':1},'novel':1"), 0);
	assert_string_equal(names(req.dropped, req.ndropped), "options.typical_p options.mirostat");
	assert_string_equal(names(req.unknown, req.nunknown), "options.novel novel");
}

static void the_format_is_a_word_or_a_schema(void **state)
{
	assert_int_equal(read_members("'format':'json'"), 0);
	assert_int_equal(req.format, US_FORMAT_JSON_OBJECT);
	assert_int_equal(read_members("'format':{'type':'object', 'b':1.0}"), 0);
	assert_int_equal(req.format, US_FORMAT_JSON_SCHEMA);
	assert_span(req.format_schema, "{\"type\":\"object\", \"b\":1.0}");
	assert_int_equal(req.format_strict, US_UNSET);
	assert_int_equal(read_members("'format':''"), 0);
	assert_int_equal(req.format, US_FORMAT_UNSET);
	assert_int_equal(req.nunknown, 0);
	assert_int_equal(read_members("'format':'xml'"), 0);
	assert_string_equal(names(req.unknown, req.nunknown), "format");
}

static void thinking_is_a_switch_or_a_level(void **state)
{
	assert_int_equal(read_members("'think':true"), 0);
	assert_int_equal(req.reason, US_REASON_ADAPTIVE);
	assert_int_equal(read_members("'think':false"), 0);
	assert_int_equal(req.reason, US_REASON_OFF);
	assert_int_equal(read_members("'think':'high'"), 0);
	assert_int_equal(req.reason, US_REASON_EFFORT);
	assert_span(req.effort, "high");
	assert_int_equal(read_members("'think':null"), 0);
	assert_int_equal(req.reason, US_REASON_UNSET);
}

static void tools_keep_their_schema_as_it_came(void **state)
{
	assert_int_equal(read_members("'tools':[{'type':'function','function':{'name':'f',"
	                              "'description':'d','parameters':{'type':'object', 'x':1e2}}},"
	                              "{'type':'function','function':{'name':'g'}},"
	                              "{'type':'web_search'}]"),
	                 0);
	assert_int_equal(req.ntools, 3);
	assert_span(req.tools[0].name, "f");
	assert_span(req.tools[0].description, "d");
	assert_span(req.tools[0].schema, "{\"type\":\"object\", \"x\":1e2}");
	assert_false(us_set(req.tools[1].schema));
	assert_int_equal(req.tools[1].kind, US_TOOL_FUNCTION);
	assert_int_equal(req.tools[2].kind, US_TOOL_HOSTED);
	assert_span(req.tools[2].type, "web_search");
}

static void what_ollama_would_refuse_is_no_request(void **state)
{
	static const char *const bad[] = {
		"'model':7",
		"'stream':'yes'",
		"'options':[]",
		"'think':7",
		"'think':''",
		"'options':{'temperature':'hot'}",
		"'tools':{}",
		"'tools':['f']",
		"'tools':[{'function':{}}]",
		"'options':{'num_predict':'x'}",
		"'options':{'stop':7}",
	};

	for (size_t i = 0; i < US_COUNT(bad); i++)
		if (read_members(bad[i]) != US_EINVAL)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(read_request("{'model':'m'}"), US_EINVAL);
	assert_int_equal(read_request("{'messages':{}}"), US_EINVAL);
	assert_int_equal(read_request("[]"), US_EINVAL);
}

/* --- messages -------------------------------------------------------------------------------- */

static void roles_become_turns(void **state)
{
	read_messages("{'role':'system','content':'s'},{'role':'user','content':'u'},"
	              "{'role':'assistant','content':'a','thinking':'h'},"
	              "{'role':'user','content':''}");
	assert_string_equal(turns(), "system (text s)\nuser (text u)\n"
	                             "assistant (think h) (text a)\nuser");
}

static void images_are_known_by_their_bytes(void **state)
{
	read_messages("{'role':'user','content':'look','images':['iVBORw0KGgo=','/9j/\\n4AAQ',"
	              "'data:image/webp;base64,UklGRg=='],'other':null}");
	assert_string_equal(turns(), "user (image base64 image/png iVBORw0KGgo=)"
	                             " (image base64 image/jpeg /9j/4AAQ)"
	                             " (image base64 image/webp UklGRg==) (text look)");
	assert_int_equal(req.nunknown, 0);
}

static void arguments_stay_the_bytes_they_were(void **state)
{
	read_messages("{'role':'assistant','content':'','tool_calls':["
	              "{'id':'x','function':{'index':0,'name':'f','arguments':{'n': 1.0e2}}},"
	              "{'function':{'name':'g','arguments':'{}'}},{'function':{'name':'h'}}]}");
	assert_string_equal(turns(), "assistant (call x f object {\"n\": 1.0e2})"
	                             " (call call_1_2 g object {}) (call call_1_3 h empty)");
}

static void results_find_their_calls_without_ids(void **state)
{
	read_messages("{'role':'assistant','tool_calls':[{'function':{'name':'f'}},"
	              "{'function':{'name':'g'}},{'function':{'name':'f'}}]},"
	              "{'role':'tool','tool_name':'g','content':'1'},"
	              "{'role':'tool','name':'f','content':'2'},"
	              "{'role':'tool','content':'3'},{'role':'tool','content':'4'}");
	assert_string_equal(turns(),
	                    "assistant (call call_1_1 f empty) (call call_1_2 g empty)"
	                    " (call call_1_3 f empty)\nuser (result call_1_2 (text 1))\n"
	                    "user (result call_1_1 (text 2))\nuser (result call_1_3 (text 3))\n"
	                    "user (result call_unknown (text 4))");
}

static void an_id_decides_where_there_is_one(void **state)
{
	read_messages("{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'f'}},"
	              "{'id':'b','function':{'name':'f'}}]},"
	              "{'role':'tool','tool_name':'f','tool_call_id':'b','content':'1'},"
	              "{'role':'tool','tool_name':'f','tool_call_id':null,'content':'2'}");
	assert_string_equal(turns(), "assistant (call a f empty) (call b f empty)\n"
	                             "user (result b (text 1))\nuser (result a (text 2))");
}

static void calls_of_a_stream_kept_in_pieces_wait_together(void **state)
{
	read_messages("{'role':'assistant','tool_calls':[{'function':{'name':'f'}}]},"
	              "{'role':'assistant','tool_calls':[{'function':{'name':'g'}}]},"
	              "{'role':'tool','tool_name':'f','content':'1'},"
	              "{'role':'assistant','content':'so'},"
	              "{'role':'tool','tool_name':'g','content':'late'}");
	assert_string_equal(turns(), "assistant (call call_1_1 f empty)\n"
	                             "assistant (call call_2_1 g empty)\n"
	                             "user (result call_1_1 (text 1))\nassistant (text so)\n"
	                             "user (result call_unknown (text late))");
}

static void members_of_messages_that_are_not_known_are_told(void **state)
{
	read_messages("{'role':'user','content':'u','weight':1,'gone':null}");
	assert_string_equal(names(req.unknown, req.nunknown), "messages.weight");
}

static void messages_ollama_would_refuse_are_none(void **state)
{
	static const char *const bad[] = {
		"{'messages':[{'role':'poet','content':'u'}]}",
		"{'messages':[{'content':'u'}]}",
		"{'messages':[{'role':'user','content':[{'type':'text','text':'u'}]}]}",
		"{'messages':[{'role':'user','content':'u','images':[7]}]}",
		"{'messages':[{'role':'assistant','tool_calls':[{'function':{}}]}]}",
		"{'messages':['u']}",
	};

	for (size_t i = 0; i < US_COUNT(bad); i++)
		if (read_request(bad[i]) != US_EINVAL)
			fail_msg("%s was taken", bad[i]);
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	read_starving("{'model':'a\\n','messages':[{'role':'user',"
	              "'content':'b\\n','images':['/9j/'],'x':1},"
	              "{'role':'assistant','tool_calls':[{'function':"
	              "{'name':'f'}}]},{'role':'tool','content':'r'}],"
	              "'options':{'stop':['s'],'mirostat':1},"
	              "'tools':[{'function':{'name':'f'}}]}");
	assert_int_equal(req.nturns, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(plain_members_reach_their_fields),
		T(who_says_nothing_of_a_stream_gets_one),
		T(options_keep_their_text),
		T(only_a_limit_that_is_one_is_a_limit),
		T(stop_is_one_or_many),
		T(how_the_server_runs_is_passed_over),
		T(what_shapes_the_answer_is_told),
		T(the_format_is_a_word_or_a_schema),
		T(thinking_is_a_switch_or_a_level),
		T(tools_keep_their_schema_as_it_came),
		T(what_ollama_would_refuse_is_no_request),
		T(roles_become_turns),
		T(images_are_known_by_their_bytes),
		T(arguments_stay_the_bytes_they_were),
		T(results_find_their_calls_without_ids),
		T(an_id_decides_where_there_is_one),
		T(calls_of_a_stream_kept_in_pieces_wait_together),
		T(members_of_messages_that_are_not_known_are_told),
		T(messages_ollama_would_refuse_are_none),
		T(no_failed_allocation_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

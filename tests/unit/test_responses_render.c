/* test_responses_render.c - hub requests as Responses takes them
 *
 * Most are read from the same dialect: what is said must come out as it was meant.
 */
#define WORLD us_responses
#include "openai_world.h"

static const struct us_model plain = { .max_out = 1000, .json_schema = true, .stop = true };
static const struct us_model thinker = { .sampling = US_SAMPLING_NONE,
	                                 .thinking = US_THINKING_EFFORT,
	                                 .json_schema = true };

static void write_plain(void) { write_request(&plain, false); }

static void a_single_instruction_is_the_instructions(void **state)
{
	assert_int_equal(read_request("{'instructions':'i','input':'u'}"), 0);
	write_plain();
	assert_member("instructions", "'i'");
	assert_messages("{'role':'user','content':'u'}");
	assert_member("store", "false");
	assert_member("model", "'m'");
	assert_told(US_EXACT, NULL);
}

static void several_instructions_stay_apart(void **state)
{
	read_messages("{'role':'system','content':'a'},{'role':'developer','content':"
	              "[{'type':'input_text','text':'b'},{'type':'input_text','text':'c'}]},"
	              "{'role':'user','content':'u'},{'role':'system','content':'late'}");
	write_plain();
	assert_member("instructions", NULL);
	assert_messages("{'role':'system','content':'a'},{'role':'developer','content':"
	                "[{'type':'input_text','text':'b'},{'type':'input_text','text':'c'}]},"
	                "{'role':'user','content':'u'},{'role':'system','content':'late'}");
}

static void nothing_but_instructions_is_input(void **state)
{
	read_messages("{'role':'system','content':'a'}");
	write_plain();
	assert_messages("{'role':'system','content':'a'}");
}

static void calls_and_outputs_are_items_without_ids(void **state)
{
	read_messages("{'role':'user','content':'u'},"
	              "{'type':'message','id':'msg_1','role':'assistant','content':[{"
	              "'type':'output_text','text':'t','annotations':[]}],'status':'completed'},"
	              "{'type':'function_call','id':'fc_1','call_id':'c1','name':'f',"
	              "'arguments':'{ \\'a\\':1.0}'},"
	              "{'type':'custom_tool_call','id':'ctc_1','call_id':'c2','name':'sh',"
	              "'input':'ls'},"
	              "{'type':'function_call_output','id':'fco','call_id':'c1','output':'r'},"
	              "{'type':'custom_tool_call_output','call_id':'c2','output':''},"
	              "{'role':'user','content':'v'}");
	write_plain();
	assert_messages("{'role':'user','content':'u'},{'role':'assistant','content':'t'},"
	                "{'type':'function_call','call_id':'c1','name':'f',"
	                "'arguments':'{ \\'a\\':1.0}'},"
	                "{'type':'custom_tool_call','call_id':'c2','name':'sh','input':'ls'},"
	                "{'type':'function_call_output','call_id':'c1','output':'r'},"
	                "{'type':'custom_tool_call_output','call_id':'c2','output':''},"
	                "{'role':'user','content':'v'}");
	assert_told(US_EXACT, NULL);
}

static void a_compatible_server_gets_free_form_calls_as_functions(void **state)
{
	assert_int_equal(
		read_request("{'input':[{'type':'custom_tool_call','call_id':'c','name':'sh',"
	                     "'input':'a\\'b'},{'type':'custom_tool_call_output','call_id':'c',"
	                     "'output':'r'}],'tools':[{'type':'custom','name':'sh'}]}"),
		0);
	write_request(&plain, true);
	assert_messages("{'type':'function_call','call_id':'c','name':'sh',"
	                "'arguments':'{\\'input\\':\\'a\\\\\\'b\\'}'},"
	                "{'type':'function_call_output','call_id':'c','output':'r'}");
	assert_member("tools",
	              "[{'type':'function','name':'sh','parameters':{'type':'object','properties':"
	              "{'input':{'type':'string'}},'required':['input']}}]");
	assert_told(US_DEGRADED, "CUSTOM_TOOL_WRAPPED");
}

static void text_between_calls_is_a_message_where_it_stood(void **state)
{
	read_messages("{'type':'function_call','call_id':'c','name':'f','arguments':''},"
	              "{'role':'assistant','content':[{'type':'output_text','text':'a'},"
	              "{'type':'refusal','refusal':'no'}]},"
	              "{'type':'function_call','call_id':'d','name':'f','arguments':'{}'}");
	write_plain();
	assert_messages("{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
	                "{'role':'assistant','content':[{'type':'output_text','text':'a',"
	                "'annotations':[]},{'type':'refusal','refusal':'no'}]},"
	                "{'type':'function_call','call_id':'d','name':'f','arguments':'{}'}");
}

static void outputs_hold_pictures_and_documents(void **state)
{
	read_messages("{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
	              "{'type':'function_call_output','call_id':'c','output':["
	              "{'type':'input_image','image_url':'https://h/i','detail':'high'},"
	              "{'type':'input_file','file_data':'data:application/pdf;base64,JVBERi0='},"
	              "{'type':'input_file','file_url':'https://h/a.pdf'}]}");
	req.turns[1].blocks[0].is_error = US_YES;
	write_plain();
	assert_messages("{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
	                "{'type':'function_call_output','call_id':'c','output':["
	                "{'type':'input_text','text':'[tool error] '},"
	                "{'type':'input_image','image_url':'https://h/i','detail':'high'},"
	                "{'type':'input_file','filename':'document.pdf',"
	                "'file_data':'data:application/pdf;base64,JVBERi0='},"
	                "{'type':'input_file','file_url':'https://h/a.pdf'}]}");
	assert_told(US_DEGRADED, "ERROR_FLAG_IN_TEXT");
}

static void a_failure_is_marked_in_its_text(void **state)
{
	read_messages("{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
	              "{'type':'function_call_output','call_id':'c','output':'no such file'}");
	req.turns[1].blocks[0].is_error = US_YES;
	write_plain();
	assert_messages("{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
	                "{'type':'function_call_output','call_id':'c',"
	                "'output':'[tool error] no such file'}");
}

static void what_it_can_not_be_shown_is_impossible(void **state)
{
	static const struct {
		const char *part, *code;
	} cases[] = {
		{ "{'type':'input_image','image_url':'data:image/bmp;base64,AAAA'}",
		  "IMAGE_FORMAT" },
		{ "{'type':'input_file','file_data':'data:text/csv;base64,AAAA'}",
		  "DOCUMENT_UNSUPPORTED" },
		{ "{'type':'input_audio','input_audio':{'data':'AAAA','format':'wav'}}",
		  "AUDIO_FORMAT" },
		{ "{'type':'input_video'}", "UNKNOWN_BLOCK" },
	};
	char json[512];

	for (size_t i = 0; i < US_COUNT(cases); i++) {
		snprintf(json, sizeof(json), "{'role':'user','content':[%s]}", cases[i].part);
		read_messages(json);
		write_plain();
		assert_told(US_IMPOSSIBLE, cases[i].code);
	}
}

/* Silence would be taken for a promise. */
static void tools_say_that_they_are_not_strict(void **state)
{
	assert_int_equal(
		read_members("'tools':[{'type':'function','name':'f'},"
	                     "{'type':'function','name':'g','strict':true,'parameters':{"
	                     "'type':'object','properties':{},'additionalProperties':false}},"
	                     "{'type':'function','name':'h','strict':true,'parameters':{"
	                     "'type':'object','properties':{'a':{}}}},"
	                     "{'type':'custom','name':'sh','format':{'type':'grammar',"
	                     "'definition':'a+','syntax':'regex'}}]"),
		0);
	write_plain();
	assert_member(
		"tools",
		"[{'type':'function','name':'f','parameters':{'type':'object','properties':{}},"
		"'strict':false},{'type':'function','name':'g','parameters':{'type':'object',"
		"'properties':{},'additionalProperties':false},'strict':true},"
		"{'type':'function','name':'h','parameters':{'type':'object','properties':"
		"{'a':{}}},'strict':false},"
		"{'type':'custom','name':'sh','format':{'type':'grammar','syntax':'regex',"
		"'definition':'a+'}}]");
	assert_told(US_DEGRADED, "STRICT_DROPPED");
}

static void choices_are_flat(void **state)
{
	static const char *const choices[] = {
		"'auto'",
		"'none'",
		"'required'",
		"{'type':'function','name':'f'}",
		"{'type':'custom','name':'sh'}",
		"{'type':'allowed_tools','mode':'auto','tools':[{'type':'function','name':'f'},"
		"{'type':'custom','name':'sh'}]}",
	};
	char json[512];

	for (size_t i = 0; i < US_COUNT(choices); i++) {
		snprintf(json, sizeof(json),
		         "'tools':[{'type':'function','name':'f'},{'type':'custom','name':'sh'}],"
		         "'parallel_tool_calls':false,'tool_choice':%s",
		         choices[i]);
		assert_int_equal(read_members(json), 0);
		write_plain();
		assert_member("tool_choice", choices[i]);
		assert_member("parallel_tool_calls", "false");
	}
}

static void formats_come_out_flat(void **state)
{
	assert_int_equal(read_members("'text':{'format':{'type':'json_schema','name':'a b',"
	                              "'description':'d','schema':{'type':'object','properties':{},"
	                              "'additionalProperties':false},'strict':true},"
	                              "'verbosity':'low'}"),
	                 0);
	write_request(&thinker, false);
	assert_member("text", "{'format':{'type':'json_schema','name':'a_b','description':'d',"
	                      "'schema':{'type':'object','properties':{},"
	                      "'additionalProperties':false},'strict':true},'verbosity':'low'}");
	write_plain();
	assert_member("text", "{'format':{'type':'json_schema','name':'a_b','description':'d',"
	                      "'schema':{'type':'object','properties':{},"
	                      "'additionalProperties':false},'strict':true}}");
	assert_int_equal(read_members("'text':{'format':{'type':'text'}}"), 0);
	write_plain();
	assert_member("text", NULL);
}

static void a_note_of_ours_stands_behind_the_instructions(void **state)
{
	assert_int_equal(read_request("{'instructions':'i','input':'u',"
	                              "'text':{'format':{'type':'json_object'}}}"),
	                 0);
	write_plain();
	assert_member("instructions", "'i'");
	assert_messages("{'role':'system','content':'Answer with one JSON object.'},"
	                "{'role':'user','content':'u'}");
	assert_member("text", "{'format':{'type':'json_object'}}");
}

static void limits_are_kept(void **state)
{
	assert_int_equal(read_members("'max_output_tokens':5000"), 0);
	write_plain();
	assert_member("max_output_tokens", "1000");
	assert_told(US_DEGRADED, "MAX_TOKENS_CLAMPED");
	assert_int_equal(read_members("'max_output_tokens':3"), 0);
	write_plain();
	assert_member("max_output_tokens", "16");
	assert_told(US_DEGRADED, "MAX_TOKENS_RAISED");
	assert_int_equal(read_members("'temperature':0.70"), 0);
	write_plain();
	assert_member("max_output_tokens", NULL);
	assert_member("temperature", "0.70");
	write_request(&thinker, false);
	assert_member("temperature", NULL);
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
}

static void reasoning_is_an_effort(void **state)
{
	assert_int_equal(read_members("'reasoning':{'effort':'xhigh'}"), 0);
	write_request(&thinker, false);
	assert_member("reasoning", "{'effort':'high'}");
	assert_told(US_DEGRADED, "EFFORT_CLAMPED");
	write_plain();
	assert_member("reasoning", NULL);
	assert_told(US_DEGRADED, "REASONING_DROPPED");
}

static void what_it_has_no_words_for_is_told(void **state)
{
	struct us_span stop = US_SPAN("x");
	struct us_num two = { US_SPAN("2"), 2 };

	assert_int_equal(read_members("'model':'m'"), 0);
	req.stop = &stop;
	req.nstop = 1;
	write_plain();
	assert_told(US_DEGRADED, "STOP_DROPPED");
	req.nstop = 0;
	req.frequency_penalty = two;
	write_plain();
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
	assert_member("frequency_penalty", NULL);
	req.n = two;
	write_plain();
	assert_told(US_IMPOSSIBLE, "MANY_ANSWERS");
	req.n = (struct us_num){ US_SPAN("1"), 1 };
	req.frequency_penalty = (struct us_num){ { NULL, 0 }, 0 };
	req.turns[0].name = US_SPAN("ann");
	write_plain();
	assert_told(US_DEGRADED, "NAME_DROPPED");
}

static void a_stream_is_asked_for_as_such(void **state)
{
	assert_int_equal(read_members("'stream':true,'user':'u1'"), 0);
	write_plain();
	assert_member("stream", "true");
	assert_member("user", "'u1'");
	assert_int_equal(read_members("'stream':false"), 0);
	write_plain();
	assert_member("stream", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_single_instruction_is_the_instructions),
		TEST(several_instructions_stay_apart),
		TEST(nothing_but_instructions_is_input),
		TEST(calls_and_outputs_are_items_without_ids),
		TEST(a_compatible_server_gets_free_form_calls_as_functions),
		TEST(text_between_calls_is_a_message_where_it_stood),
		TEST(outputs_hold_pictures_and_documents),
		TEST(a_failure_is_marked_in_its_text),
		TEST(what_it_can_not_be_shown_is_impossible),
		TEST(tools_say_that_they_are_not_strict),
		TEST(choices_are_flat),
		TEST(formats_come_out_flat),
		TEST(a_note_of_ours_stands_behind_the_instructions),
		TEST(limits_are_kept),
		TEST(reasoning_is_an_effort),
		TEST(what_it_has_no_words_for_is_told),
		TEST(a_stream_is_asked_for_as_such),
	};

	return cmocka_run_group_tests_name("responses_render", tests, NULL, NULL);
}

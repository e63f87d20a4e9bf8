/* test_responses_request.c - Responses requests into the hub */
#define WORLD us_responses
#include "openai_world.h"

static void a_string_is_one_message_of_the_user(void **state)
{
	assert_int_equal(read_request("{'model':'gpt-5','input':'hi','instructions':'be kind'}"),
	                 0);
	assert_string_equal(turns(), "system (text be kind)\nuser (text hi)");
	assert_span(req.model, "gpt-5");
	assert_true(req.stream_usage);
}

static void messages_need_not_say_that_they_are(void **state)
{
	read_messages("{'role':'developer','content':'d'},"
	              "{'type':'message','role':'user','content':[{'type':'input_text','text':'a'},"
	              "{'type':'input_text','text':'b'}]},"
	              "{'role':'system','content':'late'},{'role':'user','content':'c'}");
	assert_string_equal(turns(), "developer (text d)\nuser (text a) (text b)\n"
	                             "system (text late)\nuser (text c)");
}

static void what_the_assistant_did_in_a_row_is_one_turn(void **state)
{
	read_messages(
		"{'role':'user','content':'u'},"
		"{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'a'},"
		"{'type':'summary_text','text':'b'}],'encrypted_content':'sealed'},"
		"{'type':'message','id':'msg_1','role':'assistant','status':'completed',"
		"'phase':'commentary','content':[{'type':'output_text','text':'t','annotations':[]}"
		"]},"
		"{'type':'function_call','id':'fc_1','call_id':'c1','name':'f','arguments':'{}',"
		"'status':'completed'},"
		"{'type':'function_call','call_id':'c2','name':'g','arguments':''},"
		"{'type':'function_call_output','call_id':'c1','output':'r1'},"
		"{'type':'function_call_output','call_id':'c2','output':[{'type':'input_text',"
		"'text':'r2'},{'type':'input_image','image_url':'data:image/png;base64,AAAA'}]},"
		"{'role':'user','content':'go on'}");
	assert_string_equal(turns(), "user (text u)\n"
	                             "assistant (think a\n\nb) (text t) (call c1 f object {}) "
	                             "(call c2 g empty)\n"
	                             "user (result c1 (text r1)) (result c2 (text r2) "
	                             "(image base64 image/png AAAA)) (text go on)");
	assert_span(req.turns[1].blocks[0].sig, "sealed");
}

/* One behind the other they would be glued together; between a call and its output nothing may
 * stand. */
static void messages_of_the_assistant_stay_apart_unless_a_call_is_open(void **state)
{
	read_messages("{'role':'assistant','content':'a'},{'type':'reasoning','summary':[]},"
	              "{'role':'assistant','content':'b'},"
	              "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
	              "{'role':'assistant','content':'c'},"
	              "{'type':'function_call_output','call_id':'c','output':'r'}");
	assert_string_equal(turns(), "assistant (text a) (think -)\n"
	                             "assistant (text b) (call c f object {}) (text c)\n"
	                             "user (result c (text r))");
}

static void free_form_calls_take_any_text(void **state)
{
	read_messages("{'type':'custom_tool_call','id':'ctc_1','call_id':'c','name':'sh',"
	              "'input':'{} ls'},"
	              "{'type':'custom_tool_call_output','call_id':'c','output':'x'}");
	assert_string_equal(turns(),
	                    "assistant (call c sh freeform {} ls)\nuser (result c (text x))");
	assert_int_equal(req.turns[1].blocks[0].args_kind, US_ARGS_FREEFORM);
}

static void parts_become_blocks(void **state)
{
	read_messages("{'role':'user','content':["
	              "{'type':'input_image','image_url':'https://h/i.png','detail':'low'},"
	              "{'type':'input_file','filename':'a.pdf',"
	              "'file_data':'data:application/pdf;base64,JVBERi0='},"
	              "{'type':'input_file','file_url':'https://h/b.pdf'},"
	              "{'type':'input_video','x':1}]},"
	              "{'role':'assistant','content':[{'type':'refusal','refusal':'no'}]}");
	assert_string_equal(turns(), "user (image url - https://h/i.png low) "
	                             "(doc base64 application/pdf JVBERi0= a.pdf) "
	                             "(doc url - https://h/b.pdf) (unknown input_video)\n"
	                             "assistant (refusal no)");
	assert_int_equal(req.nstate_refs, 0);
}

static void what_lives_at_openai_is_named(void **state)
{
	static const struct {
		const char *members, *refs;
	} cases[] = {
		{ "'previous_response_id':'resp_1'", "previous_response_id" },
		{ "'conversation':'conv_1'", "conversation" },
		{ "'prompt':{'id':'pmpt_1'}", "prompt" },
		{ "'background':true", "background" },
		{ "'background':false,'previous_response_id':null", "" },
	};

	for (size_t i = 0; i < US_COUNT(cases); i++) {
		assert_int_equal(read_members(cases[i].members), 0);
		assert_string_equal(names(req.state_refs, req.nstate_refs), cases[i].refs);
	}
	read_messages("{'type':'item_reference','id':'msg_1'},{'id':'msg_2'},"
	              "{'role':'user','content':[{'type':'input_image','file_id':'f'},"
	              "{'type':'input_file','file_id':'g'}]}");
	assert_string_equal(names(req.state_refs, req.nstate_refs), "item_reference file_id");
	assert_int_equal(read_request("{'model':'m','prompt':{'id':'pmpt_1'}}"), 0);
	assert_string_equal(names(req.state_refs, req.nstate_refs), "prompt");
}

static void what_hosted_tools_did_is_kept_as_theirs(void **state)
{
	read_messages("{'role':'user','content':'u'},{'type':'web_search_call','id':'ws_1'},"
	              "{'type':'function_call','call_id':'c','name':'f','namespace':'n',"
	              "'arguments':'{}'},{'type':'compaction','encrypted_content':'x'}");
	assert_string_equal(turns(), "user (text u)\nassistant (hosted web_search_call) "
	                             "(hosted namespace) (hosted compaction)");
}

static void tools_are_flat(void **state)
{
	assert_int_equal(
		read_members("'tools':[{'type':'function','name':'f','description':'d',"
	                     "'parameters':{'type':'object'},'strict':true},"
	                     "{'type':'function','name':'g','parameters':null,'strict':null},"
	                     "{'type':'custom','name':'sh','format':{'type':'grammar',"
	                     "'syntax':'lark','definition':'start: \\'x\\''}},"
	                     "{'type':'web_search'},{'type':'namespace','name':'n','tools':[]}]"),
		0);
	assert_int_equal(req.ntools, 5);
	assert_span(req.tools[0].schema, "{\"type\":\"object\"}");
	assert_int_equal(req.tools[0].strict, US_YES);
	assert_span(req.tools[0].description, "d");
	assert_false(us_set(req.tools[1].schema));
	assert_int_equal(req.tools[1].strict, US_UNSET);
	assert_int_equal(req.tools[2].kind, US_TOOL_CUSTOM);
	assert_span(req.tools[2].grammar, "start: \"x\"");
	assert_span(req.tools[2].syntax, "lark");
	assert_int_equal(req.tools[3].kind, US_TOOL_HOSTED);
	assert_span(req.tools[4].type, "namespace");
}

static void choices_are_understood(void **state)
{
	static const struct {
		const char *choice;
		enum us_choice is;
	} cases[] = {
		{ "'auto'", US_CHOICE_AUTO },
		{ "'none'", US_CHOICE_NONE },
		{ "'required'", US_CHOICE_REQUIRED },
		{ "{'type':'function','name':'f'}", US_CHOICE_NAMED },
		{ "{'type':'custom','name':'f'}", US_CHOICE_NAMED },
		{ "{'type':'allowed_tools','mode':'required','tools':[{'type':'function',"
		  "'name':'f'}]}",
		  US_CHOICE_ALLOWED },
		{ "{'type':'web_search'}", US_CHOICE_UNSET },
		{ "{'type':'mcp','server_label':'s','name':'f'}", US_CHOICE_UNSET },
	};
	char json[512];

	for (size_t i = 0; i < US_COUNT(cases); i++) {
		snprintf(json, sizeof(json), "'tool_choice':%s", cases[i].choice);
		assert_int_equal(read_members(json), 0);
		assert_int_equal(req.choice, cases[i].is);
		if (req.choice == US_CHOICE_NAMED)
			assert_span(req.choice_name, "f");
		if (req.choice == US_CHOICE_ALLOWED) {
			assert_true(req.allowed_required);
			assert_span(req.allowed[0], "f");
		}
		assert_int_equal(req.nunknown, req.choice == US_CHOICE_UNSET);
	}
}

static void formats_are_flat(void **state)
{
	assert_int_equal(read_members("'text':{'format':{'type':'json_schema','name':'n',"
	                              "'schema':{'a':1.0},'strict':true},'verbosity':'low'}"),
	                 0);
	assert_int_equal(req.format, US_FORMAT_JSON_SCHEMA);
	assert_span(req.format_name, "n");
	assert_span(req.format_schema, "{\"a\":1.0}");
	assert_int_equal(req.format_strict, US_YES);
	assert_span(req.verbosity, "low");
	assert_int_equal(read_members("'text':{'format':{'type':'json_object'}}"), 0);
	assert_int_equal(req.format, US_FORMAT_JSON_OBJECT);
	assert_int_equal(read_members("'text':{'format':{'type':'grammar'}}"), 0);
	assert_string_equal(names(req.unknown, req.nunknown), "text.format");
}

static void numbers_and_wishes_are_read(void **state)
{
	assert_int_equal(read_members("'max_output_tokens':100,'temperature':1e-1,'top_p':0.50,"
	                              "'reasoning':{'effort':'high','summary':null},"
	                              "'parallel_tool_calls':false,'safety_identifier':'s',"
	                              "'service_tier':'flex','stream':true,'top_logprobs':0"),
	                 0);
	assert_true(req.max_out_set && req.max_out == 100);
	assert_span(req.temperature.text, "1e-1");
	assert_span(req.top_p.text, "0.50");
	assert_int_equal(req.reason, US_REASON_EFFORT);
	assert_span(req.effort, "high");
	assert_int_equal(req.parallel_tools, US_NO);
	assert_span(req.user_id, "s");
	assert_span(req.service_tier, "flex");
	assert_int_equal(req.stream, US_YES);
	assert_int_equal(req.logprobs, US_UNSET);
	assert_int_equal(read_members("'include':['message.output_text.logprobs']"), 0);
	assert_int_equal(req.logprobs, US_YES);
	assert_int_equal(read_members("'top_logprobs':5"), 0);
	assert_int_equal(req.logprobs, US_YES);
}

static void only_what_is_lost_is_listed(void **state)
{
	assert_int_equal(read_members("'store':false,'truncation':'disabled','max_tool_calls':3,"
	                              "'include':['reasoning.encrypted_content'],"
	                              "'stream_options':{'include_obfuscation':false}"),
	                 0);
	assert_int_equal(req.ndropped + req.nunknown + req.nstate_refs, 0);
	assert_int_equal(read_members("'store':true,'truncation':'auto','metadata':{},'x':1,"
	                              "'prompt_cache_key':'k','reasoning':{'summary':'auto'}"),
	                 0);
	assert_string_equal(names(req.dropped, req.ndropped),
	                    "reasoning.summary truncation store metadata prompt_cache_key");
	assert_string_equal(names(req.unknown, req.nunknown), "x");
}

/* An answer repeats it, so it must survive to the byte. */
static void what_an_answer_repeats_is_kept(void **state)
{
	assert_int_equal(read_members("'temperature':0.70,'tools':[ {'type':'function','name':'f',"
	                              "'parameters':{'maximum':18446744073709551615}} ],"
	                              "'metadata':null,'instructions':'i'"),
	                 0);
	assert_int_equal(req.necho, 3);
	for (size_t i = 0; i < req.necho; i++) {
		if (strcmp(req.echo[i].name, "temperature") == 0)
			assert_span(req.echo[i].raw, "0.70");
		else if (strcmp(req.echo[i].name, "tools") == 0)
			assert_true(us_span_has(req.echo[i].raw, "[ {\"type\":\"function\""));
		else
			assert_string_equal(req.echo[i].name, "instructions");
	}
}

static void what_openai_would_refuse_is_no_request(void **state)
{
	static const char *const wrong[] = {
		"{'model':'m'}",
		"{'messages':[{'role':'user','content':'u'}]}",
		"{'input':1}",
		"{'input':['u']}",
		"{'input':[{'role':'tool','content':'x'}]}",
		"{'input':[{'role':'user','content':1}]}",
		"{'input':[{'type':'function_call','name':'f','arguments':'{}'}]}",
		"{'input':[{'type':'function_call','call_id':'c','arguments':'{}'}]}",
		"{'input':[{'type':'function_call_output','output':'x'}]}",
		"{'input':'u','instructions':['x']}",
		"{'input':'u','tools':[{'name':'f'}]}",
		"{'input':'u','tools':[{'type':'function'}]}",
		"{'input':'u','tool_choice':'maybe'}",
		"{'input':'u','temperature':'1'}",
		"{'input':'u','stream':1}",
		"{'input':'u','max_output_tokens':'many'}",
	};

	for (size_t i = 0; i < US_COUNT(wrong); i++)
		if (read_request(wrong[i]) != US_EINVAL)
			fail_msg("taken: %s", wrong[i]);
}

static void memory_that_runs_out_is_told(void **state)
{
	const char *all = "{'model':'m','instructions':'i\\n','input':[{'role':'user','content':["
			  "{'type':'input_text','text':'\\u00e9'}]},{'type':'reasoning','summary':["
			  "{'text':'a'},{'text':'b'}]},{'type':'function_call','call_id':'c',"
			  "'name':'f','arguments':'{\\'a\\':1}'},{'type':'function_call_output',"
			  "'call_id':'c','output':'x'}],'tools':[{'type':'function','name':'f'}]}";
	struct us_arena small;

	assert_int_equal(us_doc_parse(&doc, json_of(all)), 0);
	for (size_t max = 0; max < 20000; max += 16) {
		int rc;

		us_arena_init(&small, max);
		req = (struct us_req){ 0 };
		rc = us_responses.decode_request(us_doc_root(&doc), &small, &req);
		us_arena_fini(&small);
		assert_true(rc == 0 || rc == US_E2BIG || rc == US_ENOMEM);
		if (!rc)
			return;
	}
	fail_msg("never enough");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_string_is_one_message_of_the_user),
		TEST(messages_need_not_say_that_they_are),
		TEST(what_the_assistant_did_in_a_row_is_one_turn),
		TEST(messages_of_the_assistant_stay_apart_unless_a_call_is_open),
		TEST(free_form_calls_take_any_text),
		TEST(parts_become_blocks),
		TEST(what_lives_at_openai_is_named),
		TEST(what_hosted_tools_did_is_kept_as_theirs),
		TEST(tools_are_flat),
		TEST(choices_are_understood),
		TEST(formats_are_flat),
		TEST(numbers_and_wishes_are_read),
		TEST(only_what_is_lost_is_listed),
		TEST(what_an_answer_repeats_is_kept),
		TEST(what_openai_would_refuse_is_no_request),
		TEST(memory_that_runs_out_is_told),
	};

	return cmocka_run_group_tests_name("responses_request", tests, NULL, NULL);
}

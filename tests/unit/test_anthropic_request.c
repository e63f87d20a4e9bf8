/* test_anthropic_request.c - the members of Anthropic's requests, read */
#include "anthropic_world.h"

static void system_becomes_a_leading_turn(void **state)
{
	assert_int_equal(read_members("'system':'S'"), 0);
	assert_int_equal(req.nturns, 2);
	assert_int_equal(req.turns[0].role, US_ROLE_SYSTEM);
	assert_text(req.turns[0].blocks[0].text, "S");

	assert_int_equal(read_members("'system':[{'type':'text','text':'a'},{'type':'text','text':"
	                              "'b','cache_control':{'type':'ephemeral'}}]"),
	                 0);
	assert_int_equal(req.nturns, 2);
	assert_int_equal(req.turns[0].nblocks, 2);
	assert_text(req.turns[0].blocks[0].cache, NULL);
	assert_text(req.turns[0].blocks[1].cache, "{\"type\":\"ephemeral\"}");

	assert_int_equal(read_members("'system':[]"), 0);
	assert_int_equal(req.nturns, 1);
}

static void turns_keep_their_order_and_role(void **state)
{
	assert_int_equal(read_request("{'messages':[{'role':'user','content':'1'},"
	                              "{'role':'system','content':'2'},"
	                              "{'role':'assistant','content':[]},"
	                              "{'content':[{'text':'4','type':'text'}],'role':'user'}]}"),
	                 0);
	assert_int_equal(req.nturns, 4);
	assert_int_equal(req.turns[0].role, US_ROLE_USER);
	assert_text(req.turns[0].blocks[0].text, "1");
	assert_int_equal(req.turns[1].role, US_ROLE_SYSTEM);
	assert_int_equal(req.turns[2].role, US_ROLE_ASSISTANT);
	assert_int_equal(req.turns[2].nblocks, 0);
	assert_text(req.turns[3].blocks[0].text, "4");
}

static void tools_are_functions_unless_typed(void **state)
{
	assert_int_equal(
		read_members(
			"'tools':[{'name':'f','description':'d','input_schema':{'type':'object',"
			"'maximum':18446744073709551616},'strict':true,'cache_control':{'type':"
			"'ephemeral'}},{'type':'custom','name':'g','input_schema':null,"
			"'defer_loading':true,'odd':1},{'type':'bash_20250124','name':'bash'}]"),
		0);
	assert_int_equal(req.ntools, 3);
	assert_int_equal(req.tools[0].kind, US_TOOL_FUNCTION);
	assert_text(req.tools[0].name, "f");
	assert_text(req.tools[0].description, "d");
	assert_text(req.tools[0].schema, "{\"type\":\"object\",\"maximum\":18446744073709551616}");
	assert_int_equal(req.tools[0].strict, US_YES);
	assert_true(us_set(req.tools[0].cache));
	assert_int_equal(req.tools[1].kind, US_TOOL_FUNCTION);
	assert_text(req.tools[1].schema, NULL);
	assert_text(req.dropped[0], "tools.defer_loading");
	assert_text(req.unknown[0], "tools.odd");
	assert_int_equal(req.tools[2].kind, US_TOOL_HOSTED);
	assert_text(req.tools[2].type, "bash_20250124");
}

static void every_tool_choice_is_understood(void **state)
{
	static const struct {
		const char *json;
		enum us_choice choice;
		enum us_tri parallel;
	} rows[] = {
		{ "{'type':'auto'}", US_CHOICE_AUTO, US_UNSET },
		{ "{'type':'auto','disable_parallel_tool_use':true}", US_CHOICE_AUTO, US_NO },
		{ "{'type':'any','disable_parallel_tool_use':false}", US_CHOICE_REQUIRED, US_YES },
		{ "{'type':'none'}", US_CHOICE_NONE, US_UNSET },
		{ "{'type':'tool','name':'f'}", US_CHOICE_NAMED, US_UNSET },
	};
	char members[256];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(members, sizeof(members), "'tool_choice':%s", rows[i].json);
		assert_int_equal(read_members(members), 0);
		assert_int_equal(req.choice, rows[i].choice);
		assert_int_equal(req.parallel_tools, rows[i].parallel);
	}
	assert_text(req.choice_name, "f");
}

static void numbers_keep_their_spelling(void **state)
{
	assert_int_equal(read_members("'model':'m','max_tokens':4096,'stream':true,"
	                              "'temperature':0.70,'top_p':1e-1,'top_k':5,"
	                              "'stop_sequences':['a','\\n'],"
	                              "'metadata':{'user_id':'u-1','x':1},"
	                              "'service_tier':'standard_only'"),
	                 0);
	assert_text(req.model, "m");
	assert_int_equal(req.max_out, 4096);
	assert_true(req.max_out_set);
	assert_int_equal(req.stream, US_YES);
	assert_true(req.stream_usage);
	assert_text(req.temperature.text, "0.70");
	assert_true(req.top_p.v > 0.09 && req.top_p.v < 0.11);
	assert_text(req.top_p.text, "1e-1");
	assert_text(req.top_k.text, "5");
	assert_int_equal(req.nstop, 2);
	assert_text(req.stop[1], "\n");
	assert_text(req.user_id, "u-1");
	assert_text(req.unknown[0], "metadata.x");
	assert_text(req.service_tier, "standard_only");
}

static void thinking_says_more_than_effort(void **state)
{
	static const struct {
		const char *members;
		enum us_reason reason;
		const char *effort;
		uint64_t budget;
	} rows[] = {
		{ "'x':null", US_REASON_UNSET, NULL, 0 },
		{ "'thinking':{'type':'disabled'}", US_REASON_OFF, NULL, 0 },
		{ "'thinking':{'type':'adaptive','display':'summarized'}", US_REASON_ADAPTIVE, NULL,
		  0 },
		{ "'thinking':{'type':'between_tools'}", US_REASON_BETWEEN_TOOLS, NULL, 0 },
		{ "'thinking':{'type':'enabled','budget_tokens':2000}", US_REASON_BUDGET, NULL,
		  2000 },
		{ "'output_config':{'effort':'max'}", US_REASON_EFFORT, "max", 0 },
		{ "'thinking':{'type':'adaptive'},'output_config':{'effort':'low'}",
		  US_REASON_ADAPTIVE, "low", 0 },
		{ "'thinking':{'type':'disabled'},'output_config':{'effort':'low'}", US_REASON_OFF,
		  "low", 0 },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		assert_int_equal(read_members(rows[i].members), 0);
		assert_int_equal(req.reason, rows[i].reason);
		assert_text(req.effort, rows[i].effort);
		assert_int_equal(req.reason_budget, rows[i].budget);
		assert_int_equal(req.nunknown, 0);
	}
	assert_int_equal(read_members("'thinking':{'type':'dreaming'}"), 0);
	assert_text(req.unknown[0], "thinking");
}

static void the_form_of_the_answer_has_an_old_and_a_new_place(void **state)
{
	assert_int_equal(read_members("'output_format':{'type':'json_schema','schema':{'a':1.0}}"),
	                 0);
	assert_int_equal(req.format, US_FORMAT_JSON_SCHEMA);
	assert_text(req.format_schema, "{\"a\":1.0}");

	assert_int_equal(read_members("'output_config':{'format':{'type':'json_schema','schema':"
	                              "{'b':2}},'task_budget':{}}"),
	                 0);
	assert_text(req.format_schema, "{\"b\":2}");
	assert_text(req.unknown[0], "output_config.task_budget");

	assert_int_equal(read_members("'output_config':{'format':{'type':'json_schema'}}"), 0);
	assert_text(req.unknown[0], "output_config.format");
	assert_int_equal(read_members("'output_config':{'format':{'type':'xml','schema':{}}}"), 0);
	assert_int_equal(req.format, US_FORMAT_UNSET);
	assert_text(req.unknown[0], "output_config.format");
}

static void null_is_not_given(void **state)
{
	assert_int_equal(read_members("'max_tokens':null,'stream':null,'system':null,'tools':null,"
	                              "'tool_choice':null,'thinking':null,'output_config':null,"
	                              "'stop_sequences':null,'temperature':null,'metadata':null,"
	                              "'container':null,'mcp_servers':null,'odd':null"),
	                 0);
	assert_int_equal(req.nturns, 1);
	assert_false(req.max_out_set);
	assert_int_equal(req.stream, US_UNSET);
	assert_text(req.temperature.text, NULL);
	assert_int_equal(req.nunknown + req.nstate_refs + req.ndropped, 0);
}

static void what_lives_at_anthropic_is_a_state_ref(void **state)
{
	static const struct {
		const char *members, *name;
	} rows[] = {
		{ "'container':'c_1'", "container" },
		{ "'container':{'skills':[]}", "container" },
		{ "'mcp_servers':[{'url':'https://m'}]", "mcp_servers" },
		{ "'thread':{'id':'t'}", "thread" },
		{ "'diagnostics':{'previous_message_id':'m'}", "diagnostics.previous_message_id" },
		{ "'max_tokens':0", "max_tokens:0" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		assert_int_equal(read_members(rows[i].members), 0);
		assert_int_equal(req.nstate_refs, 1);
		assert_text(req.state_refs[0], rows[i].name);
	}
	assert_int_equal(
		read_members("'mcp_servers':[],'diagnostics':{'previous_message_id':null}"), 0);
	assert_int_equal(req.nstate_refs, 0);
}

static void unknown_members_are_named(void **state)
{
	assert_int_equal(read_request("{'speed':'fast','new_thing':1,'messages':[{'role':'user',"
	                              "'content':[{'type':'text','text':'x','mood':'y'}],'name':"
	                              "'z'}]}"),
	                 0);
	assert_int_equal(req.ndropped, 1);
	assert_text(req.dropped[0], "speed");
	assert_int_equal(req.nunknown, 3);
	assert_text(req.unknown[0], "text.mood");
	assert_text(req.unknown[1], "messages.name");
	assert_text(req.unknown[2], "new_thing");
}

static void unknown_members_are_named_up_to_a_ceiling(void **state)
{
	char json[4096] = "{'messages':[]", *p = json + strlen(json);

	for (int i = 0; i < 200; i++)
		p += snprintf(p, 16, ",'x%d':1", i);
	strcpy(p, "}");
	assert_int_equal(read_request(json), 0);
	assert_int_equal(req.nunknown, 64);
}

static void of_duplicates_the_last_counts(void **state)
{
	assert_int_equal(read_request("{'messages':[{'role':'user','content':'1'}],'max_tokens':1,"
	                              "'messages':[{'role':'user','content':'2'}],'max_tokens':2}"),
	                 0);
	assert_int_equal(req.nturns, 1);
	assert_text(req.turns[0].blocks[0].text, "2");
	assert_int_equal(req.max_out, 2);
}

static void what_is_no_request_is_refused(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{}",
		"{'messages':'hi'}",
		"{'messages':['hi']}",
		"{'messages':[{'role':'robot','content':'x'}]}",
		"{'messages':[{'role':'user'}]}",
		"{'messages':[{'role':'user','content':7}]}",
		"{'messages':[{'role':'user','content':['x']}]}",
		"{'messages':[{'role':'user','content':[{'type':'text'}]}]}",
		"{'messages':[{'role':'user','content':[{'type':'tool_use','name':'f'}]}]}",
		"{'messages':[{'role':'user','content':[{'type':'tool_result','content':'x'}]}]}",
		"{'messages':[{'role':'user','content':[{'type':'redacted_thinking'}]}]}",
		"{'messages':[{'role':'user','content':[{'type':'thinking'}]}]}",
		"{'messages':[],'max_tokens':-1}",
		"{'messages':[],'max_tokens':1.5}",
		"{'messages':[],'stream':'yes'}",
		"{'messages':[],'temperature':'hot'}",
		"{'messages':[],'stop_sequences':'x'}",
		"{'messages':[],'stop_sequences':[1]}",
		"{'messages':[],'tools':[{'input_schema':{}}]}",
		"{'messages':[],'tool_choice':{'type':'maybe'}}",
		"{'messages':[],'tool_choice':{'type':'tool'}}",
		"{'messages':[],'thinking':{'type':'enabled'}}",
		"{'messages':[],'model':5}",
	};

	for (size_t i = 0; i < US_COUNT(bad); i++)
		if (read_request(bad[i]) != US_EINVAL)
			fail_msg("accepted: %s", bad[i]);
}

static void memory_may_fail_anywhere(void **state)
{
	static const char json[] =
		"{'model':'a\\n','system':'s\\n','messages':[{'role':'user','content':[{'type':"
		"'tool_result','tool_use_id':'\\t','content':[{'type':'document','source':{'type':"
		"'base64','data':'a\\nb'}}],'odd':1}]}],'tools':[{'name':'f'}],'stop_sequences':"
		"['a','b']}";
	int rc = US_ENOMEM;

	for (unsigned long n = 1; rc; n++) {
		us_arena_fini(&arena);
		us_doc_fini(&doc);
		us_mem_fail_at(n);
		rc = read_request(json);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	}
	assert_int_equal(req.nstop, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_becomes_a_leading_turn),
		cmocka_unit_test(turns_keep_their_order_and_role),
		cmocka_unit_test(tools_are_functions_unless_typed),
		cmocka_unit_test(every_tool_choice_is_understood),
		cmocka_unit_test(numbers_keep_their_spelling),
		cmocka_unit_test(thinking_says_more_than_effort),
		cmocka_unit_test(the_form_of_the_answer_has_an_old_and_a_new_place),
		cmocka_unit_test(null_is_not_given),
		cmocka_unit_test(what_lives_at_anthropic_is_a_state_ref),
		cmocka_unit_test(unknown_members_are_named),
		cmocka_unit_test(unknown_members_are_named_up_to_a_ceiling),
		cmocka_unit_test(of_duplicates_the_last_counts),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(memory_may_fail_anywhere),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* test_openai_render.c - hub requests as Chat Completions takes them, but for their turns */
#include "openai_world.h"

/* What the models of these tests can do. */
static const struct us_model chat = { .json_schema = true, .system_turn = true, .stop = true };
static const struct us_model old = { .stop = true };
static const struct us_model reasoner = { .max_out = 1000,
	                                  .sampling = US_SAMPLING_NONE,
	                                  .thinking = US_THINKING_EFFORT,
	                                  .json_schema = true };

static void write_members(const struct us_model *model, bool compatible, const char *members)
{
	assert_int_equal(read_members(members), 0);
	write_request(model, compatible);
}

static void the_limit_has_the_name_the_server_knows(void **state)
{
	write_members(&chat, false, "'max_tokens':9");
	assert_member("max_completion_tokens", "9");
	assert_member("max_tokens", NULL);
	write_request(&chat, true);
	assert_member("max_tokens", "9");
	assert_member("max_completion_tokens", NULL);
	write_members(&reasoner, false, "'max_tokens':5000");
	assert_member("max_completion_tokens", "1000");
	assert_told(US_DEGRADED, "MAX_TOKENS_CLAMPED");
}

static void sampling_is_passed_on_as_it_was_written(void **state)
{
	write_members(
		&chat, false,
		"'temperature':0.70,'top_p':1e-1,'frequency_penalty':-0.0,'seed':12345678901234"
		"567890,'n':2,'logprobs':true,'top_logprobs':3,'logit_bias':{'1':2}");
	assert_member("temperature", "0.70");
	assert_member("top_p", "1e-1");
	assert_member("frequency_penalty", "-0.0");
	assert_member("seed", "12345678901234567890");
	assert_member("n", "2");
	assert_member("logprobs", "true");
	assert_member("top_logprobs", "3");
	assert_member("logit_bias", "{'1':2}");
	assert_told(US_EXACT, NULL);
}

static void too_hot_a_temperature_is_clamped(void **state)
{
	write_members(&chat, false, "'temperature':2.5");
	assert_member("temperature", "2");
	assert_told(US_DEGRADED, "TEMPERATURE_CLAMPED");
}

static void a_model_that_samples_by_itself_is_not_told_how(void **state)
{
	write_members(&reasoner, false, "'temperature':0.5,'top_p':1,'logit_bias':{}");
	assert_member("temperature", NULL);
	assert_member("top_p", NULL);
	assert_member("logit_bias", NULL);
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
	write_members(&reasoner, false, "'temperature':1.0,'presence_penalty':0");
	assert_member("temperature", NULL);
	assert_told(US_EXACT, NULL);
	write_members(&reasoner, false, "'logit_bias':{}");
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
	write_members(&reasoner, false, "'logprobs':true");
	assert_member("logprobs", NULL);
	assert_told(US_RISKY, "LOGPROBS_DROPPED");
}

static void sampling_of_compatible_servers_stays_with_them(void **state)
{
	write_members(&chat, true, "'top_k':40,'min_p':0.05,'repetition_penalty':1.1");
	assert_member("top_k", "40");
	assert_member("min_p", "0.05");
	assert_member("repetition_penalty", "1.1");
	write_request(&chat, false);
	assert_member("top_k", NULL);
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
}

static void some_models_take_one_of_two(void **state)
{
	static const struct us_model one = { .sampling = US_SAMPLING_ONE };

	write_members(&one, true, "'temperature':0.5,'top_p':0.5");
	assert_member("temperature", "0.5");
	assert_member("top_p", NULL);
	write_members(&one, true, "'top_p':0.5");
	assert_member("top_p", "0.5");
}

static void four_stop_sequences_are_the_most(void **state)
{
	write_members(&chat, false, "'stop':'x'");
	assert_member("stop", "['x']");
	write_members(&chat, false, "'stop':['','a','b','c','d']");
	assert_member("stop", "['a','b','c','d']");
	assert_told(US_EXACT, NULL);
	write_members(&chat, false, "'stop':['a','b','c','d','e']");
	assert_member("stop", "['a','b','c','d']");
	assert_told(US_DEGRADED, "STOP_LIMIT");
	write_members(&reasoner, false, "'stop':['a']");
	assert_member("stop", NULL);
	assert_told(US_DEGRADED, "STOP_DROPPED");
}

static void reasoning_is_said_in_words_every_model_takes(void **state)
{
	static const struct {
		const char *asked, *said, *code;
	} rows[] = {
		{ "'reasoning_effort':'medium'", "'medium'", NULL },
		{ "'reasoning_effort':'minimal'", "'low'", "EFFORT_CLAMPED" },
		{ "'reasoning_effort':'max'", "'high'", "EFFORT_CLAMPED" },
		{ "'reasoning_effort':'none'", "'low'", "REASONING_NOT_OFF" },
		{ "'reasoning':{'max_tokens':1000}", "'low'", NULL },
		{ "'reasoning':{'max_tokens':4096}", "'medium'", NULL },
		{ "'reasoning':{'max_tokens':16384}", "'high'", NULL },
		{ "'reasoning':{'enabled':true}", NULL, NULL },
		{ "'max_tokens':100", "'low'", NULL },
		{ "'user':'u'", NULL, NULL },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		write_members(&reasoner, false, rows[i].asked);
		assert_member("reasoning_effort", rows[i].said);
		assert_told(US_DEGRADED, rows[i].code);
	}
	write_members(&chat, false, "'reasoning_effort':'high'");
	assert_member("reasoning_effort", NULL);
	assert_told(US_DEGRADED, "REASONING_DROPPED");
	write_members(&chat, false, "'reasoning_effort':'none'");
	assert_told(US_EXACT, NULL);
}

static void tools_are_written_with_their_schema_as_it_came(void **state)
{
	write_members(&chat, false,
	              "'tools':[{'type':'function','function':{'name':'f','description':'d',"
	              "'parameters':{ 'type':'object', 'properties':{},'z':1.0}}},"
	              "{'type':'function','function':{'name':'g'}},"
	              "{'type':'custom','custom':{'name':'h','description':'e','format':{'type':'"
	              "grammar','grammar':{'definition':'a+','syntax':'regex'}}}}]");
	assert_member("tools",
	              "[{'type':'function','function':{'name':'f','description':'d','parameters':"
	              "{ 'type':'object', 'properties':{},'z':1.0}}},{'type':'function','function':"
	              "{'name':'g','parameters':{'type':'object','properties':{}}}},"
	              "{'type':'custom','custom':{'name':'h','description':'e','format':{'type':'"
	              "grammar',"
	              "'grammar':{'syntax':'regex','definition':'a+'}}}}]");
	assert_told(US_EXACT, NULL);
}

static void a_free_form_tool_is_wrapped_for_compatible_servers(void **state)
{
	write_members(&chat, true,
	              "'tools':[{'type':'custom','custom':{'name':'h'}}],"
	              "'tool_choice':{'type':'custom','custom':{'name':'h'}}");
	assert_member("tools", "[{'type':'function','function':{'name':'h','parameters':"
	                       "{'type':'object','properties':{'input':{'type':'string'}},"
	                       "'required':['input']}}}]");
	assert_member("tool_choice", "{'type':'function','function':{'name':'h'}}");
	assert_told(US_DEGRADED, "CUSTOM_TOOL_WRAPPED");
}

static void strictness_is_kept_or_taken_back(void **state)
{
	static const char loose[] = "'tools':[{'function':{'name':'f','strict':true,'parameters':"
				    "{'type':'object','properties':{'a':{}},'required':[]}}}]";
	static const char tight[] = "'tools':[{'function':{'name':'f','strict':true,'parameters':"
				    "{'type':'object','properties':{'a':{}},'required':['a'],'"
				    "additionalProperties':false}"
				    "}}]";

	write_members(&chat, false, tight);
	assert_true(us_span_has(us_buf_span(&written), "\"strict\":true"));
	assert_told(US_EXACT, NULL);
	write_members(&chat, false, loose);
	assert_true(us_span_has(us_buf_span(&written), "\"strict\":false"));
	assert_told(US_DEGRADED, "STRICT_DROPPED");
	write_members(&chat, true, tight);
	assert_false(us_span_has(us_buf_span(&written), "strict"));
	assert_told(US_DEGRADED, "STRICT_DROPPED");
}

static void every_tool_choice_is_written(void **state)
{
	static const char *const choices[] = {
		"'auto'",
		"'none'",
		"'required'",
		"{'type':'function','function':{'name':'f'}}",
		"{'type':'custom','custom':{'name':'h'}}",
		"{'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':"
		"[{'type':'function','function':{'name':'f'}},"
		"{'type':'custom','custom':{'name':'h'}}]}}",
	};
	char members[512];

	for (size_t i = 0; i < US_COUNT(choices); i++) {
		snprintf(members, sizeof(members),
		         "'tools':[{'function':{'name':'f'}},{'custom':{'name':'h'}}],"
		         "'tool_choice':%s",
		         choices[i]);
		write_members(&chat, false, members);
		assert_member("tool_choice", choices[i]);
	}
}

static void compatible_servers_see_the_allowed_tools_only(void **state)
{
	write_members(&chat, true,
	              "'tools':[{'function':{'name':'f'}},{'function':{'name':'g'}}],"
	              "'tool_choice':{'type':'allowed_tools','allowed_tools':{'mode':'required',"
	              "'tools':[{'type':'function','function':{'name':'g'}}]}}");
	assert_member("tools", "[{'type':'function','function':{'name':'g','parameters':"
	                       "{'type':'object','properties':{}}}}]");
	assert_member("tool_choice", "'required'");
	assert_told(US_DEGRADED, "ALLOWED_TOOLS_FILTERED");
}

static void without_tools_nothing_is_said_about_calling_them(void **state)
{
	write_members(&chat, false, "'tool_choice':'auto','parallel_tool_calls':false,'tools':[]");
	assert_member("tools", NULL);
	assert_member("tool_choice", NULL);
	assert_member("parallel_tool_calls", NULL);
	write_members(&chat, false,
	              "'tools':[{'function':{'name':'f'}}],'parallel_tool_calls':false");
	assert_member("parallel_tool_calls", "false");
	write_members(&chat, false,
	              "'tools':[{'function':{'name':'f'}}],'parallel_tool_calls':true");
	assert_member("parallel_tool_calls", NULL);
}

static void older_functions_become_tools(void **state)
{
	write_members(&chat, false, "'functions':[{'name':'f'}],'function_call':{'name':'f'}");
	assert_member("functions", NULL);
	assert_member("tool_choice", "{'type':'function','function':{'name':'f'}}");
	assert_member("parallel_tool_calls", "false");
}

static void hosted_or_too_many_tools_are_impossible(void **state)
{
	write_members(&chat, false, "'tools':[{'type':'web_search'}]");
	assert_told(US_IMPOSSIBLE, "HOSTED_TOOL");
	assert_member("tools", NULL);
	us_buf_add_str(&shown, "'tools':[");
	for (int i = 0; i < 129; i++)
		us_buf_addf(&shown, "%s{'function':{'name':'f%d'}}", i ? "," : "", i);
	us_buf_add_str(&shown, "]");
	write_members(&chat, false, us_buf_cstr(&shown));
	assert_told(US_IMPOSSIBLE, "TOO_MANY_TOOLS");
	write_request(&chat, true);
	assert_told(US_EXACT, NULL);
}

static void an_answer_is_held_to_its_schema(void **state)
{
	static const char tight[] = "'response_format':{'type':'json_schema','json_schema':{'name':"
				    "'a b','description':'d','schema':{'type':'object',"
				    "'properties':{},'additionalProperties':false},'strict':true}}";

	write_members(&chat, false, tight);
	assert_member(
		"response_format",
		"{'type':'json_schema','json_schema':{'name':'a_b','description':'d','schema':"
		"{'type':'object','properties':{},'additionalProperties':false},"
		"'strict':true}}");
	req.format_strict = US_UNSET;
	req.format_name = us_span(NULL, 0);
	req.format_desc = us_span(NULL, 0);
	write_request(&chat, false);
	assert_member("response_format",
	              "{'type':'json_schema','json_schema':{'name':'response','schema':"
	              "{'type':'object','properties':{},'additionalProperties':false},"
	              "'strict':true}}");
	write_request(&chat, true);
	assert_member("response_format",
	              "{'type':'json_schema','json_schema':{'name':'response','schema':"
	              "{'type':'object','properties':{},'additionalProperties':false}}}");
	assert_told(US_EXACT, NULL);
}

static void a_promised_schema_that_cannot_be_held_is_a_risk(void **state)
{
	write_members(
		&chat, false,
		"'response_format':{'type':'json_schema','json_schema':{'name':'n','strict':true,"
		"'schema':{'type':'object'}}}");
	assert_member("response_format", "{'type':'json_schema','json_schema':{'name':'n','schema':"
	                                 "{'type':'object'},'strict':false}}");
	assert_told(US_RISKY, "FORMAT_BEST_EFFORT");
	req.format_strict = US_NO;
	write_request(&chat, false);
	assert_told(US_EXACT, NULL);
}

static void a_schema_that_is_not_taken_is_asked_for_in_words(void **state)
{
	read_request(
		"{'messages':[{'role':'system','content':'s'},{'role':'user','content':'u'}],"
		"'response_format':{'type':'json_schema','json_schema':{'schema':{'type':'array'"
		"}}}}");
	write_request(&chat, false);
	assert_member("response_format", NULL);
	assert_messages(
		"{'role':'system','content':'s'},{'role':'system','content':'Answer with one "
		"JSON value only, no prose, no code fence. It must validate against this JSON "
		"Schema: {\\'type\\':\\'array\\'}'},{'role':'user','content':'u'}");
	assert_told(US_DEGRADED, "FORMAT_BEST_EFFORT");
	write_request(&old, true);
	assert_member("response_format", NULL);
	req.nturns = 1;
	write_request(&old, true);
	assert_true(us_span_has(us_buf_span(&written), "JSON Schema"));
}

static void the_word_json_is_said_where_it_must_be(void **state)
{
	write_members(&chat, false, "'response_format':{'type':'json_object'}");
	assert_member("response_format", "{'type':'json_object'}");
	assert_messages("{'role':'system','content':'Answer with one JSON object.'},"
	                "{'role':'user','content':'u'}");
	read_request("{'messages':[{'role':'user','content':'as Json'}],"
	             "'response_format':{'type':'json_object'}}");
	write_request(&chat, false);
	assert_messages("{'role':'user','content':'as Json'}");
}

static void a_stream_always_brings_its_usage(void **state)
{
	write_members(&chat, true, "'stream':true");
	assert_member("stream", "true");
	assert_member("stream_options", "{'include_usage':true}");
	write_members(&chat, true, "'stream':false");
	assert_member("stream", NULL);
	assert_member("stream_options", NULL);
}

static void a_user_is_named_to_openai_if_the_name_is_short(void **state)
{
	write_members(&chat, false, "'user':'u'");
	assert_member("user", "'u'");
	write_request(&chat, true);
	assert_member("user", NULL);
	req.user_id = US_SPAN("0123456789012345678901234567890123456789012345678901234567890123x");
	write_request(&chat, false);
	assert_member("user", NULL);
	assert_told(US_EXACT, "USER_ID_DROPPED");
}

static void the_model_is_the_targets(void **state)
{
	write_members(&chat, false, "'model':'other','verbosity':'low'");
	assert_member("model", "'m'");
	assert_member("verbosity", NULL);
	assert_told(US_DEGRADED, "VERBOSITY_DROPPED");
	write_members(&chat, false, "'verbosity':'medium'");
	assert_member("verbosity", NULL);
	assert_told(US_EXACT, NULL);
	write_members(&reasoner, false, "'verbosity':'low'");
	assert_member("verbosity", "'low'");
	write_request(&reasoner, true);
	assert_member("verbosity", NULL);
}

static void sound_is_not_asked_for(void **state)
{
	write_members(&chat, false, "'modalities':['audio']");
	assert_told(US_IMPOSSIBLE, "AUDIO_OUT");
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	read_request("{'tools':[{'function':{'name':'f','strict':true,'parameters':{}}}],"
	             "'response_format':{'type':'json_schema','json_schema':{'schema':{}}},"
	             "'messages':[{'role':'user','content':[{'type':'text','text':'a'},"
	             "{'type':'image_url','image_url':'data:image/png;base64,AAAA'}]}]}");
	write_starving(&chat);
}

/* The text goes through a buffer of its own, and must not come out empty. */
static void nor_that_of_a_message(void **state)
{
	read_request("{'messages':[{'role':'user','content':'u'}]}");
	write_starving(&chat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(the_limit_has_the_name_the_server_knows),
		T(sampling_is_passed_on_as_it_was_written),
		T(too_hot_a_temperature_is_clamped),
		T(a_model_that_samples_by_itself_is_not_told_how),
		T(sampling_of_compatible_servers_stays_with_them),
		T(some_models_take_one_of_two),
		T(four_stop_sequences_are_the_most),
		T(reasoning_is_said_in_words_every_model_takes),
		T(tools_are_written_with_their_schema_as_it_came),
		T(a_free_form_tool_is_wrapped_for_compatible_servers),
		T(strictness_is_kept_or_taken_back),
		T(every_tool_choice_is_written),
		T(compatible_servers_see_the_allowed_tools_only),
		T(without_tools_nothing_is_said_about_calling_them),
		T(older_functions_become_tools),
		T(hosted_or_too_many_tools_are_impossible),
		T(an_answer_is_held_to_its_schema),
		T(a_promised_schema_that_cannot_be_held_is_a_risk),
		T(a_schema_that_is_not_taken_is_asked_for_in_words),
		T(the_word_json_is_said_where_it_must_be),
		T(a_stream_always_brings_its_usage),
		T(a_user_is_named_to_openai_if_the_name_is_short),
		T(the_model_is_the_targets),
		T(sound_is_not_asked_for),
		T(no_failed_allocation_goes_unnoticed),
		T(nor_that_of_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

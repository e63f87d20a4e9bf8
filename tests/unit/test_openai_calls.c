/* test_openai_calls.c - the tool calls of Chat Completions streams, put in a row */
#include "openai_answers.h"

#define TOOL_END "stop tool\nend clean\n"

static void end_with_calls(void)
{
	finish("tool_calls");
	feed("[DONE]");
}

static void a_call_streams_as_it_comes(void **state)
{
	call("{'index':0,'id':'a','type':'function','function':{'name':'f','arguments':''}}");
	call("{'index':0,'function':{'arguments':'{\\'id\\':'}}");
	assert_string_equal(events_text(&events), "start c m\nopen call a f\nargs {\"id\":\n");
	call("{'index':0,'function':{'arguments':'9007199254740993}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\"id\":\nargs "
	              "9007199254740993}\nclose\n" TOOL_END);
}

static void calls_one_after_the_other_stay_apart(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	call("{'index':1,'id':'b','function':{'name':'g','arguments':'{\\'x\\':'}}");
	call("{'index':1,'function':{'arguments':'1}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {}\nclose\n"
	              "open call b g\nargs {\"x\":\nargs 1}\nclose\n" TOOL_END);
}

static void mixed_calls_are_sorted(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{'}},"
	     "{'index':1,'id':'b','function':{'name':'g','arguments':'{'}}");
	call("{'index':1,'function':{'arguments':'\\'y\\':2'}},"
	     "{'index':0,'function':{'arguments':'\\'x\\':1'}}");
	call("{'index':1,'function':{'arguments':'}'}},{'index':0,'function':{'arguments':'}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\nargs \"x\":1\nargs }\nclose\n"
	              "open call b g\nargs {\"y\":2}\nclose\n" TOOL_END);
}

static void a_waiting_call_streams_once_the_one_before_is_whole(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{'}}");
	call("{'index':1,'id':'b','function':{'name':'g','arguments':'{'}}");
	call("{'index':0,'function':{'arguments':'}'}}");
	assert_string_equal(events_text(&events),
	                    "start c m\nopen call a f\nargs {\nargs }\nclose\n"
	                    "open call b g\nargs {\n");
}

static void calls_that_share_a_number_are_told_apart_by_id(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{\\'x\\':1}'}}");
	call("{'index':0,'id':'b','function':{'name':'f','arguments':'{\\'x\\':2}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\"x\":1}\nclose\n"
	              "open call b f\nargs {\"x\":2}\nclose\n" TOOL_END);
}

static void calls_that_share_a_number_are_told_apart_by_name(void **state)
{
	call("{'index':0,'function':{'name':'f','arguments':'{}'}}");
	call("{'index':0,'function':{'name':'g','arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nopen call call_0 f\nargs {}\nclose\n"
	              "open call call_1 g\nargs {}\nclose\n" TOOL_END);
}

static void two_objects_in_a_row_are_two_calls(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{\\'x\\':1} {\\'x\\':'}}");
	call("{'index':0,'function':{'arguments':'2}{\\'x\\':3}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\"x\":1}\nclose\n"
	              "open call call_1 f\nargs {\"x\":\nargs 2}\nclose\n"
	              "open call call_2 f\nargs {\"x\":3}\nclose\n" TOOL_END);
}

static void other_text_behind_arguments_is_kept(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	call("{'index':0,'function':{'arguments':'}'}}");
	call("{'index':0,'function':{'arguments':'{'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {}\nargs }\nargs {\nclose\n" TOOL_END);
}

static void arguments_may_come_before_id_and_name(void **state)
{
	call("{'index':0,'function':{'arguments':'{\\'x\\':'}}");
	call("{'index':0,'id':'a'}");
	call("{'index':0,'function':{'name':'f','arguments':'1}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\"x\":1}\nclose\n" TOOL_END);
}

static void whole_arguments_before_the_name_are_of_one_call(void **state)
{
	call("{'index':0,'function':{'arguments':'{}'}}");
	call("{'index':0,'id':'a','function':{'name':'f'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {}\nclose\n" TOOL_END);
}

static void a_waiting_call_may_lack_its_name_for_long(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{'}}");
	call("{'index':1,'function':{'arguments':'{'}}");
	call("{'index':1,'id':'b','function':{'name':'g'}}");
	call("{'index':1,'function':{'name':'h','arguments':'}'}}");
	call("{'index':0,'function':{'arguments':'}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\nargs }\nclose\nopen call b g\nargs {}\n"
	              "close\n" TOOL_END);
}

static void a_new_id_behind_a_whole_call_begins_the_next(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	call("{'index':0,'id':'b'}");
	call("{'index':0,'function':{'name':'g','arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {}\nclose\nopen call b g\nargs "
	              "{}\nclose\n" TOOL_END);
}

static void without_numbers_and_ids_a_name_begins_a_call(void **state)
{
	call("{'function':{'name':'f','arguments':'{'}}");
	call("{'function':{'name':'g','arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nopen call call_0 f\nargs {\nclose\nopen call call_1 g\nargs {}\n"
	              "close\n" TOOL_END);
}

static void a_name_in_pieces_is_put_together(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'get_'}}");
	call("{'index':0,'function':{'name':'weather'}}");
	call("{'index':0,'function':{'name':'get_weather','arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a get_weather\nargs {}\nclose\n" TOOL_END);
}

static void a_name_told_again_adds_nothing(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{'}}");
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\nargs }\nclose\n" TOOL_END);
}

static void a_whole_call_told_again_is_not_made_twice(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {}\nclose\n" TOOL_END);
}

static void an_id_that_changes_with_every_chunk_is_ignored(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':''}}");
	call("{'index':0,'id':'b','function':{'arguments':'{'}}");
	call("{'index':0,'id':'d','function':{'arguments':'}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\nargs }\nclose\n" TOOL_END);
}

static void calls_without_numbers_are_found_by_id_or_order(void **state)
{
	call("{'id':'a','function':{'name':'f','arguments':'{'}}");
	call("{'function':{'arguments':'\\'x\\':'}}");
	call("{'id':'a','function':{'arguments':'1}'}}");
	call("{'function':{'name':'g','arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\nargs \"x\":\nargs 1}\nclose\n"
	              "open call call_1 g\nargs {}\nclose\n" TOOL_END);
}

static void arguments_may_be_an_object_itself(void **state)
{
	call("{'id':'a','function':{'name':'f','arguments':{ 'n': 1.0, 'n': 12345678901234567890 "
	     "}}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs { \"n\": 1.0, \"n\": 12345678901234567890 }\n"
	              "close\n" TOOL_END);
}

static void blank_or_null_arguments_are_none(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':' '}}");
	call("{'index':1,'id':'b','function':{'name':'f','arguments':'nu'}}");
	call("{'index':1,'function':{'arguments':'ll'}}");
	call("{'index':2,'id':'d','function':{'name':'f','arguments':null}}");
	call("{'index':3,'id':'e','function':{'name':'f'}}");
	end_with_calls();
	assert_events(
		"start c m\nopen call a f\nclose\nopen call b f\nclose\nopen call d f\nclose\n"
		"open call e f\nclose\n" TOOL_END);
}

static void what_only_looked_like_null_is_told(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'nul'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs nul\nclose\n" TOOL_END);
}

static void text_behind_a_whole_call_ends_it(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	delta("'content':'t'");
	call("{'index':1,'id':'b','function':{'name':'g','arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {}\nclose\nopen text\ntext t\nclose\n"
	              "open call b g\nargs {}\nclose\n" TOOL_END);
}

static void text_amid_a_call_waits_for_its_end(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{'}}");
	delta("'content':'t1'");
	delta("'reasoning':'h'");
	delta("'content':'t2'");
	call("{'index':0,'function':{'arguments':'}'}}");
	delta("'content':'t3'");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\nargs }\nclose\nopen think\ntext h\nclose\n"
	              "open text\ntext t1t2\ntext t3\nclose\n" TOOL_END);
}

static void text_that_waited_is_told_at_the_end(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':''}}");
	delta("'content':'t'");
	end_with_calls();
	assert_events("start c m\nopen call a f\nclose\nopen text\ntext t\nclose\n" TOOL_END);
}

static void the_older_function_call_is_a_call(void **state)
{
	delta("'function_call':{'name':'get_','arguments':''}");
	delta("'function_call':{'name':'it'}");
	delta("'function_call':{'arguments':'{'}");
	delta("'function_call':{'arguments':'}'}");
	finish("function_call");
	feed("[DONE]");
	assert_events("start c m\nopen call call_0 get_it\nargs {\nargs }\nclose\n" TOOL_END);
}

static void free_form_input_is_passed_on(void **state)
{
	call("{'index':0,'id':'a','type':'custom','custom':{'name':'sh','input':''}}");
	call("{'index':0,'custom':{'input':'ls '}}");
	call("{'index':0,'custom':{'input':'-l'}}");
	end_with_calls();
	assert_events("start c m\nopen call freeform a sh\nargs ls \nargs -l\nclose\n" TOOL_END);
}

/* Nor is what looks like JSON taken for it. */
static void free_form_input_is_never_split(void **state)
{
	call("{'index':0,'id':'a','type':'custom','custom':{'name':'sh','input':'null'}}");
	call("{'index':0,'custom':{'input':' {}{}'}}");
	call("{'index':1,'id':'b','type':'custom','custom':{'name':'sh','input':''}}");
	end_with_calls();
	assert_events("start c m\nopen call freeform a sh\nargs null\nargs  {}{}\nclose\n"
	              "open call freeform b sh\nclose\n" TOOL_END);
}

static void a_call_without_a_name_is_an_error(void **state)
{
	call("{'index':0,'id':'a','function':{'arguments':'{}'}}");
	end_with_calls();
	assert_events("start c m\nerror message a tool call without a name\nend cut\n");
}

static void an_element_that_says_nothing_is_nothing(void **state)
{
	call("{'index':0}");
	delta("'content':'t'");
	finish("stop");
	assert_events("start c m\nopen text\ntext t\nclose\nstop end\nend clean\n");
}

static void a_cut_closes_what_is_whole(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	assert_events("start c m\nopen call a f\nargs {}\nclose\nend cut\n");
}

static void a_cut_leaves_open_what_is_not(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{'}}");
	call("{'index':1,'id':'b','function':{'name':'g','arguments':'{}'}}");
	assert_events("start c m\nopen call a f\nargs {\nend cut\n");
}

static void surrogates_split_over_arguments_are_joined(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{\\'x\\':\\'\\ud83d'}}");
	call("{'index':0,'function':{'arguments':'\\ude00\\'}'}}");
	end_with_calls();
	assert_events("start c m\nopen call a f\nargs {\"x\":\"\nargs "
	              "\xf0\x9f\x98\x80\"}\nclose\n" TOOL_END);
}

static void too_many_calls_are_an_error_of_ours(void **state)
{
	static const char chunk[] = "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":"
				    "{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}";
	int rc = 0;

	for (int i = 0; i < 600 && !rc; i++)
		rc = us_openai.decode_event(decoder, us_span("", 0), us_span_of(chunk));
	assert_int_equal(rc, US_E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_call_streams_as_it_comes),
		T(calls_one_after_the_other_stay_apart),
		T(mixed_calls_are_sorted),
		T(a_waiting_call_streams_once_the_one_before_is_whole),
		T(calls_that_share_a_number_are_told_apart_by_id),
		T(calls_that_share_a_number_are_told_apart_by_name),
		T(two_objects_in_a_row_are_two_calls),
		T(other_text_behind_arguments_is_kept),
		T(arguments_may_come_before_id_and_name),
		T(whole_arguments_before_the_name_are_of_one_call),
		T(a_waiting_call_may_lack_its_name_for_long),
		T(a_new_id_behind_a_whole_call_begins_the_next),
		T(without_numbers_and_ids_a_name_begins_a_call),
		T(a_name_in_pieces_is_put_together),
		T(a_name_told_again_adds_nothing),
		T(a_whole_call_told_again_is_not_made_twice),
		T(an_id_that_changes_with_every_chunk_is_ignored),
		T(calls_without_numbers_are_found_by_id_or_order),
		T(arguments_may_be_an_object_itself),
		T(blank_or_null_arguments_are_none),
		T(what_only_looked_like_null_is_told),
		T(text_behind_a_whole_call_ends_it),
		T(text_amid_a_call_waits_for_its_end),
		T(text_that_waited_is_told_at_the_end),
		T(the_older_function_call_is_a_call),
		T(free_form_input_is_passed_on),
		T(free_form_input_is_never_split),
		T(a_call_without_a_name_is_an_error),
		T(an_element_that_says_nothing_is_nothing),
		T(a_cut_closes_what_is_whole),
		T(a_cut_leaves_open_what_is_not),
		T(surrogates_split_over_arguments_are_joined),
		T(too_many_calls_are_an_error_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

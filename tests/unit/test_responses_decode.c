/* test_responses_decode.c - Responses answers into hub events */
#define WORLD us_responses
#include "openai_answers.h"

#define CREATED                                                                                    \
	"{'type':'response.created','sequence_number':0,'response':{'id':'resp_1','object':"       \
	"'response','created_at':7,'model':'gpt-5','status':'in_progress','error':null,"           \
	"'output':[],'usage':null}}"
#define USAGE                                                                                      \
	"'usage':{'input_tokens':9,'input_tokens_details':{'cached_tokens':4},'output_tokens':5,"  \
	"'output_tokens_details':{'reasoning_tokens':2},'total_tokens':14}"
#define USAGE_LINE "usage in 9 read 4 out 5 reasoning 2\n"

/* An event about item `index`, with these members. */
static void item(const char *type, int index, const char *members)
{
	char json[4096];

	snprintf(json, sizeof(json), "{'type':'response.%s','output_index':%d,%s}", type, index,
	         members);
	feed(json);
}

static void text_delta(int index, const char *text)
{
	char json[512];

	snprintf(json, sizeof(json),
	         "'item_id':'msg_1','content_index':0,'delta':'%s','logprobs':[],"
	         "'obfuscation':'x7K'",
	         text);
	item("output_text.delta", index, json);
}

static void args_delta(int index, const char *args)
{
	char json[512];

	snprintf(json, sizeof(json), "'item_id':'fc_1','delta':'%s'", args);
	item("function_call_arguments.delta", index, json);
}

static void add_message(int index)
{
	item("output_item.added", index,
	     "'item':{'id':'msg_1','type':'message','status':'in_progress','role':'assistant',"
	     "'content':[]}");
}

static void add_call(int index, const char *id, const char *name)
{
	char json[512];

	snprintf(json, sizeof(json),
	         "'item':{'id':'fc_1','type':'function_call','status':'in_progress',"
	         "'arguments':'','call_id':'%s','name':'%s'}",
	         id, name);
	item("output_item.added", index, json);
}

static void done_call(int index, const char *id, const char *name, const char *args)
{
	char json[512];

	snprintf(json, sizeof(json),
	         "'item':{'id':'fc_1','type':'function_call','status':'completed',"
	         "'arguments':'%s','call_id':'%s','name':'%s'}",
	         args, id, name);
	item("output_item.done", index, json);
}

static void done_message(int index, const char *text)
{
	char json[512];

	snprintf(json, sizeof(json),
	         "'item':{'id':'msg_1','type':'message','status':'completed','role':'assistant',"
	         "'content':[{'type':'output_text','annotations':[],'text':'%s'}]}",
	         text);
	item("output_item.done", index, json);
}

static void completed(const char *output)
{
	char json[4096];

	snprintf(json, sizeof(json),
	         "{'type':'response.completed','response':{'id':'resp_1','created_at':7,"
	         "'model':'gpt-5','status':'completed','error':null,'incomplete_details':null,"
	         "'output':[%s]," USAGE "}}",
	         output);
	feed(json);
}

static void a_stream_of_text_becomes_one_block(void **state)
{
	feed(CREATED);
	feed("{'type':'response.in_progress','response':{'id':'resp_1'}}");
	add_message(0);
	item("content_part.added", 0,
	     "'item_id':'msg_1','content_index':0,'part':{'type':'output_text','text':''}");
	assert_int_equal(events.content, 0);
	text_delta(0, "Hel");
	text_delta(0, "lo");
	item("output_text.done", 0, "'content_index':0,'text':'Hello'");
	item("content_part.done", 0,
	     "'content_index':0,'part':{'type':'output_text','text':'Hello'}");
	done_message(0, "Hello");
	completed("");
	assert_events("start resp_1 gpt-5\nopen text\ntext Hel\ntext lo\nclose\n" USAGE_LINE
	              "stop end\nend clean\n");
	assert_int_equal(events.created, 7);
}

static void calls_stop_as_calls(void **state)
{
	feed(CREATED);
	item("output_item.added", 0, "'item':{'id':'rs_1','type':'reasoning','summary':[]}");
	item("output_item.done", 0, "'item':{'id':'rs_1','type':'reasoning','summary':[]}");
	add_call(1, "call_1", "f");
	assert_int_equal(events.content, 1);
	args_delta(1, "{\\'a\\':");
	args_delta(1, "1}");
	item("function_call_arguments.done", 1, "'arguments':'{\\'a\\':1}'");
	done_call(1, "call_1", "f", "{\\'a\\':1}");
	add_call(2, "call_2", "g");
	done_call(2, "call_2", "g", "");
	completed("");
	assert_events("start resp_1 gpt-5\nopen call call_1 f\nargs {\"a\":\nargs 1}\nclose\n"
	              "open call call_2 g\nclose\n" USAGE_LINE "stop tool\nend clean\n");
}

/* Some servers send no deltas, or leave some out. */
static void what_is_done_completes_what_came(void **state)
{
	feed(CREATED);
	add_message(0);
	text_delta(0, "He");
	item("output_text.done", 0, "'content_index':0,'text':'Hello'");
	item("output_item.done", 0,
	     "'item':{'type':'message','content':[{'type':'output_text','text':'Hello'},"
	     "{'type':'output_text','text':', you'}]}");
	add_call(1, "c", "f");
	item("function_call_arguments.done", 1, "'arguments':'{}'");
	done_call(1, "c", "f", "{}");
	done_call(2, "d", "g", "{\\'a\\':1}");
	completed("");
	assert_events("start resp_1 gpt-5\nopen text\ntext He\ntext llo\nclose\nopen text\n"
	              "text , you\nclose\nopen call c f\nargs {}\nclose\nopen call d g\n"
	              "args {\"a\":1}\nclose\n" USAGE_LINE "stop tool\nend clean\n");
}

static void nothing_but_the_end_is_an_answer_too(void **state)
{
	completed("{'type':'message','content':[{'type':'output_text','text':'hi'}]},"
	          "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'}");
	assert_events("start resp_1 gpt-5\nopen text\ntext hi\nclose\nopen call c f\nargs {}\n"
	              "close\n" USAGE_LINE "stop tool\nend clean\n");
}

/* An item that was begun, and whose end is missing, is completed by the whole answer. */
static void the_end_completes_what_has_no_end(void **state)
{
	feed(CREATED);
	add_message(0);
	text_delta(0, "he");
	completed("{'type':'message','content':[{'type':'output_text','text':'hey'}]}");
	assert_events("start resp_1 gpt-5\nopen text\ntext he\ntext y\nclose\n" USAGE_LINE
	              "stop end\nend clean\n");
}

/* One block is open at a time: what comes of others waits. */
static void items_that_are_told_at_once_are_put_in_a_row(void **state)
{
	feed(CREATED);
	add_call(0, "a", "f");
	add_call(1, "b", "g");
	add_message(2);
	args_delta(1, "{\\'b\\'");
	text_delta(2, "x");
	args_delta(0, "{}");
	args_delta(1, ":1}");
	done_call(1, "b", "g", "{\\'b\\':1}");
	text_delta(2, "y");
	done_call(0, "a", "f", "{}");
	text_delta(2, "z");
	done_message(2, "xyz");
	completed("");
	assert_events("start resp_1 gpt-5\nopen call a f\nargs {}\nclose\n"
	              "open call b g\nargs {\"b\"\nargs :1}\nclose\n"
	              "open text\ntext x\ntext y\ntext z\nclose\n" USAGE_LINE
	              "stop tool\nend clean\n");
}

static void what_waits_is_told_at_the_end_at_the_latest(void **state)
{
	feed(CREATED);
	add_call(0, "a", "f");
	add_call(1, "b", "g");
	args_delta(1, "{}");
	add_call(2, "c", "h");
	args_delta(0, "{}");
	completed("");
	assert_events("start resp_1 gpt-5\nopen call a f\nargs {}\nclose\nopen call b g\nargs {}\n"
	              "close\nopen call c h\nclose\n" USAGE_LINE "stop tool\nend clean\n");
}

static void messages_one_behind_the_other_are_parted(void **state)
{
	feed(CREATED);
	add_message(0);
	text_delta(0, "a");
	done_message(0, "a");
	item("output_item.added", 1, "'item':{'id':'rs_1','type':'reasoning','summary':[]}");
	item("output_item.done", 1, "'item':{'id':'rs_1','type':'reasoning','summary':[]}");
	add_message(2);
	text_delta(2, "b");
	done_message(2, "b");
	completed("");
	assert_events("start resp_1 gpt-5\nopen text\ntext a\nclose\nopen text\ntext \n\n"
	              "\ntext b\nclose\n" USAGE_LINE "stop end\nend clean\n");
}

static void thoughts_are_no_content(void **state)
{
	feed(CREATED);
	item("output_item.added", 0, "'item':{'id':'rs_1','type':'reasoning','summary':[]}");
	item("reasoning_summary_text.delta", 0, "'summary_index':0,'delta':'h'");
	item("reasoning_summary_text.done", 0, "'summary_index':0,'text':'h'");
	item("reasoning_summary_text.delta", 0, "'summary_index':1,'delta':'m'");
	item("reasoning_text.delta", 0, "'content_index':0,'delta':'raw'");
	item("output_item.done", 0,
	     "'item':{'type':'reasoning','summary':[{'type':'summary_text','text':'h'},"
	     "{'type':'summary_text','text':'m'}],'content':[{'type':'reasoning_text',"
	     "'text':'raw!'}],'encrypted_content':'x'}");
	assert_int_equal(events.content, 0);
	add_message(1);
	text_delta(1, "t");
	done_message(1, "t");
	completed("");
	assert_events("start resp_1 gpt-5\nopen think\ntext h\nclose\nopen think\ntext m\nclose\n"
	              "open think\ntext raw\ntext !\nclose\nopen text\ntext t\nclose\n" USAGE_LINE
	              "stop end\nend clean\n");
}

static void hosted_tools_at_work_are_passed_over(void **state)
{
	feed(CREATED);
	item("output_item.added", 0, "'item':{'id':'ws_1','type':'web_search_call'}");
	item("web_search_call.searching", 0, "'item_id':'ws_1'");
	add_message(1);
	item("output_item.done", 0, "'item':{'id':'ws_1','type':'web_search_call'}");
	text_delta(1, "t");
	item("output_text.annotation.added", 1, "'annotation':{'type':'url_citation'}");
	done_message(1, "t");
	feed("{'type':'response.some_new_event','x':1}");
	completed("{'type':'web_search_call'},{'type':'message','content':[{'type':'output_text',"
	          "'text':'t'}]}");
	assert_events("start resp_1 gpt-5\nopen text\ntext t\nclose\n" USAGE_LINE
	              "stop end\nend clean\n");
}

static void free_form_calls_say_that_they_are(void **state)
{
	feed(CREATED);
	item("output_item.added", 0,
	     "'item':{'type':'custom_tool_call','call_id':'c','name':'sh','input':''}");
	item("custom_tool_call_input.delta", 0, "'delta':'ls'");
	item("custom_tool_call_input.done", 0, "'input':'ls -l'");
	item("output_item.done", 0,
	     "'item':{'type':'custom_tool_call','call_id':'c','name':'sh','input':'ls -l'}");
	completed("");
	assert_events(
		"start resp_1 gpt-5\nopen call freeform c sh\nargs ls\nargs  -l\nclose\n" USAGE_LINE
		"stop tool\nend clean\n");
}

static void a_refusal_stops_as_one(void **state)
{
	feed(CREATED);
	add_message(0);
	item("refusal.delta", 0, "'content_index':0,'delta':'No'");
	item("refusal.done", 0, "'content_index':0,'refusal':'No.'");
	item("output_item.done", 0,
	     "'item':{'type':'message','content':[{'type':'refusal','refusal':'No.'}]}");
	completed("");
	assert_events("start resp_1 gpt-5\nopen refusal\ntext No\ntext .\nclose\n" USAGE_LINE
	              "stop refusal\nend clean\n");
}

static void an_answer_may_be_incomplete(void **state)
{
	feed("{'type':'response.incomplete','response':{'id':'r','model':'m','status':'incomplete',"
	     "'incomplete_details':{'reason':'max_output_tokens'},'output':[{'type':'message',"
	     "'status':'incomplete','content':[{'type':'output_text','text':'a'}]}]}}");
	assert_events("start r m\nopen text\ntext a\nclose\nstop max\nend clean\n");
}

static void a_filter_may_have_cut_it(void **state)
{
	assert_whole("{'id':'r','model':'m','status':'incomplete','incomplete_details':{"
	             "'reason':'content_filter'},'output':[]}",
	             "start r m\nstop filter\nend clean\n");
}

/* Nothing of it may be told: another provider can still take over. */
static void an_answer_that_failed_tells_nothing_but_that(void **state)
{
	feed(CREATED);
	feed("{'type':'response.failed','response':{'id':'resp_1','status':'failed','error':{"
	     "'code':'rate_limit_exceeded','message':'slow down'},'output':[{'type':'message',"
	     "'content':[{'type':'output_text','text':'a'}]}]}}");
	assert_events(
		"start resp_1 gpt-5\nerror status 429 code rate_limit_exceeded message slow down\n"
		"end cut\n");
	assert_int_equal(events.content, 0);
}

static void errors_come_nested_or_not(void **state)
{
	static const struct {
		const char *event, *line;
	} cases[] = {
		{ "{'type':'error','code':'server_error','message':'m','param':null,"
		  "'sequence_number':3}",
		  "error status 500 code server_error message m\nend cut\n" },
		{ "{'type':'error','error':{'type':'server_error','code':null,'message':'m',"
		  "'param':'p'},'sequence_number':3}",
		  "error type server_error param p message m\nend cut\n" },
		{ "{'error':{'message':'m','type':'t'}}", "error type t message m\nend cut\n" },
	};
	char want[256];

	for (size_t i = 0; i < US_COUNT(cases); i++) {
		snprintf(want, sizeof(want), "start resp_1 gpt-5\n%s", cases[i].line);
		feed(CREATED);
		feed(cases[i].event);
		assert_events(want);
		teardown(state);
		setup(state);
	}
}

static void what_is_no_answer_fails(void **state)
{
	static const char *const bodies[] = {
		"{'id':'r','status':'queued','output':[]}",
		"{'id':'r','status':'in_progress','output':[]}",
		"{'id':'r','status':'cancelled','output':[]}",
		"{'id':'r','status':'failed','error':{'message':'x'},'output':[]}",
		"{'id':'r','status':'completed'}",
		"{'id':'r','output':[{'type':'function_call','arguments':'{}'}]}",
	};
	struct us_doc doc = { 0 };
	char json[512];

	for (size_t i = 0; i < US_COUNT(bodies); i++) {
		assert_int_equal(us_doc_parse(&doc, unquote(bodies[i], json, sizeof(json))), 0);
		us_responses.decode_whole(decoder, us_doc_root(&doc));
		us_responses.decode_end(decoder);
		if (!events.failed || events.clean || events_broken(&events))
			fail_msg("%s", bodies[i]);
		teardown(state);
		setup(state);
	}
	us_doc_fini(&doc);
}

/* Whatever it may lack, nobody can tell. */
static void a_stream_without_its_end_is_cut(void **state)
{
	feed(CREATED);
	add_message(0);
	text_delta(0, "a");
	done_message(0, "a");
	feed("[DONE]");
	assert_events("start resp_1 gpt-5\nopen text\ntext a\nclose\nend cut\n");
}

static void what_comes_after_the_end_is_ignored(void **state)
{
	completed("");
	completed("{'type':'message','content':[{'type':'output_text','text':'a'}]}");
	feed("[DONE]");
	assert_events("start resp_1 gpt-5\n" USAGE_LINE "stop end\nend clean\n");
}

static void a_payload_that_is_no_object_is_an_error(void **state)
{
	feed(CREATED);
	feed("{'type':");
	assert_events("start resp_1 gpt-5\nerror message a piece of the stream is not a JSON "
	              "object\nend cut\n");
}

static void a_character_that_two_deltas_share_is_one(void **state)
{
	feed(CREATED);
	add_message(0);
	text_delta(0, "\\ud83d");
	text_delta(0, "\\ude00");
	done_message(0, "\\ud83d\\ude00");
	completed("");
	assert_events("start resp_1 gpt-5\nopen text\ntext \xf0\x9f\x98\x80\nclose\n" USAGE_LINE
	              "stop end\nend clean\n");
}

static void what_is_done_completes_half_a_character(void **state)
{
	feed(CREATED);
	add_message(0);
	text_delta(0, "half \\ud83d");
	item("output_text.done", 0, "'content_index':0,'text':'half \\ud83d\\ude00 whole'");
	completed("");
	assert_events("start resp_1 gpt-5\nopen text\ntext half \ntext \xf0\x9f\x98\x80 "
	              "whole\nclose\n" USAGE_LINE "stop end\nend clean\n");
}

static void a_whole_answer_is_worth_its_events(void **state)
{
	assert_whole("{'id':'r','created_at':7,'model':'m','status':'completed','error':null,"
	             "'output':[{'type':'reasoning','summary':[{'text':'h'}]},{'type':'message',"
	             "'role':'assistant','content':[{'type':'output_text','text':'t'},"
	             "{'type':'refusal','refusal':'n'}]},{'type':'custom_tool_call','call_id':'c',"
	             "'name':'sh','input':'null'},{'type':'function_call','call_id':'d',"
	             "'name':'f','arguments':'{\\'a\\':9007199254740993}'}]," USAGE "}",
	             "start r m\nopen think\ntext h\nclose\nopen text\ntext t\nclose\n"
	             "open refusal\ntext n\nclose\nopen call freeform c sh\nargs null\nclose\n"
	             "open call d f\nargs {\"a\":9007199254740993}\nclose\n" USAGE_LINE
	             "stop tool\nend clean\n");
}

/* A hostile answer must not make us keep a list without end. */
static void too_many_items_are_an_error(void **state)
{
	feed(CREATED);
	for (int i = 0; i < 600 && !events.failed; i++)
		done_call(i, "c", "f", "{}");
	assert_true(events.failed);
	us_responses.decode_end(decoder);
	assert_null(events_broken(&events));
}

static void memory_that_runs_out_is_told(void **state)
{
	static const char *const stream[] = {
		"{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"type\":"
		"\"message\"}}",
		"{\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":"
		"\"\\ud83d\"}",
		"{\"type\":\"response.output_text.delta\",\"output_index\":1,\"delta\":\"b\"}",
		"{\"type\":\"response.completed\",\"response\":{\"id\":\"r\\n\",\"output\":[]}}",
	};

	assert_int_equal(count_starving(stream, US_COUNT(stream)), 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stream_of_text_becomes_one_block),
		TEST(calls_stop_as_calls),
		TEST(what_is_done_completes_what_came),
		TEST(nothing_but_the_end_is_an_answer_too),
		TEST(the_end_completes_what_has_no_end),
		TEST(items_that_are_told_at_once_are_put_in_a_row),
		TEST(what_waits_is_told_at_the_end_at_the_latest),
		TEST(messages_one_behind_the_other_are_parted),
		TEST(thoughts_are_no_content),
		TEST(hosted_tools_at_work_are_passed_over),
		TEST(free_form_calls_say_that_they_are),
		TEST(a_refusal_stops_as_one),
		TEST(an_answer_may_be_incomplete),
		TEST(a_filter_may_have_cut_it),
		TEST(an_answer_that_failed_tells_nothing_but_that),
		TEST(errors_come_nested_or_not),
		TEST(what_is_no_answer_fails),
		TEST(a_stream_without_its_end_is_cut),
		TEST(what_comes_after_the_end_is_ignored),
		TEST(a_payload_that_is_no_object_is_an_error),
		TEST(a_character_that_two_deltas_share_is_one),
		TEST(what_is_done_completes_half_a_character),
		TEST(a_whole_answer_is_worth_its_events),
		TEST(too_many_items_are_an_error),
		TEST(memory_that_runs_out_is_told),
	};

	return cmocka_run_group_tests_name("responses_decode", tests, NULL, NULL);
}

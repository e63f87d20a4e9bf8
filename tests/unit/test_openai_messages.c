/* test_openai_messages.c - messages of a Chat Completions request into turns of the hub */
#include "openai_world.h"

static void assert_turns(const char *messages, const char *want)
{
	read_messages(messages);
	assert_string_equal(turns(), want);
}

static void every_role_becomes_a_turn_in_its_place(void **state)
{
	assert_turns(
		"{'role':'system','content':'S'},{'role':'developer','content':'D'},"
		"{'role':'user','content':'U','name':'ann'},{'role':'assistant','content':'A'},"
		"{'role':'system','content':'late'}",
		"system (text S)\ndeveloper (text D)\nuser <ann> (text U)\n"
		"assistant (text A)\nsystem (text late)");
}

static void an_empty_string_is_no_block(void **state)
{
	assert_turns("{'role':'user','content':''},{'role':'assistant','content':null},"
	             "{'role':'assistant'}",
	             "user\nassistant\nassistant");
}

static void parts_are_read_by_their_type(void **state)
{
	assert_turns("{'role':'user','content':[{'type':'text','text':'t'},"
	             "{'type':'image_url','image_url':{'url':'https://x/y','detail':'low'}},"
	             "{'type':'image_url','image_url':'https://x/z'},"
	             "{'type':'input_audio','input_audio':{'data':'AAAA','format':'wav'}},"
	             "{'type':'refusal','refusal':'no'}]}",
	             "user (text t) (image url - https://x/y low) (image url - https://x/z)"
	             " (audio base64 wav AAAA) (refusal no)");
}

static void data_urls_are_split(void **state)
{
	assert_turns(
		"{'role':'user','content':["
		"{'type':'image_url','image_url':{'url':'data:image/jpg;base64,/9j/'}},"
		"{'type':'file','file':{'filename':'a.pdf','file_data':'data:application/"
		"pdf;base64,"
		"JVBERg=='}}]}",
		"user (image base64 image/jpeg /9j/) (doc base64 application/pdf JVBERg== a.pdf)");
}

static void a_file_is_an_upload_or_bytes_or_a_url(void **state)
{
	assert_turns("{'role':'user','content':[{'type':'file','file':{'file_data':'JVBERg=='}},"
	             "{'type':'file','file':{'file_data':'https://x/a.pdf'}},"
	             "{'type':'file','file':{'file_id':'file-1'}}]}",
	             "user (doc base64 application/pdf JVBERg==) (doc url - https://x/a.pdf)"
	             " (doc file - file-1)");
	assert_string_equal(names(req.state_refs, req.nstate_refs), "file_id");
}

static void a_part_that_cannot_be_read_is_unknown_and_kept(void **state)
{
	assert_turns(
		"{'role':'user','content':[{'type':'video_url','video_url':{'url':'v'}},"
		"{'type':'text'},{'type':'image_url','image_url':{}},{'type':'file','file':{}},"
		"{'type':'input_audio','input_audio':{'data':'AA=='}}]}",
		"user (unknown video_url) (unknown text) (unknown image_url) (unknown file)"
		" (unknown input_audio)");
	assert_span(req.turns[0].blocks[1].raw, "{\"type\":\"text\"}");
}

static void both_kinds_of_cache_marks_are_kept(void **state)
{
	assert_turns("{'role':'user','content':["
	             "{'type':'text','text':'a','cache_control':{'type':'ephemeral','ttl':'1h'}},"
	             "{'type':'text','text':'b','prompt_cache_breakpoint':{'mode':'explicit'}},"
	             "{'type':'text','text':'c'}]}",
	             "user (text a)* (text b)* (text c)");
	assert_span(req.turns[0].blocks[0].cache, "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}");
	assert_span(req.turns[0].blocks[1].cache, "{\"type\":\"ephemeral\"}");
}

static void an_assistant_thinks_then_speaks_then_calls(void **state)
{
	assert_turns("{'role':'assistant','tool_calls':[{'id':'c1','type':'function','function':"
	             "{'name':'f','arguments':'{}'}}],'refusal':'r','content':'t',"
	             "'reasoning_content':'h','reasoning':'h'}",
	             "assistant (think h) (text t) (refusal r) (call c1 f object {})");
}

static void reasoning_is_found_under_each_of_its_names(void **state)
{
	assert_turns(
		"{'role':'assistant','content':'t','reasoning':'a'},"
		"{'role':'assistant','content':'t','reasoning_details':["
		"{'type':'reasoning.text','text':'b'},{'type':'reasoning.summary','summary':'c'},"
		"{'type':'reasoning.encrypted','data':'x'}]},"
		"{'role':'assistant','content':[{'type':'thinking','thinking':"
		"[{'type':'text','text':'d'}]},{'type':'text','text':'t'}]}",
		"assistant (think a) (text t)\nassistant (think b) (think c) (text t)\n"
		"assistant (think d) (text t)");
}

static void arguments_keep_their_bytes_and_get_a_kind(void **state)
{
	assert_turns(
		"{'role':'assistant','tool_calls':["
		"{'id':'1','function':{'name':'f','arguments':'{\\'id\\': 9007199254740993}'}},"
		"{'id':'2','function':{'name':'f','arguments':''}},"
		"{'id':'3','function':{'name':'f','arguments':'[1]'}},"
		"{'id':'4','function':{'name':'f','arguments':'{}{}'}},"
		"{'id':'5','function':{'name':'f','arguments':{'n':1.0}}},"
		"{'id':'6','function':{'name':'f'}},"
		"{'id':'7','type':'custom','custom':{'name':'g','input':'ls -l'}}]}",
		"assistant (call 1 f object {\"id\": 9007199254740993}) (call 2 f empty)"
		" (call 3 f other [1]) (call 4 f invalid {}{}) (call 5 f object {\"n\":1.0})"
		" (call 6 f empty) (call 7 g freeform ls -l)");
}

static void results_and_the_user_message_behind_them_are_one_turn(void **state)
{
	assert_turns("{'role':'tool','tool_call_id':'1','content':'a'},"
	             "{'role':'tool','tool_call_id':'2','content':[{'type':'text','text':'b'},"
	             "{'type':'text','text':'c'}]},"
	             "{'role':'user','content':'u','name':'ann'},{'role':'user','content':'v'}",
	             "user <ann> (result 1 (text a)) (result 2 (text b) (text c)) (text u)\n"
	             "user (text v)");
}

static void a_result_behind_something_else_begins_a_turn(void **state)
{
	assert_turns(
		"{'role':'user','content':'u'},{'role':'tool','tool_call_id':'1','content':''},"
		"{'role':'system','content':'s'},{'role':'user','content':'v'}",
		"user (text u)\nuser (result 1)\nsystem (text s)\nuser (text v)");
}

static void older_results_find_their_call_by_name(void **state)
{
	assert_turns("{'role':'assistant','content':null,'function_call':{'name':'f',"
	             "'arguments':'{}'}},{'role':'function','name':'f','content':'1'},"
	             "{'role':'assistant','content':null,'function_call':{'name':'f',"
	             "'arguments':'{}'}},{'role':'function','name':'f','content':'2'},"
	             "{'role':'function','name':'g','content':'3'}",
	             "assistant (call call_function_1 f object {})\n"
	             "user (result call_function_1 (text 1))\n"
	             "assistant (call call_function_3 f object {})\n"
	             "user (result call_function_3 (text 2)) (result call_function (text 3))");
}

static void a_call_without_an_id_gets_one_of_its_own(void **state)
{
	assert_turns("{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':'{}'}},"
	             "{'id':'','function':{'name':'f','arguments':'{}'}}]}",
	             "assistant (call call_1_1 f object {}) (call call_1_2 f object {})");
}

static void sound_of_an_earlier_answer_is_state_at_openai(void **state)
{
	read_messages("{'role':'assistant','audio':{'id':'audio_1'}}");
	assert_string_equal(names(req.state_refs, req.nstate_refs), "audio.id");
}

static void lone_surrogates_reach_the_hub(void **state)
{
	read_messages("{'role':'user','content':'a\\ud83d'}");
	assert_span(req.turns[0].blocks[0].text, "a\xed\xa0\xbd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(every_role_becomes_a_turn_in_its_place),
		T(an_empty_string_is_no_block),
		T(parts_are_read_by_their_type),
		T(data_urls_are_split),
		T(a_file_is_an_upload_or_bytes_or_a_url),
		T(a_part_that_cannot_be_read_is_unknown_and_kept),
		T(both_kinds_of_cache_marks_are_kept),
		T(an_assistant_thinks_then_speaks_then_calls),
		T(reasoning_is_found_under_each_of_its_names),
		T(arguments_keep_their_bytes_and_get_a_kind),
		T(results_and_the_user_message_behind_them_are_one_turn),
		T(a_result_behind_something_else_begins_a_turn),
		T(older_results_find_their_call_by_name),
		T(a_call_without_an_id_gets_one_of_its_own),
		T(sound_of_an_earlier_answer_is_state_at_openai),
		T(lone_surrogates_reach_the_hub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

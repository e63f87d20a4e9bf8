/* test_openai_turns.c - turns of the hub as Chat Completions messages */
#include "openai_world.h"

static const struct us_model chat = { .json_schema = true, .system_turn = true, .stop = true };

/* Messages that come out as they went in. */
static void assert_kept(const char *messages)
{
	read_messages(messages);
	write_request(&chat, false);
	assert_messages(messages);
	assert_told(US_EXACT, NULL);
}

static void assert_rendered(bool compatible, const char *in, const char *out)
{
	read_messages(in);
	write_request(&chat, compatible);
	assert_messages(out);
}

/* A block to change, of the turn and place. */
static struct us_block *block(size_t turn, size_t at) { return &req.turns[turn].blocks[at]; }

static void plain_messages_stay_as_they_are(void **state)
{
	assert_kept("{'role':'developer','content':'d'},{'role':'user','content':'u','name':'ann'},"
	            "{'role':'assistant','content':'a','name':'bob'},"
	            "{'role':'system','content':'late','name':'sys'}");
}

static void parts_stay_parts(void **state)
{
	assert_kept(
		"{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]},"
		"{'role':'user','content':[{'type':'text','text':'t'},{'type':'image_url',"
		"'image_url':{'url':'https://x/y','detail':'low'}},{'type':'image_url',"
		"'image_url':{'url':'data:image/png;base64,AAAA'}},{'type':'input_audio',"
		"'input_audio':{'data':'AAAA','format':'mp3'}},{'type':'file','file':"
		"{'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERg=='}}]}");
}

static void calls_and_results_stay_what_they_are(void **state)
{
	assert_kept("{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',"
	            "'function':{'name':'f','arguments':'{\\'id\\': 9007199254740993}'}},"
	            "{'id':'c2','type':'custom','custom':{'name':'sh','input':'ls'}}]},"
	            "{'role':'tool','tool_call_id':'c1','content':'r1'},"
	            "{'role':'tool','tool_call_id':'c2','content':'r2'},"
	            "{'role':'user','content':'go on'}");
}

static void compatible_servers_get_the_simple_forms(void **state)
{
	assert_rendered(
		true,
		"{'role':'developer','content':[{'type':'text','text':'a'},"
		"{'type':'text','text':'b'}],'name':'n'},"
		"{'role':'user','content':[{'type':'text','text':'c'},"
		"{'type':'text','text':'d'}]}",
		"{'role':'system','content':'a\\n\\nb'},{'role':'user','content':'c\\n\\nd'}");
}

static void texts_of_an_answer_are_one_unless_something_parts_them(void **state)
{
	read_messages("{'role':'assistant','content':[{'type':'text','text':'a'},"
	              "{'type':'text','text':'b'},{'type':'thinking','thinking':[{'text':'t'}]},"
	              "{'type':'text','text':'c'},{'type':'text','text':'d'}]},"
	              "{'role':'assistant','content':'t','reasoning':'h'}");
	write_request(&chat, false);
	assert_messages("{'role':'assistant','content':'ab\\n\\ncd'},"
	                "{'role':'assistant','content':'t'}");
}

static void a_refusal_keeps_its_member_only_at_openai(void **state)
{
	assert_kept("{'role':'assistant','content':'','refusal':'no'}");
	write_request(&chat, true);
	assert_messages("{'role':'assistant','content':'no'}");
}

static void empty_arguments_become_an_empty_object(void **state)
{
	assert_rendered(
		false,
		"{'role':'assistant','content':'t','tool_calls':[{'id':'c','type':'function',"
		"'function':{'name':'f','arguments':' '}}]}",
		"{'role':'assistant','content':'t','tool_calls':[{'id':'c','type':'function',"
		"'function':{'name':'f','arguments':'{}'}}]}");
}

static void bad_arguments_are_not_mended(void **state)
{
	assert_kept("{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function',"
	            "'function':{'name':'f','arguments':'{\\'a\\':1}{'}}]}");
}

static void a_free_form_call_is_wrapped_for_compatible_servers(void **state)
{
	assert_rendered(
		true,
		"{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'custom',"
		"'custom':{'name':'sh','input':'echo \\'x\\''}}]}",
		"{'role':'assistant','content':null,'tool_calls':[{'id':'c','type':'function',"
		"'function':{'name':'sh','arguments':'{\\'input\\':\\'echo \\\\\\'x\\\\\\'\\'}"
		"'}}]}");
}

static void a_failed_result_says_so_unless_it_does(void **state)
{
	read_messages("{'role':'tool','tool_call_id':'1','content':'not found'},"
	              "{'role':'tool','tool_call_id':'2','content':'ERROR 5'},"
	              "{'role':'tool','tool_call_id':'3','content':''},"
	              "{'role':'tool','tool_call_id':'4','content':'Error'}");
	for (size_t i = 0; i < 4; i++)
		block(0, i)->is_error = US_YES;
	write_request(&chat, false);
	assert_messages("{'role':'tool','tool_call_id':'1','content':'[tool error] not found'},"
	                "{'role':'tool','tool_call_id':'2','content':'ERROR 5'},"
	                "{'role':'tool','tool_call_id':'3','content':'[tool error] '},"
	                "{'role':'tool','tool_call_id':'4','content':'Error'}");
	assert_told(US_DEGRADED, "ERROR_FLAG_IN_TEXT");
}

static void images_of_results_follow_in_one_user_message(void **state)
{
	read_messages(
		"{'role':'tool','tool_call_id':'1','name':'see','content':["
		"{'type':'text','text':'a'},{'type':'text','text':'b'},"
		"{'type':'image_url','image_url':{'url':'https://x/1'}}]},"
		"{'role':'tool','tool_call_id':'2','content':[{'type':'image_url','image_url':"
		"{'url':'https://x/2'}}]},{'role':'user','content':'u'}");
	write_request(&chat, false);
	assert_messages("{'role':'tool','tool_call_id':'1','content':'a\\n\\nb'},"
	                "{'role':'tool','tool_call_id':'2','content':''},"
	                "{'role':'user','content':["
	                "{'type':'text','text':'[image returned by tool see]'},"
	                "{'type':'image_url','image_url':{'url':'https://x/1'}},"
	                "{'type':'text','text':'[image returned by tool 2]'},"
	                "{'type':'image_url','image_url':{'url':'https://x/2'}},"
	                "{'type':'text','text':'u'}]}");
	assert_told(US_DEGRADED, "RESULT_IMAGE_MOVED");
}

static void a_result_says_when_a_document_is_missing(void **state)
{
	read_messages("{'role':'tool','tool_call_id':'1','content':[{'type':'text','text':'a'},"
	              "{'type':'file','file':{'file_data':'JVBERg=='}}]}");
	write_request(&chat, false);
	assert_messages("{'role':'tool','tool_call_id':'1',"
	                "'content':'a\\n\\n[a document that could not be passed on]'}");
	assert_told(US_DEGRADED, "RESULT_MEDIA_DROPPED");
}

static void a_document_of_text_is_told_as_text(void **state)
{
	struct us_block inner[] = { { .kind = US_TEXT, .text = US_SPAN("x") },
		                    { .kind = US_TEXT, .text = US_SPAN("y") } };

	read_messages("{'role':'user','content':[{'type':'text','text':'q'},{'type':'text',"
	              "'text':'body'},{'type':'text','text':''}]}");
	block(0, 1)->kind = US_DOC;
	block(0, 1)->media = US_MEDIA_TEXT;
	block(0, 1)->title = US_SPAN("T");
	write_request(&chat, false);
	assert_told(US_EXACT, NULL);
	*block(0, 2) = (struct us_block){ .kind = US_DOC,
		                          .media = US_MEDIA_BLOCKS,
		                          .blocks = inner,
		                          .nblocks = 2,
		                          .cite = true };
	write_request(&chat, false);
	assert_messages("{'role':'user','content':[{'type':'text','text':'q'},"
	                "{'type':'text','text':'<document title=\\'T\\'>\\nbody\\n</document>'},"
	                "{'type':'text','text':'<document>\\nx\\n\\ny\\n</document>'}]}");
	assert_told(US_RISKY, "CITATIONS_LOST");
	block(0, 2)->cite = false;
	write_request(&chat, false);
	assert_told(US_EXACT, NULL);
	inner[1] = (struct us_block){ .kind = US_IMAGE };
	write_request(&chat, false);
	assert_told(US_DEGRADED, "DOCUMENT_MEDIA_DROPPED");
}

static void citations_of_a_file_are_lost_too(void **state)
{
	read_messages(
		"{'role':'user','content':[{'type':'file','file':{'file_data':'JVBERg=='}}]}");
	write_request(&chat, false);
	assert_told(US_EXACT, NULL);
	block(0, 0)->cite = true;
	write_request(&chat, false);
	assert_told(US_RISKY, "CITATIONS_LOST");
}

static void what_the_target_cannot_see_is_impossible(void **state)
{
	static const struct {
		const char *part;
		bool compatible;
		const char *code;
	} rows[] = {
		{ "{'type':'image_url','image_url':{'url':'data:image/tiff;base64,AA=='}}", false,
		  "IMAGE_FORMAT" },
		{ "{'type':'input_audio','input_audio':{'data':'AA==','format':'ogg'}}", false,
		  "AUDIO_FORMAT" },
		{ "{'type':'file','file':{'file_data':'https://x/a.pdf'}}", false,
		  "DOCUMENT_UNSUPPORTED" },
		{ "{'type':'file','file':{'file_data':'data:application/pdf;base64,JVBERg=='}}",
		  true, "DOCUMENT_UNSUPPORTED" },
		{ "{'type':'file','file':{'file_data':'data:text/plain;base64,AA=='}}", false,
		  "DOCUMENT_UNSUPPORTED" },
		{ "{'type':'video_url'}", false, "UNKNOWN_BLOCK" },
	};
	char message[256];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(message, sizeof(message), "{'role':'user','content':[%s]}", rows[i].part);
		read_messages(message);
		write_request(&chat, rows[i].compatible);
		assert_told(US_IMPOSSIBLE, rows[i].code);
	}
}

static void what_another_provider_said_by_other_means_is_told(void **state)
{
	static const struct {
		enum us_role role;
		struct us_block block;
		enum us_loss loss;
		const char *code;
	} rows[] = {
		{ US_ROLE_USER, { .kind = US_HOSTED }, US_IMPOSSIBLE, "HOSTED_BLOCK" },
		{ US_ROLE_USER,
		  { .kind = US_IMAGE, .media = US_MEDIA_FILE_ID },
		  US_IMPOSSIBLE,
		  "STATE_REF" },
		{ US_ROLE_ASSISTANT, { .kind = US_HOSTED }, US_IMPOSSIBLE, "HOSTED_BLOCK" },
		{ US_ROLE_ASSISTANT, { .kind = US_UNKNOWN }, US_IMPOSSIBLE, "UNKNOWN_BLOCK" },
		{ US_ROLE_ASSISTANT, { .kind = US_IMAGE }, US_DEGRADED, "ASSISTANT_MEDIA_DROPPED" },
		{ US_ROLE_SYSTEM, { .kind = US_IMAGE }, US_IMPOSSIBLE, "SYSTEM_MEDIA" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		read_messages("{'role':'user','content':'u'}");
		req.turns[0].role = rows[i].role;
		*block(0, 0) = rows[i].block;
		write_request(&chat, false);
		assert_told(rows[i].loss, rows[i].code);
	}
}

static void lone_surrogates_are_written_as_escapes(void **state)
{
	assert_kept("{'role':'user','content':'a\\ud83d'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(plain_messages_stay_as_they_are),
		T(parts_stay_parts),
		T(calls_and_results_stay_what_they_are),
		T(compatible_servers_get_the_simple_forms),
		T(texts_of_an_answer_are_one_unless_something_parts_them),
		T(a_refusal_keeps_its_member_only_at_openai),
		T(empty_arguments_become_an_empty_object),
		T(bad_arguments_are_not_mended),
		T(a_free_form_call_is_wrapped_for_compatible_servers),
		T(a_failed_result_says_so_unless_it_does),
		T(images_of_results_follow_in_one_user_message),
		T(a_result_says_when_a_document_is_missing),
		T(a_document_of_text_is_told_as_text),
		T(citations_of_a_file_are_lost_too),
		T(what_the_target_cannot_see_is_impossible),
		T(what_another_provider_said_by_other_means_is_told),
		T(lone_surrogates_are_written_as_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_anthropic_turns.c - system and messages of Anthropic's requests, written */
#include "anthropic_writing.h"

/* The content of one user message, read and written. */
static void assert_content(const char *in, const char *want)
{
	char messages[4096];

	read_blocks(in);
	write_for(&model_old);
	snprintf(messages, sizeof(messages), "[{'role':'user','content':%s}]", want);
	assert_member("messages", messages);
}

static void a_request_is_written_to_the_byte(void **state)
{
	static const char want[] =
		"{\"model\":\"claude\",\"max_tokens\":100,\"tools\":[{\"name\":\"f\","
		"\"input_schema\":{\"type\":\"object\"}}],\"system\":[{\"type\":\"text\",\"text\":"
		"\"S\"}],\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
		"\"u\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":"
		"\"call_1\",\"name\":\"f\",\"input\":{\"id\":9007199254740993}},{\"type\":"
		"\"tool_use\",\"id\":\"call_2\",\"name\":\"g\",\"input\":{}}]},{\"role\":\"user\","
		"\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"call_1\",\"content\":"
		"\"r1\"},{\"type\":\"tool_result\",\"tool_use_id\":\"call_2\",\"content\":\"r2\"},"
		"{\"type\":\"text\",\"text\":\"go on\"}]}],\"temperature\":0.50,"
		"\"stop_sequences\":[\"x\"],\"metadata\":{\"user_id\":\"u-1\"},\"stream\":true}";

	assert_int_equal(
		read_request(
			"{'model':'other','max_tokens':100,'stream':true,'system':'S','messages':["
			"{'role':'user','content':'u'},{'role':'assistant','content':[{'type':"
			"'tool_use','id':'call_1','name':'f','input':{'id':9007199254740993}},"
			"{'type':'tool_use','id':'call_2','name':'g'}]},{'role':'user','content':["
			"{'type':'tool_result','tool_use_id':'call_1','content':'r1'},{'type':"
			"'tool_result','tool_use_id':'call_2','content':'r2'},{'type':'text','text'"
			":"
			"'go on'}]}],'tools':[{'name':'f','input_schema':{'type':'object'}}],"
			"'temperature':0.50,'stop_sequences':['x'],'metadata':{'user_id':'u-1'}}"),
		0);
	write_for(&model_old);
	assert_text(us_buf_span(&out), want);
	assert_int_equal(told.n, 0);
}

static void every_block_that_can_be_said_comes_back_as_it_was(void **state)
{
	static const char *const blocks[] = {
		"[{'type':'text','text':'a\\ud83d\\u0000','cache_control':{'type':'ephemeral','ttl'"
		":"
		"'1h'}}]",
		"[{'type':'image','source':{'type':'base64','media_type':'image/"
		"webp','data':'iV'}}]",
		"[{'type':'image','source':{'type':'url','url':'https://x.org/i'}}]",
		"[{'type':'document','source':{'type':'base64','media_type':'application/"
		"pdf','data':"
		"'JV'},'title':'T','citations':{'enabled':true}}]",
		"[{'type':'document','source':{'type':'url','url':'https://x.org/d'}}]",
		"[{'type':'document','source':{'type':'text','media_type':'text/"
		"plain','data':'d'}}]",
		"[{'type':'document','source':{'type':'content','content':[{'type':'text','text':'"
		"c'"
		"}]}}]",
		"[{'type':'tool_use','id':'t','name':'f','input':{'a' : [1.0, 1.0]}}]",
		"[{'type':'tool_result','tool_use_id':'t','content':'r','is_error':true}]",
		"[{'type':'tool_result','tool_use_id':'t','content':''}]",
		"[{'type':'tool_result','tool_use_id':'t'}]",
		"[{'type':'tool_result','tool_use_id':'t','content':[{'type':'text','text':'x'},"
		"{'type':'image','source':{'type':'base64','media_type':'image/gif','data':'R0'}}],"
		"'is_error':false}]",
		"[{'type':'thinking','thinking':'','signature':'S'}]",
		"[{'type':'redacted_thinking','data':'D'}]",
	};

	for (size_t i = 0; i < US_COUNT(blocks); i++) {
		assert_content(blocks[i], blocks[i]);
		assert_int_equal(told.worst, US_DEGRADED); /* max_tokens was not given */
		assert_int_equal(told.n, 1);
	}
}

static void what_says_nothing_is_left_out(void **state)
{
	assert_content("[{'type':'text','text':' \\n'},{'type':'text','text':'x'}]",
	               "[{'type':'text','text':'x'}]");
	assert_content("[{'type':'thinking','thinking':'not signed'},{'type':'text','text':'x'}]",
	               "[{'type':'text','text':'x'}]");
	assert_content(
		"[{'type':'tool_result','tool_use_id':'t','content':[{'type':'text','text':''"
		"},{'type':'text','text':'x'}]}]",
		"[{'type':'tool_result','tool_use_id':'t','content':[{'type':'text','text':"
		"'x'}]}]");
	assert_content("[{'type':'server_tool_use','id':'s'},{'type':'text','text':'x'}]",
	               "[{'type':'text','text':'x'}]");
	assert_told(US_IMPOSSIBLE, "HOSTED_BLOCK");
	assert_content("[{'type':'brand_new'},{'type':'text','text':'x'}]",
	               "[{'type':'text','text':'x'}]");
	assert_told(US_IMPOSSIBLE, "UNKNOWN_BLOCK");
	/* A turn that had nothing else is no turn. */
	read_blocks("[{'type':'text','text':''}]");
	write_for(&model_old);
	assert_member("messages", "[]");
}

static void a_refusal_is_text(void **state)
{
	struct us_block no = { .kind = US_REFUSAL, .text = US_SPAN("No.") };

	read_blocks("'u'");
	req.turns[0].blocks = &no;
	write_for(&model_old);
	assert_member("messages", "[{'role':'user','content':[{'type':'text','text':'No.'}]}]");
}

static void instructions_keep_their_blocks(void **state)
{
	assert_int_equal(read_request("{'system':[{'type':'text','text':'a'},{'type':'text','text':"
	                              "' '},{'type':'text','text':'b','cache_control':{'type':"
	                              "'ephemeral'}}],'messages':[]}"),
	                 0);
	write_for(&model_old);
	assert_member("system", "[{'type':'text','text':'a'},{'type':'text','text':'b',"
	                        "'cache_control':{'type':'ephemeral'}}]");
	/* A developer's message is an instruction like a system one, before and between turns. */
	assert_int_equal(read_request("{'system':'a','messages':[{'role':'system','content':'b'},"
	                              "{'role':'user','content':'u'},{'role':'system','content':"
	                              "'c'}]}"),
	                 0);
	req.turns[1].role = req.turns[3].role = US_ROLE_DEVELOPER;
	write_for(&model_old);
	assert_member("system", "[{'type':'text','text':'a'},{'type':'text','text':'b'}]");
	assert_member("messages", "[{'role':'user','content':[{'type':'text','text':'u'}]},"
	                          "{'role':'system','content':[{'type':'text','text':'c'}]}]");
}

static void instructions_are_text_only(void **state)
{
	static const char *const requests[] = {
		"{'messages':[{'role':'system','content':[{'type':'image','source':{'type':'url',"
		"'url':'https://x.org'}}]}]}",
		"{'messages':[{'role':'user','content':'u'},{'role':'system','content':[{'type':"
		"'image','source':{'type':'url','url':'https://x.org'}}]}]}",
	};

	for (size_t i = 0; i < US_COUNT(requests); i++) {
		assert_int_equal(read_request(requests[i]), 0);
		write_for(&model_old);
		assert_member("system", NULL);
		assert_told(US_IMPOSSIBLE, "SYSTEM_MEDIA");
	}
}

static void names_of_speakers_are_missed(void **state)
{
	read_blocks("'u'");
	req.turns[0].name = US_SPAN("ann");
	write_for(&model_old);
	assert_told(US_DEGRADED, "NAME_DROPPED");
}

static void arguments_are_always_an_object(void **state)
{
	static const struct {
		const char *args;
		enum us_args kind;
		const char *input;
		bool wrapped;
	} rows[] = {
		{ " {\"a\":1} ", US_ARGS_OBJECT, "{'a':1}", false },
		{ "null", US_ARGS_EMPTY, "{}", false },
		{ "", US_ARGS_EMPTY, "{}", false },
		{ " 12345678901234567890 ", US_ARGS_OTHER, "{'value':12345678901234567890}", true },
		{ "{\"a\":", US_ARGS_INVALID, "{'INVALID_JSON':'{\\'a\\':'}", true },
		{ "ls -l\n", US_ARGS_FREEFORM, "{'input':'ls -l\\n'}", false },
	};
	char want[512];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		read_blocks("[{'type':'tool_use','id':'t','name':'f'}]");
		req.turns[0].blocks[0].args = us_span_of(rows[i].args);
		req.turns[0].blocks[0].args_kind = rows[i].kind;
		write_for(&model_old);
		snprintf(
			want, sizeof(want),
			"[{'role':'user','content':[{'type':'tool_use','id':'t','name':'f','input':"
			"%s}]}]",
			rows[i].input);
		assert_member("messages", want);
		assert_int_equal(was_told(US_DEGRADED, "ARGUMENTS_WRAPPED"), rows[i].wrapped);
	}
}

static void an_image_must_be_one_anthropic_takes(void **state)
{
	static const struct {
		const char *source;
		bool fits;
	} rows[] = {
		{ "'type':'base64','media_type':'image/jpeg','data':'x'", true },
		{ "'type':'base64','media_type':'image/bmp','data':'x'", false },
		{ "'type':'base64','data':'x'", false },
		{ "'type':'file','file_id':'x'", false },
		{ "'type':'url','url':'HTTPS://x.org:8443/i?q'", true },
		{ "'type':'url','url':'https://10.example.org'", true },
		{ "'type':'url','url':'https://8.8.8.8/i'", true },
		{ "'type':'url','url':'https://172.32.0.1/i'", true },
		{ "'type':'url','url':'http://x.org/i'", false },
		{ "'type':'url','url':'https://'", false },
		{ "'type':'url','url':'https'", false },
		{ "'type':'url','url':'https://localhost/i.png'", false },
		{ "'type':'url','url':'https://localhost?a.b'", false },
		{ "'type':'url','url':'https://db.internal/i'", false },
		{ "'type':'url','url':'https://10.0.0.8/i'", false },
		{ "'type':'url','url':'https://172.16.0.1/i'", false },
		{ "'type':'url','url':'https://172.31.0.1/i'", false },
		{ "'type':'url','url':'https://192.168.0.1/i'", false },
		{ "'type':'url','url':'https://127.0.0.1/i'", false },
		{ "'type':'url','url':'https://[::1]/i'", false },
		{ "'type':'url','url':'https://u:p@x.org/i'", false },
	};
	char block[512];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(block, sizeof(block), "[{'type':'image','source':{%s}}]", rows[i].source);
		read_blocks(block);
		write_for(&model_old);
		if ((told.worst != US_IMPOSSIBLE) != rows[i].fits)
			fail_msg("%s", rows[i].source);
	}
	read_blocks(
		"[{'type':'image','source':{'type':'base64','media_type':'image/jpg','data':'x'}"
		"}]");
	write_for(&model_old);
	assert_true(us_span_has(us_buf_span(&out), "\"media_type\":\"image/jpeg\""));
}

static void other_documents_and_sound_cannot_be_sent(void **state)
{
	struct us_block sound = { .kind = US_AUDIO, .mime = US_SPAN("wav") };

	read_blocks("[{'type':'document','source':{'type':'base64','media_type':'text/csv','data':"
	            "'x'}}]");
	write_for(&model_old);
	assert_told(US_IMPOSSIBLE, "DOCUMENT_UNSUPPORTED");
	read_blocks("[{'type':'document','source':{'type':'file','file_id':'x'}}]");
	write_for(&model_old);
	assert_told(US_IMPOSSIBLE, "DOCUMENT_UNSUPPORTED");
	read_blocks("'u'");
	req.turns[0].blocks = &sound;
	write_for(&model_old);
	assert_told(US_IMPOSSIBLE, "AUDIO_UNSUPPORTED");
}

static size_t occurrences(const char *what)
{
	struct us_span rest = us_buf_span(&out);
	size_t n = 0;
	const char *at;

	while ((at = memmem(rest.p, rest.n, what, strlen(what)))) {
		n++;
		rest = us_span(at + 1, (size_t)(rest.p + rest.n - at) - 1);
	}
	return n;
}

static void only_the_last_four_cache_marks_are_kept(void **state)
{
	static const char mark[] = "'cache_control':{'type':'ephemeral'}";
	char json[2048];

	snprintf(json, sizeof(json),
	         "{'tools':[{'name':'f',%s}],'system':[{'type':'text','text':'s',%s}],'messages':["
	         "{'role':'user','content':[{'type':'tool_result','tool_use_id':'t',%s,'content':["
	         "{'type':'text','text':'r',%s}]},{'type':'text','text':'x',%s},{'type':'text',"
	         "'text':'y',%s}]}]}",
	         mark, mark, mark, mark, mark, mark);
	assert_int_equal(read_request(json), 0);
	write_for(&model_old);
	assert_int_equal(occurrences("cache_control"), 4);
	assert_member("tools", "[{'name':'f','input_schema':{'type':'object'}}]");
	assert_member("system", "[{'type':'text','text':'s'}]");
}

static void a_foreign_cache_mark_only_says_that_there_is_one(void **state)
{
	read_blocks("[{'type':'text','text':'x','cache_control':{'mode':'explicit'}}]");
	write_for(&model_old);
	assert_member("messages", "[{'role':'user','content':[{'type':'text','text':'x',"
	                          "'cache_control':{'type':'ephemeral'}}]}]");
}

static void memory_may_fail_anywhere(void **state)
{
	int rc = US_ENOMEM;

	assert_int_equal(
		read_request("{'output_config':{'format':{'type':'json_schema','schema':{'x':1}}},"
	                     "'tools':[{'name':'f','strict':true,'input_schema':{'anyOf':[{}]}}],"
	                     "'messages':[{'role':'user','content':'u'}]}"),
		0);
	for (unsigned long n = 1; rc; n++) {
		us_mem_fail_at(n);
		rc = write_request(&model_manual);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	}
	assert_told(US_DEGRADED, "SCHEMA_IN_WORDS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_written_to_the_byte),
		cmocka_unit_test(every_block_that_can_be_said_comes_back_as_it_was),
		cmocka_unit_test(what_says_nothing_is_left_out),
		cmocka_unit_test(a_refusal_is_text),
		cmocka_unit_test(instructions_keep_their_blocks),
		cmocka_unit_test(instructions_are_text_only),
		cmocka_unit_test(names_of_speakers_are_missed),
		cmocka_unit_test(arguments_are_always_an_object),
		cmocka_unit_test(an_image_must_be_one_anthropic_takes),
		cmocka_unit_test(other_documents_and_sound_cannot_be_sent),
		cmocka_unit_test(only_the_last_four_cache_marks_are_kept),
		cmocka_unit_test(a_foreign_cache_mark_only_says_that_there_is_one),
		cmocka_unit_test(memory_may_fail_anywhere),
	};

	return cmocka_run_group_tests(tests, setup, finish);
}

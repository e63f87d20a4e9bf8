/* test_anthropic_blocks.c - the content blocks of Anthropic's requests, read */
#include "anthropic_world.h"

static void text_keeps_citations_and_lone_surrogates(void **state)
{
	const struct us_block *b =
		read_blocks("[{'type':'text','text':'a\\ud83d\\u0000z','citations':[{'x':1}]},"
	                    "{'type':'text','text':'','citations':null}]");

	assert_true(us_span_eq(b[0].text, us_span("a\xed\xa0\xbd\0z", 6)));
	assert_text(b[0].raw, "[{\"x\":1}]");
	assert_text(b[1].text, "");
	assert_text(b[1].raw, NULL);
	assert_int_equal(req.nunknown, 0);
}

static void images_come_as_bytes_or_url_or_file(void **state)
{
	const struct us_block *b = read_blocks(
		"[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'iVB\\n"
		"Ow\\r\\n=='}},{'type':'image','source':{'type':'url','url':'https://x.org/i'}}]");

	assert_int_equal(b[0].kind, US_IMAGE);
	assert_int_equal(b[0].media, US_MEDIA_BASE64);
	assert_text(b[0].mime, "image/png");
	assert_text(b[0].data, "iVBOw==");
	assert_int_equal(b[1].media, US_MEDIA_URL);
	assert_text(b[1].data, "https://x.org/i");
	assert_int_equal(req.nstate_refs, 0);

	b = read_blocks("[{'type':'image','source':{'type':'file','file_id':'file_1'}}]");
	assert_int_equal(b->media, US_MEDIA_FILE_ID);
	assert_int_equal(req.nstate_refs, 1);
	assert_text(req.state_refs[0], "file_id");
}

static void documents_come_in_five_forms(void **state)
{
	const struct us_block *b = read_blocks(
		"[{'type':'document','title':'T','citations':{'enabled':true},'source':{'type':"
		"'base64','media_type':'application/pdf','data':'JVBE'}},"
		"{'type':'document','source':{'type':'text','media_type':'text/plain','data':'d'}},"
		"{'type':'document','source':{'type':'content','content':'c'}},"
		"{'type':'document','source':{'type':'content','content':[{'type':'text','text':"
		"'p'},{'type':'image','source':{'type':'url','url':'https://x.org/i'}}]}},"
		"{'type':'document','source':{'type':'url','url':'https://x.org/d'}}]");

	assert_int_equal(b[0].kind, US_DOC);
	assert_text(b[0].title, "T");
	assert_true(b[0].cite);
	assert_text(b[0].data, "JVBE");
	assert_int_equal(b[1].media, US_MEDIA_TEXT);
	assert_text(b[1].text, "d");
	assert_false(b[1].cite);
	assert_int_equal(b[2].media, US_MEDIA_BLOCKS);
	assert_text(b[2].blocks[0].text, "c");
	assert_int_equal(b[3].nblocks, 2);
	assert_int_equal(b[3].blocks[1].kind, US_IMAGE);
	assert_int_equal(b[4].media, US_MEDIA_URL);

	b = read_blocks("[{'type':'document','context':'why','source':{'type':'new'}}]");
	assert_int_equal(b->kind, US_UNKNOWN);
	assert_text(b->type, "document");
	assert_int_equal(req.nunknown, 1);
	assert_text(req.unknown[0], "document.context");
}

static void a_source_without_its_bytes_is_refused(void **state)
{
	assert_int_equal(read_request("{'messages':[{'role':'user','content':[{'type':'image',"
	                              "'source':{'type':'url'}}]}]}"),
	                 US_EINVAL);
}

static void a_search_result_is_a_document_of_blocks(void **state)
{
	const struct us_block *b =
		read_blocks("[{'type':'search_result','title':'T','source':'https://s','content':"
	                    "[{'type':'text','text':'found'}]}]");

	assert_int_equal(b->kind, US_DOC);
	assert_int_equal(b->media, US_MEDIA_BLOCKS);
	assert_text(b->title, "T");
	assert_text(b->data, "https://s");
	assert_text(b->blocks[0].text, "found");
}

static void the_input_of_a_call_is_kept_to_the_byte(void **state)
{
	const struct us_block *b =
		read_blocks("[{'type':'tool_use','id':'t1','name':'f','input':{ "
	                    "'b':9007199254740993, 'a':1e400,"
	                    "'a':'\\u00e9\\/' },'caller':{'type':'direct'}},"
	                    "{'type':'tool_use','id':'t2','name':'g','input':{}},"
	                    "{'type':'tool_use','id':'t3','name':'g'},"
	                    "{'type':'tool_use','id':'t4','name':'g','input':[1]}]");

	assert_int_equal(b[0].kind, US_TOOL_CALL);
	assert_text(b[0].id, "t1");
	assert_text(b[0].name, "f");
	assert_text(b[0].args, "{ \"b\":9007199254740993, \"a\":1e400,\"a\":\"\\u00e9\\/\" }");
	assert_int_equal(b[0].args_kind, US_ARGS_OBJECT);
	assert_int_equal(b[1].args_kind, US_ARGS_OBJECT);
	assert_int_equal(b[2].args_kind, US_ARGS_EMPTY);
	assert_int_equal(b[3].args_kind, US_ARGS_OTHER);
	assert_int_equal(req.nstate_refs, 0);

	read_blocks("[{'type':'tool_use','id':'t','name':'f','input':{},'caller':{'type':"
	            "'code_execution_20260120','tool_id':'srv'}}]");
	assert_text(req.state_refs[0], "caller");
}

static void a_result_is_text_or_blocks_or_nothing(void **state)
{
	const struct us_block *b = read_blocks(
		"[{'type':'tool_result','tool_use_id':'a','content':'r'},"
		"{'type':'tool_result','tool_use_id':'b','is_error':true},"
		"{'type':'tool_result','tool_use_id':'c','is_error':false,'content':[{'type':'text'"
		","
		"'text':'x'},{'type':'image','source':{'type':'url','url':'https://i.org'}},"
		"{'type':'tool_reference','tool_name':'n'}]}]");

	assert_int_equal(b[0].kind, US_TOOL_RESULT);
	assert_text(b[0].id, "a");
	assert_int_equal(b[0].is_error, US_UNSET);
	assert_text(b[0].blocks[0].text, "r");
	assert_int_equal(b[1].nblocks, 0);
	assert_int_equal(b[1].is_error, US_YES);
	assert_int_equal(b[2].is_error, US_NO);
	assert_int_equal(b[2].nblocks, 3);
	assert_int_equal(b[2].blocks[2].kind, US_HOSTED);
}

static void thoughts_keep_their_signatures(void **state)
{
	const struct us_block *b =
		read_blocks("[{'type':'thinking','thinking':'hm','signature':'SIG'},"
	                    "{'type':'thinking','thinking':'','signature':'S2'},"
	                    "{'type':'redacted_thinking','data':'XYZ'}]");

	assert_int_equal(b[0].kind, US_THINK);
	assert_text(b[0].text, "hm");
	assert_text(b[0].sig, "SIG");
	assert_text(b[1].text, "");
	assert_int_equal(b[2].kind, US_THINK);
	assert_text(b[2].text, NULL);
	assert_text(b[2].sig, "XYZ");
}

static void blocks_of_anthropics_own_tools_are_hosted(void **state)
{
	const struct us_block *b = read_blocks(
		"[{'type':'server_tool_use','id':'s','name':'web_search','input':{'q':1}},"
		"{'type':'web_search_tool_result','tool_use_id':'s','content':[]},"
		"{'type':'mcp_tool_use','id':'m'},{'type':'compaction'},{'type':'brand_new','v':2}"
		"]");

	for (int i = 0; i < 4; i++)
		assert_int_equal(b[i].kind, US_HOSTED);
	assert_text(b[0].type, "server_tool_use");
	assert_text(b[3].raw, "{\"type\":\"compaction\"}");
	assert_int_equal(b[4].kind, US_UNKNOWN);
	assert_text(b[4].raw, "{\"type\":\"brand_new\",\"v\":2}");
	assert_int_equal(req.nstate_refs, 0);

	read_blocks("[{'type':'container_upload','file_id':'f'}]");
	assert_text(req.state_refs[0], "container_upload");
}

static void nesting_has_an_end(void **state)
{
	char json[4096] = "{'messages':[{'role':'user','content':", *p = json + strlen(json);

	for (int i = 0; i < 20; i++)
		p += snprintf(p, 80, "[{'type':'tool_result','tool_use_id':'t','content':");
	p += snprintf(p, 8, "'x'");
	for (int i = 0; i < 20; i++)
		p += snprintf(p, 8, "}]");
	snprintf(p, 8, "}]}");
	assert_int_equal(read_request(json), US_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_keeps_citations_and_lone_surrogates),
		cmocka_unit_test(images_come_as_bytes_or_url_or_file),
		cmocka_unit_test(documents_come_in_five_forms),
		cmocka_unit_test(a_source_without_its_bytes_is_refused),
		cmocka_unit_test(a_search_result_is_a_document_of_blocks),
		cmocka_unit_test(the_input_of_a_call_is_kept_to_the_byte),
		cmocka_unit_test(a_result_is_text_or_blocks_or_nothing),
		cmocka_unit_test(thoughts_keep_their_signatures),
		cmocka_unit_test(blocks_of_anthropics_own_tools_are_hosted),
		cmocka_unit_test(nesting_has_an_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

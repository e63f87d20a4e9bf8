/* test_gemini_request.c - requests of the Gemini dialect: what the golden files do not show
 *
 * JSON is written with ' for " in these tests.
 */
#include "base/mem.h"
#include "wire/gemini.h"
#include "wire/gemini_schema.h"
#include "wire/translate.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define USER "'contents':[{'parts':[{'text':'u'}]}]"

static struct us_request request;
static char text[16384];

static struct us_span quoted(const char *json) { return unquote(json, text, sizeof(text)); }

static int teardown(void **state)
{
	us_request_fini(&request);
	request = (struct us_request){ 0 };
	return 0;
}

static int decode(const char *json)
{
	static const struct us_in_url url = { .model = { "m", 1 }, .stream = US_NO };

	us_request_fini(&request);
	us_request_init(&request, &us_gemini, &url, quoted(json));
	return request.rc;
}

static const struct us_req *read_config(const char *members)
{
	char json[1024];

	snprintf(json, sizeof(json), "{" USER ",'generationConfig':{%s}}", members);
	assert_int_equal(decode(json), 0);
	return &request.req;
}

static void the_url_says_the_model_and_the_stream(void **state)
{
	static const struct {
		const char *path, *query, *model;
		enum us_tri stream;
		enum us_framing framing;
	} rows[] = {
		{ "/v1beta/models/gemini-2.5-pro:generateContent", "key=x", "gemini-2.5-pro", US_NO,
		  US_FRAMING_UNKNOWN },
		{ "/v1beta/models/a:streamGenerateContent", "", "a", US_YES, US_FRAMING_ARRAY },
		{ "/v1beta/models/a:streamGenerateContent", "key=x&alt=sse", "a", US_YES,
		  US_FRAMING_SSE },
		{ "/v1beta/models/a:streamGenerateContent", "%24alt=sse", "a", US_YES,
		  US_FRAMING_SSE },
		{ "/v1beta/models/a:streamGenerateContent", "alt=json", "a", US_YES,
		  US_FRAMING_ARRAY },
		{ "/v1/projects/p/locations/l/publishers/google/models/a:generateContent", "", "a",
		  US_NO, US_FRAMING_UNKNOWN },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_in_url url = { 0 };

		us_gemini.read_url(us_span_of(rows[i].path), us_span_of(rows[i].query), &url);
		assert_true(us_span_is(url.model, rows[i].model));
		assert_int_equal(url.stream, rows[i].stream);
		assert_int_equal(url.framing, rows[i].framing);
	}
	assert_string_equal(us_gemini.method(false, US_FRAMING_SSE), "generateContent");
	assert_string_equal(us_gemini.method(true, US_FRAMING_SSE),
	                    "streamGenerateContent?alt=sse");
	assert_string_equal(us_gemini.method(true, US_FRAMING_ARRAY), "streamGenerateContent");
}

static void the_url_counts_more_than_the_body(void **state)
{
	assert_int_equal(decode("{'model':'models/other'," USER "}"), 0);
	assert_true(us_span_is(request.req.model, "m"));
	us_request_fini(&request);
	us_request_init(&request, &us_gemini, NULL, quoted("{'model':'models/other'," USER "}"));
	assert_true(us_span_is(request.req.model, "other"));
}

static void what_is_no_request_is_refused(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{'contents':'x'}",
		"{'contents':[1]}",
		"{'contents':[{'role':'assistant','parts':[]}]}",
		"{'contents':[{'parts':'x'}]}",
		"{'contents':[{'parts':[1]}]}",
		"{'contents':[{'parts':[{}]}]}",
		"{'contents':[{'parts':[{'text':1}]}]}",
		"{'contents':[{'parts':[{'functionCall':{'args':{}}}]}]}",
		"{'contents':[{'parts':[{'functionResponse':{}}]}]}",
		"{'contents':[{'parts':[{'inlineData':{}}]}]}",
		"{'contents':[{'parts':[{'fileData':{}}]}]}",
		"{'systemInstruction':7," USER "}",
		"{'tools':[1]," USER "}",
		"{'tools':[{'functionDeclarations':[{}]}]," USER "}",
		"{'generationConfig':{'temperature':'hot'}," USER "}",
		"{'generationConfig':{'maxOutputTokens':-1}," USER "}",
		"{'generationConfig':{'stopSequences':'x'}," USER "}",
		"{'generationConfig':{'thinkingConfig':{'thinkingBudget':'x'}}," USER "}",
	};

	for (size_t i = 0; i < US_COUNT(bodies); i++)
		if (decode(bodies[i]) != US_EINVAL)
			fail_msg("%s: %d", bodies[i], request.rc);
}

static void thinking_is_off_on_or_as_much_as_said(void **state)
{
	const struct us_req *r = read_config("'thinkingConfig':{'thinkingBudget':0}");

	assert_int_equal(r->reason, US_REASON_OFF);
	r = read_config("'thinkingConfig':{'thinkingBudget':-1}");
	assert_int_equal(r->reason, US_REASON_ADAPTIVE);
	r = read_config("'thinking_config':{'thinking_budget':'512'}");
	assert_int_equal(r->reason, US_REASON_BUDGET);
	assert_int_equal(r->reason_budget, 512);
	r = read_config("'thinkingConfig':{'thinkingLevel':'MINIMAL'}");
	assert_int_equal(r->reason, US_REASON_EFFORT);
	assert_true(us_span_is(r->effort, "minimal"));
	r = read_config("'thinkingConfig':{'thinkingLevel':'THINKING_LEVEL_UNSPECIFIED'}");
	assert_int_equal(r->reason, US_REASON_UNSET);
	r = read_config("'thinkingConfig':{}");
	assert_int_equal(r->reason, US_REASON_UNSET);
}

static void the_form_of_the_answer_has_many_names(void **state)
{
	assert_int_equal(read_config("'responseMimeType':'application/json'")->format,
	                 US_FORMAT_JSON_OBJECT);
	assert_int_equal(read_config("'responseMimeType':'text/plain'")->format, US_FORMAT_TEXT);
	assert_int_equal(
		read_config("'responseMimeType':'text/x.enum','responseSchema':{}")->format,
		US_FORMAT_GRAMMAR);
	assert_int_equal(read_config("")->format, US_FORMAT_UNSET);
	assert_true(us_span_is(read_config("'responseMimeType':'application/json','responseSchema':"
	                                   "{'type':'INTEGER'},'responseJsonSchema':{'type' : 1.0}")
	                               ->format_schema,
	                       "{\"type\" : 1.0}"));
}

static void choices_of_functions_are_understood(void **state)
{
	static const struct {
		const char *config;
		enum us_choice choice;
		size_t allowed;
	} rows[] = {
		{ "'mode':'AUTO'", US_CHOICE_AUTO, 0 },
		{ "'mode':'VALIDATED'", US_CHOICE_AUTO, 0 },
		{ "'mode':3", US_CHOICE_NONE, 0 },
		{ "'mode':2", US_CHOICE_REQUIRED, 0 },
		{ "'mode':'NONE','allowedFunctionNames':['a']", US_CHOICE_NONE, 0 },
		{ "'mode':'ANY'", US_CHOICE_REQUIRED, 0 },
		{ "'mode':'ANY','allowedFunctionNames':['a']", US_CHOICE_NAMED, 1 },
		{ "'mode':'ANY','allowedFunctionNames':['a','b']", US_CHOICE_ALLOWED, 2 },
		{ "'mode':'AUTO','allowedFunctionNames':['a']", US_CHOICE_ALLOWED, 1 },
		{ "", US_CHOICE_UNSET, 0 },
	};
	char json[1024];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(json, sizeof(json),
		         "{" USER ",'toolConfig':{'functionCallingConfig':{%s}}}", rows[i].config);
		assert_int_equal(decode(json), 0);
		assert_int_equal(request.req.choice, rows[i].choice);
		assert_int_equal(request.req.nallowed, rows[i].allowed);
	}
}

static const struct us_block *block(size_t turn, size_t n)
{
	assert_true(turn < request.req.nturns && n < request.req.turns[turn].nblocks);
	return &request.req.turns[turn].blocks[n];
}

static void results_find_their_calls_by_name_and_a_call_is_known_by_its_place(void **state)
{
	assert_int_equal(
		decode("{'contents':["
	               "{'role':'model','parts':[{'functionCall':{'name':'f'}},"
	               "{'functionCall':{'name':'f','id':'own'}},{'functionCall':{'name':'g'}}]},"
	               "{'parts':[{'functionResponse':{'name':'g'}},"
	               "{'functionResponse':{'name':'f','id':'own'}},"
	               "{'functionResponse':{'name':'f'}},{'functionResponse':{'name':'f'}},"
	               "{'functionResponse':{'name':'g','id':'who'}}]},"
	               "{'role':'model','parts':[{'functionCall':{'name':'f'}}]},"
	               "{'parts':[{'functionResponse':{'name':'f'}}]}]}"),
		0);
	assert_true(us_span_is(block(0, 0)->id, "g1"));
	assert_true(us_span_is(block(1, 0)->id, "g3"));
	assert_true(us_span_is(block(1, 1)->id, "own"));
	assert_true(us_span_is(block(1, 2)->id, "g1"));
	assert_true(us_span_is(block(1, 3)->id, "g0"));
	assert_true(us_span_is(block(1, 4)->id, "who"));
	assert_true(us_span_is(block(3, 0)->id, "g4"));
	assert_true(request.req.call_ids);
}

static void assert_result(const char *response, const char *says, enum us_tri is_error)
{
	char json[512];

	snprintf(json, sizeof(json),
	         "{'contents':[{'parts':[{'functionResponse':{'name':'f'%s}}]}]}", response);
	assert_int_equal(decode(json), 0);
	if (!us_span_is(block(0, 0)->blocks[0].text, says))
		fail_msg("%s: %.*s", response, (int)block(0, 0)->blocks[0].text.n,
		         block(0, 0)->blocks[0].text.p);
	assert_int_equal(block(0, 0)->is_error, is_error);
}

static void a_response_is_text_where_it_only_wraps_one(void **state)
{
	assert_result(",'response':{'output':'a'}", "a", US_UNSET);
	assert_result(",'response':{'result':'a'}", "a", US_UNSET);
	assert_result(",'response':{'content':'a'}", "a", US_UNSET);
	assert_result(",'response':{'error':'a'}", "a", US_YES);
	assert_result(",'response':{'error':{'n':1.0}}", "{\"error\":{\"n\":1.0}}", US_YES);
	assert_result(",'response':{'error':null}", "{\"error\":null}", US_UNSET);
	assert_result(",'response':{'output':1}", "{\"output\":1}", US_UNSET);
	assert_result(",'response':{'output':'a','b':2}", "{\"output\":\"a\",\"b\":2}", US_UNSET);
	assert_result("", "", US_UNSET);
}

static void media_become_what_their_type_says(void **state)
{
	static const struct {
		const char *part;
		enum us_block_kind kind;
		const char *mime;
	} rows[] = {
		{ "'inlineData':{'mimeType':'image/png','data':'x'}", US_IMAGE, "image/png" },
		{ "'inlineData':{'data':'iVBORw0KGgo='}", US_IMAGE, "image/png" },
		{ "'inlineData':{'mimeType':'application/pdf','data':'x'}", US_DOC,
		  "application/pdf" },
		{ "'inlineData':{'mimeType':'audio/mpeg','data':'x'}", US_AUDIO, "mp3" },
		{ "'inlineData':{'mimeType':'audio/ogg','data':'x'}", US_UNKNOWN, NULL },
		{ "'inlineData':{'mimeType':'video/mp4','data':'x'}", US_UNKNOWN, NULL },
		{ "'fileData':{'mimeType':'image/png','fileUri':'https://a.example/b'}", US_IMAGE,
		  "image/png" },
		{ "'fileData':{'fileUri':'https://youtu.be/x'}", US_UNKNOWN, NULL },
		{ "'fileData':{'mimeType':'image/png','fileUri':'gs://b/c'}", US_UNKNOWN, NULL },
	};
	char json[512];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(json, sizeof(json), "{'contents':[{'parts':[{%s}]}]}", rows[i].part);
		assert_int_equal(decode(json), 0);
		assert_int_equal(block(0, 0)->kind, rows[i].kind);
		if (rows[i].mime)
			assert_true(us_span_is(block(0, 0)->mime, rows[i].mime));
	}
	assert_int_equal(request.req.nstate_refs, 1);
}

static void both_spellings_are_one_name_and_no_other_is(void **state)
{
	assert_true(us_span_is(us_val_raw(us_gemini_get((decode("{'max_output_tokens':1," USER "}"),
	                                                 us_doc_root(&request.doc)),
	                                                "maxOutputTokens")),
	                       "1"));
	assert_false(us_val_given(us_gemini_get(us_doc_root(&request.doc), "maxOutputToken")));
	assert_false(us_val_given(us_gemini_get(us_doc_root(&request.doc), "max")));
	assert_int_equal(request.req.nunknown, 1);
	assert_true(us_span_is(request.req.unknown[0], "request.max_output_tokens"));
}

/* A Gemini program at another model of Gemini's. */
static const char *rendered(const char *json, const char *model)
{
	static struct us_rendered r;
	struct us_target to = { .dialect = &us_gemini, .model = us_span_of(model) };

	us_rendered_fini(&r);
	r = (struct us_rendered){ 0 };
	assert_int_equal(decode(json), 0);
	us_request_render(&request, &to, &r);
	return us_buf_cstr(&r.body);
}

static void to_another_model_of_its_own_every_byte_stays(void **state)
{
	assert_string_equal(rendered("{ 'contents' : {'parts':{'text':'u'}}, 'x':1.0 }", "n"),
	                    "{ \"contents\" : {\"parts\":{\"text\":\"u\"}}, \"x\":1.0 }");
}

static void a_model_that_is_told_otherwise_how_to_think_gets_it_written_anew(void **state)
{
	const char *level =
		"{" USER ",'generationConfig':{'thinkingConfig':{'thinkingLevel':'LOW'}}}";
	const char *budget =
		"{" USER ",'generationConfig':{'thinkingConfig':{'thinkingBudget':9}}}";

	assert_non_null(strstr(rendered(level, "gemini-2.5-flash"), "\"thinkingBudget\":2048"));
	assert_non_null(strstr(rendered(level, "gemini-3-pro"), "\"thinkingLevel\":\"LOW\""));
	assert_non_null(strstr(rendered(budget, "gemini-2.5-pro"), "\"thinkingBudget\":9}"));
	assert_null(strstr(rendered(budget, "gemini-2.0-flash"), "thinkingConfig"));
}

static void assert_schema(const char *json, const char *want)
{
	struct us_doc doc = { 0 };
	struct us_arena a;
	struct us_buf out;
	struct us_diags diags = { .arena = &a };

	us_arena_init(&a, 65536);
	us_buf_init(&out, 65536);
	assert_int_equal(us_doc_parse(&doc, quoted(json)), 0);
	assert_int_equal(us_gemini_schema_from_json(us_doc_root(&doc), &out, &diags), 0);
	assert_string_equal(us_buf_cstr(&out), want);
	us_buf_fini(&out);
	us_arena_fini(&a);
	us_doc_fini(&doc);
}

static void a_schema_that_refers_to_itself_ends(void **state)
{
	assert_schema("{'$ref':'#'}", "{}");
	assert_schema(
		"{'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/b'},'b':{'type':'string'}}}",
		"{\"type\":\"STRING\"}");
	assert_schema("{'$ref':'#/nowhere'}", "{}");
	assert_schema("{'type':['null']}", "{\"nullable\":true}");
}

static void what_base64_may_look_like_is_made_what_others_read(void **state)
{
	static const char *const rows[][2] = {
		{ "AAAA", "AAAA" },       { "_-8=", "/+8=" },          { "AA", "AA==" },
		{ "AAA", "AAA=" },        { "AA\\nAA\\r\\n", "AAAA" }, { "A-_A", "A+/A" },
		{ "AAAAAA", "AAAAAA==" },
	};
	char json[256];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(json, sizeof(json),
		         "{'contents':[{'parts':[{'inlineData':{'mimeType':'image/png','data':'%s'"
		         "}}]}]}",
		         rows[i][0]);
		assert_int_equal(decode(json), 0);
		assert_true(us_span_is(block(0, 0)->data, rows[i][1]));
	}
}

static void a_newer_model_gets_older_calls_with_the_word_for_a_foreign_signature(void **state)
{
	const char *json = "{'model':'models/m','contents':[{'role':'model','parts':[{'text':'a'},"
			   "{'function_call':{'name':'f'} },{'functionCall':{'name':'g'}}]},"
			   "{'role':'model','parts':[{'functionCall':{'name':'f'},"
			   "'thought_signature':'QUJD'}]}]}";
	const char *sign = ",\"thoughtSignature\":\"skip_thought_signature_validator\"";
	const char *body = rendered(json, "gemini-3-pro");
	const char *at = strstr(body, sign);

	assert_non_null(at);
	assert_memory_equal(at - 2, "} ", 2);
	assert_null(strstr(at + 1, sign));
	assert_non_null(strstr(body, "{\"model\":\"models/gemini-3-pro\","));
	body = rendered(json, "gemini-2.5-pro");
	assert_null(strstr(body, sign));
	assert_non_null(strstr(rendered("{'model':'m'," USER "}", "n"), "{\"model\":\"n\","));
}

static void memory_may_fail_anywhere(void **state)
{
	int rc = US_ENOMEM;

	for (unsigned long n = 1; rc; n++) {
		us_request_fini(&request);
		request = (struct us_request){ 0 };
		us_mem_fail_at(n);
		rc = decode(
			"{'system_instruction':'\\n','contents':[{'role':'model','parts':["
			"{'functionCall':{'name':'\\u0066'}}]},{'parts':[{'functionResponse':{"
			"'name':'f','parts':[{'inlineData':{'data':'a'}}]}}]}],'tools':[{"
			"'functionDeclarations':[{'name':'f','parameters':{'type':'OBJECT'}}]}],"
			"'generationConfig':{'stopSequences':['a'],'thinkingConfig':{"
			"'thinkingLevel':'LOW'}},'odd':1}");
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
		assert_true(n < 300);
	}
	assert_int_equal(request.req.nstop, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
		T(the_url_says_the_model_and_the_stream),
		T(the_url_counts_more_than_the_body),
		T(what_is_no_request_is_refused),
		T(thinking_is_off_on_or_as_much_as_said),
		T(the_form_of_the_answer_has_many_names),
		T(choices_of_functions_are_understood),
		T(results_find_their_calls_by_name_and_a_call_is_known_by_its_place),
		T(a_response_is_text_where_it_only_wraps_one),
		T(media_become_what_their_type_says),
		T(both_spellings_are_one_name_and_no_other_is),
		T(to_another_model_of_its_own_every_byte_stays),
		T(a_model_that_is_told_otherwise_how_to_think_gets_it_written_anew),
		T(what_base64_may_look_like_is_made_what_others_read),
		T(a_newer_model_gets_older_calls_with_the_word_for_a_foreign_signature),
		T(a_schema_that_refers_to_itself_ends),
		T(memory_may_fail_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

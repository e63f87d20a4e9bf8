/* test_openai_error.c - errors of those who speak Chat Completions, in and out */
#include "wire/dialect.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_doc doc;
static struct us_arena arena;
static struct us_buf out;

static int setup(void **state)
{
	us_arena_init(&arena, 1 << 20);
	us_buf_init(&out, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	us_doc_fini(&doc);
	us_arena_fini(&arena);
	us_buf_fini(&out);
	return 0;
}

/* JSON is written with ' for ". */
static bool read_error(const char *quoted, struct us_hub_err *err)
{
	static char json[1024];

	assert_int_equal(us_doc_parse(&doc, unquote(quoted, json, sizeof(json))), 0);
	return us_openai.decode_error(us_doc_root(&doc), &arena, err);
}

static void every_envelope_is_opened(void **state)
{
	static const struct {
		const char *json;
		unsigned status;
		const char *type, *code, *param, *message;
	} rows[] = {
		{ "{'error':{'message':'m','type':'t','param':'p','code':'c'}}", 0, "t", "c", "p",
		  "m" },
		{ "{'error':{'message':'m','type':null,'param':null,'code':null}}", 0, "", "", "",
		  "m" },
		{ "{'error':{'message':'m','code':429}}", 429, "", "429", "", "m" },
		{ "{'error':{'message':'m','code':'404'}}", 404, "", "404", "", "m" },
		{ "{'error':{'message':'m','code':7}}", 0, "", "7", "", "m" },
		{ "{'error':{'code':429,'message':'m','status':'RESOURCE_EXHAUSTED'}}", 429,
		  "RESOURCE_EXHAUSTED", "429", "", "m" },
		{ "{'error':'m'}", 0, "", "", "", "m" },
		{ "{'code':'invalid-argument','error':'m'}", 0, "", "invalid-argument", "", "m" },
		{ "[{'error':{'code':400,'message':'m'}}]", 400, "", "400", "", "m" },
		{ "{'object':'error','message':'m','type':'BadRequestError','param':null,"
		  "'code':400}",
		  400, "BadRequestError", "400", "", "m" },
		{ "{'message':'Unauthorized','request_id':'1'}", 0, "", "", "", "Unauthorized" },
		{ "{'detail':'Not Found'}", 0, "", "", "", "Not Found" },
		{ "{'detail':[{'type':'missing','loc':['body','x'],'msg':'m'},{'msg':'n'}]}", 0,
		  "missing", "", "[\"body\",\"x\"]", "m" },
		{ "{'detail':{'odd':1}}", 0, "", "", "", "{\"odd\":1}" },
		{ "{'error':{'message':'Provider returned error','code':502,'metadata':"
		  "{'raw':'upstream','provider_name':'P'}}}",
		  502, "", "502", "", "upstream" },
		{ "{'error':{'message':'m','type':'t'},'choices':[]}", 0, "t", "", "", "m" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_hub_err e;

		if (!read_error(rows[i].json, &e))
			fail_msg("not an error: %s", rows[i].json);
		assert_int_equal(e.status, rows[i].status);
		assert_span(e.type, rows[i].type);
		assert_span(e.code, rows[i].code);
		assert_span(e.param, rows[i].param);
		assert_span(e.message, rows[i].message);
	}
}

static void what_is_no_error_is_none(void **state)
{
	static const char *const fine[] = {
		"{'id':'c','choices':[{'message':{'content':'t'}}]}",
		"{'id':'c','choices':[],'error':null}",
		"{'id':'c','error':{},'choices':[]}",
		"{'error':''}",
		"{'error':false}",
		"{'message':{'content':'t'}}",
		"{'message':'t','choices':[]}",
		"{'detail':null}",
		"{}",
		"[]",
		"'text'",
		"null",
	};

	for (size_t i = 0; i < US_COUNT(fine); i++) {
		struct us_hub_err e;

		if (read_error(fine[i], &e))
			fail_msg("an error: %s", fine[i]);
	}
}

static void assert_written(struct us_hub_err e, const char *want)
{
	us_buf_clear(&out);
	assert_int_equal(us_openai.encode_error(&e, &out), 0);
	assert_string_equal(us_buf_cstr(&out), want);
}

static void an_error_is_written_with_all_its_members(void **state)
{
	struct us_hub_err e = { .status = 401,
		                .type = US_SPAN("whatever"),
		                .message = US_SPAN("No \"key\"") };

	assert_written(
		e, "{\"error\":{\"message\":\"No \\\"key\\\"\",\"type\":\"authentication_error\","
		   "\"param\":null,\"code\":\"invalid_api_key\"}}");
	e = (struct us_hub_err){ .param = US_SPAN("p") };
	assert_written(e,
	               "{\"error\":{\"message\":\"The provider failed.\",\"type\":\"server_error\","
	               "\"param\":\"p\",\"code\":null}}");
}

static void the_type_follows_from_status_or_foreign_word(void **state)
{
	static const struct {
		unsigned status;
		const char *word, *type, *code;
	} rows[] = {
		{ 400, "", "invalid_request_error", "null" },
		{ 401, "", "authentication_error", "\"invalid_api_key\"" },
		{ 403, "", "permission_error", "null" },
		{ 404, "", "invalid_request_error", "\"model_not_found\"" },
		{ 413, "", "request_too_large", "null" },
		{ 422, "", "invalid_request_error", "null" },
		{ 429, "", "requests", "\"rate_limit_exceeded\"" },
		{ 500, "", "server_error", "null" },
		{ 504, "", "timeout_error", "null" },
		{ 529, "", "server_error", "null" },
		{ 0, "rate_limit_error", "requests", "\"rate_limit_exceeded\"" },
		{ 0, "overloaded_error", "server_error", "null" },
		{ 0, "invalid_request_error", "invalid_request_error", "null" },
		{ 0, "timeout_error", "timeout_error", "null" },
		{ 0, "", "server_error", "null" },
		{ 500, "rate_limit_error", "server_error", "null" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_hub_err e = { .status = rows[i].status,
			                .type = us_span_of(rows[i].word),
			                .message = US_SPAN("m") };
		char want[256];

		snprintf(want, sizeof(want),
		         "{\"error\":{\"message\":\"m\",\"type\":\"%s\",\"param\":null,\"code\":%s}"
		         "}",
		         rows[i].type, rows[i].code);
		assert_written(e, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(every_envelope_is_opened),
		T(what_is_no_error_is_none),
		T(an_error_is_written_with_all_its_members),
		T(the_type_follows_from_status_or_foreign_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

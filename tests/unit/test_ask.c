/* test_ask.c - what a program asks for, by its URL and a glance into the body */
#include "wire/ask.h"
#include "wire/dialect.h"

#include <stdarg.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

static struct us_ask ask(const struct us_dialect *d, const struct us_in_url *url, const char *body)
{
	return us_ask(d, url, body ? us_span_of(body) : us_span(NULL, 0));
}

static void the_body_says_it_where_the_url_does_not(void **unused)
{
	struct us_ask a =
		ask(&us_openai, NULL, "{\"messages\":[],\"model\":\"m\",\"stream\":true}");

	assert_true(us_span_is(a.model, "m") && a.stream && a.plausible);
	a = ask(&us_openai, NULL, "{\"messages\":\"no\",\"stream\":false}");
	assert_true(!a.model.n && !a.stream && !a.plausible);
	a = ask(&us_openai, NULL, NULL);
	assert_true(!a.model.n && !a.stream && !a.plausible);
}

static void what_the_url_says_counts_more(void **unused)
{
	struct us_in_url url = { .model = US_SPAN("dep"), .stream = US_NO };
	struct us_ask a = ask(&us_openai, &url, "{\"model\":\"m\",\"stream\":true}");

	assert_true(us_span_is(a.model, "dep"));
	assert_false(a.stream);
	url = (struct us_in_url){ .stream = US_YES };
	a = ask(&us_openai, &url, NULL);
	assert_true(a.stream);
}

static void a_dialect_may_stream_unasked_and_have_a_sign_of_its_own(void **unused)
{
	static const struct us_dialect d = { .sign = { "input", "[\"" }, .streams_unsaid = true };

	assert_true(ask(&d, NULL, "{\"input\":\"x\"}").stream);
	assert_true(ask(&d, NULL, "{\"stream\":null}").stream);
	assert_false(ask(&d, NULL, "{\"stream\":false}").stream);
	assert_false(ask(&d, NULL, NULL).stream);
	assert_true(ask(&d, NULL, "{\"input\":\"x\"}").plausible);
	assert_true(ask(&d, NULL, "{\"input\": [1]}").plausible);
	assert_false(ask(&d, NULL, "{\"input\":1}").plausible);
	assert_false(ask(&d, NULL, "{\"messages\":[]}").plausible);
}

static void input_alone_is_no_sign_of_responses(void **unused)
{
	assert_true(ask(&us_responses, NULL, "{\"input\":\"x\",\"model\":\"m\"}").plausible);
	assert_true(ask(&us_responses, NULL, "{\"model\":\"m\",\"input\":[{}]}").plausible);
	assert_false(ask(&us_responses, NULL, "{\"input\":\"x\"}").plausible);
	assert_false(ask(&us_responses, NULL, "{\"model\":\"m\"}").plausible);
	assert_false(ask(&us_responses, NULL, "{\"input\":{},\"model\":\"m\"}").plausible);
	assert_false(
		ask(&us_responses, NULL, "{\"a\":{\"input\":\"x\"},\"model\":\"m\"}").plausible);
	assert_true(ask(&us_openai, NULL, "{\"messages\":[]}").plausible);
}

static void assert_deployment(const char *path, const char *expected)
{
	struct us_in_url url = { 0 };

	us_openai.read_url(us_span_of(path), us_span("", 0), &url);
	assert_int_equal(us_set(url.model), expected != NULL);
	if (expected)
		assert_true(us_span_is(url.model, expected));
	assert_int_equal(url.stream, US_UNSET);
}

static void azures_paths_name_the_deployment(void **unused)
{
	assert_deployment("/openai/deployments/my-4o/chat/completions", "my-4o");
	assert_deployment("/gw/openai/deployments/a/chat/completions", "a");
	assert_deployment("/openai/deployments//chat/completions", NULL);
	assert_deployment("/openai/v1/chat/completions", NULL);
	assert_deployment("/openai/deployments/a", NULL);
	assert_deployment("", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_body_says_it_where_the_url_does_not),
		cmocka_unit_test(what_the_url_says_counts_more),
		cmocka_unit_test(a_dialect_may_stream_unasked_and_have_a_sign_of_its_own),
		cmocka_unit_test(input_alone_is_no_sign_of_responses),
		cmocka_unit_test(azures_paths_name_the_deployment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_address.c - where a provider is asked */
#include "conf/address.h"

#include <stdarg.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

static const struct us_address openai = { "/v1", false, "/chat/completions", { "m", 1 }, "" };
static const struct us_address anthropic = { "/v1", true, "/messages", { "m", 1 }, "" };
static const struct us_address gemini = {
	"/v1beta", true, "/models/{model}:{method}", { "g 2.5?", 6 }, "run?alt=sse"
};

static struct us_arena arena;

static void assert_url(const char *base, const char *path, const struct us_address *to,
                       const char *expected)
{
	struct us_provider p = { .base_url = base, .path = path };
	struct us_span url = us_provider_url(&p, to, &arena);

	if (!us_span_is(url, expected))
		fail_msg("%s: \"%.*s\", not \"%s\"", base, (int)url.n, url.p, expected);
}

static void endpoints_follow_the_base_url(void **unused)
{
	static const struct {
		const struct us_address *to;
		const char *base, *url;
	} rows[] = {
		{ &openai, "https://api.openai.com/v1",
		  "https://api.openai.com/v1/chat/completions" },
		{ &openai, "http://gpu1:8000", "http://gpu1:8000/v1/chat/completions" },
		{ &openai, "http://gpu1:8000/", "http://gpu1:8000/v1/chat/completions" },
		{ &openai, "http://h/openai", "http://h/openai/chat/completions" },
		{ &openai, "http://h/x/chat/completions", "http://h/x/chat/completions" },
		{ &openai, "http://[::1]", "http://[::1]/v1/chat/completions" },
		{ &openai, "not a url", "" },
		{ &anthropic, "https://api.anthropic.com",
		  "https://api.anthropic.com/v1/messages" },
		{ &anthropic, "http://h:9000/anthropic", "http://h:9000/anthropic/v1/messages" },
		{ &anthropic, "http://h/v1", "http://h/v1/messages" },
		{ &anthropic, "http://h/v1/messages", "http://h/v1/messages" },
		{ &anthropic, "http://h/xv1", "http://h/xv1/v1/messages" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_url(rows[i].base, "", rows[i].to, rows[i].url);
}

static void the_model_and_the_method_are_filled_in(void **unused)
{
	assert_url("https://g.example", NULL, &gemini,
	           "https://g.example/v1beta/models/g%202.5%3F:run?alt=sse");
	assert_url("https://g.example/v1", "", &gemini,
	           "https://g.example/v1/models/g%202.5%3F:run?alt=sse");
	assert_url("https://gw/v1/acct/google", "", &gemini,
	           "https://gw/v1/acct/google/v1beta/models/g%202.5%3F:run?alt=sse");
}

static void a_providers_own_path_comes_instead_and_is_not_repeated(void **unused)
{
	static const char azure[] = "/openai/deployments/{model}/chat/completions?api-version=1";
	static const char vertex[] = "/publishers/google/models/{model}:{method}";

	assert_url("https://r.example", azure, &openai,
	           "https://r.example/openai/deployments/m/chat/completions?api-version=1");
	assert_url("https://r.example/openai", azure, &openai,
	           "https://r.example/openai/deployments/m/chat/completions?api-version=1");
	assert_url("https://r.example/xopenai", azure, &openai,
	           "https://r.example/xopenai/openai/deployments/m/chat/completions?api-version=1");
	assert_url(
		"https://v.example/v1/projects/p", vertex, &gemini,
		"https://v.example/v1/projects/p/publishers/google/models/g%202.5%3F:run?alt=sse");
	assert_url("https://v.example/v1/publishers/google", vertex, &gemini,
	           "https://v.example/v1/publishers/google/models/g%202.5%3F:run?alt=sse");
}

static void what_does_not_fit_is_no_url(void **unused)
{
	struct us_provider p = { .base_url = "http://h" };
	struct us_address long_one = openai;
	struct us_arena small;
	char name[8000];

	memset(name, '?', sizeof(name));
	long_one.endpoint = "/{model}";
	long_one.model = us_span(name, sizeof(name));
	assert_int_equal(us_provider_url(&p, &long_one, &arena).n, 0);
	us_arena_init(&small, 8);
	assert_int_equal(us_provider_url(&p, &openai, &small).n, 0);
	us_arena_fini(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_follow_the_base_url),
		cmocka_unit_test(the_model_and_the_method_are_filled_in),
		cmocka_unit_test(a_providers_own_path_comes_instead_and_is_not_repeated),
		cmocka_unit_test(what_does_not_fit_is_no_url),
	};
	int failed;

	us_arena_init(&arena, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	us_arena_fini(&arena);
	return failed;
}

/* test_window.c - is a conversation surely longer than a model can read? */
#include "wire/translate.h"
#include "wire/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A request whose %s is n bytes of text. */
static struct us_buf body;

static void fill(const char *form, size_t n)
{
	const char *at = strstr(form, "%s");

	us_buf_clear(&body);
	us_buf_add(&body, form, (size_t)(at - form));
	while (n--)
		us_buf_add_char(&body, 'x');
	us_buf_add_str(&body, at + 2);
	assert_int_equal(body.err, 0);
}

static int setup(void **state)
{
	us_buf_init(&body, 4000000);
	return 0;
}

static int teardown(void **state)
{
	us_buf_fini(&body);
	return 0;
}

static uint64_t least(const char *form, size_t n)
{
	struct us_request q;
	uint64_t tokens;

	fill(form, n);
	us_request_init(&q, &us_openai, NULL, us_buf_span(&body));
	assert_int_equal(q.rc, 0);
	tokens = us_window_least(&q.req);
	us_request_fini(&q);
	return tokens;
}

static void text_counts_wherever_it_stands(void **state)
{
	static const char *const forms[] = {
		"{\"messages\":[{\"role\":\"system\",\"content\":\"%s\"}]}",
		"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}"
		"]}]}",
		"{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":"
		"\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"%s\"}}]}]}",
		"{\"messages\":[{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"%s\"}]}",
		"{\"messages\":[{\"role\":\"user\",\"content\":\"u\"}],\"tools\":[{\"type\":"
		"\"function\",\"function\":{\"name\":\"f\","
		"\"description\":\"%s\"}}]}",
	};

	for (size_t i = 0; i < US_COUNT(forms); i++)
		assert_int_equal(least(forms[i], 80000), 10000);
}

static void pictures_are_not_counted_by_their_bytes(void **state)
{
	assert_int_equal(
		least("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
	              "\"image_url\":{\"url\":\"data:image/png;base64,%s\"}}]}]}",
	              80000),
		0);
}

static enum us_loss render(const char *model, size_t n, bool same)
{
	struct us_rendered r = { 0 };
	struct us_request q;
	struct us_target to = { .dialect = same ? &us_openai : &us_anthropic,
		                .model = us_span_of(model) };
	enum us_loss loss;

	fill("{\"model\":\"gpt-4.1\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}", n);
	us_request_init(&q, &us_openai, NULL, us_buf_span(&body));
	loss = us_request_render(&q, &to, &r);
	if (loss == US_IMPOSSIBLE) {
		assert_string_equal(r.diags.list[0].code, "CONTEXT_WINDOW");
		assert_int_equal(r.body.n, 0);
	}
	us_rendered_fini(&r);
	us_request_fini(&q);
	return loss;
}

static void a_model_that_surely_cannot_read_it_is_passed_by(void **state)
{
	assert_int_equal(render("claude-haiku-4-5", 1700000, false), US_IMPOSSIBLE);
	assert_int_not_equal(render("claude-haiku-4-5", 1500000, false), US_IMPOSSIBLE);
	assert_int_equal(render("gpt-4o", 1100000, true), US_IMPOSSIBLE);
	assert_int_not_equal(render("gpt-4.1", 1100000, true), US_IMPOSSIBLE);
	assert_int_not_equal(render("who-knows", 3000000, true), US_IMPOSSIBLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(text_counts_wherever_it_stands),
		T(pictures_are_not_counted_by_their_bytes),
		T(a_model_that_surely_cannot_read_it_is_passed_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

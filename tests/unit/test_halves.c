/* test_halves.c - halves of characters in JSON, for targets that refuse them */
#include "wire/halves.h"

#include "wire/translate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(const char *json, const char *want)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", json);
	assert_int_equal(us_halves_replace(text, strlen(text)), strcmp(json, want) != 0);
	assert_string_equal(text, want);
}

static void a_half_alone_is_replaced(void **state)
{
	check("[\"a\\ud83d\"]", "[\"a\\ufffd\"]");
	check("[\"\\uDE00a\"]", "[\"\\ufffda\"]");
	check("[\"\\uDBFFx\\udfff\"]", "[\"\\ufffdx\\ufffd\"]");
	check("[\"\\ud83d\\ud83d\\ude00\"]", "[\"\\ufffd\\ud83d\\ude00\"]");
	check("[\"\\ude00\\ud83d\"]", "[\"\\ufffd\\ufffd\"]");
	check("[\"\\ud83d\\n\"]", "[\"\\ufffd\\n\"]");
}

static void whole_characters_stay(void **state)
{
	check("[\"\\ud83d\\ude00\"]", "[\"\\ud83d\\ude00\"]");
	check("[\"\\u00e9\\ud7ff\\ue000\"]", "[\"\\u00e9\\ud7ff\\ue000\"]");
	check("{\"a\":1}", "{\"a\":1}");
	check("", "");
}

/* An escaped backslash is followed by letters. */
static void text_that_looks_like_a_half_stays(void **state)
{
	check("[\"\\\\ud83d\"]", "[\"\\\\ud83d\"]");
	check("[\"\\\\\\ud83d\"]", "[\"\\\\\\ufffd\"]");
}

static void only_a_target_that_refuses_them_is_spared_them(void **state)
{
	static const struct us_dialect *const to[] = { &us_anthropic, &us_responses };
	struct us_request q;

	us_request_init(&q, &us_openai, NULL,
	                US_SPAN("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
	                        "\"a\\ud83d\"}]}"));
	for (size_t i = 0; i < US_COUNT(to); i++) {
		struct us_rendered r = { 0 };
		struct us_target target = { .dialect = to[i], .model = US_SPAN("m") };
		bool half, told;

		us_request_render(&q, &target, &r);
		half = us_span_has(us_buf_span(&r.body), "\\ud83d");
		told = r.diags.n && strcmp(r.diags.list[r.diags.n - 1].code, "HALF_CHARACTER") == 0;
		assert_int_equal(half, i == 1);
		assert_int_equal(told, i == 0);
		us_rendered_fini(&r);
	}
	us_request_fini(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_half_alone_is_replaced),
		cmocka_unit_test(whole_characters_stay),
		cmocka_unit_test(text_that_looks_like_a_half_stays),
		cmocka_unit_test(only_a_target_that_refuses_them_is_spared_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

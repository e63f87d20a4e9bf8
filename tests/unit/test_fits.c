/* test_fits.c - is a JSON value of the form that its schema describes? */
#include "wire/fits.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PERSON                                                                                     \
	"{\"type\":\"object\",\"required\":[\"name\",\"tags\"],\"additionalProperties\":false,"    \
	"\"properties\":{\"name\":{\"type\":\"string\"},\"age\":{\"type\":[\"integer\",\"null\"]}" \
	","                                                                                        \
	"\"mood\":{\"enum\":[\"gl\\u0061d\",\"sad\",3]},\"tags\":{\"type\":\"array\",\"items\":"   \
	"{\"type\":\"object\",\"required\":[\"t\"],\"properties\":{\"t\":{\"const\":\"x\"}}}}}}"

static bool fits(const char *json, const char *schema)
{
	return us_json_fits(us_span_of(json), us_span_of(schema));
}

static void what_is_of_the_form_fits(void **state)
{
	static const char *const right[] = {
		"{\"name\":\"a\",\"tags\":[]}",
		" {\"tags\":[{\"t\":\"x\",\"more\":1}],\"n\\u0061me\":\"a\",\"age\":null}",
		"{\"name\":\"a\",\"tags\":[],\"age\":12,\"mood\":\"glad\"}",
		"{\"name\":\"a\",\"tags\":[],\"age\":1.0,\"mood\":3.0}",
	};

	for (size_t i = 0; i < US_COUNT(right); i++)
		assert_true(fits(right[i], PERSON));
}

static void what_lacks_or_adds_or_is_another_thing_does_not(void **state)
{
	static const char *const wrong[] = {
		"{\"name\":\"a\"}",
		"{\"name\":1,\"tags\":[]}",
		"[]",
		"{\"name\":\"a\",\"tags\":[]",
		"{\"name\":\"a\",\"tags\":[],\"other\":1}",
		"{\"name\":\"a\",\"tags\":[{}]}",
		"{\"name\":\"a\",\"tags\":[{\"t\":\"y\"}]}",
		"{\"name\":\"a\",\"tags\":[],\"age\":1.5}",
		"{\"name\":\"a\",\"tags\":[],\"mood\":\"mad\"}",
		"{\"name\":\"a\",\"tags\":{}}",
	};

	for (size_t i = 0; i < US_COUNT(wrong); i++)
		assert_false(fits(wrong[i], PERSON));
}

static void doubt_says_yes(void **state)
{
	assert_true(us_json_fits(US_SPAN("1"), us_span(NULL, 0)));
	assert_true(fits("1", "true"));
	assert_true(fits("1", "no schema"));
	assert_true(fits("1", "{\"$ref\":\"#/$defs/a\",\"type\":\"string\"}"));
	assert_true(fits("1", "{\"anyOf\":[{\"type\":\"string\"}]}"));
	assert_true(fits("1", "{\"type\":\"newer\"}"));
	assert_false(fits("1 2", "{}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_of_the_form_fits),
		cmocka_unit_test(what_lacks_or_adds_or_is_another_thing_does_not),
		cmocka_unit_test(doubt_says_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_rest.c - what is missing of a JSON value that was begun */
#include "wire/rest.h"

#include "base/rand.h"
#include "wire/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MAX ((size_t)1 << 20)

static void expect_rest(const char *begun, const char *whole, const char *rest)
{
	struct us_buf out;

	us_buf_init(&out, MAX);
	us_buf_add_str(&out, "x"); /* what is there stays */
	if (us_json_rest(us_span_of(begun), us_span_of(whole), &out) != (rest ? 0 : US_EINVAL))
		fail_msg("%s of %s", begun, whole);
	if (strcmp(us_buf_cstr(&out) + 1, rest ? rest : "") != 0)
		fail_msg("%s of %s: %s", begun, whole, us_buf_cstr(&out));
	us_buf_fini(&out);
}

static void the_same_bytes_go_on_as_they_are(void **state)
{
	expect_rest("", "{\"a\":1}", "{\"a\":1}");
	expect_rest("{\"a", "{\"a\":1}", "\":1}");
	expect_rest("{\"a\":1", "{\"a\":12}", "2}");
	expect_rest("{\"a\":\"x\\", "{\"a\":\"x\\ny\"}", "ny\"}");
}

static void other_blanks_order_and_escapes_mean_the_same(void **state)
{
	static const char whole[] =
		"{\"unit\":\"C\",\"city\":\"Par\\u0069s\",\"n\":[1,{\"a\":1,\"b\":2}],\"x\":12}";

	expect_rest("{\"city\": \"Par", whole,
	            "\\u0069s\", \"unit\": \"C\", \"n\": [1,{\"a\":1,\"b\":2}], \"x\": 12}");
	expect_rest("{ \"x\" :1", whole,
	            "2,\"unit\":\"C\",\"city\":\"Par\\u0069s\",\"n\":[1,{\"a\":1,\"b\":2}]}");
	expect_rest("{\"n\":[1 ,{\"b\":2,", whole,
	            "\"a\":1}],\"unit\":\"C\",\"city\":\"Par\\u0069s\",\"x\":12}");
	expect_rest("{\"n\":[1 , {\"b\":2,\"a\":1}],\"x\":12,\"unit\":\"C\",\"ci", whole,
	            "ty\":\"Par\\u0069s\"}");
	expect_rest("{\"city\":\"Paris\",\"unit\":\"C\",\"n\":[1,{\"b\":2,\"a\":1}] ", whole,
	            ",\"x\":12}");
	expect_rest("{\"city\"", whole,
	            ":\"Par\\u0069s\",\"unit\":\"C\",\"n\":[1,{\"a\":1,\"b\":2}],\"x\":12}");
	expect_rest("{\"n\":[", "{ \"n\":[] }", "]}");
}

/* A cut may be within an escape, or within a character. */
static void half_an_escape_is_finished_if_it_can_be(void **state)
{
	expect_rest("{ \"a\":\"1\\", "{\"a\":\"1\\n2\"}", "n2\"}");
	expect_rest("{ \"a\":\"1\\u00", "{\"a\":\"1\\n2\"}", NULL);
	expect_rest("{ \"a\":\"1\\u00", "{\"a\":\"1\\u0001\"}", "01\"}");
	expect_rest("{ \"a\":\"\\ud83d", "{\"a\":\"\\ud83d\\ude00\"}", "\\ude00\"}");
	expect_rest("{ \"a\":\"\\ud83d", "{\"a\":\"\xf0\x9f\x98\x80\"}", NULL);
	expect_rest("{ \"a\":\"x\\u0041", "{\"a\":\"xA!\"}", "!\"}");
	expect_rest("{ \"a\":\"\xc3", "{\"a\":\"\xc3\xa9\"}", "\xa9\"}");
	expect_rest("{ \"a\":\"\\\\", "{\"a\":\"\\\\n\"}", "n\"}");
}

static void what_says_otherwise_is_not_finished(void **state)
{
	static const char *const begun[] = {
		"{\"city\":\"Rom",
		"{\"a\":1,",
		"{\"unit\":\"F\",\"ci",
		"{\"city\":\"Paris\",",
		"{\"city\":[",
		"{\"x\":",
		"{\"city\":\"Paris\"}",
		"{\"city\":\"Paris\",}",
		"[",
		"garbage",
		"{\"city\" 1",
		"{\"city\":\"Paris\" \"",
		"{\"city\":\"Paris\",\"city\":\"Par",
	};

	for (size_t i = 0; i < US_COUNT(begun); i++)
		expect_rest(begun[i], "{ \"city\":\"Paris\"}", NULL);
	expect_rest("{\"a\":1.0,", "{ \"a\":1,\"b\":2}", NULL); /* digit for digit */
	expect_rest("{\"a\":", "{ \"a\":1", NULL);              /* itself not whole */
	expect_rest("{\"n\":[1,2,", "{ \"n\":[1,2]}", NULL);
	expect_rest("{\"n\":[1,2", "{ \"n\":[1]}", NULL);
}

/* --- whatever is cut where ------------------------------------------------------------------- */

static struct us_rand dice = { 20261129 };

static size_t roll(size_t n) { return (size_t)(us_rand_next(&dice) % n); }

static void blank(struct us_buf *b)
{
	if (roll(3) == 0)
		us_buf_add_char(b, " \n\t"[roll(3)]);
}

static void any(struct us_buf *b, uint64_t shape, unsigned depth, bool turned);

/* One of some strings, in one of some spellings. */
static void text(struct us_buf *b, uint64_t which)
{
	static const char *const spelled[][2] = {
		{ "\"plain\"", "\"pl\\u0061in\"" },
		{ "\"\\n\\\"\\\\\"", "\"\\u000a\\u0022\\u005c\"" },
		{ "\"caf\xc3\xa9\"", "\"caf\\u00e9\"" },
		{ "\"\xf0\x9f\x98\x80!\"", "\"\\ud83d\\ude00!\"" },
		{ "\"\"", "\"\"" },
	};

	us_buf_add_str(b, spelled[which % US_COUNT(spelled)][roll(2)]);
}

static void parts(struct us_buf *b, uint64_t shape, unsigned depth, bool object)
{
	size_t n = shape % 4, turn = object && n ? roll(n) : 0;

	us_buf_add_char(b, object ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		size_t k = (i + turn) % n;

		blank(b);
		if (object)
			us_buf_addf(b, "\"k%zu\"", k);
		if (object) {
			blank(b);
			us_buf_add_char(b, ':');
			blank(b);
		}
		any(b, shape * 31 + k * 7919 + 1, depth + 1, false);
		blank(b);
		us_buf_add_str(b, i + 1 < n ? "," : "");
	}
	us_buf_add_char(b, object ? '}' : ']');
}

static void any(struct us_buf *b, uint64_t shape, unsigned depth, bool object)
{
	static const char *const plain[] = { "true", "false",   "null",
		                             "0",    "-12.5e3", "18446744073709551615" };

	shape ^= shape >> 7;
	if (object || (depth < 5 && shape % 5 < 2))
		parts(b, shape / 5, depth, object || shape % 5 == 0);
	else if (shape % 5 < 4)
		text(b, shape / 5);
	else
		us_buf_add_str(b, plain[shape / 5 % US_COUNT(plain)]);
}

/* The same value twice, in two ways of writing, the first cut anywhere: where a rest is found, it
 * makes the value; and the byte-exact cut always has one. */
static void a_rest_makes_the_value_whole_or_there_is_none(void **state)
{
	unsigned found = 0, cuts = 0;

	for (unsigned i = 0; i < 2000; i++) {
		struct us_buf one, two, out;
		uint64_t shape = us_rand_next(&dice);
		size_t cut;

		us_buf_init(&one, MAX);
		us_buf_init(&two, MAX);
		us_buf_init(&out, MAX);
		any(&one, shape, 0, true);
		any(&two, shape, 0, true);
		cut = roll(one.n);
		us_buf_add(&out, one.p, cut);
		assert_int_equal(us_json_rest(us_buf_span(&out), us_buf_span(&one), &out), 0);
		assert_true(us_span_eq(us_buf_span(&out), us_buf_span(&one)));
		us_buf_clear(&out);
		us_buf_add(&out, one.p, cut);
		cuts++;
		if (us_json_rest(us_span(one.p, cut), us_buf_span(&two), &out) == 0) {
			found++;
			assert_int_equal(us_args_kind(us_buf_span(&out)), US_ARGS_OBJECT);
		} else {
			assert_int_equal(out.n, cut);
		}
		us_buf_fini(&one);
		us_buf_fini(&two);
		us_buf_fini(&out);
	}
	assert_true(found * 10 > cuts * 9); /* but for the odd escape that was cut */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_bytes_go_on_as_they_are),
		cmocka_unit_test(other_blanks_order_and_escapes_mean_the_same),
		cmocka_unit_test(half_an_escape_is_finished_if_it_can_be),
		cmocka_unit_test(what_says_otherwise_is_not_finished),
		cmocka_unit_test(a_rest_makes_the_value_whole_or_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

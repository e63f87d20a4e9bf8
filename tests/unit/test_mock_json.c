/* test_mock_json.c - JSON as a strict provider reads it */
#include "base/mem.h"
#include "cli/mock_json.c"
#include "cli/mock_text.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct doc {
	struct us_arena arena;
	struct us_mock_json *root;
	struct us_mock_json_error error;
	bool lone;
};

static void parse(struct doc *d, struct us_span text)
{
	us_arena_init(&d->arena, 1 << 20);
	d->root = us_mock_json_parse(&d->arena, text, &d->lone, &d->error);
}

static void done(struct doc *d) { us_arena_fini(&d->arena); }

/* The decoded text of the only value. */
static void text_is(const char *json, const char *text, size_t n)
{
	struct doc d;

	parse(&d, us_span_of(json));
	assert_non_null(d.root);
	assert_int_equal(d.root->text.n, n);
	assert_memory_equal(d.root->text.p, text, n);
	done(&d);
}

static void malformed(struct us_span json, const char *what, size_t at)
{
	struct doc d;

	parse(&d, json);
	assert_null(d.root);
	assert_string_equal(d.error.what, what);
	assert_int_equal(d.error.at, at);
	done(&d);
}

static void strings_are_decoded_whole(void **state)
{
	text_is("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
	text_is("\"a\\u0000b\"", "a\0b", 3);
	text_is("\"\\u00e9\\u20AC\"", "\xC3\xA9\xE2\x82\xAC", 5);
	text_is("\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", 4);
}

static void half_a_pair_is_kept_and_told(void **state)
{
	struct doc d;

	parse(&d, us_span_of("[\"\\ud83d\", \"\\ude00\\ud83d\\u0041\"]"));
	assert_true(d.lone);
	assert_memory_equal(d.root->first->text.p, "\xED\xA0\xBD", 3);
	assert_int_equal(d.root->first->next->text.n, 7);
	done(&d);
}

static void values_keep_their_source(void **state)
{
	struct doc d;

	parse(&d, us_span_of(" {\"a\" : 1.50, \"b\": [ 1 ,2] ,\"c\":{}} "));
	assert_true(us_span_is(us_mock_json_get(d.root, "a")->text, "1.50"));
	assert_true(us_span_is(us_mock_json_get(d.root, "b")->text, "[ 1 ,2]"));
	assert_int_equal(us_mock_json_get(d.root, "b")->count, 2);
	assert_int_equal(us_mock_json_get(d.root, "c")->count, 0);
	done(&d);
}

static void the_last_of_two_members_counts_and_null_is_none(void **state)
{
	struct doc d;

	parse(&d, us_span_of("{\"a\":1,\"a\":2,\"n\":null,\"o\":{\"p\":{\"q\":true}}}"));
	assert_true(us_span_is(us_mock_json_get(d.root, "a")->text, "2"));
	assert_null(us_mock_json_get(d.root, "n"));
	assert_null(us_mock_json_get(us_mock_json_get(d.root, "a"), "a"));
	assert_true(us_mock_json_true(us_mock_json_at(d.root, "o.p.q")));
	assert_null(us_mock_json_at(d.root, "o.x.q"));
	done(&d);
}

static void numbers_have_a_kind_and_about_their_value(void **state)
{
	struct doc d;

	parse(&d, us_span_of("[0,-7,1.5,25e-1,-0.0,9007199254740993,1e400,12345e-400]"));
	assert_int_equal(d.root->first->kind, US_MOCK_INT);
	assert_true(d.root->first->next->number < -6.9 && d.root->first->next->number > -7.1);
	d.root = d.root->first->next->next;
	assert_int_equal(d.root->kind, US_MOCK_NUM);
	assert_true(d.root->number > 1.49 && d.root->number < 1.51);
	assert_true(d.root->next->number > 2.49 && d.root->next->number < 2.51);
	done(&d);
}

static void what_others_let_pass_is_refused(void **state)
{
	malformed(US_SPAN("01"), "trailing characters", 1);
	malformed(US_SPAN("1."), "invalid number", 2);
	malformed(US_SPAN("1e+"), "invalid number", 3);
	malformed(US_SPAN("-"), "expected value", 1);
	malformed(US_SPAN("+1"), "expected value", 0);
	malformed(US_SPAN("NaN"), "expected value", 0);
	malformed(US_SPAN("\"a\nb\""), "control character in string", 2);
	malformed(US_SPAN("\"a\0b\""), "control character in string", 2);
	malformed(US_SPAN("\"\\x\""), "invalid escape", 2);
	malformed(US_SPAN("\"\\\0\""), "invalid escape", 2);
	malformed(US_SPAN("\"\\u12g4\""), "invalid \\uXXXX escape", 3);
	malformed(US_SPAN("\"\xC0\x80\""), "invalid UTF-8", 1);
	malformed(US_SPAN("\"\xED\xA0\xBD\""), "invalid UTF-8", 1);
	malformed(US_SPAN("\"\xF4\x90\x80\x80\""), "invalid UTF-8", 1);
	malformed(US_SPAN("\"\xE2\x82"), "invalid UTF-8", 1);
	malformed(US_SPAN("[1,]"), "expected value", 3);
	malformed(US_SPAN("{\"a\":1,}"), "expected a member name", 7);
	malformed(US_SPAN("{\"a\" 1}"), "expected `:`", 5);
	malformed(US_SPAN("[1 2]"), "expected `,` or `]`", 3);
	malformed(US_SPAN("[]]"), "trailing characters", 2);
	malformed(US_SPAN("\"abc"), "unterminated string", 4);
	malformed(US_SPAN("\"abc\\"), "invalid escape", 5);
	malformed(US_SPAN("\xEF\xBB\xBF{}"), "expected value", 0);
	malformed(US_SPAN(""), "expected value", 0);
	malformed(us_span(NULL, 0), "expected value", 0);
}

static void depth_has_a_bound(void **state)
{
	char deep[2 * DEPTH_MAX + 2];

	memset(deep, '[', DEPTH_MAX);
	memset(deep + DEPTH_MAX, ']', DEPTH_MAX);
	text_is("[]", "[]", 2);
	struct doc d;

	parse(&d, us_span(deep, 2 * DEPTH_MAX));
	assert_non_null(d.root);
	done(&d);
	memset(deep, '[', sizeof(deep));
	malformed(us_span(deep, sizeof(deep)), "nested too deeply", DEPTH_MAX + 1);
}

static void quoting_undoes_decoding(void **state)
{
	static const char text[] =
		"q\" b\\ n\n nul\0 \x1F \x7F / \xC3\xA9 \xED\xA0\xBD \xF0\x9F\x98\x80";
	struct doc d;
	struct us_buf b;

	us_buf_init(&b, 4096);
	us_mock_json_quote(&b, us_span(text, sizeof(text) - 1));
	parse(&d, us_buf_span(&b));
	assert_non_null(d.root);
	assert_true(d.lone);
	assert_int_equal(d.root->text.n, sizeof(text) - 1);
	assert_memory_equal(d.root->text.p, text, sizeof(text) - 1);
	done(&d);
	us_buf_fini(&b);
}

/* The tree is there, or it is not: nothing in between. */
static void failing_memory_is_an_error(void **state)
{
	struct doc d = { .root = NULL };

	for (unsigned long nth = 1; !d.root; nth++) {
		us_mem_fail_at(nth);
		parse(&d, US_SPAN("{\"a\":[\"b\",{\"c\":1}]}"));
		us_mem_fail_at(0);
		if (!d.root)
			assert_string_equal(d.error.what, "out of memory");
		done(&d);
		assert_true(nth < 100);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_decoded_whole),
		cmocka_unit_test(half_a_pair_is_kept_and_told),
		cmocka_unit_test(values_keep_their_source),
		cmocka_unit_test(the_last_of_two_members_counts_and_null_is_none),
		cmocka_unit_test(numbers_have_a_kind_and_about_their_value),
		cmocka_unit_test(what_others_let_pass_is_refused),
		cmocka_unit_test(depth_has_a_bound),
		cmocka_unit_test(quoting_undoes_decoding),
		cmocka_unit_test(failing_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

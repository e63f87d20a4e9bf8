/* test_scan.c - JSON read where it lies */
#include "wire/scan.h"

#include "base/mem.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_doc doc;
static struct us_arena arena;

static int setup(void **state)
{
	us_arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	us_doc_fini(&doc);
	us_arena_fini(&arena);
	us_mem_fail_at(0);
	return 0;
}

static struct us_val parse(struct us_span text)
{
	assert_int_equal(us_doc_parse(&doc, text), 0);
	return us_doc_root(&doc);
}

static void every_value_of_the_grammar_is_taken(void **state)
{
	static const char *const good[] = {
		"null",
		" true ",
		"\t\r\nfalse",
		"0",
		"-0",
		"-0.0e-0",
		"10",
		"1.5",
		"1E+9",
		"1e400",
		"9223372036854775808",
		"\"\"",
		"\"\\u0000\\ud83d\\/\\\"\"",
		"\"\\u09aF\\uAf90\"",
		"\"\x7f\xff\"",
		"[]",
		"[ ]",
		"{}",
		"{ }",
		"[[],{}]",
		"{\"\":1,\"\":2}",
		"[1 , 2]",
		"{\"a\" : [ { } ] }",
	};

	for (size_t i = 0; i < US_COUNT(good); i++)
		if (us_doc_parse(&doc, us_span_of(good[i])))
			fail_msg("refused: %s", good[i]);
}

/* And where the first byte is that does not fit. */
static const struct {
	const char *text;
	size_t at;
} bad[] = {
	{ "", 0 },
	{ "  ", 2 },
	{ "nul", 0 },
	{ "nulL", 0 },
	{ "01", 1 },
	{ "-", 1 },
	{ "+1", 0 },
	{ ".5", 0 },
	{ "1.", 2 },
	{ "1.e5", 2 },
	{ "1e", 2 },
	{ "1e+", 3 },
	{ "\"", 1 },
	{ "\"\t\"", 1 },
	{ "\"\\x\"", 1 },
	{ "\"\\u12g4\"", 1 },
	{ "\"\\u123", 1 },
	{ "\"\\", 1 },
	{ "[", 1 },
	{ "[1", 2 },
	{ "[1,]", 3 },
	{ "[,1]", 1 },
	{ "[1 2]", 3 },
	{ "[1}", 2 },
	{ "{", 1 },
	{ "{]", 1 },
	{ "{a:1}", 1 },
	{ "{\"a\"}", 4 },
	{ "{\"a\":}", 5 },
	{ "{\"a\":1,}", 7 },
	{ "{\"a\":1 \"b\":2}", 7 },
	{ "{\"a\" 1}", 5 },
	{ "1 2", 2 },
	{ "{}{}", 2 },
	{ "]", 0 },
	{ "NaN", 0 },
	{ "'a'", 0 },
	{ "/**/1", 0 },
	{ "\xef\xbb\xbf{}", 0 },
};

static void what_is_no_json_is_refused_where_it_goes_wrong(void **state)
{
	for (size_t i = 0; i < US_COUNT(bad); i++) {
		assert_int_equal(us_doc_parse(&doc, us_span_of(bad[i].text)), US_ESYNTAX);
		if (doc.bad_at != bad[i].at)
			fail_msg("%s: at %zu, want %zu", bad[i].text, doc.bad_at, bad[i].at);
		assert_true(us_val_is(us_doc_root(&doc), US_J_NONE));
	}
}

static void nothing_at_all_is_no_document(void **state)
{
	assert_int_equal(us_doc_parse(&doc, us_span(NULL, 0)), US_ESYNTAX);
	assert_int_equal(doc.bad_at, 0);
}

static void a_nul_byte_is_not_the_end(void **state)
{
	assert_int_equal(us_doc_parse(&doc, US_SPAN("[1]\0")), US_ESYNTAX);
	assert_int_equal(us_doc_parse(&doc, US_SPAN("\"a\\\0\"")), US_ESYNTAX);
	assert_int_equal(us_doc_parse(&doc, US_SPAN("\"a\0b\"")), US_ESYNTAX);
}

/* Text without a NUL behind it, so that the sanitizer sees a byte too many. */
static void the_last_byte_is_the_last_that_is_read(void **state)
{
	static const char *const texts[] = { "12", "\"a\"", "\"\\u00e9", "tru",    "[1,", "{\"a\":",
		                             "1e", "\"\\",  "-",         "{\"a\"", "[1 " };

	for (size_t i = 0; i < US_COUNT(texts); i++) {
		size_t n = strlen(texts[i]);
		char *exact = malloc(n);

		assert_non_null(exact);
		memcpy(exact, texts[i], n);
		(void)!us_doc_parse(&doc, us_span(exact, n));
		free(exact);
	}
}

static void a_value_gives_back_its_very_bytes(void **state)
{
	struct us_val v = parse(US_SPAN(" {\"a\": [ 1.0,1e2 ,-0], \"b\":9007199254740993 } "));

	assert_span(us_val_raw(v), "{\"a\": [ 1.0,1e2 ,-0], \"b\":9007199254740993 }");
	assert_span(us_val_raw(us_val_get(v, "a")), "[ 1.0,1e2 ,-0]");
	assert_span(us_val_raw(us_val_get(v, "b")), "9007199254740993");
	assert_span(us_val_raw(us_val_get(v, "c")), "");
}

static void of_duplicate_members_the_last_counts(void **state)
{
	struct us_val v = parse(US_SPAN("{\"a\":{\"a\":0},\"a\":2,\"b\":3}"));

	assert_span(us_val_raw(us_val_get(v, "a")), "2");
	assert_int_equal(us_val_count(v), 3);
}

static void members_are_walked_in_their_order(void **state)
{
	struct us_val v = parse(US_SPAN("{\"z\":[1,[2,3],{}],\"a\":{\"x\":{}},\"m\":null}"));
	struct us_iter it = us_iter(v);

	assert_true(us_iter_next(&it) && us_val_str_is(it.key, "z"));
	assert_int_equal(us_val_count(it.val), 3);
	assert_true(us_iter_next(&it) && us_val_str_is(it.key, "a"));
	assert_span(us_val_raw(it.val), "{\"x\":{}}");
	assert_true(us_iter_next(&it) && us_val_str_is(it.key, "m"));
	assert_false(us_val_given(it.val));
	assert_false(us_iter_next(&it));
	assert_false(us_iter_next(&it));
}

static void what_is_not_there_can_be_asked_anything(void **state)
{
	struct us_val none = { 0 };
	struct us_iter it = us_iter(none);
	uint64_t n;

	assert_false(us_iter_next(&it));
	assert_true(us_val_is(us_val_get(none, "a"), US_J_NONE));
	assert_int_equal(us_val_str(none, &arena).n, 0);
	assert_false(us_val_str_is(none, ""));
	assert_false(us_val_u64(none, &n));
	assert_true(us_val_double(none) == 0);
	it = us_iter(parse(US_SPAN("\"text\"")));
	assert_false(us_iter_next(&it));
}

static void a_string_is_decoded_only_where_it_must_be(void **state)
{
	struct us_span src = US_SPAN("[\"plain\",\"a\\u0000\\n\\u00e9\\ud83d\\ude00\",7]");
	struct us_iter it = us_iter(parse(src));
	struct us_span s;

	us_iter_next(&it);
	s = us_val_str(it.val, &arena);
	assert_ptr_equal(s.p, src.p + 2);
	assert_int_equal(arena.used, 0);
	us_iter_next(&it);
	s = us_val_str(it.val, &arena);
	assert_true(us_span_eq(s, US_SPAN("a\0\n\xc3\xa9\xf0\x9f\x98\x80")));
	us_iter_next(&it);
	assert_int_equal(us_val_str(it.val, &arena).n, 0);
}

static void a_name_may_hide_behind_escapes(void **state)
{
	char text[300] = "{\"";
	size_t n = 2;
	const char *name = "cache_creation_input_tokens";

	for (size_t i = 0; name[i]; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\\u%04x", name[i]);
	snprintf(text + n, sizeof(text) - n, "\":5}");
	assert_span(us_val_raw(us_val_get(parse(us_span_of(text)), name)), "5");
	assert_true(us_val_str_is(parse(US_SPAN("\"\\u0061b\"")), "ab"));
	assert_false(us_val_str_is(parse(US_SPAN("\"\\u0061b\"")), "a"));
	assert_false(us_val_str_is(parse(US_SPAN("\"a\\u0000\"")), "a"));
}

static void a_whole_number_is_digits_that_fit(void **state)
{
	static const char *const no[] = { "-1",    "1.0", "1e3", "99999999999999999999",
		                          "\"1\"", "true" };
	uint64_t n = 7;

	assert_true(us_val_u64(parse(US_SPAN("0")), &n) && n == 0);
	assert_true(us_val_u64(parse(US_SPAN("9007199254740993")), &n));
	assert_true(n == 9007199254740993u);
	for (size_t i = 0; i < US_COUNT(no); i++)
		assert_false(us_val_u64(parse(us_span_of(no[i])), &n));
}

static void a_double_is_near_enough_to_compare(void **state)
{
	static const struct {
		const char *text;
		double v;
	} all[] = {
		{ "0.7", 0.7 },     { "-0.5", -0.5 },
		{ "1", 1 },         { "2.0e0", 2 },
		{ "15E-1", 1.5 },   { "1e+2", 100 },
		{ "1e-400", 0 },    { "0e9999", 0 },
		{ "0.00001e5", 1 }, { "123456789.125", 123456789.125 },
		{ "0.90", 0.9 },
	};

	for (size_t i = 0; i < US_COUNT(all); i++) {
		double d = us_val_double(parse(us_span_of(all[i].text))) - all[i].v;

		if (d > 1e-9 || d < -1e-9)
			fail_msg("%s", all[i].text);
	}
	assert_true(us_val_double(parse(US_SPAN("1e400"))) > 1e300);
	assert_true(us_val_double(parse(US_SPAN("-1e400"))) < -1e300);
	assert_true(us_val_double(parse(US_SPAN("1e99999999999999999999"))) > 1e300);
	assert_true(us_val_double(parse(US_SPAN("1e-99999999999999999999"))) == 0);
}

static char *nested(size_t depth, char open, char close)
{
	char *text = malloc(2 * depth + 1);

	assert_non_null(text);
	memset(text, open, depth);
	memset(text + depth, close, depth);
	text[2 * depth] = '\0';
	return text;
}

static void nesting_ends_at_its_ceiling(void **state)
{
	char *most = nested(US_JSON_DEPTH, '[', ']'), *more = nested(US_JSON_DEPTH + 1, '[', ']');
	char *far = nested(1000000, '[', ']');

	assert_int_equal(us_doc_parse(&doc, us_span_of(most)), 0);
	assert_int_equal(doc.n, US_JSON_DEPTH);
	assert_int_equal(us_doc_parse(&doc, us_span_of(more)), US_EDEPTH);
	assert_int_equal(us_doc_parse(&doc, us_span_of(far)), US_EDEPTH);
	free(most);
	free(more);
	free(far);
}

static void closing_gives_depth_back(void **state)
{
	char text[US_JSON_DEPTH * 8] = "[";
	size_t n = 1;

	for (int i = 0; i < US_JSON_DEPTH * 2; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s[]", i ? "," : "");
	text[n] = ']';
	assert_int_equal(us_val_count(parse(us_span(text, n + 1))), US_JSON_DEPTH * 2);
}

static void a_document_may_be_parsed_into_again(void **state)
{
	parse(US_SPAN("[1,2,3,4,5]"));
	assert_int_equal(us_doc_parse(&doc, US_SPAN("[1,")), US_ESYNTAX);
	assert_int_equal(us_val_count(parse(US_SPAN("{\"a\":1}"))), 1);
}

static void memory_that_is_refused_is_an_error_not_a_crash(void **state)
{
	char text[2048] = "[";
	size_t n = 1;
	unsigned long nth = 1;
	int rc;

	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s1", i ? "," : "");
	text[n++] = ']';
	do {
		us_mem_fail_at(nth++);
		rc = us_doc_parse(&doc, us_span(text, n));
		assert_true(rc == 0 || rc == US_ENOMEM);
		if (rc)
			us_doc_fini(&doc);
	} while (rc);
	assert_true(nth > 3);
	assert_int_equal(us_val_count(us_doc_root(&doc)), 300);
	us_mem_fail_at(1);
	us_val_str(parse(US_SPAN("\"\\n\"")), &arena);
	assert_int_equal(arena.err, US_ENOMEM);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_value_of_the_grammar_is_taken),
		T(what_is_no_json_is_refused_where_it_goes_wrong),
		T(nothing_at_all_is_no_document),
		T(a_nul_byte_is_not_the_end),
		T(the_last_byte_is_the_last_that_is_read),
		T(a_value_gives_back_its_very_bytes),
		T(of_duplicate_members_the_last_counts),
		T(members_are_walked_in_their_order),
		T(what_is_not_there_can_be_asked_anything),
		T(a_string_is_decoded_only_where_it_must_be),
		T(a_name_may_hide_behind_escapes),
		T(a_whole_number_is_digits_that_fit),
		T(a_double_is_near_enough_to_compare),
		T(nesting_ends_at_its_ceiling),
		T(closing_gives_depth_back),
		T(a_document_may_be_parsed_into_again),
		T(memory_that_is_refused_is_an_error_not_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

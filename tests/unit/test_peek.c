/* test_peek.c - the glance at a document */
#include "wire/peek.h"

#include "base/rand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- a request ------------------------------------------------------------------------------- */

static const struct us_sign chat = { "messages", "[" };

static struct us_peek peek(const char *text)
{
	struct us_peek p;

	assert_true(us_peek(us_span_of(text), chat, &p));
	return p;
}

static void a_glance_finds_what_stands_at_the_top(void **unused)
{
	struct us_peek p = peek(" { \"messages\" : [ { \"model\" : \"no\", \"stream\": true } ] , "
	                        "\"user\":\"a\\\\\", \"model\" : \"yes\" , \"stream\" : true }");

	assert_true(us_span_is(p.model, "yes"));
	assert_int_equal(p.stream, US_YES);
	assert_true(p.sign);
}

static void a_glance_is_not_deceived_by_strings(void **unused)
{
	struct us_peek p = peek("{\"a\":\"\\\"},{\\\"stream\\\":true\",\"b\":[\"]\",{\"c\":\"}\"}],"
	                        "\"stream\":false,\"model\":\"m\"}");

	assert_int_equal(p.stream, US_NO);
	assert_true(us_span_is(p.model, "m"));
	assert_false(p.sign);
}

static void a_glance_survives_what_is_no_json(void **unused)
{
	static const char *const broken[] = { "{",    "{\"",          "{\"model",   "{\"model\"",
		                              "{,}",  "{\"model\":}", "{\"a\":[[[", "{\"a\":\"\\",
		                              "{}}}", "{\"a\" \"b\"}" };
	struct us_peek p;

	for (size_t i = 0; i < US_COUNT(broken); i++)
		us_peek(us_span_of(broken[i]), chat, &p);
	assert_false(us_peek(US_SPAN("[1]"), chat, &p));
	assert_false(us_peek(US_SPAN(""), chat, &p));
}

/* --- an answer ------------------------------------------------------------------------------- */

/* The same byte by byte. */
static size_t slowly(struct us_span body, struct us_glance *out)
{
	size_t depth = 0, quote = 0;
	bool inside = false;

	*out = (struct us_glance){ 0 };
	for (size_t i = 0; i < body.n; i++) {
		struct us_span word = us_span(body.p + quote, i - quote + 1);

		if (inside && body.p[i] == '\\') {
			i++;
		} else if (body.p[i] == '"') {
			inside = !inside;
			quote = inside ? i : quote;
			out->error |= !inside && us_span_is(word, "\"error\"");
		} else if (!inside && (body.p[i] == '{' || body.p[i] == '[')) {
			depth++;
		} else if (!inside && (body.p[i] == '}' || body.p[i] == ']') && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* Of pieces that matter to it, in any order, as long as a few blocks. */
static struct us_span made(struct us_rand *r, char *text, size_t size)
{
	static const char *const pieces[] = {
		"{",
		"}",
		"[",
		"]",
		":",
		",",
		"\"usage\"",
		"\"error\"",
		"\"abcde\"",
		"\"\"",
		"\"{\"",
		"\"]\\\"}\"",
		"\"\\\\\"",
		"1",
		"\"a longer string than a block of 64 bytes has room for, "
		"and more\"",
		"  ",
		"\"",
		"\"\\",
		"\"error\\\"",
		"\"usag\\u\"",
	};
	size_t n = 1, rare = us_rand_next(r) % 4;

	text[0] = us_rand_next(r) % 2 ? '{' : '[';
	for (;;) {
		size_t which = us_rand_next(r) % (rare ? US_COUNT(pieces) - 4 : US_COUNT(pieces));
		size_t more = strlen(pieces[which]);

		if (n + more > size || us_rand_next(r) % 100 == 0)
			return us_span(text, n);
		memcpy(text + n, pieces[which], more);
		n += more;
	}
}

static void an_answer_is_seen_as_byte_by_byte(void **unused)
{
	struct us_rand r = { 1 };
	unsigned whole = 0, errors = 0;

	for (unsigned i = 0; i < 50000; i++) {
		char text[400];
		struct us_span body = made(&r, text, sizeof(text));
		char *exact = memcpy(test_malloc(body.n), body.p, body.n); /* its end is an end */
		struct us_glance seen, right;
		size_t n = us_peek_whole(us_span(exact, body.n), &seen);

		if (n != slowly(body, &right) || seen.error != right.error)
			fail_msg("%.*s: %zu, error %d", (int)body.n, body.p, n, seen.error);
		whole += n != 0;
		errors += seen.error;
		test_free(exact);
	}
	assert_in_range(whole, 5000, 45000);
	assert_in_range(errors, 5000, 45000);
}

static void the_usage_of_the_answer_itself_is_read_wherever_it_stands(void **unused)
{
	static const char fill[] =
		"                                                                ";
	struct us_glance seen;
	char text[400];

	for (int before = 0; before < 64; before++) {
		int n = snprintf(text, sizeof(text),
		                 "{\"a\":{\"usage\":{\"prompt_tokens\":1}},%.*s\"usage\":{"
		                 "\"prompt_tokens_details\":{\"prompt_tokens\":5,\"a\":[\"}\"]},"
		                 "\"prompt_tokens\" : 9,\"completion_tokens\":12,\"x\":{}}}",
		                 before, fill);

		assert_int_equal(us_peek_whole(us_span(text, (size_t)n), &seen), n);
		assert_int_equal(seen.usage.known, US_USAGE_IN | US_USAGE_OUT);
		assert_int_equal(seen.usage.in, 9);
		assert_int_equal(seen.usage.out, 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_glance_finds_what_stands_at_the_top),
		cmocka_unit_test(a_glance_is_not_deceived_by_strings),
		cmocka_unit_test(a_glance_survives_what_is_no_json),
		cmocka_unit_test(an_answer_is_seen_as_byte_by_byte),
		cmocka_unit_test(the_usage_of_the_answer_itself_is_read_wherever_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

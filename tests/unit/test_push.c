/* test_push.c - where a JSON value ends while it is still arriving */
#include "wire/push.h"

#include "base/rand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const documents[] = {
	"{\"id\":\"x\",\"n\":[1,-0.5e+3,true,false,null],\"s\":\"a\\u00e9\\\"\\\\\",\"o\":{}}",
	"[[[]],[{}],\"\",0,-1,1E5]",
	" {\"a\" : { \"b\":\t[ 1 , 2 ]\n} } ",
	"\"\\ud83d\\ude00 text\"",
	"-12.34e-56",
	"null",
	"{\"a\":{\"a\":{\"a\":[{\"a\":\"}]\"}]}}}",
};

/* Feeds all of `text` in pieces of `size`; says whether it is one value and blanks. */
static bool takes(struct us_span text, size_t size)
{
	struct us_push p = { 0 };
	enum us_push_state state = US_PUSH_MORE;
	size_t at = 0, used;

	while (at < text.n && state == US_PUSH_MORE) {
		size_t n = text.n - at < size ? text.n - at : size;

		state = us_push_feed(&p, us_span(text.p + at, n), &used);
		assert_true(used <= n);
		assert_true(state != US_PUSH_MORE || used == n);
		at += used;
	}
	if (us_push_end(&p) != US_PUSH_DONE)
		return false;
	return !us_span_trim(us_span(text.p + at, text.n - at)).n;
}

static void whole_documents_are_taken_in_any_pieces(void **state)
{
	for (size_t i = 0; i < US_COUNT(documents); i++)
		for (size_t size = 1; size <= strlen(documents[i]); size++)
			assert_true(takes(us_span_of(documents[i]), size));
}

static void a_document_without_its_end_is_not_done(void **state)
{
	const char *text = documents[0];
	struct us_push p;
	size_t used;

	for (size_t n = 0; n < strlen(text); n++) {
		p = (struct us_push){ 0 };
		assert_int_equal(us_push_feed(&p, us_span(text, n), &used), US_PUSH_MORE);
		assert_int_equal(used, n);
		assert_int_equal(us_push_end(&p), US_PUSH_MORE);
	}
}

static void the_end_is_where_the_last_bracket_is(void **state)
{
	struct us_push p = { 0 };
	size_t used;

	assert_int_equal(us_push_feed(&p, US_SPAN("  {\"a\":[]}{\"b\":1}"), &used), US_PUSH_DONE);
	assert_int_equal(used, 10);
	assert_int_equal(p.first, '{');
	assert_int_equal(us_push_feed(&p, US_SPAN("x"), &used), US_PUSH_DONE);
	assert_int_equal(used, 0);
}

static void a_number_ends_with_the_byte_behind_it(void **state)
{
	struct us_push p = { 0 };
	size_t used;

	assert_int_equal(us_push_feed(&p, US_SPAN("12"), &used), US_PUSH_MORE);
	assert_int_equal(us_push_end(&p), US_PUSH_DONE);
	assert_int_equal(us_push_feed(&p, US_SPAN("3,"), &used), US_PUSH_DONE);
	assert_int_equal(used, 1);
	assert_int_equal(p.first, '1');
}

static void a_number_that_is_not_whole_does_not_end(void **state)
{
	static const char *const cut[] = { "-", "1.", "1e", "1e+", "[1", "" };

	for (size_t i = 0; i < US_COUNT(cut); i++) {
		struct us_push p = { 0 };
		size_t used;

		assert_int_equal(us_push_feed(&p, us_span_of(cut[i]), &used), US_PUSH_MORE);
		assert_int_equal(us_push_end(&p), US_PUSH_MORE);
	}
}

static void bad_is_final(void **state)
{
	struct us_push p = { 0 };
	size_t used;

	assert_int_equal(us_push_feed(&p, US_SPAN("[}"), &used), US_PUSH_BAD);
	assert_int_equal(us_push_feed(&p, US_SPAN("]"), &used), US_PUSH_BAD);
	assert_int_equal(used, 0);
	assert_int_equal(us_push_end(&p), US_PUSH_BAD);
}

static void nesting_ends_at_its_ceiling(void **state)
{
	char text[2 * US_JSON_DEPTH + 2];
	struct us_push p = { 0 };
	size_t used;

	for (size_t i = 0; i < US_JSON_DEPTH; i++) {
		text[i] = '[';
		text[2 * US_JSON_DEPTH - 1 - i] = ']';
	}
	assert_true(takes(us_span(text, 2 * US_JSON_DEPTH), 7));
	memset(text, '[', US_JSON_DEPTH + 1);
	assert_int_equal(us_push_feed(&p, us_span(text, US_JSON_DEPTH + 1), &used), US_PUSH_BAD);
}

/* Down to the ceiling in turns of both kinds, and up again. */
static void the_kind_of_every_level_is_remembered(void **state)
{
	char text[US_JSON_DEPTH * 8], *p = text;

	for (int i = 0; i < US_JSON_DEPTH; i++)
		p += sprintf(p, "%s", i % 3 ? "[" : "{\"a\":");
	*p++ = '0';
	for (int i = US_JSON_DEPTH; i--;)
		*p++ = i % 3 ? ']' : '}';
	assert_true(takes(us_span(text, (size_t)(p - text)), 5));
}

/* Brackets of both kinds, so that a bit of the stack that is not cleared shows. */
static void every_bracket_is_closed_by_its_own_kind(void **state)
{
	struct us_push p = { 0 };
	size_t used;

	assert_int_equal(us_push_feed(&p, US_SPAN("[{\"a\":[[{}],{}]},[[],[]]]"), &used),
	                 US_PUSH_DONE);
	p = (struct us_push){ 0 };
	assert_int_equal(us_push_feed(&p, US_SPAN("[{},[}"), &used), US_PUSH_BAD);
	p = (struct us_push){ 0 };
	assert_int_equal(us_push_feed(&p, US_SPAN("[{},[\"a\":"), &used), US_PUSH_BAD);
}

static size_t mutate(struct us_rand *r, char *text, size_t n, size_t room)
{
	static const char bytes[] = "{}[],:\"\\/ \n\t0123456789.eE+-truefalsn\x01\x80\xff";
	size_t at = us_rand_between(r, 0, n ? n - 1 : 0);
	char c = bytes[us_rand_between(r, 0, sizeof(bytes) - 1)]; /* the NUL too */

	switch (us_rand_between(r, 0, 3)) {
	case 0:
		if (n)
			text[at] = c;
		return n;
	case 1:
		if (!n)
			return n;
		memmove(text + at, text + at + 1, n - at - 1);
		return n - 1;
	case 2:
		return at; /* cut */
	default:
		if (n == room)
			return n;
		memmove(text + at + 1, text + at, n - at);
		text[at] = c;
		return n + 1;
	}
}

static void it_takes_exactly_what_the_scanner_takes(void **state)
{
	struct us_rand r = { 20261123 };
	struct us_doc doc = { 0 };
	char text[256];
	unsigned good = 0;

	for (unsigned round = 0; round < 200000; round++) {
		const char *seed = documents[us_rand_between(&r, 0, US_COUNT(documents) - 1)];
		size_t n = strlen(seed), piece = us_rand_between(&r, 1, 9);
		bool scans;

		memcpy(text, seed, n);
		for (uint64_t k = us_rand_between(&r, 1, 4); k; k--)
			n = mutate(&r, text, n, sizeof(text));
		scans = us_doc_parse(&doc, us_span(text, n)) == 0;
		if (takes(us_span(text, n), piece) != scans)
			fail_msg("scanner says %d: %.*s", scans, (int)n, text);
		good += scans;
	}
	us_doc_fini(&doc);
	assert_in_range(good, 10000, 150000); /* both answers were really asked for */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_documents_are_taken_in_any_pieces),
		cmocka_unit_test(a_document_without_its_end_is_not_done),
		cmocka_unit_test(the_end_is_where_the_last_bracket_is),
		cmocka_unit_test(a_number_ends_with_the_byte_behind_it),
		cmocka_unit_test(a_number_that_is_not_whole_does_not_end),
		cmocka_unit_test(bad_is_final),
		cmocka_unit_test(nesting_ends_at_its_ceiling),
		cmocka_unit_test(the_kind_of_every_level_is_remembered),
		cmocka_unit_test(every_bracket_is_closed_by_its_own_kind),
		cmocka_unit_test(it_takes_exactly_what_the_scanner_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

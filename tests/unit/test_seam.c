/* test_seam.c - where a continuation joins what was said before it */
#include "wire/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/err.h"

static const struct us_seam_ways words, exact = { .exact = true },
					trimmed = { .exact = true, .trimmed = true };

/* What is left of `more`, behind what is not to be said again. */
static void joins(const char *said, const char *more, struct us_seam_ways ways, const char *rest)
{
	struct us_seam s = us_seam_find(us_span_of(said), us_span_of(more), ways);

	if (s.unlike || strcmp(more + s.skip, rest) != 0)
		print_error("\"%s\" + \"%s\": %zu%s\n", said, more, s.skip,
		            s.unlike ? " unlike" : "");
	assert_false(s.unlike);
	assert_string_equal(more + s.skip, rest);
}

static void what_repeats_nothing_is_said_as_it_is(void **state)
{
	joins("Once upon a time", " there was a town.", words, " there was a town.");
	joins("Once upon a ti", "me there was", words, "me there was");
	joins("Once upon a time", " there was a town.", exact, " there was a town.");
	joins("", "Hello", words, "Hello");
	joins("Hello", "", words, "");
}

static void the_last_words_said_again_are_taken_out(void **state)
{
	joins("Once upon a time there was", "time there was a town.", words, " a town.");
	joins("It is not so", "is not so at all", words, " at all"); /* three words */
	joins("a b", "a b", words, "a b"); /* two short ones are an accident */
}

static void a_model_that_goes_on_by_itself_may_repeat_itself(void **state)
{
	joins("|---|---|---|", "---|---|", exact, "---|---|");
	joins("la la la ", "la la la ", exact, "la la la ");
	joins("1, 1, ", "1, 1", exact, "1, 1");
	joins("It said that the lake would be frozen before the end of the year",
	      "the lake would be frozen before the end of the year, and", exact, ", and");
}

static void the_cut_word_said_again_is_taken_out(void **state)
{
	joins("the capi", "capital of", words, "tal of");
	joins("the l", "lama", words, "lama"); /* one letter may be the next one */
	joins("0.33", "3333", words, "3333");  /* numbers have no beginning to be known by */
	joins("the capital", "capital", words, "capital"); /* whole: it may be meant */
	joins("foo_ba", "bar", words, "bar");              /* only a part of the name */
	joins("\xd0\xbc\xd0\xb8", "\xd0\xbc\xd0\xb8\xd1\x80", words, "\xd1\x80");
}

static void blanks_that_were_not_shown_are_not_said_twice(void **state)
{
	joins("One.\n\n", "\n\nTwo", trimmed, "Two");
	joins("One.\n", "\n\n  Two", trimmed, "\n  Two");
	joins("One. ", "Two", trimmed, "Two");
	joins("One.", " Two", trimmed, " Two");
	joins("  ", "  x", exact, "  x"); /* indented by four */
	joins("One. ", " Two", words, "Two");
	joins("One.\n", "\nTwo", words, "\nTwo"); /* an empty line */
}

static void a_new_beginning_is_swallowed_as_far_as_it_was_said(void **state)
{
	joins("Once upon a time", "Once upon a time there was", words, " there was");
	joins("Once upon a time", "Once upon a time there was", exact, " there was");
}

static void a_new_beginning_that_is_not_yet_there_is_waited_for(void **state)
{
	static const char said[] = "Once upon a time there was a town by the sea, and in it lived";
	struct us_seam s = us_seam_find(us_span_of(said), us_span(said, 45), words);

	assert_int_equal(s.again, 45);
	assert_int_equal(s.skip, 45);
	assert_false(s.unlike);
}

static void a_new_beginning_that_turns_another_way_does_not_join(void **state)
{
	static const char said[] = "Once upon a time there was a town by the sea, and in it lived";

	assert_true(us_seam_find(us_span_of(said),
	                         US_SPAN("Once upon a time there was a town by the lake. It"),
	                         words)
	                    .unlike);
}

static void a_lead_in_goes_only_with_words_that_were_said(void **state)
{
	struct us_seam s;

	joins("there was a town by the sea", "Continuing: a town by the sea, and", words, ", and");
	joins("there was a town by the sea", "\"a town by the sea, and", words, ", and");
	joins("there was a town by the sea", "```text\na town by the sea, and", words, ", and");
	joins("there was a town by the sea", "...a town by the sea, and", words, ", and");
	joins("she said", ": \"Come here\"", words, ": \"Come here\"");
	joins("she said ", "\"Come here\"", words, "\"Come here\"");
	joins("so far", "```c\nint x;", words, "```c\nint x;");
	s = us_seam_find(US_SPAN("a town by the sea"),
	                 US_SPAN("\xc2\xab"
	                         "town by the sea, and\xc2\xbb"),
	                 words);
	assert_true(us_span_is(s.closing, "\xc2\xbb"));
}

static void json_joins_where_both_are_one_value(void **state)
{
	static const struct {
		const char *said, *more, *rest; /* NULL: it does not */
	} rows[] = {
		{ "{\"a\":", "1}", "1}" },
		{ "{\"a\":", "{\"a\":1}", "1}" },
		{ "{\"a\":", "```json\n{\"a\":1}\n```", "1}" },
		{ "{\"a\":\"one two three", " three\"}", " three\"}" }, /* may be meant */
		{ "{\"a\":\"one two three", "one two three four\"}", " four\"}" },
		{ "{\"a\":[1,1", ",1]}", ",1]}" },
		{ "{\"a\":\"x\"", "\"x\",\"b\":2}", ",\"b\":2}" },
		{ "{\"a\":", "oops", NULL },
		{ "{\"a\":", "1", NULL },
		{ "{\"a\":", "1} and more", NULL },
		{ "no", "1}", NULL },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		size_t skip = 0, n = 0;
		bool ok = us_seam_json(us_span_of(rows[i].said), us_span_of(rows[i].more), words,
		                       &skip, &n);

		if (ok != (rows[i].rest != NULL))
			print_error("row %zu\n", i);
		assert_int_equal(ok, rows[i].rest != NULL);
		if (ok)
			assert_true(us_span_is(us_span(rows[i].more + skip, n), rows[i].rest));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_repeats_nothing_is_said_as_it_is),
		cmocka_unit_test(the_last_words_said_again_are_taken_out),
		cmocka_unit_test(a_model_that_goes_on_by_itself_may_repeat_itself),
		cmocka_unit_test(the_cut_word_said_again_is_taken_out),
		cmocka_unit_test(blanks_that_were_not_shown_are_not_said_twice),
		cmocka_unit_test(a_new_beginning_is_swallowed_as_far_as_it_was_said),
		cmocka_unit_test(a_new_beginning_that_is_not_yet_there_is_waited_for),
		cmocka_unit_test(a_new_beginning_that_turns_another_way_does_not_join),
		cmocka_unit_test(a_lead_in_goes_only_with_words_that_were_said),
		cmocka_unit_test(json_joins_where_both_are_one_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

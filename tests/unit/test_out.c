/* test_out.c - what the commands print: cleaned, in columns */
#include "cli/out.c"

#include <setjmp.h>
#include <cmocka.h>

static struct us_buf buf;

static const char *cleaned(const char *text)
{
	us_buf_clear(&buf);
	us_out_clean(&buf, us_span_of(text));
	return us_buf_cstr(&buf);
}

static const char *time_of(uint64_t ms)
{
	us_buf_clear(&buf);
	us_out_time(&buf, ms);
	return us_buf_cstr(&buf);
}

static void readable_text_stays(void **state)
{
	assert_string_equal(cleaned(""), "");
	assert_string_equal(cleaned("a b~"), "a b~");
	assert_string_equal(cleaned("\303\244 \342\202\254 \360\237\230\200"),
	                    "\303\244 \342\202\254 \360\237\230\200");
}

static void what_moves_the_cursor_does_not(void **state)
{
	assert_string_equal(cleaned("a\033[2J\n\t\r\177"), "a?[2J????");
	assert_string_equal(cleaned("\302\2332J"), "?2J");   /* CSI in one character */
	assert_string_equal(cleaned("\342\200\256x"), "?x"); /* writes to the left */
	assert_string_equal(cleaned("\342\201\246x"), "?x"); /* isolates */
	assert_string_equal(cleaned("\342\200\250x"), "?x"); /* ends a line */
	assert_string_equal(cleaned("\342\200\247x"), "\342\200\247x");
}

static void bytes_that_are_not_utf_8_count_one_by_one(void **state)
{
	assert_string_equal(cleaned("\233x"), "?x");      /* CSI of old terminals */
	assert_string_equal(cleaned("\300\233x"), "??x"); /* too long a form of it */
	assert_string_equal(cleaned("\340\202\233x"), "???x");
	assert_string_equal(cleaned("\355\240\200x"), "?x");      /* a lone surrogate */
	assert_string_equal(cleaned("\364\220\200\200"), "????"); /* beyond Unicode */
	assert_string_equal(cleaned("\303"), "?");
	assert_string_equal(cleaned("\342\202x"), "??x");
}

static void times_are_for_people(void **state)
{
	assert_string_equal(time_of(0), "0ms");
	assert_string_equal(time_of(999), "999ms");
	assert_string_equal(time_of(1000), "1s");
	assert_string_equal(time_of(59999), "59s");
	assert_string_equal(time_of(125000), "2m05s");
	assert_string_equal(time_of(3600000), "1h00m");
	assert_string_equal(time_of(12000000), "3h20m");
}

/* What the table prints, with or without colour. */
static const char *printed(struct us_table *t, bool colour)
{
	static char text[1024];
	struct us_out o = { .to = fmemopen(text, sizeof(text), "w"), .colour = colour };

	assert_non_null(o.to);
	us_table_print(t, &o, 1);
	fclose(o.to);
	return text;
}

static void columns_are_as_wide_as_they_need(void **state)
{
	static const struct us_column columns[] = { { "NAME", false },
		                                    { "N", true },
		                                    { "", false } };
	struct us_table t;

	us_table_init(&t, columns, US_COUNT(columns));
	us_table_add(&t, US_PAINT_NONE, "%s", "\303\244\303\244\303\244\303\244\303\244");
	us_table_add(&t, US_PAINT_RED, "%d", 5);
	us_table_add(&t, US_PAINT_NONE, "%s", "");
	us_table_add(&t, US_PAINT_NONE, "%s", "b");
	us_table_add(&t, US_PAINT_NONE, "%d", 1234);
	us_table_add(&t, US_PAINT_NONE, "%s", "end");
	assert_string_equal(printed(&t, false), " NAME      N\n"
	                                        " \303\244\303\244\303\244\303\244\303\244     5\n"
	                                        " b      1234  end\n");
	assert_non_null(strstr(printed(&t, true), "   \033[31m5\033[0m\n"));
	us_table_fini(&t);
}

static void a_table_without_memory_is_printed_as_far_as_it_goes(void **state)
{
	static const struct us_column columns[] = { { "A", false } };

	for (unsigned long nth = 1; nth < 12; nth++) {
		struct us_table t;

		us_mem_fail_at(nth);
		us_table_init(&t, columns, 1);
		us_table_add(&t, US_PAINT_NONE, "%s", "x");
		us_table_add(&t, US_PAINT_NONE, "%s", "y");
		printed(&t, false);
		us_table_fini(&t);
		us_mem_fail_at(0);
	}
}

static int begin(void **state)
{
	us_buf_init(&buf, 4096);
	return 0;
}

static int end(void **state)
{
	us_buf_fini(&buf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readable_text_stays),
		cmocka_unit_test(what_moves_the_cursor_does_not),
		cmocka_unit_test(bytes_that_are_not_utf_8_count_one_by_one),
		cmocka_unit_test(times_are_for_people),
		cmocka_unit_test(columns_are_as_wide_as_they_need),
		cmocka_unit_test(a_table_without_memory_is_printed_as_far_as_it_goes),
	};

	return cmocka_run_group_tests_name("out", tests, begin, end);
}

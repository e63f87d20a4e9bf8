/* test_print.c - JSON written, commas included */
#include "wire/print.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_buf out;

static int setup(void **state)
{
	us_buf_init(&out, 1 << 16);
	return 0;
}

static int teardown(void **state)
{
	us_buf_fini(&out);
	us_mem_fail_at(0);
	return 0;
}

static void assert_printed(const char *want)
{
	if (!us_span_is(us_buf_span(&out), want))
		fail_msg("'%.*s', want '%s'", (int)out.n, out.p, want);
}

/* Every member function once, nested, first and not first. */
static void whole(struct us_print *p)
{
	us_print_open(p, '{');
	us_print_member(p, "s", US_SPAN("a\"b"));
	us_print_member_raw(p, "r", US_SPAN("[1.0, 1e2]"));
	us_print_member_u64(p, "u", UINT64_MAX);
	us_print_member_bool(p, "t", true);
	us_print_member_null(p, "n");
	us_print_key(p, "o");
	us_print_open(p, '{');
	us_print_close(p, '}');
	us_print_key(p, "a");
	us_print_open(p, '[');
	us_print_str(p, US_SPAN(""));
	us_print_u64(p, 0);
	us_print_bool(p, false);
	us_print_null(p);
	us_print_open(p, '[');
	us_print_close(p, ']');
	us_print_open(p, '{');
	us_print_member_bool(p, "x", false);
	us_print_close(p, '}');
	us_print_raw(p, US_SPAN("7"));
	us_print_close(p, ']');
	us_print_member(p, "z", us_span(NULL, 0));
	us_print_close(p, '}');
}

static void commas_stand_between_and_nowhere_else(void **state)
{
	struct us_print p = us_print(&out);

	whole(&p);
	assert_printed("{\"s\":\"a\\\"b\",\"r\":[1.0, 1e2],\"u\":18446744073709551615,\"t\":true,"
	               "\"n\":null,\"o\":{},\"a\":[\"\",0,false,null,[],{\"x\":false},7],"
	               "\"z\":\"\"}");
}

static void values_at_the_top_follow_what_is_there(void **state)
{
	struct us_print p;

	us_buf_add_str(&out, "data: ");
	p = us_print(&out);
	us_print_str(&p, US_SPAN("\n"));
	assert_printed("data: \"\\n\"");
}

static void a_failure_is_told_at_the_end(void **state)
{
	unsigned long nth = 1;
	int err;

	do {
		struct us_print p = us_print(&out);

		us_buf_fini(&out);
		us_mem_fail_at(nth++);
		whole(&p);
		err = out.err;
		us_mem_fail_at(0);
		assert_true(err == 0 || err == US_ENOMEM);
	} while (err);
	assert_true(nth > 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(commas_stand_between_and_nowhere_else),
		T(values_at_the_top_follow_what_is_there),
		T(a_failure_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

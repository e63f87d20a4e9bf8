/* test_mock_script.c - the script of misbehaviour */
#include "base/mem.h"
#include "cli/mock_fault.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int init(struct us_mock_script *s, const char *text, struct us_buf *why)
{
	us_buf_init(why, 4096);
	return us_mock_script_init(s, us_span_of(text), why);
}

/* What the script gives to the next request. */
static struct us_mock_fault next(struct us_mock_script *s, struct us_arena *arena)
{
	struct us_mock_fault f;
	struct us_buf why;

	us_buf_init(&why, 4096);
	assert_int_equal(us_mock_fault_read(&f, us_mock_script_take(s, arena), arena, &why), 0);
	us_buf_fini(&why);
	return f;
}

/* Reads a script of one entry and gives the fault to `check`. */
static void with(const char *text, void (*check)(const struct us_mock_fault *f))
{
	struct us_mock_script s;
	struct us_arena arena;
	struct us_mock_fault f;
	struct us_buf why;

	us_arena_init(&arena, 1 << 20);
	assert_int_equal(init(&s, text, &why), 0);
	f = next(&s, &arena);
	check(&f);
	us_mock_script_fini(&s);
	us_arena_fini(&arena);
	us_buf_fini(&why);
}

static void refused(const char *text, const char *because)
{
	struct us_mock_script s;
	struct us_buf why;

	assert_int_equal(init(&s, text, &why), US_EINVAL);
	assert_string_equal(us_buf_cstr(&why), because);
	us_buf_fini(&why);
}

static void entries_are_taken_in_order_and_the_last_one_stays(void **state)
{
	static const unsigned statuses[] = { 503, 503, 0, 429, 429, 429 };
	struct us_mock_script s;
	struct us_arena arena;
	struct us_buf why;

	us_arena_init(&arena, 1 << 20);
	assert_int_equal(init(&s, " 503x2 , ok, 429 ", &why), 0);
	for (size_t i = 0; i < US_COUNT(statuses); i++)
		assert_int_equal(next(&s, &arena).status, statuses[i]);
	us_mock_script_fini(&s);
	us_arena_fini(&arena);
}

static void healthy(const struct us_mock_fault *f)
{
	assert_int_equal(f->status, 0);
	assert_true(f->on[US_MOCK_OK]);
	assert_true(us_span_is(f->text, "ok"));
}

static void no_script_is_ok(void **state)
{
	with("", healthy);
	with("  \n", healthy);
	with("ok", healthy);
}

static void joined(const struct us_mock_fault *f)
{
	assert_true(f->on[US_MOCK_SLOW] && f->on[US_MOCK_CRLF] && f->on[US_MOCK_CUT]);
	assert_false(f->on[US_MOCK_OK] || f->on[US_MOCK_STALL]);
	assert_int_equal(f->value[US_MOCK_SLOW], 250);
	assert_int_equal(f->value[US_MOCK_CUT], 0);
}

static void effects_can_be_joined(void **state) { with("slow=250+crlf+cut=0x7", joined); }

static void half_a_megabyte(const struct us_mock_fault *f)
{
	assert_int_equal(f->value[US_MOCK_BIGHEADERS], 500);
	assert_int_equal(f->value[US_MOCK_PADDING], 64);
}

static void a_number_may_have_a_default(void **state)
{
	with("bigheaders=500+padding", half_a_megabyte);
}

static void told(const struct us_mock_fault *f)
{
	assert_int_equal(f->status, 429);
	assert_true(us_span_is(f->choice[US_MOCK_BY_RETRY_AFTER], "2"));
	assert_true(us_span_is(f->choice[US_MOCK_BY_MESSAGE], "a, b: c+d% %zz"));
	assert_null(f->choice[US_MOCK_BY_CODE].p);
	assert_true(f->on[US_MOCK_SLOW]);
}

static void options_belong_to_the_entry(void **state)
{
	with("429:retry-after=2:message=a%2C b%3a c%2Bd% %zz+slow=1", told);
}

static void there(const struct us_mock_fault *f)
{
	assert_true(f->on[US_MOCK_REDIRECT] && f->on[US_MOCK_SLOW]);
	assert_true(us_span_is(f->url, "http://h:8/a+b?c=d:e,x2"));
}

static void a_url_takes_the_rest_of_its_entry(void **state)
{
	with("slow=5+redirect=http://h:8/a+b?c=d:e%2Cx2", there);
}

static void what_is_wrong_is_named(void **state)
{
	refused("cutt=3", "'cutt=3' is no fault; see `understudy mock --help`");
	refused("ok,,ok", "'' is an empty entry");
	refused("399", "'399' is no status from 400 to 599");
	refused("600", "'600' is no status from 400 to 599");
	refused("cut", "'cut' needs a value");
	refused("cut=", "'cut=' needs a value");
	refused("cut=-1", "'cut=-1' needs a number up to 1000000000");
	refused("cut=1000000001", "'cut=1000000001' needs a number up to 1000000000");
	refused("hang=3", "'hang=3' takes no value");
	refused("okx0", "'okx0' repeats less than once or more than a million times");
	refused("503:retry=2", "'retry=2' is no option of a fault");
	refused("503:code", "'code' needs a value");
	refused("503:body=xml", "'body=xml' has a value that is not possible");
	refused("503:retry-after=1%0D%0AX-Evil: 1",
	        "'retry-after=1%0D%0AX-Evil' has a value that is "
	        "not possible");
	refused("redirect=", "'redirect=' needs a URL");
	refused("redirect=http://a%0d%0ab", "'redirect=http://a%0d%0ab' needs a URL");
}

/* Whichever allocation fails, the result is a script or an error and never half of either. */
static void failing_memory_is_reported(void **state)
{
	struct us_mock_script s;
	struct us_buf why;
	int rc = US_ENOMEM;

	for (unsigned long nth = 1; rc; nth++) {
		us_mem_fail_at(nth);
		rc = init(&s, "503:message=a,ok,redirect=http://a/,cut=1,cut=2,cut=3", &why);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
		us_buf_fini(&why);
		assert_true(nth < 100);
	}
	assert_int_equal(s.count, 6);
	us_mock_script_fini(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_taken_in_order_and_the_last_one_stays),
		cmocka_unit_test(no_script_is_ok),
		cmocka_unit_test(effects_can_be_joined),
		cmocka_unit_test(a_number_may_have_a_default),
		cmocka_unit_test(options_belong_to_the_entry),
		cmocka_unit_test(a_url_takes_the_rest_of_its_entry),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(failing_memory_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_lessons.c - what was learnt of one provider's model is applied there and nowhere else */
#include "engine/lessons.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define GROQ US_SPAN("groq"), US_SPAN("llama")

static struct us_lessons lessons;
static struct us_rendered sent;
static const struct us_repair seed = {
	.how = US_REPAIR_DROP, .member = "seed", .loss = US_DEGRADED, .code = "SAMPLING_DROPPED"
};
static const struct us_repair limit = {
	.how = US_REPAIR_LOWER, .member = "max_tokens", .most = 9, .code = "MAX_TOKENS_CLAMPED"
};

static int setup(void **state)
{
	sent = (struct us_rendered){ 0 };
	us_buf_init(&sent.body, 4096);
	us_arena_init(&sent.arena, 4096);
	sent.diags.arena = &sent.arena;
	us_buf_add_str(&sent.body, "{\"seed\":1,\"max_tokens\":20}");
	return 0;
}

static int teardown(void **state)
{
	us_mem_fail_at(0);
	us_rendered_fini(&sent);
	us_lessons_fini(&lessons);
	return 0;
}

static void assert_body(const char *want)
{
	assert_true(us_span_is(us_buf_span(&sent.body), want));
}

static void a_lesson_is_applied_where_it_was_learnt(void **state)
{
	us_lessons_add(&lessons, GROQ, &seed);
	assert_int_equal(us_lessons_apply(&lessons, US_SPAN("groq"), US_SPAN("other"), &sent), 0);
	assert_int_equal(us_lessons_apply(&lessons, US_SPAN("xai"), US_SPAN("llama"), &sent), 0);
	assert_body("{\"seed\":1,\"max_tokens\":20}");
	assert_int_equal(sent.diags.n, 0);
	assert_int_equal(us_lessons_apply(&lessons, GROQ, &sent), 0);
	assert_body("{\"max_tokens\":20}");
	assert_string_equal(sent.diags.list[0].code, "SAMPLING_DROPPED");
	assert_int_equal(sent.diags.worst, US_DEGRADED);
}

static void several_lessons_are_applied_together(void **state)
{
	us_lessons_add(&lessons, GROQ, &seed);
	us_lessons_add(&lessons, GROQ, &limit);
	assert_int_equal(us_lessons_apply(&lessons, GROQ, &sent), 0);
	assert_body("{\"max_tokens\":9}");
}

static void one_lesson_is_learnt_once(void **state)
{
	for (int i = 0; i < 3; i++)
		us_lessons_add(&lessons, GROQ, &seed);
	assert_non_null(atomic_load(&lessons.list[0]));
	assert_null(atomic_load(&lessons.list[1]));
}

static void a_request_that_never_had_it_stays(void **state)
{
	us_buf_clear(&sent.body);
	us_buf_add_str(&sent.body, "{\"a\":1}");
	us_lessons_add(&lessons, GROQ, &seed);
	assert_int_equal(us_lessons_apply(&lessons, GROQ, &sent), 0);
	assert_body("{\"a\":1}");
	assert_int_equal(sent.diags.n, 0);
}

static void what_there_is_no_room_for_is_not_noted(void **state)
{
	for (int i = 0; i < 2 * US_LESSONS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%d", i);
		us_lessons_add(&lessons, us_span_of(name), US_SPAN("m"), &seed);
	}
	assert_int_equal(us_lessons_apply(&lessons, US_SPAN("p60"), US_SPAN("m"), &sent), 0);
	assert_body("{\"seed\":1,\"max_tokens\":20}");
	assert_int_equal(us_lessons_apply(&lessons, US_SPAN("p31"), US_SPAN("m"), &sent), 0);
	assert_body("{\"max_tokens\":20}");
}

static void without_memory_nothing_is_noted_or_changed(void **state)
{
	us_mem_fail_at(1);
	us_lessons_add(&lessons, GROQ, &seed);
	assert_null(atomic_load(&lessons.list[0]));
	us_lessons_add(&lessons, GROQ, &seed);
	us_mem_fail_at(1);
	assert_int_equal(us_lessons_apply(&lessons, GROQ, &sent), US_ENOMEM);
	assert_body("{\"seed\":1,\"max_tokens\":20}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_lesson_is_applied_where_it_was_learnt),
		T(several_lessons_are_applied_together),
		T(one_lesson_is_learnt_once),
		T(a_request_that_never_had_it_stays),
		T(what_there_is_no_room_for_is_not_noted),
		T(without_memory_nothing_is_noted_or_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

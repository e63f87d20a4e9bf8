/* test_emit.c - hub events, handed on so that the promises of answer.h hold */
#include "wire/emit.h"

#include "base/mem.h"
#include "events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct events events;
static struct us_emit emit;

static int setup(void **state)
{
	events_init(&events);
	us_emit_init(&emit, (struct us_sink){ events_put, &events });
	return 0;
}

static int teardown(void **state)
{
	us_mem_fail_at(0);
	us_emit_fini(&emit);
	events_fini(&events);
	return 0;
}

static void event(enum us_ev_kind kind, bool clean)
{
	us_emit_event(&emit, &(struct us_ev){ .kind = kind, .clean = clean });
}

static void assert_events(const char *want)
{
	assert_int_equal(emit.err, 0);
	assert_string_equal(events_text(&events), want);
	assert_null(events.broken);
}

static void a_start_is_put_before_anything_else(void **state)
{
	event(US_EV_PING, false);
	event(US_EV_END, false);
	assert_events("start\nping\nend cut\n");
}

static void a_text_that_says_nothing_is_no_block(void **state)
{
	us_emit_open(&emit, US_TEXT, us_span(NULL, 0), us_span(NULL, 0));
	us_emit_piece(&emit, US_SPAN(""));
	us_emit_open(&emit, US_TEXT, us_span(NULL, 0), us_span(NULL, 0));
	us_emit_piece(&emit, US_SPAN("a"));
	us_emit_close(&emit);
	us_emit_open(&emit, US_TEXT, us_span(NULL, 0), us_span(NULL, 0));
	us_emit_close(&emit);
	assert_events("start\nopen text\ntext a\nclose\n");
}

static void opening_a_block_closes_the_one_before(void **state)
{
	us_emit_text(&emit, US_TEXT, US_SPAN("a"));
	us_emit_text(&emit, US_TEXT, US_SPAN("b"));
	us_emit_text(&emit, US_THINK, US_SPAN("c"));
	us_emit_open(&emit, US_TOOL_CALL, US_SPAN("1"), US_SPAN("f"));
	us_emit_piece(&emit, US_SPAN("{}"));
	us_emit_close(&emit);
	us_emit_close(&emit);
	assert_events("start\nopen text\ntext a\ntext b\nclose\nopen think\ntext c\nclose\n"
	              "open call 1 f\nargs {}\nclose\n");
}

static void empty_text_opens_nothing(void **state)
{
	us_emit_text(&emit, US_TEXT, US_SPAN(""));
	assert_events("");
}

/* The text of all events, put together. */
static const char *sum(void)
{
	static char text[64];
	size_t n = 0;

	for (const char *p = events_text(&events); (p = strstr(p, "\ntext ")); p++) {
		size_t len = strcspn(p + 6, "\n");

		assert_true(n + len < sizeof(text));
		memcpy(text + n, p + 6, len);
		n += len;
	}
	text[n] = '\0';
	return text;
}

static void characters_are_not_cut_wherever_the_deltas_are(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	size_t n = sizeof(text) - 1;

	for (size_t i = 0; i <= n; i++)
		for (size_t k = i; k <= n; k++) {
			teardown(state);
			setup(state);
			us_emit_text(&emit, US_TEXT, us_span(text, i));
			us_emit_text(&emit, US_TEXT, us_span(text + i, k - i));
			us_emit_text(&emit, US_TEXT, us_span(text + k, n - k));
			us_emit_close(&emit);
			assert_null(events.broken);
			assert_string_equal(sum(), text);
		}
}

static void halves_of_a_surrogate_pair_are_joined(void **state)
{
	us_emit_text(&emit, US_TEXT, US_SPAN("a\xed\xa0\xbd"));
	us_emit_text(&emit, US_TEXT, US_SPAN("\xed\xb8\x80z"));
	us_emit_text(&emit, US_TEXT, US_SPAN("\xed\xa0\xbd"));
	us_emit_text(&emit, US_TEXT, US_SPAN("y"));
	assert_events("start\nopen text\ntext a\ntext \xf0\x9f\x98\x80z\ntext \xed\xa0\xbdy\n");
}

static void the_rest_of_a_character_is_told_when_its_block_closes(void **state)
{
	us_emit_text(&emit, US_TEXT, US_SPAN("a\xe2\x82"));
	us_emit_text(&emit, US_REFUSAL, US_SPAN("b"));
	assert_events("start\nopen text\ntext a\ntext \xe2\x82\nclose\nopen refusal\ntext b\n");
}

static void nothing_but_an_end_follows_an_error(void **state)
{
	us_emit_text(&emit, US_TEXT, US_SPAN("a"));
	event(US_EV_ERROR, false);
	us_emit_text(&emit, US_TEXT, US_SPAN("b"));
	us_emit_text(&emit, US_THINK, US_SPAN("c"));
	event(US_EV_ERROR, false);
	event(US_EV_END, true);
	event(US_EV_END, false);
	assert_events("start\nopen text\ntext a\nerror\nend cut\n");
}

static void want_of_memory_sticks(void **state)
{
	us_emit_text(&emit, US_TEXT, US_SPAN("a"));
	us_mem_fail_at(1);
	us_emit_text(&emit, US_TEXT, US_SPAN("b\xe2"));
	us_mem_fail_at(0);
	assert_int_equal(emit.err, US_ENOMEM);
	us_emit_text(&emit, US_TEXT, US_SPAN("c"));
	assert_string_equal(events_text(&events), "start\nopen text\ntext a\ntext b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_start_is_put_before_anything_else),
		T(a_text_that_says_nothing_is_no_block),
		T(opening_a_block_closes_the_one_before),
		T(empty_text_opens_nothing),
		T(characters_are_not_cut_wherever_the_deltas_are),
		T(halves_of_a_surrogate_pair_are_joined),
		T(the_rest_of_a_character_is_told_when_its_block_closes),
		T(nothing_but_an_end_follows_an_error),
		T(want_of_memory_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

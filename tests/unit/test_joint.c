/* test_joint.c - the events of a continuation, joined to an answer that broke off */
#include "wire/joint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char seen[4096];

static int note(void *self, const struct us_ev *ev)
{
	static const char *const names[] = {
		[US_EV_START] = "START", [US_EV_BLOCK_OPEN] = "OPEN", [US_EV_TEXT] = "TEXT",
		[US_EV_ARGS] = "ARGS",   [US_EV_SIG] = "SIG",         [US_EV_BLOCK_CLOSE] = "CLOSE",
		[US_EV_STOP] = "STOP",   [US_EV_USAGE] = "USAGE",     [US_EV_PING] = "PING",
		[US_EV_ERROR] = "ERROR", [US_EV_END] = "END",
	};
	size_t n = strlen(seen);

	if (ev->kind == US_EV_USAGE)
		snprintf(seen + n, sizeof(seen) - n, "USAGE %x in %llu out %llu;", ev->usage.known,
		         (unsigned long long)ev->usage.in, (unsigned long long)ev->usage.out);
	else if (ev->text.n)
		snprintf(seen + n, sizeof(seen) - n, "%s %u %.*s;", names[ev->kind], ev->ix,
		         (int)ev->text.n, ev->text.p);
	else if (ev->kind == US_EV_BLOCK_OPEN || ev->kind == US_EV_BLOCK_CLOSE)
		snprintf(seen + n, sizeof(seen) - n, "%s %u;", names[ev->kind], ev->ix);
	else
		snprintf(seen + n, sizeof(seen) - n, "%s;", names[ev->kind]);
	return 0;
}

static void begin(struct us_joint *j, const char *said, bool open, bool json)
{
	struct us_joint_spec spec = {
		.text = us_span_of(said), .open = open, .json = json, .blocks = 1, .bytes = 10
	};

	seen[0] = '\0';
	us_joint_init(j, &spec, (struct us_sink){ note, NULL });
}

static int put(struct us_joint *j, enum us_ev_kind kind, enum us_block_kind block, const char *text)
{
	return us_joint_put(
		j, &(struct us_ev){ .kind = kind, .block = block, .text = us_span_of(text) });
}

static void whole(struct us_joint *j, const char *text)
{
	put(j, US_EV_START, 0, NULL);
	put(j, US_EV_BLOCK_OPEN, US_TEXT, NULL);
	put(j, US_EV_TEXT, US_TEXT, text);
	put(j, US_EV_BLOCK_CLOSE, US_TEXT, NULL);
	put(j, US_EV_STOP, 0, NULL);
	us_joint_put(j, &(struct us_ev){ .kind = US_EV_END, .clean = true });
}

static void text_goes_on_in_the_block_that_is_open(void **state)
{
	struct us_joint j;

	begin(&j, "Once upon a time", true, false);
	whole(&j, "upon a time there was");
	assert_string_equal(seen, "TEXT 0  there was;CLOSE 0;STOP;END;");
	us_joint_fini(&j);
}

static void where_none_is_open_one_is_begun_but_not_for_nothing(void **state)
{
	struct us_joint j;

	begin(&j, "Once.", false, false);
	whole(&j, " Twice.");
	assert_string_equal(seen, "OPEN 1;TEXT 1  Twice.;CLOSE 1;STOP;END;");
	us_joint_fini(&j);
	begin(&j, "Once.", false, false);
	whole(&j, "");
	assert_string_equal(seen, "STOP;END;");
	us_joint_fini(&j);
}

static void a_text_is_held_until_it_can_be_judged_and_then_flows(void **state)
{
	struct us_joint j;
	char piece[US_JOINT_HOLD] = { 0 };

	begin(&j, "Once upon a time", true, false);
	memset(piece, 'x', sizeof(piece) - 1);
	put(&j, US_EV_TEXT, US_TEXT, piece);
	assert_string_equal(seen, "");
	put(&j, US_EV_PING, 0, NULL);
	assert_string_equal(seen, "");
	put(&j, US_EV_TEXT, US_TEXT, "y");
	assert_int_equal(strlen(seen), strlen("TEXT 0 ;") + US_JOINT_HOLD);
	seen[0] = '\0';
	put(&j, US_EV_TEXT, US_TEXT, "z");
	assert_string_equal(seen, "TEXT 0 z;");
	us_joint_fini(&j);
}

static void what_was_waited_for_long_enough_is_judged_as_it_is(void **state)
{
	struct us_joint j;

	begin(&j, "Once upon a time", true, false);
	put(&j, US_EV_TEXT, US_TEXT, "Continuing: ");
	assert_false(us_joint_waits(&j)); /* too few words to be judged by */
	put(&j, US_EV_TEXT, US_TEXT, "upon a time there was a town");
	assert_true(us_joint_waits(&j));
	assert_int_equal(us_joint_settle(&j), 0);
	assert_string_equal(seen, "TEXT 0  there was a town;");
	us_joint_fini(&j);
}

static void words_that_are_being_said_again_are_waited_for(void **state)
{
	static const char said[] = "Once upon a time there was a town by the sea, and in it lived";
	struct us_joint j;

	begin(&j, said, true, false);
	put(&j, US_EV_TEXT, US_TEXT, "Continuing: there was a town by the sea, and ");
	assert_true(us_joint_waits(&j));
	assert_int_equal(us_joint_settle(&j), 0);
	assert_string_equal(seen, "");
	put(&j, US_EV_TEXT, US_TEXT, "in it lived a man");
	assert_int_equal(us_joint_settle(&j), 0);
	assert_string_equal(seen, "TEXT 0  a man;");
	us_joint_fini(&j);
}

static void a_beginning_anew_is_followed_to_where_it_was_cut(void **state)
{
	static const char said[] = "Once upon a time there was a town by the sea, and in it lived";
	struct us_joint j;

	begin(&j, said, true, false);
	put(&j, US_EV_TEXT, US_TEXT, "Once upon a time there was a town by the sea");
	us_joint_settle(&j);
	assert_string_equal(seen, "");
	put(&j, US_EV_TEXT, US_TEXT, ", and in ");
	put(&j, US_EV_TEXT, US_TEXT, "it lived a");
	assert_string_equal(seen, "TEXT 0  a;");
	us_joint_fini(&j);
}

static void a_beginning_anew_that_turns_or_ends_before_that_does_not_fit(void **state)
{
	static const char said[] = "Once upon a time there was a town by the sea, and in it lived";
	struct us_joint j;

	begin(&j, said, true, false);
	put(&j, US_EV_TEXT, US_TEXT, "Once upon a time there was a town by the sea");
	us_joint_settle(&j);
	assert_int_equal(put(&j, US_EV_TEXT, US_TEXT, ". The end"), US_EINVAL);
	assert_int_equal(j.state, US_JOINT_MISFITS);
	us_joint_fini(&j);
	begin(&j, said, true, false);
	put(&j, US_EV_TEXT, US_TEXT, "Once upon a time there was a town by the sea");
	assert_int_equal(put(&j, US_EV_STOP, 0, NULL), US_EINVAL);
	assert_string_equal(seen, "");
	us_joint_fini(&j);
}

static void the_mark_that_closes_a_lead_in_goes_with_it(void **state)
{
	struct us_joint j;

	begin(&j, "there was a town by the sea", true, false);
	whole(&j, "\"a town by the sea, and \"Adam\" lived in it\"");
	assert_string_equal(seen, "TEXT 0 , and \"Adam\" lived in it;CLOSE 0;STOP;END;");
	us_joint_fini(&j);
}

static void thoughts_are_swallowed_and_a_refusal_is_no_continuation(void **state)
{
	struct us_joint j;

	begin(&j, "Once upon a time", true, false);
	put(&j, US_EV_BLOCK_OPEN, US_THINK, NULL);
	put(&j, US_EV_TEXT, US_THINK, "They want more.");
	put(&j, US_EV_BLOCK_CLOSE, US_THINK, NULL);
	assert_string_equal(seen, "");
	assert_int_equal(put(&j, US_EV_BLOCK_OPEN, US_REFUSAL, NULL), US_EINVAL);
	us_joint_fini(&j);
}

static void a_call_in_the_rest_is_a_block_of_its_own(void **state)
{
	struct us_joint j;

	begin(&j, "I look. ", true, false);
	put(&j, US_EV_BLOCK_OPEN, US_TOOL_CALL, NULL);
	put(&j, US_EV_ARGS, US_TOOL_CALL, "{}");
	put(&j, US_EV_BLOCK_CLOSE, US_TOOL_CALL, NULL);
	put(&j, US_EV_STOP, 0, NULL);
	assert_string_equal(seen, "CLOSE 0;OPEN 1;ARGS 1 {};CLOSE 1;STOP;");
	us_joint_fini(&j);
}

static void the_question_counts_once_and_both_answers_together(void **state)
{
	struct us_joint_spec spec = {
		.text = US_SPAN("a"), .open = true, .blocks = 1, .bytes = 41
	};
	struct us_ev ev = { .kind = US_EV_USAGE,
		            .usage = { US_USAGE_IN | US_USAGE_OUT, .in = 70, .out = 5 } };
	struct us_joint j;

	seen[0] = '\0';
	us_joint_init(&j, &spec, (struct us_sink){ note, NULL });
	us_joint_put(&j, &ev);
	assert_string_equal(seen, "USAGE 9 in 70 out 16;");
	us_joint_fini(&j);
	spec.usage = (struct us_usage){ .known = US_USAGE_IN, .in = 50 };
	seen[0] = '\0';
	us_joint_init(&j, &spec, (struct us_sink){ note, NULL });
	us_joint_put(&j, &ev);
	assert_string_equal(seen, "USAGE 8 in 70 out 16;");
	us_joint_fini(&j);
}

static void json_is_said_when_all_of_it_is_known_to_be_right(void **state)
{
	struct us_joint j;

	begin(&j, "{\"a\":", true, true);
	put(&j, US_EV_TEXT, US_TEXT, "1}");
	put(&j, US_EV_BLOCK_CLOSE, US_TEXT, NULL);
	assert_string_equal(seen, "");
	put(&j, US_EV_STOP, 0, NULL);
	assert_string_equal(seen, "TEXT 0 1};CLOSE 0;STOP;");
	us_joint_fini(&j);
	begin(&j, "{\"a\":", true, true);
	put(&j, US_EV_TEXT, US_TEXT, "1, oops");
	assert_int_equal(put(&j, US_EV_STOP, 0, NULL), US_EINVAL);
	assert_string_equal(seen, "");
	us_joint_fini(&j);
}

static void json_that_lacks_what_its_schema_wants_does_not_fit(void **state)
{
	struct us_joint_spec spec = { .text = US_SPAN("{\"a\":"),
		                      .open = true,
		                      .json = true,
		                      .blocks = 1,
		                      .schema = US_SPAN(
					      "{\"type\":\"object\",\"required\":[\"a\",\"b\"]}") };
	struct us_joint j;

	us_joint_init(&j, &spec, (struct us_sink){ note, NULL });
	put(&j, US_EV_TEXT, US_TEXT, "1}");
	assert_int_equal(put(&j, US_EV_STOP, 0, NULL), US_EINVAL);
	us_joint_fini(&j);
	us_joint_init(&j, &spec, (struct us_sink){ note, NULL });
	put(&j, US_EV_TEXT, US_TEXT, "1,\"b\":2}");
	assert_int_equal(put(&j, US_EV_STOP, 0, NULL), 0);
	us_joint_fini(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_on_in_the_block_that_is_open),
		cmocka_unit_test(where_none_is_open_one_is_begun_but_not_for_nothing),
		cmocka_unit_test(a_text_is_held_until_it_can_be_judged_and_then_flows),
		cmocka_unit_test(what_was_waited_for_long_enough_is_judged_as_it_is),
		cmocka_unit_test(words_that_are_being_said_again_are_waited_for),
		cmocka_unit_test(a_beginning_anew_is_followed_to_where_it_was_cut),
		cmocka_unit_test(a_beginning_anew_that_turns_or_ends_before_that_does_not_fit),
		cmocka_unit_test(the_mark_that_closes_a_lead_in_goes_with_it),
		cmocka_unit_test(thoughts_are_swallowed_and_a_refusal_is_no_continuation),
		cmocka_unit_test(a_call_in_the_rest_is_a_block_of_its_own),
		cmocka_unit_test(the_question_counts_once_and_both_answers_together),
		cmocka_unit_test(json_is_said_when_all_of_it_is_known_to_be_right),
		cmocka_unit_test(json_that_lacks_what_its_schema_wants_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

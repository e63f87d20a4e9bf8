/* test_order.c - in which order the fallbacks are asked: as named, by weight, by what they lately
 * took */
#include "call_world.h"

#define BOTH "one:m@http://t1/v1,two:m@http://t2/v1"

/* Begins a call whose own provider is down: whoever stands in is asked. */
static const char *first_of(struct world *w, const char *body)
{
	static char name[32];

	begin(w, body);
	if (w->order.kind == US_ORDER_SEND && w->order.to->own)
		ended(w, US_CAUSE_CONNECT);
	assert_int_equal(w->order.kind, US_ORDER_SEND);
	assert_false(w->order.to->own);
	snprintf(name, sizeof(name), "%.*s", (int)w->order.to->name.n, w->order.to->name.p);
	return name;
}

static void serve_after(struct world *w, uint64_t ms)
{
	w->now += ms;
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_OK);
}

static size_t first_of_many(struct world *w, const char *name, size_t n)
{
	size_t hits = 0;

	for (size_t i = 0; i < n; i++) {
		w->seed = i * 7919 + 1;
		hits += strcmp(first_of(w, REQUEST), name) == 0;
		serve_after(w, 1);
	}
	return hits;
}

static void without_weights_they_are_asked_as_named(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", BOTH);
	assert_int_equal(first_of_many(w, "one", 100), 100);
}

static void neighbours_are_drawn_by_their_weights(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "one:m@http://t1/v1*3,two:m@http://t2/v1*1");
	assert_in_range(first_of_many(w, "one", 400), 270, 330);
}

static void of_three_each_is_drawn_and_each_comes_once(void **state)
{
	struct world *w = *state;
	bool seen[3][3] = { 0 };

	set(w, "UNDERSTUDY_FALLBACKS", "a:m@http://t1/v1*1,b:m@http://t2/v1*1,c:m@http://t3/v1*1");
	set(w, "UNDERSTUDY_BUDGET", "0");
	for (size_t i = 0; i < 60; i++) {
		unsigned met = 0;

		w->seed = i * 104729 + 1;
		w->now += 600000; /* the breakers forget */
		first_of(w, REQUEST);
		for (size_t place = 0; place < 3; place++) {
			int which = w->order.to->name.p[0] - 'a';

			assert_int_equal(w->order.kind, US_ORDER_SEND);
			seen[which][place] = true;
			met |= 1u << which;
			ended(w, US_CAUSE_CONNECT);
		}
		assert_int_equal(met, 7);
		expect_finish(w, US_FINISH_OWN);
	}
	for (size_t i = 0; i < 9; i++)
		assert_true(seen[i / 3][i % 3]);
}

static void a_group_stays_at_its_place_in_the_chain(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS",
	    "a:m@http://t1/v1,b:m@http://t2/v1*1,c:m@http://t3/v1*9,d:m@http://t4/v1");
	set(w, "UNDERSTUDY_BUDGET", "0");
	for (size_t i = 0; i < 20; i++) {
		w->seed = i + 1;
		w->now += 600000;
		assert_string_equal(first_of(w, REQUEST), "a");
		ended(w, US_CAUSE_CONNECT);
		assert_true(us_span_is(w->order.to->name, "b") ||
		            us_span_is(w->order.to->name, "c"));
		ended(w, US_CAUSE_CONNECT);
		ended(w, US_CAUSE_CONNECT);
		expect_send(w, "d");
	}
}

/* What "one" takes is known first, then what "two" takes, which is less. */
static void choose_the_quickest(struct world *w)
{
	set(w, "UNDERSTUDY_CHOICE", "latency");
	set(w, "UNDERSTUDY_FALLBACKS", BOTH);
	assert_string_equal(first_of(w, REQUEST), "one");
	serve_after(w, 800);
	assert_string_equal(first_of(w, REQUEST), "two"); /* of which nothing is known */
	serve_after(w, 200);
}

static void the_quickest_of_late_is_asked_first_and_the_unknown_before_it(void **state)
{
	struct world *w = *state;

	choose_the_quickest(w);
	assert_string_equal(first_of(w, REQUEST), "two");
	for (int i = 0; i < 8; i++) /* it becomes slow */
		serve_after(w, 3000), first_of(w, REQUEST);
	assert_string_equal(first_of(w, REQUEST), "one");
}

static void one_answer_out_of_the_way_changes_little(void **state)
{
	struct world *w = *state;

	choose_the_quickest(w);
	for (int i = 0; i < 4; i++) {
		assert_string_equal(first_of(w, REQUEST), "two");
		serve_after(w, 200);
	}
	first_of(w, REQUEST);
	serve_after(w, 2000);
	assert_string_equal(first_of(w, REQUEST), "two");
}

static void what_was_too_long_ago_is_not_known(void **state)
{
	struct world *w = *state;

	choose_the_quickest(w);
	w->now += 300000;
	assert_string_equal(first_of(w, REQUEST), "two");
	serve_after(w, 200);
	w->now += 300000;
	assert_string_equal(first_of(w, REQUEST), "one");
}

static void streams_and_plain_answers_have_a_pace_of_their_own(void **state)
{
	struct world *w = *state;

	choose_the_quickest(w);
	assert_string_equal(first_of(w, STREAMED), "one");
	w->now += 10;
	answer(w, SSE_HEAD, FIRST TEXT("a") STOP DONE);
	assert_string_equal(first_of(w, STREAMED), "two");
	w->now += 20;
	answer(w, SSE_HEAD, FIRST TEXT("a") STOP DONE);
	assert_string_equal(first_of(w, STREAMED), "one");
	assert_string_equal(first_of(w, REQUEST), "two");
}

static void the_own_provider_is_first_however_slow_it_is(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_CHOICE", "latency");
	set(w, "UNDERSTUDY_FALLBACKS", "one:m@http://t1/v1*1");
	first_of(w, REQUEST);
	serve_after(w, 1);
	w->now += 60000;
	for (int i = 0; i < 3; i++) {
		begin(w, REQUEST);
		assert_true(w->order.to->own);
		w->now += 5000;
		answer(w, JSON_HEAD("200 OK"), ANSWER);
	}
}

static void nobody_is_measured_where_nobody_asks(void **state)
{
	struct world *w = *state;
	struct us_slot *s;

	set(w, "UNDERSTUDY_FALLBACKS", BOTH);
	first_of(w, REQUEST);
	serve_after(w, 800);
	for (size_t i = 0; (s = us_page_nth(&w->page, i)); i++)
		assert_int_equal(us_slot_lately(s, false, w->now), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_weights_they_are_asked_as_named),
		TEST(neighbours_are_drawn_by_their_weights),
		TEST(of_three_each_is_drawn_and_each_comes_once),
		TEST(a_group_stays_at_its_place_in_the_chain),
		TEST(the_quickest_of_late_is_asked_first_and_the_unknown_before_it),
		TEST(one_answer_out_of_the_way_changes_little),
		TEST(what_was_too_long_ago_is_not_known),
		TEST(streams_and_plain_answers_have_a_pace_of_their_own),
		TEST(the_own_provider_is_first_however_slow_it_is),
		TEST(nobody_is_measured_where_nobody_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_mirror.c - what one host knows of providers is known on another, by a real Redis */
#include "state/mirror.h"

#include "redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define OPENAI US_SPAN("openai"), US_SPAN("https://api.openai.com:443"), US_SPAN("gpt-4o")

#define BUCKET 10

static struct redis_server server;

/* A host: its page and its mirror. */
struct host {
	struct us_page page;
	struct us_mirror m;
};

struct world {
	struct host a, b;
	uint64_t now;
};

static const struct us_health_policy policy = { .trip_after = 5,
	                                        .open_ms = 60000,
	                                        .probe_ms = 60000 };

static void make_host(struct host *h, const char *url, const char *prefix, uint64_t timeout_ms)
{
	assert_int_equal(us_page_open(&h->page, "/proc/none", NULL), 0);
	h->m = (struct us_mirror){
		.page = &h->page, .policy = policy, .budget = BUCKET, .prefix = us_span_of(prefix)
	};
	assert_int_equal(us_redis_new(&h->m.redis, url, timeout_ms, NULL), 0);
}

static void drop_host(struct host *h)
{
	us_redis_free(h->m.redis);
	us_page_close(&h->page);
}

static int make(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->now = 1000000;
	redis_server_tell(&server, "FLUSHALL");
	make_host(&w->a, server.url, "test", 2000);
	make_host(&w->b, server.url, "test", 2000);
	*state = w;
	return 0;
}

static int drop(void **state)
{
	struct world *w = *state;

	drop_host(&w->a);
	drop_host(&w->b);
	free(w);
	return 0;
}

static int start(void **state) { return redis_server_make(&server) ? 0 : -1; }

static int end(void **state)
{
	redis_server_drop(&server);
	return 0;
}

static struct us_health *openai(struct host *h) { return &us_page_slot(&h->page, OPENAI)->health; }

static struct us_health_look look(struct world *w, struct host *h)
{
	return us_health_look(openai(h), &policy, w->now);
}

static void tick(struct world *w)
{
	assert_int_equal(us_mirror_tick(&w->a.m, w->now), 0);
	assert_int_equal(us_mirror_tick(&w->b.m, w->now), 0);
	assert_int_equal(us_mirror_tick(&w->a.m, w->now), 0);
}

static void open_at(struct world *w, struct host *h)
{
	us_health_left(openai(h), &policy, US_ADMIT_YES, w->now);
	us_health_why(openai(h), US_CAUSE_STATUS, 503);
}

static void a_breaker_that_opens_here_is_open_there(void **state)
{
	struct world *w = *state;

	open_at(w, &w->a);
	tick(w);
	assert_int_equal(look(w, &w->b).state, US_BREAKER_OPEN);
	assert_int_equal(look(w, &w->b).status, 503);
	assert_false(us_health_ready(openai(&w->b), &policy, w->now));
	assert_true(us_health_ready(openai(&w->b), &policy, w->now + 10000));
}

static void who_finds_it_well_again_closes_it_for_all(void **state)
{
	struct world *w = *state;

	open_at(w, &w->a);
	tick(w);
	w->now += 11000;
	assert_int_equal(us_health_ask(openai(&w->b), &policy, w->now, NULL), US_ADMIT_PROBE);
	us_health_ok(openai(&w->b), US_ADMIT_PROBE, w->now);
	tick(w);
	assert_int_equal(look(w, &w->a).state, US_BREAKER_CLOSED);
	tick(w);
	assert_int_equal(look(w, &w->a).state, US_BREAKER_CLOSED);
	assert_int_equal(look(w, &w->b).state, US_BREAKER_CLOSED);
}

static void a_time_to_be_left_alone_is_kept_by_all(void **state)
{
	struct world *w = *state;

	us_health_cool(openai(&w->a), w->now + 30000);
	tick(w);
	assert_true(look(w, &w->b).cooling);
	assert_in_range(look(w, &w->b).wait_ms, 29000, 30000);
	assert_int_equal(look(w, &w->b).state, US_BREAKER_CLOSED);
}

static void nothing_new_is_not_told_again(void **state)
{
	struct world *w = *state;

	open_at(w, &w->a);
	us_health_cool(openai(&w->a), w->now + 30000);
	tick(w);
	tick(w);
	w->now += 40000; /* it asks, and fails */
	assert_int_equal(us_health_ask(openai(&w->a), &policy, w->now, NULL), US_ADMIT_PROBE);
	us_health_fail(openai(&w->a), &policy, US_ADMIT_PROBE, w->now);
	tick(w);
	assert_int_equal(w->a.m.heard, w->b.m.heard);
	assert_in_range(w->a.m.heard, 1, 2);
}

static void who_comes_later_hears_of_it(void **state)
{
	struct world *w = *state;
	struct host c;

	open_at(w, &w->a);
	tick(w);
	make_host(&c, server.url, "test", 2000);
	assert_int_equal(us_mirror_tick(&c.m, w->now), 0);
	assert_int_equal(look(w, &c).state, US_BREAKER_OPEN);
	drop_host(&c);
}

static void others_with_another_prefix_are_not_meant(void **state)
{
	struct world *w = *state;
	struct host c;

	open_at(w, &w->a);
	tick(w);
	make_host(&c, server.url, "other", 2000);
	assert_int_equal(us_mirror_tick(&c.m, w->now), 0);
	assert_int_equal(look(w, &c).state, US_BREAKER_CLOSED);
	drop_host(&c);
}

static void what_makes_no_sense_is_passed_over(void **state)
{
	struct world *w = *state;

	redis_server_tell(&server, "HSET test:health nonsense nonsense a\x1f"
	                           "b\x1f"
	                           "c 1 d 99999999999999999999");
	redis_server_tell(&server, "INCR test:changes");
	open_at(w, &w->a);
	tick(w);
	assert_int_equal(look(w, &w->b).state, US_BREAKER_OPEN);
	redis_server_tell(&server, "SET test:changes word");
	assert_int_equal(us_mirror_tick(&w->b.m, w->now), US_ESYNTAX);
	assert_int_equal(look(w, &w->b).state, US_BREAKER_OPEN);
}

static void a_redis_that_is_gone_is_told_when_it_is_back(void **state)
{
	struct world *w = *state;

	redis_server_stop(&server);
	open_at(w, &w->a);
	assert_int_not_equal(us_mirror_tick(&w->a.m, w->now), 0);
	assert_true(redis_server_start(&server));
	tick(w);
	assert_int_equal(look(w, &w->b).state, US_BREAKER_OPEN);
}

/* --- the budget ------------------------------------------------------------------------------ */

static struct us_budget *budget(struct host *h) { return us_page_budget(&h->page); }

static void take(struct world *w, struct host *h, size_t n)
{
	while (n--)
		assert_true(us_budget_take(budget(h), BUCKET, w->now));
}

/* How many there are. */
static size_t left(struct world *w, struct host *h)
{
	size_t n = 0;

	while (n < BUCKET && us_budget_take(budget(h), BUCKET, w->now))
		n++;
	for (size_t i = 0; i < n; i++)
		us_budget_give_back(budget(h), w->now);
	return n;
}

static void what_is_spent_here_is_not_there_to_be_spent_elsewhere(void **state)
{
	struct world *w = *state;

	tick(w);
	take(w, &w->a, 6);
	tick(w);
	assert_int_equal(left(w, &w->b), 4);
	take(w, &w->b, 3);
	tick(w);
	assert_int_equal(left(w, &w->a), 1);
	assert_int_equal(left(w, &w->b), 1);
	for (int i = 0; i < 5; i++) /* nothing is counted twice, or comes back */
		tick(w);
	assert_int_equal(left(w, &w->a), 1);
	assert_int_equal(left(w, &w->b), 1);
}

static void calls_of_all_hosts_fill_it_and_time_fills_each_once(void **state)
{
	struct world *w = *state;

	tick(w);
	take(w, &w->a, 6);
	tick(w);
	for (int i = 0; i < 20; i++) /* two tokens */
		us_budget_call(budget(&w->b), w->now);
	tick(w);
	assert_int_equal(left(w, &w->a), 6);
	assert_int_equal(left(w, &w->b), 6);
	w->now += 10000; /* one */
	tick(w);
	tick(w);
	assert_int_equal(left(w, &w->a), 7);
	assert_int_equal(left(w, &w->b), 7);
}

static void hosts_that_overspend_at_once_owe_no_more_than_a_bucket(void **state)
{
	struct world *w = *state;

	tick(w);
	take(w, &w->a, BUCKET);
	take(w, &w->b, BUCKET);
	tick(w);
	assert_int_equal(left(w, &w->a), 0);
	w->now += 10000 * BUCKET;
	assert_int_equal(left(w, &w->a), BUCKET);
	assert_int_equal(left(w, &w->b), BUCKET);
}

static void who_comes_later_owes_nothing_for_what_was_before(void **state)
{
	struct world *w = *state;
	struct host c;

	tick(w);
	take(w, &w->a, 6);
	tick(w);
	make_host(&c, server.url, "test", 2000);
	assert_int_equal(us_mirror_tick(&c.m, w->now), 0);
	assert_int_equal(left(w, &c), BUCKET);
	take(w, &w->a, 1);
	tick(w);
	assert_int_equal(us_mirror_tick(&c.m, w->now), 0);
	assert_int_equal(left(w, &c), BUCKET - 1);
	drop_host(&c);
}

static void of_a_time_without_redis_nothing_is_told_or_heard(void **state)
{
	struct world *w = *state;

	tick(w);
	redis_server_stop(&server);
	take(w, &w->a, 6);
	assert_int_not_equal(us_mirror_tick(&w->a.m, w->now), 0);
	assert_int_not_equal(us_mirror_tick(&w->b.m, w->now), 0);
	assert_int_equal(left(w, &w->a), 4); /* each host by itself */
	assert_int_equal(left(w, &w->b), BUCKET);
	assert_true(redis_server_start(&server));
	tick(w);
	tick(w);
	assert_int_equal(left(w, &w->b), BUCKET);
	take(w, &w->a, 1);
	tick(w);
	assert_int_equal(left(w, &w->b), BUCKET - 1);
}

static void what_redis_forgets_is_not_paid_back(void **state)
{
	struct world *w = *state;

	tick(w);
	take(w, &w->a, 6);
	tick(w);
	redis_server_tell(&server, "DEL test:budget");
	tick(w);
	tick(w);
	assert_int_equal(left(w, &w->a), 4);
	assert_int_equal(left(w, &w->b), 4);
	take(w, &w->a, 1);
	tick(w);
	assert_int_equal(left(w, &w->b), 3);
}

static void a_budget_that_makes_no_sense_harms_no_breaker(void **state)
{
	static const char *const words[] = {
		"word", "99999999999999999999", "-", "9223372036854775807", "-9223372036854775807",
		"1.5"
	};
	struct world *w = *state;
	char command[64];

	for (size_t i = 0; i < US_COUNT(words); i++) {
		snprintf(command, sizeof(command), "SET test:budget %s", words[i]);
		redis_server_tell(&server, command);
		take(w, &w->a, 1);
		tick(w);
		us_budget_give_back(budget(&w->a), w->now);
	}
	redis_server_tell(&server, "DEL test:budget");
	redis_server_tell(&server, "LPUSH test:budget x");
	open_at(w, &w->a);
	tick(w);
	assert_int_equal(look(w, &w->b).state, US_BREAKER_OPEN);
}

static void without_a_budget_there_is_none_to_share(void **state)
{
	struct world *w = *state;

	w->b.m.budget = 0;
	tick(w);
	take(w, &w->a, 6);
	tick(w);
	assert_int_equal(left(w, &w->b), BUCKET);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_breaker_that_opens_here_is_open_there),
		TEST(who_finds_it_well_again_closes_it_for_all),
		TEST(a_time_to_be_left_alone_is_kept_by_all),
		TEST(nothing_new_is_not_told_again),
		TEST(who_comes_later_hears_of_it),
		TEST(others_with_another_prefix_are_not_meant),
		TEST(what_makes_no_sense_is_passed_over),
		TEST(a_redis_that_is_gone_is_told_when_it_is_back),
		TEST(what_is_spent_here_is_not_there_to_be_spent_elsewhere),
		TEST(calls_of_all_hosts_fill_it_and_time_fills_each_once),
		TEST(hosts_that_overspend_at_once_owe_no_more_than_a_bucket),
		TEST(who_comes_later_owes_nothing_for_what_was_before),
		TEST(of_a_time_without_redis_nothing_is_told_or_heard),
		TEST(what_redis_forgets_is_not_paid_back),
		TEST(a_budget_that_makes_no_sense_harms_no_breaker),
		TEST(without_a_budget_there_is_none_to_share),
	};

	return cmocka_run_group_tests(tests, start, end);
}

/* test_tool.c - functions as tools: retries, waits, breakers, alternatives, deadlines */
#include "agent_world.h"

static uint64_t ahead_ms, waited[16];
static size_t nwaited;

/* Waiting moves the clock. */
static int shifted(clockid_t id, struct timespec *now)
{
	int rc = clock_gettime(id, now);

	now->tv_sec += (time_t)(ahead_ms / 1000);
	now->tv_nsec += (long)(ahead_ms % 1000) * 1000000;
	if (now->tv_nsec >= 1000000000) {
		now->tv_nsec -= 1000000000;
		now->tv_sec++;
	}
	return rc;
}

static void skip_ahead(uint64_t ms)
{
	if (nwaited < US_COUNT(waited))
		waited[nwaited++] = ms;
	ahead_ms += ms;
}

static int make_tool(void **state)
{
	int rc = make(state);
	struct world *w = *state;

	ahead_ms = nwaited = 0;
	us_clock_use(shifted);
	w->u->pause = w->other->pause = skip_ahead;
	return rc;
}

static int drop_tool(void **state)
{
	us_clock_use(clock_gettime);
	return drop(state);
}

/* Answers `codes` one after the other, the last one for ever. */
struct actor {
	int codes[8];
	size_t called;
	uint64_t wish_ms, takes_ms;
};

static int act(void *self, struct understudy_call *call)
{
	struct actor *a = self;
	size_t i = a->called++;
	int code = a->codes[i < 7 ? i : 7];

	ahead_ms += a->takes_ms;
	if (a->wish_ms)
		understudy_call_wait(call, a->wish_ms);
	if (code)
		understudy_call_error(call, "out of order");
	else
		understudy_call_result(call, "done", 4);
	return code;
}

static struct understudy_tool tool(const char *name, struct actor *a)
{
	return (struct understudy_tool){ .name = name, .call = act, .self = a };
}

#define ALWAYS(c)                                                                                  \
	{                                                                                          \
		{ c, c, c, c, c, c, c, c }, 0, 0, 0                                                \
	}

static struct understudy_result *called(struct understudy *u, struct understudy_tool *tools,
                                        size_t n, const struct understudy_policy *p, int expected)
{
	struct understudy_result *r;
	int rc = understudy_tool_call(u, tools, n, "args", 4, p, &r);

	if (rc != expected)
		fail_msg("%d: %s", rc, understudy_error());
	return r;
}

static void a_tool_that_works_is_called_once(void **state)
{
	struct actor a = ALWAYS(0);
	struct understudy_tool t = tool("a", &a);
	struct world *w = *state;
	struct understudy_result *r = called(w->u, &t, 1, NULL, 0);
	size_t n;

	assert_memory_equal(understudy_result_bytes(r, &n), "done", 5);
	assert_int_equal(n, 4);
	assert_string_equal(understudy_result_tool(r), "a");
	assert_string_equal(understudy_result_error(r), "");
	assert_int_equal(understudy_result_attempts(r), 1);
	assert_int_equal(nwaited, 0);
	understudy_result_free(r);
}

static int echo(void *self, struct understudy_call *call)
{
	size_t n;
	const void *p = understudy_call_args(call, &n);

	assert_int_equal(understudy_call_attempt(call), 1);
	assert_true(understudy_call_remaining_ms(call) == UINT64_MAX);
	understudy_call_result(call, "not this", 8);
	return understudy_call_result(call, p, n);
}

static void arguments_go_in_and_the_last_result_comes_out(void **state)
{
	struct understudy_tool t = { .name = "echo", .call = echo };
	struct world *w = *state;
	struct understudy_result *r;
	size_t n;

	assert_int_equal(understudy_tool_call(w->u, &t, 1, "\0x", 2, NULL, &r), 0);
	assert_memory_equal(understudy_result_bytes(r, &n), "\0x", 3);
	assert_int_equal(n, 2);
	understudy_result_free(r);
	assert_int_equal(understudy_tool_call(w->u, &t, 1, NULL, 0, NULL, NULL), 0);
	assert_int_equal(understudy_tool_call(w->u, &t, 0, NULL, 0, NULL, NULL), UNDERSTUDY_EINVAL);
}

static void a_failure_is_retried_after_growing_waits(void **state)
{
	struct understudy_policy p = { .attempts = 4,
		                       .backoff_low_ms = 100,
		                       .backoff_high_ms = 10000 };
	struct actor a = { { 500, 7, 503, 0 }, 0, 0, 0 };
	struct understudy_tool t = tool("a", &a);
	struct world *w = *state;
	struct understudy_result *r = called(w->u, &t, 1, &p, 0);

	assert_int_equal(understudy_result_attempts(r), 4);
	assert_int_equal(understudy_result_code(r), 0);
	assert_int_equal(nwaited, 3);
	for (size_t i = 0; i < 3; i++)
		assert_in_range(waited[i], 100u << i, 200u << i);
	understudy_result_free(r);
}

static void who_cannot_goes_to_the_alternatives_in_their_order(void **state)
{
	struct actor a = ALWAYS(500), b = ALWAYS(403), c = ALWAYS(0), d = ALWAYS(0);
	struct understudy_tool t[] = { tool("a", &a), tool("b", &b), tool("c", &c), tool("d", &d) };
	struct world *w = *state;
	struct understudy_result *r = called(w->u, t, 4, NULL, 0);

	assert_string_equal(understudy_result_tool(r), "c");
	assert_int_equal(a.called, 3);
	assert_int_equal(b.called, 1); /* gone is not retried */
	assert_int_equal(d.called, 0);
	understudy_result_free(r);
}

static void wrong_arguments_are_nobody_elses_business(void **state)
{
	struct actor a = ALWAYS(404), b = ALWAYS(0);
	struct understudy_tool t[] = { tool("a", &a), tool("b", &b) };
	struct world *w = *state;

	for (int i = 0; i < 10; i++) /* and do not open its breaker */
		understudy_result_free(called(w->u, t, 2, NULL, UNDERSTUDY_EINVAL));
	assert_int_equal(a.called, 10);
	assert_int_equal(b.called, 0);
	assert_non_null(strstr(understudy_error(), "out of order"));
}

static void a_tool_that_fails_for_long_is_left_alone_by_all(void **state)
{
	struct understudy_policy once = { .attempts = 1 };
	struct actor a = ALWAYS(500), b = ALWAYS(0);
	struct understudy_tool t[] = { tool("a", &a), tool("b", &b) };
	struct world *w = *state;
	struct understudy_result *r;

	for (int i = 0; i < 5; i++)
		understudy_result_free(called(w->u, t, 2, &once, 0));
	assert_int_equal(a.called, 5);
	understudy_result_free(called(w->other, t, 2, &once, 0));
	assert_int_equal(a.called, 5);
	r = called(w->other, t, 1, &once, UNDERSTUDY_EAWAY);
	assert_string_equal(understudy_result_tool(r), "");
	assert_non_null(strstr(understudy_error(), "known to fail"));
	understudy_result_free(r);
	/* After a while one call tries it out, and it is back. */
	ahead_ms += 60000;
	a = (struct actor)ALWAYS(0);
	understudy_result_free(called(w->other, t, 1, &once, 0));
	understudy_result_free(called(w->u, t, 1, &once, 0));
	assert_int_equal(a.called, 2);
}

static void a_wish_for_rest_is_granted_if_it_is_short(void **state)
{
	struct actor a = { { 429, 0 }, 0, 3000, 0 }, b = ALWAYS(0);
	struct understudy_tool t[] = { tool("a", &a), tool("b", &b) };
	struct world *w = *state;
	struct understudy_result *r = called(w->u, t, 2, NULL, 0);

	assert_string_equal(understudy_result_tool(r), "a");
	assert_int_equal(nwaited, 1);
	assert_true(waited[0] >= 3000);
	understudy_result_free(r);
	a = (struct actor){ { 429, 0 }, 0, 60000, 0 };
	r = called(w->u, t, 2, NULL, 0);
	assert_string_equal(understudy_result_tool(r), "b");
	assert_int_equal(nwaited, 1);
	understudy_result_free(r);
	r = called(w->other, t, 2, NULL, 0); /* it rests for all */
	assert_string_equal(understudy_result_tool(r), "b");
	understudy_result_free(r);
	assert_int_equal(a.called, 1);
}

static void the_deadline_holds_over_attempts_and_waits(void **state)
{
	struct understudy_policy p = { .attempts = 20, .deadline_ms = 5000 };
	struct actor slow = { { 500, 500, 500, 500, 500, 500, 500, 500 }, 0, 0, 3000 };
	struct understudy_tool t = tool("slow", &slow);
	struct world *w = *state;

	understudy_result_free(called(w->u, &t, 1, &p, UNDERSTUDY_ETIME));
	assert_in_range(ahead_ms, 3000, 9000);
	assert_true(slow.called <= 2);
}

static int opinion(void *self, int code) { return code == 1 ? UNDERSTUDY_CLASS_GONE : -1; }

static void the_callers_classes_come_before_the_table(void **state)
{
	static const struct understudy_rule rules[] = { { 400, 499, UNDERSTUDY_CLASS_RETRY },
		                                        { 1, 1, UNDERSTUDY_CLASS_REFUSED } };
	struct actor a = { { 404, 1 }, 0, 0, 0 }, b = ALWAYS(0);
	struct understudy_tool t[] = { tool("a", &a), tool("b", &b) };
	struct world *w = *state;

	t[0].rules = rules;
	t[0].nrules = 2;
	t[0].classify = opinion;
	understudy_result_free(called(w->u, t, 2, NULL, 0));
	assert_int_equal(a.called, 2); /* retried by the rule, gone by the opinion */
	assert_int_equal(b.called, 1);
}

#define TOOL(f)                                                                                    \
	{                                                                                          \
#f, f, make_tool, drop_tool, &files                                                \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOOL(a_tool_that_works_is_called_once),
		TOOL(arguments_go_in_and_the_last_result_comes_out),
		TOOL(a_failure_is_retried_after_growing_waits),
		TOOL(who_cannot_goes_to_the_alternatives_in_their_order),
		TOOL(wrong_arguments_are_nobody_elses_business),
		TOOL(a_tool_that_fails_for_long_is_left_alone_by_all),
		TOOL(a_wish_for_rest_is_granted_if_it_is_short),
		TOOL(the_deadline_holds_over_attempts_and_waits),
		TOOL(the_callers_classes_come_before_the_table),
	};

	(void)redis;
	(void)start_server;
	(void)stop_server;
	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}

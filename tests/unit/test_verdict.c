/* test_verdict.c - waits, backoff and verdicts: what a failed attempt means */
#include "engine/backoff.h"
#include "engine/verdict.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 2026-11-23T20:45:00Z */
#define UNIX_MS ((uint64_t)1795466700000)

/* --- waits ----------------------------------------------------------------------------------- */

static uint64_t wait_of(const char *headers)
{
	struct us_span rest = us_span_of(headers), line;
	struct us_waits w = { 0 };
	uint64_t ms;

	while (us_span_next(&rest, '\n', &line)) {
		struct us_span name;

		us_span_next(&line, ':', &name);
		us_waits_header(&w, name, line, UNIX_MS);
	}
	return us_waits_get(&w, &ms) ? ms : 0;
}

static void each_form_of_retry_after_is_read(void **unused)
{
	static const struct {
		const char *headers;
		uint64_t ms;
	} rows[] = {
		{ "Retry-After: 2", 2000 },
		{ "retry-after:0.25", 250 },
		{ "retry-after-ms: 1500", 1500 },
		{ "retry-after-ms: 1500.7", 1500 },
		{ "Retry-After: Mon, 23 Nov 2026 20:45:30 GMT", 30000 },
		{ "Retry-After: Mon, 23 Nov 2026 20:44:30 GMT", 0 },
		{ "Retry-After: 0", 0 },
		{ "Retry-After: -5", 0 },
		{ "Retry-After: soon", 0 },
		{ "Retry-After: 2x", 0 },
		{ "Retry-After: 999999999999", US_WAIT_MAX_MS },
		{ "Retry-After: 86400", US_WAIT_MAX_MS },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++)
		assert_int_equal(wait_of(rows[i].headers), rows[i].ms);
}

/* Azure sends both, the first of them useless. */
static void an_invalid_wish_does_not_hide_a_valid_one(void **unused)
{
	assert_int_equal(wait_of("retry-after-ms: 0\nretry-after: 1"), 1000);
	assert_int_equal(wait_of("retry-after: 7\nretry-after-ms: 20"), 20);
}

static void a_limit_counts_when_it_is_spent(void **unused)
{
	assert_int_equal(wait_of("x-ratelimit-remaining-requests: 0\n"
	                         "x-ratelimit-reset-requests: 1m2.5s"),
	                 62500);
	assert_int_equal(wait_of("x-ratelimit-remaining-tokens: 17\n"
	                         "x-ratelimit-reset-tokens: 6m0s"),
	                 0);
	assert_int_equal(wait_of("x-ratelimit-reset-tokens: 20ms\n"
	                         "x-ratelimit-remaining-tokens: 0"),
	                 20);
	assert_int_equal(wait_of("anthropic-ratelimit-requests-remaining: 0\n"
	                         "anthropic-ratelimit-requests-reset: 2026-11-23T20:45:05Z"),
	                 5000);
	assert_int_equal(wait_of("retry-after: 1\nx-ratelimit-remaining-requests: 0\n"
	                         "x-ratelimit-reset-requests: 9s"),
	                 1000);
	assert_int_equal(wait_of("x-ratelimit-remaining-requests: 0\n"
	                         "x-ratelimit-reset-requests: 1 fortnight"),
	                 0);
}

/* --- backoff --------------------------------------------------------------------------------- */

static void backoff_grows_with_jitter_within_its_bounds(void **unused)
{
	static const uint64_t from[] = { 1000, 2000, 4000, 8000, 10000 };
	static const uint64_t to[] = { 2000, 4000, 8000, 10000, 10000 };
	struct us_rand r = { 7 };

	for (unsigned n = 0; n < US_COUNT(from); n++) {
		uint64_t low = UINT64_MAX, high = 0;

		for (int i = 0; i < 1000; i++) {
			uint64_t ms = us_backoff_ms(1000, 10000, n, &r);

			low = ms < low ? ms : low;
			high = ms > high ? ms : high;
		}
		assert_in_range(low, from[n], from[n] + 30);
		assert_in_range(high, to[n] - 30, to[n]);
	}
	assert_int_equal(us_backoff_ms(1000, 10000, 4000, &r), 10000);
	assert_int_equal(us_backoff_ms(5, 5, 0, &r), 5);
}

/* --- verdicts -------------------------------------------------------------------------------- */

struct said {
	const char *type, *code, *message;
};

static struct us_verdict judge(enum us_cause cause, unsigned status, struct said said, bool own)
{
	struct us_hub_err err = { .type = us_span_of(said.type),
		                  .code = us_span_of(said.code),
		                  .message = us_span_of(said.message) };
	struct us_outcome o = { .cause = cause, .status = status, .err = &err, .own = own };

	return us_verdict(&o);
}

#define NOTHING ((struct said){ 0 })

static void rows_give_the_class_of_the_specification(void **unused)
{
	static const struct {
		enum us_cause cause;
		unsigned status;
		struct said said;
		enum us_then then;
		enum us_blame blame;
	} rows[] = {
		{ US_CAUSE_CONNECT, 0, { 0 }, US_THEN_NEXT, US_BLAME_FAIL },
		{ US_CAUSE_DNS, 0, { 0 }, US_THEN_NEXT, US_BLAME_FAIL },
		{ US_CAUSE_TLS, 0, { 0 }, US_THEN_NEXT, US_BLAME_FAIL },
		{ US_CAUSE_SILENT, 0, { 0 }, US_THEN_NEXT, US_BLAME_FAIL },
		{ US_CAUSE_SILENT, 200, { 0 }, US_THEN_NEXT, US_BLAME_FAIL },
		{ US_CAUSE_RESET, 0, { 0 }, US_THEN_RETRY, US_BLAME_FAIL },
		{ US_CAUSE_CUT, 200, { 0 }, US_THEN_RETRY, US_BLAME_FAIL },
		{ US_CAUSE_NOT_JSON, 200, { 0 }, US_THEN_NEXT, US_BLAME_FAIL },
		{ US_CAUSE_PROGRAM, 0, { 0 }, US_THEN_DELIVER, US_BLAME_NONE },
		{ US_CAUSE_STATUS, 500, { 0 }, US_THEN_RETRY, US_BLAME_FAIL },
		{ US_CAUSE_STATUS,
		  529,
		  { .type = "overloaded_error" },
		  US_THEN_RETRY,
		  US_BLAME_FAIL },
		{ US_CAUSE_STATUS, 501, { 0 }, US_THEN_REFUSED, US_BLAME_ALIVE },
		{ US_CAUSE_STATUS, 429, { 0 }, US_THEN_RETRY, US_BLAME_COOL },
		{ US_CAUSE_STATUS,
		  429,
		  { .type = "insufficient_quota" },
		  US_THEN_NEXT,
		  US_BLAME_DOWN },
		{ US_CAUSE_STATUS,
		  429,
		  { .message = "Request too large for gpt-4o" },
		  US_THEN_NEXT,
		  US_BLAME_NONE },
		{ US_CAUSE_STATUS, 402, { 0 }, US_THEN_NEXT, US_BLAME_DOWN },
		{ US_CAUSE_STATUS,
		  400,
		  { .message = "Your credit balance is too low" },
		  US_THEN_NEXT,
		  US_BLAME_DOWN },
		{ US_CAUSE_STATUS,
		  400,
		  { .type = "invalid_request_error" },
		  US_THEN_REFUSED,
		  US_BLAME_ALIVE },
		{ US_CAUSE_STATUS,
		  400,
		  { .code = "context_length_exceeded" },
		  US_THEN_REFUSED,
		  US_BLAME_ALIVE },
		{ US_CAUSE_STATUS, 401, { 0 }, US_THEN_REFUSED, US_BLAME_ALIVE },
		{ US_CAUSE_STATUS,
		  403,
		  { .code = "unsupported_country_region_territory" },
		  US_THEN_NEXT,
		  US_BLAME_DOWN },
		{ US_CAUSE_STATUS, 403, { 0 }, US_THEN_REFUSED, US_BLAME_ALIVE },
		{ US_CAUSE_STATUS,
		  404,
		  { .code = "model_not_found" },
		  US_THEN_NEXT,
		  US_BLAME_DOWN },
		{ US_CAUSE_STATUS,
		  404,
		  { .message = "model 'llama3.2' not found" },
		  US_THEN_NEXT,
		  US_BLAME_DOWN },
		{ US_CAUSE_STATUS,
		  404,
		  { .message = "404 page not found" },
		  US_THEN_REFUSED,
		  US_BLAME_ALIVE },
		{ US_CAUSE_STATUS, 404, { 0 }, US_THEN_REFUSED, US_BLAME_ALIVE },
		{ US_CAUSE_STATUS, 408, { 0 }, US_THEN_RETRY, US_BLAME_FAIL },
		{ US_CAUSE_STATUS, 418, { 0 }, US_THEN_REFUSED, US_BLAME_ALIVE },
		{ US_CAUSE_ERROR_IN_200,
		  200,
		  { .type = "overloaded_error" },
		  US_THEN_RETRY,
		  US_BLAME_FAIL },
		{ US_CAUSE_ERROR_IN_200,
		  200,
		  { .type = "rate_limit_error" },
		  US_THEN_RETRY,
		  US_BLAME_COOL },
		{ US_CAUSE_ERROR_IN_200,
		  200,
		  { .type = "invalid_request_error" },
		  US_THEN_REFUSED,
		  US_BLAME_ALIVE },
		{ US_CAUSE_ERROR_IN_200,
		  200,
		  { .message = "the input length exceeds the context length" },
		  US_THEN_REFUSED,
		  US_BLAME_ALIVE },
		{ US_CAUSE_ERROR_IN_200, 200, { 0 }, US_THEN_RETRY, US_BLAME_FAIL },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_verdict v = judge(rows[i].cause, rows[i].status, rows[i].said, true);

		if (v.then != rows[i].then || v.blame != rows[i].blame)
			print_error("row %zu\n", i);
		assert_int_equal(v.then, rows[i].then);
		assert_int_equal(v.blame, rows[i].blame);
	}
}

/* A target's 4xx is our mistake or our key: the program must never see it. */
static void a_target_is_left_where_the_own_provider_is_shown(void **unused)
{
	struct us_verdict v = judge(US_CAUSE_STATUS, 400, NOTHING, false);

	assert_int_equal(v.then, US_THEN_NEXT);
	assert_int_equal(v.blame, US_BLAME_NONE);
	v = judge(US_CAUSE_STATUS, 401, NOTHING, false);
	assert_int_equal(v.then, US_THEN_NEXT);
	assert_int_equal(v.blame, US_BLAME_DOWN);
	v = judge(US_CAUSE_LOCAL, 0, NOTHING, false);
	assert_int_equal(v.then, US_THEN_NEXT);
	assert_int_equal(judge(US_CAUSE_LOCAL, 0, NOTHING, true).then, US_THEN_DELIVER);
}

/* Google's words, and what they mean beside their status. */
static void a_wrong_key_and_a_country_at_google_are_bad_arguments_by_status_alone(void **unused)
{
	struct said key = { .type = "INVALID_ARGUMENT", .code = "API_KEY_INVALID" };
	struct said country = { .type = "FAILED_PRECONDITION",
		                .message = "User location is not supported for the API use." };
	struct said gone = { .type = "NOT_FOUND",
		             .message = "models/x is not found for API version v1beta" };
	struct us_verdict v = judge(US_CAUSE_STATUS, 400, key, false);

	assert_int_equal(v.then, US_THEN_NEXT);
	assert_int_equal(v.blame, US_BLAME_DOWN);
	assert_int_equal(v.cause, US_CAUSE_AUTH);
	assert_int_equal(judge(US_CAUSE_STATUS, 400, key, true).then, US_THEN_REFUSED);
	v = judge(US_CAUSE_STATUS, 400, country, true);
	assert_int_equal(v.then, US_THEN_NEXT);
	assert_int_equal(v.blame, US_BLAME_DOWN);
	assert_int_equal(judge(US_CAUSE_STATUS, 404, gone, true).cause, US_CAUSE_MODEL);
	assert_int_equal(
		judge(US_CAUSE_STATUS, 400, (struct said){ .type = "INVALID_ARGUMENT" }, false)
			.blame,
		US_BLAME_NONE);
}

static void a_wait_in_the_body_counts_where_no_header_asks_for_one(void **unused)
{
	struct us_hub_err err = { .retry_ms = 34070 };
	struct us_waits w = { 0 };
	struct us_outcome o = { .cause = US_CAUSE_STATUS, .status = 429, .err = &err, .waits = &w };

	assert_int_equal(us_verdict(&o).wait_ms, 34070);
	us_waits_header(&w, US_SPAN("retry-after"), US_SPAN("2"), 0);
	assert_int_equal(us_verdict(&o).wait_ms, 2000);
	w = (struct us_waits){ 0 };
	err.retry_ms = UINT64_MAX;
	assert_int_equal(us_verdict(&o).wait_ms, US_WAIT_MAX_MS);
}

static void should_retry_moves_a_verdict(void **unused)
{
	struct us_waits w = { .said_no_retry = true };
	struct us_outcome o = { .cause = US_CAUSE_STATUS, .status = 500, .waits = &w, .own = true };

	assert_int_equal(us_verdict(&o).then, US_THEN_NEXT);
	w = (struct us_waits){ .said_retry = true };
	o.status = 400;
	assert_int_equal(us_verdict(&o).then, US_THEN_RETRY);
}

static void the_cause_is_refined_for_people(void **unused)
{
	assert_int_equal(judge(US_CAUSE_STATUS, 429, NOTHING, true).cause, US_CAUSE_RATE_LIMIT);
	assert_int_equal(judge(US_CAUSE_STATUS, 401, NOTHING, true).cause, US_CAUSE_AUTH);
	assert_int_equal(judge(US_CAUSE_STATUS, 402, NOTHING, true).cause, US_CAUSE_QUOTA);
	assert_int_equal(judge(US_CAUSE_STATUS, 503, NOTHING, true).cause, US_CAUSE_STATUS);
	assert_int_equal(judge(US_CAUSE_RESET, 0, NOTHING, true).cause, US_CAUSE_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_retry_after_is_read),
		cmocka_unit_test(an_invalid_wish_does_not_hide_a_valid_one),
		cmocka_unit_test(a_limit_counts_when_it_is_spent),
		cmocka_unit_test(backoff_grows_with_jitter_within_its_bounds),
		cmocka_unit_test(rows_give_the_class_of_the_specification),
		cmocka_unit_test(a_target_is_left_where_the_own_provider_is_shown),
		cmocka_unit_test(
			a_wrong_key_and_a_country_at_google_are_bad_arguments_by_status_alone),
		cmocka_unit_test(a_wait_in_the_body_counts_where_no_header_asks_for_one),
		cmocka_unit_test(should_retry_moves_a_verdict),
		cmocka_unit_test(the_cause_is_refined_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_call_keys.c - several keys of one provider: which one is asked with, and what that costs
 * others */
#include "call_world.h"

#define LIMIT JSON_HEAD("429 Too Many Requests")
#define LIMIT_FOR(s)                                                                               \
	"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: " s      \
	"\r\n\r\n"
#define FULL "{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_error\"}}"
#define REFUSED JSON_HEAD("401 Unauthorized")
#define WRONG_KEY(whose)                                                                           \
	"{\"error\":{\"message\":\"wrong " whose "\",\"type\":\"authentication_error\"}}"
#define BROKEN JSON_HEAD("500 Internal Server Error")
#define OOPS "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\"}}"

static const char *two[] = { "KEY_A", "KEY_B" };
static const struct us_provider openai = { .name = "openai",
	                                   .dialect = "openai",
	                                   .base_url = "http://own/v1",
	                                   .model = "",
	                                   .key_env = "KEY_A",
	                                   .keys = { two, 2 } };

/* The stand-in has two keys. */
static void standin_with_two(struct world *w)
{
	set(w, "UNDERSTUDY_KEYS", "anthropic=KEY_1+KEY_2");
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
}

/* The program's own provider has, beside the program's own, two; nobody else is there. */
static void own_with_two(struct world *w)
{
	set(w, "UNDERSTUDY_FALLBACKS", "");
	w->own.known = &openai;
	w->own.key = US_KEY_OWN;
	begin(w, REQUEST);
}

static void expect_key(struct world *w, const char *provider, const char *key)
{
	expect_send(w, provider);
	if (key)
		assert_string_equal(w->order.to->key, key);
	else
		assert_null(w->order.to->key);
}

static struct us_slot *key_slot(struct world *w, const char *key)
{
	struct us_slot *s;

	for (size_t i = 0; (s = us_page_nth(&w->page, i)); i++)
		if (strcmp(s->variable, key) == 0)
			return s;
	return NULL;
}

static uint64_t asked(struct world *w, const char *key)
{
	struct us_slot *s = key_slot(w, key);

	return s ? atomic_load(&s->count[US_COUNT_attempts]) : 0;
}

static void a_key_at_its_limit_gives_way_to_the_next_at_once(void **state)
{
	struct world *w = *state;

	standin_with_two(w);
	expect_key(w, "anthropic", "KEY_1");
	answer(w, LIMIT, FULL);
	expect_key(w, "anthropic", "KEY_2");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "Hello"));
}

static void the_next_call_begins_with_the_key_that_is_well(void **state)
{
	struct world *w = *state;

	standin_with_two(w);
	answer(w, LIMIT_FOR("4"), FULL);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	w->now += 3999;
	begin(w, REQUEST); /* its own provider is down */
	expect_key(w, "anthropic", "KEY_2");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	w->now += 1;
	begin(w, REQUEST);
	expect_key(w, "anthropic", "KEY_1");
}

static void a_refused_key_is_left_for_minutes(void **state)
{
	struct world *w = *state;

	standin_with_two(w);
	answer(w, REFUSED, WRONG_KEY("one"));
	expect_key(w, "anthropic", "KEY_2");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	w->now += 299999;
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_key(w, "anthropic", "KEY_2");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	w->now += 1;
	begin(w, REQUEST);
	expect_key(w, "anthropic", "KEY_1");
}

static void an_empty_account_is_the_keys_alone(void **state)
{
	struct world *w = *state;

	standin_with_two(w);
	answer(w, JSON_HEAD("402 Payment Required"), WRONG_KEY("card"));
	expect_key(w, "anthropic", "KEY_2");
	ended(w, US_CAUSE_PROGRAM);
	begin(w, REQUEST);
	expect_key(w, "anthropic", "KEY_2");
}

static void what_is_the_providers_burns_no_other_key(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *head, *body;
		enum us_cause cause;
	} of[] = { { BROKEN, OOPS, US_CAUSE_NONE },
		   { JSON_HEAD("529 Overloaded"), OOPS, US_CAUSE_NONE },
		   { JSON_HEAD("400 Bad Request"), OOPS, US_CAUSE_NONE },
		   { "", "", US_CAUSE_RESET },
		   { "", "", US_CAUSE_CONNECT } };

	set(w, "UNDERSTUDY_BUDGET", "0");
	for (size_t i = 0; i < US_COUNT(of); i++) {
		w->now += 600000;
		standin_with_two(w);
		expect_key(w, "anthropic", "KEY_1");
		head(w, of[i].head);
		body(w, of[i].body);
		ended(w, of[i].cause);
		while (w->order.kind == US_ORDER_NONE)
			wait_due(w);
		assert_int_equal(asked(w, "KEY_2"), 0);
	}
}

static void one_request_that_is_too_large_for_the_limit_burns_no_key(void **state)
{
	struct world *w = *state;

	standin_with_two(w);
	answer(w, LIMIT,
	       "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":"
	       "\"Request too large for the limit\"}}");
	expect_finish(w, US_FINISH_OWN);
	begin(w, REQUEST);
	expect_key(w, "anthropic", "KEY_1");
}

static void with_all_keys_at_their_limits_the_next_provider_is_asked(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "anthropic@http://t1,local:m@http://t2/v1");
	standin_with_two(w);
	answer(w, LIMIT_FOR("20"), FULL);
	expect_key(w, "anthropic", "KEY_2");
	answer(w, LIMIT_FOR("30"), FULL);
	expect_send(w, "local");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	begin(w, REQUEST); /* and is not even asked */
	expect_send(w, "local");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	assert_int_equal(asked(w, "KEY_1") + asked(w, "KEY_2"), 2);
	w->now += 20000;
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_key(w, "anthropic", "KEY_1");
}

static void a_wait_is_for_the_key_that_is_well_first(void **state)
{
	struct world *w = *state;

	standin_with_two(w);
	answer(w, LIMIT_FOR("2"), FULL);
	expect_key(w, "anthropic", "KEY_2");
	answer(w, LIMIT_FOR("40"), FULL);
	assert_int_equal(w->order.kind, US_ORDER_NONE);
	assert_in_range(wait_due(w), 1900, 2100);
	expect_key(w, "anthropic", "KEY_1");
}

static void a_turn_to_the_next_key_is_no_attempt_of_those_that_are_counted(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	set(w, "UNDERSTUDY_KEYS", "anthropic=KEY_1+KEY_2+KEY_3+KEY_4");
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, LIMIT, FULL);
	answer(w, REFUSED, WRONG_KEY("two"));
	answer(w, LIMIT, FULL);
	expect_key(w, "anthropic", "KEY_4");
	answer(w, BROKEN, OOPS);
	expect_finish(w, US_FINISH_OWN);
}

static void a_turn_costs_a_token_like_any_other_attempt(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BUDGET", "1");
	own_with_two(w);
	answer(w, REFUSED, WRONG_KEY("mine"));
	expect_key(w, "openai", "KEY_A"); /* the token */
	answer(w, REFUSED, WRONG_KEY("a"));
	assert_int_equal(asked(w, "KEY_B"), 0);
	expect_finish(w, US_FINISH_OWN);
}

static void a_key_that_cannot_be_sent_gives_way_but_is_not_ill(void **state)
{
	struct world *w = *state;

	standin_with_two(w);
	ended(w, US_CAUSE_LOCAL);
	expect_key(w, "anthropic", "KEY_2");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	begin(w, REQUEST);
	expect_key(w, "anthropic", "KEY_1");
}

static void keys_that_are_not_there_are_none(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_KEYS", "anthropic=MISSING_1+KEY_2+MISSING_3");
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_key(w, "anthropic", "KEY_2");
	answer(w, LIMIT_FOR("1"), FULL);
	assert_null(key_slot(w, "KEY_2")); /* a single one is its provider's health */
	set(w, "UNDERSTUDY_KEYS", "anthropic=MISSING_1");
	w->now += 600000;
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	expect_finish(w, US_FINISH_OWN);
}

static void a_stream_that_begins_with_a_limit_turns_too(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_KEYS", "anthropic=KEY_1+KEY_2");
	begin(w, STREAMED);
	ended(w, US_CAUSE_CONNECT);
	head(w, SSE_HEAD);
	body(w, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\","
	        "\"message\":\"slow\"}}\n\n");
	expect_key(w, "anthropic", "KEY_2");
	assert_int_equal(w->cancels, 1);
}

/* --- the program's own ----------------------------------------------------------------------- */

static void the_programs_own_key_is_the_first_and_others_take_its_place(void **state)
{
	struct world *w = *state;

	own_with_two(w);
	expect_key(w, "openai", NULL);
	answer(w, LIMIT, FULL);
	expect_key(w, "openai", "KEY_A");
	assert_true(w->order.to->own);
	answer(w, REFUSED, WRONG_KEY("a"));
	expect_key(w, "openai", "KEY_B");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
}

static void the_own_provider_is_asked_with_another_key_while_the_programs_cools(void **state)
{
	struct world *w = *state;

	own_with_two(w);
	answer(w, LIMIT_FOR("8"), FULL);
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	w->now += 7999;
	begin(w, REQUEST);
	expect_key(w, "openai", "KEY_A");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
	w->now += 1;
	begin(w, REQUEST);
	expect_key(w, "openai", NULL);
}

static void other_keys_come_before_other_providers(void **state)
{
	struct world *w = *state;

	own_with_two(w);
	set(w, "UNDERSTUDY_FALLBACKS", "anthropic@http://t1");
	begin(w, STREAMED);
	answer(w, LIMIT, FULL);
	expect_key(w, "openai", "KEY_A");
	answer(w, LIMIT, FULL);
	expect_key(w, "openai", "KEY_B");
	answer(w, LIMIT, FULL);
	expect_key(w, "anthropic", "ANTHROPIC_API_KEY");
}

static void the_program_sees_how_its_own_key_failed_and_no_other(void **state)
{
	struct world *w = *state;

	own_with_two(w);
	answer(w, REFUSED, WRONG_KEY("mine"));
	answer(w, REFUSED, WRONG_KEY("a"));
	expect_key(w, "openai", "KEY_B");
	answer(w, REFUSED, WRONG_KEY("b"));
	expect_finish(w, US_FINISH_OWN);
	expect_shown(w, REFUSED WRONG_KEY("mine"));
}

static void without_another_key_a_refusal_is_shown_as_ever(void **state)
{
	struct world *w = *state;

	own_with_two(w);
	w->own.key = NULL;
	begin(w, REQUEST);
	answer(w, REFUSED, WRONG_KEY("mine"));
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, REFUSED WRONG_KEY("mine"));
}

static void when_only_others_have_failed_the_own_key_is_asked_after_all(void **state)
{
	struct world *w = *state;

	own_with_two(w);
	answer(w, LIMIT_FOR("300"), FULL);
	answer(w, JSON_HEAD("200 OK"), ANSWER); /* KEY_A */
	begin(w, REQUEST);
	expect_key(w, "openai", "KEY_A");
	answer(w, REFUSED, WRONG_KEY("a"));
	expect_key(w, "openai", "KEY_B");
	answer(w, REFUSED, WRONG_KEY("b"));
	expect_key(w, "openai", NULL);
	answer(w, LIMIT_FOR("200"), FULL);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, LIMIT_FOR("200") FULL);
}

static void what_the_provider_says_to_any_key_is_shown(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	own_with_two(w);
	answer(w, LIMIT, FULL);
	expect_key(w, "openai", "KEY_A");
	answer(w, BROKEN, OOPS);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, BROKEN OOPS);
	assert_int_equal(asked(w, "KEY_B"), 0);
}

static void a_request_that_cannot_be_made_again_is_not(void **state)
{
	struct world *w = *state;

	own_with_two(w);
	us_call_unrepeatable(w->call);
	answer(w, LIMIT, FULL);
	expect_finish(w, US_FINISH_AS_ENDED);
	expect_shown(w, LIMIT FULL);
}

static void a_policy_that_says_403_is_no_matter_of_the_key(void **state)
{
	struct world *w = *state;
	const char *text = "{\"error\":{\"message\":\"no\",\"code\":\"content_filter\"}}";

	own_with_two(w);
	answer(w, JSON_HEAD("403 Forbidden"), text);
	expect_finish(w, US_FINISH_AS_ENDED);
	assert_true(shown(w, "content_filter"));
}

/* A program that takes its key out of the variable, and one that falls over to it. */
static void a_key_is_the_same_by_its_variable_whoever_uses_it(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	w->own.known = &openai;
	w->own.key = "KEY_A";
	begin(w, REQUEST);
	expect_key(w, "openai", NULL);
	answer(w, LIMIT_FOR("60"), FULL);
	expect_key(w, "openai", "KEY_B");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	assert_non_null(key_slot(w, "KEY_A"));
	assert_null(key_slot(w, US_KEY_OWN));
	w->own.known = NULL;
	w->own.key = NULL;
	w->dialect = &us_anthropic;
	set(w, "UNDERSTUDY_KEYS", "openai=KEY_A+KEY_B");
	set(w, "UNDERSTUDY_FALLBACKS", "openai:gpt-4o@http://own:80");
	begin(w, "{\"model\":\"claude\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
	         "\"content\":\"hi\"}]}");
	ended(w, US_CAUSE_CONNECT);
	expect_key(w, "openai", "KEY_B");
}

static void no_slot_knows_more_of_a_key_than_its_variable(void **state)
{
	struct world *w = *state;
	struct us_slot *s;

	standin_with_two(w);
	answer(w, LIMIT_FOR("5"), FULL);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	s = key_slot(w, "KEY_1");
	assert_non_null(s);
	assert_string_equal(s->provider, "anthropic");
	assert_string_equal(s->origin, "http://t1:80");
	assert_int_equal(atomic_load(&s->count[US_COUNT_attempts]), 1);
	assert_int_equal(atomic_load(&key_slot(w, "KEY_2")->count[US_COUNT_ok]), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_at_its_limit_gives_way_to_the_next_at_once),
		TEST(the_next_call_begins_with_the_key_that_is_well),
		TEST(a_refused_key_is_left_for_minutes),
		TEST(an_empty_account_is_the_keys_alone),
		TEST(what_is_the_providers_burns_no_other_key),
		TEST(one_request_that_is_too_large_for_the_limit_burns_no_key),
		TEST(with_all_keys_at_their_limits_the_next_provider_is_asked),
		TEST(a_wait_is_for_the_key_that_is_well_first),
		TEST(a_turn_to_the_next_key_is_no_attempt_of_those_that_are_counted),
		TEST(a_turn_costs_a_token_like_any_other_attempt),
		TEST(a_key_that_cannot_be_sent_gives_way_but_is_not_ill),
		TEST(keys_that_are_not_there_are_none),
		TEST(a_stream_that_begins_with_a_limit_turns_too),
		TEST(the_programs_own_key_is_the_first_and_others_take_its_place),
		TEST(the_own_provider_is_asked_with_another_key_while_the_programs_cools),
		TEST(other_keys_come_before_other_providers),
		TEST(the_program_sees_how_its_own_key_failed_and_no_other),
		TEST(without_another_key_a_refusal_is_shown_as_ever),
		TEST(when_only_others_have_failed_the_own_key_is_asked_after_all),
		TEST(what_the_provider_says_to_any_key_is_shown),
		TEST(a_request_that_cannot_be_made_again_is_not),
		TEST(a_policy_that_says_403_is_no_matter_of_the_key),
		TEST(a_key_is_the_same_by_its_variable_whoever_uses_it),
		TEST(no_slot_knows_more_of_a_key_than_its_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

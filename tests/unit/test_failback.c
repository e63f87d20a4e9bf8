/* test_failback.c - what the own provider is sent of what others said, and whom a loop stays with
 */
#include "call_world.h"

#include "wire/mint.h"

static char request[4096];

/* A conversation that ends in the result of a call; `model` has made it, NULL: the own provider. */
static const char *loop_of(const char *model)
{
	struct us_buf id;

	us_buf_init(&id, 100);
	if (model)
		us_mint(&id, "call_", 24,
		        us_mint_seed(9, us_mint_tag(US_SPAN("anthropic"), us_span_of(model))), 1);
	else
		us_buf_add_str(&id, "call_1");
	snprintf(request, sizeof(request),
	         "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"u\"},{"
	         "\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"%s\",\"type\":"
	         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":"
	         "\"tool\",\"tool_call_id\":\"%s\",\"content\":\"r\"}]}",
	         us_buf_cstr(&id), us_buf_cstr(&id));
	us_buf_fini(&id);
	return request;
}

#define HAIKU "claude-haiku-4-5" /* the fallback of call_world.h */

static void whoever_began_a_loop_goes_on_with_it(void **state)
{
	struct world *w = *state;

	begin(w, loop_of(HAIKU));
	expect_send(w, "anthropic");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	assert_true(shown(w, "Hello"));
}

static void a_loop_of_its_own_or_of_a_stranger_is_the_own_providers(void **state)
{
	struct world *w = *state;

	begin(w, loop_of(NULL));
	expect_send(w, "openai");
	begin(w, loop_of("claude-opus-4-5")); /* no longer in the chain */
	expect_send(w, "openai");
	assert_false(w->order.to->rendered);
}

static void without_stickiness_the_own_provider_comes_first(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_STICKY", "0");
	begin(w, loop_of(HAIKU));
	expect_send(w, "openai");
}

static void whoever_fails_in_its_loop_leaves_it_to_the_own_provider(void **state)
{
	struct world *w = *state;

	begin(w, loop_of(HAIKU));
	expect_send(w, "anthropic");
	answer(w, JSON_HEAD("503 Busy"), "{}"); /* which would be tried again elsewhere */
	expect_send(w, "openai");
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	expect_shown(w, JSON_HEAD("200 OK") ANSWER);
	expect_finish(w, US_FINISH_AS_ENDED);
}

static void whoever_is_known_to_be_ill_is_not_asked_for_its_loop(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BREAKER", "1/60s");
	begin(w, loop_of(HAIKU));
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "openai");
	begin(w, loop_of(HAIKU));
	expect_send(w, "openai");
}

static void when_both_have_failed_the_program_sees_its_own_failure(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, loop_of(HAIKU));
	answer(w, JSON_HEAD("503 Busy"), "{}");
	expect_send(w, "openai");
	answer(w, JSON_HEAD("500 Oops"), "{\"own\":1}");
	assert_true(shown(w, "{\"own\":1}"));
	expect_finish(w, US_FINISH_AS_ENDED);
}

static void the_own_provider_passed_by_is_not_lost_to_a_loop(void **state)
{
	struct world *w = *state;

	set(w, "UNDERSTUDY_BREAKER", "1/60s");
	set(w, "UNDERSTUDY_STICKY", "0");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, loop_of(HAIKU));
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	set(w, "UNDERSTUDY_STICKY", "1");
	begin(w, loop_of(HAIKU));
	expect_send(w, "anthropic");
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "openai"); /* as the last resort: its breaker is open */
	assert_int_equal(us_call_due(w->call), US_NEVER);
}

/* --- a body that is not at hand -------------------------------------------------------------- */

static void begin_without_body(struct world *w) { begin_body(w, us_span(NULL, 0)); }

static void a_body_is_fetched_first_only_where_somebody_has_stood_in(void **state)
{
	struct world *w = *state;

	begin_without_body(w);
	expect_send(w, "openai");
	ended(w, US_CAUSE_CONNECT);
	assert_int_equal(w->order.kind, US_ORDER_BODY);
	us_call_request_body(w->call, US_SPAN(REQUEST), w->now);
	obey(w);
	expect_send(w, "anthropic");
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	expect_finish(w, US_FINISH_OK);
	w->now += 600000;
	begin_without_body(w);
	assert_int_equal(w->order.kind, US_ORDER_BODY);
	us_call_request_body(w->call, us_span_of(loop_of(HAIKU)), w->now);
	obey(w);
	expect_send(w, "anthropic");
	begin_without_body(w);
	us_call_request_body(w->call, us_span(NULL, 0), w->now); /* it can't be had: as it comes */
	obey(w);
	expect_send(w, "openai");
}

/* --- what is sent to the own provider -------------------------------------------------------- */

static struct us_span sent(const struct world *w)
{
	assert_true(w->order.to->rendered);
	return us_buf_span(&w->order.to->request.body);
}

static void begin_thinking(struct world *w, const char *id)
{
	char text[2048];

	snprintf(text, sizeof(text),
	         "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":4000,\"thinking\":{\"type\":"
	         "\"enabled\",\"budget_tokens\":2000},\"messages\":[{\"role\":\"user\",\"content\":"
	         "\"u\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"%s\","
	         "\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":"
	         "\"tool_result\",\"tool_use_id\":\"%s\",\"content\":\"r\"}]}]}",
	         id, id);
	snprintf(request, sizeof(request), "%s", text);
	begin(w, request);
}

static void an_open_loop_is_sent_without_thinking_to_whoever_wants_signatures(void **state)
{
	struct world *w = *state;
	struct us_buf id;

	us_buf_init(&id, 100);
	us_mint(&id, "toolu_01", 22, 5, 1);
	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-sonnet-4-5@http://t1");
	w->dialect = &us_anthropic;
	begin_thinking(w, us_buf_cstr(&id));
	expect_send(w, "anthropic");
	assert_true(w->order.to->own);
	assert_false(us_span_has(sent(w), "thinking"));
	ended(w, US_CAUSE_CONNECT);
	expect_send(w, "anthropic");
	assert_false(w->order.to->own);
	assert_false(us_span_has(sent(w), "thinking"));
	w->now += 600000;
	begin_thinking(w, "toolu_01abc");
	assert_true(w->order.to->own);
	assert_false(w->order.to->rendered);
	us_buf_fini(&id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whoever_began_a_loop_goes_on_with_it),
		TEST(a_loop_of_its_own_or_of_a_stranger_is_the_own_providers),
		TEST(without_stickiness_the_own_provider_comes_first),
		TEST(whoever_fails_in_its_loop_leaves_it_to_the_own_provider),
		TEST(whoever_is_known_to_be_ill_is_not_asked_for_its_loop),
		TEST(when_both_have_failed_the_program_sees_its_own_failure),
		TEST(the_own_provider_passed_by_is_not_lost_to_a_loop),
		TEST(a_body_is_fetched_first_only_where_somebody_has_stood_in),
		TEST(an_open_loop_is_sent_without_thinking_to_whoever_wants_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

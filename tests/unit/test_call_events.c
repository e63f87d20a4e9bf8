/* test_call_events.c - what a call leaves in the ring of events and in the counters */
#include "call_world.h"

/* "call served", "verdict status 503" ...: what was told since event `from`, in one line. */
static const char *told(struct world *w, uint64_t from)
{
	static char text[2048];
	struct us_events *ring = us_page_events(&w->page);
	uint64_t first, end;
	struct us_event e;
	size_t n = 0;

	text[0] = '\0';
	for (us_events_range(ring, &first, &end); from < end; from++) {
		const struct us_slot *s;

		assert_int_equal(us_events_read(ring, from, &e), US_EVENT_GOOD);
		s = us_page_numbered(&w->page, e.slot);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s", us_event_word(e.kind),
		                      s->provider);
		if (e.kind == US_EVENT_CALL)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s",
			                      us_end_word(e.how));
		if (e.kind == US_EVENT_BREAKER)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s",
			                      us_turn_word(e.how));
		if (e.kind == US_EVENT_VERDICT)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s %u",
			                      us_cause_name((enum us_cause)e.cause), e.status);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "; ");
	}
	return text;
}

static struct us_event last(struct world *w)
{
	struct us_events *ring = us_page_events(&w->page);
	struct us_event e = { 0 };
	uint64_t first, end;

	us_events_range(ring, &first, &end);
	assert_true(end > 0);
	assert_int_equal(us_events_read(ring, end - 1, &e), US_EVENT_GOOD);
	return e;
}

static const struct us_slot *slot(struct world *w, const char *provider)
{
	const struct us_slot *s;

	for (size_t n = 0; (s = us_page_nth(&w->page, n)); n++)
		if (strcmp(s->provider, provider) == 0)
			return s;
	fail_msg("there is no %s", provider);
	return NULL;
}

#define COUNTED                                                                                    \
	"{\"id\":\"c\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{"     \
	"\"role\":\"assistant\",\"content\":\"usage\"},\"finish_reason\":\"stop\"}],\"usage\":{"   \
	"\"prompt_tokens\":120,\"completion_tokens\":7,\"total_tokens\":127}}"

static void a_healthy_call_leaves_one_record(void **state)
{
	struct world *w = *state;
	struct us_event e;

	begin(w, REQUEST);
	w->now += 40;
	head(w, JSON_HEAD("200 OK"));
	body(w, COUNTED);
	w->now += 2;
	ended(w, US_CAUSE_NONE);
	assert_string_equal(told(w, 0), "call openai served; ");
	e = last(w);
	assert_int_equal(e.status, 200);
	assert_int_equal(e.ms, 42);
	assert_int_equal(e.first_ms, 40);
	assert_int_equal(e.attempt, 1);
	assert_int_equal(e.tokens_in, 120);
	assert_int_equal(e.tokens_out, 7);
}

static void a_stream_tells_its_tokens_too(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	answer(w, SSE_HEAD,
	       FIRST TEXT("a") STOP
	       "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{"
	       "\"prompt_tokens\":11,\"completion_tokens\":2,\"total_tokens\":13}}\n\n" DONE);
	assert_int_equal(last(w).tokens_in, 11);
	assert_int_equal(last(w).tokens_out, 2);
}

static void a_translated_answer_tells_the_tokens_of_who_gave_it(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	assert_int_equal(last(w).tokens_in, 1);
	assert_int_equal(last(w).tokens_out, 1);
	assert_int_equal(atomic_load(&slot(w, "anthropic")->tokens_in.sum), 1);
	assert_int_equal(atomic_load(&slot(w, "openai")->tokens_in.sum), 0);
}

static void a_call_that_went_on_tells_each_step(void **state)
{
	struct world *w = *state;

	begin(w, REQUEST);
	for (int i = 0; i < 3; i++) {
		answer(w, JSON_HEAD("503 Busy"), "{}");
		if (i < 2)
			wait_due(w);
	}
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	assert_string_equal(told(w, 0),
	                    "verdict openai STATUS 503; wait openai; attempt openai; "
	                    "verdict openai STATUS 503; wait openai; attempt openai; "
	                    "verdict openai STATUS 503; breaker openai open; failover anthropic; "
	                    "attempt anthropic; call anthropic served; ");
	assert_int_equal(last(w).attempt, 4);
	assert_int_equal(last(w).ms, 2000);
}

static void a_breaker_tells_each_turn_it_takes(void **state)
{
	struct world *w = *state;
	uint64_t from;

	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	from = atomic_load(&us_page_events(&w->page)->next);
	w->now += 3600000;
	begin(w, REQUEST);
	answer(w, JSON_HEAD("200 OK"), ANSWER);
	assert_string_equal(
		told(w, from),
		"breaker openai half-open; breaker openai closed; call openai served; ");
}

static void a_wish_to_be_left_alone_is_told_with_its_time(void **state)
{
	struct world *w = *state;
	struct us_event e;

	set(w, "UNDERSTUDY_FALLBACKS", "");
	set(w, "UNDERSTUDY_ATTEMPTS", "1");
	begin(w, REQUEST);
	answer(w, "HTTP/1.1 429 Slow\r\nRetry-After: 30\r\n\r\n", "{}");
	assert_string_equal(told(w, 0), "verdict openai RATE_LIMIT 429; breaker openai cooling; "
	                                "call openai shown as it came; ");
	assert_int_equal(us_events_read(us_page_events(&w->page), 1, &e), US_EVENT_GOOD);
	assert_int_equal(e.ms, 30000);
	assert_int_equal(e.status, 429);
	assert_int_equal(last(w).status, 429);
}

static void the_counters_of_a_provider_know_how_calls_ended(void **state)
{
	struct world *w = *state;
	const struct us_slot *s;

	begin(w, REQUEST);
	w->now += 5;
	answer(w, JSON_HEAD("200 OK"), COUNTED);
	begin(w, REQUEST);
	answer(w, JSON_HEAD("400 Bad Request"), "{\"error\":{\"message\":\"no\"}}");
	begin(w, REQUEST);
	ended(w, US_CAUSE_DNS);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	s = slot(w, "openai");
	assert_int_equal(atomic_load(&s->ended[US_END_SERVED]), 1);
	assert_int_equal(atomic_load(&s->ended[US_END_SHOWN]), 1);
	assert_int_equal(atomic_load(&s->failed_by[US_CAUSE_DNS]), 1);
	assert_int_equal(atomic_load(&s->duration.bucket[3]), 1); /* 4..7 ms */
	assert_int_equal(atomic_load(&s->duration.sum_ms), 5);
	assert_int_equal(atomic_load(&s->answer.bucket[3]), 1);
	assert_int_equal(atomic_load(&s->tokens_in.bucket[4]), 1); /* 65..256 */
	assert_int_equal(atomic_load(&slot(w, "anthropic")->ended[US_END_SERVED]), 1);
}

static void streams_and_plain_answers_are_measured_apart(void **state)
{
	struct world *w = *state;

	begin(w, STREAMED);
	head(w, SSE_HEAD);
	w->now += 3;
	body(w, FIRST TEXT("a"));
	w->now += 1000;
	body(w, STOP DONE);
	ended(w, US_CAUSE_NONE);
	assert_int_equal(atomic_load(&slot(w, "openai")->first.sum_ms), 3);
	assert_int_equal(atomic_load(&slot(w, "openai")->answer.sum_ms), 0);
	assert_int_equal(last(w).ms, 1003);
	assert_int_equal(last(w).first_ms, 3);
}

static void a_tree_of_processes_has_counters_of_its_own(void **state)
{
	struct world *w = *state;
	struct us_tree *t = us_page_tree(&w->page, US_SPAN("agent"));

	w->tree = t;
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	begin(w, REQUEST);
	answer(w, JSON_HEAD("500 Oops"), "{}");
	assert_int_equal(atomic_load(&t->count[US_TREE_calls]), 1);
	assert_int_equal(atomic_load(&t->count[US_TREE_attempts]), 2);
	assert_int_equal(atomic_load(&t->count[US_TREE_served]), 1);
	assert_int_equal(atomic_load(&t->count[US_TREE_stood_in]), 1);
	assert_int_equal(atomic_load(&t->count[US_TREE_failed]), 0);
	assert_int_equal(atomic_load(&t->count[US_TREE_tokens_out]), 1);
	assert_int_equal(last(w).tree, us_page_tree_number(&w->page, t));
}

static size_t files;
static void count_lines(void *self, const struct us_event *e) { files++; }

static void whoever_asked_hears_each_event(void **state)
{
	struct world *w = *state;

	w->event = count_lines;
	begin(w, REQUEST);
	ended(w, US_CAUSE_CONNECT);
	answer(w, JSON_HEAD("200 OK"), CLAUDE);
	assert_int_equal(files, atomic_load(&us_page_events(&w->page)->next));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_healthy_call_leaves_one_record),
		TEST(a_stream_tells_its_tokens_too),
		TEST(a_translated_answer_tells_the_tokens_of_who_gave_it),
		TEST(a_call_that_went_on_tells_each_step),
		TEST(a_breaker_tells_each_turn_it_takes),
		TEST(a_wish_to_be_left_alone_is_told_with_its_time),
		TEST(the_counters_of_a_provider_know_how_calls_ended),
		TEST(streams_and_plain_answers_are_measured_apart),
		TEST(a_tree_of_processes_has_counters_of_its_own),
		TEST(whoever_asked_hears_each_event),
	};

	return cmocka_run_group_tests_name("call events", tests, NULL, NULL);
}

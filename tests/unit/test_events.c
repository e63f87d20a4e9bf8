/* test_events.c - the ring: whole records only, the latest ones, whoever is killed while writing */
#include "state/event_json.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WRITERS 8
#define EACH 20000 /* events per writer: more than a round of the ring */

static int make_ring(void **state)
{
	*state = mmap(NULL, sizeof(struct us_events), PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return *state == MAP_FAILED;
}

static int drop_ring(void **state) { return munmap(*state, sizeof(struct us_events)); }

/* Each of its members follows from n, so that a mixture of two is seen. */
static struct us_event of(uint32_t n)
{
	return (struct us_event){ .at_ms = 1000000000000u + n,
		                  .call = n,
		                  .kind = (uint8_t)(n % US_EVENT_KINDS_END),
		                  .slot = (uint16_t)(n % 100),
		                  .tree = (uint16_t)(n % 50),
		                  .how = n % 4,
		                  .cause = (uint16_t)(n % 20),
		                  .status = (uint16_t)(n % 600),
		                  .attempt = (uint16_t)(n % 7),
		                  .ms = n * 3,
		                  .first_ms = n * 5,
		                  .tokens_in = n * 11,
		                  .tokens_out = n * 13 };
}

static bool same(const struct us_event *a, const struct us_event *b)
{
	return a->at_ms == b->at_ms && a->call == b->call && a->kind == b->kind &&
	       a->slot == b->slot && a->tree == b->tree && a->how == b->how &&
	       a->cause == b->cause && a->status == b->status && a->attempt == b->attempt &&
	       a->ms == b->ms && a->first_ms == b->first_ms && a->tokens_in == b->tokens_in &&
	       a->tokens_out == b->tokens_out;
}

static void add(struct us_events *r, uint32_t n)
{
	struct us_event e = of(n);

	us_events_add(r, &e);
}

static void an_event_is_read_as_it_was_written(void **state)
{
	struct us_event e, expected = of(123456);

	add(*state, 123456);
	assert_int_equal(us_events_read(*state, 0, &e), US_EVENT_GOOD);
	assert_true(same(&e, &expected));
	assert_int_equal(e.pid, getpid());
}

static void an_empty_ring_has_nothing(void **state)
{
	uint64_t first, end;
	struct us_event e;

	us_events_range(*state, &first, &end);
	assert_int_equal(first, 0);
	assert_int_equal(end, 0);
	assert_int_equal(us_events_read(*state, 0, &e), US_EVENT_NOT_YET);
}

static void the_ring_keeps_the_latest(void **state)
{
	uint64_t first, end;
	struct us_event e, expected;

	for (uint32_t n = 0; n < US_EVENTS_MAX + 10; n++)
		add(*state, n);
	us_events_range(*state, &first, &end);
	assert_int_equal(first, 10);
	assert_int_equal(end, US_EVENTS_MAX + 10);
	assert_int_equal(us_events_read(*state, 9, &e), US_EVENT_GONE);
	for (uint32_t n = 10; n < end; n++) {
		expected = of(n);
		assert_int_equal(us_events_read(*state, n, &e), US_EVENT_GOOD);
		assert_true(same(&e, &expected));
	}
}

static void a_record_that_lacks_a_word_or_its_check_is_not_read(void **state)
{
	struct us_events *r = *state;
	struct us_event e;

	for (unsigned i = 0; i <= US_EVENT_WORDS; i++) {
		_Atomic uint64_t *word =
			i < US_EVENT_WORDS ? &r->record[i].word[i] : &r->record[i].check;

		add(r, i + 1);
		atomic_fetch_xor(word, (uint64_t)1 << (i * 7));
		assert_int_equal(us_events_read(r, i, &e), US_EVENT_NOT_YET);
		atomic_fetch_xor(word, (uint64_t)1 << (i * 7));
		assert_int_equal(us_events_read(r, i, &e), US_EVENT_GOOD);
	}
}

/* A writer that takes a number and dies leaves the record of a round before. */
static void the_record_of_a_round_before_is_not_taken_for_the_one_that_is_missing(void **state)
{
	struct us_events *r = *state;
	struct us_event e;

	for (uint32_t n = 0; n < US_EVENTS_MAX; n++)
		add(r, n);
	atomic_fetch_add(&r->next, 1);
	add(r, 7);
	assert_int_equal(us_events_read(r, US_EVENTS_MAX, &e), US_EVENT_NOT_YET);
	assert_int_equal(us_events_read(r, US_EVENTS_MAX + 1, &e), US_EVENT_GOOD);
}

static pid_t start_writer(struct us_events *r, uint32_t from, uint32_t n)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (uint32_t i = 0; i < n; i++)
			add(r, from + i);
		_exit(0);
	}
	return pid;
}

/* All that can be read is of one piece; how many there were. */
static size_t read_whole(const struct us_events *r)
{
	uint64_t first, end;
	size_t good = 0;

	us_events_range(r, &first, &end);
	for (; first < end; first++) {
		struct us_event e, expected;

		if (us_events_read(r, first, &e) != US_EVENT_GOOD)
			continue;
		expected = of(e.call);
		assert_true(same(&e, &expected));
		good++;
	}
	return good;
}

static void what_is_read_while_eight_processes_write_is_of_one_piece(void **state)
{
	size_t good = 0;
	int status, alive = WRITERS;

	for (uint32_t i = 0; i < WRITERS; i++)
		start_writer(*state, i * EACH, EACH);
	while (alive) {
		good += read_whole(*state);
		while (alive && waitpid(-1, &status, WNOHANG) > 0)
			alive--;
	}
	assert_true(good > 0);
	/* A writer that slept for a round may have spoilt a record of the next one. */
	assert_in_range(read_whole(*state), US_EVENTS_MAX - WRITERS, US_EVENTS_MAX);
}

static void writers_that_are_killed_spoil_at_most_the_record_they_were_at(void **state)
{
	struct us_events *r = *state;
	pid_t pid[WRITERS];

	for (int round = 0; round < 20; round++) {
		uint64_t before = atomic_load(&r->next);

		for (uint32_t i = 0; i < WRITERS; i++)
			pid[i] = start_writer(r, i, UINT32_MAX);
		while (atomic_load(&r->next) < before + 2 * US_EVENTS_MAX)
			;
		for (uint32_t i = 0; i < WRITERS; i++)
			kill(pid[i], SIGKILL);
		for (uint32_t i = 0; i < WRITERS; i++)
			waitpid(pid[i], NULL, 0);
		/* ... and one of the round in which it last woke, as above. */
		assert_in_range(read_whole(r), US_EVENTS_MAX - 2 * WRITERS, US_EVENTS_MAX);
	}
	add(r, 1); /* and it goes on */
}

/* --- as JSON --------------------------------------------------------------------------------- */

static void expect_line(struct us_page *page, const struct us_event *e, const char *line)
{
	struct us_buf b;

	us_buf_init(&b, 4096);
	assert_int_equal(us_event_json(&b, page, e), 0);
	assert_string_equal(us_buf_cstr(&b), line);
	us_buf_fini(&b);
}

static void a_line_tells_who_and_what_and_nothing_that_is_not_known(void **unused)
{
	struct us_event e = {
		.at_ms = 1795891683707, .pid = 7, .call = 2, .tree = US_EVENT_NOBODY
	};
	struct us_page page;

	assert_int_equal(us_page_open(&page, "/proc/none", NULL), 0);
	e.slot = (uint16_t)us_page_number(
		&page,
		us_page_slot(&page, US_SPAN("open\"ai"), US_SPAN("o"), US_SPAN("m\xc3\xa4\xc3\\")));
	e.attempt = 1;
	e.ms = 5;
	e.first_ms = 3;
	e.status = 200;
	e.tokens_out = 9;
	expect_line(
		&page, &e,
		"{\"time\":\"2026-11-28T18:48:03.707Z\",\"event\":\"call\",\"pid\":7,\"call\":2,"
		"\"provider\":\"open\\\"ai\",\"model\":\"m\xc3\xa4?\\\\\",\"outcome\":\"served\","
		"\"attempts\":1,\"ms\":5,\"first_content_ms\":3,\"output_tokens\":9,"
		"\"status\":200}\n");
	e = (struct us_event){ .kind = US_EVENT_BREAKER,
		               .how = US_TURN_COOLING,
		               .cause = US_CAUSE_RATE_LIMIT,
		               .status = 429,
		               .ms = 30000,
		               .slot = US_EVENT_NOBODY };
	e.tree = (uint16_t)us_page_tree_number(&page, us_page_tree(&page, US_SPAN("agent")));
	expect_line(
		&page, &e,
		"{\"time\":\"1970-01-01T00:00:00.000Z\",\"event\":\"breaker\",\"pid\":0,\"call\":0,"
		"\"name\":\"agent\",\"state\":\"cooling\",\"ms\":30000,\"cause\":\"rate_limit\","
		"\"status\":429}\n");
	us_page_close(&page);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_ring, drop_ring)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_is_read_as_it_was_written),
		TEST(an_empty_ring_has_nothing),
		TEST(the_ring_keeps_the_latest),
		TEST(a_record_that_lacks_a_word_or_its_check_is_not_read),
		TEST(the_record_of_a_round_before_is_not_taken_for_the_one_that_is_missing),
		TEST(what_is_read_while_eight_processes_write_is_of_one_piece),
		TEST(writers_that_are_killed_spoil_at_most_the_record_they_were_at),
		cmocka_unit_test(a_line_tells_who_and_what_and_nothing_that_is_not_known),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}

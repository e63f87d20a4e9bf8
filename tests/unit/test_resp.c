/* test_resp.c - the sum of a sequence of answer events, and what requests are judged by */
#include "wire/resp.h"
#include "wire/request.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_resp resp;

static int setup(void **state)
{
	us_resp_init(&resp, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	us_mem_fail_at(0);
	us_resp_fini(&resp);
	return 0;
}

static int put(struct us_ev ev) { return us_resp_put(&resp, &ev); }

/* The span dies with the call, as the contract says. */
static int put_text(enum us_ev_kind kind, struct us_span text)
{
	char *copy = us_memdup(text.p, text.n);
	int rc;

	assert_non_null(copy);
	rc = put((struct us_ev){ .kind = kind, .text = us_span(copy, text.n) });
	us_free(copy);
	return rc;
}

static void open_block(enum us_block_kind kind, const char *id, const char *name)
{
	char *copy = us_strdup(id);

	assert_non_null(copy);
	put((struct us_ev){ .kind = US_EV_BLOCK_OPEN,
	                    .block = kind,
	                    .id = us_span_of(copy),
	                    .name = us_span_of(name) });
	us_free(copy);
}

static void close_block(void) { put((struct us_ev){ .kind = US_EV_BLOCK_CLOSE }); }

static void assert_span(struct us_span got, struct us_span want)
{
	if (!us_span_eq(got, want))
		fail_msg("'%.*s', want '%.*s'", (int)got.n, got.p, (int)want.n, want.p);
}

static void pieces_add_up_to_blocks(void **state)
{
	put((struct us_ev){
		.kind = US_EV_START, .id = US_SPAN("id1"), .model = US_SPAN("m"), .created = 5 });
	open_block(US_TEXT, "", "");
	put_text(US_EV_TEXT, US_SPAN("one "));
	put((struct us_ev){ .kind = US_EV_PING });
	put_text(US_EV_TEXT, US_SPAN("two"));
	close_block();
	open_block(US_TOOL_CALL, "c1", "f");
	put_text(US_EV_ARGS, US_SPAN("{\"n\":900719925"));
	put_text(US_EV_ARGS, US_SPAN("4740993}"));
	close_block();
	put((struct us_ev){ .kind = US_EV_STOP, .stop = US_STOP_TOOL });
	put((struct us_ev){ .kind = US_EV_END, .clean = true });

	assert_span(resp.id, US_SPAN("id1"));
	assert_span(resp.model, US_SPAN("m"));
	assert_int_equal(resp.created, 5);
	assert_int_equal(resp.nblocks, 2);
	assert_int_equal(resp.blocks[0].kind, US_TEXT);
	assert_span(resp.blocks[0].text, US_SPAN("one two"));
	assert_span(resp.blocks[1].id, US_SPAN("c1"));
	assert_span(resp.blocks[1].name, US_SPAN("f"));
	assert_span(resp.blocks[1].args, US_SPAN("{\"n\":9007199254740993}"));
	assert_int_equal(resp.blocks[1].args_kind, US_ARGS_OBJECT);
	assert_int_equal(resp.stop, US_STOP_TOOL);
	assert_true(resp.stopped && resp.ended && !resp.failed);
}

static void a_pair_that_two_pieces_split_is_joined(void **state)
{
	open_block(US_TEXT, "", "");
	put_text(US_EV_TEXT, US_SPAN("\xed\xa0\xbd"));
	put_text(US_EV_TEXT, US_SPAN("\xed\xb8\x80"));
	close_block();
	assert_span(resp.blocks[0].text, US_SPAN("\xf0\x9f\x98\x80"));
}

static void blocks_do_not_run_into_each_other(void **state)
{
	open_block(US_TEXT, "", "");
	put_text(US_EV_TEXT, US_SPAN("\xed\xa0\xbd"));
	close_block();
	open_block(US_TEXT, "", "");
	put_text(US_EV_TEXT, US_SPAN("\xed\xb8\x80"));
	close_block();
	assert_span(resp.blocks[0].text, US_SPAN("\xed\xa0\xbd"));
	assert_span(resp.blocks[1].text, US_SPAN("\xed\xb8\x80"));
}

static void a_block_without_pieces_is_there_and_empty(void **state)
{
	open_block(US_TOOL_CALL, "c", "f");
	close_block();
	assert_int_equal(resp.nblocks, 1);
	assert_int_equal(resp.blocks[0].args.n, 0);
	assert_int_equal(resp.blocks[0].args_kind, US_ARGS_EMPTY);
}

static void a_signature_adds_up_beside_its_text(void **state)
{
	open_block(US_THINK, "", "");
	put_text(US_EV_TEXT, US_SPAN("hm"));
	put_text(US_EV_SIG, US_SPAN("ab"));
	put_text(US_EV_SIG, US_SPAN("c="));
	close_block();
	put_text(US_EV_SIG, US_SPAN("late"));
	assert_span(resp.blocks[0].text, US_SPAN("hm"));
	assert_span(resp.blocks[0].sig, US_SPAN("abc="));
}

static void an_error_keeps_what_came_before_it(void **state)
{
	char message[] = "Overloaded";
	struct us_ev ev = { .kind = US_EV_ERROR,
		            .err = { .status = 529,
		                     .type = US_SPAN("overloaded_error"),
		                     .message = us_span_of(message) } };

	open_block(US_TEXT, "", "");
	put_text(US_EV_TEXT, US_SPAN("half"));
	put(ev);
	memset(message, 'x', sizeof(message) - 1);
	put((struct us_ev){ .kind = US_EV_END });
	assert_span(resp.blocks[0].text, US_SPAN("half"));
	assert_int_equal(resp.err.status, 529);
	assert_span(resp.err.message, US_SPAN("Overloaded"));
	assert_false(us_set(resp.err.code));
	assert_true(resp.failed && !resp.ended && !resp.stopped);
}

static void an_end_that_is_not_clean_is_no_end(void **state)
{
	open_block(US_TEXT, "", "");
	put_text(US_EV_TEXT, US_SPAN("cut"));
	put((struct us_ev){ .kind = US_EV_END });
	assert_false(resp.ended);
	assert_span(resp.blocks[0].text, US_SPAN("cut"));
}

static void the_sequence_that_matched_is_kept(void **state)
{
	put((struct us_ev){ .kind = US_EV_STOP, .stop = US_STOP_SEQUENCE, .text = US_SPAN("END") });
	assert_span(resp.stop_sequence, US_SPAN("END"));
	assert_int_equal(resp.stop, US_STOP_SEQUENCE);
}

static void later_usage_replaces_only_what_it_knows(void **state)
{
	struct us_usage u = { .known = US_USAGE_IN | US_USAGE_OUT, .in = 10, .out = 1 };
	struct us_usage more = { .known = US_USAGE_OUT | US_USAGE_CACHE_READ,
		                 .in = 99,
		                 .cache_read = 4,
		                 .out = 7,
		                 .cache_write = 99,
		                 .reasoning = 99 };

	us_usage_merge(&u, &more);
	assert_int_equal(u.known, US_USAGE_IN | US_USAGE_OUT | US_USAGE_CACHE_READ);
	assert_int_equal(u.in, 10);
	assert_int_equal(u.out, 7);
	assert_int_equal(u.cache_read, 4);
	assert_int_equal(u.cache_write, 0);
	assert_int_equal(u.reasoning, 0);
	more = (struct us_usage){ .known = US_USAGE_CACHE_WRITE | US_USAGE_REASONING | US_USAGE_IN,
		                  .in = 3,
		                  .cache_write = 5,
		                  .reasoning = 6 };
	put((struct us_ev){ .kind = US_EV_USAGE, .usage = u });
	put((struct us_ev){ .kind = US_EV_USAGE, .usage = more });
	assert_int_equal(resp.usage.known, 31);
	assert_int_equal(resp.usage.in, 3);
	assert_int_equal(resp.usage.cache_write, 5);
	assert_int_equal(resp.usage.reasoning, 6);
	assert_int_equal(resp.usage.out, 7);
}

static void an_answer_begins_with_text_arguments_or_a_call(void **state)
{
	static const struct {
		enum us_ev_kind kind;
		enum us_block_kind block;
		bool content;
	} all[] = {
		{ US_EV_START, US_TEXT, false },       { US_EV_BLOCK_OPEN, US_TEXT, false },
		{ US_EV_BLOCK_OPEN, US_THINK, false }, { US_EV_BLOCK_OPEN, US_TOOL_CALL, true },
		{ US_EV_TEXT, US_TEXT, true },         { US_EV_TEXT, US_REFUSAL, true },
		{ US_EV_TEXT, US_THINK, false },       { US_EV_ARGS, US_TOOL_CALL, true },
		{ US_EV_SIG, US_THINK, false },        { US_EV_BLOCK_CLOSE, US_TEXT, false },
		{ US_EV_STOP, US_TEXT, false },        { US_EV_USAGE, US_TEXT, false },
		{ US_EV_PING, US_TEXT, false },        { US_EV_ERROR, US_TEXT, false },
		{ US_EV_END, US_TEXT, false },
	};

	for (size_t i = 0; i < US_COUNT(all); i++) {
		struct us_ev ev = { .kind = all[i].kind, .block = all[i].block };

		if (us_ev_is_content(&ev) != all[i].content)
			fail_msg("row %zu", i);
	}
}

static void an_answer_has_a_ceiling(void **state)
{
	struct us_ev ev = { .kind = US_EV_TEXT, .text = US_SPAN("0123456789abcdef") };
	int rc = 0;

	open_block(US_TEXT, "", "");
	for (size_t i = 0; !rc && i < 1 << 17; i++)
		rc = us_resp_put(&resp, &ev);
	assert_int_equal(rc, US_E2BIG);
}

static int whole_answer(void)
{
	static const struct us_ev evs[] = {
		{ .kind = US_EV_START, .id = { "a", 1 } },
		{ .kind = US_EV_BLOCK_OPEN, .block = US_TOOL_CALL, .id = { "c", 1 } },
		{ .kind = US_EV_ARGS, .text = { "{}", 2 } },
		{ .kind = US_EV_SIG, .text = { "s", 1 } },
		{ .kind = US_EV_BLOCK_CLOSE },
		{ .kind = US_EV_ERROR, .err = { .message = { "m", 1 } } },
		{ .kind = US_EV_END },
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < US_COUNT(evs); i++)
		rc = us_resp_put(&resp, &evs[i]);
	return rc;
}

static void memory_that_is_refused_is_told(void **state)
{
	unsigned long nth = 1;
	int rc;

	do {
		us_resp_fini(&resp);
		us_resp_init(&resp, 1 << 20);
		us_mem_fail_at(nth++);
		rc = whole_answer();
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	} while (rc);
	assert_true(nth > 2);
}

static void arguments_are_of_four_kinds(void **state)
{
	static const struct {
		const char *text;
		enum us_args kind;
	} all[] = {
		{ "{}", US_ARGS_OBJECT },
		{ " \n{\"a\":{\"b\":[]}}\t", US_ARGS_OBJECT },
		{ "", US_ARGS_EMPTY },
		{ " \r\n\t", US_ARGS_EMPTY },
		{ "null", US_ARGS_EMPTY },
		{ " null ", US_ARGS_EMPTY },
		{ "[]", US_ARGS_OTHER },
		{ "\"text\"", US_ARGS_OTHER },
		{ "0", US_ARGS_OTHER },
		{ "-1.5e3", US_ARGS_OTHER },
		{ "false", US_ARGS_OTHER },
		{ "{\"a\":1", US_ARGS_INVALID },
		{ "{\"a\":1}{\"b\":2}", US_ARGS_INVALID },
		{ "{} x", US_ARGS_INVALID },
		{ "1 2", US_ARGS_INVALID },
		{ "nul", US_ARGS_INVALID },
		{ "-", US_ARGS_INVALID },
		{ "{'a':1}", US_ARGS_INVALID },
		{ "run it", US_ARGS_INVALID },
	};

	for (size_t i = 0; i < US_COUNT(all); i++)
		if (us_args_kind(us_span_of(all[i].text)) != all[i].kind)
			fail_msg("%s", all[i].text);
	assert_int_equal(us_args_kind(us_span(NULL, 0)), US_ARGS_EMPTY);
	assert_int_equal(us_args_kind(US_SPAN("{}\0")), US_ARGS_INVALID);
}

static void a_loss_is_told_once_and_the_worst_remembered(void **state)
{
	struct us_arena arena;
	struct us_diags d = { .arena = &arena };

	us_arena_init(&arena, 1 << 20);
	us_diag(&d, US_EXACT, "A", US_SPAN("x"));
	assert_int_equal(d.worst, US_EXACT);
	us_diag(&d, US_RISKY, "A", US_SPAN("x"));
	us_diag(&d, US_DEGRADED, "A", US_SPAN("x"));
	us_diag(&d, US_DEGRADED, "A", US_SPAN("x"));
	us_diag(&d, US_DEGRADED, "A", US_SPAN("y"));
	assert_int_equal(d.n, 4);
	assert_int_equal(d.worst, US_RISKY);
	us_arena_fini(&arena);
}

static void the_list_of_losses_is_bounded_and_keeps_the_reason(void **state)
{
	struct us_arena arena;
	struct us_diags d = { .arena = &arena };
	char names[1000][16];

	us_arena_init(&arena, 1 << 20);
	for (int i = 0; i < 1000; i++) {
		snprintf(names[i], sizeof(names[i]), "m%d", i);
		us_diag(&d, US_DEGRADED, "UNKNOWN_MEMBER", us_span_of(names[i]));
	}
	us_diag(&d, US_IMPOSSIBLE, "WHY", US_SPAN("z"));
	assert_true(d.n <= 64);
	assert_string_equal(d.list[d.n - 1].code, "WHY");
	assert_int_equal(d.worst, US_IMPOSSIBLE);
	us_arena_fini(&arena);
}

static void a_loss_counts_even_when_memory_is_refused(void **state)
{
	struct us_arena arena;
	struct us_diags d = { .arena = &arena };

	us_arena_init(&arena, 1 << 20);
	us_mem_fail_at(1);
	us_diag(&d, US_IMPOSSIBLE, "A", US_SPAN("x"));
	assert_int_equal(d.worst, US_IMPOSSIBLE);
	assert_int_equal(d.n, 0);
	assert_int_equal(arena.err, US_ENOMEM);
	us_arena_fini(&arena);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pieces_add_up_to_blocks),
		T(a_pair_that_two_pieces_split_is_joined),
		T(blocks_do_not_run_into_each_other),
		T(a_block_without_pieces_is_there_and_empty),
		T(a_signature_adds_up_beside_its_text),
		T(an_error_keeps_what_came_before_it),
		T(an_end_that_is_not_clean_is_no_end),
		T(the_sequence_that_matched_is_kept),
		T(later_usage_replaces_only_what_it_knows),
		T(an_answer_begins_with_text_arguments_or_a_call),
		T(an_answer_has_a_ceiling),
		T(memory_that_is_refused_is_told),
		T(arguments_are_of_four_kinds),
		T(a_loss_is_told_once_and_the_worst_remembered),
		T(the_list_of_losses_is_bounded_and_keeps_the_reason),
		T(a_loss_counts_even_when_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

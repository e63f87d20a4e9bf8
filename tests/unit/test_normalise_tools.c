/* test_normalise_tools.c - requests made fit for a target: calls, results, ids and names */
#include "shorthand.c"

static void results_come_first_and_in_the_order_of_the_calls(void **state)
{
	check(&easy, &plain, "U:u;A:+1 f {}|+2 g {}|+3 h {};U:note|-3 c|-1 a|more|-2 b",
	      "U:u;A:+1 f {}|+2 g {}|+3 h {};U:-1 a|-2 b|-3 c|note|more");
	assert_int_equal(diags.n, 0);
}

static void results_scattered_over_turns_are_gathered(void **state)
{
	check(&easy, &plain, "U:u;A:+1 f {}|+2 g {};U:-2 b;U:-1 a;U:more;A:x;U:y",
	      "U:u;A:+1 f {}|+2 g {};U:-1 a|-2 b|more;A:x;U:y");
	check(&easy, &plain, "U:u;A:+1 f {}|+2 g {};U:said|-2 b;U:-1 a",
	      "U:u;A:+1 f {}|+2 g {};U:-1 a|-2 b|said");
}

static void a_result_knows_its_tool(void **state)
{
	check(&easy, &plain, "U:u;A:+1 f {}|+2 g {};U:-2 b|-1 a",
	      "U:u;A:+1 f {}|+2 g {};U:-1 a|-2 b");
	assert_true(us_span_is(out.turns[2].blocks[0].name, "f"));
	assert_true(us_span_is(out.turns[2].blocks[1].name, "g"));
}

static void a_call_without_a_result_gets_one(void **state)
{
	check(&easy, &plain, "U:u;A:+1 f {}|+2 g {};U:-2 b|go on",
	      "U:u;A:+1 f {}|+2 g {};U:!1 [no result was recorded for this call]|-2 b|go on");
	assert_true(told(US_DEGRADED, "DANGLING_CALL"));
	check(&easy, &plain, "U:u;A:+1 f {}",
	      "U:u;A:+1 f {};U:!1 [no result was recorded for this call]");
	check(&easy, &plain, "U:u;A:+1 f {};U:so;A:x",
	      "U:u;A:+1 f {};U:!1 [no result was recorded for this call]|so;A:x;U:" ASK("x"));
}

static void calls_in_several_turns_of_the_assistant_stay_together(void **state)
{
	check(&easy, &plain, "U:u;A:a|+1 f {};A:+2 g {};U:-1 x|-2 y",
	      "U:u;A:a|+1 f {}|+2 g {};U:-1 x|-2 y");
	check(&easy, &plain, "U:u;A:+1 f {};U:-1 x;A:a;A:b;U:c",
	      "U:u;A:+1 f {};U:-1 x;A:a;A:b;U:c");
}

static void an_orphan_result_becomes_text(void **state)
{
	check(&easy, &plain, "U:-9 lost;A:x;U:y",
	      "U:[Result of an earlier tool call 9]\nlost;A:x;U:y");
	assert_true(told(US_DEGRADED, "ORPHAN_RESULT"));
	check(&easy, &plain, "U:u;A:+1 f {};U:-9 lost|-1 a|-1 twice",
	      "U:u;A:+1 f {};U:-1 a|[Result of an earlier tool call 9]\nlost|"
	      "[Result of an earlier tool call 1]\ntwice");
	/* The next turn of the assistant's ends the time for results. */
	check(&easy, &plain, "U:u;A:+1 f {};U:-1 a;A:b;U:-1 late",
	      "U:u;A:+1 f {};U:-1 a;A:b;U:[Result of an earlier tool call 1]\nlate");
}

static void an_orphan_with_nothing_to_say_is_dropped(void **state)
{
	check(&easy, &plain, "U:-9|hello", "U:hello");
	check(&easy, &plain, "U:-9  \n|hello", "U:hello");
	check(&easy, &plain, "U:u;A:a;U:-9", "U:u;A:a;U:" ASK("a"));
}

static void an_orphan_keeps_its_pictures(void **state)
{
	struct us_block *b;

	read_req("U:-9 see");
	b = add_block(&req.turns[0].blocks[0].blocks, &req.turns[0].blocks[0].nblocks, US_IMAGE);
	b->data = US_SPAN("AAAA");
	assert_int_equal(run(&easy, &plain), 0);
	assert_int_equal(out.turns[0].nblocks, 2);
	assert_int_equal(out.turns[0].blocks[1].kind, US_IMAGE);
	assert_true(us_span_is(out.turns[0].blocks[1].data, "AAAA"));
}

static void an_id_used_again_is_told_apart(void **state)
{
	check(&easy, &plain, "U:u;A:+1 f {};U:-1 a;A:+1 f {};U:-1 b;A:+1 f {};U:-1 c",
	      "U:u;A:+1 f {};U:-1 a;A:+1_2 f {};U:-1_2 b;A:+1_3 f {};U:-1_3 c");
	/* Also within one turn, where results go by their order. */
	check(&easy, &plain, "U:u;A:+1 f {}|+1 g {};U:-1 a|-1 b",
	      "U:u;A:+1 f {}|+1_2 g {};U:-1 a|-1_2 b");
	/* The fresh id may be somebody's own already. */
	check(&easy, &plain, "U:u;A:+1_2 f {}|+1 g {}|+1 h {};U:-1 a|-1 b|-1_2 c",
	      "U:u;A:+1_2 f {}|+1 g {}|+1_3 h {};U:-1_2 c|-1 a|-1_3 b");
	check(&easy, &plain, "U:u;A:+1 g {}|+1 h {}|+1_2 f {};U:-1 a|-1 b|-1_2 c",
	      "U:u;A:+1 g {}|+1_2 h {}|+1_2_2 f {};U:-1 a|-1_2 b|-1_2_2 c");
}

static void a_call_not_answered_in_time_does_not_wait_on(void **state)
{
	check(&easy, &plain, "U:u;A:+1 f {};U:no;A:+1 f {};U:-1 b",
	      "U:u;A:+1 f {};U:!1 [no result was recorded for this call]|no;A:+1_2 f {};U:-1_2 b");
}

static void an_illegal_id_is_mapped_the_same_on_both_ends(void **state)
{
	struct us_span id, again;

	check(&easy, &plain, "U:u;A:+a b {};U:x",
	      "U:u;A:+a b {};U:!a [no result was recorded for "
	      "this call]|x");
	teardown(NULL);
	setup(NULL);
	read_req("U:u;A:+functions.write_todos:0 f {}|+functions.write_todos:1 f {};"
	         "U:-functions.write_todos:0 a|-functions.write_todos:1 b");
	assert_int_equal(run(&easy, &plain), 0);
	id = out.turns[1].blocks[0].id;
	assert_int_equal(id.n, 24);
	assert_true(us_span_starts(id, "us"));
	for (size_t i = 0; i < id.n; i++)
		assert_true((id.p[i] | 0x20) >= 'a' ? (id.p[i] | 0x20) <= 'z'
		                                    : id.p[i] >= '0' && id.p[i] <= '9');
	assert_true(us_span_eq(id, out.turns[2].blocks[0].id));
	assert_false(us_span_eq(id, out.turns[1].blocks[1].id));
	assert_true(us_span_eq(out.turns[1].blocks[1].id, out.turns[2].blocks[1].id));
	assert_int_equal(diags.n, 0);
	/* A pure function of the id: the next request maps it alike. */
	again = us_arena_copy(&in_arena, id);
	assert_int_equal(run(&easy, &plain), 0);
	assert_true(us_span_eq(out.turns[1].blocks[0].id, again));
}

static void an_id_is_legal_by_its_letters_and_its_length(void **state)
{
	static const struct {
		const char *id;
		bool legal;
	} all[] = {
		{ "call_AZaz09-_", true },
		{ "1234567890123456789012345678901234567890", true },
		{ "12345678901234567890123456789012345678901", false },
		{ "a.b", false },
		{ "a:b", false },
		{ ".ab", false },
		{ "\xc3\xa9", false },
		{ "", false },
	};

	for (size_t i = 0; i < US_COUNT(all); i++) {
		char text[128];

		teardown(NULL);
		setup(NULL);
		snprintf(text, sizeof(text), "U:u;A:+%s f {};U:-%s a", all[i].id, all[i].id);
		read_req(text);
		assert_int_equal(run(&easy, &plain), 0);
		if (us_span_is(out.turns[1].blocks[0].id, all[i].id) != all[i].legal)
			fail_msg("%s", all[i].id);
	}
}

static void a_dialect_without_a_limit_keeps_every_id(void **state)
{
	static const struct us_dialect any = { .name = "any" };

	check(&any, &plain, "U:u;A:+a:\xc3\xa9 f.g {};U:-a:\xc3\xa9 x",
	      "U:u;A:+a:\xc3\xa9 f.g {};U:-a:\xc3\xa9 x");
}

static void a_name_finds_its_way_there_and_back(void **state)
{
	static struct us_span allowed[] = { { "fs.read", 7 }, { "ok", 2 } };
	struct us_span name;

	read_req("U:u;A:+1 fs.read {}|+2 ok {};U:-1 a|-2 b");
	add_tool("fs.read");
	add_tool("ok");
	req.choice = US_CHOICE_NAMED;
	req.choice_name = US_SPAN("fs.read");
	req.allowed = allowed;
	req.nallowed = 2;
	assert_int_equal(run(&strict, &plain), 0);
	name = out.tools[0].name;
	assert_int_equal(name.n, 16);
	assert_true(us_span_starts(name, "fs_read_"));
	assert_true(us_span_is(out.tools[1].name, "ok"));
	assert_true(us_span_eq(out.choice_name, name));
	assert_true(us_span_eq(out.allowed[0], name));
	assert_true(us_span_is(out.allowed[1], "ok"));
	assert_true(us_span_eq(out.turns[1].blocks[0].name, name));
	assert_true(us_span_eq(out.turns[2].blocks[0].name, name));
	assert_true(us_span_is(us_rename_back(&renames, name), "fs.read"));
	assert_true(us_span_is(us_rename_back(&renames, US_SPAN("ok")), "ok"));
	assert_true(us_span_is(us_rename_back(&renames, US_SPAN("made_up")), "made_up"));
	assert_true(us_span_is(us_rename_back(NULL, US_SPAN("x")), "x"));
	assert_true(us_span_is(req.tools[0].name, "fs.read"));
	assert_true(us_span_is(allowed[0], "fs.read"));
}

static void names_that_begin_alike_stay_apart(void **state)
{
	read_req("U:u");
	add_tool("a_very_long_name_one");
	add_tool("a_very_long_name_two");
	add_tool("a_legal_name_16c");
	assert_int_equal(run(&strict, &plain), 0);
	assert_int_equal(out.tools[0].name.n, 16);
	assert_true(us_span_starts(out.tools[0].name, "a_very__"));
	assert_false(us_span_eq(out.tools[0].name, out.tools[1].name));
	assert_true(us_span_is(out.tools[2].name, "a_legal_name_16c"));
	assert_int_equal(renames.n, 2);
}

static void tools_only_the_history_knows_are_declared(void **state)
{
	read_req("U:u;A:+1 f {}|+2 g {}|+3 f {};U:-1 a|-2 b|-3 c");
	req.choice = US_CHOICE_AUTO;
	assert_int_equal(run(&strict, &plain), 0);
	assert_int_equal(out.ntools, 2);
	assert_true(us_span_is(out.tools[0].name, "f"));
	assert_true(us_span_is(out.tools[1].name, "g"));
	assert_true(us_span_is(out.tools[0].schema, "{\"type\":\"object\"}"));
	assert_int_equal(out.choice, US_CHOICE_NONE);
	assert_int_equal(diags.worst, US_EXACT);

	assert_int_equal(run(&easy, &plain), 0);
	assert_int_equal(out.ntools, 0);
	add_tool("f");
	assert_int_equal(run(&strict, &plain), 0);
	assert_int_equal(out.ntools, 1);
	assert_int_equal(out.choice, US_CHOICE_AUTO);
}

static void a_choice_among_no_tools_is_none(void **state)
{
	read_req("U:u");
	req.choice = US_CHOICE_AUTO;
	req.parallel_tools = US_NO;
	assert_int_equal(run(&easy, &plain), 0);
	assert_int_equal(out.choice, US_CHOICE_UNSET);
	assert_int_equal(out.parallel_tools, US_UNSET);
	add_tool("f");
	assert_int_equal(run(&easy, &plain), 0);
	assert_int_equal(out.choice, US_CHOICE_AUTO);
	assert_int_equal(out.parallel_tools, US_NO);
}

static void no_system_turn_comes_between_a_call_and_its_result(void **state)
{
	check(&easy, &able, "U:u;A:+1 f {};S:late;U:-1 a|b", "U:u;A:+1 f {};U:-1 a;S:late;U:b");
	check(&strict, &plain, "U:u;A:+1 f {};S:late;U:-1 a|b",
	      "U:u;A:+1 f {};U:-1 a|" REMIND("late") "|b");
}

/* A list searched for each id would take minutes here. */
static void a_hundred_thousand_calls_take_no_time(void **state)
{
	enum { CALLS = 100000 };
	struct us_turn *turns = us_arena_array(&in_arena, 2, sizeof(*turns));
	struct us_block *calls = us_arena_array(&in_arena, CALLS, sizeof(*calls));
	struct us_block *results = us_arena_array(&in_arena, CALLS, sizeof(*results));

	us_arena_fini(&out_arena);
	us_arena_init(&out_arena, (size_t)1 << 30);
	assert_true(turns && calls && results);
	for (size_t i = 0; i < CALLS; i++) {
		struct us_span id = us_arena_printf(&in_arena, "c%zu", i / 2);

		calls[i] = (struct us_block){ .kind = US_TOOL_CALL, .id = id, .name = id };
		results[CALLS - 1 - i] = (struct us_block){ .kind = US_TOOL_RESULT, .id = id };
	}
	turns[0] = (struct us_turn){ .role = US_ROLE_ASSISTANT, .blocks = calls, .nblocks = CALLS };
	turns[1] = (struct us_turn){ .role = US_ROLE_USER, .blocks = results, .nblocks = CALLS };
	req.turns = turns;
	req.nturns = 2;
	assert_int_equal(run(&strict, &plain), 0);
	assert_int_equal(out.turns[2].nblocks, CALLS);
	assert_int_equal(out.ntools, CALLS / 2);
	assert_true(us_span_is(out.turns[2].blocks[CALLS - 1].id, "c49999_2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(results_come_first_and_in_the_order_of_the_calls),
		T(results_scattered_over_turns_are_gathered),
		T(a_result_knows_its_tool),
		T(a_call_without_a_result_gets_one),
		T(calls_in_several_turns_of_the_assistant_stay_together),
		T(an_orphan_result_becomes_text),
		T(an_orphan_with_nothing_to_say_is_dropped),
		T(an_orphan_keeps_its_pictures),
		T(an_id_used_again_is_told_apart),
		T(a_call_not_answered_in_time_does_not_wait_on),
		T(an_illegal_id_is_mapped_the_same_on_both_ends),
		T(an_id_is_legal_by_its_letters_and_its_length),
		T(a_dialect_without_a_limit_keeps_every_id),
		T(a_name_finds_its_way_there_and_back),
		T(names_that_begin_alike_stay_apart),
		T(tools_only_the_history_knows_are_declared),
		T(a_choice_among_no_tools_is_none),
		T(no_system_turn_comes_between_a_call_and_its_result),
		T(a_hundred_thousand_calls_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_normalise.c - requests made fit for a target: their turns */
#include "shorthand.c"

#include "base/rand.h"

static void nothing_is_done_where_nothing_is_wrong(void **state)
{
	static const char *const fine[] = {
		"U:hi",
		"S:s;U:hi;A:ho;U:again",
		"S:a|b;D:c;U:hi",
		"U:go;A:text|+c1 f {\"a\":1};U:-c1 done;A:ok;U:more",
		"U:go;A:+c1 f {}|+c2 g {};U:-c1 x|-c2 y|and now",
		"U:a|b;A:c|d;U:e",
	};

	for (size_t i = 0; i < US_COUNT(fine); i++) {
		check(&easy, &able, fine[i], fine[i]);
		assert_int_equal(diags.n, 0);
		req.ntools = 0;
		check(&strict, &able, fine[i], fine[i]);
		assert_int_equal(diags.worst, US_EXACT);
	}
}

static void a_late_system_turn_stays_where_it_may(void **state)
{
	check(&easy, &able, "S:a;U:u;S:b;A:x;D:c;U:y", "S:a;U:u;S:b;A:x;D:c;U:y");
	check(&strict, &able, "S:a;U:u;S:b;A:x;U:y;D:c", "S:a;U:u;S:b;A:x;U:y;D:c");
	assert_int_equal(diags.n, 0);
}

static void a_late_system_turn_becomes_a_reminder_in_its_place(void **state)
{
	check(&easy, &plain, "S:a;U:u;S:b;A:x;U:y", "S:a;U:u;U:" REMIND("b") ";A:x;U:y");
	assert_true(told(US_DEGRADED, "SYSTEM_IN_TURN"));
	check(&strict, &plain, "S:a;U:u;S:b|c;A:x;S:d;U:y;A:z;S:e;A:w;U:v",
	      "S:a;U:u|" REMIND("b") "|" REMIND("c") ";A:x;U:" REMIND("d") "|y;A:z;U:" REMIND(
		      "e") ";A:w;U:v");
}

static void a_turn_that_takes_system_only_at_its_end_gets_it_there(void **state)
{
	check(&strict, &able, "U:u;S:a;U:v;A:x;S:b;U:w",
	      "U:u|" REMIND("a") "|v;A:x;U:" REMIND("b") "|w");
	check(&strict, &able, "U:u;S:a;S:b;A:x;U:w", "U:u|" REMIND("a") ";S:b;A:x;U:w");
	/* A turn of nothing but thoughts will not be there. */
	check(&strict, &able, "U:u;S:a;A:~hm;U:v", "U:u|" REMIND("a") "|v");
}

static void thoughts_and_billing_headers_stay_at_home(void **state)
{
	check(&easy, &plain, "S:x-anthropic-billing-header: v=1|s;U:u;A:~hm|a|~more;U:v",
	      "S:s;U:u;A:a;U:v");
	assert_true(told(US_DEGRADED, "THINKING_DROPPED"));
	check(&easy, &plain, "S:x-anthropic-billing-header: v=1;U:u;A:~only;U:v", "U:u;U:v");
	check(&easy, &plain, "U:x-anthropic-billing-header: I ask",
	      "U:x-anthropic-billing-header: I ask");
}

static void turns_of_one_role_are_joined_where_they_must_alternate(void **state)
{
	check(&strict, &able, "U:a;U:b|c;A:d;A:e;U:f;U:g", "U:a|b|c;A:d|e;U:f|g");
	check(&easy, &able, "U:a;U:b|c;A:d;A:e;U:f;U:g", "U:a;U:b|c;A:d;A:e;U:f;U:g");
	check(&strict, &able, "S:a;S:b;U:c", "S:a;S:b;U:c");
}

static void blank_text_goes_where_it_is_refused(void **state)
{
	check(&strict, &able, "U: |a|\t;A:b|\n\t ;U:c", "U:a;A:b;U:c");
	check(&easy, &able, "U: |a|\t;A:b|\n\t ;U:c", "U: |a|\t;A:b|\n\t ;U:c");
	check(&strict, &able, "U:u;A:+1 f {};U:-1  \n", "U:u;A:+1 f {};U:-1");
}

static void an_empty_turn_goes_unless_it_is_missed(void **state)
{
	check(&strict, &able, "U:a;A: ;U:b", "U:a|b");
	check(&strict, &able, "U:a;A:b;U: ", "U:a;A:b;U:.");
	check(&strict, &able, "U: ;A:b;U:c", "U:.;A:b;U:c");
	check(&strict, &able, "U:a;A:b;U: ;A:c;U:d", "U:a;A:b;U:.;A:c;U:d");
	check(&strict, &able, "U:a;A: ;U: ;A:c;U:d", "U:a;A:c;U:d");
	check(&strict, &able, "S: ;U:a", "U:a");
	check(&easy, &able, "U:a;A:;U:b;U:", "U:a;U:b");
	check(&easy, &able, "U:a;A:b;U:", "U:a;A:b;U:.");
}

static void the_user_opens_the_conversation(void **state)
{
	check(&strict, &able, "S:s;A:hi;U:u", "S:s;U:Continue.;A:hi;U:u");
	assert_true(told(US_DEGRADED, "FIRST_TURN_ADDED"));
	check(&strict, &able, "S:tell a joke", "S:tell a joke;U:Continue.");
	check(&easy, &able, "S:s;A:hi;U:u", "S:s;A:hi;U:u");
	check(&easy, &able, "A:~hm", "U:Continue.");
	check(&easy, &able, "S:tell a joke", "S:tell a joke");
}

static void a_begun_answer_is_continued_by_who_can(void **state)
{
	check(&strict, &able, "U:u;A:a|  {\"x\": \n", "U:u;A:a|  {\"x\":");
	assert_int_equal(diags.n, 0);
	check(&easy, &able, "U:u;A: {\"x\": ", "U:u;A: {\"x\": ");
}

static void a_begun_answer_is_asked_for_in_words_of_who_cannot(void **state)
{
	check(&strict, &plain, "U:u;A:a|{\"x\": ", "U:u;A:a|{\"x\": ;U:" ASK("{\"x\": "));
	assert_true(told(US_DEGRADED, "PREFILL_EMULATED"));
	check(&easy, &plain, "U:u;A:a", "U:u;A:a;U:" ASK("a"));
}

static void thinking_and_a_begun_answer_exclude_each_other(void **state)
{
	read_req("U:u;A:a");
	req.reason = US_REASON_EFFORT;
	req.effort = US_SPAN("high");
	assert_int_equal(run(&strict, &able), 0);
	assert_shown("U:u;A:a;U:" ASK("a"));
	req.effort = US_SPAN("none");
	assert_int_equal(run(&strict, &able), 0);
	assert_shown("U:u;A:a");
	req.reason = US_REASON_OFF;
	req.effort = us_span(NULL, 0);
	assert_int_equal(run(&strict, &able), 0);
	assert_shown("U:u;A:a");
}

static void the_quoted_end_is_cut_between_characters(void **state)
{
	char text[4 + 6 + 300 * 2 + 1] = "U:u;A:";
	struct us_span last;

	for (size_t i = 0; i < 300; i++)
		memcpy(text + 6 + 2 * i, "\xc3\xa9", 3);
	read_req(text);
	assert_int_equal(run(&easy, &plain), 0);
	last = out.turns[2].blocks[0].text;
	assert_int_equal(last.n, sizeof(ASK("")) - 1 + 400);
	assert_true(us_span_has(last, "\u00ab\u00e9"));
}

static void what_nobody_else_has_makes_it_impossible(void **state)
{
	static const struct {
		const char *text, *code;
	} all[] = {
		{ "U:u;A:@server_tool_use", "HOSTED_BLOCK" },
		{ "U:?novelty", "UNKNOWN_BLOCK" },
		{ "U:^file_1", "STATE_REF" },
	};
	static struct us_span refs[] = { { "container", 9 } };

	for (size_t i = 0; i < US_COUNT(all); i++) {
		teardown(NULL);
		setup(NULL);
		read_req(all[i].text);
		assert_int_equal(run(&easy, &plain), 0);
		assert_true(told(US_IMPOSSIBLE, all[i].code));
	}
	teardown(NULL);
	setup(NULL);
	read_req("U:u");
	req.state_refs = refs;
	req.nstate_refs = 1;
	add_tool("web_search")->kind = US_TOOL_HOSTED;
	assert_int_equal(run(&easy, &plain), 0);
	assert_true(told(US_IMPOSSIBLE, "STATE_REF"));
	assert_true(told(US_IMPOSSIBLE, "HOSTED_TOOL"));
	assert_int_equal(diags.worst, US_IMPOSSIBLE);
}

static void a_conversation_of_nothing_is_none(void **state)
{
	assert_int_equal(run(&easy, &plain), 0);
	assert_true(told(US_IMPOSSIBLE, "NO_MESSAGES"));
}

static void members_left_behind_are_told(void **state)
{
	static struct us_span names[] = { { "novelty", 7 }, { "metadata", 8 } };

	read_req("U:u");
	req.unknown = names;
	req.nunknown = 1;
	req.dropped = names + 1;
	req.ndropped = 1;
	assert_int_equal(run(&easy, &plain), 0);
	assert_true(told(US_DEGRADED, "UNKNOWN_MEMBER"));
	assert_true(told(US_DEGRADED, "MEMBER_DROPPED"));
	assert_true(us_span_is(diags.list[0].what, "novelty"));
}

/* A conversation of random turns, with few ids, so that they meet. */
static void make_up(struct us_rand *r, char *text, size_t size)
{
	static const char *const blocks[] = { "a",         " ",    "~t", "+1 f {}", "+2 g.h {}",
		                              "+a.b f {}", "-1 x", "!2", "-a.b y",  "-3 z" };
	size_t n = 0;

	for (uint64_t turns = us_rand_between(r, 1, 9); turns; turns--) {
		char role = "SUUUAAA"[us_rand_between(r, 0, 6)];

		n += (size_t)snprintf(text + n, size - n, "%s%c:", n ? ";" : "", role);
		for (uint64_t k = us_rand_between(r, 0, 3), first = 1; k; k--, first = 0) {
			/* Calls are the assistant's, results the user's; text is anybody's. */
			uint64_t from = role == 'U' ? 6 : 0, to = role == 'U' ? 9 : 5;
			uint64_t which = us_rand_between(r, from, to);

			if (role == 'S' || us_rand_between(r, 0, 2) == 0)
				which = us_rand_between(r, 0, 1);
			n += (size_t)snprintf(text + n, size - n, "%s%s", first ? "" : "|",
			                      blocks[which]);
		}
	}
}

static void assert_answered(const struct us_turn *t, const struct us_turn *next)
{
	size_t results = 0, calls = 0;

	for (size_t i = 0; next && i < next->nblocks; i++) {
		if (next->blocks[i].kind != US_TOOL_RESULT)
			continue;
		assert_int_equal(results, i); /* before all else */
		results++;
	}
	for (size_t i = 0; t && i < t->nblocks; i++) {
		if (t->blocks[i].kind != US_TOOL_CALL)
			continue;
		assert_true(calls < results);
		assert_true(us_span_eq(t->blocks[i].id, next->blocks[calls].id));
		calls++;
	}
	assert_int_equal(calls, results);
}

static void assert_legal(const struct us_req *r, bool alternates)
{
	const struct us_turn *before = NULL;

	for (size_t i = 0; i < r->nturns; i++) {
		const struct us_turn *t = &r->turns[i];

		assert_true(t->nblocks > 0);
		for (size_t k = 0; alternates && k < t->nblocks; k++)
			assert_false(us_span_is(t->blocks[k].text, " "));
		if (alternates && t->role != US_ROLE_SYSTEM)
			assert_int_equal(t->role, before && before->role == US_ROLE_USER
			                                  ? US_ROLE_ASSISTANT
			                                  : US_ROLE_USER);
		assert_answered(before && before->role == US_ROLE_ASSISTANT ? before : NULL, t);
		before = t;
	}
	assert_true(before && before->role != US_ROLE_ASSISTANT);
}

static void whatever_comes_leaves_as_a_conversation(void **state)
{
	const struct us_dialect *const dialects[] = { &easy, &strict };
	struct us_rand r = { 11 };

	for (unsigned round = 0; round < 20000; round++) {
		const struct us_dialect *d = dialects[round % 2];
		struct us_span want;
		char text[512];

		teardown(NULL);
		setup(NULL);
		make_up(&r, text, sizeof(text));
		read_req(text);
		assert_int_equal(run(d, &plain), 0);
		assert_legal(&out, d == &strict);
		/* And where all is put right, nothing is left to do. */
		if (d == &easy)
			continue;
		req = out;
		show(&req);
		want = us_arena_copy(&in_arena, us_buf_span(&shown));
		diags = (struct us_diags){ .arena = &out_arena };
		assert_int_equal(run(d, &plain), 0);
		assert_shown(want.p);
		assert_int_equal(diags.worst, US_EXACT);
	}
}

static void memory_that_is_refused_is_told(void **state)
{
	unsigned long nth = 1;
	int rc;

	do {
		teardown(NULL);
		setup(NULL);
		read_req("S:s;A:~t|+1.a fs.read {};A:+1.a g {};S:x;U:-1.a a|-8 b;U: ;A:q");
		add_tool("fs.read");
		us_mem_fail_at(nth++);
		rc = run(&strict, &plain);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	} while (rc);
	assert_true(nth > 2);
}

/* The arena hands out few blocks; a small ceiling fails at every place instead. */
static void a_ceiling_anywhere_is_told(void **state)
{
	int rc = US_E2BIG;

	for (size_t max = 0; rc; max += 16) {
		teardown(NULL);
		setup(NULL);
		us_arena_init(&out_arena, max);
		read_req("S:s;A:~t|+1.a fs.read {};A:+1.a g {};S:x;U:-1.a a|-8 b;U: ;A:q");
		add_tool("fs.read");
		rc = run(&strict, &plain);
		assert_true(rc == 0 || rc == US_E2BIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_is_done_where_nothing_is_wrong),
		T(a_late_system_turn_stays_where_it_may),
		T(a_late_system_turn_becomes_a_reminder_in_its_place),
		T(a_turn_that_takes_system_only_at_its_end_gets_it_there),
		T(thoughts_and_billing_headers_stay_at_home),
		T(turns_of_one_role_are_joined_where_they_must_alternate),
		T(blank_text_goes_where_it_is_refused),
		T(an_empty_turn_goes_unless_it_is_missed),
		T(the_user_opens_the_conversation),
		T(a_begun_answer_is_continued_by_who_can),
		T(a_begun_answer_is_asked_for_in_words_of_who_cannot),
		T(thinking_and_a_begun_answer_exclude_each_other),
		T(the_quoted_end_is_cut_between_characters),
		T(what_nobody_else_has_makes_it_impossible),
		T(a_conversation_of_nothing_is_none),
		T(members_left_behind_are_told),
		T(whatever_comes_leaves_as_a_conversation),
		T(memory_that_is_refused_is_told),
		T(a_ceiling_anywhere_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

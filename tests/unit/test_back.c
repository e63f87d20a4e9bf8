/* test_back.c - what a stand-in said, as the program's own provider will take it */
#include "wire/back.h"

#include "wire/mint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SEED us_mint_seed(7, 1234)

/* $p in a text becomes an id of ours with the prefix p. */
static struct us_buf text;

static const char *with_ids(const char *form)
{
	static const struct {
		char sign;
		const char *prefix;
		size_t n;
	} ids[] = { { 'm', "msg_", 48 },  { 'f', "fc_", 48 },      { 'r', "rs_", 48 },
		    { 'c', "call_", 24 }, { 't', "toolu_01", 22 }, { 'R', "resp_", 48 } };

	us_buf_clear(&text);
	for (; *form; form++) {
		size_t i = 0;

		if (*form != '$') {
			us_buf_add_char(&text, *form);
			continue;
		}
		for (form++; ids[i].sign != *form;)
			i++;
		us_mint(&text, ids[i].prefix, ids[i].n, SEED, (unsigned)i);
	}
	return us_buf_cstr(&text);
}

static struct us_request q;
static struct us_buf out;

static int setup(void **state)
{
	us_buf_init(&text, 100000);
	us_buf_init(&out, 100000);
	return 0;
}

static int teardown(void **state)
{
	us_request_fini(&q);
	us_buf_fini(&text);
	us_buf_fini(&out);
	return 0;
}

static void read_request(const struct us_dialect *d, const char *form)
{
	us_request_fini(&q);
	us_buf_clear(&out);
	us_request_init(&q, d, NULL, us_span_of(with_ids(form)));
	assert_int_equal(q.rc, 0);
}

static int mend(const struct us_dialect *d, const char *form)
{
	struct us_loop loop;

	read_request(d, form);
	loop = us_loop_of(&q.req);
	return us_back_mend(&q, &loop, &out);
}

static void expect_mended(const struct us_dialect *d, const char *form, const char *want)
{
	char wanted[4096];

	assert_int_equal(mend(d, form), 0);
	snprintf(wanted, sizeof(wanted), "%.*s", (int)out.n, out.p);
	assert_string_equal(wanted, with_ids(want));
}

/* --- whose loop it is ------------------------------------------------------------------------ */

static struct us_loop loop_of(const struct us_dialect *d, const char *form)
{
	read_request(d, form);
	return us_loop_of(&q.req);
}

#define CALL(id)                                                                                   \
	"{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"" id                   \
	"\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}"
#define RESULT(id) "{\"role\":\"tool\",\"tool_call_id\":\"" id "\",\"content\":\"r\"}"
#define SAY(role, words) "{\"role\":\"" role "\",\"content\":\"" words "\"}"
#define CHAT(turns) "{\"model\":\"m\",\"messages\":[" SAY("user", "u") "," turns "]}"

static void a_loop_is_whose_who_made_its_last_calls(void **unused)
{
	struct us_loop l = loop_of(&us_openai, CHAT(CALL("$c") "," RESULT("$c")));

	assert_true(l.open && l.ours && l.mixed);
	assert_int_equal(l.tag, 1234);
	l = loop_of(&us_openai,
	            CHAT(CALL("$c") "," RESULT("$c") "," CALL("call_1") "," RESULT("call_1")));
	assert_true(l.open && !l.ours && l.mixed);
	l = loop_of(&us_openai, CHAT(CALL("call_1") "," RESULT("call_1")));
	assert_true(l.open && !l.ours && !l.mixed);
}

static void a_loop_is_closed_by_what_is_said_after_it(void **unused)
{
	struct us_loop l = loop_of(&us_openai, CHAT(CALL("$c") "," RESULT("$c") "," SAY(
						       "assistant", "a") "," SAY("user", "v")));

	assert_false(l.open || l.ours || l.mixed);
	l = loop_of(&us_openai, CHAT(CALL("$c") "," RESULT("$c") "," SAY("assistant", "a")));
	assert_false(l.open);
}

static void an_instruction_in_between_does_not_end_a_loop(void **unused)
{
	struct us_loop l =
		loop_of(&us_openai, CHAT(CALL("$c") "," RESULT("$c") "," SAY("system", "s")));

	assert_true(l.open && l.ours);
}

static void an_id_that_only_looks_like_ours_makes_no_loop_ours(void **unused)
{
	struct us_loop l = loop_of(&us_openai, CHAT(CALL("call_Us123456789012345678901") "," RESULT(
						       "call_Us123456789012345678901")));

	assert_true(l.open && !l.ours);
}

/* --- OpenAI's items -------------------------------------------------------------------------- */

#define INPUT(items) "{\"model\":\"m\",\"input\":[" items "],\"x\":1.0}"

static void items_of_ours_lose_their_ids_and_nothing_else(void **unused)
{
	expect_mended(
		&us_responses,
		INPUT("{\"id\":\"$m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":"
	              "[{\"type\":\"output_text\",\"text\":\"\\u00fc\"}]}, {\"type\":"
	              "\"function_call\",\"call_id\":\"$c\",\"name\":\"f\",\"arguments\":\"{}\""
	              ",\"id\":\"$f\"} ,{\"type\":\"function_call_output\",\"call_id\":\"$c\","
	              "\"output\":\"$f\"}"),
		INPUT("{\"type\":\"message\",\"role\":\"assistant\",\"content\":"
	              "[{\"type\":\"output_text\",\"text\":\"\\u00fc\"}]}, {\"type\":"
	              "\"function_call\",\"call_id\":\"$c\",\"name\":\"f\",\"arguments\":\"{}\"}"
	              " ,{\"type\":\"function_call_output\",\"call_id\":\"$c\","
	              "\"output\":\"$f\"}"));
}

static void items_of_the_provider_keep_their_ids(void **unused)
{
	assert_int_equal(
		mend(&us_responses,
	             INPUT("{\"type\":\"function_call\",\"id\":\"fc_1\",\"call_id\":\"$c\","
	                   "\"name\":\"f\",\"arguments\":\"{}\"}")),
		US_ENOENT);
}

static void thoughts_of_ours_go(void **unused)
{
	expect_mended(&us_responses,
	              INPUT("{\"type\":\"reasoning\",\"id\":\"$r\",\"summary\":[]},"
	                    "{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]}"),
	              INPUT("{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]}"));
}

static void an_input_of_one_text_is_left_alone(void **unused)
{
	assert_int_equal(mend(&us_responses, "{\"model\":\"m\",\"input\":\"what is $m\"}"),
	                 US_ENOENT);
}

/* --- going on from an id --------------------------------------------------------------------- */

static void expand(const char *form, const char *before, const char *want)
{
	read_request(&us_responses, form);
	assert_int_equal(us_back_expand(&q, us_span_of(before), &out), 0);
	assert_string_equal(us_buf_cstr(&out), want);
}

static void what_was_said_before_comes_before_the_input(void **unused)
{
	expand("{\"model\":\"m\",\"previous_response_id\":\"$R\",\"input\":[ {\"a\":1} ],\"y\":2}",
	       "{\"b\":1},{\"c\":2}",
	       "{\"model\":\"m\",\"input\":[{\"b\":1},{\"c\":2},{\"a\":1}],\"y\":2}");
	expand("{\"input\":\"And \\u0041?\",\"model\":\"m\",\"previous_response_id\":\"$R\"}",
	       "{\"b\":1}",
	       "{\"input\":[{\"b\":1},{\"role\":\"user\",\"content\":\"And \\u0041?\"}],"
	       "\"model\":\"m\"}");
	expand("{\"model\":\"m\",\"previous_response_id\":\"$R\",\"input\":[]}", "{\"b\":1}",
	       "{\"model\":\"m\",\"input\":[{\"b\":1}]}");
}

static void what_was_said_before_is_mended_with_the_rest(void **unused)
{
	struct us_request wide;
	struct us_loop loop;
	struct us_buf before, all;

	us_buf_init(&before, 10000);
	us_buf_init(&all, 10000);
	us_buf_add_str(&before,
	               with_ids("{\"id\":\"$m\",\"type\":\"message\",\"status\":\"completed\","
	                        "\"role\":\"assistant\",\"content\":[]}"));
	read_request(&us_responses,
	             "{\"model\":\"m\",\"input\":\"v\",\"previous_response_id\":\"$R\"}");
	assert_int_equal(us_back_expand(&q, us_buf_span(&before), &out), 0);
	us_request_init(&wide, &us_responses, NULL, us_buf_span(&out));
	assert_int_equal(wide.rc, 0);
	loop = us_loop_of(&wide.req);
	assert_int_equal(us_back_mend(&wide, &loop, &all), 0);
	assert_string_equal(
		us_buf_cstr(&all),
		"{\"model\":\"m\",\"input\":[{\"type\":\"message\",\"status\":"
		"\"completed\",\"role\":\"assistant\",\"content\":[]},{\"role\":\"user\","
		"\"content\":\"v\"}]}");
	us_request_fini(&wide);
	us_buf_fini(&before);
	us_buf_fini(&all);
}

/* --- Anthropic's thoughts -------------------------------------------------------------------- */

#define THINKS(mode, id)                                                                           \
	"{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":4000,\"thinking\":{" mode                 \
	"},\"messages\":[{\"role\":\"user\",\"content\":\"u\"},{\"role\":\"assistant\","           \
	"\"content\":["                                                                            \
	"{\"type\":\"tool_use\",\"id\":\"" id                                                      \
	"\",\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\","                                    \
	"\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"" id "\",\"content\":\"r\"}]}]}"
#define ENABLED "\"type\":\"enabled\",\"budget_tokens\":2000"

static void in_a_loop_of_ours_thinking_is_not_asked_for(void **unused)
{
	assert_int_equal(mend(&us_anthropic, THINKS(ENABLED, "$t")), 0);
	assert_null(memmem(out.p, out.n, "thinking", 8));
	assert_non_null(memmem(out.p, out.n, "\"max_tokens\":4000,\"messages\"", 28));
}

static void in_a_loop_of_its_own_or_by_its_own_will_it_thinks(void **unused)
{
	assert_int_equal(mend(&us_anthropic, THINKS(ENABLED, "toolu_01abc")), US_ENOENT);
	assert_int_equal(mend(&us_anthropic, THINKS("\"type\":\"adaptive\"", "$t")), US_ENOENT);
}

static void other_languages_take_everything_back(void **unused)
{
	assert_int_equal(mend(&us_openai, CHAT(CALL("$c") "," RESULT("$c"))), US_ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_loop_is_whose_who_made_its_last_calls),
		T(a_loop_is_closed_by_what_is_said_after_it),
		T(an_instruction_in_between_does_not_end_a_loop),
		T(an_id_that_only_looks_like_ours_makes_no_loop_ours),
		T(items_of_ours_lose_their_ids_and_nothing_else),
		T(items_of_the_provider_keep_their_ids),
		T(thoughts_of_ours_go),
		T(an_input_of_one_text_is_left_alone),
		T(what_was_said_before_comes_before_the_input),
		T(what_was_said_before_is_mended_with_the_rest),
		T(in_a_loop_of_ours_thinking_is_not_asked_for),
		T(in_a_loop_of_its_own_or_by_its_own_will_it_thinks),
		T(other_languages_take_everything_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

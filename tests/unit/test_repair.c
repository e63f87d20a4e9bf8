/* test_repair.c - what is changed in a request by the words of who refused it
 *
 * Sentences are made after those that providers send. JSON is written with ' for ".
 */
#include "wire/repair.h"

#include "base/mem.h"
#include "wire/optional.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char text[8][2048];

/* The text with " for ', in one of a few places in turn. */
static struct us_span json_of(const char *quoted)
{
	static unsigned turn;

	return unquote(quoted, text[turn++ % US_COUNT(text)], sizeof(text[0]));
}

/* What becomes of `body` when the server answers `status` and this error body; "" when nothing. */
static void check(const struct us_dialect *d, unsigned status, const char *body, const char *error,
                  const char *want)
{
	struct us_hub_err err = { 0 };
	struct us_doc doc = { 0 };
	struct us_span sent = json_of(body);
	struct us_repair r;
	struct us_arena a;
	struct us_buf out;

	us_arena_init(&a, 65536);
	us_buf_init(&out, 65536);
	assert_int_equal(us_doc_parse(&doc, json_of(error)), 0);
	assert_true(d->decode_error(us_doc_root(&doc), &a, &err));
	r = us_repair_find(d, status, &err, sent);
	if (r.how)
		assert_int_equal(us_repair_apply(&r, sent, &out), 0);
	if (!us_span_eq(us_buf_span(&out), json_of(want)))
		fail_msg("%s\n got %.*s\nwant %s", error, (int)out.n, out.p, want);
	assert_int_equal(r.how != US_REPAIR_NONE, *want != 0);
	us_doc_fini(&doc);
	us_arena_fini(&a);
	us_buf_fini(&out);
}

#define OPENAI(message, param)                                                                     \
	"{'error':{'message':\"" message "\",'type':'t'," param "'code':null}}"
#define CLAUDE(message)                                                                            \
	"{'type':'error','error':{'type':'invalid_request_error','message':\"" message "\"}}"

#define GOOGLE(message)                                                                            \
	"{'error':{'code':400,'status':'INVALID_ARGUMENT','message':\"" message "\"}}"

static void google_names_members_in_either_spelling(void **state)
{
	static const char body[] = "{'contents':[],'generationConfig':{'seed':1,"
				   "'presencePenalty':1,'thinkingConfig':{'thinkingBudget':1}}}";

	check(&us_gemini, 400, body, GOOGLE("Penalty is not enabled for models/gemini-x"),
	      "{'contents':[],'generationConfig':{'seed':1,"
	      "'thinkingConfig':{'thinkingBudget':1}}}");
	check(&us_gemini, 400, body,
	      GOOGLE("Invalid JSON payload received. Unknown name \\'thinking_config\\' at "
	             "\\'generation_config\\': Cannot find field."),
	      "{'contents':[],'generationConfig':{'seed':1,'presencePenalty':1}}");
	check(&us_gemini, 400, body, GOOGLE("Thinking is not supported by this model."),
	      "{'contents':[],'generationConfig':{'seed':1,'presencePenalty':1}}");
	check(&us_gemini, 400, body, GOOGLE("API key not valid. Please pass a valid API key."), "");
	check(&us_gemini, 400, body, GOOGLE("Unable to process input image: invalid argument"), "");
}

static void a_member_named_by_param_is_left_out(void **state)
{
	check(&us_openai, 400, "{'model':'m', 'temperature':0.7 ,'messages':[]}",
	      "{'error':{'message':'Unsupported value','type':'invalid_request_error',"
	      "'param':'temperature','code':'unsupported_value'}}",
	      "{'model':'m', 'messages':[]}");
	check(&us_openai, 422, "{'stream_options':{'include_usage':true}}",
	      "{'detail':[{'type':'extra_forbidden','loc':['body','stream_options'],'msg':"
	      "'Extra inputs are not permitted'}]}",
	      "{}");
	check(&us_responses, 400, "{'reasoning':{'effort':'low'},'input':'x'}",
	      "{'error':{'message':'Unsupported parameter','type':'invalid_request_error',"
	      "'param':'reasoning.effort','code':'unsupported_parameter'}}",
	      "{'input':'x'}");
}

static void or_by_a_word_of_the_sentence(void **state)
{
	static const char *const sentences[] = {
		OPENAI("Unknown parameter: `logit_bias`.", ""),
		OPENAI("property logit_bias is unsupported", ""),
		OPENAI("this model does not support logit_bias", "'param':null,"),
	};

	for (size_t i = 0; i < US_COUNT(sentences); i++)
		check(&us_openai, 400, "{'a':1,'logit_bias':{'1':2}}", sentences[i], "{'a':1}");
	check(&us_ollama, 400, "{'think':true,'model':'m'}",
	      "{'error':'gemma3:1b does not support thinking'}", "{'model':'m'}");
	check(&us_anthropic, 400, "{'max_tokens':9,'thinking':{'type':'adaptive'}}",
	      CLAUDE("adaptive thinking is not supported on this model"), "{'max_tokens':9}");
}

static void another_name_is_used_where_the_server_says_it(void **state)
{
	check(&us_openai, 400, "{'max_tokens': 5,'a':1}",
	      OPENAI("Unsupported parameter: max_tokens is not supported with this model. Use "
	             "max_completion_tokens instead.",
	             "'param':'max_tokens',"),
	      "{'max_completion_tokens': 5,'a':1}");
}

static void a_number_is_lowered_to_what_the_server_takes(void **state)
{
	check(&us_anthropic, 400, "{'max_tokens':100000,'a':1}",
	      CLAUDE("max_tokens: 100000 > 64000, which is the maximum allowed number of output "
	             "tokens"),
	      "{'max_tokens':64000,'a':1}");
	check(&us_openai, 400, "{'max_completion_tokens':99999}",
	      OPENAI("max_completion_tokens is too large: 99999. This model supports at most 16384 "
	             "completion tokens.",
	             "'param':'max_completion_tokens',"),
	      "{'max_completion_tokens':16384}");
	check(&us_openai, 400, "{'max_tokens':99999}",
	      OPENAI("`max_tokens` must be less than or equal to `32768`, the maximum value", ""),
	      "{'max_tokens':32768}");
	check(&us_openai, 400, "{'max_tokens':99999}",
	      OPENAI("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", ""),
	      "{'max_tokens':8192}");
}

static void and_so_is_the_limit_of_responses(void **state)
{
	check(&us_responses, 400, "{'input':'x','max_output_tokens':99999}",
	      OPENAI("max_output_tokens is too large: 99999. This model supports at most 16384 "
	             "output tokens.",
	             "'param':'max_output_tokens',"),
	      "{'input':'x','max_output_tokens':16384}");
}

static void a_limit_that_anthropic_needs_is_never_left_out(void **state)
{
	check(&us_anthropic, 400, "{'max_tokens':5}", CLAUDE("max_tokens: unexpected value"), "");
	check(&us_anthropic, 400, "{'max_tokens':5}", CLAUDE("max_tokens: 9 > 7, the maximum"), "");
}

static void of_two_that_exclude_each_other_the_temperature_stays(void **state)
{
	check(&us_anthropic, 400, "{'temperature':1,'top_p':1}",
	      CLAUDE("`temperature` and `top_p` cannot both be specified for this model."),
	      "{'temperature':1}");
}

static void what_the_question_hangs_on_stays(void **state)
{
	static const char *const members[] = { "messages", "tools",           "tool_choice",
		                               "model",    "response_format", "stream" };

	for (size_t i = 0; i < US_COUNT(members); i++) {
		char body[128], error[256];

		snprintf(body, sizeof(body), "{'%s':1,'temperature':1}", members[i]);
		snprintf(error, sizeof(error),
		         "{'error':{'message':'Unsupported parameter: %s','param':'%s'}}",
		         members[i], members[i]);
		check(&us_openai, 400, body, error, "");
	}
}

/* {"a":1,"o":{"m":2}}, for "o.m". */
static void hold(const char *path, char *out, size_t n)
{
	const char *dot = strchr(path, '.');

	if (dot)
		snprintf(out, n, "{'a':1,'%.*s':{'%s':2}}", (int)(dot - path), path, dot + 1);
	else
		snprintf(out, n, "{'a':1,'%s':2}", path);
}

static void every_member_that_may_go_goes_when_it_is_named(void **state)
{
	const struct us_optional *o;

	for (size_t i = 0; (o = us_optional_at(i)); i++) {
		const struct us_dialect *d = us_dialect_by_name(us_span_of(o->dialect));
		struct us_hub_err err = { .param = us_span_of(o->member) };
		const char *dot = strchr(o->member, '.');
		char body[128], want[128];
		struct us_buf out;
		struct us_repair r;

		assert_non_null(d);
		hold(o->member, body, sizeof(body));
		snprintf(want, sizeof(want), dot ? "{'a':1,'%.*s':{}}" : "{'a':1}",
		         dot ? (int)(dot - o->member) : 0, o->member);
		r = us_repair_find(d, 400, &err, json_of(body));
		assert_int_equal(r.how, US_REPAIR_DROP);
		assert_string_equal(r.code, o->code);
		assert_int_equal(r.loss, o->loss);
		us_buf_init(&out, 1024);
		assert_int_equal(us_repair_apply(&r, json_of(body), &out), 0);
		assert_true(us_span_eq(us_buf_span(&out), json_of(want)));
		us_buf_fini(&out);
	}
}

static void a_word_in_passing_is_no_name(void **state)
{
	check(&us_openai, 400, "{'user':'u','stop':'s'}",
	      OPENAI("roles must be user and assistant in turn", ""), "");
	check(&us_openai, 400, "{'user':'u','a':1}", OPENAI("`user` is not supported", ""),
	      "{'a':1}");
	check(&us_openai, 400, "{'seed':1}", OPENAI("no seeds are supported", ""), "");
	check(&us_openai, 400, "{'seed':1}", OPENAI("the seed is fine", ""), "");
	check(&us_openai, 400, "{'temperature':1,'seed':1}",
	      OPENAI("the temperature is unsupported", "'param':'messages',"), "");
}

static void only_a_refused_request_is_repaired(void **state)
{
	static const unsigned statuses[] = { 200, 401, 404, 429, 500, 503 };

	for (size_t i = 0; i < US_COUNT(statuses); i++)
		check(&us_openai, statuses[i], "{'seed':1}",
		      OPENAI("Unsupported parameter", "'param':'seed',"), "");
}

static void what_was_not_sent_is_not_looked_for(void **state)
{
	check(&us_openai, 400, "{'messages':[{'temperature':1}]}",
	      OPENAI("Unsupported parameter", "'param':'temperature',"), "");
	check(&us_openai, 400, "no json", OPENAI("Unsupported parameter", "'param':'seed',"), "");
}

static void what_is_lost_is_said(void **state)
{
	struct us_hub_err err = { .param = US_SPAN("logprobs") };
	struct us_repair r = us_repair_find(&us_openai, 400, &err, US_SPAN("{\"logprobs\":true}"));

	assert_int_equal(r.loss, US_RISKY);
	assert_string_equal(r.code, "LOGPROBS_DROPPED");
	err.param = US_SPAN("user");
	r = us_repair_find(&us_openai, 400, &err, US_SPAN("{\"user\":\"u\"}"));
	assert_int_equal(r.loss, US_EXACT);
}

/* A repair that was remembered meets other requests. */
static void a_body_without_the_member_stays(void **state)
{
	struct us_repair drop = { .how = US_REPAIR_DROP, .member = "seed" };
	struct us_repair lower = { .how = US_REPAIR_LOWER, .member = "max_tokens", .most = 9 };
	struct us_repair inner = { .how = US_REPAIR_DROP, .member = "a.seed" };
	struct us_buf out;

	us_buf_init(&out, 1024);
	assert_int_equal(us_repair_apply(&drop, US_SPAN("{\"a\":1}"), &out), US_ENOENT);
	assert_int_equal(us_repair_apply(&lower, US_SPAN("{\"max_tokens\":9}"), &out), US_ENOENT);
	assert_int_equal(us_repair_apply(&drop, US_SPAN("seed"), &out), US_ESYNTAX);
	assert_int_equal(out.n, 0);
	assert_int_equal(us_repair_apply(&inner, US_SPAN("{\"seed\":1,\"a\":{\"seed\":2}}"), &out),
	                 0);
	assert_true(us_span_is(us_buf_span(&out), "{\"seed\":1,\"a\":{}}"));
	us_buf_fini(&out);
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	struct us_repair drop = { .how = US_REPAIR_DROP, .member = "seed" };
	int rc = US_ENOMEM;

	for (unsigned long nth = 1; rc; nth++) {
		struct us_buf out;

		assert_true(nth < 20);
		us_buf_init(&out, 1024);
		us_mem_fail_at(nth);
		rc = us_repair_apply(&drop, US_SPAN("{\"a\":1,\"seed\":2}"), &out);
		us_mem_fail_at(0);
		assert_true(rc ? rc == US_ENOMEM : us_span_is(us_buf_span(&out), "{\"a\":1}"));
		us_buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(google_names_members_in_either_spelling),
		cmocka_unit_test(a_member_named_by_param_is_left_out),
		cmocka_unit_test(or_by_a_word_of_the_sentence),
		cmocka_unit_test(another_name_is_used_where_the_server_says_it),
		cmocka_unit_test(a_number_is_lowered_to_what_the_server_takes),
		cmocka_unit_test(and_so_is_the_limit_of_responses),
		cmocka_unit_test(a_limit_that_anthropic_needs_is_never_left_out),
		cmocka_unit_test(of_two_that_exclude_each_other_the_temperature_stays),
		cmocka_unit_test(what_the_question_hangs_on_stays),
		cmocka_unit_test(every_member_that_may_go_goes_when_it_is_named),
		cmocka_unit_test(a_word_in_passing_is_no_name),
		cmocka_unit_test(only_a_refused_request_is_repaired),
		cmocka_unit_test(what_was_not_sent_is_not_looked_for),
		cmocka_unit_test(what_is_lost_is_said),
		cmocka_unit_test(a_body_without_the_member_stays),
		cmocka_unit_test(no_failed_allocation_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

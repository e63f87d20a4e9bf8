/* test_translate.c - a program's request, written for a target */
#include "wire/profile.h"
#include "wire/translate.h"

#include "base/mem.h"
#include "base/rand.h"
#include "wire/models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_request request;
static struct us_rendered rendered;

static int setup(void **state)
{
	request = (struct us_request){ 0 };
	rendered = (struct us_rendered){ 0 };
	return 0;
}

static int teardown(void **state)
{
	us_mem_fail_at(0);
	us_request_fini(&request);
	us_rendered_fini(&rendered);
	return 0;
}

static enum us_loss render(const struct us_dialect *from, struct us_span body,
                           const struct us_dialect *to, const char *model, bool compatible)
{
	struct us_target target = { .dialect = to,
		                    .model = us_span_of(model),
		                    .profile = compatible ? us_profile_find(US_SPAN("compatible"))
		                                          : NULL };

	teardown(NULL);
	setup(NULL);
	us_request_init(&request, from, NULL, body);
	return us_request_render(&request, &target, &rendered);
}

static void assert_body(const char *want)
{
	if (!us_span_is(us_buf_span(&rendered.body), want))
		fail_msg("\n got %.*s\nwant %s", (int)rendered.body.n, rendered.body.p, want);
}

/* The same dialect: `body` becomes `want`, with the loss `loss`. */
static void check(const struct us_dialect *d, const char *model, bool compatible, const char *body,
                  enum us_loss loss, const char *want)
{
	assert_int_equal(render(d, us_span_of(body), d, model, compatible), loss);
	assert_body(want);
}

static bool told(enum us_loss loss, const char *code)
{
	for (size_t i = 0; i < rendered.diags.n; i++)
		if (rendered.diags.list[i].loss == loss &&
		    strcmp(rendered.diags.list[i].code, code) == 0)
			return true;
	return false;
}

#define ASKS "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"

static void without_a_change_every_byte_stays(void **state)
{
	static const char odd[] =
		" {\n\t\"model\" : \"gpt-4o\" ,\"seed\":9007199254740993,\"temperature\":1.0e-0,"
		"\"x\":1,\"x\":2,\"u\":\"\\u00e9\\/\\ud83d\", \"messages\":[ {\"role\":"
		"\"developer\",\"content\":\"s\"},{\"content\":\"hi\",\"role\":\"user\"}]} \n";

	check(&us_openai, "", false, odd, US_EXACT, odd);
	check(&us_openai, "gpt-4o", false, odd, US_EXACT, odd);
}

static void only_the_model_changes(void **state)
{
	check(&us_openai, "gpt-4.1", false,
	      "{ \"n\":1.0, \"model\" :\t\"gpt-4o\" , " ASKS ",\"novel\":{\"model\":\"gpt-4o\"}}",
	      US_EXACT,
	      "{ \"n\":1.0, \"model\" :\t\"gpt-4.1\" , " ASKS ",\"novel\":{\"model\":\"gpt-4o\"}}");
	check(&us_anthropic, "claude-opus-4-5", false,
	      "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":9," ASKS "}", US_EXACT,
	      "{\"model\":\"claude-opus-4-5\",\"max_tokens\":9," ASKS "}");
	assert_true(us_span_is(rendered.to.model_name, "claude-opus-4-5"));
	assert_string_equal(rendered.to.model->pattern, "*claude-opus-4-5*");
}

/* To OpenAI an id is a question for what it keeps; another keeps something else. */
static void items_of_another_account_lose_their_ids(void **state)
{
	check(&us_responses, "gpt-4o", false,
	      "{\"model\":\"gpt-4o\", \"input\" : [ "
	      "{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":"
	      "[]} , {\"id\":\"msg_1\", "
	      "\"type\":\"message\",\"role\":\"assistant\",\"content\":\"\\u00e9\"},"
	      "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\" , "
	      "\"id\":"
	      "\"fc_1\"},{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"r\"},"
	      "{\"type\":\"web_search_call\",\"id\":\"ws_1\"},{\"type\":\"reasoning\"} "
	      "],\"x\":1.0}",
	      US_DEGRADED,
	      "{\"model\":\"gpt-4o\", \"input\" : [  { \"type\":\"message\",\"role\":\"assistant\","
	      "\"content\":\"\\u00e9\"},{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":"
	      "\"f\","
	      "\"arguments\":\"{}\" "
	      "},{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"r\"},"
	      "{\"type\":\"web_search_call\",\"id\":\"ws_1\"} ],\"x\":1.0}");
	assert_true(told(US_DEGRADED, "THINKING_DROPPED"));
	check(&us_responses, "gpt-4o", false, "{\"input\":\"u\",\"id\":1,\"model\":\"gpt-4o\"}",
	      US_EXACT, "{\"input\":\"u\",\"id\":1,\"model\":\"gpt-4o\"}");
}

static void another_model_of_responses_is_spared_what_it_refuses(void **state)
{
	check(&us_responses, "gpt-5", false,
	      "{\"model\":\"gpt-4o\",\"input\":\"u\",\"temperature\":0.5,\"max_output_tokens\":9}",
	      US_DEGRADED, "{\"model\":\"gpt-5\",\"input\":\"u\",\"max_output_tokens\":9}");
	check(&us_responses, "gpt-4o", false,
	      "{\"model\":\"gpt-5\",\"input\":\"u\",\"reasoning\":{\"effort\":\"low\"},"
	      "\"max_output_tokens\":90000}",
	      US_DEGRADED, "{\"model\":\"gpt-4o\",\"input\":\"u\",\"max_output_tokens\":16384}");
	assert_int_equal(render(&us_responses,
	                        US_SPAN("{\"model\":\"m\",\"input\":\"u\","
	                                "\"previous_response_id\":\"resp_1\"}"),
	                        &us_responses, "m", false),
	                 US_IMPOSSIBLE);
}

static void responses_has_the_models_of_its_maker(void **state)
{
	assert_int_equal(render(&us_anthropic,
	                        US_SPAN("{\"model\":\"claude\",\"max_tokens\":99," ASKS "}"),
	                        &us_responses, "gpt-4o-mini", false),
	                 US_EXACT);
	assert_string_equal(rendered.to.model->pattern, "gpt-4o*");
}

static void a_model_named_twice_is_changed_twice(void **state)
{
	check(&us_openai, "b\"c", false, "{\"model\":\"x\"," ASKS ",\"mod\\u0065l\":\"a\"}",
	      US_EXACT, "{\"model\":\"b\\\"c\"," ASKS ",\"mod\\u0065l\":\"b\\\"c\"}");
	/* The last one counts already. */
	check(&us_openai, "", false, "{\"model\":\"x\"," ASKS ",\"model\":\"a\"}", US_EXACT,
	      "{\"model\":\"x\"," ASKS ",\"model\":\"a\"}");
}

static void a_model_that_is_missing_is_put_in(void **state)
{
	check(&us_openai, "m", true, " { " ASKS "}", US_EXACT, " {\"model\":\"m\", " ASKS "}");
	check(&us_openai, "m", true, "{" ASKS ",\"model\":null}", US_EXACT,
	      "{" ASKS ",\"model\":\"m\"}");
	check(&us_openai, "", true, "{" ASKS "}", US_EXACT, "{" ASKS "}");
}

static void a_compatible_server_gets_the_names_it_knows(void **state)
{
	check(&us_openai, "", true,
	      "{\"model\":\"m\",\"max_completion_tokens\": 5,\"messages\":[{\"role\":\"developer\","
	      "\"content\":\"developer\"},{\"role\" : \"developer\",\"content\":\"b\"},{\"role\":"
	      "\"user\",\"content\":\"developer\"}]}",
	      US_EXACT,
	      "{\"model\":\"m\",\"max_tokens\": 5,\"messages\":[{\"role\":\"system\","
	      "\"content\":\"developer\"},{\"role\" : \"system\",\"content\":\"b\"},{\"role\":"
	      "\"user\",\"content\":\"developer\"}]}");
	check(&us_openai, "", true,
	      "{\"model\":\"m\",\"max_completion_tokens\":5," ASKS ",\"max_tokens\":6}", US_EXACT,
	      "{\"model\":\"m\",\"max_completion_tokens\":5," ASKS ",\"max_tokens\":6}");
	check(&us_openai, "n", true, "{\"model\":\"m\",\"max_tokens\":6," ASKS "}", US_EXACT,
	      "{\"model\":\"n\",\"max_tokens\":6," ASKS "}");
}

/* By its name it reasons, but the server is not OpenAI. */
static void an_older_name_stays_where_it_is_known(void **state)
{
	check(&us_openai, "openai/gpt-5", true, "{\"model\":\"m\",\"max_tokens\":6," ASKS "}",
	      US_EXACT, "{\"model\":\"openai/gpt-5\",\"max_tokens\":6," ASKS "}");
}

static void a_model_that_reasons_gets_what_it_takes(void **state)
{
	check(&us_openai, "o3", false,
	      "{\"temperature\":0.5,\"model\":\"gpt-4o\",\"top_p\":1 , \"max_tokens\":6,"
	      "\"presence_penalty\":null," ASKS ", \"frequency_penalty\":1 \n}",
	      US_DEGRADED, "{\"model\":\"o3\", \"max_completion_tokens\":6," ASKS " \n}");
	assert_int_equal(rendered.diags.n, 3);
	assert_true(told(US_DEGRADED, "SAMPLING_DROPPED"));
	check(&us_openai, "o3", false, "{\"model\":\"gpt-4o\",\"stop\":\"x\"," ASKS "}", US_RISKY,
	      "{\"model\":\"o3\"," ASKS "}");
	/* The program's own choice of model and values is not ours to mend. */
	check(&us_openai, "o3", false, "{\"model\":\"o3\",\"temperature\":1," ASKS "}", US_EXACT,
	      "{\"model\":\"o3\",\"temperature\":1," ASKS "}");
	check(&us_openai, "", false, "{\"model\":\"o3\",\"temperature\":1," ASKS "}", US_EXACT,
	      "{\"model\":\"o3\",\"temperature\":1," ASKS "}");
}

static void a_newer_claude_takes_no_sampling(void **state)
{
	check(&us_anthropic, "claude-opus-4-8", false,
	      "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":9," ASKS ",\"temperature\":0.2,"
	      "\"top_k\":5}",
	      US_DEGRADED, "{\"model\":\"claude-opus-4-8\",\"max_tokens\":9," ASKS "}");
}

static void a_model_that_writes_less_is_asked_for_less(void **state)
{
	check(&us_anthropic, "claude-3-5-haiku-latest", false,
	      "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\": 16000 ," ASKS "}", US_DEGRADED,
	      "{\"model\":\"claude-3-5-haiku-latest\",\"max_tokens\": 8192 ," ASKS "}");
	assert_true(told(US_DEGRADED, "MAX_TOKENS_CLAMPED"));
	check(&us_openai, "o3", false, "{\"model\":\"m\"," ASKS ",\"max_tokens\":100001}",
	      US_DEGRADED, "{\"model\":\"o3\"," ASKS ",\"max_completion_tokens\":100000}");
	check(&us_anthropic, "claude-3-5-haiku-latest", false,
	      "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":8192," ASKS "}", US_EXACT,
	      "{\"model\":\"claude-3-5-haiku-latest\",\"max_tokens\":8192," ASKS "}");
	/* A compatible server only bears the name. */
	check(&us_openai, "gpt-4o", true, "{\"model\":\"m\"," ASKS ",\"max_tokens\":100001}",
	      US_EXACT, "{\"model\":\"gpt-4o\"," ASKS ",\"max_tokens\":100001}");
}

static void a_model_that_takes_one_of_two_gets_the_temperature(void **state)
{
	check(&us_anthropic, "claude-sonnet-4-5", false,
	      "{\"model\":\"claude-3-7-sonnet-latest\",\"max_tokens\":9,\"temperature\":0.2,"
	      "\"top_p\":0.5,\"top_k\":5," ASKS "}",
	      US_DEGRADED,
	      "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":9,\"temperature\":0.2,"
	      "\"top_k\":5," ASKS "}");
	check(&us_anthropic, "claude-sonnet-4-5", false,
	      "{\"model\":\"claude-3-7-sonnet-latest\",\"max_tokens\":9,\"top_p\":0.5," ASKS "}",
	      US_EXACT,
	      "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":9,\"top_p\":0.5," ASKS "}");
}

static void a_model_that_never_reasons_is_not_told_how_much(void **state)
{
	check(&us_openai, "gpt-4o", false,
	      "{\"model\":\"o3\"," ASKS ",\"reasoning_effort\":\"low\"}", US_DEGRADED,
	      "{\"model\":\"gpt-4o\"," ASKS "}");
	assert_true(told(US_DEGRADED, "REASONING_DROPPED"));
	check(&us_openai, "gpt-5", false,
	      "{\"model\":\"o3\"," ASKS ",\"reasoning_effort\":\"low\"}", US_EXACT,
	      "{\"model\":\"gpt-5\"," ASKS ",\"reasoning_effort\":\"low\"}");
}

/* What one Claude is told otherwise than another: `odd` is kept by a patch and lost in the hub. */
static void a_claude_that_must_be_told_otherwise_gets_it_written_anew(void **state)
{
	static const struct {
		const char *member, *model, *want;
	} all[] = {
		{ "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}", "claude-opus-4-8",
		  "\"thinking\":{\"type\":\"adaptive\"}" },
		{ "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}", "claude-sonnet-4-6",
		  NULL },
		{ "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}",
		  "claude-3-5-haiku-latest", "\"max_tokens\":5000" },
		{ "\"thinking\":{\"type\":\"adaptive\"}", "claude-haiku-4-5",
		  "\"type\":\"enabled\"" },
		{ "\"thinking\":{\"type\":\"adaptive\"}", "claude-opus-4-6", NULL },
		{ "\"thinking\":{\"type\":\"disabled\"}", "claude-mythos-5",
		  "\"output_config\":{\"effort\":\"low\"}" },
		{ "\"thinking\":{\"type\":\"disabled\"}", "claude-haiku-4-5", NULL },
		{ "\"output_config\":{\"effort\":\"low\"}", "claude-haiku-4-5",
		  "\"budget_tokens\":2048" },
		{ "\"output_config\":{\"effort\":\"low\"}", "claude-opus-4-7", NULL },
		{ "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":"
		  "\"object\"}}}",
		  "claude-sonnet-4-0", "\"system\":" },
		{ "\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\","
		  "\"content\":\"b\"}]",
		  "claude-opus-4-6", "\"text\":\"b\"" },
		{ "\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\","
		  "\"content\":\"b\"}]",
		  "claude-haiku-4-5", NULL },
	};

	for (size_t i = 0; i < US_COUNT(all); i++) {
		char body[400];
		bool own = strstr(all[i].member, "messages");
		struct us_span got;

		sprintf(body, "{\"model\":\"claude-x\",\"max_tokens\":5000,%s%s,\"odd\":null}",
		        own ? "" : ASKS ",", all[i].member);
		render(&us_anthropic, us_span_of(body), &us_anthropic, all[i].model, false);
		got = us_buf_span(&rendered.body);
		assert_int_equal(us_span_has(got, "\"odd\""), !all[i].want);
		if (!us_span_has(got, all[i].want ? all[i].want : all[i].member))
			fail_msg("%s: %.*s", all[i].model, (int)got.n, got.p);
		/* Its own model is the program's business. */
		render(&us_anthropic, us_span_of(body), &us_anthropic, "", false);
		assert_body(body);
	}
}

/* Wherever the members that go stand, what is left is JSON and holds all the others. */
static void members_go_from_any_place(void **state)
{
	static const char *const members[] = { "\"temperature\" : 0.5", "\"top_p\":0.5",
		                               "\"logit_bias\":{}",     "\"model\":\"gpt-4o\"",
		                               "\"a\":[1,2]",           ASKS };
	struct us_rand r = { 3 };

	for (int round = 0; round < 2000; round++) {
		char body[400] = "{", *p = body + 1;
		size_t order[] = { 0, 1, 2, 3, 4, 5 };
		struct us_doc doc = { 0 };
		struct us_val root;

		for (size_t i = 5; i; i--) {
			size_t k = us_rand_between(&r, 0, i), was = order[i];

			order[i] = order[k];
			order[k] = was;
		}
		for (size_t i = 0; i < 6; i++)
			p += sprintf(p, "%s%s%s", i ? "," : "",
			             us_rand_between(&r, 0, 1) ? " \n" : "", members[order[i]]);
		sprintf(p, "%s}", us_rand_between(&r, 0, 1) ? " " : "");
		assert_int_equal(render(&us_openai, us_span_of(body), &us_openai, "gpt-5", false),
		                 US_DEGRADED);
		assert_int_equal(us_doc_parse(&doc, us_buf_span(&rendered.body)), 0);
		root = us_doc_root(&doc);
		assert_int_equal(us_val_count(root), 3);
		assert_true(us_val_str_is(us_val_get(root, "model"), "gpt-5"));
		assert_true(us_span_is(us_val_raw(us_val_get(root, "a")), "[1,2]"));
		us_doc_fini(&doc);
	}
}

static void what_lives_at_the_primary_cannot_be_moved(void **state)
{
	struct us_span body = US_SPAN(
		"{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":9,\"container\":\"c\"," ASKS "}");

	assert_int_equal(render(&us_anthropic, body, &us_anthropic, "", false), US_IMPOSSIBLE);
	assert_true(told(US_IMPOSSIBLE, "STATE_REF"));
	assert_int_equal(rendered.body.n, 0);
	assert_int_equal(render(&us_anthropic, body, &us_openai, "gpt-4o", false), US_IMPOSSIBLE);
	assert_true(told(US_IMPOSSIBLE, "STATE_REF"));
	assert_int_equal(rendered.body.n, 0);
}

static void what_is_no_request_goes_nowhere(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"{}",
		"null",
		"{\"model\":\"m\",\"messages\":\"hi\"}",
		"{\"model\":\"m\"," ASKS "}x",
	};

	for (size_t i = 0; i < US_COUNT(bad); i++) {
		assert_int_equal(render(&us_openai, us_span_of(bad[i]), &us_openai, "", false),
		                 US_IMPOSSIBLE);
		assert_true(told(US_IMPOSSIBLE, "UNREADABLE"));
		assert_int_equal(rendered.body.n, 0);
		assert_int_equal(render(&us_anthropic, us_span_of(bad[i]), &us_openai, "m", false),
		                 US_IMPOSSIBLE);
		assert_int_equal(rendered.body.n, 0);
	}
}

static void a_foreign_target_must_have_a_model(void **state)
{
	assert_int_equal(render(&us_openai, US_SPAN("{\"model\":\"gpt-4o\"," ASKS "}"),
	                        &us_anthropic, "", false),
	                 US_IMPOSSIBLE);
	assert_true(told(US_IMPOSSIBLE, "NO_MODEL"));
}

static void a_request_crosses_both_ways(void **state)
{
	assert_int_equal(render(&us_openai,
	                        US_SPAN("{\"model\":\"gpt-4o\",\"max_tokens\":5," ASKS "}"),
	                        &us_anthropic, "claude-sonnet-4-5", false),
	                 US_EXACT);
	assert_true(us_span_has(us_buf_span(&rendered.body), "\"model\":\"claude-sonnet-4-5\""));
	assert_int_equal(
		render(&us_anthropic,
	               US_SPAN("{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":5," ASKS "}"),
	               &us_openai, "gpt-4o", false),
		US_EXACT);
	assert_true(us_span_has(us_buf_span(&rendered.body), "\"model\":\"gpt-4o\""));
}

static void a_matched_stop_sequence_that_stays_unsaid_is_told(void **state)
{
	assert_int_equal(render(&us_anthropic,
	                        US_SPAN("{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":5,"
	                                "\"stop_sequences\":[\"x\"]," ASKS "}"),
	                        &us_openai, "gpt-4o", false),
	                 US_DEGRADED);
	assert_true(told(US_DEGRADED, "STOP_SEQUENCE_UNREPORTED"));
	assert_int_equal(render(&us_openai,
	                        US_SPAN("{\"model\":\"gpt-4o\",\"max_tokens\":5,"
	                                "\"stop\":[\"x\"]," ASKS "}"),
	                        &us_anthropic, "claude-sonnet-4-5", false),
	                 US_EXACT);
}

/* A dialect that does as it is told. */
static int encode_rc;
static const char *encode_text;

static int decode_any(struct us_val body, struct us_arena *a, struct us_req *out)
{
	static struct us_block hello = { .kind = US_TEXT, .text = { "hello", 5 } };
	static struct us_turn turn = { .role = US_ROLE_USER, .blocks = &hello, .nblocks = 1 };

	out->turns = &turn;
	out->nturns = 1;
	return 0;
}

static int encode_told(const struct us_req *r, const struct us_for *to, struct us_buf *out,
                       struct us_diags *diags)
{
	us_buf_add_str(out, encode_text);
	return encode_rc;
}

static void a_mistake_of_ours_reaches_no_provider(void **state)
{
	static const struct us_dialect program = { .name = "any", .decode_request = decode_any };
	static const struct us_dialect broken = { .name = "openai", .encode_request = encode_told };
	static const struct {
		int rc;
		const char *text, *code;
	} all[] = {
		{ 0, "{", "INTERNAL" },          { 0, "", "INTERNAL" },
		{ US_EINVAL, "{}", "INTERNAL" }, { US_ENOMEM, "{}", "NO_MEMORY" },
		{ US_E2BIG, "{}", "TOO_LARGE" },
	};

	for (size_t i = 0; i < US_COUNT(all); i++) {
		encode_rc = all[i].rc;
		encode_text = all[i].text;
		assert_int_equal(render(&program, US_SPAN("{}"), &broken, "m", false),
		                 US_IMPOSSIBLE);
		assert_true(told(US_IMPOSSIBLE, all[i].code));
		assert_int_equal(rendered.body.n, 0);
	}
	encode_rc = 0;
	encode_text = "{}";
	assert_int_equal(render(&program, US_SPAN("{}"), &broken, "m", false), US_EXACT);
}

static void a_dialect_is_found_by_its_name(void **state)
{
	assert_ptr_equal(us_dialect_by_name(US_SPAN("openai")), &us_openai);
	assert_ptr_equal(us_dialect_by_name(US_SPAN("anthropic")), &us_anthropic);
	assert_null(us_dialect_by_name(US_SPAN("open")));
	assert_null(us_dialect_by_name(us_span(NULL, 0)));
}

#define MANY                                                                                       \
	"{\"model\":\"m\",\"max_tokens\":99,\"tools\":[{\"type\":\"function\",\"function\":{"      \
	"\"name\":\"f.g\",\"parameters\":{\"properties\":{}}}}],\"messages\":["                    \
	"{\"role\":\"system\",\"content\":\"s\\n\"},{\"role\":\"user\",\"content\":[{\"type\":"    \
	"\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]},{\"role\":"       \
	"\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a.b\",\"type\":\"function\","    \
	"\"function\":{\"name\":\"f.g\",\"arguments\":\"{\\\"a\\\":1}\"}}]},{\"role\":\"tool\","   \
	"\"tool_call_id\":\"a.b\",\"content\":\"r\"},{\"role\":\"system\",\"content\":\"late\"}]," \
	"\"response_format\":{\"type\":\"json_object\"}}"

static void memory_that_is_refused_makes_it_impossible(void **state)
{
	static const struct us_dialect *const to[] = { &us_openai, &us_anthropic };

	for (size_t i = 0; i < US_COUNT(to); i++) {
		enum us_loss loss = US_IMPOSSIBLE;
		unsigned long nth = 1;

		for (; loss == US_IMPOSSIBLE && nth < 1000; nth++) {
			struct us_target target = { .dialect = to[i],
				                    .model = US_SPAN("claude-sonnet-4-5"),
				                    .profile = us_profile_find(US_SPAN("vllm")) };

			teardown(NULL);
			setup(NULL);
			us_mem_fail_at(nth);
			us_request_init(&request, &us_openai, NULL, US_SPAN(MANY));
			loss = us_request_render(&request, &target, &rendered);
			us_mem_fail_at(0);
			assert_true(loss != US_IMPOSSIBLE || !rendered.body.n);
		}
		assert_in_range(nth, 4, 999);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_a_change_every_byte_stays),
		T(only_the_model_changes),
		T(items_of_another_account_lose_their_ids),
		T(another_model_of_responses_is_spared_what_it_refuses),
		T(responses_has_the_models_of_its_maker),
		T(a_model_named_twice_is_changed_twice),
		T(a_model_that_is_missing_is_put_in),
		T(a_compatible_server_gets_the_names_it_knows),
		T(an_older_name_stays_where_it_is_known),
		T(a_model_that_reasons_gets_what_it_takes),
		T(a_newer_claude_takes_no_sampling),
		T(a_model_that_writes_less_is_asked_for_less),
		T(a_model_that_takes_one_of_two_gets_the_temperature),
		T(a_model_that_never_reasons_is_not_told_how_much),
		T(a_claude_that_must_be_told_otherwise_gets_it_written_anew),
		T(members_go_from_any_place),
		T(what_lives_at_the_primary_cannot_be_moved),
		T(what_is_no_request_goes_nowhere),
		T(a_foreign_target_must_have_a_model),
		T(a_request_crosses_both_ways),
		T(a_matched_stop_sequence_that_stays_unsaid_is_told),
		T(a_mistake_of_ours_reaches_no_provider),
		T(a_dialect_is_found_by_its_name),
		T(memory_that_is_refused_makes_it_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

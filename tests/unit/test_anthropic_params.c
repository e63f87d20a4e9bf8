/* test_anthropic_params.c - what Anthropic's requests say beside turns and tools, written */
#include "anthropic_writing.h"

#define TOOL "'tools':[{'name':'f','input_schema':{'type':'object'}}]"
#define LAST                                                                                       \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}

/* What a member becomes when these members are asked of a model; NULL: it is not there. */
struct row {
	const struct us_model *model;
	const char *members, *want;
};

static void assert_rows(const char *member, const struct row *rows)
{
	for (; rows->model; rows++) {
		struct us_span got;

		read_and_write(rows->members, rows->model);
		got = us_val_raw(us_val_get(us_doc_root(&written), member));
		for (size_t i = 0; i < got.n; i++)
			source[i] = got.p[i] == '"' ? '\'' : got.p[i];
		if (!us_span_is(us_span(source, got.n), rows->want ? rows->want : ""))
			fail_msg("%s: %s is %.*s", rows->members, member, (int)got.n, source);
	}
}

static void max_tokens_is_always_said(void **state)
{
	static const struct us_model unknown = { .max_out = 0 };
	static const struct row rows[] = {
		{ &model_new, "'x':null", "32768" },
		{ &model_old, "'x':null", "4096" },
		{ &unknown, "'x':null", "8192" },
		{ &unknown, "'max_tokens':999999", "999999" },
		{ &model_old, "'max_tokens':4096", "4096" },
		{ &model_old, "'max_tokens':4097", "4096" },
		LAST,
	};

	assert_rows("max_tokens", rows);
	assert_told(US_DEGRADED, "MAX_TOKENS_CLAMPED");
	read_and_write("'x':null", &model_old);
	assert_told(US_DEGRADED, "MAX_TOKENS_DEFAULT");
	read_and_write("'max_tokens':4096", &model_old);
	assert_int_equal(told.n, 0);
	read_and_write("'max_tokens':0", &model_old);
	assert_told(US_IMPOSSIBLE, "MAX_TOKENS_ZERO");
}

static void temperature_is_clamped_or_dropped_by_model(void **state)
{
	static const struct row rows[] = {
		{ &model_old, "'temperature':0.70,'top_p':0.9", "0.70" },
		{ &model_old, "'temperature':1", "1" },
		{ &model_old, "'temperature':0.0", "0.0" },
		{ &model_old, "'temperature':1.0001", "1" },
		{ &model_old, "'temperature':2", "1" },
		{ &model_old, "'temperature':-0.5", "0" },
		{ &model_manual, "'temperature':0.7,'top_p':0.9", "0.7" },
		{ &model_middle, "'temperature':0.7", "0.7" },
		{ &model_new, "'temperature':0.7", NULL },
		{ &model_always, "'temperature':0.7", NULL },
		{ &model_manual,
		  "'temperature':0.7,'thinking':{'type':'enabled','budget_tokens':1024}", NULL },
		{ &model_middle, "'temperature':0.7,'thinking':{'type':'adaptive'}", NULL },
		{ &model_middle, "'temperature':0.7,'thinking':{'type':'disabled'}", "0.7" },
		LAST,
	};

	assert_rows("temperature", rows);
	read_and_write("'max_tokens':9,'temperature':1.2", &model_old);
	assert_int_equal(told.n, 1);
	assert_told(US_DEGRADED, "TEMPERATURE_CLAMPED");
	read_and_write("'max_tokens':9,'temperature':0.7", &model_new);
	assert_int_equal(told.n, 1);
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
	/* What a model does anyway need not be said, nor be missed. */
	read_and_write("'max_tokens':2000,'temperature':1.0,'top_p':1", &model_new);
	assert_member("temperature", NULL);
	assert_int_equal(told.n, 0);
}

static void top_p_yields_to_temperature_on_newer_models(void **state)
{
	static const struct row rows[] = {
		{ &model_old, "'temperature':0.7,'top_p':0.90", "0.90" },
		{ &model_manual, "'temperature':0.7,'top_p':0.9", NULL },
		{ &model_manual, "'top_p':0.9", "0.9" },
		{ &model_manual, "'top_p':0.9,'thinking':{'type':'enabled','budget_tokens':1024}",
		  NULL },
		{ &model_manual, "'top_p':0.95,'thinking':{'type':'enabled','budget_tokens':1024}",
		  "0.95" },
		{ &model_new, "'top_p':0.99", NULL },
		{ &model_new, "'top_p':0.99,'thinking':{'type':'adaptive'}", NULL },
		LAST,
	};

	assert_rows("top_p", rows);
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
}

static void top_k_is_for_models_that_do_not_think(void **state)
{
	static const struct row rows[] = {
		{ &model_old, "'top_k':40", "40" },
		{ &model_manual, "'top_k':40,'temperature':0.5", "40" },
		{ &model_manual, "'top_k':40,'thinking':{'type':'enabled','budget_tokens':1024}",
		  NULL },
		{ &model_new, "'top_k':40", NULL },
		LAST,
	};

	assert_rows("top_k", rows);
}

static void numbers_without_a_member_are_missed_unless_idle(void **state)
{
	static const struct {
		size_t at;
		const char *text;
		double v;
		bool missed;
	} rows[] = {
		{ offsetof(struct us_req, frequency_penalty), "0.5", 0.5, true },
		{ offsetof(struct us_req, frequency_penalty), "0", 0, false },
		{ offsetof(struct us_req, presence_penalty), "-1", -1, true },
		{ offsetof(struct us_req, presence_penalty), "0.0", 0, false },
		{ offsetof(struct us_req, min_p), "0", 0, false },
		{ offsetof(struct us_req, repetition_penalty), "1.0", 1, false },
		{ offsetof(struct us_req, repetition_penalty), "0", 0, true },
		{ offsetof(struct us_req, min_p), "0.1", 0.1, true },
		{ offsetof(struct us_req, seed), "0", 0, true },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_num num = { us_span_of(rows[i].text), rows[i].v };

		assert_int_equal(read_members("'max_tokens':9"), 0);
		memcpy((char *)&req + rows[i].at, &num, sizeof(num));
		write_for(&model_old);
		assert_int_equal(was_told(US_DEGRADED, "SAMPLING_DROPPED"), rows[i].missed);
	}
}

/* Here `own` stands for the member that no Anthropic request could have. */
static enum us_loss loss_with(void (*own)(void), const struct us_model *model)
{
	assert_int_equal(read_members("'max_tokens':9"), 0);
	own();
	write_for(model);
	return told.n ? told.worst : US_EXACT;
}

static void ask_n1(void) { req.n = (struct us_num){ US_SPAN("1"), 1 }; }
static void ask_n2(void) { req.n = (struct us_num){ US_SPAN("2"), 2 }; }
static void ask_sound(void) { req.audio_out = true; }
static void ask_logprobs(void) { req.logprobs = US_YES; }
static void ask_no_logprobs(void) { req.logprobs = US_NO; }
static void ask_bias(void) { req.logit_bias = US_SPAN("{\"1\":-100}"); }
static void ask_no_bias(void) { req.logit_bias = US_SPAN("{}"); }
static void ask_verbose(void) { req.verbosity = US_SPAN("high"); }
static void ask_tier(void) { req.service_tier = US_SPAN("flex"); }
static void ask_grammar(void) { req.format = US_FORMAT_GRAMMAR; }

static void what_anthropic_has_not_is_told(void **state)
{
	assert_int_equal(loss_with(ask_n1, &model_old), US_EXACT);
	assert_int_equal(loss_with(ask_n2, &model_old), US_IMPOSSIBLE);
	assert_int_equal(loss_with(ask_sound, &model_old), US_IMPOSSIBLE);
	assert_int_equal(loss_with(ask_logprobs, &model_old), US_RISKY);
	assert_int_equal(loss_with(ask_no_logprobs, &model_old), US_EXACT);
	assert_int_equal(loss_with(ask_bias, &model_old), US_DEGRADED);
	assert_int_equal(loss_with(ask_no_bias, &model_old), US_EXACT);
	assert_int_equal(loss_with(ask_verbose, &model_old), US_DEGRADED);
	assert_int_equal(loss_with(ask_tier, &model_old), US_EXACT);
	assert_told(US_EXACT, "SERVICE_TIER_DROPPED");
	assert_int_equal(loss_with(ask_grammar, &model_old), US_IMPOSSIBLE);
}

static void tool_choice_is_said_in_anthropics_words(void **state)
{
	static const struct row rows[] = {
		{ &model_old, TOOL, NULL },
		{ &model_old, TOOL ",'tool_choice':{'type':'auto'}", "{'type':'auto'}" },
		{ &model_old, TOOL ",'tool_choice':{'type':'any'}", "{'type':'any'}" },
		{ &model_old, TOOL ",'tool_choice':{'type':'tool','name':'f'}",
		  "{'type':'tool','name':'f'}" },
		{ &model_old, TOOL ",'tool_choice':{'type':'any','disable_parallel_tool_use':true}",
		  "{'type':'any','disable_parallel_tool_use':true}" },
		{ &model_old,
		  TOOL ",'tool_choice':{'type':'any','disable_parallel_tool_use':false}",
		  "{'type':'any'}" },
		{ &model_old,
		  TOOL ",'tool_choice':{'type':'none','disable_parallel_tool_use':true}",
		  "{'type':'none'}" },
		{ &model_old, "'tool_choice':{'type':'any'}", NULL },
		LAST,
	};

	assert_rows("tool_choice", rows);
	assert_int_equal(read_members(TOOL), 0);
	req.parallel_tools = US_NO;
	write_for(&model_old);
	assert_member("tool_choice", "{'type':'auto','disable_parallel_tool_use':true}");
}

static void only_allowed_tools_are_sent(void **state)
{
	struct us_span names[] = { US_SPAN("g"), US_SPAN("gone") };
	static const char g[] = "[{'name':'g','input_schema':{'type':'object'}}]";

	assert_int_equal(read_members("'tools':[{'name':'f'},{'name':'g'}]"), 0);
	req.choice = US_CHOICE_ALLOWED;
	req.allowed = names;
	req.nallowed = 2;
	write_for(&model_old);
	assert_member("tools", g);
	assert_member("tool_choice", "{'type':'auto'}");
	assert_told(US_DEGRADED, "ALLOWED_TOOLS_FILTERED");

	req.allowed_required = true;
	write_for(&model_old);
	assert_member("tools", g);
	assert_member("tool_choice", "{'type':'any'}");

	/* None of them: the others stay known, the history may speak of them. */
	names[0] = names[1];
	write_for(&model_old);
	assert_int_equal(us_val_count(us_val_get(us_doc_root(&written), "tools")), 2);
	assert_member("tool_choice", "{'type':'none'}");
}

static void a_model_that_cannot_be_forced_is_asked(void **state)
{
	read_and_write(TOOL ",'tool_choice':{'type':'tool','name':'f'},'system':'S'",
	               &model_always);
	assert_member("tool_choice", "{'type':'auto'}");
	assert_member("system",
	              "[{'type':'text','text':'S\\n\\nYou must answer by calling the tool "
	              "f.'}]");
	assert_told(US_RISKY, "TOOL_CHOICE_IN_WORDS");
	read_and_write(TOOL ",'tool_choice':{'type':'any'}", &model_always);
	assert_member("system", "[{'type':'text','text':'You must answer by calling one of the "
	                        "tools.'}]");
}

static void the_form_is_held_or_asked_for(void **state)
{
	static const char words[] = "Answer with one JSON value only, no prose, no code fence.";
	char want[256];

	read_and_write(
		"'max_tokens':9,'output_format':{'type':'json_schema','schema':{'$schema':'u'"
		",'type' : 'string'}}",
		&model_manual);
	assert_member("output_config",
	              "{'format':{'type':'json_schema','schema':{'type':'string'}}}");
	assert_int_equal(told.n, 0);
	/* A model that cannot be held to a schema. */
	read_and_write("'system':'S','output_format':{'type':'json_schema','schema':{'type' : "
	               "'string'}}",
	               &model_old);
	assert_member("output_config", NULL);
	snprintf(want, sizeof(want),
	         "[{'type':'text','text':'S\\n\\n%s It must validate against this JSON Schema: "
	         "{\\'type\\' : \\'string\\'}'}]",
	         words);
	assert_member("system", want);
	assert_told(US_DEGRADED, "FORMAT_BEST_EFFORT");
	req.format_strict = US_YES;
	write_for(&model_old);
	assert_told(US_RISKY, "FORMAT_BEST_EFFORT");

	assert_int_equal(read_members("'x':null"), 0);
	req.format = US_FORMAT_JSON_OBJECT;
	write_for(&model_new);
	snprintf(want, sizeof(want), "[{'type':'text','text':'%s'}]", words);
	assert_member("system", want);
	assert_member("output_config", NULL);
	req.format = US_FORMAT_TEXT;
	write_for(&model_new);
	assert_member("system", NULL);
}

static void blank_stop_sequences_are_dropped(void **state)
{
	read_and_write("'max_tokens':9,'stop_sequences':['a',' \\n','b']", &model_new);
	assert_member("stop_sequences", "['a','b']");
	assert_told(US_DEGRADED, "STOP_DROPPED");
	read_and_write("'max_tokens':9,'stop_sequences':['\\n']", &model_new);
	assert_member("stop_sequences", NULL);
}

static void a_user_is_named_by_ids_only(void **state)
{
	static const struct row rows[] = {
		{ &model_old, "'metadata':{'user_id':'8f3c-11'}", "{'user_id':'8f3c-11'}" },
		{ &model_old, "'metadata':{'user_id':'12345'}", "{'user_id':'12345'}" },
		{ &model_old, "'metadata':{'user_id':'1234567'}", NULL },
		{ &model_old, "'metadata':{'user_id':'+49 (30) 123-456'}", NULL },
		{ &model_old, "'metadata':{'user_id':'ann@example.org'}", NULL },
		LAST,
	};

	assert_rows("metadata", rows);
	assert_told(US_EXACT, "USER_ID_DROPPED");
}

static void a_stream_is_asked_for_when_wanted(void **state)
{
	static const struct row rows[] = {
		{ &model_old, "'stream':true", "true" },
		{ &model_old, "'stream':false", NULL },
		{ &model_old, "'x':null", NULL },
		LAST,
	};

	assert_rows("stream", rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(max_tokens_is_always_said),
		cmocka_unit_test(temperature_is_clamped_or_dropped_by_model),
		cmocka_unit_test(top_p_yields_to_temperature_on_newer_models),
		cmocka_unit_test(top_k_is_for_models_that_do_not_think),
		cmocka_unit_test(numbers_without_a_member_are_missed_unless_idle),
		cmocka_unit_test(what_anthropic_has_not_is_told),
		cmocka_unit_test(tool_choice_is_said_in_anthropics_words),
		cmocka_unit_test(only_allowed_tools_are_sent),
		cmocka_unit_test(a_model_that_cannot_be_forced_is_asked),
		cmocka_unit_test(the_form_is_held_or_asked_for),
		cmocka_unit_test(blank_stop_sequences_are_dropped),
		cmocka_unit_test(a_user_is_named_by_ids_only),
		cmocka_unit_test(a_stream_is_asked_for_when_wanted),
	};

	return cmocka_run_group_tests(tests, setup, finish);
}

/* test_anthropic_plan.c - how a model of Anthropic's is told to think */
#include "anthropic_writing.h"

#define TOOL "'tools':[{'name':'f','input_schema':{'type':'object'}}]"
#define FORCED TOOL ",'tool_choice':{'type':'any'}"

/* What is asked and what becomes of it; NULL: not there. */
static const struct {
	const struct us_model *model;
	const char *members;
	const char *effort; /* asked, as other dialects do */
	const char *thinking, *output_config;
	const char *told; /* as DEGRADED */
} rows[] = {
	/* A model that takes a budget. */
	{ &model_manual, "'x':null", NULL, NULL, NULL, NULL },
	{ &model_manual, "'thinking':{'type':'disabled'}", NULL, NULL, NULL, NULL },
	{ &model_manual, "'thinking':{'type':'between_tools'}", NULL, NULL, NULL, NULL },
	{ &model_manual, "'x':null", "none", NULL, NULL, NULL },
	{ &model_manual, "'x':null", "minimal", "{'type':'enabled','budget_tokens':1024}", NULL,
	  "REASONING_APPROXIMATED" },
	{ &model_manual, "'x':null", "low", "{'type':'enabled','budget_tokens':2048}", NULL,
	  "REASONING_APPROXIMATED" },
	{ &model_manual, "'x':null", "medium", "{'type':'enabled','budget_tokens':8192}", NULL,
	  "REASONING_APPROXIMATED" },
	{ &model_manual, "'x':null", "high", "{'type':'enabled','budget_tokens':16384}", NULL,
	  "REASONING_APPROXIMATED" },
	{ &model_manual, "'x':null", "xhigh", "{'type':'enabled','budget_tokens':24576}", NULL,
	  "REASONING_APPROXIMATED" },
	{ &model_manual, "'max_tokens':64000", "max", "{'type':'enabled','budget_tokens':32768}",
	  NULL, "REASONING_APPROXIMATED" },
	/* A quarter is left for the answer, and 1024 is the least. */
	{ &model_manual, "'max_tokens':8000", "high", "{'type':'enabled','budget_tokens':6000}",
	  NULL, "REASONING_APPROXIMATED" },
	{ &model_manual, "'max_tokens':1025", "high", "{'type':'enabled','budget_tokens':1024}",
	  NULL, "REASONING_APPROXIMATED" },
	{ &model_manual, "'max_tokens':1024", "high", NULL, NULL, "REASONING_DROPPED" },
	{ &model_manual, "'thinking':{'type':'adaptive'}", NULL,
	  "{'type':'enabled','budget_tokens':8192}", NULL, "REASONING_APPROXIMATED" },
	/* The program's own numbers are kept as far as they are legal. */
	{ &model_manual, "'max_tokens':5000,'thinking':{'type':'enabled','budget_tokens':4000}",
	  NULL, "{'type':'enabled','budget_tokens':4000}", NULL, NULL },
	{ &model_manual, "'max_tokens':5000,'thinking':{'type':'enabled','budget_tokens':9000}",
	  NULL, "{'type':'enabled','budget_tokens':4999}", NULL, NULL },
	{ &model_manual, "'max_tokens':5000,'thinking':{'type':'enabled','budget_tokens':100}",
	  NULL, "{'type':'enabled','budget_tokens':1024}", NULL, NULL },
	{ &model_manual, FORCED, "high", NULL, NULL, "REASONING_DROPPED" },

	/* A model that thinks as it sees fit, with the two highest efforts or without. */
	{ &model_new, "'x':null", NULL, NULL, NULL, NULL },
	{ &model_new, "'thinking':{'type':'disabled'}", NULL, "{'type':'disabled'}", NULL, NULL },
	{ &model_new, "'thinking':{'type':'between_tools'}", NULL, "{'type':'disabled'}", NULL,
	  NULL },
	{ &model_new, "'x':null", "none", "{'type':'disabled'}", NULL, NULL },
	{ &model_new, "'thinking':{'type':'adaptive'}", NULL, "{'type':'adaptive'}", NULL, NULL },
	{ &model_new, "'thinking':{'type':'adaptive'},'output_config':{'effort':'high'}", NULL,
	  "{'type':'adaptive'}", "{'effort':'high'}", NULL },
	{ &model_new, "'x':null", "minimal", "{'type':'adaptive'}", "{'effort':'low'}",
	  "REASONING_APPROXIMATED" },
	{ &model_new, "'x':null", "medium", "{'type':'adaptive'}", "{'effort':'medium'}", NULL },
	{ &model_new, "'x':null", "xhigh", "{'type':'adaptive'}", "{'effort':'xhigh'}", NULL },
	{ &model_new, "'x':null", "max", "{'type':'adaptive'}", "{'effort':'max'}", NULL },
	{ &model_new, "'x':null", "ultra", "{'type':'adaptive'}", NULL, "REASONING_APPROXIMATED" },
	{ &model_middle, "'x':null", "xhigh", "{'type':'adaptive'}", "{'effort':'high'}",
	  "REASONING_APPROXIMATED" },
	{ &model_middle, "'x':null", "max", "{'type':'adaptive'}", "{'effort':'high'}",
	  "REASONING_APPROXIMATED" },
	{ &model_new, "'thinking':{'type':'enabled','budget_tokens':1023}", NULL,
	  "{'type':'adaptive'}", "{'effort':'low'}", "REASONING_APPROXIMATED" },
	{ &model_new, "'thinking':{'type':'enabled','budget_tokens':4095}", NULL,
	  "{'type':'adaptive'}", "{'effort':'low'}", "REASONING_APPROXIMATED" },
	{ &model_new, "'thinking':{'type':'enabled','budget_tokens':4096}", NULL,
	  "{'type':'adaptive'}", "{'effort':'medium'}", "REASONING_APPROXIMATED" },
	{ &model_new, "'thinking':{'type':'enabled','budget_tokens':16384}", NULL,
	  "{'type':'adaptive'}", "{'effort':'high'}", "REASONING_APPROXIMATED" },
	{ &model_new, FORCED, NULL, "{'type':'disabled'}", NULL, NULL },
	{ &model_new, TOOL, NULL, NULL, NULL, NULL },
	{ &model_new, "'tool_choice':{'type':'any'}", NULL, NULL, NULL, NULL },
	{ &model_new, FORCED, "high", "{'type':'disabled'}", NULL, "REASONING_DROPPED" },
	{ &model_new, "'max_tokens':1023", NULL, "{'type':'disabled'}", NULL, NULL },
	{ &model_new, "'max_tokens':1023", "low", "{'type':'adaptive'}", "{'effort':'low'}", NULL },
	{ &model_new, "'max_tokens':1024", NULL, NULL, NULL, NULL },

	/* A model that always thinks. */
	{ &model_always, "'x':null", NULL, NULL, NULL, NULL },
	{ &model_always, "'x':null", "none", NULL, "{'effort':'low'}", "REASONING_NOT_OFF" },
	{ &model_always, "'thinking':{'type':'disabled'}", NULL, NULL, "{'effort':'low'}",
	  "REASONING_NOT_OFF" },
	{ &model_always, "'x':null", "high", "{'type':'adaptive'}", "{'effort':'high'}", NULL },
	{ &model_always, FORCED, "high", "{'type':'adaptive'}", "{'effort':'high'}", NULL },
	{ &model_always, FORCED, NULL, NULL, NULL, NULL },
	{ &model_always, "'max_tokens':512", NULL, NULL, "{'effort':'low'}", NULL },

	/* A model that does not think. */
	{ &model_old, "'x':null", "high", NULL, NULL, "REASONING_DROPPED" },
	{ &model_old, "'x':null", "none", NULL, NULL, NULL },
	{ &model_old, "'thinking':{'type':'disabled'}", NULL, NULL, NULL, NULL },
};

static const char *loss_told(void)
{
	static const char *const codes[] = { "REASONING_APPROXIMATED", "REASONING_DROPPED",
		                             "REASONING_NOT_OFF" };

	for (size_t i = 0; i < US_COUNT(codes); i++)
		if (was_told(US_DEGRADED, codes[i]))
			return codes[i];
	return "";
}

static void thinking_is_said_as_the_model_takes_it(void **state)
{
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		assert_int_equal(read_members(rows[i].members), 0);
		if (rows[i].effort) {
			req.reason = US_REASON_EFFORT;
			req.effort = us_span_of(rows[i].effort);
		}
		write_for(rows[i].model);
		assert_member_at("thinking", rows[i].thinking, (int)i);
		assert_member_at("output_config", rows[i].output_config, (int)i);
		assert_string_equal(loss_told(), rows[i].told ? rows[i].told : "");
	}
}

static void one_of_the_allowed_tools_may_be_forced(void **state)
{
	struct us_span f = US_SPAN("f");

	assert_int_equal(read_members(TOOL), 0);
	req.choice = US_CHOICE_ALLOWED;
	req.allowed = &f;
	req.nallowed = 1;
	write_for(&model_new);
	assert_member("thinking", NULL);
	req.allowed_required = true;
	write_for(&model_new);
	assert_member("thinking", "{'type':'disabled'}");
}

/* A budget model in the middle of a tool's work. */
static void write_loop(const char *assistant, const char *user)
{
	char json[1024];

	snprintf(json, sizeof(json),
	         "{'thinking':{'type':'enabled','budget_tokens':1024},'max_tokens':2000,'messages':"
	         "[{'role':'user','content':'u'},{'role':'assistant','content':[%s{'type':'tool_"
	         "use',"
	         "'id':'t','name':'f','input':{}}]},{'role':'user','content':[%s]}]}",
	         assistant, user);
	assert_int_equal(read_request(json), 0);
	write_for(&model_manual);
}

static void an_open_loop_must_begin_with_a_signed_thought(void **state)
{
	static const char on[] = "{'type':'enabled','budget_tokens':1024}";
	static const char result[] = "{'type':'tool_result','tool_use_id':'t'}";
	static const char signed_thought[] = "{'type':'thinking','thinking':'','signature':'S'},";

	write_loop("", result);
	assert_member("thinking", NULL);
	assert_told(US_DEGRADED, "REASONING_DROPPED");
	write_loop("{'type':'thinking','thinking':'not signed'},", result);
	assert_member("thinking", NULL);
	write_loop(signed_thought, result);
	assert_member("thinking", on);
	write_loop("{'type':'redacted_thinking','data':'D'},", result);
	assert_member("thinking", on);
	/* The loop is closed when the user has the word. */
	write_loop("", "{'type':'text','text':'go on'}");
	assert_member("thinking", on);
}

static void an_answer_is_not_continued_while_thinking(void **state)
{
	assert_int_equal(read_request("{'thinking':{'type':'enabled','budget_tokens':1024},"
	                              "'max_tokens':2000,'messages':[{'role':'user','content':'u'},"
	                              "{'role':'assistant','content':'It is'}]}"),
	                 0);
	write_for(&model_manual);
	assert_member("thinking", NULL);
	assert_told(US_DEGRADED, "REASONING_DROPPED");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thinking_is_said_as_the_model_takes_it),
		cmocka_unit_test(one_of_the_allowed_tools_may_be_forced),
		cmocka_unit_test(an_open_loop_must_begin_with_a_signed_thought),
		cmocka_unit_test(an_answer_is_not_continued_while_thinking),
	};

	return cmocka_run_group_tests(tests, setup, finish);
}

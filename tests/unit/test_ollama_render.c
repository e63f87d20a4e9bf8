/* test_ollama_render.c - a hub request as Ollama's /api/chat takes it
 *
 * What was read from Ollama's own wire is written again; fields that its wire cannot say are set
 * between the two.
 */
#define WORLD us_ollama
#include "openai_world.h"

static const struct us_model plain = { .json_schema = true, .stop = true };
static const struct us_model thinker = { .thinking = US_THINKING_SWITCH };
static const struct us_model leveller = { .thinking = US_THINKING_EFFORT };

#define F_TOOL(name, rest)                                                                         \
	"{'type':'function','function':{'name':'" name "'" rest                                    \
	",'parameters':{'type':'object','properties':{}}}}"
#define TOOLS "'tools':[" F_TOOL("f", "") "," F_TOOL("g", "") "]"
#define USER "{'role':'user','content':'u'}"

static void write_members(const struct us_model *model, const char *members)
{
	assert_int_equal(read_members(members), 0);
	write_request(model, false);
}

static void what_it_says_itself_comes_back(void **state)
{
	write_members(&plain, "'options':{'num_predict':5,'temperature':0.70,'top_p':0.9,'top_k':4,"
	                      "'min_p':0.1,'repeat_penalty':1.1,'frequency_penalty':1,"
	                      "'presence_penalty':2,'seed':-3,'stop':['a','','b']},"
	                      "'logprobs':true,'top_logprobs':2");
	assert_member("model", "'m'");
	assert_member("options",
	              "{'num_predict':5,'temperature':0.70,'top_p':0.9,'top_k':4,'min_p':0.1,"
	              "'repeat_penalty':1.1,'frequency_penalty':1,'presence_penalty':2,'seed':-3,"
	              "'stop':['a','b']}");
	assert_member("logprobs", "true");
	assert_member("top_logprobs", "2");
	assert_told(US_EXACT, NULL);
}

static void a_stream_is_always_spoken_of(void **state)
{
	write_members(&plain, "'stream':true");
	assert_member("stream", "true");
	write_members(&plain, "'stream':false");
	assert_member("stream", "false");
	req.stream = US_UNSET; /* how every other dialect asks for none */
	write_request(&plain, false);
	assert_member("stream", "false");
	assert_member("options", NULL);
}

static void tools_are_written_with_their_schema_as_it_came(void **state)
{
	write_members(&plain, "'tools':[{'type':'function','function':{'name':'f',"
	                      "'description':'d','parameters':{'type':'object', 'properties':"
	                      "{'n':{'type':'integer','maximum':1e2}}}}},"
	                      "{'function':{'name':'g'}}]");
	assert_member("tools", "[{'type':'function','function':{'name':'f','description':'d',"
	                       "'parameters':{'type':'object', 'properties':{'n':{'type':"
	                       "'integer','maximum':1e2}}}}}," F_TOOL("g", "") "]");
	assert_told(US_EXACT, NULL);
}

static void tools_that_must_not_be_called_are_not_shown(void **state)
{
	assert_int_equal(read_members(TOOLS), 0);
	req.choice = US_CHOICE_NONE;
	write_request(&plain, false);
	assert_member("tools", NULL);
	assert_told(US_DEGRADED, "TOOLS_WITHHELD");
}

static void one_that_must_be_called_is_asked_for_in_words(void **state)
{
	assert_int_equal(read_members(TOOLS), 0);
	req.choice = US_CHOICE_NAMED;
	req.choice_name = US_SPAN("g");
	write_request(&plain, false);
	assert_member("tools", "[" F_TOOL("g", "") "]");
	assert_messages(
		"{'role':'system','content':'You must answer by calling the tool g.'}," USER);
	assert_told(US_RISKY, "TOOL_CHOICE_IN_WORDS");
	req.choice = US_CHOICE_REQUIRED;
	write_request(&plain, false);
	assert_member("tools", "[" F_TOOL("f", "") "," F_TOOL("g", "") "]");
	assert_messages(
		"{'role':'system','content':'You must answer by calling one of the tools.'}," USER);
}

static void of_those_allowed_the_others_are_not_shown(void **state)
{
	struct us_span allowed[] = { US_SPAN("g") };

	assert_int_equal(read_members(TOOLS), 0);
	req.choice = US_CHOICE_ALLOWED;
	req.allowed = allowed;
	req.nallowed = 1;
	write_request(&plain, false);
	assert_member("tools", "[" F_TOOL("g", "") "]");
	assert_messages(USER);
	assert_told(US_DEGRADED, "ALLOWED_TOOLS_FILTERED");
}

static void what_tools_cannot_be_told_is_said(void **state)
{
	assert_int_equal(read_members(TOOLS), 0);
	req.parallel_tools = US_NO;
	write_request(&plain, false);
	assert_told(US_DEGRADED, "PARALLEL_CALLS_POSSIBLE");
	req.parallel_tools = US_YES;
	req.tools[0].strict = US_YES;
	write_request(&plain, false);
	assert_told(US_DEGRADED, "STRICT_DROPPED");
	req.tools[0].strict = US_NO;
	req.tools[1].kind = US_TOOL_CUSTOM;
	write_request(&plain, false);
	assert_told(US_DEGRADED, "CUSTOM_TOOL_WRAPPED");
	assert_member(
		"tools",
		"[" F_TOOL("f", "") ",{'type':'function','function':{'name':'g',"
				    "'parameters':{'type':'object','properties':{'input':{'type':"
				    "'string'}},'required':['input']}}}]");
	req.tools[1].kind = US_TOOL_HOSTED;
	write_request(&plain, false);
	assert_told(US_IMPOSSIBLE, "HOSTED_TOOL");
}

static void the_format_is_held_to_by_the_server(void **state)
{
	write_members(&plain, "'format':{'type':'object', 'x':1}");
	assert_member("format", "{'type':'object', 'x':1}");
	assert_messages(USER);
	assert_told(US_EXACT, NULL);
}

static void json_is_asked_for_where_nobody_speaks_of_it(void **state)
{
	write_members(&plain, "'format':'json'");
	assert_member("format", "'json'");
	assert_messages("{'role':'system','content':'Answer with one JSON object.'}," USER);
	read_messages("{'role':'user','content':'as Json, please'}");
	req.format = US_FORMAT_JSON_OBJECT;
	write_request(&plain, false);
	assert_messages("{'role':'user','content':'as Json, please'}");
}

static void thinking_is_switched_where_the_model_has_a_switch(void **state)
{
	write_members(&thinker, "'think':true");
	assert_member("think", "true");
	write_members(&thinker, "'think':false");
	assert_member("think", "false");
	write_members(&thinker, "'model':'m'");
	assert_member("think", NULL);
	assert_told(US_EXACT, NULL);
	write_members(&thinker, "'think':'high'");
	assert_member("think", "true");
	assert_told(US_DEGRADED, "EFFORT_DROPPED");
}

static void levels_are_those_that_all_versions_take(void **state)
{
	static const char *const rows[][2] = { { "minimal", "'low'" },   { "low", "'low'" },
		                               { "medium", "'medium'" }, { "high", "'high'" },
		                               { "xhigh", "'high'" },    { "max", "'high'" } };

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char member[64];

		snprintf(member, sizeof(member), "'think':'%s'", rows[i][0]);
		write_members(&leveller, member);
		assert_member("think", rows[i][1]);
	}
	assert_told(US_DEGRADED, "EFFORT_CLAMPED");
	req.effort = us_span(NULL, 0);
	req.reason = US_REASON_BUDGET;
	req.reason_budget = 8192;
	write_request(&leveller, false);
	assert_member("think", "'medium'");
	write_members(&leveller, "'think':true");
	assert_member("think", "true");
}

static void a_model_without_thoughts_is_only_told_not_to_have_any(void **state)
{
	write_members(&plain, "'think':true");
	assert_member("think", NULL);
	assert_told(US_DEGRADED, "REASONING_DROPPED");
	write_members(&plain, "'think':false");
	assert_member("think", "false");
	assert_told(US_EXACT, NULL);
	write_members(&leveller, "'think':false");
	assert_member("think", "'low'");
	assert_told(US_DEGRADED, "REASONING_NOT_OFF");
}

static void a_short_answer_leaves_no_room_for_thoughts(void **state)
{
	write_members(&thinker, "'options':{'num_predict':100}");
	assert_member("think", "false");
	write_members(&plain, "'options':{'num_predict':100}");
	assert_member("think", NULL);
	write_members(&thinker, "'options':{'num_predict':4000}");
	assert_member("think", NULL);
}

static void what_nobody_can_do_here_is_told(void **state)
{
	assert_int_equal(read_members("'model':'m'"), 0);
	req.n = (struct us_num){ US_SPAN("2"), 2 };
	write_request(&plain, false);
	assert_told(US_IMPOSSIBLE, "MANY_ANSWERS");
	assert_int_equal(read_members("'model':'m'"), 0);
	req.audio_out = true;
	write_request(&plain, false);
	assert_told(US_IMPOSSIBLE, "AUDIO_OUT");
	assert_int_equal(read_members("'model':'m'"), 0);
	req.logit_bias = US_SPAN("{\"1\":5}");
	write_request(&plain, false);
	assert_told(US_DEGRADED, "SAMPLING_DROPPED");
	assert_int_equal(read_members("'model':'m'"), 0);
	req.format = US_FORMAT_GRAMMAR;
	write_request(&plain, false);
	assert_told(US_IMPOSSIBLE, "FORMAT_GRAMMAR");
}

/* --- messages -------------------------------------------------------------------------------- */

static void messages_come_back_as_they_were(void **state)
{
	static const char conversation[] =
		"{'role':'system','content':'s'},"
		"{'role':'user','content':'look','images':['iVBORw0KGgo=']},"
		"{'role':'assistant','content':'a','tool_calls':[{'id':'x','function':{'name':'f',"
		"'arguments':{'n': 1.0e2}}}]},"
		"{'role':'tool','content':'r','tool_name':'f','tool_call_id':'x'},"
		"{'role':'system','content':'late'}";

	read_messages(conversation);
	write_request(&plain, false);
	assert_messages(conversation);
	assert_told(US_EXACT, NULL);
}

/* A turn of these blocks in place of what was read. */
static void write_turn(enum us_role role, struct us_block *blocks, size_t n)
{
	struct us_turn turn = { .role = role, .blocks = blocks, .nblocks = n };

	assert_int_equal(read_members("'model':'m'"), 0);
	req.turns = &turn;
	req.nturns = 1;
	write_request(&plain, false);
}

static void texts_of_a_turn_are_set_apart_but_not_the_assistants(void **state)
{
	struct us_block blocks[] = {
		{ .kind = US_TEXT, .text = US_SPAN("a") },
		{ .kind = US_TEXT, .text = US_SPAN("b") },
		{ .kind = US_DOC,
		  .media = US_MEDIA_TEXT,
		  .title = US_SPAN("T"),
		  .text = US_SPAN("d") },
	};

	write_turn(US_ROLE_USER, blocks, 3);
	assert_messages("{'role':'user','content':'a\\n\\nb\\n\\n<document title=\\'T\\'>\\nd\\n"
	                "</document>'}");
	write_turn(US_ROLE_SYSTEM, blocks, 2);
	assert_messages("{'role':'system','content':'a\\n\\nb'}");
	write_turn(US_ROLE_ASSISTANT, blocks, 2);
	assert_messages("{'role':'assistant','content':'ab'}");
	assert_told(US_EXACT, NULL);
}

static void results_come_first_and_their_images_behind(void **state)
{
	struct us_block png = { .kind = US_IMAGE,
		                .mime = US_SPAN("image/png"),
		                .data = US_SPAN("iVBO") };
	struct us_block parts[] = { { .kind = US_TEXT, .text = US_SPAN("seen") }, png };
	struct us_block blocks[] = {
		{ .kind = US_TOOL_RESULT,
		  .id = US_SPAN("x"),
		  .name = US_SPAN("f"),
		  .blocks = parts,
		  .nblocks = 2,
		  .is_error = US_YES },
		{ .kind = US_TEXT, .text = US_SPAN("u") },
	};

	write_turn(US_ROLE_USER, blocks, 2);
	assert_messages("{'role':'tool','content':'[tool error] seen','tool_name':'f',"
	                "'tool_call_id':'x'},"
	                "{'role':'user','content':'[image returned by tool f]\\n\\nu',"
	                "'images':['iVBO']}");
	assert_told(US_DEGRADED, "RESULT_IMAGE_MOVED");
	assert_told(US_DEGRADED, "ERROR_FLAG_IN_TEXT");
	write_turn(US_ROLE_USER, blocks, 1);
	assert_messages("{'role':'tool','content':'[tool error] seen','tool_name':'f',"
	                "'tool_call_id':'x'},"
	                "{'role':'user','content':'[image returned by tool f]','images':['iVBO']}");
}

static void arguments_are_objects_whatever_the_model_wrote(void **state)
{
	static const struct {
		const char *args, *want;
		enum us_args kind;
		bool told;
	} rows[] = {
		{ " {'a':1} ", "{'a':1}", US_ARGS_OBJECT, false },
		{ "", "{}", US_ARGS_EMPTY, false },
		{ "[1]", "{'value':[1]}", US_ARGS_OTHER, true },
		{ "{'a", "{'INVALID_JSON':'{\\'a'}", US_ARGS_INVALID, true },
		{ "ls", "{'input':'ls'}", US_ARGS_FREEFORM, false },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_block call = { .kind = US_TOOL_CALL,
			                 .id = US_SPAN("x"),
			                 .name = US_SPAN("f"),
			                 .args = json_of(rows[i].args),
			                 .args_kind = rows[i].kind };
		char want[256];

		write_turn(US_ROLE_ASSISTANT, &call, 1);
		snprintf(want, sizeof(want),
		         "{'role':'assistant','content':'','tool_calls':[{'id':'x','function':"
		         "{'name':'f','arguments':%s}}]}",
		         rows[i].want);
		assert_messages(want);
		assert_told(rows[i].told ? US_DEGRADED : US_EXACT,
		            rows[i].told ? "ARGUMENTS_WRAPPED" : NULL);
	}
}

static void what_is_no_text_and_no_known_image_cannot_go(void **state)
{
	static const struct {
		struct us_block block;
		const char *code;
	} rows[] = {
		{ { .kind = US_IMAGE, .media = US_MEDIA_URL, .data = { "http://h/", 9 } },
		  "IMAGE_SOURCE" },
		{ { .kind = US_IMAGE, .mime = { "image/heic", 10 } }, "IMAGE_FORMAT" },
		{ { .kind = US_DOC, .mime = { "application/pdf", 15 } }, "DOCUMENT_UNSUPPORTED" },
		{ { .kind = US_AUDIO, .mime = { "wav", 3 } }, "AUDIO_UNSUPPORTED" },
		{ { .kind = US_HOSTED, .type = { "web", 3 } }, "HOSTED_BLOCK" },
		{ { .kind = US_UNKNOWN, .type = { "new", 3 } }, "UNKNOWN_BLOCK" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_block b = rows[i].block;

		write_turn(US_ROLE_USER, &b, 1);
		assert_told(US_IMPOSSIBLE, rows[i].code);
	}
}

static void a_speakers_name_is_lost(void **state)
{
	read_messages(USER);
	req.turns[0].name = US_SPAN("ann");
	write_request(&plain, false);
	assert_messages(USER);
	assert_told(US_DEGRADED, "NAME_DROPPED");
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	assert_int_equal(read_members("'format':'json'," TOOLS), 0);
	write_starving(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(what_it_says_itself_comes_back),
		T(a_stream_is_always_spoken_of),
		T(tools_are_written_with_their_schema_as_it_came),
		T(tools_that_must_not_be_called_are_not_shown),
		T(one_that_must_be_called_is_asked_for_in_words),
		T(of_those_allowed_the_others_are_not_shown),
		T(what_tools_cannot_be_told_is_said),
		T(the_format_is_held_to_by_the_server),
		T(json_is_asked_for_where_nobody_speaks_of_it),
		T(thinking_is_switched_where_the_model_has_a_switch),
		T(levels_are_those_that_all_versions_take),
		T(a_model_without_thoughts_is_only_told_not_to_have_any),
		T(a_short_answer_leaves_no_room_for_thoughts),
		T(what_nobody_can_do_here_is_told),
		T(messages_come_back_as_they_were),
		T(texts_of_a_turn_are_set_apart_but_not_the_assistants),
		T(results_come_first_and_their_images_behind),
		T(arguments_are_objects_whatever_the_model_wrote),
		T(what_is_no_text_and_no_known_image_cannot_go),
		T(a_speakers_name_is_lost),
		T(no_failed_allocation_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

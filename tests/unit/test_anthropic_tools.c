/* test_anthropic_tools.c - tools and schemas of Anthropic's requests, written */
#include "anthropic_writing.h"

/* The tools member that these tools become. */
static void assert_tools(const char *in, const char *want)
{
	char members[2048];

	snprintf(members, sizeof(members), "'max_tokens':9,'tools':%s", in);
	read_and_write(members, &model_manual);
	assert_member("tools", want);
}

static void a_schema_is_spliced_to_the_byte(void **state)
{
	static const char tool[] = "[{'name':'f','description':'d','input_schema':{ 'type' : "
				   "'object', 'properties':{'n':{'maximum':1e400, 'type':'number'}"
				   "}, 'type' : 'object', '$schema':'x' }}]";

	assert_tools(tool, tool);
	assert_int_equal(told.n, 0);
}

static void a_schema_always_names_its_type(void **state)
{
	assert_tools("[{'name':'f'}]", "[{'name':'f','input_schema':{'type':'object'}}]");
	assert_tools("[{'name':'f','input_schema':null}]",
	             "[{'name':'f','input_schema':{'type':'object'}}]");
	assert_tools("[{'name':'f','input_schema':{}}]",
	             "[{'name':'f','input_schema':{'type':'object'}}]");
	assert_tools("[{'name':'f','input_schema':{'properties' : {'a':{ }}, 'type':null}}]",
	             "[{'name':'f','input_schema':{'type':'object','properties':{'a':{ }}}}]");
	assert_int_equal(told.n, 0);
}

static void combinators_at_the_top_are_said_in_words(void **state)
{
	assert_tools(
		"[{'name':'f','description':'D','input_schema':{'type':'object','oneOf':[1, 2],"
		"'properties':{'anyOf':{}},'allOf':[]}}]",
		"[{'name':'f','description':'D\\n\\nThe input must also satisfy this JSON "
		"Schema: {\\'oneOf\\':[1, 2],\\'allOf\\':[]}','input_schema':{'type':'object',"
		"'properties':{'anyOf':{}}}}]");
	assert_told(US_DEGRADED, "SCHEMA_IN_WORDS");
}

static void a_schema_of_no_object_cannot_be_sent(void **state)
{
	static const char *const schemas[] = { "{'type':'string'}", "{'type':['object','null']}",
		                               "true", "[]" };
	char members[256];

	for (size_t i = 0; i < US_COUNT(schemas); i++) {
		snprintf(members, sizeof(members), "'tools':[{'name':'f','input_schema':%s}]",
		         schemas[i]);
		read_and_write(members, &model_manual);
		assert_told(US_IMPOSSIBLE, "SCHEMA_NOT_OBJECT");
	}
}

static void a_free_form_tool_takes_its_input_as_a_member(void **state)
{
	struct us_tool tool = { .kind = US_TOOL_CUSTOM,
		                .name = US_SPAN("sh"),
		                .grammar = US_SPAN("{}") };

	assert_int_equal(read_members("'max_tokens':9"), 0);
	req.tools = &tool;
	req.ntools = 1;
	write_for(&model_manual);
	assert_member("tools",
	              "[{'name':'sh','input_schema':{'type':'object','properties':{'input':"
	              "{'type':'string'}},'required':['input']}}]");
	assert_told(US_DEGRADED, "CUSTOM_TOOL_WRAPPED");
	assert_told(US_DEGRADED, "GRAMMAR_DROPPED");
}

static void a_hosted_tool_cannot_be_sent(void **state)
{
	read_and_write("'tools':[{'type':'web_search_20250305','name':'web_search'}]",
	               &model_manual);
	assert_told(US_IMPOSSIBLE, "HOSTED_TOOL");
}

static void strict_is_kept_where_it_can_be_held(void **state)
{
	static const char closed[] = "'tools':[{'name':'f','strict':true,'input_schema':{'type':"
				     "'object','additionalProperties':false}}]";

	read_and_write(closed, &model_manual);
	assert_member("tools", "[{'name':'f','input_schema':{'type':'object',"
	                       "'additionalProperties':false},'strict':true}]");
	read_and_write(closed, &model_old);
	assert_told(US_DEGRADED, "STRICT_DROPPED");
	assert_tools("[{'name':'f','strict':true,'input_schema':{'type':'object'}}]",
	             "[{'name':'f','input_schema':{'type':'object'}}]");
	assert_told(US_DEGRADED, "STRICT_DROPPED");
	/* It will be called an object, and is not closed. */
	assert_tools("[{'name':'f','strict':true,'input_schema':{}}]",
	             "[{'name':'f','input_schema':{'type':'object'}}]");
	assert_told(US_DEGRADED, "STRICT_DROPPED");
	assert_tools("[{'name':'f','strict':false,'input_schema':{'type':'object'}}]",
	             "[{'name':'f','input_schema':{'type':'object'}}]");
	assert_int_equal(told.n, 0);
}

#define CLOSED "'additionalProperties':false"

static const char *const schemas_that_fit[] = {
	/* Names of properties are no keywords. */
	"{'type':'object','properties':{'minimum':{'type':'string'}}," CLOSED "}",
	"{'type':['string','null'],'description':'d','title':'t','default':{'a':1}}",
	"{'type':'object','required':[]," CLOSED "}",
	"{'type':'array','items':{'type':'integer'},'minItems':1}",
	"{'anyOf':[{'type':'null'},{'const':'a'},{'enum':['a',1,null]}]}",
	"{'type':'string','format':'date-time'}",
	"{'$schema':'https://json-schema.org/draft/2020-12/schema','type':'string'}",
	"{'$defs':{'a':{'type':'string'},'b':{'$ref':'#/$defs/a'}},'allOf':[{'$ref':'#/$defs/b'}]}",
	"{'definitions':{'a':{'type':'null'}},'$ref':'#/definitions/a'}",
};

static const char *const schemas_that_do_not[] = {
	"{'type':'object'}",
	"{'type':'object','additionalProperties':true}",
	"{'properties':{}}",
	"{'type':'object','properties':{'a':{'type':'string','minLength':1}}," CLOSED "}",
	"{'type':'integer','maximum':5}",
	"{'type':'array','items':{'type':'string','pattern':'x'}}",
	"{'type':'array','minItems':2}",
	"{'type':'array','items':true}",
	"{'type':'string','format':'color'}",
	"{'oneOf':[]}",
	"{'anyOf':[{'not':{}}]}",
	"{'anyOf':{}}",
	"{'enum':[[1]]}",
	"{'const':{}}",
	"{'const':[]}",
	"{'$defs':{'a':{'type':'string'}},'$ref':'/$defs/a'}",
	"{'type':'array','items':{'$schema':'x'}}",
	"{'$ref':'https://example.org/x'}",
	"{'$ref':'#/$defs/missing'}",
	"{'$ref':'#'}",
	"{'$defs':{'a':{'type':'array','items':{'$ref':'#/$defs/a'}}},'type':'string'}",
	"[]",
};

static bool fits(const char *schema)
{
	char members[1024];

	snprintf(members, sizeof(members),
	         "'output_config':{'format':{'type':'json_schema','schema':%s}}", schema);
	read_and_write(members, &model_manual);
	return !was_told(US_DEGRADED, "FORMAT_BEST_EFFORT");
}

static void an_answer_is_only_held_to_schemas_anthropic_takes(void **state)
{
	for (size_t i = 0; i < US_COUNT(schemas_that_fit); i++)
		if (!fits(schemas_that_fit[i]))
			fail_msg("should fit: %s", schemas_that_fit[i]);
	for (size_t i = 0; i < US_COUNT(schemas_that_do_not); i++)
		if (fits(schemas_that_do_not[i]))
			fail_msg("should not fit: %s", schemas_that_do_not[i]);
}

/* Each definition names the next one twice: unfolded, 2^30 schemas. */
static void a_schema_that_unfolds_without_end_is_given_up(void **state)
{
	char json[4096] = "{'type':'string','$defs':{", *p = json + strlen(json);

	for (int i = 0; i < 30; i++)
		p += snprintf(p, 80,
		              "'d%d':{'anyOf':[{'$ref':'#/$defs/d%d'},{'$ref':'#/$defs/d%d'}]},", i,
		              i + 1, i + 1);
	snprintf(p, 64, "'d30':{'type':'string'}}}");
	snprintf(source, sizeof(source), "%s", json);
	snprintf(json, sizeof(json),
	         "{'output_format':{'type':'json_schema','schema':%.3000s},"
	         "'messages':[]}",
	         source);
	assert_int_equal(read_request(json), 0);
	write_for(&model_manual);
	assert_told(US_DEGRADED, "FORMAT_BEST_EFFORT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schema_is_spliced_to_the_byte),
		cmocka_unit_test(a_schema_always_names_its_type),
		cmocka_unit_test(combinators_at_the_top_are_said_in_words),
		cmocka_unit_test(a_schema_of_no_object_cannot_be_sent),
		cmocka_unit_test(a_free_form_tool_takes_its_input_as_a_member),
		cmocka_unit_test(a_hosted_tool_cannot_be_sent),
		cmocka_unit_test(strict_is_kept_where_it_can_be_held),
		cmocka_unit_test(an_answer_is_only_held_to_schemas_anthropic_takes),
		cmocka_unit_test(a_schema_that_unfolds_without_end_is_given_up),
	};

	return cmocka_run_group_tests(tests, setup, finish);
}

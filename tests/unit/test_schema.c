/* test_schema.c - what has to be known of a JSON Schema to pass it on */
#include "wire/schema.h"

#include "base/mem.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_buf out;

static int setup(void **state)
{
	us_buf_init(&out, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	us_mem_fail_at(0);
	us_buf_fini(&out);
	return 0;
}

/* JSON is written with ' for ". */
static struct us_span json_of(const char *quoted, char json[1024])
{
	return unquote(quoted, json, 1024);
}

static void a_schema_gets_what_it_lacks_and_keeps_its_bytes(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "{ 'type':'object', 'properties':{'a':{'maximum':1e400}}}",
		  "{ 'type':'object', 'properties':{'a':{'maximum':1e400}}}" },
		{ "{'type':'object'}", "{'properties':{},'type':'object'}" },
		{ "{ 'properties':{'type':{}}}", "{'type':'object', 'properties':{'type':{}}}" },
		{ "{'$ref':'#/$defs/x'}", "{'type':'object','properties':{},'$ref':'#/$defs/x'}" },
		{ "{}", "{'type':'object','properties':{}}" },
		{ "true", "{'type':'object','properties':{}}" },
		{ "[{}]", "{'type':'object','properties':{}}" },
	};
	char in[1024], want[1024];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_print p = us_print(&out);

		us_buf_clear(&out);
		us_schema_print(&p, json_of(rows[i].in, in));
		assert_true(p.comma);
		json_of(rows[i].out, want);
		assert_string_equal(us_buf_cstr(&out), want);
	}
}

static void a_schema_that_is_not_there_is_that_of_no_parameters(void **state)
{
	struct us_print p = us_print(&out);

	us_schema_print(&p, us_span(NULL, 0));
	assert_string_equal(us_buf_cstr(&out), "{\"type\":\"object\",\"properties\":{}}");
}

#define CLOSED "'additionalProperties':false"

static void the_strict_subset_is_known(void **state)
{
	static const struct {
		const char *schema;
		bool strict;
	} rows[] = {
		{ "{'type':'object','properties':{}," CLOSED "}", true },
		{ "{'type':'object','properties':{'a':{'type':'string'}},'required':['a']," CLOSED
		  "}",
		  true },
		{ "{'type':'object','properties':{'a':{}},'required':['b','a']," CLOSED "}", true },
		{ "{'type':'object','properties':{'a':{},'b':{}},'required':['a']," CLOSED "}",
		  false },
		{ "{'type':'object','properties':{'a':{}}," CLOSED "}", false },
		{ "{'type':'object','properties':{}}", false },
		{ "{'type':'object','properties':{},'additionalProperties':true}", false },
		{ "{'type':'object','properties':{'a':{'type':'object'}},'required':['a']," CLOSED
		  "}",
		  false },
		{ "{'type':'object','properties':{'a':{'type':'array','items':{'type':'object',"
		  "'properties':{'b':{}}," CLOSED "}}},'required':['a']," CLOSED "}",
		  false },
		{ "{'type':'object','properties':{'a':{'anyOf':[{'type':'null'},{'type':'object',"
		  "'properties':{}," CLOSED "}]}},'required':['a']," CLOSED "}",
		  true },
		{ "{'type':'object','properties':{'a':{'anyOf':[{'type':'object'}]}},'required':['"
		  "a']," CLOSED "}",
		  false },
		{ "{'type':'object','properties':{},'$defs':{'x':{'type':'object'}}," CLOSED "}",
		  false },
		{ "{'type':'object','properties':{},'allOf':[]," CLOSED "}", false },
		{ "{'type':'object','properties':{'a':{'not':{}}},'required':['a']," CLOSED "}",
		  false },
		/* Names of properties are no keywords. */
		{ "{'type':'object','properties':{'allOf':{'type':'string'},'items':{'type':'"
		  "string'}},"
		  "'required':['allOf','items']," CLOSED "}",
		  true },
		{ "{'type':'object','properties':{'a':true},'required':['a']," CLOSED "}", false },
		{ "{'type':'array','items':{}}", false },
		{ "true", false },
		{ "{", false },
	};
	char json[1024];

	for (size_t i = 0; i < US_COUNT(rows); i++)
		if (us_schema_is_strict(json_of(rows[i].schema, json)) != rows[i].strict)
			fail_msg("strict? %s", rows[i].schema);
}

static void the_root_is_of_objects_or_not(void **state)
{
	char json[1024];

	assert_true(us_schema_is_object(json_of("{'type':'object'}", json)));
	assert_false(us_schema_is_object(json_of("{'type':'array'}", json)));
	assert_false(us_schema_is_object(json_of("{'properties':{}}", json)));
	assert_false(us_schema_is_object(us_span(NULL, 0)));
}

static void want_of_memory_is_told_by_the_buffer(void **state)
{
	struct us_print p = us_print(&out);
	char json[1024];

	us_mem_fail_at(1);
	us_schema_print(&p, json_of("{'type':'object'}", json));
	assert_int_equal(out.err, US_ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_schema_gets_what_it_lacks_and_keeps_its_bytes),
		T(a_schema_that_is_not_there_is_that_of_no_parameters),
		T(the_strict_subset_is_known),
		T(the_root_is_of_objects_or_not),
		T(want_of_memory_is_told_by_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

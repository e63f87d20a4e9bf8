/* test_replay.c - which requests have answers that may be given again */
#include "wire/replay.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void expect(bool may, const char *const *bodies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (us_replayable(us_span_of(bodies[i])) != may)
			fail_msg("%s", bodies[i]);
}

static void what_only_says_something_may(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"model\":\"gpt-4o\",\"messages\":[],\"store\":true,\"temperature\":1}",
		"{\"input\":\"x\",\"previous_response_id\":\"resp_1\",\"background\":false,"
		"\"conversation\":null}",
		"{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"mcp\"}}]}",
		"{\"tools\":[{\"name\":\"run\",\"input_schema\":{\"type\":\"object\","
		"\"properties\":{"
		"\"container\":{\"type\":\"mcp\"}}}},{\"type\":\"bash_20250124\",\"name\":\"bash\"}"
		"]}",
		"{\"tools\":[{\"type\":\"web_search_20250305\"},{\"type\":\"local_shell\"}]}",
		"{\"tools\":[{\"googleSearch\":{}},{\"functionDeclarations\":[{\"name\":"
		"\"mcpServers\"}]}]}",
		"{\"tools\":\"none\"}",
	};

	expect(true, bodies, US_COUNT(bodies));
}

static void what_does_something_or_names_what_will_be_gone_may_not(void **state)
{
	static const char *const bodies[] = {
		"{\"input\":\"x\",\"conversation\":\"conv_1\"}",
		"{\"input\":\"x\",\"conversation\":{\"id\":\"conv_1\"}}",
		"{\"input\":\"x\",\"background\":true}",
		"{\"messages\":[],\"container\":\"container_1\"}",
		"{\"messages\":[],\"mcp_servers\":[{\"type\":\"url\"}]}",
		"{\"tools\":[{\"type\":\"function\"},{\"type\":\"mcp\",\"server_url\":\"u\"}]}",
		"{\"tools\":[{\"type\":\"mcp_toolset\"}]}",
		"{\"tools\":[{\"type\":\"m\\u0063p\"}]}",
		"{\"tools\":[{\"type\":\"code_interpreter\"}]}",
		"{\"tools\":[{\"type\":\"code_execution_20250825\",\"name\":\"code_execution\"}]}",
		"{\"tools\":[{\"type\":\"shell\"}]}",
		"{\"tools\":[{\"mcpServers\":[{}]}]}",
	};

	expect(false, bodies, US_COUNT(bodies));
}

static void what_cannot_be_read_may_not(void **state)
{
	static const char *const bodies[] = { "", "[]", "\"x\"", "{\"a\":1", "{\"tools\":[{}]} x" };

	expect(false, bodies, US_COUNT(bodies));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_only_says_something_may),
		cmocka_unit_test(what_does_something_or_names_what_will_be_gone_may_not),
		cmocka_unit_test(what_cannot_be_read_may_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_models.c - what a model can do, by its name */
#include "wire/models.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct us_model *find(const char *dialect, const char *name)
{
	const struct us_model *m = us_model_find(dialect, us_span_of(name));

	if (!m)
		fail_msg("no row for %s", name);
	return m;
}

static const struct {
	const char *dialect, *name, *pattern;
} families[] = {
	{ "openai", "o3", "o[0-9]*" },
	{ "openai", "o4-mini-2025-04-16", "o[0-9]*" },
	{ "openai", "gpt-5", "gpt-5*" },
	{ "openai", "GPT-5.2-2025-12-11", "gpt-5*" },
	{ "openai", "gpt-5-chat-latest", "gpt-5*-chat*" },
	{ "openai", "gpt-5.2-chat-latest", "gpt-5*-chat*" },
	{ "openai", "gpt-4o", "gpt-4o*" },
	{ "openai", "gpt-4o-mini", "gpt-4o*" },
	{ "openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13*" },
	{ "openai", "gpt-4.1-nano", "gpt-4.1*" },
	{ "openai", "gpt-4", "gpt-4*" },
	{ "openai", "gpt-4-0125-preview", "gpt-4-*preview*" },
	{ "openai", "gpt-4-turbo-2024-04-09", "gpt-4-turbo*" },
	{ "openai", "gpt-3.5-turbo", "gpt-3.5*" },
	{ "openai", "ft:gpt-4o-mini:org::id", "gpt-4o*" },
	{ "openai", "openai/o3-mini", "o[0-9]*" },
	{ "openai", "openai/gpt-oss-120b", "gpt-oss*" },
	{ "openai", "accounts/fireworks/models/llama-v3p1-8b", "*" },
	{ "openai", "olmo-2-32b", "*" },
	{ "openai", "", "*" },
	{ "anthropic", "claude-3-opus-20240229", "*claude-3-[hos]*" },
	{ "anthropic", "claude-3-haiku-20240307", "*claude-3-[hos]*" },
	{ "anthropic", "claude-3-5-sonnet-latest", "*claude-3-5*" },
	{ "anthropic", "us.anthropic.claude-3-7-sonnet-20250219-v1:0", "*claude-3-7*" },
	{ "anthropic", "claude-sonnet-4-20250514", "*claude-sonnet-4*" },
	{ "anthropic", "claude-opus-4-1-20250805", "*claude-opus-4*" },
	{ "anthropic", "claude-opus-4@20250514", "*claude-opus-4*" },
	{ "anthropic", "claude-sonnet-4-5", "*claude-sonnet-4-5*" },
	{ "anthropic", "claude-haiku-4-5-20251001", "*claude-haiku-4*" },
	{ "anthropic", "claude-opus-4-5", "*claude-opus-4-5*" },
	{ "anthropic", "claude-opus-4-6", "*claude-opus-4-6*" },
	{ "anthropic", "claude-opus-4-7", "*claude-opus-4-7*" },
	{ "anthropic", "claude-opus-4-8", "*claude-opus-4-[89]*" },
	{ "anthropic", "anthropic/claude-opus-5-5", "*claude-opus-[5-9]*" },
	{ "anthropic", "claude-sonnet-5", "*claude-*" },
	{ "anthropic", "claude-haiku-5-5", "*claude-*" },
	{ "anthropic", "claude-fable-5", "*claude-fable-*" },
	{ "anthropic", "claude-mythos-5", "*claude-mythos-*" },
	{ "anthropic", "kimi-k2", "*" },
	{ "ollama", "gpt-oss:20b", "gpt-oss*" },
	{ "ollama", "deepseek-r1:8b", "deepseek-r1*" },
	{ "ollama", "qwen3-coder:30b", "qwen3-coder*" },
	{ "ollama", "qwen3:latest", "qwen3*" },
	{ "ollama", "llama3.2", "*" },
};

static void every_family_has_its_row(void **state)
{
	for (size_t i = 0; i < US_COUNT(families); i++) {
		const struct us_model *m = find(families[i].dialect, families[i].name);

		if (strcmp(m->pattern, families[i].pattern) != 0)
			fail_msg("%s fits %s", families[i].name, m->pattern);
		assert_string_equal(m->dialect, families[i].dialect);
	}
}

static void what_the_families_differ_in_is_right(void **state)
{
	assert_int_equal(find("openai", "o3")->sampling, US_SAMPLING_NONE);
	assert_int_equal(find("openai", "o3")->thinking, US_THINKING_EFFORT);
	assert_false(find("openai", "o3")->stop);
	assert_int_equal(find("openai", "gpt-4o")->sampling, US_SAMPLING_ALL);
	assert_int_equal(find("openai", "gpt-4o")->max_out, 16384);
	assert_int_equal(find("openai", "llama")->max_out, 0);
	assert_int_equal(find("anthropic", "claude-3-opus-20240229")->max_out, 4096);
	assert_int_equal(find("anthropic", "claude-3-7-sonnet")->thinking, US_THINKING_BUDGET);
	assert_int_equal(find("anthropic", "claude-sonnet-4-5")->sampling, US_SAMPLING_ONE);
	assert_true(find("anthropic", "claude-sonnet-4-5")->prefill);
	assert_true(find("anthropic", "claude-sonnet-4-5")->json_schema);
	assert_false(find("anthropic", "claude-opus-4-1")->json_schema);
	assert_false(find("anthropic", "claude-sonnet-4-6")->prefill);
	assert_int_equal(find("anthropic", "claude-opus-4-7")->sampling, US_SAMPLING_NONE);
	assert_false(find("anthropic", "claude-opus-4-7")->system_turn);
	assert_true(find("anthropic", "claude-opus-4-8")->system_turn);
	assert_int_equal(find("anthropic", "claude-fable-5")->thinking, US_THINKING_ALWAYS);
	assert_int_equal(find("ollama", "gpt-oss:20b")->thinking, US_THINKING_EFFORT);
	assert_int_equal(find("ollama", "qwen3:8b")->thinking, US_THINKING_SWITCH);
	assert_int_equal(find("ollama", "qwen3-coder")->thinking, US_THINKING_NONE);
	assert_int_equal(find("ollama", "llama3.2")->thinking, US_THINKING_NONE);
}

static void an_unheard_of_dialect_has_no_models(void **state)
{
	assert_null(us_model_find("klingon", US_SPAN("gpt-5")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_family_has_its_row),
		cmocka_unit_test(what_the_families_differ_in_is_right),
		cmocka_unit_test(an_unheard_of_dialect_has_no_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

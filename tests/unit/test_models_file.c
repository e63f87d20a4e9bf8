/* test_models_file.c - the user's own rows about models, and who stands in for whom */
#include "wire/models_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct us_models_file file;
static struct us_buf told;

static void tell(void *self, unsigned line, const char *words)
{
	us_buf_addf(&told, "%u: %s\n", line, words);
}

static int setup(void **state)
{
	us_buf_init(&told, 10000);
	return 0;
}

static int teardown(void **state)
{
	us_models_use(NULL);
	us_models_file_fini(&file);
	us_buf_fini(&told);
	return 0;
}

static bool read_rows(const char *text)
{
	static const struct us_models_wrong wrong = { tell, NULL };
	bool ok = us_models_read(&file, us_span_of(text), &wrong);

	if (ok)
		us_models_use(&file.rows);
	return ok;
}

static const char *counterpart(const char *provider, const char *dialect, const char *name)
{
	return us_model_counterpart(us_span_of(provider), us_model_tier(dialect, us_span_of(name)));
}

static void each_class_has_its_counterpart(void **state)
{
	assert_string_equal(counterpart("anthropic", "openai", "gpt-4o-mini"), "claude-haiku-4-5");
	assert_string_equal(counterpart("anthropic", "openai", "gpt-4o"), "claude-sonnet-4-5");
	assert_string_equal(counterpart("anthropic", "openai", "openai/gpt-5"), "claude-opus-4-5");
	assert_string_equal(counterpart("anthropic", "openai", "gpt-5-mini"), "claude-haiku-4-5");
	assert_string_equal(counterpart("openai", "anthropic", "claude-opus-4-5"), "gpt-5");
	assert_string_equal(counterpart("openai", "anthropic", "claude-3-5-haiku-latest"),
	                    "gpt-4.1-mini");
	assert_string_equal(counterpart("openai", "gemini", "gemini-2.5-pro"), "gpt-5");
	assert_string_equal(counterpart("gemini", "anthropic", "claude-haiku-4-5"),
	                    "gemini-2.5-flash");
	assert_string_equal(counterpart("anthropic", "openai", "llama-3-8b"), "");
	assert_string_equal(counterpart("local", "openai", "gpt-4o"), "");
}

static void rows_of_the_user_come_before_the_others(void **state)
{
	const struct us_model *m;

	assert_true(read_rows(
		"{ // ours\n\"models\":[{\"dialect\":\"openai\",\"pattern\":\"gpt-5*\","
		"\"max_out\":7,\"window\":9,\"sampling\":\"all\",\"thinking\":\"none\","
		"\"prefill\":true,\"json_schema\":false,\"system_turn\":false,\"stop\":true}],\n"
		"\"tiers\":[{\"dialect\":\"openai\",\"pattern\":\"gpt-4o\",\"tier\":\"large\"}],"
		"/* and */\"counterparts\":{\"local\":{\"small\":\"a/*b\",\"large\":\"c//d\"},"
		"\"anthropic\":{\"large\":\"claude-opus-5-5\"}}}"));
	assert_int_equal(told.n, 0);
	m = us_model_find("openai", US_SPAN("gpt-5.2"));
	assert_int_equal(m->max_out, 7);
	assert_int_equal(m->window, 9);
	assert_int_equal(m->sampling, US_SAMPLING_ALL);
	assert_int_equal(m->thinking, US_THINKING_NONE);
	assert_true(m->prefill && !m->json_schema && !m->system_turn && m->stop);
	assert_int_equal(us_model_find("openai", US_SPAN("gpt-4o"))->max_out, 16384);
	assert_string_equal(counterpart("anthropic", "openai", "gpt-4o"), "claude-opus-5-5");
	assert_string_equal(counterpart("anthropic", "openai", "gpt-4.1"), "claude-sonnet-4-5");
	assert_string_equal(counterpart("local", "openai", "gpt-4o-mini"), "a/*b");
	assert_string_equal(counterpart("local", "openai", "gpt-4.1"), "");
	assert_string_equal(counterpart("local", "openai", "gpt-5"), "c//d");
}

static void what_a_row_does_not_say_is_as_of_a_model_nobody_knows(void **state)
{
	const struct us_model *m;

	assert_true(read_rows("{\"models\":[{\"dialect\":\"anthropic\",\"pattern\":\"my-*\"}]}"));
	m = us_model_find("anthropic", US_SPAN("my-own"));
	assert_int_equal(m->max_out, 0);
	assert_int_equal(m->sampling, us_model_find("anthropic", US_SPAN("other"))->sampling);
	assert_int_equal(m->stop, us_model_find("anthropic", US_SPAN("other"))->stop);
}

static void what_is_wrong_is_told_with_its_place_and_the_default_holds(void **state)
{
	assert_true(read_rows("{\n\"models\": [\n"
	                      "{\"dialect\":\"openai\",\"pattern\":\"m1\",\"max_out\":\"many\",\n"
	                      " \"thinking\":\"hard\",\"prefill\":1,\"size\":3},\n"
	                      "{\"dialect\":\"klingon\",\"pattern\":\"m2\"},\n"
	                      "{\"dialect\":\"openai\"}, 7 ],\n"
	                      "\"tiers\":[{\"dialect\":\"openai\",\"pattern\":\"m1\",\"tier\":"
	                      "\"huge\"}],\n"
	                      "\"counterparts\":{\"a\":3,\"b\":{\"small\":4}},\n"
	                      "\"other\":1}"));
	assert_string_equal(
		us_buf_cstr(&told),
		"9: there is a member that is neither models, tiers nor counterparts\n"
		"3: models[0].max_out is \"many\", which is no whole number; the default holds\n"
		"4: models[0].thinking is \"hard\", which is none of its words; the default "
		"holds\n"
		"4: models[0].prefill is 1, which is neither true nor false; the default holds\n"
		"4: models[0] is \"size\", a member that is not known\n"
		"5: models[1].dialect is \"klingon\", which is no language with models of its "
		"own; the row is skipped\n"
		"1: models[2].pattern is missing, which is no text; the row is skipped\n"
		"6: models[3] is 7, which is no row\n"
		"7: tiers[0].tier is \"huge\", which is not small, middle or large; the row is "
		"skipped\n"
		"8: counterparts[0] is 3, which names no models\n"
		"8: counterparts[1].small is 4, which is no model's name\n");
	assert_int_equal(file.rows.nmodels, 1);
	assert_int_equal(us_model_find("openai", US_SPAN("m1"))->max_out, 0);
	assert_int_equal(file.rows.ntiers, 0);
}

static void what_is_no_such_file_changes_nothing(void **state)
{
	static const char *const texts[] = { "", "[]", "7", "{\"models\":[}", "{\"a\":1" };

	for (size_t i = 0; i < US_COUNT(texts); i++) {
		us_buf_clear(&told);
		assert_false(read_rows(texts[i]));
		assert_true(us_span_ends(us_buf_span(&told), "this is no JSON object\n"));
		us_models_file_fini(&file);
	}
	assert_string_equal(us_model_find("openai", US_SPAN("gpt-5"))->pattern, "gpt-5*");
}

static void a_value_cannot_forge_a_line(void **state)
{
	assert_true(
		read_rows("{\"models\":[{\"dialect\":\"openai\",\"pattern\":\"p\",\"window\":[\n"
	                  "1]}]}"));
	assert_string_equal(us_buf_cstr(&told),
	                    "1: models[0].window is [?1], which is no whole number; the default "
	                    "holds\n");
}

/* All that is built in comes back as it went out. */
static void what_is_printed_is_read_again(void **state)
{
	const struct us_models *lists[] = { &us_models_built_in };
	struct us_buf once, twice;

	us_buf_init(&once, 1000000);
	us_buf_init(&twice, 1000000);
	assert_int_equal(us_models_print(lists, 1, &once), 0);
	assert_true(read_rows(us_buf_cstr(&once)));
	assert_int_equal(told.n, 0);
	assert_int_equal(file.rows.nmodels, us_models_built_in.nmodels);
	for (size_t i = 0; i < file.rows.nmodels; i++) {
		const struct us_model *a = &file.rows.models[i], *b = &us_models_built_in.models[i];

		assert_string_equal(a->pattern, b->pattern);
		assert_int_equal(a->thinking, b->thinking);
		assert_int_equal(a->window, b->window);
		assert_int_equal(a->stop, b->stop);
	}
	lists[0] = &file.rows;
	assert_int_equal(us_models_print(lists, 1, &twice), 0);
	assert_string_equal(us_buf_cstr(&once), us_buf_cstr(&twice));
	us_buf_fini(&once);
	us_buf_fini(&twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(each_class_has_its_counterpart),
		T(rows_of_the_user_come_before_the_others),
		T(what_a_row_does_not_say_is_as_of_a_model_nobody_knows),
		T(what_is_wrong_is_told_with_its_place_and_the_default_holds),
		T(what_is_no_such_file_changes_nothing),
		T(a_value_cannot_forge_a_line),
		T(what_is_printed_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

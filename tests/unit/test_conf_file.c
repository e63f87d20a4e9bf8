/* test_conf_file.c - the config file */
#include "conf_world.c"

#include "base/mem.h"

#include <sys/stat.h>

static void the_file_sets_what_the_environment_leaves(void **state)
{
	struct world *w = *state;

	load(w,
	     "// ours\n{ \"attempts\": 5, \"first_token\": 1.5, \"off\": true, /* \"log\": 1 */\n"
	     "\"breaker\": \"7/1m\", \"body_max\": 4096, \"state\": \"/a\",\n"
	     "\"fallbacks\": \"anthropic, gpu:m:1@http://gpu/v1\" }",
	     "UNDERSTUDY_ATTEMPTS", "7", "UNDERSTUDY_STATE", "/b", NULL);
	assert_int_equal(w->nsaid, 0);
	assert_int_equal(w->c.attempts, 7);
	assert_int_equal(w->c.first_token, 1500);
	assert_true(w->c.off);
	assert_int_equal(w->c.breaker.count, 7);
	assert_int_equal(w->c.body_max, 4096);
	assert_string_equal(w->c.state, "/b");
	assert_shown(&w->c, "UNDERSTUDY_FALLBACKS",
	             "anthropic:claude-sonnet-4-5,gpu:m:1@http://gpu/v1");
}

static void every_setting_may_stand_in_the_file_by_its_name_in_lower_case(void **state)
{
	struct world *w = *state;
	char name[32], text[256];

	for (size_t i = 0; i < us_option_count; i++) {
		strcpy(name, us_options[i].env + strlen(US_ENV_PREFIX));
		for (char *p = name; *p; p++)
			*p = (char)(*p == '_' ? '_' : *p - 'A' + 'a');
		snprintf(text, sizeof(text), "{ \"%s\": \"%s\" }", name, us_options[i].def);
		load(w, text, NULL);
		if (i == option("UNDERSTUDY_CONFIG"))
			assert_says(w->said[0], "the environment that names the file");
		else if (w->nsaid)
			fail_msg("%s: %s", text, w->said[0]);
	}
}

static void lists_in_the_file_may_be_arrays(void **state)
{
	struct world *w = *state;

	load(w,
	     "{ \"fallbacks\": [ \"anthropic\", { \"provider\": \"local\", \"model\": \"a,b\",\n"
	     "\"base_url\": \"http://h/v1\" }, 7, { \"model\": \"x\" }, { \"provider\": \"no\" },\n"
	     "{ \"provider\": \"openai\", \"modell\": \"x\" } ],\n"
	     "\"routes\": [ \"a=off\", {}, \"b=openai\" ] }",
	     NULL);
	assert_int_equal(w->c.fallbacks.n, 3);
	assert_target(&w->c.fallbacks.list[1], "local|a,b|http://h/v1|");
	assert_int_equal(w->c.routes.n, 2);
	assert_int_equal(w->nsaid, 5);
	assert_says(w->said[0], ":1: \"fallbacks\" has an entry that is skipped: it is not a str");
	assert_says(w->said[1], "it has no \"provider\"");
	assert_says(w->said[2], "\"no\" is skipped");
	assert_says(w->said[3], "\"modell\" of \"fallbacks\" is ignored");
	assert_says(w->said[3], "the nearest is \"model\"");
	assert_says(w->said[4], ":4: \"routes\" has an entry that is skipped");
}

static void providers_of_the_file_are_known_by_name(void **state)
{
	struct world *w = *state;

	load(w,
	     "{ \"providers\": { \"gpu\": { \"base_url\": \"http://gpu:1/v1/\", \"key_env\": "
	     "\"\",\n"
	     "  \"model\": \"llama\" },\n"
	     "  \"claude-gw\": { \"dialect\": \"anthropic\", \"base_url\": \"http://gw\" },\n"
	     "  \"openai\": { \"model\": \"gpt-x\", \"key_env\": \"MY_KEY\" } },\n"
	     "  \"fallbacks\": \"gpu,claude-gw:c,openai\" }",
	     "GPU_BASE_URL", "http://gpu:2/v1", NULL);
	assert_int_equal(w->nsaid, 0);
	assert_target(&w->c.fallbacks.list[0], "gpu|llama|http://gpu:2/v1|");
	assert_true(w->c.fallbacks.list[0].compatible);
	assert_target(&w->c.fallbacks.list[1], "claude-gw|c|http://gw|CLAUDE_GW_API_KEY");
	assert_false(w->c.fallbacks.list[1].compatible);
	assert_target(&w->c.fallbacks.list[2], "openai|gpt-x|https://api.openai.com/v1|MY_KEY");
	assert_false(w->c.fallbacks.list[2].compatible);
}

static void a_provider_may_have_the_ways_of_a_known_one(void **state)
{
	struct world *w = *state;

	load(w,
	     "{ \"providers\": {\n\"gpu\": { \"base_url\": \"http://gpu\", \"like\": \"vLLM\" },\n"
	     "\"box\": { \"base_url\": \"http://box\", \"like\": \"gpu\" },\n"
	     "\"bad\": { \"base_url\": \"http://bad\", \"like\": \"anthropic\" } },\n"
	     "\"fallbacks\": \"gpu,box,bad,mistral,other@http://o\" }",
	     NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], ":4: \"like\" of \"bad\": \"anthropic\" is ignored: it must be");
	assert_string_equal(w->c.fallbacks.list[0].like, "vllm");
	assert_string_equal(w->c.fallbacks.list[1].like, "vllm");
	assert_string_equal(w->c.fallbacks.list[2].like, "compatible");
	assert_string_equal(w->c.fallbacks.list[3].like, "mistral");
	assert_string_equal(w->c.fallbacks.list[4].like, "compatible");
}

static void a_provider_of_the_file_may_have_several_keys(void **state)
{
	struct world *w = *state;

	load(w,
	     "{ \"providers\": { \"gpu\": { \"base_url\": \"http://gpu\", \"key_env\": "
	     "[\"A\", \"B\", \"A\"] },\n"
	     "\"one\": { \"base_url\": \"http://one\", \"key_env\": [\"C\"] },\n"
	     "\"bad\": { \"base_url\": \"http://bad\", \"key_env\": [\"D\", \"sk-s3cret\"] },\n"
	     "\"none\": { \"base_url\": \"http://none\", \"key_env\": [] } },\n"
	     "\"fallbacks\": \"gpu,one,bad,none\" }",
	     NULL);
	assert_int_equal(w->nsaid, 2);
	assert_says(w->said[0], ":3: \"key_env\" of \"bad\" is ignored: keys are named by the var");
	assert_null(strstr(w->said[0], "s3cret"));
	assert_says(w->said[1], ":4: \"key_env\" of \"none\" is ignored: there is no key in it");
	assert_int_equal(w->c.fallbacks.list[0].keys.n, 2);
	assert_string_equal(us_provider_key(&w->c.fallbacks.list[0], 1), "B");
	assert_int_equal(w->c.fallbacks.list[1].keys.n, 1); /* it may take the program's place */
	assert_string_equal(us_provider_key(&w->c.fallbacks.list[2], 0), "BAD_API_KEY");
	assert_int_equal(w->c.fallbacks.list[3].keys.n, 0);
}

static void a_target_of_the_file_may_have_a_weight(void **state)
{
	struct world *w = *state;

	load(w,
	     "{ \"fallbacks\": [ { \"provider\": \"openai\", \"weight\": 3 },\n"
	     "{ \"provider\": \"anthropic\", \"weight\": 2.5 }, { \"provider\": \"openai\",\n"
	     "\"weight\": \"3\" }, \"anthropic*7\" ] }",
	     NULL);
	assert_int_equal(w->nsaid, 2);
	assert_says(w->said[0],
	            "\"weight\" of \"fallbacks\" is ignored: a weight is a whole number");
	assert_int_equal(w->c.fallbacks.n, 4);
	assert_int_equal(w->c.fallbacks.list[0].weight, 3);
	assert_int_equal(w->c.fallbacks.list[1].weight, 0);
	assert_int_equal(w->c.fallbacks.list[2].weight, 0);
	assert_int_equal(w->c.fallbacks.list[3].weight, 7);
}

static void wrong_members_of_a_provider_are_told_with_their_line(void **state)
{
	static const char *const told[] = {
		":2: \"dialect\" of \"gpu\": \"openia\" is ignored: it must be one of openai resp",
		":3: \"base_url\" of \"gpu\": \"gpu:1\" is ignored: a base URL is http",
		":4: \"compatible\" of \"gpu\" is ignored: it must be true or false",
		":5: \"key_env\" of \"gpu\" is ignored",
		":6: \"modle\" of \"gpu\" is ignored: there is no such setting; the nearest",
		":8: \"none\" of \"providers\" is ignored: a provider that is not",
		":9: \"b d\" of \"providers\" is ignored: a provider's name",
		":9: \"arr\" of \"providers\" is ignored: a provider is an object",
	};
	struct world *w = *state;

	load(w,
	     "{ \"providers\": { \"gpu\": {\n\"dialect\": \"openia\",\n\"base_url\": \"gpu:1\",\n"
	     "\"compatible\": 1,\n\"key_env\": \"sk-s3cret\",\n\"modle\": \"m\",\n"
	     "\"model\": \"m\" },\n\"none\": {},\n\"b d\": {}, \"arr\": [] } }",
	     NULL);
	assert_int_equal(w->nsaid, US_COUNT(told));
	for (size_t i = 0; i < US_COUNT(told); i++) {
		assert_says(w->said[i], told[i]);
		assert_null(strstr(w->said[i], "s3cret"));
	}
}

static void keys_in_the_file_are_refused_without_being_printed(void **state)
{
	struct world *w = *state;

	load(w,
	     "{ \"api_key\": \"sk-s3cret\",\n \"providers\": { \"gpu\": { \"key\": \"s3cret\",\n"
	     "\"base_url\": \"http://gpu\" } } }",
	     NULL);
	assert_int_equal(w->nsaid, 2);
	for (size_t i = 0; i < w->nsaid; i++) {
		assert_says(w->said[i], "key_env");
		assert_null(strstr(w->said[i], "s3cret"));
	}
	assert_string_equal(w->c.providers.list[w->c.providers.n - 1].name, "gpu");
}

static void a_setting_wrong_in_both_places_is_told_once(void **state)
{
	struct world *w = *state;

	load(w, "{ \"attempts\": \"many\" }", "UNDERSTUDY_ATTEMPTS", "lots", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "UNDERSTUDY_ATTEMPTS is \"lots\"");
	assert_int_equal(w->c.attempts, 3);

	load(w, "{ \"attempts\": 9 }", "UNDERSTUDY_ATTEMPTS", "lots", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "9 is used.");
	assert_int_equal(w->c.attempts, 9);

	load(w, "{ \"fallbacks\": \"nobody\" }", "UNDERSTUDY_FALLBACKS", "noone", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "\"noone\"");
}

static void wrong_values_of_the_file_are_told_with_path_and_line(void **state)
{
	struct world *w = *state;
	char start[128];

	load(w,
	     "{ // \"attempts\": 4\n\"log\": \"attempts\", \"x\\\"y\": { \"attempts\": 1 },\n"
	     "/* \"attempts\" :\n*/ \"attempts\": 40, \"stall\": null, \"fidelity\": 1e3,\n"
	     "\"fallback\": \"\" }",
	     NULL);
	assert_int_equal(w->nsaid, 6);
	snprintf(start, sizeof(start), "%s:4: \"attempts\" is \"40\", which is not a whole nu",
	         w->path);
	assert_says(w->said[2], start);
	assert_says(w->said[1],
	            ":5: \"fallback\" is ignored: there is no such setting; the neares");
	assert_says(w->said[1], "\"fallbacks\"");
	assert_says(w->said[3], ":4: \"stall\" is ignored: it must be a string, a number");
	assert_says(w->said[4], ":4: \"fidelity\" is \"1000\", which is not strict");
	assert_says(w->said[5], ":2: \"log\" is \"attempts\", which is not off, error");
}

static void a_file_that_cannot_be_used_is_told_once(void **state)
{
	static const char *const rows[][2] = {
		{ "", ":1 is ignored: here it is not JSON" },
		{ "{\n\"attempts\": 3,\n,}", ":3 is ignored: here it is not JSON" },
		{ "{} {}", ":1 is ignored: here it is not JSON" },
		{ "[1]", " is ignored: it is not a JSON object" },
		{ "{ \"providers\": [] }", ":1: \"providers\" is ignored: it must be an object" },
		{ "{ \"fallbacks\": 3 }",
		  ":1: \"fallbacks\" is ignored: it must be a string or an" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		load(w, rows[i][0], NULL);
		assert_int_equal(w->nsaid, 1);
		assert_int_equal(strncmp(w->said[0], w->path, strlen(w->path)), 0);
		assert_says(w->said[0], rows[i][1]);
		assert_int_equal(w->c.attempts, 3);
	}
}

static void a_file_that_is_not_one_does_not_hold_the_host_up(void **state)
{
	struct world *w = *state;
	char fifo[] = "/tmp/understudy-test-XXXXXX";

	load(w, NO_FILE, "UNDERSTUDY_CONFIG", "/nowhere/understudy.json", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_string_equal(w->said[0], "/nowhere/understudy.json is ignored: it does not exist.");

	load(w, NO_FILE, "UNDERSTUDY_CONFIG", "/tmp", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "/tmp is ignored: it is not a regular file");

	assert_non_null(mkdtemp(fifo));
	rmdir(fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	load(w, NO_FILE, "UNDERSTUDY_CONFIG", fifo, NULL);
	unlink(fifo);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "it is not a regular file");
}

static void a_file_of_more_than_a_mebibyte_is_not_read(void **state)
{
	struct world *w = *state;
	size_t n = ((size_t)1 << 20) + 1;
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, ' ', n);
	text[0] = '{';
	text[n - 1] = '}';
	load(w, NO_FILE, NULL);
	write_file(w, text, n);
	set(w, "UNDERSTUDY_CONFIG", w->path);
	load_again(w);
	free(text);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "it is larger than 1 MiB");
}

/* What comes after the arena is full keeps its default, unless it needs no memory. */
static void more_than_there_is_room_for_leaves_defaults(void **state)
{
	struct world *w = *state;
	struct us_buf text, route;

	us_buf_init(&text, (size_t)1 << 20);
	us_buf_init(&route, (size_t)1 << 20);
	us_buf_add_str(&text, "{ \"fallbacks\": [");
	for (int i = 0; i < 14; i++)
		us_buf_addf(&text, "\"openai:%070000d\",", i);
	us_buf_add_str(&text, "\"openai\"], \"log\": \"info\" }");
	us_buf_addf(&route, "a/%0120000d=off", 1);
	load(w, us_buf_cstr(&text), "UNDERSTUDY_ROUTES", us_buf_cstr(&route), "UNDERSTUDY_STATE",
	     "/s", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "Memory ran out");
	assert_int_equal(w->c.fallbacks.n, 15);
	assert_int_equal(w->c.routes.n, 0);
	assert_string_equal(w->c.state, "");
	assert_int_equal(w->c.log.level, US_LOG_INFO);
	us_buf_fini(&text);
	us_buf_fini(&route);
}

static void a_provider_may_have_a_path_and_a_key_header_of_its_own(void **state)
{
	struct world *w = *state;

	load(w,
	     "{ \"providers\": {\n"
	     "\"a\": { \"base_url\": \"http://a\", \"path\": \"/x/{model}?v=1\",\n"
	     "\"key_header\": \"api-key\" },\n"
	     "\"b\": { \"base_url\": \"http://b\", \"key_header\": \"Authorization: Key \",\n"
	     "\"idempotency_header\": \"Idempotency-Key\" },\n"
	     "\"c\": { \"base_url\": \"http://c\", \"path\": \"x\",\n"
	     "\"key_header\": \"sk secret\",\n"
	     "\"idempotency_header\": \"X: y\" } },\n"
	     "\"fallbacks\": \"a,b,c\" }",
	     NULL);
	assert_int_equal(w->c.fallbacks.n, 3);
	assert_string_equal(w->c.fallbacks.list[0].path, "/x/{model}?v=1");
	assert_string_equal(w->c.fallbacks.list[0].key_header, "api-key: ");
	assert_string_equal(w->c.fallbacks.list[1].key_header, "Authorization: Key ");
	assert_string_equal(w->c.fallbacks.list[0].idempotency_header, "");
	assert_string_equal(w->c.fallbacks.list[1].idempotency_header, "Idempotency-Key");
	assert_string_equal(w->c.fallbacks.list[2].idempotency_header, "");
	assert_string_equal(w->c.fallbacks.list[2].path, "");
	assert_string_equal(w->c.fallbacks.list[2].key_header, "");
	assert_int_equal(w->nsaid, 3);
	assert_says(w->said[0], ":6: \"path\" of \"c\": \"x\" is ignored: it must be a path");
	assert_says(w->said[2],
	            ":8: \"idempotency_header\" of \"c\": \"X: y\" is ignored: it must be");
	assert_says(w->said[1], ":7: \"key_header\" of \"c\" is ignored: it must be the name");
	assert_null(strstr(w->said[1], "secret"));
}

static void only_so_many_providers_are_known(void **state)
{
	const size_t built_in = 0
#define X(name, dialect, base, key, model, compatible) +1
#define X_OWN(name, dialect, base, key, model, compatible, path, header) +1
#include "conf/providers.def"
#undef X
#undef X_OWN
		;
	struct world *w = *state;
	struct us_buf text;
	char first[64];

	us_buf_init(&text, 65536);
	us_buf_add_str(&text, "{ \"providers\": {");
	for (int i = 0; i < 120; i++)
		us_buf_addf(&text, "%s\"p%d\":{\"base_url\":\"http://h%d/v1\"}", i ? "," : "", i,
		            i);
	us_buf_add_str(&text, "} }");
	load(w, us_buf_cstr(&text), NULL);
	us_buf_fini(&text);
	assert_int_equal(w->c.providers.n, 128);
	assert_int_equal(w->nsaid, built_in + 120 - 128);
	snprintf(first, sizeof(first), "\"p%zu\" of \"providers\" is ignored: there are too many",
	         128 - built_in);
	assert_says(w->said[0], first);
}

/* Whatever allocation fails, what needs no memory is as the user said, and the rest is usable. */
static void every_failing_allocation_leaves_a_usable_configuration(void **state)
{
	struct world *w = *state;
	struct us_buf text;
	bool starved = true;

	us_buf_init(&text, (size_t)1 << 20);
	us_buf_add_str(&text, "{ \"nope\": 1, \"fallbacks\": [\"anthropic\", { \"provider\": "
	                      "\"p99\", \"model\": \"m\" }], \"providers\": {");
	for (int i = 0; i < 100; i++)
		us_buf_addf(&text, "%s\"p%d\": { \"base_url\": \"http://h%d\" }", i ? "," : "", i,
		            i);
	us_buf_addf(&text, ", \"openai\": { \"model\": \"%050000d\" } } }", 7);
	load(w, us_buf_cstr(&text), "UNDERSTUDY_OFF", "1", "UNDERSTUDY_LOG", "info:/l",
	     "UNDERSTUDY_ROUTES", "a=off,b=off", "UNDERSTUDY_STATE", "/s", "UNDERSTUDY_CONNECT",
	     "x", "OPENAI_BASE_URL", "http://o", NULL);
	us_buf_fini(&text);
	assert_int_equal(w->nsaid, 2);
	for (unsigned long nth = 1; starved; nth++) {
		us_mem_fail_at(nth);
		load_again(w);
		us_mem_fail_at(0);
		starved = w->nsaid && strstr(w->said[w->nsaid - 1], "Memory ran out");
		assert_true(starved || nth > 6);
		assert_true(w->c.off);
		assert_int_equal(w->c.attempts, 3);
		assert_int_equal(w->c.connect, 5000);
		assert_int_equal(w->c.log.level, w->c.log.path[0] ? US_LOG_INFO : US_LOG_OFF);
		assert_true(w->nsaid > 0);
		for (size_t i = 0; i < w->c.fallbacks.n; i++)
			assert_true(w->c.fallbacks.list[i].base_url[0] != '\0');
		for (size_t i = 0; i < w->c.providers.n; i++)
			assert_true(w->c.providers.list[i].name[0] != '\0');
		if (w->c.providers.n)
			assert_true(w->c.providers.list[0].model[0] != '\0');
		for (size_t i = 0; i < w->c.routes.n; i++)
			assert_true(w->c.routes.list[i].host.n > 0);
	}
}

/* A config file that was cut or damaged is read or told, never more than that. */
static void mutated_files_do_no_harm(void **state)
{
	struct world *w = *state;
	struct us_rand r = { 7 };

	for (int round = 0; round < 1500; round++) {
		char text[256] = "{ \"attempts\": 5, // x\n\"providers\": { \"g\": { \"base_url\": "
				 "\"http://g\" } },\n/* */ \"fallbacks\": [ \"g:m\", {} ] }";

		for (uint64_t k = us_rand_between(&r, 1, 6); k; k--)
			mutate(text, sizeof(text), &r);
		load(w, text, NULL);
		assert_true(w->c.attempts >= 1 && w->c.attempts <= 20);
		assert_true(w->nsaid < US_COUNT(w->said));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_file_sets_what_the_environment_leaves),
		TEST(every_setting_may_stand_in_the_file_by_its_name_in_lower_case),
		TEST(lists_in_the_file_may_be_arrays),
		TEST(providers_of_the_file_are_known_by_name),
		TEST(a_provider_may_have_the_ways_of_a_known_one),
		TEST(a_provider_of_the_file_may_have_several_keys),
		TEST(a_target_of_the_file_may_have_a_weight),
		TEST(wrong_members_of_a_provider_are_told_with_their_line),
		TEST(keys_in_the_file_are_refused_without_being_printed),
		TEST(a_setting_wrong_in_both_places_is_told_once),
		TEST(wrong_values_of_the_file_are_told_with_path_and_line),
		TEST(a_file_that_cannot_be_used_is_told_once),
		TEST(a_file_that_is_not_one_does_not_hold_the_host_up),
		TEST(a_file_of_more_than_a_mebibyte_is_not_read),
		TEST(more_than_there_is_room_for_leaves_defaults),
		TEST(a_provider_may_have_a_path_and_a_key_header_of_its_own),
		TEST(only_so_many_providers_are_known),
		TEST(every_failing_allocation_leaves_a_usable_configuration),
		TEST(mutated_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

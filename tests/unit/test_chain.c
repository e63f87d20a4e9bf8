/* test_chain.c - who stands in, and the routes: FALLBACKS, ROUTES, keys and *_BASE_URL */
#include "conf_world.c"

static void chain_entries_are_taken_apart(void **state)
{
	static const char *const rows[][2] = {
		{ "openai", "openai|gpt-4.1|https://api.openai.com/v1|OPENAI_API_KEY" },
		{ " anthropic : claude-x ",
		  "anthropic|claude-x|https://api.anthropic.com|ANTHROPIC_API_KEY" },
		{ "Anthropic:", "anthropic|claude-sonnet-4-5|https://api.anthropic.com|"
		                "ANTHROPIC_API_KEY" },
		{ "anthropic:claude-haiku-4-5@http://127.0.0.1:9000",
		  "anthropic|claude-haiku-4-5|http://127.0.0.1:9000|ANTHROPIC_API_KEY" },
		{ "local:llama3:8b@http://gpu1:8000/v1/", "local|llama3:8b|http://gpu1:8000/v1|" },
		{ "local@HTTP://gpu1", "local||HTTP://gpu1|" },
		{ "my-gpu.2:m@https://h", "my-gpu.2|m|https://h|MY_GPU_2_API_KEY" },
		{ "openai:@cf/meta/llama@https://h/v1",
		  "openai|@cf/meta/llama|https://h/v1|OPENAI_API_KEY" },
		{ "anthropic:claude-3-5@20240620",
		  "anthropic|claude-3-5@20240620|https://api.anthropic.com|ANTHROPIC_API_KEY" },
		{ "x@http://[::1]:8/a/b", "x||http://[::1]:8/a/b|X_API_KEY" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", rows[i][0], NULL);
		assert_int_equal(w->nsaid, 0);
		assert_int_equal(w->c.fallbacks.n, 1);
		assert_target(&w->c.fallbacks.list[0], rows[i][1]);
	}
}

static void an_unknown_server_speaks_openai_without_being_openai(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", "gpu@http://gpu,openai,anthropic", NULL);
	assert_int_equal(w->c.fallbacks.n, 3);
	assert_string_equal(w->c.fallbacks.list[0].dialect, "openai");
	assert_true(w->c.fallbacks.list[0].compatible);
	assert_false(w->c.fallbacks.list[1].compatible);
	assert_string_equal(w->c.fallbacks.list[2].dialect, "anthropic");
}

static void a_wrong_entry_is_skipped_and_the_others_stand(void **state)
{
	static const char *const rows[][2] = {
		{ "gpu1:llama", "known are openai, openai-responses, anthropic, gemini" },
		{ "local@gpu1:8000", "http:// or https://" },
		{ "local:llama@gpu1:8000/v1", "http:// or https://" },
		{ "local:llama@ftp://gpu1", "no :/" },
		{ "local:two words", "no blanks" },
		{ "local:x@http://", "http:// or https://" },
		{ "local:x@http://h:99999", "http:// or https://" },
		{ "local:x@http://h o", "http:// or https://" },
		{ "local:x@http://h/v1?a=b", "no query" },
		{ "local:x@http://h/v1#a", "no query" },
		{ ":model", "name is made of letters" },
		{ "lo cal", "name is made of letters" },
		{ "local@", "http:// or https://" },
		{ "local:m*0", "a weight is a whole number from 1 to 100" },
		{ "local:m*101", "a weight is a whole number from 1 to 100" },
	};
	struct world *w = *state;
	char text[256];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(text, sizeof(text), "openai,%s, ,anthropic,", rows[i][0]);
		load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", text, NULL);
		assert_int_equal(w->nsaid, 1);
		assert_says(w->said[0], "UNDERSTUDY_FALLBACKS: \"");
		assert_says(w->said[0], "is skipped");
		assert_says(w->said[0], rows[i][1]);
		assert_int_equal(w->c.fallbacks.n, 2);
		assert_string_equal(w->c.fallbacks.list[1].name, "anthropic");
	}
}

static void a_weight_stands_at_the_end_of_an_entry(void **state)
{
	static const struct {
		const char *text, *is;
		unsigned weight;
	} rows[] = {
		{ "anthropic*3",
		  "anthropic|claude-sonnet-4-5|https://api.anthropic.com|ANTHROPIC_API_KEY", 3 },
		{ "local:m@http://h/v1*100", "local|m|http://h/v1|", 100 },
		{ "local:a*2b", "local|a*2b|http://127.0.0.1:8000/v1|", 0 },
		{ "local:a*", "local|a*|http://127.0.0.1:8000/v1|", 0 },
		{ "local:a*2*7", "local|a*2|http://127.0.0.1:8000/v1|", 7 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", rows[i].text, NULL);
		assert_int_equal(w->nsaid, 0);
		assert_target(&w->c.fallbacks.list[0], rows[i].is);
		assert_int_equal(w->c.fallbacks.list[0].weight, rows[i].weight);
	}
	load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", "openai:m*2,local:m@http://h/v1*1", NULL);
	assert_shown(&w->c, "UNDERSTUDY_FALLBACKS", "openai:m*2,local:m@http://h/v1*1");
}

static void assert_keys(const struct us_conf *c, const char *provider, const char *expected)
{
	char is[512] = "";
	const char *name;

	for (size_t i = 0; i < c->providers.n; i++)
		for (size_t k = 0; strcmp(c->providers.list[i].name, provider) == 0 &&
		                   (name = us_provider_key(&c->providers.list[i], k));
		     k++)
			snprintf(is + strlen(is), sizeof(is) - strlen(is), "%s%s", k ? "+" : "",
			         name);
	assert_string_equal(is, expected);
}

static void keys_are_named_by_their_variables(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "UNDERSTUDY_KEYS",
	     " openai = OPENAI_API_KEY + SECOND+SECOND , Anthropic=A_1", "UNDERSTUDY_FALLBACKS",
	     "anthropic,openai:m@http://gw/v1", NULL);
	assert_int_equal(w->nsaid, 0);
	assert_keys(&w->c, "openai", "OPENAI_API_KEY+SECOND");
	assert_keys(&w->c, "anthropic", "A_1");
	assert_keys(&w->c, "gemini", "GEMINI_API_KEY");
	assert_keys(&w->c, "local", "");
	assert_string_equal(w->c.fallbacks.list[0].key_env, "A_1");
	assert_int_equal(w->c.fallbacks.list[1].keys.n, 2);
	assert_shown(&w->c, "UNDERSTUDY_KEYS", "openai=OPENAI_API_KEY+SECOND,Anthropic=A_1");
}

/* One account, two names; and not the one of another server with the same variable. */
static void a_server_of_two_languages_has_the_same_keys(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "UNDERSTUDY_KEYS", "openai=A+B", NULL);
	assert_keys(&w->c, "openai-responses", "A+B");
	load(w, NO_FILE, "UNDERSTUDY_KEYS", "openai-responses=A+B,openai=C", NULL);
	assert_keys(&w->c, "openai-responses", "A+B");
	assert_keys(&w->c, "openai", "C");
	load(w, NO_FILE, "UNDERSTUDY_KEYS", "openai=A+B", "OPENAI_RESPONSES_BASE_URL", "http://gw",
	     NULL);
	assert_keys(&w->c, "openai-responses", "OPENAI_API_KEY");
}

static void a_provider_of_the_chain_alone_may_have_keys(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "UNDERSTUDY_KEYS", "gpu=A+B", "UNDERSTUDY_FALLBACKS",
	     "gpu:m@http://gpu/v1", NULL);
	assert_int_equal(w->nsaid, 0);
	assert_int_equal(w->c.fallbacks.list[0].keys.n, 2);
	load(w, NO_FILE, "UNDERSTUDY_KEYS", "gpu=A+B", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "UNDERSTUDY_KEYS has an entry that is skipped: its provider is");
}

/* Somebody will put the keys themselves there. */
static void what_is_wrong_with_keys_is_told_and_never_printed(void **state)
{
	static const char *const rows[] = {
		"sk-s3cret-abc", "openai=sk-s3cret", "openai=A+sk-s3cret",
		"s3cret==",      "openai=1s3cret",   "op enai=s3cret",
		"s3cret=",       "openai=A.s3cret",
	};
	struct world *w = *state;
	char text[128];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(text, sizeof(text), "%s,anthropic=A_1+A_2", rows[i]);
		load(w, NO_FILE, "UNDERSTUDY_KEYS", text, NULL);
		assert_int_equal(w->nsaid, 1);
		assert_says(w->said[0], "UNDERSTUDY_KEYS has an entry that is skipped: ");
		assert_null(strstr(w->said[0], "s3cret"));
		assert_keys(&w->c, "anthropic", "A_1+A_2");
		assert_keys(&w->c, "openai", "OPENAI_API_KEY");
	}
}

static void what_has_no_room_is_told_once(void **state)
{
	struct world *w = *state;
	char text[512] = "";

	for (int i = 0; i < 20; i++)
		strcat(text, "openai,");
	load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", text, NULL);
	assert_int_equal(w->c.fallbacks.n, 16);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "there is room for 16");
}

static void user_info_is_refused_and_never_printed(void **state)
{
	static const char *const rows[] = {
		"local:m@http://user:s3cret@host/v1",   "local:m@https://s3cret@host",
		"local:m@http://u:s3c@s3cret@host",     "local:m@http://u:s3cret@ho st",
		"local:m@http://u:p/s3cret@host",       "local:m@http:/u:s3cret@host",
		"local:m@http://u:a?s3cret@host",       "local@u:s3cret@host",
		"x:m@http://a:s3cret@h@http://host/v1", "local:m@http://host/?key=s3cret",
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", rows[i], NULL);
		assert_int_equal(w->nsaid, 1);
		assert_null(strstr(w->said[0], "s3c"));
		assert_int_equal(w->c.fallbacks.n, 0);
	}
	load(w, NO_FILE, "OPENAI_BASE_URL", "https://u:s3cret@gw/v1", "UNDERSTUDY_ROUTES",
	     "u:s3cret@gw=openai", NULL);
	assert_int_equal(w->nsaid, 2);
	for (size_t i = 0; i < 2; i++)
		assert_null(strstr(w->said[i], "s3c"));
	assert_says(w->said[0], "https://api.openai.com/v1 is used");
}

static void base_url_variables_replace_the_known_ones(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "OPENAI_BASE_URL", "http://gw:1/openai/", "ANTHROPIC_BASE_URL",
	     "http://gw:2", "VLLM_BASE_URL", "ftp://x", "UNDERSTUDY_FALLBACKS",
	     "openai,anthropic@https://other,vllm", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "VLLM_BASE_URL: \"ftp://x\" is ignored");
	assert_string_equal(w->c.providers.list[0].base_url, "http://gw:1/openai");
	assert_string_equal(w->c.fallbacks.list[0].base_url, "http://gw:1/openai");
	assert_string_equal(w->c.providers.list[1].name, "openai-responses");
	assert_string_equal(w->c.providers.list[1].base_url, "http://gw:1/openai");
	assert_string_equal(w->c.fallbacks.list[1].base_url, "https://other");
	assert_string_equal(w->c.fallbacks.list[2].base_url, "http://127.0.0.1:8000/v1");
}

/* OpenAI's SDKs know one address, whichever of its languages is spoken. */
static void a_second_language_is_at_the_same_address_unless_it_has_its_own(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "OPENAI_BASE_URL", "http://gw:1/v1", "OPENAI_RESPONSES_BASE_URL",
	     "http://gw:2/v1", "UNDERSTUDY_FALLBACKS", "openai-responses", NULL);
	assert_int_equal(w->nsaid, 0);
	assert_string_equal(w->c.fallbacks.list[0].base_url, "http://gw:2/v1");
	assert_string_equal(w->c.fallbacks.list[0].dialect, "responses");
	load(w, NO_FILE, "OPENAI_RESPONSES_BASE_URL", "http://gw:2/v1", "UNDERSTUDY_FALLBACKS",
	     "openai", NULL);
	assert_string_equal(w->c.fallbacks.list[0].base_url, "https://api.openai.com/v1");
}

static void two_keys_and_no_setting_imply_a_chain(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "k", NULL);
	assert_true(w->c.chain_is_implied);
	assert_shown(&w->c, "UNDERSTUDY_FALLBACKS", "openai:gpt-4.1,anthropic:claude-sonnet-4-5");
	assert_int_equal(w->nsaid, 0);

	load(w, NO_FILE, "OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "", NULL);
	assert_int_equal(w->c.fallbacks.n, 0);
	assert_false(w->c.chain_is_implied);
}

static void a_chain_that_is_set_is_not_implied(void **state)
{
	static const char *const rows[] = { "anthropic", "", "nobody" };
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		load(w, NO_FILE, "OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "k",
		     "UNDERSTUDY_FALLBACKS", rows[i], NULL);
		assert_false(w->c.chain_is_implied);
		assert_int_equal(w->c.fallbacks.n, i == 0);
	}
	load(w, "{\"fallbacks\": []}", "OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "k", NULL);
	assert_false(w->c.chain_is_implied);
	assert_int_equal(w->c.fallbacks.n, 0);
}

static void a_provider_whose_customers_have_hosts_of_their_own_needs_one(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", "azure:dep,azure:dep@https://r.example", NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "\"azure:dep\" is skipped: every customer has a base URL");
	assert_int_equal(w->c.fallbacks.n, 1);
	assert_string_equal(w->c.fallbacks.list[0].key_header, "api-key: ");
	assert_non_null(strstr(w->c.fallbacks.list[0].path, "/deployments/{model}/"));
}

static void a_wrong_route_is_skipped_and_the_others_stand(void **state)
{
	static const char *const rows[][2] = {
		{ "gw:8080", "host[:port][/path]=dialect" },
		{ "gw=bedrock", "openai responses anthropic gemini ollama" },
		{ "=openai", "no host" },
		{ "gw:x=openai", "no host" },
		{ "gw/v1?x=openai", "no query" },
	};
	struct world *w = *state;
	char text[128];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(text, sizeof(text), "a=off,%s,b=openai", rows[i][0]);
		load(w, NO_FILE, "UNDERSTUDY_ROUTES", text, NULL);
		assert_int_equal(w->nsaid, 1);
		assert_says(w->said[0], "UNDERSTUDY_ROUTES: ");
		assert_says(w->said[0], rows[i][1]);
		assert_int_equal(w->c.routes.n, 2);
	}
}

static void wrong_tools_are_told_and_skipped(void **state)
{
	static const char *const rows[][2] = {
		{ "a:x", "no host" },
		{ "u@host/v1", "no user" },
		{ "host/v1?x", "no query" },
		{ "host retry=maybe", "safe, always or never" },
		{ "host deadline=soon", "deadline is a time" },
		{ "host pass=X:", "the name of a header" },
		{ "host else=ftp://x", "http" },
		{ "host elsewhere", "there may be retry=" },
	};
	struct world *w = *state;
	char text[128];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(text, sizeof(text), "a,%s,b/* retry=never", rows[i][0]);
		load(w, NO_FILE, "UNDERSTUDY_TOOLS", text, NULL);
		assert_int_equal(w->nsaid, 1);
		assert_says(w->said[0], "UNDERSTUDY_TOOLS: ");
		assert_says(w->said[0], rows[i][1]);
		assert_int_equal(w->c.tools.n, 2);
	}
}

static void ollamas_own_variable_says_where_it_is(void **state)
{
	static const char *const rows[][2] = {
		{ "gpu", "http://gpu:11434" },
		{ "gpu:8080", "http://gpu:8080" },
		{ "0.0.0.0", "http://127.0.0.1:11434" },
		{ "0.0.0.0:99/", "http://127.0.0.1:99" },
		{ ":99", "http://127.0.0.1:99" },
		{ "https://o.example/", "https://o.example" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char want[128];

		load(w, NO_FILE, "OLLAMA_HOST", rows[i][0], "UNDERSTUDY_FALLBACKS",
		     "ollama:m,ollama-native:m", NULL);
		assert_int_equal(w->nsaid, 0);
		snprintf(want, sizeof(want), "ollama|m|%s/v1|", rows[i][1]);
		assert_target(&w->c.fallbacks.list[0], want);
		snprintf(want, sizeof(want), "ollama-native|m|%s|", rows[i][1]);
		assert_target(&w->c.fallbacks.list[1], want);
	}
	load(w, NO_FILE, "OLLAMA_HOST", "gpu", "OLLAMA_BASE_URL", "http://box/v1",
	     "UNDERSTUDY_FALLBACKS", "ollama:m", NULL);
	assert_target(&w->c.fallbacks.list[0], "ollama|m|http://box/v1|");
	load(w, NO_FILE, "OLLAMA_HOST", "http://a b", "UNDERSTUDY_FALLBACKS", "ollama:m", NULL);
	assert_says(w->said[0], "OLLAMA_HOST: ");
	assert_target(&w->c.fallbacks.list[0], "ollama|m|http://127.0.0.1:11434/v1|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chain_entries_are_taken_apart),
		TEST(an_unknown_server_speaks_openai_without_being_openai),
		TEST(a_wrong_entry_is_skipped_and_the_others_stand),
		TEST(a_weight_stands_at_the_end_of_an_entry),
		TEST(keys_are_named_by_their_variables),
		TEST(a_server_of_two_languages_has_the_same_keys),
		TEST(a_provider_of_the_chain_alone_may_have_keys),
		TEST(what_is_wrong_with_keys_is_told_and_never_printed),
		TEST(what_has_no_room_is_told_once),
		TEST(user_info_is_refused_and_never_printed),
		TEST(base_url_variables_replace_the_known_ones),
		TEST(a_second_language_is_at_the_same_address_unless_it_has_its_own),
		TEST(two_keys_and_no_setting_imply_a_chain),
		TEST(a_chain_that_is_set_is_not_implied),
		TEST(a_provider_whose_customers_have_hosts_of_their_own_needs_one),
		TEST(a_wrong_route_is_skipped_and_the_others_stand),
		TEST(wrong_tools_are_told_and_skipped),
		TEST(ollamas_own_variable_says_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

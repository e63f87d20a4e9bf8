/* test_conf.c - settings: values, what is told about wrong ones, how they are shown */
#include "conf_world.c"

#include <errno.h>

static void defaults_stand_when_nothing_is_set(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, NULL);
	assert_int_equal(w->nsaid, 0);
	assert_false(w->c.off);
	assert_int_equal(w->c.attempts, 3);
	assert_int_equal(w->c.backoff.low, 1000);
	assert_int_equal(w->c.backoff.high, 10000);
	assert_int_equal(w->c.breaker.count, 5);
	assert_int_equal(w->c.breaker.ms, 60000);
	assert_int_equal(w->c.deadline, 0);
	assert_int_equal(w->c.body_max, 16 << 20);
	assert_int_equal(w->c.fidelity, US_FIDELITY_NORMAL);
	assert_int_equal(w->c.log.level, US_LOG_OFF);
	assert_string_equal(w->c.log.path, "");
	assert_string_equal(w->c.state, "");
	assert_int_equal(w->c.fallbacks.n, 0);
	assert_false(w->c.chain_is_implied);
}

static void right_values_are_taken_and_shown_as_the_user_would_write_them(void **state)
{
	static const char *const rows[][3] = {
		{ "UNDERSTUDY_OFF", "1", "1" },
		{ "UNDERSTUDY_OFF", "True", "1" },
		{ "UNDERSTUDY_OFF", " on ", "1" },
		{ "UNDERSTUDY_OFF", "YES", "1" },
		{ "UNDERSTUDY_OFF", "off", "0" },
		{ "UNDERSTUDY_ATTEMPTS", "20", "20" },
		{ "UNDERSTUDY_PATIENCE", "250ms", "250ms" },
		{ "UNDERSTUDY_PATIENCE", "1.5s", "1500ms" },
		{ "UNDERSTUDY_PATIENCE", "0.5m", "30s" },
		{ "UNDERSTUDY_PATIENCE", "90", "90s" },
		{ "UNDERSTUDY_PATIENCE", "0", "0" },
		{ "UNDERSTUDY_PATIENCE", "10m", "10m" },
		{ "UNDERSTUDY_DEADLINE", "24h", "24h" },
		{ "UNDERSTUDY_BACKOFF", "1..2", "1s..2s" },
		{ "UNDERSTUDY_BACKOFF", "1.5s .. 1m", "1500ms..1m" },
		{ "UNDERSTUDY_BREAKER", "3/90", "3/90s" },
		{ "UNDERSTUDY_BODY_MAX", "1024", "1K" },
		{ "UNDERSTUDY_BODY_MAX", "1.5M", "1536K" },
		{ "UNDERSTUDY_BODY_MAX", "1g", "1G" },
		{ "UNDERSTUDY_BODY_MAX", "1025", "1025" },
		{ "UNDERSTUDY_FIDELITY", "Strict", "strict" },
		{ "UNDERSTUDY_STATE", "/run/a b", "/run/a b" },
		{ "UNDERSTUDY_LOG", "info:/var/log/a:b", "info:/var/log/a:b" },
		{ "UNDERSTUDY_LOG", "debug", "debug" },
		{ "UNDERSTUDY_DURABLE", "Full", "full" },
		{ "UNDERSTUDY_REDIS_URL", "redis://:secret@h", "(set)" },
		{ "UNDERSTUDY_CHECKPOINT_TTL", "0", "0" },
		{ "UNDERSTUDY_HEDGE", "P95", "p95" },
		{ "UNDERSTUDY_HEDGE", "0.8s", "800ms" },
		{ "UNDERSTUDY_HEDGE", "0", "0" },
		{ "UNDERSTUDY_ROUTES", "GW:80/x=Off, [::1]:9/v1/chat=openai",
		  "GW:80/x=off,[::1]:9/v1/chat=openai" },
		{ "UNDERSTUDY_TOOLS",
		  "https://S.example/v1/* Retry=Always  else=https://b/x/ else=http://c, j:1 "
		  "deadline=2 pass=X-A pass=X-B",
		  "S.example/v1/* retry=always else=https://b/x else=http://c,j:1 deadline=2s "
		  "pass=X-A pass=X-B" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		load(w, NO_FILE, rows[i][0], rows[i][1], NULL);
		assert_int_equal(w->nsaid, 0);
		assert_shown(&w->c, rows[i][0], rows[i][2]);
	}
}

/* Name, value, and what the complaint says of it. */
static const char *const wrong_values[][3] = {
	{ "UNDERSTUDY_OFF", "maybe", "one of 1 0 true false" },
	{ "UNDERSTUDY_ATTEMPTS", "0", "a whole number from 1 to 20; 3 is used." },
	{ "UNDERSTUDY_ATTEMPTS", "21", "from 1 to 20" },
	{ "UNDERSTUDY_HEDGE", "p99", "p95 or a time from 0 to 1h" },
	{ "UNDERSTUDY_HEDGE", "2h", "p95 or a time from 0 to 1h" },
	{ "UNDERSTUDY_ATTEMPTS", "3x", "from 1 to 20" },
	{ "UNDERSTUDY_ATTEMPTS", "-1", "from 1 to 20" },
	{ "UNDERSTUDY_DURABLE", "very", "none, data or full; none is used." },
	{ "UNDERSTUDY_PATIENCE", "10.001m", "a time from 0 to 10m" },
	{ "UNDERSTUDY_PATIENCE", "5 parsecs", "a time from 0 to 10m" },
	{ "UNDERSTUDY_PATIENCE", "1.s", "a time" },
	{ "UNDERSTUDY_PATIENCE", ".5s", "a time" },
	{ "UNDERSTUDY_PATIENCE", "1.2.3s", "a time" },
	{ "UNDERSTUDY_PATIENCE", "1,5s", "a time" },
	{ "UNDERSTUDY_PATIENCE", "s", "5s is used." },
	{ "UNDERSTUDY_PATIENCE", "9999999999999999999h", "a time" },
	{ "UNDERSTUDY_CONNECT", "0.9ms", "a time from 1ms to 10m" },
	{ "UNDERSTUDY_BACKOFF", "5s", "low..high" },
	{ "UNDERSTUDY_BACKOFF", "10s..1s", "low..high" },
	{ "UNDERSTUDY_BACKOFF", "1s..11m", "1ms to 10m" },
	{ "UNDERSTUDY_BACKOFF", "0..1s", "1ms to 10m" },
	{ "UNDERSTUDY_BACKOFF", "..", "1s..10s is used." },
	{ "UNDERSTUDY_BREAKER", "5", "count/time" },
	{ "UNDERSTUDY_BREAKER", "0/60s", "a count from 1 to 1000" },
	{ "UNDERSTUDY_BREAKER", "1001/60s", "a count from 1 to 1000" },
	{ "UNDERSTUDY_BREAKER", "5/2h", "1ms to 1h" },
	{ "UNDERSTUDY_BREAKER", "5/1s/1s", "count/time" },
	{ "UNDERSTUDY_BODY_MAX", "1023", "a size from 1K to 1G" },
	{ "UNDERSTUDY_BODY_MAX", "1025M", "a size from 1K to 1G" },
	{ "UNDERSTUDY_BODY_MAX", "17179869185G", "16M is used." },
	{ "UNDERSTUDY_FIDELITY", "high", "strict, normal or loose" },
	{ "UNDERSTUDY_STATE", "run", "an absolute path" },
	{ "UNDERSTUDY_STATE", "/run/\x1b[2J", "\"/run/\\x1b[2J\"" },
	{ "UNDERSTUDY_LOG", "loud", "off, error, warn, info or debug" },
	{ "UNDERSTUDY_LOG", "info:", "off is used." },
	{ "UNDERSTUDY_LOG", "info:log", "info:/absolute/path" },
	{ "UNDERSTUDY_CONFIG", "understudy.json", "an absolute path" },
};

static void a_wrong_value_is_told_once_and_the_default_stays(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(wrong_values); i++) {
		const char *name = wrong_values[i][0];

		load(w, NO_FILE, name, wrong_values[i][1], NULL);
		assert_int_equal(w->nsaid, 1);
		assert_says(w->said[0], name);
		assert_says(w->said[0], wrong_values[i][2]);
		if (!strstr(wrong_values[i][1], "\x1b"))
			assert_says(w->said[0], wrong_values[i][1]);
		load(w, NO_FILE, NULL);
		assert_int_equal(w->nsaid, 0);
	}
}

static void a_wrong_value_keeps_the_default_in_force(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "UNDERSTUDY_BACKOFF", "1s..11m", "UNDERSTUDY_LOG", "info:x", NULL);
	assert_int_equal(w->nsaid, 2);
	assert_shown(&w->c, "UNDERSTUDY_BACKOFF", "1s..10s");
	assert_shown(&w->c, "UNDERSTUDY_LOG", "off");
}

static void a_path_has_less_than_4096_bytes(void **state)
{
	struct world *w = *state;
	char path[4097] = "/";

	memset(path + 1, 'x', 4095);
	load(w, NO_FILE, "UNDERSTUDY_STATE", path, NULL);
	assert_int_equal(w->nsaid, 1);
	path[4095] = '\0';
	load(w, NO_FILE, "UNDERSTUDY_STATE", path, NULL);
	assert_int_equal(w->nsaid, 0);
	assert_string_equal(w->c.state, path);
}

static void an_empty_variable_is_as_good_as_none(void **state)
{
	struct world *w = *state;

	load(w, NO_FILE, "UNDERSTUDY_ATTEMPTS", "", "UNDERSTUDY_LOG", " ", NULL);
	assert_int_equal(w->nsaid, 0);
	assert_int_equal(w->c.attempts, 3);
}

static void a_long_value_is_cut_between_characters_and_its_controls_escaped(void **state)
{
	struct world *w = *state;
	char value[200] = "/\n";

	memset(value + 2, 'x', 77);
	strcpy(value + 79, "\xc3\xa4 the rest");
	load(w, NO_FILE, "UNDERSTUDY_STATE", value, NULL);
	assert_int_equal(w->nsaid, 1);
	assert_says(w->said[0], "\"/\\x0axxx");
	assert_says(w->said[0], "xxx...\"");
	assert_null(strstr(w->said[0], "\xc3"));
}

static void errno_is_left_alone(void **state)
{
	struct world *w = *state;

	errno = EDOM;
	load(w, NO_FILE, "UNDERSTUDY_CONFIG", "/nowhere/x", NULL);
	assert_int_equal(errno, EDOM);
}

static void what_is_shown_can_be_set_again(void **state)
{
	struct world *w = *state;
	static char shown[64][1024];

	load(w, NO_FILE, "UNDERSTUDY_FALLBACKS", "openai:a:b@http://h/x,gpu@http://g,local",
	     "UNDERSTUDY_ROUTES", "a:1/p=off,b=anthropic", "UNDERSTUDY_BACKOFF", "1500ms..2.5m",
	     "UNDERSTUDY_BREAKER", "9/1m", "UNDERSTUDY_LOG", "warn:/l", "UNDERSTUDY_OFF", "1",
	     "UNDERSTUDY_FIDELITY", "loose", "UNDERSTUDY_HOLD_MAX", "3000", NULL);
	for (size_t i = 0; i < us_option_count; i++) {
		struct us_buf out;

		us_buf_init(&out, sizeof(shown[i]));
		us_conf_show(&w->c, i, &out);
		strcpy(shown[i], us_buf_cstr(&out));
		us_buf_fini(&out);
	}
	w->nenv = 0;
	for (size_t i = 0; i < us_option_count; i++)
		set(w, us_options[i].env, shown[i]);
	load_again(w);
	assert_int_equal(w->nsaid, 0);
	for (size_t i = 0; i < us_option_count; i++)
		assert_shown(&w->c, us_options[i].env, shown[i]);
}

static void fini_accepts_nothing_and_what_was_never_loaded(void **state)
{
	struct us_conf c = { 0 };

	us_conf_fini(NULL);
	us_conf_fini(&c);
}

/* Either a value is told to be wrong, or what is in force can be shown and set again. */
static void mutated_values_are_told_or_can_be_set_again(void **state)
{
	static const char *const seeds[][2] = {
		{ "UNDERSTUDY_FALLBACKS",
		  "anthropic:a@http://127.0.0.1:9000,gpu:m:8@https://g/v1" },
		{ "UNDERSTUDY_ROUTES", "gw:80/v1/chat=openai,[::1]:9=off" },
		{ "UNDERSTUDY_TOOLS", "a:1/v*/x retry=never else=https://b pass=X deadline=9s,c" },
		{ "UNDERSTUDY_BACKOFF", "1.5s..10m" },
		{ "UNDERSTUDY_BREAKER", "12/90.5s" },
		{ "UNDERSTUDY_HOLD_MAX", "1.25M" },
		{ "UNDERSTUDY_LOG", "info:/var/log/x" },
	};
	struct world *w = *state;
	struct us_rand r = { 42 };

	for (int round = 0; round < 6000; round++) {
		const char *const *seed = seeds[round % (int)US_COUNT(seeds)];
		char text[128], first[512];
		struct us_buf out;

		strcpy(text, seed[1]);
		for (uint64_t k = us_rand_between(&r, 1, 8); k; k--)
			mutate(text, sizeof(text), &r);
		load(w, NO_FILE, seed[0], text, NULL);
		us_buf_init(&out, sizeof(first));
		us_conf_show(&w->c, option(seed[0]), &out);
		strcpy(first, us_buf_cstr(&out));
		us_buf_fini(&out);
		load(w, NO_FILE, seed[0], first, NULL);
		assert_int_equal(w->nsaid, 0);
		assert_shown(&w->c, seed[0], first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_stand_when_nothing_is_set),
		TEST(right_values_are_taken_and_shown_as_the_user_would_write_them),
		TEST(a_wrong_value_is_told_once_and_the_default_stays),
		TEST(a_wrong_value_keeps_the_default_in_force),
		TEST(a_path_has_less_than_4096_bytes),
		TEST(an_empty_variable_is_as_good_as_none),
		TEST(a_long_value_is_cut_between_characters_and_its_controls_escaped),
		TEST(errno_is_left_alone),
		TEST(what_is_shown_can_be_set_again),
		TEST(fini_accepts_nothing_and_what_was_never_loaded),
		TEST(mutated_values_are_told_or_can_be_set_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

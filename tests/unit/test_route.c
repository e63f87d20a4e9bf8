/* test_route.c - URLs, and which requests are ours */
#include "conf/route.h"

#include "base/rand.h"
#include "spans.h"

#include <stdarg.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

#define POST US_SPAN("POST")

static const char *no_env(void *self, const char *name) { return NULL; }

static const char *routes_env(void *self, const char *name)
{
	return strcmp(name, "UNDERSTUDY_ROUTES") == 0 ? self : NULL;
}

static const char *tools_env(void *self, const char *name)
{
	return strcmp(name, "UNDERSTUDY_TOOLS") == 0 ? self : NULL;
}

static void not_expected(void *self, const char *text) { fail_msg("%s", text); }

static int plain(void **state)
{
	static struct us_conf c;
	struct us_conf_source from = { no_env, not_expected, NULL };

	us_conf_load(&c, &from);
	*state = &c;
	return 0;
}

static int done(void **state)
{
	us_conf_fini(*state);
	return 0;
}

/* Loads `c` anew with these routes. */
static void use_routes(struct us_conf *c, char *routes)
{
	struct us_conf_source from = { routes_env, not_expected, routes };

	us_conf_fini(c);
	us_conf_load(c, &from);
}

/* A malloc'd copy of exactly n bytes, so that AddressSanitizer sees a read beyond them. */
static struct us_span exact(const char *s)
{
	size_t n = strlen(s);
	char *p = test_malloc(n ? n : 1);

	memcpy(p, s, n);
	return us_span(p, n);
}

static void urls_are_taken_apart(void **state)
{
	static const struct {
		const char *url, *scheme, *host, *port, *path, *query;
	} rows[] = {
		{ "https://api.openai.com/v1/x?a=b&c#d", "https", "api.openai.com", "", "/v1/x",
		  "a=b&c" },
		{ "HTTP://Host:8080", "HTTP", "Host", "8080", "", "" },
		{ "host", "http", "host", "", "", "" },
		{ "host:80/p", "http", "host", "80", "/p", "" },
		{ "host:", "http", "host", "", "", "" },
		{ "http:/host/p", "http", "host", "", "/p", "" },
		{ "http:///host/p", "http", "host", "", "/p", "" },
		{ "http://u:p@host:1/x@y", "http", "host", "1", "/x@y", "" },
		{ "http://u@v@host", "http", "host", "", "", "" },
		{ "http://[2001:DB8::1]:443/p", "http", "[2001:DB8::1]", "443", "/p", "" },
		{ "[fe80::1%25eth0]/p", "http", "[fe80::1%25eth0]", "", "/p", "" },
		{ "http://h?x@y/z", "http", "h", "", "", "x@y/z" },
		{ "http://h#x?y", "http", "h", "", "", "" },
		{ "http://h/p?", "http", "h", "", "/p", "" },
		{ "http://h/p#q?r", "http", "h", "", "/p", "" },
		{ "http://h/p?q?r", "http", "h", "", "/p", "q?r" },
		{ "http://m\xc3\xbcnchen/", "http", "m\xc3\xbcnchen", "", "/", "" },
		{ "h/http://x", "http", "h", "", "/http://x", "" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_span text = exact(rows[i].url);
		struct us_url u;

		assert_true(us_url_split(text, &u));
		assert_span(u.scheme, rows[i].scheme);
		assert_span(u.host, rows[i].host);
		assert_span(u.port, rows[i].port);
		assert_span(u.path, rows[i].path);
		assert_span(u.query, rows[i].query);
		test_free((void *)(uintptr_t)text.p);
	}
}

static void what_is_no_url_with_a_host_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"http://",
		"http:////host",
		"//host/p",
		"/v1/chat/completions",
		"://host",
		"http://:80/",
		"http://u@/",
		"http://h:0/",
		"http://h:65536/",
		"http://h:8x/",
		"http://h:-1/",
		"http://h:1:2/",
		"http://h:99999999999999999999/",
		"http://h h/",
		"http://h/a b",
		"http://h/\n",
		"http://h/\x7f",
		"http://h\\x/",
		"http://h<x>/",
		"http://[::1/",
		"http://[::1]x:80/",
		"http://[]/",
		"http://[a]/",
		"http://[::1]]/",
		"http://::1/",
	};
	struct us_url u = { .scheme = US_SPAN("untouched") };

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_span text = exact(rows[i]);

		if (us_url_split(text, &u))
			fail_msg("\"%s\" was taken for a URL", rows[i]);
		assert_span(u.scheme, "untouched");
		test_free((void *)(uintptr_t)text.p);
	}
	assert_false(us_url_split(us_span("http://a\0b/", 11), &u));
}

static void the_origin_is_lower_case_and_says_the_port(void **state)
{
	static const char *const rows[][2] = {
		{ "HTTPS://API.OpenAI.com/V1", "https://api.openai.com:443" },
		{ "http://h", "http://h:80" },
		{ "h:08080", "http://h:8080" },
		{ "https://u:p@[::A]:1/x", "https://[::a]:1" },
	};
	struct us_arena a;

	us_arena_init(&a, 4096);
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_url u;

		assert_true(us_url_split(us_span_of(rows[i][0]), &u));
		assert_span(us_url_origin(&u, &a), rows[i][1]);
	}
	us_arena_fini(&a);
	us_arena_init(&a, 8);
	assert_int_equal(us_url_origin(&(struct us_url){ .scheme = US_SPAN("http") }, &a).n, 0);
	us_arena_fini(&a);
}

/* "dialect known", with "-" for none. */
static void assert_match(const struct us_conf *c, const char *url, bool header,
                         const char *expected)
{
	char is[128];
	struct us_route r;
	struct us_url u;

	assert_true(us_url_split(us_span_of(url), &u));
	r = us_route_match(c, POST, &u, header);
	snprintf(is, sizeof(is), "%s %s", r.dialect ? r.dialect : "-",
	         r.known ? r.known->name : "-");
	if (strcmp(is, expected) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", url, is, expected);
	if (r.dialect && !us_route_maybe(c, us_span_of(url)))
		fail_msg("%s: it may not be ours, but it is", url);
}

static void known_paths_are_ours(void **state)
{
	static const struct {
		const char *url;
		bool header;
		const char *expected;
	} rows[] = {
		{ "https://api.openai.com/v1/chat/completions", false, "openai openai" },
		{ "https://API.OPENAI.COM:443/v1/chat/completions/?x=y", false, "openai openai" },
		{ "https://api.openai.com:8443/v1/chat/completions", false, "openai -" },
		{ "https://api.openai.com.evil.net/v1/chat/completions", false, "openai -" },
		{ "http://gw/any/prefix/chat/completions", false, "openai -" },
		{ "https://api.openai.com/v1/responses", false, "responses openai-responses" },
		{ "https://x.openai.azure.com/openai/v1/responses?api-version=preview", false,
		  "responses -" },
		{ "https://api.openai.com/v1/responses/resp_1", false, "- -" },
		{ "https://api.openai.com/v1/responses/compact", false, "- -" },
		{ "https://api.openai.com/v1/responses/input_tokens", false, "- -" },
		{ "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
		  false, "openai -" },
		{ "https://x.openai.azure.com/openai/v1/chat/completions", false, "openai -" },
		{ "https://api.groq.com/openai/v1/chat/completions", false, "openai groq" },
		{ "http://127.0.0.1:11434/v1/chat/completions", false, "openai ollama" },
		{ "http://127.0.0.1:8000/v1/chat/completions", false, "openai local" },
		{ "https://api.anthropic.com/v1/messages", false, "anthropic anthropic" },
		{ "https://api.anthropic.com/v1/messages?beta=true", false, "anthropic anthropic" },
		{ "http://gw/anthropic/v1/messages", true, "anthropic -" },
		{ "http://gw/anthropic/v1/messages", false, "- -" },
		{ "http://127.0.0.1:8000/v1/messages", false, "- -" },
		{ "http://localhost:8000/v1/chat/completions", false, "openai local" },
		{ "http://[::1]:8000/v1/chat/completions", false, "openai local" },
		{ "http://localhost.example:8000/v1/chat/completions", false, "openai -" },
		{ "http://localhost:11434/api/chat", false, "ollama ollama-native" },
		{ "http://127.0.0.1:11434/api/chat", false, "ollama ollama-native" },
		{ "http://127.0.0.1:11434/v1/chat/completions", false, "openai ollama" },
		{ "http://localhost:3000/api/chat", false, "- -" },
		{ "http://gw/api/chat", false, "- -" },
		{ "http://localhost:11434/api/generate", false, "- -" },
		{ "https://api.anthropic.com/v1/messages/count_tokens", true, "- -" },
		{ "https://api.anthropic.com/v1/messages/batches", true, "- -" },
		{ "https://api.anthropic.com/messages", true, "- -" },
		{ "https://api.openai.com/v1/chat/completions/chatcmpl-1", false, "- -" },
		{ "https://api.openai.com/v1/embeddings", false, "- -" },
		{ "https://api.openai.com/v1/CHAT/completions", false, "- -" },
		{ "https://api.openai.com/xchat/completions", false, "- -" },
		{ "https://api.openai.com/x?/chat/completions", false, "- -" },
		{ "https://api.openai.com/x#/chat/completions", false, "- -" },
		{ "https://api.openai.com", false, "- -" },
		{ "http://gw/v1beta/models/g-2.5:generateContent", false, "gemini -" },
		{ "http://gw/v1beta/models/g-2.5:streamGenerateContent?alt=sse", false,
		  "gemini -" },
		{ "http://gw/v1/projects/p/locations/l/publishers/google/models/g:generateContent/",
		  false, "gemini -" },
		{ "http://gw/v1beta/models/g:countTokens", false, "- -" },
		{ "http://gw/v1beta/models/:generateContent", false, "- -" },
		{ "http://gw/v1beta/models/a/b:generateContent", false, "- -" },
		{ "http://gw/v1beta/xmodels/a:generateContent", false, "- -" },
		{ "http://gw/x?/models/g:generateContent", false, "- -" },
		{ "ftp://api.openai.com/v1/chat/completions", false, "- -" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++)
		assert_match(*state, rows[i].url, rows[i].header, rows[i].expected);
}

static void only_post_is_ours(void **state)
{
	static const char *const methods[] = { "GET", "post", "PUT", "POSTX", "" };
	struct us_url u;

	assert_true(us_url_split(US_SPAN("http://h/v1/chat/completions"), &u));
	assert_non_null(us_route_match(*state, POST, &u, false).dialect);
	for (size_t i = 0; i < US_COUNT(methods); i++)
		assert_null(us_route_match(*state, us_span_of(methods[i]), &u, false).dialect);
}

static void nothing_is_ours_when_turned_off(void **state)
{
	struct us_conf *c = *state;

	c->off = true;
	assert_match(c, "https://api.openai.com/v1/chat/completions", true, "- -");
}

static void rules_come_first_and_the_most_specific_wins(void **state)
{
	static char routes[] = "gw=off, gw:8080=openai, gw:8080/private/chat/completions=off,"
			       "Claude.Example=anthropic, x/llm/ask/=openai,"
			       "gwen=off, https://s:443=off, [::1]=off, d=openai, d=anthropic";
	struct us_conf *c = *state;

	use_routes(c, routes);
	assert_match(c, "http://gw/v1/chat/completions", false, "- -");
	assert_match(c, "http://gw:8080/v1/chat/completions", false, "openai -");
	assert_match(c, "http://gwe/v1/chat/completions", false, "openai -");
	assert_match(c, "http://GW:8080/private/chat/completions", false, "- -");
	assert_match(c, "http://gw:8080/v1/messages", true, "- -");
	assert_match(c, "http://claude.example/v1/messages", false, "anthropic -");
	assert_match(c, "http://claude.example:99/v1/messages/", false, "anthropic -");
	assert_match(c, "http://claude.example/v1/files", false, "- -");
	assert_match(c, "http://claude.example/v1/chat/completions", false, "openai -");
	assert_match(c, "http://x/llm/ask", false, "openai -");
	assert_match(c, "http://x/a/llm/ask/", false, "openai -");
	assert_match(c, "http://y/llm/ask", false, "- -");
	assert_match(c, "https://s/v1/chat/completions", false, "- -");
	assert_match(c, "http://s/v1/chat/completions", false, "openai -");
	assert_match(c, "http://[::1]:5/v1/chat/completions", false, "- -");
	assert_match(c, "http://d/v1/chat/completions", false, "openai -");
	assert_match(c, "http://d/v1/messages", false, "anthropic -");
	assert_match(c, "https://api.openai.com/v1/chat/completions", false, "openai openai");
}

static void providers_that_share_a_host_are_told_apart_by_path_and_dialect(void **state)
{
	struct us_conf *c = *state;
	struct us_provider list[] = {
		{ .name = "first",
		  .dialect = "openai",
		  .base_url = "http://gw/a",
		  .compatible = true },
		{ .name = "second",
		  .dialect = "openai",
		  .base_url = "http://gw/a/b",
		  .compatible = true },
		{ .name = "third",
		  .dialect = "anthropic",
		  .base_url = "http://gw/c",
		  .compatible = false },
		{ .name = "fourth",
		  .dialect = "openai",
		  .base_url = "http://gw:80",
		  .compatible = true },
	};
	struct us_chain before = c->providers;

	c->providers = (struct us_chain){ list, US_COUNT(list) };
	assert_match(c, "http://gw/a/chat/completions", false, "openai first");
	assert_match(c, "http://gw/a/b/chat/completions", false, "openai second");
	assert_match(c, "http://gw/ab/chat/completions", false, "openai fourth");
	assert_match(c, "http://gw/c/v1/messages", false, "anthropic third");
	assert_match(c, "http://gw/other/v1/messages", false, "anthropic third");
	c->providers = before;
}

static void a_cheap_look_rules_most_out(void **state)
{
	static char routes[] = "x/llm/ask/=openai,y=openai";
	struct us_conf *c = *state;

	assert_false(us_route_maybe(c, US_SPAN("https://example.com/index.html")));
	assert_false(us_route_maybe(c, us_span("", 0)));
	assert_false(us_route_maybe(c, US_SPAN("http://x/llm/ask")));
	use_routes(c, routes);
	assert_true(us_route_maybe(c, US_SPAN("http://x/llm/ask")));
	assert_false(us_route_maybe(c, US_SPAN("http://y/")));
	assert_false(us_route_maybe(c, US_SPAN("http://x/chat/completions/1")));
	assert_true(us_route_maybe(c, US_SPAN("http://x/chat/completions//?a#b")));
}

static bool lies_in(struct us_span part, struct us_span whole)
{
	return !part.n || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* What is true of every URL that was accepted. */
static void check_url(const struct us_conf *c, struct us_span text, struct us_arena *a)
{
	struct us_url u, again;
	struct us_span origin;

	us_route_maybe(c, text);
	if (!us_url_split(text, &u))
		return;
	assert_true(u.host.n > 0);
	assert_true(lies_in(u.host, text) && lies_in(u.port, text));
	assert_true(lies_in(u.path, text) && lies_in(u.query, text));
	assert_true(!u.path.n || u.path.p[0] == '/');
	assert_null(u.path.n ? memchr(u.path.p, '?', u.path.n) : NULL);
	assert_null(memchr(u.host.p, '@', u.host.n));
	origin = us_url_origin(&u, a);
	assert_true(us_url_split(origin, &again));
	assert_int_equal(again.host.n, u.host.n);
	assert_span(us_url_origin(&again, a), origin.p);
	if (us_route_match(c, POST, &u, true).dialect)
		assert_true(us_route_maybe(c, text));
	us_arena_clear(a);
}

static void mutated_urls_keep_their_laws(void **state)
{
	static const char bytes[] = "@:/?#[]%.,1 \\\x01\x80-HhTtPpSs";
	static const char *const seeds[] = {
		"https://u:p@api.openai.com:443/v1/chat/completions?a=b#c",
		"https://h/v1/models/m:streamGenerateContent?alt=sse",
		"http://[2001:db8::1%25e0]:8080/v1/messages/",
		"gw:80/llm/ask",
	};
	static char routes[] = "gw:80/llm/ask=openai,[::1]=off,api.openai.com=off";
	struct us_rand r = { 1 };
	struct us_arena a;

	use_routes(*state, routes);
	us_arena_init(&a, 65536);
	for (int round = 0; round < 60000; round++) {
		struct us_span text = exact(seeds[round % (int)US_COUNT(seeds)]);
		char *p = (char *)(uintptr_t)text.p;

		for (uint64_t k = us_rand_between(&r, 1, 6); k && text.n; k--) {
			size_t at = us_rand_next(&r) % text.n;

			if (us_rand_next(&r) % 3) {
				p[at] = bytes[us_rand_next(&r) % (sizeof(bytes) - 1)];
			} else { /* to the back, so that the end stays the end of the block */
				memmove(p + 1, p, at);
				p++;
				text = us_span(p, text.n - 1);
			}
		}
		check_url(*state, text, &a);
		test_free(p - (strlen(seeds[round % (int)US_COUNT(seeds)]) - text.n));
	}
	us_arena_fini(&a);
}

/* Loads `c` anew with this tool; where its other one is asked for the URL, "" if it does not fit.
 */
static const char *other_of(struct us_conf *c, char *tool, const char *text)
{
	struct us_conf_source from = { tools_env, not_expected, tool };
	const struct us_http_tool *t;
	struct us_url url;

	us_conf_fini(c);
	us_conf_load(c, &from);
	assert_true(us_url_split(us_span_of(text), &url));
	t = us_route_tool(c, &url);
	return t ? us_route_other(t, t->others.list[0], url.path, url.query, &c->arena).p : "";
}

static void a_tool_is_known_by_host_and_path_and_its_other_gets_the_rest(void **state)
{
	static const struct {
		const char *tool, *url, *other;
	} rows[] = {
		{ "h else=http://b", "http://h/x/y?q=1", "http://b/x/y?q=1" },
		{ "h/v1/* else=http://b/w", "https://H/v1/x/y", "http://b/w/x/y" },
		{ "h/v1/* else=http://b/w", "https://h/v1/", "http://b/w/" },
		{ "h/v1/* else=http://b/w", "https://h/v1", "" },
		{ "h/v1/* else=http://b/w", "https://h/v2/x", "" },
		{ "h/v1/s* else=http://b/w", "https://h/v1/search", "http://b/w/search" },
		{ "h/*/run else=http://b", "https://h/a/b/run", "http://b/a/b/run" },
		{ "h/*/run*x else=http://b", "https://h/run/run/xx", "http://b/run/run/xx" },
		{ "h/*/run else=http://b", "https://h/a/runs", "" },
		{ "h/run else=http://b/w", "http://h/run", "http://b/w/run" },
		{ "h:8080 else=http://b", "http://h:8080", "http://b" },
		{ "h:8080 else=http://b", "http://h", "" },
		{ "h else=http://b", "http://hh/x", "" },
	};
	char tool[64];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		strcpy(tool, rows[i].tool);
		assert_string_equal(other_of(*state, tool, rows[i].url), rows[i].other);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, plain, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(urls_are_taken_apart),
		TEST(what_is_no_url_with_a_host_is_refused),
		TEST(the_origin_is_lower_case_and_says_the_port),
		TEST(known_paths_are_ours),
		TEST(only_post_is_ours),
		TEST(nothing_is_ours_when_turned_off),
		TEST(rules_come_first_and_the_most_specific_wins),
		TEST(providers_that_share_a_host_are_told_apart_by_path_and_dialect),
		TEST(a_tool_is_known_by_host_and_path_and_its_other_gets_the_rest),
		TEST(a_cheap_look_rules_most_out),
		TEST(mutated_urls_keep_their_laws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* target_url.c - the URLs of programs: are they ours, and where would a provider be asked? */
#include "fuzz.h"

#include "conf/address.h"
#include "conf/route.h"
#include "wire/reach.h"

static const char *no_env(void *self, const char *name) { return NULL; }

static void deaf(void *self, const char *text) {}

static void check_dialects(const struct us_url *u)
{
	const struct us_dialect *d;

	for (size_t i = 0; (d = us_dialect_at(i)); i++) {
		struct us_in_url said = { 0 };

		if (d->read_url)
			d->read_url(u->path, u->query, &said);
	}
}

/* The first line is a base URL for a provider, the rest a URL of the program. */
static void play(struct us_span in)
{
	static const struct us_conf_source source = { no_env, deaf, NULL };
	struct us_span line = us_span("", 0), again;
	struct us_provider p = { .path = "" };
	struct us_conf conf;
	struct us_arena a;
	struct us_url u, same;

	us_conf_load(&conf, &source);
	us_arena_init(&a, (size_t)1 << 20);
	us_span_next(&in, '\n', &line);
	us_url_is_public(in);
	if (us_url_split(in, &u)) {
		bool ours = us_route_match(&conf, US_SPAN("POST"), &u, true).dialect != NULL;

		fuzz_must(!ours || us_route_maybe(&conf, in), "what is ours may be ours");
		again = us_url_origin(&u, &a);
		fuzz_must(us_url_split(again, &same), "an origin is a URL");
		check_dialects(&u);
	} else {
		fuzz_must(true, "");
	}
	p.base_url = us_arena_copy(&a, line).p;
	for (size_t i = 0; us_dialect_at(i); i++) {
		const struct us_dialect *d = us_dialect_at(i);
		struct us_address to = { d->base_version, d->always_version, d->endpoint,
			                 US_SPAN("m/x"), "go" };

		again = us_provider_url(&p, &to, &a);
		fuzz_must(!again.n || us_url_split(again, &same), "what is asked is a URL");
	}
	us_arena_fini(&a);
	us_conf_fini(&conf);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const odd[] = {
		"https://u:p@[::1]:8080/v1/\nHTTPS://api.OpenAI.com:443/v1/chat/completions?a=b#c",
		"http://h/openai/v1\nhttp:/127.0.0.1//v1/messages?beta=true",
		"h\napi.anthropic.com/v1/messages",
		"https://x/v1beta\nhttps://h/v1beta/models/m:streamGenerateContent?alt=sse&key=k",
		"file:///x\nhttp://localhost:11434/api/chat",
	};

	for (size_t i = 0; !g->kind[0] && i < US_COUNT(odd); i++)
		fuzz_seed(to, NULL, 0, us_span_of(odd[i]));
}

const struct fuzz_target fuzz_url = { .name = "url", .play = play, .seed = seed };

/* provider.c - the providers known by name: providers.def, then the config file, then *_BASE_URL
 *
 * The list is the configuration's own, because entries of it may be replaced. When memory runs out
 * it stays shorter, or empty: then fewer hosts are known by name, and nothing else changes.
 */
#include "conf/provider.h"

#include "conf/route.h"

#include <stdio.h>

static const struct us_provider built_in[] = {
#define X(n, d, base, key, m, other) X_OWN(n, d, base, key, m, other, "", "")
#define X_OWN(n, d, base, key, m, other, where, header)                                            \
	{ .name = n,                                                                               \
	  .dialect = d,                                                                            \
	  .base_url = base,                                                                        \
	  .model = m,                                                                              \
	  .any_model = true,                                                                       \
	  .key_env = key,                                                                          \
	  .compatible = other,                                                                     \
	  .like = n,                                                                               \
	  .path = where,                                                                           \
	  .key_header = header,                                                                    \
	  .idempotency_header = "" },
#include "conf/providers.def"
#undef X
#undef X_OWN
};

static const char *const dialects[] = {
#define X(name) name,
#include "conf/dialects.def"
#undef X
};

/* Names become variables and stand before a colon or an at sign. */
const char *us_provider_name(struct us_span name)
{
	bool ok = name.n && name.n <= US_NAME_MAX;

	for (size_t i = 0; ok && i < name.n; i++) {
		char c = name.p[i];

		ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		     c == '_' || c == '-' || c == '.';
	}
	return ok ? NULL : "a provider's name is made of letters, digits, '-', '_' and '.'";
}

/* "my-gpu" and "_API_KEY" give "MY_GPU_API_KEY". */
static void variable(struct us_span name, const char *suffix, char *out, size_t size)
{
	snprintf(out, size, "%.*s%s", (int)name.n, name.p, suffix);
	for (; *out; out++) {
		if (*out >= 'a' && *out <= 'z')
			*out = (char)(*out - 'a' + 'A');
		else if (!(*out >= 'A' && *out <= 'Z') && !(*out >= '0' && *out <= '9'))
			*out = '_';
	}
}

/* Fewer letters than a provider's name. */
const char *us_provider_variable(struct us_span name)
{
	bool ok = !us_provider_name(name) && !(name.p[0] >= '0' && name.p[0] <= '9');

	for (size_t i = 0; ok && i < name.n; i++)
		ok = name.p[i] != '-' && name.p[i] != '.';
	return ok ? NULL
	          : "keys are named by the variables that hold them (what it is is not shown: it "
	            "may "
	            "be the key)";
}

void us_provider_add_key(struct us_loader *l, struct us_names *keys, struct us_span variable)
{
	struct us_arena *a = &l->c->arena;
	const char *copy, **slot;

	for (size_t i = 0; i < keys->n; i++)
		if (us_span_is(variable, keys->list[i]))
			return;
	copy = us_arena_copy(a, variable).p;
	slot = a->err ? NULL : us_arena_push(a, &keys->list, &keys->n, sizeof(*slot));
	if (slot)
		*slot = copy;
	else
		l->starved = true;
}

void us_provider_use_keys(struct us_provider *p, const struct us_names *keys)
{
	p->keys = *keys;
	p->key_env = keys->n ? keys->list[0] : "";
}

static struct us_provider unknown(struct us_loader *l, struct us_span name)
{
	char var[US_NAME_MAX + 16];

	variable(name, "_API_KEY", var, sizeof(var));
	return (struct us_provider){
		.name = us_arena_copy(&l->c->arena, name).p,
		.dialect = "openai",
		.base_url = "",
		.model = "",
		.key_env = us_arena_copy(&l->c->arena, us_span_of(var)).p,
		.compatible = true,
		.like = "compatible",
		.path = "",
		.key_header = "",
		.idempotency_header = "",
	};
}

struct us_provider us_provider_unknown(struct us_loader *l, struct us_span name)
{
	struct us_provider p = unknown(l, name);
	const struct us_names *keys = us_keys_of(l->c, name);

	if (keys)
		us_provider_use_keys(&p, keys);
	return p;
}

struct us_provider *us_provider_find(const struct us_chain *known, struct us_span name)
{
	for (size_t i = 0; i < known->n; i++)
		if (us_span_is_nocase(name, known->list[i].name))
			return &known->list[i];
	return NULL;
}

/* An arena that once failed is asked no more: a string of `p` may be the one that was lost. */
void us_provider_put(struct us_loader *l, const struct us_provider *p)
{
	struct us_chain *known = &l->c->providers;
	struct us_arena *a = &l->c->arena;
	struct us_provider *slot = us_provider_find(known, us_span_of(p->name));

	if (!slot && !a->err)
		slot = us_arena_push(a, &known->list, &known->n, sizeof(*slot));
	if (slot && !a->err)
		*slot = *p;
	else
		l->starved = true;
}

void us_provider_begin(struct us_loader *l)
{
	for (size_t i = 0; i < US_COUNT(built_in); i++)
		us_provider_put(l, &built_in[i]);
}

const char *us_provider_dialect(struct us_span word)
{
	for (size_t i = 0; i < US_COUNT(dialects); i++)
		if (us_span_is_nocase(word, dialects[i]))
			return dialects[i];
	return NULL;
}

/* ":/" is what is left of a base URL whose '@' or scheme was misspelt. */
const char *us_provider_model(struct us_span model)
{
	bool bad = us_span_has(model, ":/");

	for (size_t i = 0; i < model.n; i++)
		bad |= (unsigned char)model.p[i] <= 0x20 || model.p[i] == 0x7f;
	return bad ? "a model's name has no blanks, no control characters and no :/" : NULL;
}

bool us_provider_is_http(struct us_span text)
{
	struct us_span head = us_span(text.p, text.n < 8 ? text.n : 8);

	return us_span_is_nocase(head, "https://") ||
	       (text.n >= 7 && us_span_is_nocase(us_span(text.p, 7), "http://"));
}

const char *us_provider_base(struct us_loader *l, struct us_span text, const char **out)
{
	struct us_url u;

	if (!us_provider_is_http(text) || !us_url_split(text, &u))
		return "a base URL is http:// or https://, a host and maybe a port and a path";
	if (u.host.p[-1] == '@')
		return "a base URL holds no user name and no password";
	if (memchr(text.p, '?', text.n) || memchr(text.p, '#', text.n))
		return "a base URL has no query and no fragment";
	while (text.p[text.n - 1] == '/')
		text.n--;
	text = us_arena_copy(&l->c->arena, text);
	if (l->c->arena.err)
		l->starved = true;
	else
		*out = text.p;
	return NULL;
}

/* `var` is also read by the provider's own SDK, so a wrong one may well be the program's affair; it
 * is told all the same. */
static void replace_base(struct us_loader *l, struct us_provider *p, const char *var,
                         struct us_span url)
{
	struct us_where at = { .name = var };
	const char *base = p->base_url, *why = us_provider_base(l, url, &base);
	struct us_buf *out;

	if (!why) {
		p->base_url = base;
		return;
	}
	out = us_complain_begin(l, &at);
	us_buf_add_str(out, ": ");
	us_complain_quote(out, url);
	us_buf_addf(out, " is ignored: %s", why);
	if (p->base_url[0])
		us_buf_addf(out, "; %s is used", p->base_url);
	us_complain_end(l);
}

/* [scheme://][host][:port], as Ollama's own programs read it: without a scheme the port is 11434,
 * and the address a server listens on is nowhere to call. */
static struct us_span ollama_base(struct us_loader *l, struct us_span text, const char *path)
{
	bool http = us_provider_is_http(text);
	bool any = us_span_starts(text, "0.0.0.0"), here = any || us_span_starts(text, ":");
	bool port = text.n && memchr(text.p, ':', text.n);

	while (text.n && text.p[text.n - 1] == '/')
		text.n--;
	if (any)
		text = us_span(text.p + strlen("0.0.0.0"), text.n - strlen("0.0.0.0"));
	return us_arena_printf(&l->c->arena, "%s%s%.*s%s%s", http ? "" : "http://",
	                       here ? "127.0.0.1" : "", (int)text.n, text.p,
	                       http || port ? "" : ":11434", path);
}

/* Both ways to speak to it. */
static void ollama_host(struct us_loader *l)
{
	static const struct {
		const char *name, *path;
	} both[] = { { "ollama", "/v1" }, { "ollama-native", "" } };
	struct us_span host = us_load_env(l, "OLLAMA_HOST");

	for (size_t i = 0; host.n && i < US_COUNT(both); i++) {
		struct us_provider *p =
			us_provider_find(&l->c->providers, us_span_of(both[i].name));

		if (p)
			replace_base(l, p, "OLLAMA_HOST", ollama_base(l, host, both[i].path));
	}
}

/* A provider with two languages has two names here, but to its SDK it is one server: where the
 * first of the names leads, the other leads too. */
static void follow(struct us_chain *known, struct us_provider *p)
{
	size_t i = 0;
	const struct us_provider *first;

	if (!p->base_url[0])
		return;
	while (i < US_COUNT(built_in) && (strcmp(built_in[i].base_url, p->base_url) != 0 ||
	                                  strcmp(built_in[i].key_env, p->key_env) != 0))
		i++;
	first = i < US_COUNT(built_in) ? us_provider_find(known, us_span_of(built_in[i].name))
	                               : NULL;
	if (first)
		p->base_url = first->base_url;
}

void us_provider_env(struct us_loader *l)
{
	struct us_chain *known = &l->c->providers;
	char var[US_NAME_MAX + 16];

	ollama_host(l);
	for (size_t i = 0; i < known->n; i++) {
		struct us_provider *p = &known->list[i];
		struct us_span url;

		variable(us_span_of(p->name), "_BASE_URL", var, sizeof(var));
		url = us_load_env(l, var);
		if (url.n)
			replace_base(l, p, var, url);
		else
			follow(known, p);
	}
}

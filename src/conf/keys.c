/* keys.c - KEYS: provider=VARIABLE[+VARIABLE]...,...
 *
 * Each name of a provider stands for all that are the same server and had the same key: a provider
 * of two languages has two names here, and one account. Nothing that is wrong is quoted: who
 * mistakes this for the place of the keys themselves would find them in a log.
 */
#include "conf/provider.h"

#define KEYS_MAX 16 /* of one provider */

/* What is wrong with the entry, or NULL. */
static const char *read_entry(struct us_loader *l, struct us_span text, struct us_key_list *out)
{
	struct us_span rest = text, name, variable;
	const char *why = NULL;

	if (!memchr(text.p, '=', text.n) || !us_span_next(&rest, '=', &name) ||
	    us_provider_name(us_span_trim(name)) || !us_span_trim(rest).n)
		return "it must be provider=VARIABLE+VARIABLE (what it is is not shown: it may be "
		       "a key)";
	while (!why && us_span_next(&rest, '+', &variable)) {
		why = us_provider_variable(us_span_trim(variable));
		if (!why && out->names.n == KEYS_MAX)
			why = "a provider has room for 16 keys";
		if (!why)
			us_provider_add_key(l, &out->names, us_span_trim(variable));
	}
	out->provider = us_arena_copy(&l->c->arena, us_span_trim(name)).p;
	return why;
}

static bool is_same_server(const struct us_provider *a, const struct us_provider *b)
{
	return strcmp(a->base_url, b->base_url) == 0 && strcmp(a->key_env, b->key_env) == 0;
}

static void use(struct us_conf *c, const struct us_key_list *keys)
{
	struct us_provider *named = us_provider_find(&c->providers, us_span_of(keys->provider));
	struct us_provider was = named ? *named : (struct us_provider){ 0 };

	for (size_t i = 0; named && i < c->providers.n; i++) {
		struct us_provider *p = &c->providers.list[i];

		if (p == named || (is_same_server(p, &was) && !us_keys_of(c, us_span_of(p->name))))
			us_provider_use_keys(p, &keys->names);
	}
}

static bool add(struct us_loader *l, const struct us_where *at, struct us_limit in,
                struct us_span entry)
{
	struct us_key_lists *all = &l->c->keys;
	struct us_arena *a = &l->c->arena;
	struct us_key_list keys = { 0 }, *slot;
	const char *why;

	if (us_value_full(l, at, in, all->n, US_SPAN("...")))
		return false;
	why = read_entry(l, entry, &keys);
	if (why) {
		us_complain_entry(l, at, why);
		return true;
	}
	slot = a->err ? NULL : us_arena_push(a, &all->list, &all->n, sizeof(*slot));
	if (!slot) {
		l->starved = true;
		return true;
	}
	*slot = keys;
	use(l->c, slot);
	return true;
}

const struct us_names *us_keys_of(const struct us_conf *c, struct us_span provider)
{
	for (size_t i = c->keys.n; i-- > 0;)
		if (us_span_is_nocase(provider, c->keys.list[i].provider))
			return &c->keys.list[i].names;
	return NULL;
}

void us_keys_check(struct us_loader *l, const struct us_where *at)
{
	const struct us_conf *c = l->c;

	for (size_t i = 0; i < c->keys.n; i++) {
		struct us_span name = us_span_of(c->keys.list[i].provider);

		if (!us_provider_find(&c->providers, name) &&
		    !us_provider_find(&c->fallbacks, name))
			us_complain_entry(l, at, "its provider is neither known nor in the chain");
	}
}

static void show(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_KEYS *all = value;

	for (size_t i = 0; i < all->n; i++) {
		const struct us_key_list *keys = &all->list[i];

		us_buf_addf(out, "%s%s=", i ? "," : "", keys->provider);
		for (size_t k = 0; k < keys->names.n; k++)
			us_buf_addf(out, "%s%s", k ? "+" : "", keys->names.list[k]);
	}
}

const struct us_kind us_value_KEYS = { NULL, NULL, add, show };

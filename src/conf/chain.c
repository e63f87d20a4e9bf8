/* chain.c - FALLBACKS: provider[:model][@base_url][*weight],...
 *
 * A model may hold colons, slashes and at signs ("llama3:8b", "@cf/meta/llama-3"), so the name ends
 * at the first ':' or '@' and the base URL begins after the last '@' that http:// or https://
 * follows. What is left is the model. "local:llama@gpu1:8000" would make a model of a host whose
 * scheme was forgotten, and send the request elsewhere; that is refused.
 */
#include "conf/provider.h"

#define NAMES_TOLD 32 /* of the known providers, in a complaint */

/* Whose keys, found together, make a chain. */
static const char *const both[] = { "openai", "anthropic" };

/* Where the '@' before the base URL stands; text.n if there is none. */
static size_t base_mark(struct us_span text)
{
	for (size_t i = text.n; i-- > 0;)
		if (text.p[i] == '@' &&
		    us_provider_is_http(us_span(text.p + i + 1, text.n - i - 1)))
			return i;
	return text.n;
}

/* What stands behind the last '*', if it is digits, is no part of a name: it is cut off. */
static void take_weight(struct us_span *text, struct us_target *t)
{
	const char *star = memrchr(text->p, '*', text->n);
	size_t n = star ? (size_t)(star - text->p) : text->n;

	if (!star || !us_span_u64(us_span(star + 1, text->n - n - 1), &t->weight))
		return;
	if (!t->weight)
		t->weight = US_WEIGHT_MAX + 1; /* none is none, but 0 is wrong */
	*text = us_span(text->p, n);
}

static struct us_target split(struct us_span text)
{
	struct us_target t = { .text = text };
	size_t n = 0, mark;

	take_weight(&text, &t);
	mark = base_mark(text);

	while (n < mark && text.p[n] != ':' && text.p[n] != '@')
		n++;
	if (n < mark && text.p[n] == '@')
		mark = n; /* no URL follows: it will be told as a wrong one */
	t.name = us_span_trim(us_span(text.p, n));
	if (n < mark)
		t.model = us_span_trim(us_span(text.p + n + 1, mark - n - 1));
	if (mark < text.n)
		t.base = us_span_trim(us_span(text.p + mark + 1, text.n - mark - 1));
	return t;
}

/* "...@host:8000": digits up to the end or a slash, after a colon, after an '@'. */
static bool ends_in_host(struct us_span model)
{
	const char *at = model.n ? memrchr(model.p, '@', model.n) : NULL, *colon;
	struct us_span rest, port;
	uint64_t unused;

	if (!at)
		return false;
	colon = memchr(at, ':', (size_t)(model.p + model.n - at));
	if (!colon)
		return false;
	rest = us_span(colon + 1, (size_t)(model.p + model.n - colon - 1));
	return us_span_next(&rest, '/', &port) && us_span_u64(port, &unused);
}

/* What is wrong with the entry, the base URL aside; or NULL. */
static const char *fault(const struct us_target *t)
{
	const char *why = us_provider_name(t->name);

	if (!why && ends_in_host(t->model))
		why = "a base URL begins with http:// or https://";
	if (!why && t->weight > US_WEIGHT_MAX)
		why = US_WEIGHT_WRONG;
	return why ? why : us_provider_model(t->model);
}

static void tell_unknown(struct us_loader *l, const struct us_where *at, const struct us_target *t)
{
	const struct us_chain *known = &l->c->providers;
	struct us_buf *out = us_complain_begin(l, at);

	us_buf_add_str(out, ": ");
	us_complain_quote(out, t->text);
	us_buf_add_str(out,
	               " is skipped: no provider of that name is known, and it has no base URL "
	               "(name:model@http://host/v1); known are");
	for (size_t i = 0; i < known->n && i < NAMES_TOLD; i++)
		us_buf_addf(out, "%s %s", i ? "," : "", known->list[i].name);
	us_complain_end(l);
}

/* Not after the arena failed: a string of `p` may be the one that was lost. */
static void append(struct us_loader *l, const struct us_provider *p)
{
	struct us_chain *chain = &l->c->fallbacks;
	struct us_arena *a = &l->c->arena;
	struct us_provider *slot;

	slot = a->err ? NULL : us_arena_push(a, &chain->list, &chain->n, sizeof(*slot));
	if (slot)
		*slot = *p;
	else
		l->starved = true;
}

/* The entry begins as the known provider, or as a server nobody knows; then it is changed. */
bool us_chain_add(struct us_loader *l, const struct us_where *at, struct us_limit in,
                  const struct us_target *t)
{
	const struct us_provider *known = us_provider_find(&l->c->providers, t->name);
	struct us_provider p = { 0 };
	const char *why = fault(t);

	if (us_value_full(l, at, in, l->c->fallbacks.n, t->text))
		return false;
	if (!why && !known && !t->base.p) {
		tell_unknown(l, at, t);
		return true;
	}
	if (!why)
		p = known ? *known : us_provider_unknown(l, t->name);
	if (!why && t->base.p)
		why = us_provider_base(l, t->base, &p.base_url);
	if (!why && !p.base_url[0])
		why = "every customer has a base URL of their own there (name:model@https://host)";
	if (!why && t->model.n) {
		p.model = us_arena_copy(&l->c->arena, t->model).p;
		p.any_model = false;
	}
	p.weight = (unsigned)t->weight;
	if (why)
		us_complain_value(l, at, t->text, "is skipped", why);
	else
		append(l, &p);
	return true;
}

static bool add_text(struct us_loader *l, const struct us_where *at, struct us_limit in,
                     struct us_span entry)
{
	struct us_target t = split(entry);

	return us_chain_add(l, at, in, &t);
}

static bool has_any_key(struct us_loader *l, const struct us_provider *p)
{
	const char *name;

	for (size_t i = 0; (name = us_provider_key(p, i)); i++)
		if (us_load_env(l, name).n)
			return true;
	return false;
}

void us_chain_imply(struct us_loader *l)
{
	const struct us_provider *found[US_COUNT(both)];

	for (size_t i = 0; i < US_COUNT(both); i++) {
		found[i] = us_provider_find(&l->c->providers, us_span_of(both[i]));
		if (!found[i] || !has_any_key(l, found[i]))
			return;
	}
	for (size_t i = 0; i < US_COUNT(both); i++)
		append(l, found[i]);
	l->c->chain_is_implied = l->c->fallbacks.n > 0;
}

/* The base URL is said where it is not the one the name stands for. */
static void show(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_CHAIN *chain = value;

	for (size_t i = 0; i < chain->n; i++) {
		const struct us_provider *p = &chain->list[i];
		const struct us_provider *known =
			us_provider_find(&c->providers, us_span_of(p->name));

		us_buf_addf(out, "%s%s", i ? "," : "", p->name);
		if (p->model[0])
			us_buf_addf(out, ":%s", p->model);
		if (!known || strcmp(known->base_url, p->base_url) != 0)
			us_buf_addf(out, "@%s", p->base_url);
		if (p->weight)
			us_buf_addf(out, "*%u", p->weight);
	}
}

const struct us_kind us_value_CHAIN = { NULL, NULL, add_text, show };

/* plan.c - who may serve a call, in which order */
#include "engine/plan.h"

#include "conf/address.h"
#include "conf/route.h"
#include "wire/models.h"
#include "wire/profile.h"

#define ARENA_MAX ((size_t)64 << 10)

static struct us_span own_name(const struct us_own *own)
{
	if (own->tool)
		return us_span_of(own->tool->name);
	return own->known ? us_span_of(own->known->name) : us_span_of(own->dialect->name);
}

/* A fallback that is the program's own provider with the same model stands in for nobody. Nobody
 * asked for its other language or model where the chain is implied. */
static bool is_own(const struct us_own *own, const struct us_candidate *c, bool implied)
{
	bool same = own->dialect == c->dialect && (!c->model.n || us_span_eq(c->model, own->model));

	return us_span_eq(own->origin, c->origin) && (implied || same);
}

/* Where nobody has named a model: the one of the program's class, or the provider's default. */
static struct us_span model_of(const struct us_provider *from, const struct us_dialect *program,
                               struct us_span model)
{
	enum us_tier tier = us_model_tier(us_dialect_models(program), model);
	const char *counterpart = us_model_counterpart(us_span_of(from->name), tier);

	return us_span_of(from->any_model && counterpart[0] ? counterpart : from->model);
}

struct has_key {
	bool (*ask)(void *self, const char *variable);
	void *self;
};

static void add_key(struct us_plan *p, struct us_keys *keys, const char *name)
{
	struct us_key *slot = us_arena_push(&p->arena, &keys->list, &keys->n, sizeof(*slot));

	if (slot)
		slot->name = name;
}

/* Those at hand. A single one has no health of its own. False: it wants one, and has none. */
static bool fill_keys(struct us_plan *p, struct us_candidate *c, const struct has_key *has)
{
	const struct us_provider *from = c->provider;
	const char *name;

	for (size_t i = 0; (name = us_provider_key(from, i)); i++)
		if (has->ask(has->self, name))
			add_key(p, &c->keys, name);
	c->key = c->keys.n ? c->keys.list[0].name : NULL;
	if (c->keys.n == 1)
		c->keys.n = 0;
	return c->key || from->compatible || !from->key_env[0];
}

static bool fill(struct us_plan *p, struct us_candidate *c, const struct us_provider *from,
                 const struct us_own *own)
{
	struct us_url url;

	*c = (struct us_candidate){ .provider = from };
	c->dialect = us_dialect_by_name(us_span_of(from->dialect));
	if (!c->dialect)
		return false;
	c->name = us_span_of(from->name);
	c->model = model_of(from, own->dialect, p->model);
	if (!us_url_split(us_span_of(from->base_url), &url))
		return false;
	c->origin = us_url_origin(&url, &p->arena);
	return !p->arena.err;
}

void us_plan_init(struct us_plan *p, const struct us_own *own)
{
	*p = (struct us_plan){ .model = own->model,
		               .own = { .provider = own->known,
		                        .dialect = own->dialect,
		                        .name = own_name(own),
		                        .model = own->model,
		                        .url = own->url,
		                        .origin = own->origin,
		                        .slot = own->slot,
		                        .own = true } };
	us_arena_init(&p->arena, ARENA_MAX);
}

/* One server may have a name for each of its languages. */
static bool holds(const struct us_chain *chain, const struct us_provider *p)
{
	for (size_t i = 0; p && i < chain->n; i++)
		if (strcmp(chain->list[i].base_url, p->base_url) == 0 &&
		    strcmp(chain->list[i].key_env, p->key_env) == 0)
			return true;
	return false;
}

/* A program that talks to a host nobody named, or to a server of its own, may have its reasons:
 * keys that happen to be in the environment do not send its conversations elsewhere. */
bool us_plan_has_chain(const struct us_conf *conf, const struct us_own *own)
{
	if (own->tool)
		return own->tool->others.n > 0;
	return conf->fallbacks.n &&
	       (!conf->chain_is_implied || holds(&conf->fallbacks, own->known));
}

/* A tool's others have no names but their hosts'. */
static void add_other(struct us_plan *p, const struct us_own *own, const char *base)
{
	struct us_candidate *c = &p->others[p->nothers];
	struct us_span path = us_span(own->url.p + own->origin.n, own->url.n - own->origin.n);
	struct us_url url;

	if (!us_url_split(us_span_of(base), &url))
		return;
	*c = (struct us_candidate){ .dialect = own->dialect,
		                    .name = us_arena_copy(&p->arena, url.host),
		                    .origin = us_url_origin(&url, &p->arena),
		                    .url = us_route_other(own->tool, base, path, own->query,
		                                          &p->arena) };
	p->nothers += !p->arena.err;
}

static void expand_tool(struct us_plan *p, const struct us_own *own)
{
	const struct us_names *others = &own->tool->others;

	p->others = us_arena_array(&p->arena, others->n, sizeof(*p->others));
	for (size_t i = 0; p->others && i < others->n; i++)
		add_other(p, own, others->list[i]);
}

void us_plan_expand(struct us_plan *p, const struct us_conf *conf, const struct us_own *own,
                    bool (*has_key)(void *self, const char *variable), void *self)
{
	const struct us_chain *chain = &conf->fallbacks;
	const struct has_key has = { has_key, self };

	if (p->expanded || !us_plan_has_chain(conf, own))
		return;
	p->expanded = true;
	if (own->tool) {
		expand_tool(p, own);
		return;
	}
	p->others = us_arena_array(&p->arena, chain->n, sizeof(*p->others));
	for (size_t i = 0; p->others && i < chain->n; i++) {
		struct us_candidate *c = &p->others[p->nothers];

		if (fill(p, c, &chain->list[i], own) && fill_keys(p, c, &has) &&
		    !is_own(own, c, conf->chain_is_implied))
			p->nothers++;
	}
}

void us_plan_own_keys(struct us_plan *p, const struct us_own *own,
                      bool (*has_key)(void *self, const char *variable), void *self)
{
	struct us_keys *keys = &p->own.keys;
	const char *name;

	add_key(p, keys, own->key);
	for (size_t i = 0; (name = us_provider_key(own->known, i)); i++)
		if (strcmp(name, own->key) != 0 && has_key(self, name))
			add_key(p, keys, name);
	if (keys->n == 1)
		keys->n = 0;
}

void us_plan_match(struct us_plan *p, const struct us_own *own, struct us_span model)
{
	p->model = model;
	for (size_t i = 0; i < p->nothers; i++) {
		struct us_candidate *c = &p->others[i];

		if (!c->provider || c->rendered || c->attempts)
			continue;
		c->model = model_of(c->provider, own->dialect, model);
		c->slot = NULL;
		for (size_t k = 0; k < c->keys.n; k++)
			c->keys.list[k].slot = NULL;
	}
}

void us_plan_fini(struct us_plan *p)
{
	if (p->own.rendered)
		us_rendered_fini(&p->own.request);
	for (size_t i = 0; i < p->nothers; i++)
		us_rendered_fini(&p->others[i].request);
	us_arena_fini(&p->arena);
	*p = (struct us_plan){ 0 };
}

struct us_slot *us_own_slot(const struct us_own *own, struct us_page *page)
{
	return us_page_slot(page, own_name(own), own->origin, own->model);
}

struct us_slot *us_candidate_find_slot(struct us_candidate *c, struct us_page *page)
{
	c->slot = us_page_slot(page, c->name, c->origin, c->model);
	return c->slot;
}

bool us_fidelity_allows(enum us_fidelity fidelity, enum us_loss loss)
{
	switch (fidelity) {
	case US_FIDELITY_STRICT:
		return loss == US_EXACT;
	case US_FIDELITY_LOOSE:
		return loss < US_IMPOSSIBLE;
	default:
		return loss <= US_DEGRADED;
	}
}

/* NULL: the maker of the dialect itself. */
static const struct us_profile *profile_of(const struct us_provider *p)
{
	return p && p->compatible ? us_profile_find(us_span_of(p->like)) : NULL;
}

/* A target of the same dialect hands its bytes through: it is asked for the same framing. */
static struct us_span url_of(const struct us_candidate *c, const struct us_request *request,
                             enum us_framing framing, struct us_arena *a)
{
	const struct us_dialect *d = c->dialect;
	struct us_address to = { .version = d->base_version,
		                 .always = d->always_version,
		                 .endpoint = d->endpoint,
		                 .model = c->request.to.model_name,
		                 .method = "" };

	if (d != request->dialect || framing == US_FRAMING_UNKNOWN)
		framing = d->framing;
	if (d->method)
		to.method = d->method(request->req.stream == US_YES, framing);
	return us_provider_url(c->provider, &to, a);
}

bool us_candidate_reword(struct us_candidate *c, const struct us_request *request,
                         enum us_fidelity fidelity)
{
	struct us_target to = { .dialect = c->dialect,
		                .model = c->own ? us_span("", 0) : c->model,
		                .profile = profile_of(c->provider),
		                .in_words = c->in_words };

	c->rendered = true;
	c->spent = !us_fidelity_allows(fidelity, us_request_render(request, &to, &c->request));
	return !c->spent;
}

bool us_candidate_render(struct us_candidate *c, const struct us_request *request,
                         enum us_framing framing, enum us_fidelity fidelity, struct us_arena *a)
{
	if (!c->rendered) {
		us_candidate_reword(c, request, fidelity);
		c->url = url_of(c, request, framing, a);
		c->spent |= !c->url.n;
	}
	return !c->spent;
}

/* The same request, as it is. */
bool us_candidate_copy(struct us_candidate *c, struct us_span body)
{
	if (!c->rendered) {
		c->rendered = true;
		us_buf_init(&c->request.body, body.n);
		c->spent = us_buf_add_span(&c->request.body, body) != 0 || !c->url.n;
	}
	return !c->spent;
}

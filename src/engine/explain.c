/* explain.c - a request and its chain, asked about without being sent */
#include "engine/explain.h"

#include "conf/route.h"
#include "wire/models.h"

#define ARENA_MAX ((size_t)64 << 10)

/* How much of it the dialect does not understand: its members, and what its messages hold. */
static size_t count_unknown(const struct us_req *r)
{
	size_t n = r->nunknown;

	for (size_t i = 0; i < r->nturns; i++)
		for (size_t k = 0; k < r->turns[i].nblocks; k++)
			n += r->turns[i].blocks[k].kind == US_UNKNOWN ||
			     r->turns[i].blocks[k].kind == US_HOSTED;
	for (size_t i = 0; i < r->ntools; i++)
		n += r->tools[i].kind == US_TOOL_HOSTED;
	return n;
}

/* Is it a model of the dialect's own: one of a row that does not fit every name? */
static bool is_its_model(const struct us_dialect *d, struct us_span model)
{
	const struct us_model *m = us_dialect_model(d, model);

	return m && strcmp(m->pattern, "*") != 0;
}

const struct us_dialect *us_explain_guess(struct us_span body)
{
	const struct us_dialect *best = NULL, *d;
	size_t least = SIZE_MAX;

	for (size_t i = 0; (d = us_dialect_at(i)); i++) {
		struct us_request q;
		size_t n;

		us_request_init(&q, d, NULL, body);
		n = 2 * count_unknown(&q.req) + !is_its_model(d, q.req.model);
		if (!q.rc && n < least) {
			best = d;
			least = n;
		}
		us_request_fini(&q);
	}
	return best;
}

/* Who speaks the dialect: of the built-in providers, which come first, its maker. */
static const struct us_provider *maker_of(const struct us_conf *conf, const struct us_dialect *d)
{
	for (size_t i = 0; i < conf->providers.n; i++)
		if (strcmp(conf->providers.list[i].dialect, d->name) == 0)
			return &conf->providers.list[i];
	return NULL;
}

static bool any_key(void *self, const char *variable) { return true; }

void us_explain_init(struct us_explain *e, const struct us_conf *conf,
                     const struct us_dialect *dialect, struct us_span body, bool at_home)
{
	struct us_url url;

	*e = (struct us_explain){ .own.dialect = dialect };
	us_arena_init(&e->arena, ARENA_MAX);
	us_request_init(&e->request, dialect, NULL, body);
	e->own.model = e->request.req.model;
	e->own.stream = e->request.req.stream == US_YES;
	e->own.known = at_home ? maker_of(conf, dialect) : NULL;
	if (e->own.known)
		e->own.url = us_span_of(e->own.known->base_url);
	if (e->own.url.n && us_url_split(e->own.url, &url))
		e->own.origin = us_url_origin(&url, &e->arena);
	us_plan_init(&e->plan, &e->own);
	us_plan_expand(&e->plan, conf, &e->own, any_key, NULL);
}

void us_explain_fini(struct us_explain *e)
{
	us_plan_fini(&e->plan);
	us_request_fini(&e->request);
	us_arena_fini(&e->arena);
}

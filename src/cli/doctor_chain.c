/* doctor_chain.c - who stands in for whom
 *
 * The engine's own plan is asked, as it would be for a call, so that the answer is the truth. What
 * a program asks for decides the rest: here it names no model.
 */
#include "cli/doctor.h"
#include "conf/route.h"
#include "engine/plan.h"

#include <stdlib.h>

#define CHAIN_TEXT_MAX ((size_t)16 << 10)

static const char *const dialects[] = {
#define X(name) name,
#include "conf/dialects.def"
#undef X
};

static bool has_key(void *self, const char *variable)
{
	const char *key = getenv(variable);

	return key && key[0];
}

/* "OPENAI_API_KEY and OPENAI_KEY_2 are set, OPENAI_KEY_3 is missing" */
static void add_keys(struct us_table *t, const struct us_provider *p)
{
	struct us_buf text;
	size_t n[2] = { 0 };

	us_buf_init(&text, CHAIN_TEXT_MAX);
	for (int set = 1; set >= 0; set--) {
		for (size_t i = 0; i < p->keys.n; i++)
			if (has_key(NULL, p->keys.list[i]) == set)
				us_buf_addf(&text, "%s%s",
				            n[set]++ ? " and "
				            : text.n ? ", "
				                     : "",
				            p->keys.list[i]);
		if (n[set])
			us_buf_addf(&text, " %s %s", n[set] > 1 ? "are" : "is",
			            set ? "set" : "missing");
	}
	us_table_add(t, n[1] ? US_PAINT_GREEN : US_PAINT_RED, "%s%s", us_buf_cstr(&text),
	             n[1] || p->compatible ? "" : ": skipped");
	us_buf_fini(&text);
}

static void add_key(struct us_table *t, const struct us_provider *p)
{
	bool set = has_key(NULL, p->key_env);

	if (!p->key_env[0])
		us_table_add(t, US_PAINT_NONE, "no key");
	else if (p->keys.n > 1)
		add_keys(t, p);
	else if (set || p->compatible)
		us_table_add(t, set ? US_PAINT_GREEN : US_PAINT_NONE, "%s is %s", p->key_env,
		             set ? "set" : "not set, and may not be needed");
	else
		us_table_add(t, US_PAINT_RED, "%s is missing: skipped", p->key_env);
}

static void add_name(struct us_table *t, const struct us_provider *p)
{
	if (p->weight)
		us_table_add(t, US_PAINT_NONE, "%s, weight %u", p->name, p->weight);
	else
		us_table_add(t, US_PAINT_NONE, "%s", p->name);
}

static void print_table(const struct us_doctor *d)
{
	static const struct us_column columns[] = {
		{ "PROVIDER", false }, { "DIALECT", false }, { "MODEL", false },
		{ "BASE URL", false }, { "KEY", false },
	};
	const struct us_chain *chain = &d->conf.fallbacks;
	struct us_table t;

	us_table_init(&t, columns, US_COUNT(columns));
	for (size_t i = 0; i < chain->n; i++) {
		const struct us_provider *p = &chain->list[i];

		add_name(&t, p);
		us_table_add(&t, US_PAINT_NONE, "%s", p->dialect);
		us_table_add(&t, US_PAINT_NONE, "%s", p->model[0] ? p->model : "the program's");
		us_table_add(&t, US_PAINT_NONE, "%s", p->base_url);
		add_key(&t, p);
	}
	us_table_print(&t, &d->out, 2);
	us_table_fini(&t);
}

/* Who speaks the dialect: of the built-in providers, which come first, its maker. */
static const struct us_provider *maker_of(const struct us_conf *c, const char *dialect)
{
	for (size_t i = 0; i < c->providers.n; i++)
		if (strcmp(c->providers.list[i].dialect, dialect) == 0)
			return &c->providers.list[i];
	return NULL;
}

/* A program of that dialect; at its provider, or at a host that nobody knows (NULL). */
static struct us_own make_own(const char *dialect, const struct us_provider *at, struct us_arena *a)
{
	struct us_own own = { .dialect = us_dialect_by_name(us_span_of(dialect)), .known = at };
	struct us_url url;

	if (at && own.dialect && us_url_split(us_span_of(at->base_url), &url))
		own.origin = us_url_origin(&url, a);
	return own;
}

static void list_names(const struct us_plan *p, struct us_buf *out)
{
	for (size_t i = 0; i < p->nothers; i++) {
		const struct us_candidate *c = &p->others[i];

		us_buf_addf(out, "%s%.*s%s%.*s", i ? ", then " : "", (int)c->name.n, c->name.p,
		            c->model.n ? ":" : "", (int)c->model.n, c->model.p);
	}
}

static void tell_chain(struct us_doctor *d, const char *who, const struct us_own *own)
{
	struct us_plan plan;
	struct us_buf names;

	us_buf_init(&names, CHAIN_TEXT_MAX);
	us_plan_init(&plan, own);
	us_plan_expand(&plan, &d->conf, own, has_key, NULL);
	list_names(&plan, &names);
	us_doctor_say(d, plan.nothers ? US_MARK_OK : US_MARK_WARN, "chain", "%s: %s", who,
	              plan.nothers ? us_buf_cstr(&names) : "nobody stands in");
	us_plan_fini(&plan);
	us_buf_fini(&names);
}

void us_doctor_chain(struct us_doctor *d)
{
	us_doctor_title(d, "Chain");
	if (d->conf.fallbacks.n)
		print_table(d);
	for (size_t i = 0; i < US_COUNT(dialects); i++) {
		const struct us_provider *at = maker_of(&d->conf, dialects[i]);
		struct us_own own = make_own(dialects[i], at, &d->arena);
		struct us_span who =
			us_arena_printf(&d->arena, "for programs that call %s", dialects[i]);

		if (own.dialect && who.p)
			tell_chain(d, who.p, &own);
	}
	if (d->conf.chain_is_implied)
		us_doctor_say(d, US_MARK_OK, "chain",
		              "for programs that call other hosts: nobody, as no setting says so");
	else if (!d->conf.fallbacks.n)
		us_doctor_say(d, US_MARK_WARN, "chain",
		              "set UNDERSTUDY_FALLBACKS, or the keys of openai and anthropic");
}

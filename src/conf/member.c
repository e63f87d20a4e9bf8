/* member.c - objects in the config file: providers, and entries of the chain
 *
 * A file is copied, shared and committed, so no key is taken from one: what looks like a key is
 * refused, and neither it nor a wrong key_env (which may be the key itself) is ever quoted.
 */
#include "conf/member.h"

#include "base/json.h"
#include "conf/provider.h"

#define NAME_MAX_BYTES 32 /* longer names are near to none of ours */

/* What people call a key. */
static const char *const key_like[] = { "key", "api_key", "apikey", "api-key", "token", "secret" };

bool us_member_is(const cJSON *v, int type) { return (v->type & 0xff) == type; }

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* How many letters must be put in, taken out or replaced to make b of a (Levenshtein). */
static unsigned distance(struct us_span a, struct us_span b)
{
	unsigned row[NAME_MAX_BYTES + 1];

	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned swap = diagonal + (a.p[i - 1] != b.p[j - 1]);

			diagonal = row[j];
			row[j] = least(swap, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b.n];
}

/* NULL when more than half of the letters of each would have to change. */
static const char *nearest(struct us_span word, const char *const *names, size_t n)
{
	const char *best = NULL;
	unsigned best_d = UINT32_MAX;

	if (word.n > NAME_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct us_span name = us_span_of(names[i]);
		unsigned d = name.n <= NAME_MAX_BYTES ? distance(word, name) : UINT32_MAX;

		if (d < best_d && d * 2 <= name.n) {
			best = names[i];
			best_d = d;
		}
	}
	return best;
}

void us_member_unknown(struct us_loader *l, const struct us_where *at, const char *const *names,
                       size_t n)
{
	struct us_span word = us_span_of(at->name);
	const char *near = nearest(word, names, n);
	struct us_buf *out;

	for (size_t i = 0; i < US_COUNT(key_like); i++)
		if (us_span_is_nocase(word, key_like[i])) {
			us_complain_ignored(l, at,
			                    "keys do not belong in the file; name the variable "
			                    "that holds it with \"key_env\"");
			return;
		}
	out = us_complain_begin(l, at);
	us_buf_add_str(out, " is ignored: there is no such setting");
	if (near)
		us_buf_addf(out, "; the nearest is \"%s\"", near);
	us_complain_end(l);
}

/* A provider as it is being read. */
struct draft {
	struct us_loader *l;
	struct us_provider p;
	bool compatible_said, base_said;
};

/* Each takes one member, or says what is wrong with it. */
typedef const char *take(struct draft *d, const cJSON *v);

static const char *take_dialect(struct draft *d, const cJSON *v)
{
	const char *dialect = NULL;

	if (us_member_is(v, cJSON_String))
		dialect = us_provider_dialect(us_span_of(v->valuestring));
	if (!dialect)
		return "it must be one of"
#define X(name) " " name
#include "conf/dialects.def"
#undef X
			;
	d->p.dialect = dialect;
	return NULL;
}

static const char *take_base(struct draft *d, const cJSON *v)
{
	struct us_span text = us_span_of(us_member_is(v, cJSON_String) ? v->valuestring : NULL);

	d->base_said = true;
	return us_provider_base(d->l, us_span_trim(text), &d->p.base_url);
}

static const char *take_model(struct draft *d, const cJSON *v)
{
	struct us_span model = us_span_of(us_member_is(v, cJSON_String) ? v->valuestring : NULL);
	const char *why = model.p ? us_provider_model(model) : "it must be a string";

	if (!why) {
		d->p.model = us_arena_copy(&d->l->c->arena, model).p;
		d->p.any_model = !model.n;
	}
	return why;
}

/* ["OPENAI_API_KEY", "OPENAI_KEY_2"] */
static const char *take_keys(struct draft *d, const cJSON *list)
{
	struct us_names keys = { 0 };
	const char *why = list->child ? NULL : "there is no key in it";

	for (const cJSON *v = list->child; v && !why; v = v->next) {
		bool text = us_member_is(v, cJSON_String);

		why = us_provider_variable(us_span_of(text ? v->valuestring : ""));
		if (!why)
			us_provider_add_key(d->l, &keys, us_span_of(v->valuestring));
	}
	if (!why)
		us_provider_use_keys(&d->p, &keys);
	return why;
}

static const char *take_key_env(struct draft *d, const cJSON *v)
{
	struct us_span var = us_span_of(us_member_is(v, cJSON_String) ? v->valuestring : NULL);

	if (us_member_is(v, cJSON_Array))
		return take_keys(d, v);
	if (!var.p || (var.n && us_provider_variable(var)))
		return "it must be the name of an environment variable, a list of such names, or "
		       "\"\" for none (what it is is not shown: it may be the key)";
	d->p.keys = (struct us_names){ 0 };
	d->p.key_env = us_arena_copy(&d->l->c->arena, var).p;
	return NULL;
}

static const char *take_compatible(struct draft *d, const cJSON *v)
{
	if (!us_member_is(v, cJSON_True) && !us_member_is(v, cJSON_False))
		return "it must be true or false";
	d->p.compatible = us_member_is(v, cJSON_True);
	d->compatible_said = true;
	return NULL;
}

/* Whose ways the server has: what it refuses, and what it calls things. */
static const char *take_like(struct draft *d, const cJSON *v)
{
	const struct us_provider *known = NULL;

	if (us_member_is(v, cJSON_String))
		known = us_provider_find(&d->l->c->providers, us_span_of(v->valuestring));
	if (!known || !known->compatible)
		return "it must be the name of a known server that speaks OpenAI's language";
	d->p.like = known->like;
	return NULL;
}

static const char *take_path(struct draft *d, const cJSON *v)
{
	struct us_span path = us_span_of(us_member_is(v, cJSON_String) ? v->valuestring : NULL);
	bool ok = path.p && (!path.n || path.p[0] == '/');

	for (size_t i = 0; ok && i < path.n; i++)
		ok = (unsigned char)path.p[i] > 0x20 && path.p[i] != '#' && path.p[i] != 0x7f;
	if (!ok)
		return "it must be a path and maybe a query, with {model} where the model belongs";
	d->p.path = us_arena_copy(&d->l->c->arena, path).p;
	return NULL;
}

/* "api-key", or what stands before the key: "Authorization: Bearer ". */
static const char *take_key_header(struct draft *d, const cJSON *v)
{
	struct us_span h = us_span_of(us_member_is(v, cJSON_String) ? v->valuestring : NULL);
	bool whole = h.p && us_span_has(h, ": "), ok = h.p != NULL;

	for (size_t i = 0; ok && i < h.n; i++)
		ok = (unsigned char)h.p[i] >= (whole ? 0x20 : 0x21) && h.p[i] < 0x7f &&
		     (whole || h.p[i] != ':');
	if (!ok)
		return "it must be the name of a header, or what stands before the key (what it is "
		       "is not shown: it may be the key)";
	d->p.key_header =
		us_arena_printf(&d->l->c->arena, "%s%s", h.p, h.n && !whole ? ": " : "").p;
	return NULL;
}

/* "Idempotency-Key": its name. */
static const char *take_idempotency_header(struct draft *d, const cJSON *v)
{
	struct us_span h = us_span_of(us_member_is(v, cJSON_String) ? v->valuestring : NULL);
	bool ok = h.p != NULL;

	for (size_t i = 0; ok && i < h.n; i++)
		ok = h.p[i] > 0x20 && h.p[i] < 0x7f && h.p[i] != ':' && h.p[i] != ';';
	if (!ok)
		return "it must be the name of a header";
	d->p.idempotency_header = us_arena_copy(&d->l->c->arena, h).p;
	return NULL;
}

#define PROVIDER_MEMBERS(X)                                                                        \
	X("dialect", take_dialect, true)                                                           \
	X("base_url", take_base, true)                                                             \
	X("model", take_model, true)                                                               \
	X("key_env", take_key_env, false)                                                          \
	X("compatible", take_compatible, true)                                                     \
	X("like", take_like, true)                                                                 \
	X("path", take_path, true)                                                                 \
	X("key_header", take_key_header, false)                                                    \
	X("idempotency_header", take_idempotency_header, true)

static const char *const member_names[] = {
#define X(name, take, quote) name,
	PROVIDER_MEMBERS(X)
#undef X
};

static const struct {
	take *take;
	bool quote; /* may a wrong value be shown? */
} members[] = {
#define X(name, take, quote) { take, quote },
	PROVIDER_MEMBERS(X)
#undef X
};

/* Takes one member of a provider; a wrong one is told and leaves what was there. */
static void provider_member(struct draft *d, const struct us_where *at, const cJSON *v)
{
	const char *why;
	size_t i = 0;

	while (i < US_COUNT(members) && strcmp(at->name, member_names[i]) != 0)
		i++;
	if (i == US_COUNT(members)) {
		us_member_unknown(d->l, at, member_names, US_COUNT(member_names));
		return;
	}
	why = members[i].take(d, v);
	if (why && members[i].quote && us_member_is(v, cJSON_String))
		us_complain_value(d->l, at, us_span_of(v->valuestring), "is ignored", why);
	else if (why)
		us_complain_ignored(d->l, at, why);
}

/* What a provider is before its members are read: the known one, or nearly nothing. */
static struct draft begin(struct us_loader *l, struct us_span name)
{
	const struct us_provider *known = us_provider_find(&l->c->providers, name);
	struct draft d = { .l = l, .compatible_said = known != NULL };

	if (known)
		d.p = *known;
	else
		d.p = us_provider_unknown(l, name);
	return d;
}

/* A provider that has no base URL in the end is not put: where one was tried, that has been told.
 */
static void provider(struct us_loader *l, const struct us_where *at, struct us_lines *lines,
                     const cJSON *object)
{
	const char *why = us_provider_name(us_span_of(at->name));
	struct draft d;

	if (!why && !us_member_is(object, cJSON_Object))
		why = "a provider is an object";
	if (!why && l->c->providers.n >= US_PROVIDERS_MAX)
		why = "there are too many providers";
	if (why) {
		us_complain_ignored(l, at, why);
		return;
	}
	d = begin(l, us_span_of(at->name));
	for (const cJSON *v = object->child; v; v = v->next) {
		struct us_where member = { v->string, at->name, at->file,
			                   us_lines_find(lines, 3, v->string) };

		provider_member(&d, &member, v);
	}
	if (!d.compatible_said)
		d.p.compatible = strcmp(d.p.dialect, "openai") == 0;
	if (d.p.base_url[0])
		us_provider_put(l, &d.p);
	else if (!d.base_said)
		us_complain_ignored(l, at,
		                    "a provider that is not a known one needs a \"base_url\"");
}

void us_member_providers(struct us_loader *l, const struct us_where *at, struct us_lines *lines,
                         const cJSON *object)
{
	if (!us_member_is(object, cJSON_Object)) {
		us_complain_ignored(l, at, "it must be an object: { \"name\": { ... } }");
		return;
	}
	for (const cJSON *v = object->child; v; v = v->next) {
		struct us_where one = { v->string, at->name, at->file,
			                us_lines_find(lines, 2, v->string) };

		provider(l, &one, lines, v);
	}
}

static void take_weight(struct us_loader *l, const struct us_where *at, const cJSON *v,
                        struct us_target *t)
{
	if (us_member_is(v, cJSON_Number) && v->valueint >= 1 && v->valueint <= US_WEIGHT_MAX &&
	    v->valueint == v->valuedouble)
		t->weight = (uint64_t)v->valueint;
	else
		us_complain_ignored(l, at, US_WEIGHT_WRONG);
}

bool us_member_target(struct us_loader *l, const struct us_where *at, struct us_limit in,
                      const cJSON *object)
{
	static const char *const names[] = { "provider", "model", "base_url", "weight" };
	struct us_target t = { 0 };
	struct us_span *const slots[] = { &t.name, &t.model, &t.base };

	for (const cJSON *v = object->child; v; v = v->next) {
		struct us_where member = { v->string, at->name, at->file, at->line };
		size_t i = 0;

		while (i < US_COUNT(names) && strcmp(v->string, names[i]) != 0)
			i++;
		if (i == US_COUNT(names))
			us_member_unknown(l, &member, names, US_COUNT(names));
		else if (i == US_COUNT(slots))
			take_weight(l, &member, v, &t);
		else if (us_member_is(v, cJSON_String))
			*slots[i] = us_span_trim(us_span_of(v->valuestring));
		else
			us_complain_ignored(l, &member, "it must be a string");
	}
	t.text = t.name;
	if (t.name.p)
		return us_chain_add(l, at, in, &t);
	us_complain_entry(l, at, "it has no \"provider\"");
	return true;
}

/* models.c - what a model can do, by its name
 *
 * The matcher is our own: fnmatch(3) obeys the host's locale, and wants a NUL behind the name.
 */
#include "wire/models.h"

#include "base/err.h"

static const struct us_model models[] = {
#define X(dialect_, pattern_, max_out_, window_, sampling_, thinking_, prefill_, schema_, system_, \
          stop_)                                                                                   \
	{                                                                                          \
		.dialect = dialect_,                                                               \
		.pattern = pattern_,                                                               \
		.max_out = max_out_,                                                               \
		.window = UINT64_C(window_) * 1000,                                                \
		.sampling = US_SAMPLING_##sampling_,                                               \
		.thinking = US_THINKING_##thinking_,                                               \
		.prefill = prefill_,                                                               \
		.json_schema = schema_,                                                            \
		.system_turn = system_,                                                            \
		.stop = stop_,                                                                     \
	},
#include "wire/models.def"
#undef X
};

static const struct us_tier_row tiers[] = {
#define X(dialect, pattern, tier) { dialect, pattern, US_TIER_##tier },
#include "wire/tiers.def"
#undef X
};

static const struct us_counterpart counterparts[] = {
#define X(provider, small, middle, large) { provider, { small, middle, large } },
#include "wire/counterparts.def"
#undef X
};

const struct us_models us_models_built_in = {
	.models = models,
	.tiers = tiers,
	.counterparts = counterparts,
	.nmodels = US_COUNT(models),
	.ntiers = US_COUNT(tiers),
	.ncounterparts = US_COUNT(counterparts),
};

static const struct us_models none, *user = &none;

void us_models_use(const struct us_models *m) { user = m ? m : &none; }

/* Not tolower: it obeys the host's locale. */
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

/* Does `c` fit the [set] at *pattern? Moves *pattern past it. */
static bool in_set(const char **pattern, char c)
{
	const char *p = *pattern + 1;
	bool found = false;

	for (; *p && *p != ']'; p++) {
		if (p[1] == '-' && p[2] != ']') {
			found = found || (c >= p[0] && c <= p[2]);
			p += 2;
		} else {
			found = found || c == *p;
		}
	}
	*pattern = p + 1;
	return found;
}

/* Does `c` fit the one-character pattern at *pattern? Moves *pattern past it. */
static bool fits_one(const char **pattern, char c)
{
	if (**pattern == '[')
		return in_set(pattern, c);
	return *(*pattern)++ == '?' || (*pattern)[-1] == c;
}

/* On a mismatch the last star takes one character more. Only the last one: what stands between it
 * and the star before matched as early as it could, and a later match would leave less. */
static bool fits(const char *pattern, struct us_span name)
{
	const char *star = NULL;
	size_t i = 0, star_at = 0;

	while (i < name.n) {
		const char *p = pattern;

		if (*pattern == '*') {
			star = ++pattern;
			star_at = i;
		} else if (*pattern && fits_one(&p, lower(name.p[i]))) {
			pattern = p;
			i++;
		} else if (star) {
			pattern = star;
			i = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* "openai/gpt-5" and "ft:gpt-4o-mini:org::id" are what stands behind. */
static struct us_span bare(struct us_span name)
{
	const char *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;

	if (slash)
		name = us_span(slash + 1, (size_t)(name.p + name.n - slash) - 1);
	return us_span_starts(name, "ft:") ? us_span(name.p + 3, name.n - 3) : name;
}

static const struct us_model *model_in(const struct us_models *m, const char *dialect,
                                       struct us_span name)
{
	for (size_t i = 0; i < m->nmodels; i++)
		if (strcmp(m->models[i].dialect, dialect) == 0 && fits(m->models[i].pattern, name))
			return &m->models[i];
	return NULL;
}

const struct us_model *us_model_find(const char *dialect, struct us_span name)
{
	const struct us_model *m;

	name = bare(name);
	m = model_in(user, dialect, name);
	return m ? m : model_in(&us_models_built_in, dialect, name);
}

static enum us_tier tier_in(const struct us_models *m, const char *dialect, struct us_span name)
{
	for (size_t i = 0; i < m->ntiers; i++)
		if (strcmp(m->tiers[i].dialect, dialect) == 0 && fits(m->tiers[i].pattern, name))
			return m->tiers[i].tier;
	return US_TIERS;
}

enum us_tier us_model_tier(const char *dialect, struct us_span name)
{
	enum us_tier tier;

	name = bare(name);
	tier = tier_in(user, dialect, name);
	return tier < US_TIERS ? tier : tier_in(&us_models_built_in, dialect, name);
}

static const char *counterpart_in(const struct us_models *m, struct us_span provider,
                                  enum us_tier tier)
{
	for (size_t i = 0; i < m->ncounterparts; i++)
		if (us_span_is(provider, m->counterparts[i].provider))
			return m->counterparts[i].model[tier];
	return "";
}

const char *us_model_counterpart(struct us_span provider, enum us_tier tier)
{
	const char *name;

	if (tier >= US_TIERS)
		return "";
	name = counterpart_in(user, provider, tier);
	return name[0] ? name : counterpart_in(&us_models_built_in, provider, tier);
}

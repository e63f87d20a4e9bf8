/* conf.h - what the user asked for
 *
 * Defaults, then the config file, then the environment. A wrong value is told once, in words, and
 * the default stays. Nothing here reads the network or knows a wire format; dialects are names.
 */
#ifndef US_CONF_CONF_H
#define US_CONF_CONF_H

#include "base/arena.h"
#include "base/buf.h"
#include "conf/kind.h"

#define US_ENV_PREFIX "UNDERSTUDY_"

struct us_conf {
#define X(field, kind, def, low, high, env, help) us_kind_##kind field;
#include "conf/options.def"
#undef X
	struct us_chain providers; /* known by name: providers.def, then the config file's */
	bool chain_is_implied;     /* `fallbacks` comes from the keys at hand, not from a setting */
	struct us_arena arena;
};

/* The variable of its n-th key; NULL: it has no more. */
static inline const char *us_provider_key(const struct us_provider *p, size_t n)
{
	if (p->keys.n)
		return n < p->keys.n ? p->keys.list[n] : NULL;
	return !n && p->key_env[0] ? p->key_env : NULL;
}

/* Where settings come from and where complaints go; tests pass their own. */
struct us_conf_source {
	const char *(*env)(void *self, const char *name); /* as getenv */
	/* One complete sentence, with the setting's name, the value and the range. */
	void (*complain)(void *self, const char *text);
	void *self;
};

/* Always leaves a usable configuration. Freed by us_conf_fini. */
void us_conf_load(struct us_conf *c, const struct us_conf_source *from);
void us_conf_fini(struct us_conf *c);

/* The rows, for help texts and the doctor. */
struct us_option {
	const char *env, *kind, *def, *help;
};
extern const struct us_option us_options[];
extern const size_t us_option_count;

/* The value in force, as the user would write it. */
int us_conf_show(const struct us_conf *c, size_t option, struct us_buf *out);

#endif

/* conf.h - what the user asked for
 *
 * Defaults, then the config file, then the environment. A wrong value is told once, in words, and
 * the default stays. Nothing here reads the network or knows a wire format; dialects are names.
 */
#ifndef US_CONF_CONF_H
#define US_CONF_CONF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

#define US_ENV_PREFIX "UNDERSTUDY_"

enum us_fidelity { US_FIDELITY_STRICT, US_FIDELITY_NORMAL, US_FIDELITY_LOOSE };

struct us_range_ms {
	uint64_t low, high;
};
struct us_rate {
	uint64_t count, ms;
};
struct us_log_to {
	enum us_log_level level;
	const char *path; /* "" is stderr */
};

/* One that can stand in, or the program's own provider where it is known by name. */
struct us_provider {
	const char *name;       /* "anthropic", "local", or the user's word */
	const char *dialect;    /* "openai", "anthropic" */
	const char *base_url;   /* no user-info, no trailing slash */
	const char *model;      /* "" keeps the program's (same dialect only) */
	const char *key_env;    /* the variable that holds its key, "" for none */
	bool compatible;        /* speaks OpenAI's dialect but is not OpenAI */
	const char *like;       /* then, a known one whose ways it has; mostly its own name */
	const char *path;       /* behind base_url instead of the dialect's own endpoint; "" none */
	const char *key_header; /* up to the key, instead of the dialect's own; "" none */
};

/* host[:port][/path]=dialect */
struct us_route_rule {
	struct us_span host; /* with :port if one was given */
	struct us_span path; /* a suffix of the path; empty: the dialect's own */
	const char *dialect; /* "off": never manage */
};

struct us_chain {
	struct us_provider *list;
	size_t n;
};
struct us_routes {
	struct us_route_rule *list;
	size_t n;
};

/* The type of each KIND of options.def. */
typedef bool us_kind_FLAG;
typedef uint64_t us_kind_COUNT, us_kind_TIME, us_kind_SIZE;
typedef enum us_fidelity us_kind_WORD;
typedef struct us_range_ms us_kind_RANGE;
typedef struct us_rate us_kind_RATE;
typedef const char *us_kind_PATH, *us_kind_NAME;
typedef struct us_log_to us_kind_LOG;
typedef struct us_chain us_kind_CHAIN;
typedef struct us_routes us_kind_ROUTES;

struct us_conf {
#define X(field, kind, def, low, high, env, help) us_kind_##kind field;
#include "conf/options.def"
#undef X
	struct us_chain providers; /* known by name: providers.def, then the config file's */
	bool chain_is_implied;     /* `fallbacks` comes from the keys at hand, not from a setting */
	struct us_arena arena;
};

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

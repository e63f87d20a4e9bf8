/* kind.h - what settings are made of: the types of the KINDs of options.def */
#ifndef US_CONF_KIND_H
#define US_CONF_KIND_H

#include "base/log.h"
#include "conf/tool.h"

enum us_fidelity { US_FIDELITY_STRICT, US_FIDELITY_NORMAL, US_FIDELITY_LOOSE };
enum us_model_echo { US_ECHO_SERVED, US_ECHO_ASKED };
enum us_prefer { US_PREFER_ORDER, US_PREFER_LATENCY };
enum us_durability { US_DURABILITY_NONE, US_DURABILITY_DATA, US_DURABILITY_FULL };
struct us_range_ms {
	uint64_t low, high;
};
struct us_hedge_delay {
	uint64_t ms; /* 0: never */
	bool learnt; /* what 95 of 100 answers of the provider needed to begin */
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
	bool any_model;         /* nobody has named it: it is a counterpart of the program's */
	const char *key_env;    /* the variable that holds its key, "" for none */
	struct us_names keys;   /* ... where the user names several: of all of them, that first */
	bool compatible;        /* speaks OpenAI's dialect but is not OpenAI */
	const char *like;       /* then, a known one whose ways it has; mostly its own name */
	const char *path;       /* behind base_url instead of the dialect's own endpoint; "" none */
	const char *key_header; /* up to the key, instead of the dialect's own; "" none */
	const char *idempotency_header; /* by which it knows a request that it has had before; ""
	                                   none */
	unsigned weight; /* in the chain: drawn among its neighbours that have one; 0 none */
};

/* KEYS, an entry: the variables that hold a provider's keys. */
struct us_key_list {
	const char *provider;
	struct us_names names;
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

struct us_key_lists {
	struct us_key_list *list;
	size_t n;
};

/* The type of each KIND of options.def. */
typedef bool us_kind_FLAG, us_kind_AUTO;
typedef uint64_t us_kind_COUNT, us_kind_TIME, us_kind_SIZE;
typedef enum us_fidelity us_kind_WORD;
typedef struct us_range_ms us_kind_RANGE;
typedef struct us_rate us_kind_RATE;
typedef const char *us_kind_PATH, *us_kind_NAME, *us_kind_TEXT, *us_kind_SECRET;
typedef enum us_durability us_kind_DURABLE;
typedef enum us_model_echo us_kind_ECHO;
typedef struct us_hedge_delay us_kind_HEDGE;
typedef enum us_prefer us_kind_CHOICE;
typedef struct us_key_lists us_kind_KEYS;
typedef struct us_log_to us_kind_LOG;
typedef struct us_chain us_kind_CHAIN;
typedef struct us_routes us_kind_ROUTES;

#endif

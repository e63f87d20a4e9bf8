/* provider.h - who can stand in: the providers known by name, and the entries of FALLBACKS */
#ifndef US_CONF_PROVIDER_H
#define US_CONF_PROVIDER_H

#include "conf/value.h"

#define US_NAME_MAX 64       /* bytes of a provider's name */
#define US_PROVIDERS_MAX 128 /* known by name; every managed request looks through them */

/* One entry of FALLBACKS, taken apart; `model` and `base` may be empty. */
struct us_target {
	struct us_span name, model, base;
	uint64_t weight;     /* 0: none */
	struct us_span text; /* the entry, as a complaint quotes it */
};

/* Adds to the chain, or tells why not. False: the chain is full. */
bool us_chain_add(struct us_loader *l, const struct us_where *at, struct us_limit in,
                  const struct us_target *t);

#define US_WEIGHT_MAX 100
#define US_WEIGHT_WRONG "a weight is a whole number from 1 to 100"

/* Without any setting: both, in this order, if both keys are in the environment. */
void us_chain_imply(struct us_loader *l);

/* Fills c->providers from providers.def. */
void us_provider_begin(struct us_loader *l);
/* Replaces base URLs by <NAME>_BASE_URL where that is set. */
void us_provider_env(struct us_loader *l);

/* KEYS: of a provider that nobody knows, it is taken when the chain names it. */
const struct us_names *us_keys_of(const struct us_conf *c, struct us_span provider);
/* Tells of keys whose provider is nobody. */
void us_keys_check(struct us_loader *l, const struct us_where *at);

/* NULL when there is none of that name. */
struct us_provider *us_provider_find(const struct us_chain *known, struct us_span name);
/* A new one, or the known one of its name, takes the values of `p`. */
void us_provider_put(struct us_loader *l, const struct us_provider *p);

/* What is wrong with a name, or NULL. */
const char *us_provider_name(struct us_span name);
/* The dialect of that name, of those in dialects.def; or NULL. */
const char *us_provider_dialect(struct us_span word);
/* What is wrong with the name of a variable, or NULL. What it is must not be shown: it may be the
 * key itself. */
const char *us_provider_variable(struct us_span name);
/* Adds one to its keys, if it is not there yet. */
void us_provider_add_key(struct us_loader *l, struct us_names *keys, struct us_span variable);
/* Its keys are in these from now on. */
void us_provider_use_keys(struct us_provider *p, const struct us_names *keys);
/* What is wrong with the name of a model, or NULL. */
const char *us_provider_model(struct us_span model);
/* One that nobody knows, yet without a base URL: it speaks OpenAI's language, as nearly every
 * server does, and the key of "my-gpu" is in MY_GPU_API_KEY. */
struct us_provider us_provider_unknown(struct us_loader *l, struct us_span name);
/* Does it begin with http:// or https://? */
bool us_provider_is_http(struct us_span text);
/* What is wrong with a base URL, or NULL: then *out is a copy without trailing slashes, or left
 * alone when memory ran out. */
const char *us_provider_base(struct us_loader *l, struct us_span text, const char **out);

#endif

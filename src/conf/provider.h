/* provider.h - who can stand in: the providers known by name, and the entries of FALLBACKS */
#ifndef US_CONF_PROVIDER_H
#define US_CONF_PROVIDER_H

#include "conf/value.h"

#define US_NAME_MAX 64       /* bytes of a provider's name */
#define US_PROVIDERS_MAX 128 /* known by name; every managed request looks through them */

/* One entry of FALLBACKS, taken apart; `model` and `base` may be empty. */
struct us_target {
	struct us_span name, model, base;
	struct us_span text; /* the entry, as a complaint quotes it */
};

/* Adds to the chain, or tells why not. False: the chain is full. */
bool us_chain_add(struct us_loader *l, const struct us_where *at, struct us_limit in,
                  const struct us_target *t);

/* Without any setting: both, in this order, if both keys are in the environment. */
void us_chain_imply(struct us_loader *l);

/* Fills c->providers from providers.def. */
void us_provider_begin(struct us_loader *l);
/* Replaces base URLs by <NAME>_BASE_URL where that is set. */
void us_provider_env(struct us_loader *l);

/* NULL when there is none of that name. */
struct us_provider *us_provider_find(const struct us_chain *known, struct us_span name);
/* A new one, or the known one of its name, takes the values of `p`. */
void us_provider_put(struct us_loader *l, const struct us_provider *p);

/* What is wrong with a name, or NULL. */
const char *us_provider_name(struct us_span name);
/* The dialect of that name, of those in dialects.def; or NULL. */
const char *us_provider_dialect(struct us_span word);
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

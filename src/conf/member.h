/* member.h - objects in the config file: providers, and entries of the chain */
#ifndef US_CONF_MEMBER_H
#define US_CONF_MEMBER_H

#include "conf/lines.h"
#include "conf/value.h"

struct cJSON;

/* Is it of this type (cJSON_String ...)? */
bool us_member_is(const struct cJSON *v, int type);

/* Tells that the member at `at` is none of `names`, with the nearest of them; or, if it looks like
 * a key, where keys belong. */
void us_member_unknown(struct us_loader *l, const struct us_where *at, const char *const *names,
                       size_t n);

/* "providers": { "name": { ... }, ... }, which stands at `at`. */
void us_member_providers(struct us_loader *l, const struct us_where *at, struct us_lines *lines,
                         const struct cJSON *object);

/* { "provider": ..., "model": ..., "base_url": ... } in FALLBACKS. False: the chain is full. */
bool us_member_target(struct us_loader *l, const struct us_where *at, struct us_limit in,
                      const struct cJSON *object);

#endif

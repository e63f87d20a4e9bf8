/* place.h - where files are kept that outlive the machine's uptime */
#ifndef US_CONF_PLACE_H
#define US_CONF_PLACE_H

#include "conf/conf.h"

/* UNDERSTUDY_STORE, or below $XDG_STATE_HOME or $HOME, which are read here. US_EINVAL: neither. */
int us_place_store(const struct us_conf *c, struct us_buf *out);
/* Of what may be lost: below $XDG_CACHE_HOME or $HOME. */
int us_place_cache(struct us_buf *out);

#endif

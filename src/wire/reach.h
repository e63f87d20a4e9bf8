/* reach.h - what a provider's servers can fetch by themselves */
#ifndef US_WIRE_REACH_H
#define US_WIRE_REACH_H

#include "base/span.h"

/* Is this an https URL of the open Internet? */
bool us_url_is_public(struct us_span url);

#endif

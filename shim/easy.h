/* easy.h - the driver of a blocking call
 *
 * A managed curl_easy_perform runs in a multi of ours: every timer is exact, an attempt can be
 * cancelled, and the program's own handle does the work on its own provider.
 */
#ifndef SHIM_EASY_H
#define SHIM_EASY_H

#include "run.h"

CURLcode easy_perform(struct shadow *s);
CURLcode easy_pause(struct shadow *s, int bits);
CURLcode easy_upkeep(struct shadow *s);
void easy_reset(struct shadow *s);
/* `copy` is libcurl's duplicate of the handle: gives it a shadow, and returns it. */
CURL *easy_duplicated(struct shadow *s, CURL *copy);

/* Frees our multi, with its connections. */
void easy_forget_connections(struct shadow *s);
/* Frees that and our target's handle; the shadow is in no registry and the real handle is gone. */
void easy_cleanup(struct shadow *s);

#endif

/* post.h - inside agent: one HTTP request, by the libcurl of the machine
 *
 * libcurl is loaded at the first use: who never escalates never has it.
 */
#ifndef US_AGENT_POST_H
#define US_AGENT_POST_H

#include "base/buf.h"

#define US_POST_LIMIT_MS 10000 /* of the whole request */

/* 0: it was answered with 2xx. Otherwise `why` gets a phrase without the URL. */
int us_post_json(const char *url, struct us_span body, struct us_buf *why);

#endif

/* log.h - one line per thing that happened; off by default
 *
 * Lines go to stderr or are appended to a file, each in a single write. No descriptor is kept:
 * daemons close what they do not know. Control characters are replaced, so that a provider's
 * error text cannot forge a line. Callers never pass a key, a header or a body.
 */
#ifndef US_BASE_LOG_H
#define US_BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>

enum us_log_level { US_LOG_OFF, US_LOG_ERROR, US_LOG_WARN, US_LOG_INFO, US_LOG_DEBUG };

/* `path` NULL or "" is stderr. The string is copied. Called once, before other threads log. */
void us_log_open(enum us_log_level level, const char *path);

/* Would a line of this level be written? */
bool us_log_on(enum us_log_level level);

/* errno is left as it was. */
void us_log(enum us_log_level level, const char *fmt, ...) US_PRINTF(2, 3);

#endif

/* metrics.h - the page as Prometheus reads it (text format 0.0.4)
 *
 * What OpenTelemetry's conventions for GenAI have a name for bears that, with underscores and the
 * unit at its end, as Prometheus wants it; the rest begins with understudy_.
 */
#ifndef US_CLI_METRICS_H
#define US_CLI_METRICS_H

#include "cli/view.h"

/* Appends the whole text. `page` NULL: nobody has made one yet. */
int us_metrics_print(struct us_buf *out, struct us_page *page, const struct us_health_policy *p,
                     uint64_t now_ms);

/* Answers each GET on this address ("8080", "0.0.0.0:8080", "[::1]:8080") with what is printed
 * then, until it is killed. The exit status. */
int us_metrics_serve(struct us_view *v, const char *address);

#define US_METRICS_MAX ((size_t)8 << 20)

#endif

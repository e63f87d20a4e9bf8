/* route.h - is this request one of ours, and whose is it?
 *
 * By method, host and path; the body is not looked at. A known path on a host nobody named is
 * managed too (gateways, local servers), except Anthropic's, which is too common a path: there the
 * request must carry an anthropic-version header.
 */
#ifndef US_CONF_ROUTE_H
#define US_CONF_ROUTE_H

#include "conf/conf.h"

/* A URL taken apart; spans into it. Scheme and host may be of any case. */
struct us_url {
	struct us_span scheme; /* "http" when the URL has none */
	struct us_span host;   /* an IPv6 address keeps its brackets */
	struct us_span port;   /* empty: the scheme's own */
	struct us_span path;   /* from the slash, without query and fragment */
	struct us_span query;  /* without the question mark */
};

/* False: not a URL with a host. User-info is dropped. */
bool us_url_split(struct us_span text, struct us_url *out);

/* "scheme://host:port" in lower case, port always said: who answers, for the shared state. */
struct us_span us_url_origin(const struct us_url *u, struct us_arena *a);

struct us_route {
	const char *dialect;             /* NULL: not ours */
	const struct us_provider *known; /* by the host; NULL when nobody named it */
};

/* A cheap first look: could this URL be ours at all? */
bool us_route_maybe(const struct us_conf *c, struct us_span url);

/* `anthropic_header`: the request has an anthropic-version header. */
struct us_route us_route_match(const struct us_conf *c, struct us_span method,
                               const struct us_url *url, bool anthropic_header);

/* Does the URL lie below the provider's base URL, by the same scheme? Its host is the provider's.
 */
bool us_route_is_home(const struct us_provider *p, const struct us_url *url);

/* The first tool whose host and path these are; NULL: none. */
const struct us_http_tool *us_route_tool(const struct us_conf *c, const struct us_url *url);
/* Where another base URL is to be asked for it: what the tool's path has before its first '*' gives
 * way to the base's own path. */
struct us_span us_route_other(const struct us_http_tool *t, const char *base, struct us_span path,
                              struct us_span query, struct us_arena *a);

#endif

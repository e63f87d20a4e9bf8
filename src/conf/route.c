/* route.c - is this request one of ours, and whose is it?
 *
 * This runs at every transfer of the host, so nothing is allocated and a host name is compared
 * before a URL is taken apart. URLs are read as libcurl reads them (one to three slashes after the
 * scheme, a scheme only where a slash follows the colon), but more strictly: what is odd is not
 * ours, and goes its way untouched.
 */
#include "conf/route.h"

enum on_strangers { ANY, HEADER, NAMED };

static const struct endpoint {
	const char *dialect;
	struct us_span begin, end;
	enum on_strangers strangers;
} endpoints[] = {
#define X(name, begin, end, strangers)                                                             \
	{ name, { begin, sizeof(begin) - 1 }, { end, sizeof(end) - 1 }, strangers },
#include "conf/endpoints.def"
#undef X
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_alnum(char c)
{
	c = lower(c);
	return is_digit(c) || (c >= 'a' && c <= 'z');
}

/* ASCII case does not matter, whatever the host's locale thinks of the letter i. */
static bool same_nocase(struct us_span a, struct us_span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

/* Takes "scheme:" and one to three slashes off the front, if they are there. */
static bool take_scheme(struct us_span *rest, struct us_span *scheme)
{
	size_t n = 0, slashes = 0;

	while (n < rest->n && (is_alnum(rest->p[n]) || (n && strchr("+-.", rest->p[n]))))
		n++;
	while (n + 1 + slashes < rest->n && rest->p[n] == ':' && rest->p[n + 1 + slashes] == '/')
		slashes++;
	if (!slashes)
		return true;
	*scheme = us_span(rest->p, n);
	*rest = us_span_from(*rest, n + 1 + slashes);
	return n && slashes <= 3;
}

/* Cuts `s` before the first `stop`; what follows, with the stop, is returned. */
static struct us_span cut_at(struct us_span *s, char stop)
{
	const char *p = s->n ? memchr(s->p, stop, s->n) : NULL;
	struct us_span tail = us_span_from(*s, p ? (size_t)(p - s->p) : s->n);

	s->n -= tail.n;
	return tail;
}

/* A name, an IPv4 address, or an IPv6 address in brackets, maybe with a zone. Bytes beyond ASCII
 * are an IDN's; a percent sign in a name is odd enough to be left alone. */
static bool host_ok(struct us_span host)
{
	bool v6 = us_span_starts(host, "[");

	if (v6 && (!us_span_ends(host, "]") || !us_span_has(host, ":")))
		return false;
	for (size_t i = v6; i + v6 < host.n; i++) {
		char c = host.p[i];

		if (!is_alnum(c) && !strchr(v6 ? ":.%-_~" : ".-_", c) && !(c & 0x80))
			return false;
	}
	return host.n > 0;
}

/* Empty is right too: "host:" means the scheme's own. */
static bool port_ok(struct us_span port)
{
	uint64_t v;

	return !port.n || (us_span_u64(port, &v) && v > 0 && v <= UINT16_MAX);
}

/* The last '@' ends the user-info: a password may hold one, a host may not. */
static struct us_span without_user(struct us_span authority)
{
	for (size_t i = authority.n; i-- > 0;)
		if (authority.p[i] == '@')
			return us_span_from(authority, i + 1);
	return authority;
}

/* [user@]host[:port] */
static bool split_authority(struct us_span text, struct us_url *u)
{
	struct us_span tail;
	const char *close;

	text = without_user(text);
	close = us_span_starts(text, "[") ? memchr(text.p, ']', text.n) : NULL;
	/* The colons of an IPv6 address begin no port. */
	tail = close ? us_span_from(text, (size_t)(close + 1 - text.p)) : text;
	u->port = cut_at(&tail, ':');
	u->host = us_span(text.p, text.n - u->port.n);
	if (u->port.n)
		u->port = us_span_from(u->port, 1);
	return host_ok(u->host) && port_ok(u->port);
}

bool us_url_split(struct us_span text, struct us_url *out)
{
	struct us_url u = { .scheme = US_SPAN("http") };

	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= 0x20 || text.p[i] == 0x7f)
			return false;
	if (!take_scheme(&text, &u.scheme))
		return false;
	cut_at(&text, '#');
	u.query = cut_at(&text, '?');
	u.path = cut_at(&text, '/');
	if (!split_authority(text, &u))
		return false;
	if (u.query.n)
		u.query = us_span_from(u.query, 1);
	*out = u;
	return true;
}

/* The port in force. */
static unsigned port_of(const struct us_url *u)
{
	uint64_t port;

	if (us_span_u64(u->port, &port))
		return (unsigned)port;
	return us_span_is_nocase(u->scheme, "https") ? 443 : 80;
}

struct us_span us_url_origin(const struct us_url *u, struct us_arena *a)
{
	struct us_span s = us_arena_printf(a, "%.*s://%.*s:%u", (int)u->scheme.n, u->scheme.p,
	                                   (int)u->host.n, u->host.p, port_of(u));
	char *p = us_arena_alloc(a, s.n + 1);

	if (!p)
		return us_span("", 0);
	for (size_t i = 0; i < s.n; i++)
		p[i] = lower(s.p[i]);
	return us_span(p, s.n);
}

/* This host has several names, and programs use one, settings another. */
static bool is_loopback(struct us_span host)
{
	return us_span_is_nocase(host, "localhost") || us_span_is(host, "127.0.0.1") ||
	       us_span_is(host, "[::1]");
}

/* Does `text`, [scheme://]host..., name the host of u? Then it is taken apart into *by. */
static bool same_host(struct us_span text, const struct us_url *u, struct us_url *by)
{
	/* Nearly always the first letter of the host already differs; only a host that matches is
	 * worth a split. */
	const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;
	struct us_span rest = colon ? us_span_from(text, (size_t)(colon - text.p)) : text;

	if (is_loopback(u->host))
		return us_url_split(text, by) && is_loopback(by->host);
	rest = us_span_starts(rest, "://") ? us_span_from(rest, 3) : text;
	if (rest.n < u->host.n || !same_nocase(us_span(rest.p, u->host.n), u->host))
		return false;
	return us_url_split(text, by) && by->host.n == u->host.n;
}

static struct us_span without_slashes(struct us_span path)
{
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static bool ends(struct us_span path, struct us_span suffix)
{
	return path.n >= suffix.n && us_span_eq(us_span_from(path, path.n - suffix.n), suffix);
}

/* A trailing slash is forgiven. */
static bool path_ends(const struct us_url *u, struct us_span suffix)
{
	return ends(without_slashes(u->path), suffix);
}

/* Is what stands before the end a beginning with some of a path's segment behind it? */
static bool begins(struct us_span path, const struct endpoint *e)
{
	size_t n = path.n - e->end.n, segment = n;

	while (segment && path.p[segment - 1] != '/')
		segment--;
	return segment < n && ends(us_span(path.p, segment), e->begin);
}

/* The endpoint by its path alone; below it ("/v1/messages/batches") is another one. */
static const struct endpoint *endpoint_at(struct us_span path)
{
	for (size_t i = 0; i < US_COUNT(endpoints); i++)
		if (ends(path, endpoints[i].end) &&
		    (!endpoints[i].begin.n || begins(path, &endpoints[i])))
			return &endpoints[i];
	return NULL;
}

/* What the rule wants at the end of the path; empty: the dialect's own. */
static struct us_span rule_path(const struct us_route_rule *r) { return without_slashes(r->path); }

static bool is_off(const struct us_route_rule *r) { return strcmp(r->dialect, "off") == 0; }

/* 0: it does not apply; else more for a rule with a port, then for one with a longer path. */
static size_t rule_rank(const struct us_route_rule *r, const struct us_url *u,
                        const struct endpoint *e)
{
	struct us_span path = rule_path(r);
	struct us_url by;

	if (path.n ? !path_ends(u, path) : !is_off(r) && (!e || strcmp(e->dialect, r->dialect)))
		return 0;
	if (!same_host(r->host, u, &by) || (by.port.n && port_of(&by) != port_of(u)))
		return 0;
	return 1 + path.n + (by.port.n ? SIZE_MAX / 2 : 0);
}

static const struct us_route_rule *best_rule(const struct us_conf *c, const struct us_url *u,
                                             const struct endpoint *e)
{
	const struct us_route_rule *best = NULL;
	size_t best_rank = 0;

	for (size_t i = 0; i < c->routes.n; i++) {
		size_t rank = rule_rank(&c->routes.list[i], u, e);

		if (rank > best_rank) {
			best = &c->routes.list[i];
			best_rank = rank;
		}
	}
	return best;
}

static bool is_below(struct us_span path, struct us_span base)
{
	return path.n > base.n && path.p[base.n] == '/' &&
	       us_span_eq(us_span(path.p, base.n), base);
}

bool us_route_is_home(const struct us_provider *p, const struct us_url *url)
{
	struct us_url base;

	return us_url_split(us_span_of(p->base_url), &base) &&
	       same_nocase(base.scheme, url->scheme) &&
	       is_below(url->path, without_slashes(base.path));
}

/* Of the providers at u's host and port that speak `dialect`, the one whose base path is the
 * longest beginning of u's; they may share a gateway. */
static const struct us_provider *known_at(const struct us_conf *c, const struct us_url *u,
                                          const char *dialect)
{
	const struct us_provider *best = NULL;
	size_t best_rank = 0;

	for (size_t i = 0; i < c->providers.n; i++) {
		const struct us_provider *p = &c->providers.list[i];
		struct us_url by;
		size_t rank = 1;

		if (!same_host(us_span_of(p->base_url), u, &by) || port_of(&by) != port_of(u) ||
		    strcmp(p->dialect, dialect) != 0)
			continue;
		if (is_below(u->path, by.path))
			rank += 1 + by.path.n;
		if (rank > best_rank) {
			best = p;
			best_rank = rank;
		}
	}
	return best;
}

/* The end of the URL is the end of its path; nothing is searched for in it. */
/* '*' stands for any bytes, slashes too. */
static bool path_fits(struct us_span path, struct us_span pattern)
{
	size_t p = 0, s = 0, star = SIZE_MAX, from = 0;

	while (s < path.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			from = s;
		} else if (p < pattern.n && pattern.p[p] == path.p[s]) {
			p++;
			s++;
		} else if (star != SIZE_MAX) { /* the last star takes one byte more */
			p = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

const struct us_http_tool *us_route_tool(const struct us_conf *c, const struct us_url *url)
{
	for (size_t i = 0; !c->off && i < c->tools.n; i++) {
		const struct us_http_tool *t = &c->tools.list[i];
		struct us_url by;

		if (same_host(t->host, url, &by) && (!by.port.n || port_of(&by) == port_of(url)) &&
		    (!t->path.n || path_fits(url->path, t->path)))
			return t;
	}
	return NULL;
}

struct us_span us_route_other(const struct us_http_tool *t, const char *base, struct us_span path,
                              struct us_span query, struct us_arena *a)
{
	const char *star = t->path.n ? memchr(t->path.p, '*', t->path.n) : NULL;
	size_t fixed = star ? (size_t)(star - t->path.p) : 0;
	struct us_span rest;

	while (fixed && t->path.p[fixed - 1] != '/')
		fixed--;
	rest = us_span_from(path, fixed ? fixed - 1 : 0);
	return us_arena_printf(a, "%s%.*s%s%.*s", base, (int)rest.n, rest.p, query.n ? "?" : "",
	                       (int)query.n, query.p);
}

bool us_route_maybe(const struct us_conf *c, struct us_span url)
{
	cut_at(&url, '#');
	cut_at(&url, '?');
	url = without_slashes(url);
	if (endpoint_at(url))
		return true;
	for (size_t i = 0; i < c->routes.n; i++) {
		struct us_span path = rule_path(&c->routes.list[i]);

		if (path.n && ends(url, path))
			return true;
	}
	return false;
}

static bool is_stranger(const struct endpoint *e, bool anthropic_header)
{
	return e->strangers == NAMED || (e->strangers == HEADER && !anthropic_header);
}

struct us_route us_route_match(const struct us_conf *c, struct us_span method,
                               const struct us_url *url, bool anthropic_header)
{
	const struct us_route not_ours = { 0 };
	const struct us_route_rule *rule;
	const struct endpoint *e;
	struct us_route r;

	if (c->off || !us_span_is(method, "POST") ||
	    (!us_span_is_nocase(url->scheme, "http") && !us_span_is_nocase(url->scheme, "https")))
		return not_ours;
	e = endpoint_at(without_slashes(url->path));
	rule = best_rule(c, url, e);
	/* A rule applies only where it fits, so its dialect is sure; else the path decides. */
	if (rule ? is_off(rule) : !e)
		return not_ours;
	r.dialect = rule ? rule->dialect : e->dialect;
	r.known = known_at(c, url, r.dialect);
	if (!rule && !r.known && is_stranger(e, anthropic_header))
		return not_ours;
	return r;
}

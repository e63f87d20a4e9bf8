/* rule.c - ROUTES: host[:port][/path]=dialect,...
 *
 * The part before the last '=' is read as a URL, so a scheme and a trailing slash are forgiven;
 * they mean nothing. How a rule is matched stands in route.c.
 */
#include "conf/provider.h"

#include "conf/route.h"

static const char *dialect_of(struct us_span word)
{
	return us_span_is_nocase(word, "off") ? "off" : us_provider_dialect(word);
}

/* What is wrong with the entry, or NULL; its spans then point into `text`. */
static const char *read_rule(struct us_span text, struct us_route_rule *out)
{
	const char *sign = memrchr(text.p, '=', text.n);
	size_t n = sign ? (size_t)(sign - text.p) : 0;
	struct us_url u;

	if (sign)
		out->dialect = dialect_of(us_span_trim(us_span(sign + 1, text.n - n - 1)));
	if (!sign || !out->dialect)
		return "it must be host[:port][/path]=dialect, with one of the dialects"
#define X(name) " " name
#include "conf/dialects.def"
#undef X
		       " off";
	text = us_span_trim(us_span(text.p, n));
	if (!us_url_split(text, &u))
		return "it has no host that could be understood";
	if (u.host.p > text.p && u.host.p[-1] == '@')
		return "a route names no user";
	if (memchr(text.p, '?', text.n) || memchr(text.p, '#', text.n))
		return "a route has no query and no fragment";
	out->host = u.port.n ? us_span(u.host.p, (size_t)(u.port.p + u.port.n - u.host.p)) : u.host;
	out->path = u.path;
	return NULL;
}

/* The entry as it may be quoted: nothing that stands before an '@'. */
static struct us_span quotable(struct us_span entry)
{
	const char *at = memrchr(entry.p, '@', entry.n);

	return at ? us_span(at, (size_t)(entry.p + entry.n - at)) : entry;
}

static bool add(struct us_loader *l, const struct us_where *at, struct us_limit in,
                struct us_span entry)
{
	struct us_arena *a = &l->c->arena;
	struct us_routes *routes = &l->c->routes;
	struct us_route_rule r = { 0 }, *slot;
	const char *why = read_rule(entry, &r);

	if (us_value_full(l, at, in, routes->n, quotable(entry)))
		return false;
	if (why) {
		us_complain_value(l, at, quotable(entry), "is skipped", why);
		return true;
	}
	r.host = us_arena_copy(a, r.host);
	r.path = us_arena_copy(a, r.path);
	slot = a->err ? NULL : us_arena_push(a, &routes->list, &routes->n, sizeof(*slot));
	if (slot)
		*slot = r;
	else
		l->starved = true;
	return true;
}

static void show(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_ROUTES *routes = value;

	for (size_t i = 0; i < routes->n; i++) {
		const struct us_route_rule *r = &routes->list[i];

		us_buf_add_str(out, i ? "," : "");
		us_buf_add_span(out, r->host);
		us_buf_add_span(out, r->path);
		us_buf_addf(out, "=%s", r->dialect);
	}
}

const struct us_kind us_value_ROUTES = { NULL, NULL, add, show };

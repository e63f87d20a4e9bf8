/* route.c - is this request one of ours, and whose is it?
 *
 * This runs at every transfer of the host, so nothing is allocated and a host name is compared
 * before a URL is taken apart. URLs are read as libcurl reads them (one to three slashes after the
 * scheme, a scheme only where a slash follows the colon), but more strictly: what is odd is not
 * ours, and goes its way untouched.
 */
#include "conf/route.h"

static const struct endpoint {
	const char *dialect, *path;
	bool common; /* too common to be taken for the dialect's on a host that nobody named */
} endpoints[] = {
#define X(name, path, common) { name, path, common },
#include "conf/dialects.def"
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

static struct us_span from(struct us_span s, size_t n) { return us_span(s.p + n, s.n - n); }

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
	*rest = from(*rest, n + 1 + slashes);
	return n && slashes <= 3;
}

/* Cuts `s` before the first of `stops`; what follows, with the stop, is the rest. */
static struct us_span cut_at(struct us_span *s, const char *stops)
{
	struct us_span whole = *s;
	size_t n = 0;

	while (n < s->n && !strchr(stops, s->p[n]))
		n++;
	s->n = n;
	return from(whole, n);
}

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

static bool port_ok(struct us_span port)
{
	uint64_t v;

	return !port.n || (us_span_u64(port, &v) && v > 0 && v <= UINT16_MAX);
}

/* host[:port] */
static bool split_authority(struct us_span text, struct us_url *u)
{
	const char *at = text.n ? memrchr(text.p, '@', text.n) : NULL;
	const char *close;
	struct us_span tail;

	if (at)
		text = from(text, (size_t)(at + 1 - text.p));
	close = us_span_starts(text, "[") ? memchr(text.p, ']', text.n) : NULL;
	tail = close ? from(text, (size_t)(close + 1 - text.p)) : text;
	u->port = cut_at(&tail, ":");
	u->host = us_span(text.p, text.n - u->port.n);
	if (u->port.n)
		u->port = from(u->port, 1);
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
	u.path = cut_at(&text, "/?#");
	if (!split_authority(text, &u))
		return false;
	cut_at(&u.path, "#");
	u.query = cut_at(&u.path, "?");
	if (u.query.n)
		u.query = from(u.query, 1);
	*out = u;
	return true;
}

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
	struct us_span copy = us_arena_copy(a, s);
	return s;
}

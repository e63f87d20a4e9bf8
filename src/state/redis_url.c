/* redis_url.c - where a Redis is, as its URL says */
#include "state/redis_url.h"

#define PORT 6379
#define SENTINEL_PORT 26379
#define DB_MAX 1023

/* Takes `start` off the front. */
static bool skip(struct us_span *s, const char *start)
{
	size_t n = strlen(start);

	if (s->n < n || !us_same_nocase(s->p, start, n))
		return false;
	*s = us_span(s->p + n, s->n - n);
	return true;
}

/* [[USER]:PASSWORD@] off the front; "password@" alone is a password too. */
static void take_user(struct us_redis_url *u, struct us_span *rest, struct us_arena *a)
{
	const char *at = rest->n ? memrchr(rest->p, '@', rest->n) : NULL, *colon;
	struct us_span who;

	if (!at)
		return;
	who = us_span(rest->p, (size_t)(at - rest->p));
	colon = who.n ? memchr(who.p, ':', who.n) : NULL;
	if (colon) {
		u->user = us_arena_unescape(a, us_span(who.p, (size_t)(colon - who.p)));
		who = us_span(colon + 1, (size_t)(at - colon - 1));
	}
	u->password = us_arena_unescape(a, who);
	*rest = us_span(at + 1, rest->n - (size_t)(at + 1 - rest->p));
}

static bool take_db(struct us_redis_url *u, struct us_span text)
{
	uint64_t db = 0;

	if (text.n && (!us_span_u64(text, &db) || db > DB_MAX))
		return false;
	u->db = (unsigned)db;
	return true;
}

static bool take_port(struct us_span text, int *port)
{
	uint64_t v;

	if (!us_span_u64(text, &v) || !v || v > 65535)
		return false;
	*port = (int)v;
	return true;
}

/* HOST[:PORT], [ADDRESS][:PORT] */
static bool take_host(struct us_redis_url *u, struct us_span text, struct us_arena *a)
{
	bool bracket = us_span_starts(text, "[");
	const char *end = bracket ? memchr(text.p, ']', text.n) : text.p;
	const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
	int port = u->sentinel ? SENTINEL_PORT : PORT;
	struct us_span host = text;

	if (u->n == US_REDIS_HOSTS_MAX || (text.n && !end))
		return false;
	if (colon && colon >= end) {
		host.n = (size_t)(colon - text.p);
		if (!take_port(us_span(colon + 1, text.n - host.n - 1), &port))
			return false;
	}
	if (bracket)
		host = us_span(text.p + 1, (size_t)(end - text.p - 1));
	u->at[u->n].host = host.n ? us_arena_copy(a, host).p : "127.0.0.1";
	u->at[u->n++].port = port;
	return true;
}

static const char *take_socket(struct us_redis_url *u, struct us_span rest, struct us_arena *a)
{
	struct us_span path;

	us_span_next(&rest, '?', &path);
	if (!us_span_starts(path, "/"))
		return "the path of the socket is missing";
	u->path = us_arena_copy(a, path).p;
	if (rest.n && (!skip(&rest, "db=") || !take_db(u, rest)))
		return "after the path only ?db=NUMBER may follow";
	return NULL;
}

static const char *take_hosts(struct us_redis_url *u, struct us_span rest, struct us_arena *a)
{
	struct us_span hosts, host, name;

	us_span_next(&rest, '/', &hosts);
	if (u->sentinel) {
		us_span_next(&rest, '/', &name);
		u->master = name.n ? us_arena_copy(a, name).p : "mymaster";
	}
	if (!take_db(u, rest))
		return "what follows the host must be the number of a database";
	if (!hosts.n)
		return take_host(u, hosts, a) ? NULL : "the host is wrong";
	while (us_span_next(&hosts, ',', &host))
		if (!take_host(u, host, a))
			return "a host or port is wrong";
	return u->n > 1 && !u->sentinel ? "several hosts need redis+sentinel://" : NULL;
}

const char *us_redis_url_read(struct us_redis_url *u, struct us_span text, struct us_arena *a)
{
	struct us_span rest = us_span_trim(text);
	bool is_unix;
	const char *wrong;

	*u = (struct us_redis_url){ 0 };
	if (skip(&rest, "rediss://"))
		return "rediss:// needs a hiredis with TLS, which this one has not; a tunnel with "
		       "TLS and redis:// to its end will do";
	is_unix = skip(&rest, "unix://") || skip(&rest, "redis+unix://");
	u->sentinel = !is_unix && skip(&rest, "redis+sentinel://");
	if (!is_unix && !u->sentinel && !skip(&rest, "redis://"))
		return "it must begin with redis://, unix:// or redis+sentinel://";
	take_user(u, &rest, a);
	wrong = is_unix ? take_socket(u, rest, a) : take_hosts(u, rest, a);
	return wrong ? wrong : a->err ? us_err_text(a->err) : NULL;
}

/* address.c - where a provider is asked */
#include "conf/address.h"

#include "base/err.h"
#include "conf/route.h"

#define URL_MAX ((size_t)8 << 10)

/* Does the last segment name a version, as v1, v1beta and v1beta1 do? */
static bool ends_in_version(struct us_span path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	return slash && us_span_starts(us_span(slash, (size_t)(path.p + path.n - slash)), "/v1");
}

/* How many of the first bytes of `more` the path ends in: whole segments. */
static size_t repeated(struct us_span path, struct us_span more)
{
	for (size_t n = more.n < path.n ? more.n : path.n; n; n--)
		if ((n == more.n || more.p[n] == '/' || more.p[n] == '?') &&
		    memcmp(path.p + path.n - n, more.p, n) == 0)
			return n;
	return 0;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~:@/", c));
}

/* A model's name may hold what would end a path. */
static void add_encoded(struct us_buf *out, struct us_span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (is_plain(text.p[i]))
			us_buf_add_char(out, text.p[i]);
		else
			us_buf_addf(out, "%%%02X", (unsigned char)text.p[i]);
	}
}

static void add_filled(struct us_buf *out, struct us_span text, const struct us_address *to)
{
	while (text.n) {
		if (us_span_starts(text, "{model}")) {
			add_encoded(out, to->model);
			text = us_span(text.p + strlen("{model}"), text.n - strlen("{model}"));
		} else if (us_span_starts(text, "{method}")) {
			us_buf_add_str(out, to->method);
			text = us_span(text.p + strlen("{method}"), text.n - strlen("{method}"));
		} else {
			us_buf_add_char(out, *text.p);
			text = us_span(text.p + 1, text.n - 1);
		}
	}
}

struct us_span us_provider_url(const struct us_provider *p, const struct us_address *to,
                               struct us_arena *a)
{
	struct us_span base = us_span_of(p->base_url), path, more, url;
	struct us_url u;
	struct us_buf out;

	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	if (!us_url_split(base, &u))
		return us_span("", 0);
	path = u.path;
	more = us_span_of(p->path && p->path[0] ? p->path : to->endpoint);
	us_buf_init(&out, URL_MAX);
	us_buf_add_span(&out, base);
	if (more.p == to->endpoint && !repeated(path, more) &&
	    (!path.n || (to->always && !ends_in_version(path))))
		us_buf_add_str(&out, to->version);
	more = us_span(more.p + repeated(path, more), more.n - repeated(path, more));
	add_filled(&out, more, to);
	url = out.err ? us_span("", 0) : us_arena_copy(a, us_buf_span(&out));
	us_buf_fini(&out);
	return url.n ? url : us_span("", 0);
}

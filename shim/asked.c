/* asked.c - what the program is about to request */
#include "asked.h"

#include "conf/route.h"
#include "wire/peek.h"

#define ARENA_MAX ((size_t)64 << 10)

static bool is_barred(const struct shadow *s)
{
	static const CURLoption bars[] = {
#define IF_PLAIN(name)
#define IF_CARRY(name)
#define IF_SHAPE(name)
#define IF_OURS(name)
#define IF_SECRET(name)
#define IF_BARS(name) CURLOPT_##name,
#define X(name, kind, class) IF_##class(name)
#include "setopt.def"
#undef X
	};

	for (size_t i = 0; i < US_COUNT(bars); i++)
		if (shadow_value(s, bars[i], NULL))
			return true;
	/* A form, or no body at all; and which lines of a proxy's answer go to the body is
	 * libcurl's knowledge alone. */
	return (s->method != METHOD_POST && !s->upload) ||
	       (shadow_long(s, CURLOPT_HEADER, 0) &&
	        shadow_long(s, CURLOPT_SUPPRESS_CONNECT_HEADERS, 0));
}

static struct us_span method_of(const struct shadow *s)
{
	const char *custom = shadow_value(s, CURLOPT_CUSTOMREQUEST, NULL);

	if (custom)
		return us_span_of(custom);
	if (s->nobody || s->method == METHOD_HEAD)
		return US_SPAN("HEAD");
	if (s->upload)
		return US_SPAN("PUT");
	return s->method == METHOD_POST ? US_SPAN("POST") : US_SPAN("GET");
}

static const char *url_of(struct asked *a, const struct shadow *s)
{
	CURLU *u = shadow_value(s, CURLOPT_CURLU, NULL);

	if (!u)
		return shadow_value(s, CURLOPT_URL, NULL);
	if (s->real->url_get(u, CURLUPART_URL, &a->from_curlu, 0) != CURLUE_OK)
		return NULL;
	return a->from_curlu;
}

static struct us_span body_of(const struct shadow *s)
{
	const char *fields = shadow_value(s, CURLOPT_POSTFIELDS, NULL);
	long size = shadow_long(s, CURLOPT_POSTFIELDSIZE_LARGE, -1);

	if (s->upload)
		return us_span(NULL, 0);
	if (s->post)
		return us_span(s->post, s->npost);
	if (!fields)
		return us_span(NULL, 0);
	return us_span(fields, size >= 0 ? (size_t)size : strlen(fields));
}

static bool has_header(const struct shadow *s, const char *name)
{
	const struct curl_slist *h = shadow_value(s, CURLOPT_HTTPHEADER, NULL);
	size_t n = strlen(name);

	for (; h; h = h->next)
		if (h->data && strncasecmp(h->data, name, n) == 0 && h->data[n] == ':')
			return true;
	return false;
}

static bool undoes_encoding(const struct shadow *s)
{
	return shadow_value(s, CURLOPT_ACCEPT_ENCODING, NULL) &&
	       shadow_long(s, CURLOPT_HTTP_CONTENT_DECODING, 1);
}

/* A host that nobody named must at least be asked what a chat server is asked. */
static bool looks_right(const struct asked *a, struct us_peek *peek)
{
	bool object = a->body.p && us_peek(a->body, peek);

	return !a->body.p || a->own.known || (object && peek->messages);
}

static bool fill(struct asked *a, const struct shadow *s, const struct us_url *url)
{
	struct us_peek peek = { .model = { "", 0 } };

	if (!looks_right(a, &peek))
		return false;
	a->own.origin = us_url_origin(url, &a->arena);
	a->own.url = us_arena_printf(&a->arena, "%.*s%.*s", (int)a->own.origin.n, a->own.origin.p,
	                             (int)url->path.n, url->path.p);
	a->own.model = peek.model;
	a->own.stream = peek.stream;
	a->own.limit_ms = (uint64_t)shadow_long(s, CURLOPT_TIMEOUT_MS, 0);
	a->own.decoded = undoes_encoding(s);
	a->own.follows = shadow_long(s, CURLOPT_FOLLOWLOCATION, 0) != 0;
	return !a->arena.err;
}

static bool describe(struct asked *a, const struct shadow *s, const struct world *w,
                     struct us_span text)
{
	struct us_route route;
	struct us_url url;

	if (!us_url_split(text, &url))
		return false;
	route = us_route_match(&w->conf, method_of(s), &url, has_header(s, "anthropic-version"));
	if (!route.dialect)
		return false;
	a->own.dialect = us_dialect_by_name(us_span_of(route.dialect));
	a->own.known = route.known;
	a->body = body_of(s);
	return a->own.dialect && a->body.n <= w->conf.body_max && fill(a, s, &url);
}

bool asked_describe(struct asked *a, const struct shadow *s, const struct world *w)
{
	struct us_span text;
	bool ours;

	*a = (struct asked){ .real = s->real };
	a->url_text = url_of(a, s);
	text = us_span_of(a->url_text);
	ours = text.n && us_route_maybe(&w->conf, text) && !is_barred(s);
	if (ours) {
		us_arena_init(&a->arena, ARENA_MAX);
		ours = describe(a, s, w, text);
	}
	if (!ours)
		asked_fini(a);
	return ours;
}

void asked_fini(struct asked *a)
{
	if (a->from_curlu)
		a->real->free(a->from_curlu);
	us_arena_fini(&a->arena);
	*a = (struct asked){ 0 };
}

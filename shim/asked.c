/* asked.c - what the program is about to request */
#include "asked.h"

#include "base/mem.h"
#include "headers.h"
#include "key.h"
#include "same.h"
#include "wire/plain.h"

#define ARENA_MAX ((size_t)64 << 10)

static bool is_barred(const struct shadow *s)
{
	for (size_t i = 0; i < s->noptions; i++)
		if (s->options[i].is.class == CLASS_BARS && s->options[i].value)
			return true;
	/* A form; an answer that comes with its framing; and which lines of a proxy's answer go to
	 * the body is libcurl's knowledge alone. */
	return (s->method == METHOD_FORM && !s->upload) ||
	       !shadow_long(s, CURLOPT_HTTP_TRANSFER_DECODING, 1) ||
	       (shadow_long(s, CURLOPT_HEADER, 0) &&
	        shadow_long(s, CURLOPT_SUPPRESS_CONNECT_HEADERS, 0));
}

struct us_span asked_method(const struct shadow *s)
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

bool asked_has_body(const struct shadow *s)
{
	return !s->nobody && (s->method == METHOD_POST || s->upload);
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
	if (!fields) /* of a READFUNCTION, which is not asked for nothing */
		return size == 0 ? us_span("", 0) : us_span(NULL, 0);
	return us_span(fields, size >= 0 ? (size_t)size : strlen(fields));
}

bool asked_has_header(const struct shadow *s, const char *name)
{
	const struct curl_slist *h = headers_of(s);
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

void place_free(struct place *p)
{
	if (p)
		us_arena_fini(&p->arena);
	us_free(p);
}

/* The path, where it stays. */
static struct us_span without_origin(const struct place *p)
{
	size_t n = p->origin.n < p->url.n ? p->origin.n : p->url.n;

	return us_span(p->url.p + n, p->url.n - n);
}

static void look_up(struct place *p, const struct world *w, struct us_span text)
{
	struct us_url url;

	us_arena_fini(&p->arena);
	us_arena_init(&p->arena, ARENA_MAX);
	p->route = (struct us_route){ 0 };
	p->in_url = (struct us_in_url){ 0 };
	p->dialect = NULL;
	p->tool = NULL;
	p->takes_keys = false;
	p->slot = NULL;
	p->fresh = true;
	if (!us_url_split(text, &url))
		return;
	p->route = us_route_match(&w->conf, US_SPAN("POST"), &url, p->anthropic_header);
	p->tool = p->route.dialect ? NULL : us_route_tool(&w->conf, &url);
	if (!p->route.dialect && !p->tool)
		return;
	p->takes_keys =
		p->route.known && p->route.known->keys.n && us_route_is_home(p->route.known, &url);
	p->origin = us_url_origin(&url, &p->arena);
	p->url = us_arena_join(&p->arena, p->origin, url.path);
	p->query = us_arena_copy(&p->arena, url.query);
	p->fresh = !p->arena.err;
	if (p->tool)
		return;
	p->dialect = us_dialect_by_name(us_span_of(p->route.dialect));
	if (p->dialect && p->dialect->read_url)
		p->dialect->read_url(without_origin(p), url.query, &p->in_url);
	p->fresh = !p->arena.err;
}

/* NULL: not ours. */
static const struct place *place_of(struct asked *a, struct shadow *s, const struct world *w)
{
	bool header = asked_has_header(s, "anthropic-version");

	if (!s->place)
		s->place = us_calloc(1, sizeof(*s->place));
	if (!s->place)
		return NULL;
	if (!s->place->fresh || s->place->anthropic_header != header || a->from_curlu) {
		s->place->anthropic_header = header;
		look_up(s->place, w, us_span_of(a->url_text));
	}
	return s->place->fresh && (s->place->dialect || s->place->tool) ? s->place : NULL;
}

/* A host that nobody named must at least be asked what a chat server is asked. */
static bool looks_right(const struct asked *a, const struct us_ask *ask)
{
	return !a->body.p || a->own.known || ask->plausible;
}

/* RFC 9110, 9.2.2; PATCH and POST are not. */
static bool is_idempotent(struct us_span method)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE" };

	for (size_t i = 0; i < US_COUNT(methods); i++)
		if (us_span_is(method, methods[i]))
			return true;
	return false;
}

static bool is_repeatable(const struct us_http_tool *t, const struct shadow *s)
{
	return t->retry == US_REPEAT_ALWAYS ||
	       (t->retry == US_REPEAT_SAFE &&
	        (is_idempotent(asked_method(s)) || asked_has_header(s, "Idempotency-Key")));
}

static void describe_tool(struct asked *a, const struct shadow *s, const struct place *place)
{
	a->own.dialect = &us_plain;
	a->own.tool = place->tool;
	a->own.query = place->query;
	a->own.repeatable = is_repeatable(place->tool, s);
	a->body = asked_has_body(s) ? body_of(s) : us_span("", 0);
}

static void describe_key(struct asked *a, const struct shadow *s, const struct place *place)
{
	a->own.query = place->query;
	a->own.key = key_find(s, place->route.known, place->query);
}

/* Is it what an LLM is asked? */
static bool describe_ask(struct asked *a, const struct shadow *s, const struct world *w,
                         const struct place *place)
{
	struct us_ask ask;

	if (!asked_has_body(s) || !us_span_is(asked_method(s), "POST"))
		return false;
	a->own.dialect = place->dialect;
	a->own.known = place->route.known;
	a->own.in_url = place->in_url;
	if (place->takes_keys)
		describe_key(a, s, place);
	a->body = body_of(s);
	if (a->body.n > w->conf.body_max)
		return false;
	ask = us_ask(place->dialect, &place->in_url, a->body);
	a->own.model = ask.model;
	a->own.stream = ask.stream;
	if (w->conf.cache || w->conf.cache_stale)
		same_describe(a, s);
	return looks_right(a, &ask);
}

static bool describe(struct asked *a, struct shadow *s, const struct world *w)
{
	const struct place *place = place_of(a, s, w);

	if (!place)
		return false;
	if (place->tool)
		describe_tool(a, s, place);
	else if (!describe_ask(a, s, w, place))
		return false;
	if (a->body.n > w->conf.body_max)
		return false;
	a->own.origin = place->origin;
	a->own.url = place->url;
	a->own.limit_ms = (uint64_t)shadow_long(s, CURLOPT_TIMEOUT_MS, 0);
	a->own.decoded = undoes_encoding(s);
	a->own.follows = shadow_long(s, CURLOPT_FOLLOWLOCATION, 0) != 0;
	return true;
}

/* Cheap: most transfers of most programs are none of ours. */
static bool may_be_ours(const struct asked *a, const struct shadow *s, const struct world *w)
{
	return (s->place && s->place->fresh) || w->conf.tools.n ||
	       us_route_maybe(&w->conf, us_span_of(a->url_text));
}

bool asked_describe(struct asked *a, struct shadow *s, const struct world *w)
{
	bool ours;

	*a = (struct asked){ .real = s->real };
	a->url_text = url_of(a, s);
	ours = a->url_text && may_be_ours(a, s, w) && !is_barred(s) && describe(a, s, w);
	if (!ours)
		asked_fini(a);
	return ours;
}

/* Found once for as long as the same model is asked, as a program mostly does. */
void asked_find_slot(struct asked *a, struct shadow *s, struct us_page *page)
{
	struct us_span model = a->own.model;
	struct place *p = s->place;

	a->own.slot = p->slot;
	if (p->slot && us_span_is(model, p->model))
		return;
	a->own.slot = us_own_slot(&a->own, page);
	p->slot = model.n < sizeof(p->model) ? a->own.slot : NULL;
	if (p->slot && model.n) /* a tool has none */
		memcpy(p->model, model.p, model.n);
	p->model[p->slot ? model.n : 0] = '\0';
}

void asked_fini(struct asked *a)
{
	if (a->from_curlu)
		a->real->free(a->from_curlu);
	*a = (struct asked){ 0 };
}

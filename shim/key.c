/* key.c - the key in a request */
#include "key.h"

#include "asked.h"
#include "headers.h"
#include "verbose.h"

#define SET(s, handle, option, value) ((s)->real->easy_setopt((handle), (option), (value)))
#define LINE_MAX_BYTES ((size_t)64 << 10)
#define URL_MAX ((size_t)64 << 10)
#define BEARER "Bearer "
#define PARAMETER "key="

/* --- a key's line ---------------------------------------------------------------------------- */

/* What stands before the key. */
static const char *before_key(const struct us_provider *p, const struct us_dialect *d)
{
	return p->key_header[0] ? p->key_header : d->auth;
}

bool key_add(const struct shadow *s, struct curl_slist **list, const struct us_candidate *to)
{
	const char *key = to->key ? world_key(to->key) : NULL;
	struct us_buf line;
	bool ok;

	if (!key || !key[0])
		return true;
	if (us_span_has_control(us_span_of(key)))
		return false; /* it would end the header and begin another */
	us_buf_init(&line, LINE_MAX_BYTES);
	us_buf_addf(&line, "%s%s", before_key(to->provider, to->dialect), key);
	ok = !line.err && header_add(s, list, us_buf_cstr(&line));
	explicit_bzero(line.p, line.n);
	us_buf_fini(&line);
	return ok;
}

/* --- the program's own key ------------------------------------------------------------------- */

static bool is_same_name(struct us_span a, struct us_span b)
{
	return a.n == b.n && us_same_nocase(a.p, b.p, a.n);
}

static bool is_named(struct us_span name, const struct us_provider *p)
{
	static const char *const names[] = { "Authorization", "x-api-key", "x-goog-api-key",
		                             "api-key" };
	struct us_span own = header_name(p->key_header);

	return us_span_is_any(name, names, US_COUNT(names)) || (own.n && is_same_name(own, name));
}

/* The key in a header line; empty: there is none. */
static struct us_span key_in(const char *line, const struct us_provider *p)
{
	struct us_span name = header_name(line), value = us_span("", 0);

	if (!is_named(name, p) || line[name.n] != ':')
		return value;
	value = header_value(line);
	if (!us_span_is_nocase(name, "Authorization"))
		return value;
	if (value.n < strlen(BEARER) || !us_same_nocase(value.p, BEARER, strlen(BEARER)))
		return us_span("", 0);
	return us_span_trim(us_span(value.p + strlen(BEARER), value.n - strlen(BEARER)));
}

/* The key in the query of a URL, as Gemini takes it, too. */
static struct us_span key_in_query(struct us_span query)
{
	struct us_span part;

	while (us_span_next(&query, '&', &part))
		if (us_span_starts(part, PARAMETER))
			return us_span(part.p + strlen(PARAMETER), part.n - strlen(PARAMETER));
	return us_span("", 0);
}

/* Its value is nothing that the shadow keeps. */
static bool has_bearer(const struct shadow *s)
{
	return shadow_option(s, CURLOPT_XOAUTH2_BEARER) != NULL;
}

/* A key of ours is not sent to whoever says he is the provider. */
static bool is_verified(const struct shadow *s)
{
	return shadow_long(s, CURLOPT_SSL_VERIFYPEER, 1) &&
	       shadow_long(s, CURLOPT_SSL_VERIFYHOST, 2);
}

static const char *variable_of(const struct us_provider *p, struct us_span key)
{
	const char *name, *value;

	for (size_t i = 0; (name = us_provider_key(p, i)); i++)
		if ((value = world_key(name)) && us_span_is(key, value))
			return name;
	return US_KEY_OWN;
}

const char *key_find(const struct shadow *s, const struct us_provider *p, struct us_span query)
{
	struct us_span key = key_in_query(query);

	for (const struct curl_slist *h = headers_of(s); h && !key.n; h = h->next)
		if (h->data)
			key = key_in(h->data, p);
	if ((!key.n && !has_bearer(s)) || !is_verified(s))
		return NULL;
	return key.n ? variable_of(p, key) : US_KEY_OWN;
}

/* --- another in its place -------------------------------------------------------------------- */

/* `ours` is the line with the key. The others say whose account is asked, and that is another one.
 */
static bool goes_with_key(const char *line, const char *ours, const struct us_provider *p)
{
	static const char *const others[] = { "OpenAI-Organization", "OpenAI-Project" };
	struct us_span name = header_name(line), taken = header_name(ours);

	return key_in(line, p).n || us_span_is_any(name, others, US_COUNT(others)) ||
	       is_same_name(name, taken);
}

/* The program's headers, or what became of them already, with the key in the place of its own. */
static bool make_headers(struct run *r, const struct us_candidate *to)
{
	const struct shadow *s = r->shadow;
	const struct curl_slist *h = r->own_headers ? r->own_headers : headers_of(s);
	const char *key = world_key(to->key);
	struct curl_slist *list = NULL;
	bool ok = key && key[0] && key_add(s, &list, to);

	/* An empty one keeps libcurl from making its own. */
	if (ok && has_bearer(s) && !us_span_is_nocase(header_name(list->data), "Authorization"))
		ok = header_add(s, &list, "Authorization:");
	for (; ok && h; h = h->next)
		if (h->data && !goes_with_key(h->data, list->data, to->provider))
			ok = header_add(s, &list, h->data);
	if (!ok) {
		s->real->slist_free_all(list);
		return false;
	}
	SET(s, s->handle, CURLOPT_HTTPHEADER, list);
	s->real->slist_free_all(r->key_headers);
	r->key_headers = list;
	return true;
}

/* The program's URL without the key in it. */
static bool make_url(struct run *r)
{
	const struct shadow *s = r->shadow;
	const char *text = r->asked.url_text, *mark = strchr(text, '?');
	struct us_span query = us_span_of(mark + 1), part;
	struct us_buf url;
	bool ok;

	query.n = strcspn(query.p, "#");
	us_buf_init(&url, URL_MAX);
	us_buf_add(&url, text, (size_t)(mark - text));
	for (char sep = '?'; us_span_next(&query, '&', &part);)
		if (!us_span_starts(part, PARAMETER)) {
			us_buf_add_char(&url, sep);
			us_buf_add_span(&url, part);
			sep = '&';
		}
	ok = !url.err;
	if (ok && shadow_option(s, CURLOPT_CURLU))
		SET(s, s->handle, CURLOPT_CURLU, NULL);
	if (ok)
		SET(s, s->handle, CURLOPT_URL, us_buf_cstr(&url));
	us_buf_fini(&url);
	return ok;
}

static void restore(const struct run *r, CURL *h, CURLoption o)
{
	if (shadow_option(r->shadow, o))
		SET(r->shadow, h, o, shadow_value(r->shadow, o, NULL));
}

void key_restore(const struct run *r, CURL *h)
{
	const struct shadow *s = r->shadow;

	if (!r->rekeyed)
		return;
	SET(s, h, CURLOPT_HTTPHEADER, headers_of(s));
	restore(r, h, CURLOPT_FOLLOWLOCATION);
	restore(r, h, CURLOPT_HEADEROPT);
	verbose_restore(r, h);
	if (!r->url_changed)
		return;
	SET(s, h, CURLOPT_URL, shadow_value(s, CURLOPT_URL, NULL));
	restore(r, h, CURLOPT_CURLU);
}

static void undress(struct run *r)
{
	const struct shadow *s = r->shadow;

	key_restore(r, s->handle);
	if (r->rekeyed && r->own_headers)
		SET(s, s->handle, CURLOPT_HTTPHEADER, r->own_headers);
	r->rekeyed = false;
}

bool key_dress(struct flight *f, const struct us_order *send)
{
	struct run *r = f->run;
	const struct shadow *s = r->shadow;

	if (!send->to || !send->to->key) {
		undress(r);
		return true;
	}
	r->rekeyed = true;
	if (!make_headers(r, send->to))
		return false;
	if (shadow_long(s, CURLOPT_FOLLOWLOCATION, 0))
		SET(s, s->handle, CURLOPT_FOLLOWLOCATION, 0L);
	if (shadow_option(s, CURLOPT_HEADEROPT))
		SET(s, s->handle, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	verbose_dress(f, s->handle, send->to);
	if (!key_in_query(r->asked.own.query).n)
		return true;
	r->url_changed = true;
	return make_url(r);
}

/* same.c - what makes two requests the same, for the cache */
#include "same.h"

#include "base/sha256.h"
#include "headers.h"

#include <endian.h>
#include <stdlib.h>

#define HEADERS_MAX 64

/* Who asks, or whom, is told in a way that can't be compared. Cookies of a CURLOPT_SHARE are not
 * among them: the curl command has always one, and they are those that the provider has set. */
static const CURLoption unknown[] = {
	CURLOPT_USERPWD,          CURLOPT_USERNAME,
	CURLOPT_PASSWORD,         CURLOPT_AWS_SIGV4,
	CURLOPT_XOAUTH2_BEARER,   CURLOPT_NETRC,
	CURLOPT_NETRC_FILE,       CURLOPT_COOKIE,
	CURLOPT_COOKIELIST,       CURLOPT_COOKIEFILE,
	CURLOPT_COOKIEJAR,        CURLOPT_SSLCERT,
	CURLOPT_SSLKEY,           CURLOPT_SSLCERT_BLOB,
	CURLOPT_SSLKEY_BLOB,      CURLOPT_PORT,
	CURLOPT_TLSAUTH_USERNAME, CURLOPT_REQUEST_TARGET,
	CURLOPT_CONNECT_TO,       CURLOPT_RESOLVE,
	CURLOPT_UNIX_SOCKET_PATH, CURLOPT_ABSTRACT_UNIX_SOCKET,
};

/* About the one transfer, or the one try. A star stands for whatever follows. */
static const char *const passing[] = {
	"traceparent",
	"tracestate",
	"baggage",
	"sentry-trace",
	"b3",
	"x-b3-*",
	"x-amzn-trace-id",
	"x-cloud-trace-context",
	"x-datadog-*",
	"x-request-id",
	"x-client-request-id",
	"x-correlation-id",
	"idempotency-key",
	"x-stainless-retry-count",
	"x-idempotency-key",
	"x-stainless-timeout",
	"user-agent",
	"date",
	"expect",
	"connection",
	"content-length",
	"cache-control",
	"pragma",
};

static bool is_like(struct us_span name, const char *row)
{
	size_t n = strlen(row);

	if (row[n - 1] == '*')
		return name.n >= n - 1 && us_same_nocase(name.p, row, n - 1);
	return us_span_is_nocase(name, row);
}

static bool is_passing(struct us_span name)
{
	for (size_t i = 0; i < US_COUNT(passing); i++)
		if (is_like(name, passing[i]))
			return true;
	return false;
}

static bool is_unknown(const struct shadow *s)
{
	for (size_t i = 0; i < US_COUNT(unknown); i++) {
		const struct option *o = shadow_option(s, unknown[i]);

		if (o && o->given)
			return true;
	}
	return false;
}

/* --- what the program says of caches --------------------------------------------------------- */

static void obey(struct us_own *own, struct us_span directives)
{
	struct us_span word;
	uint64_t seconds;

	while (us_span_next(&directives, ',', &word)) {
		word = us_span_trim(word);
		if (us_span_is_nocase(word, "no-store"))
			own->keep = false;
		if (us_span_is_nocase(word, "no-store") || us_span_is_nocase(word, "no-cache"))
			own->cached_max_ms = 0;
		if (word.n > 8 && us_same_nocase(word.p, "max-age=", 8) &&
		    us_span_u64(us_span(word.p + 8, word.n - 8), &seconds) &&
		    seconds < own->cached_max_ms / 1000)
			own->cached_max_ms = seconds * 1000;
	}
}

/* --- headers --------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	while (*x && us_lower(*x) == us_lower(*y)) {
		x++;
		y++;
	}
	return (unsigned char)us_lower(*x) - (unsigned char)us_lower(*y);
}

/* Those that count, in one order whatever the program's. False: too many. */
static bool collect(struct us_own *own, const struct shadow *s, const char **lines, size_t *n)
{
	static const char *const caches[] = { "cache-control", "pragma" };
	const struct curl_slist *h = headers_of(s);

	for (*n = 0; h; h = h->next) {
		struct us_span name = h->data ? header_name(h->data) : us_span("", 0);

		if (us_span_is_any(name, caches, US_COUNT(caches)))
			obey(own, header_value(h->data));
		if (!name.n || is_passing(name))
			continue;
		if (*n == HEADERS_MAX)
			return false;
		lines[(*n)++] = h->data;
	}
	qsort(lines, *n, sizeof(*lines), by_text);
	return true;
}

static void add_number(struct us_sha256 *d, uint64_t n)
{
	n = htobe64(n);
	us_sha256_add_part(d, us_span((const char *)&n, sizeof(n)));
}

static void add_line(struct us_sha256 *d, const char *line)
{
	struct us_span name = header_name(line);

	add_number(d, name.n);
	for (size_t i = 0; i < name.n; i++)
		us_sha256_add(d, us_span((const char[]){ us_lower(name.p[i]) }, 1));
	us_sha256_add_part(d, us_span_trim(us_span_of(line + name.n)));
}

/* Digested piece by piece: no copy of a key is made. */
void same_describe(struct asked *a, const struct shadow *s)
{
	const char *lines[HEADERS_MAX];
	struct us_own *own = &a->own;
	struct us_sha256 d;
	size_t n;

	own->keep = true;
	own->cached_max_ms = UINT64_MAX;
	own->cacheable = !is_unknown(s) && collect(own, s, lines, &n);
	if (!own->cacheable)
		return;
	us_sha256_init(&d);
	us_sha256_add_part(&d, asked_method(s));
	us_sha256_add_part(&d, us_span_of(a->url_text));
	us_sha256_add_part(&d, us_span_of(shadow_value(s, CURLOPT_ACCEPT_ENCODING, NULL)));
	add_number(&d, (uint64_t)shadow_long(s, CURLOPT_HTTP_CONTENT_DECODING, 1));
	for (size_t i = 0; i < n; i++)
		add_line(&d, lines[i]);
	us_sha256_end(&d, own->asked);
}

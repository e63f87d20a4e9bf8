/* reach.c - what a provider's servers can fetch by themselves */
#include "wire/reach.h"

#include "base/err.h"

static bool all_of(struct us_span s, const char *chars)
{
	for (size_t i = 0; i < s.n; i++)
		if (!memchr(chars, s.p[i], strlen(chars)))
			return false;
	return s.n > 0;
}

/* RFC 1918, loopback, link-local, and this host. */
static bool private_ipv4(struct us_span host)
{
	static const char *const nets[] = { "0.", "10.", "127.", "169.254.", "192.168." };
	struct us_span rest = host, part;
	uint64_t second = 0;

	for (size_t i = 0; i < US_COUNT(nets); i++)
		if (us_span_starts(host, nets[i]))
			return true;
	us_span_next(&rest, '.', &part);
	us_span_next(&rest, '.', &part);
	return us_span_starts(host, "172.") && us_span_u64(part, &second) && second >= 16 &&
	       second <= 31;
}

static struct us_span host_of(struct us_span url)
{
	size_t scheme = strlen("https://"), n = scheme;

	while (n < url.n && !memchr("/?#:", url.p[n], 4))
		n++;
	return us_span(url.p + scheme, n - scheme);
}

/* A name without a dot, or a private address, they cannot; and a password is not theirs to know. */
bool us_url_is_public(struct us_span url)
{
	static const char *const inside[] = { ".local", ".internal", ".localhost" };
	struct us_span host;

	if (!us_span_is_nocase(us_span(url.p, url.n < 8 ? url.n : 8), "https://") ||
	    us_span_has(url, "@"))
		return false;
	host = host_of(url);
	for (size_t i = 0; i < US_COUNT(inside); i++)
		if (us_span_ends(host, inside[i]))
			return false;
	return us_span_has(host, ".") && !(all_of(host, "0123456789.") && private_ipv4(host));
}

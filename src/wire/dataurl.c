/* dataurl.c - data: URLs, the way OpenAI's wire carries the bytes of images and files
 *
 * RFC 2397, read the way browsers do: any case, any parameters, percent-encoding even within
 * base64. Other providers take the type and the bytes apart, and nothing else with them: no line
 * ends in the base64, no parameters, no spelling of the type but the usual one.
 */
#include "wire/dataurl.h"

#define HEAD_N 12 /* bytes that are enough to know a file by */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Usual spellings; providers compare them byte by byte. */
static const struct {
	const char *spelt, *usual;
} mimes[] = {
	{ "image/jpg", "image/jpeg" },
	{ "image/pjpeg", "image/jpeg" },
	{ "image/jpeg", "image/jpeg" },
	{ "image/x-png", "image/png" },
	{ "image/png", "image/png" },
	{ "image/gif", "image/gif" },
	{ "image/webp", "image/webp" },
	{ "application/x-pdf", "application/pdf" },
	{ "application/pdf", "application/pdf" },
};

/* What files begin with, of the kinds that models look at. */
static const struct {
	size_t at;
	const char *bytes, *mime;
} magics[] = {
	{ 0, "\x89PNG", "image/png" },    { 0, "\xff\xd8\xff", "image/jpeg" },
	{ 0, "GIF8", "image/gif" },       { 8, "WEBP", "image/webp" },
	{ 0, "%PDF", "application/pdf" },
};

static int digit64(char c)
{
	const char *p = c ? strchr(alphabet, c) : NULL;

	return p ? (int)(p - alphabet) : -1;
}

/* The first bytes; stops at what is no base64. */
static size_t decode_head(struct us_span base64, char head[HEAD_N])
{
	unsigned bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < base64.n && n < HEAD_N; i++) {
		int d = digit64(base64.p[i]);

		if (d < 0)
			break;
		bits = (bits << 6 | (unsigned)d) & 0xffffff;
		if (i % 4)
			head[n++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	return n;
}

struct us_span us_dataurl_sniff(struct us_span base64)
{
	char head[HEAD_N];
	size_t n = decode_head(base64, head);

	for (size_t i = 0; i < US_COUNT(magics); i++) {
		size_t len = strlen(magics[i].bytes);

		if (magics[i].at + len <= n &&
		    memcmp(head + magics[i].at, magics[i].bytes, len) == 0)
			return us_span_of(magics[i].mime);
	}
	return us_span("", 0);
}

static struct us_span usual(struct us_span mime)
{
	for (size_t i = 0; i < US_COUNT(mimes); i++)
		if (us_span_is_nocase(mime, mimes[i].spelt))
			return us_span_of(mimes[i].usual);
	return mime;
}

static struct us_span base64_encode(struct us_span in, struct us_arena *a)
{
	char *out = us_arena_alloc(a, in.n / 3 * 4 + 5);
	size_t n = 0;

	if (!out)
		return us_span("", 0);
	for (size_t i = 0; i < in.n; i += 3) {
		unsigned bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < in.n ? (unsigned char)in.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			out[n++] = i + k > in.n ? '=' : alphabet[bits >> (18 - 6 * k) & 63];
	}
	return us_span(out, n);
}

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* Nearly always there are none, and a long image is not copied. */
struct us_span us_base64_unfold(struct us_span in, struct us_arena *a)
{
	size_t first = 0, n;
	char *out;

	while (first < in.n && !is_blank(in.p[first]))
		first++;
	if (first == in.n)
		return in;
	out = us_arena_alloc(a, in.n);
	n = 0;
	for (size_t i = 0; out && i < in.n; i++)
		if (!is_blank(in.p[i]))
			out[n++] = in.p[i];
	return us_span(out ? out : "", n);
}

bool us_dataurl_split(struct us_span url, struct us_arena *a, struct us_span *mime,
                      struct us_span *base64)
{
	const char *comma = url.n ? memchr(url.p, ',', url.n) : NULL;
	struct us_span head, type, data;
	bool coded;

	if (url.n < 5 || strncasecmp(url.p, "data:", 5) != 0 || !comma)
		return false;
	head = us_span(url.p + 5, (size_t)(comma - url.p) - 5);
	data = us_span(comma + 1, (size_t)(url.p + url.n - comma) - 1);
	coded = head.n >= 7 && strncasecmp(head.p + head.n - 7, ";base64", 7) == 0;
	if (us_span_has(data, "%"))
		data = us_arena_unescape(a, data);
	data = coded ? us_base64_unfold(data, a) : base64_encode(data, a);
	if (!us_span_next(&head, ';', &type) || !type.n)
		type = us_dataurl_sniff(data);
	*mime = usual(type);
	*base64 = data;
	return true;
}

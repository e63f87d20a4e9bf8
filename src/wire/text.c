/* text.c - JSON strings: decoding escapes, printing them again */
#include "wire/text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Eight bytes at a time: the high bit of each byte of the word says what is so of the bytes of `w`;
 * of those above the lowest that is marked it may be a mistake. */
#define EACH(c) (0x0101010101010101u * (uint64_t)(c))
#define BELOW(w, c) (((w)-EACH(c)) & ~(w)&EACH(0x80))
#define EQUAL(w, c) BELOW((w) ^ EACH(c), 1)

static bool is_plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; }

#ifdef __SSE2__
/* Which of sixteen bytes are not, the first in the lowest bit. */
static unsigned odd_ones(const char *p)
{
	__m128i bytes = _mm_loadu_si128((const void *)p);
	__m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
	__m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
	__m128i slashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(controls, _mm_or_si128(quotes, slashes)));
}
#endif

size_t us_text_plain(struct us_span text)
{
	size_t n = 0;
	uint64_t w;

#ifdef __SSE2__
	for (; text.n - n >= 16; n += 16) {
		unsigned odd = odd_ones(text.p + n);

		if (odd)
			return n + (unsigned)__builtin_ctz(odd);
	}
#endif
	for (; text.n - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, text.p + n, sizeof(w));
		if (BELOW(w, 0x20) | EQUAL(w, '"') | EQUAL(w, '\\'))
			break;
	}
	while (n < text.n && is_plain((unsigned char)text.p[n]))
		n++;
	return n;
}

static unsigned hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)p[i];

		v = v << 4 | (c <= '9' ? c - 0x30u : (c & 0xdfu) - 0x37u);
	}
	return v;
}

static bool is_high(unsigned c) { return c >= 0xd800 && c <= 0xdbff; }
static bool is_low(unsigned c) { return c >= 0xdc00 && c <= 0xdfff; }

static size_t put_utf8(unsigned c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static char simple_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

size_t us_text_unescape(struct us_span in, char *out)
{
	const char *p = in.p, *end = in.n ? p + in.n : p;
	size_t n = 0;

	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((slash ? slash : end) - p);
		unsigned c;

		memcpy(out + n, p, plain);
		n += plain;
		p += plain;
		if (p == end)
			break;
		if (p[1] != 'u') {
			out[n++] = simple_escape(p[1]);
			p += 2;
			continue;
		}
		c = hex4(p + 2);
		p += 6;
		if (is_high(c) && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
		    is_low(hex4(p + 2))) {
			c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
			p += 6;
		}
		n += put_utf8(c, out + n);
	}
	return n;
}

/* The surrogate that three WTF-8 bytes stand for, 0 if they are none. */
static unsigned surrogate_at(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;

	if (end - p < 3 || u[0] != 0xed || u[1] < 0xa0 || u[1] > 0xbf || (u[2] & 0xc0) != 0x80)
		return 0;
	return 0xd000u | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
}

static int escape_one(struct us_buf *out, unsigned char c)
{
	static const char shorts[] = "btn?fr"; /* 0x08 to 0x0d; 0x0b has none */
	char pair[2] = { '\\', (char)c };

	if (c != '"' && c != '\\') {
		if (c < 0x08 || c > 0x0d || c == 0x0b)
			return us_buf_addf(out, "\\u%04x", c);
		pair[1] = shorts[c - 0x08];
	}
	return us_buf_add(out, pair, sizeof(pair));
}

/* Nothing of this is escaped but lone surrogates. */
static void add_plain(struct us_buf *out, const char *p, const char *end)
{
	const char *from = p, *odd;

	while (from < end && (odd = memchr(from, 0xed, (size_t)(end - from)))) {
		unsigned lone = surrogate_at(odd, end);

		from = odd + 1;
		if (!lone)
			continue;
		us_buf_add(out, p, (size_t)(odd - p));
		us_buf_addf(out, "\\u%04x", lone);
		p = from = odd + 3;
	}
	us_buf_add(out, p, (size_t)(end - p));
}

int us_text_escape(struct us_buf *out, struct us_span text)
{
	const char *p = text.p, *end;

	if (!text.n)
		return out->err;
	end = p + text.n;
	while (p < end) {
		size_t n = us_text_plain(us_span(p, (size_t)(end - p)));

		add_plain(out, p, p + n);
		p += n;
		if (p < end)
			escape_one(out, (unsigned char)*p++);
	}
	return out->err;
}

size_t us_text_held(struct us_span text)
{
	for (size_t back = 1; back <= 3 && back <= text.n; back++) {
		unsigned char c = (unsigned char)text.p[text.n - back];
		size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

		if (c >= 0x80 && c < 0xc0)
			continue; /* a continuation byte: the lead is further back */
		if (need > back)
			return back;
		if (need == 3 && back == 3)
			return is_high(surrogate_at(text.p + text.n - 3, text.p + text.n)) ? 3 : 0;
		return 0;
	}
	return 0;
}

int us_text_join(struct us_buf *out, struct us_span text)
{
	unsigned high = out->n >= 3 ? surrogate_at(out->p + out->n - 3, out->p + out->n) : 0;
	unsigned low = text.n ? surrogate_at(text.p, text.p + text.n) : 0;
	char joined[4];

	if (!is_high(high) || !is_low(low))
		return us_buf_add_span(out, text);
	out->n -= 3;
	us_buf_add(out, joined,
	           put_utf8(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), joined));
	return us_buf_add(out, text.p + 3, text.n - 3);
}

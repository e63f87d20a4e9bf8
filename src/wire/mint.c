/* mint.c - ids that look like the provider's own and are known again as ours */
#include "wire/mint.h"

#include "base/rand.h"
#include "wire/print.h"

#define INFIX "Us"
#define CHECK_N 2
#define TAG_N 3
#define TAG_SHIFT 46 /* of the seed's 64 bits those above hold the tag */

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Every prefix that is minted somewhere. */
static const char *const prefixes[] = { "call_", "toolu_01", "chatcmpl-", "msg_01", "msg_",
	                                "resp_", "fc_",      "ctc_",      "rs_" };

uint32_t us_mint_tag(struct us_span provider, struct us_span model)
{
	struct us_span parts[] = { provider, model };
	uint32_t h = 2166136261u;

	for (size_t k = 0; k < US_COUNT(parts); k++, h = (h ^ 0xff) * 16777619u)
		for (size_t i = 0; i < parts[k].n; i++)
			h = (h ^ (unsigned char)parts[k].p[i]) * 16777619u;
	return (h ^ h >> 16) % US_MINT_TAGS;
}

uint64_t us_mint_seed(uint64_t chance, uint32_t tag)
{
	return (chance & (((uint64_t)1 << TAG_SHIFT) - 1)) | (uint64_t)tag << TAG_SHIFT;
}

static void add_tag(struct us_buf *out, uint64_t seed)
{
	uint64_t tag = (seed >> TAG_SHIFT) % US_MINT_TAGS;

	for (size_t i = 0; i < TAG_N; i++, tag /= 62)
		us_buf_add_char(out, base62[tag % 62]);
}

/* FNV-1a of the tail, as two characters. */
static void check_of(struct us_span tail, char check[CHECK_N])
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < tail.n; i++)
		h = (h ^ (unsigned char)tail.p[i]) * 16777619u;
	check[0] = base62[h % 62];
	check[1] = base62[h / 62 % 62];
}

void us_mint(struct us_buf *out, const char *prefix, size_t n, uint64_t seed, unsigned ordinal)
{
	struct us_rand chance = { seed };
	size_t from = out->n + strlen(prefix), tail = from + strlen(INFIX) + CHECK_N;

	chance.state ^= us_rand_next(&(struct us_rand){ ordinal });
	us_buf_add_str(out, prefix);
	us_buf_add_str(out, INFIX "??");
	add_tag(out, seed);
	while (!out->err && out->n < from + n)
		us_buf_add_char(out, base62[us_rand_next(&chance) % 62]);
	if (!out->err)
		check_of(us_span(out->p + tail, out->n - tail), out->p + tail - CHECK_N);
}

void us_mint_member(struct us_print *p, const char *name, const char *prefix, size_t n,
                    uint64_t seed, unsigned ordinal)
{
	us_print_key(p, name);
	us_print_open(p, '"');
	us_mint(p->out, prefix, n, seed, ordinal);
	us_print_close(p, '"');
}

static bool is_base62(struct us_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!memchr(base62, s.p[i], sizeof(base62) - 1))
			return false;
	return true;
}

/* What stands after a prefix in use; empty when none fits. */
static struct us_span after_prefix(struct us_span id)
{
	for (size_t i = 0; i < US_COUNT(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (us_span_starts(id, prefixes[i]))
			return us_span(id.p + n, id.n - n);
	}
	return us_span("", 0);
}

bool us_minted(struct us_span id)
{
	struct us_span rest = after_prefix(id);
	size_t skip = strlen(INFIX) + CHECK_N;
	char check[CHECK_N];

	if (rest.n <= skip + TAG_N || !us_span_starts(rest, INFIX) || !is_base62(rest))
		return false;
	check_of(us_span(rest.p + skip, rest.n - skip), check);
	return memcmp(check, rest.p + strlen(INFIX), CHECK_N) == 0;
}

uint32_t us_minted_tag(struct us_span id)
{
	struct us_span rest = after_prefix(id);
	const char *tag = rest.p + strlen(INFIX) + CHECK_N;
	uint32_t n = 0;

	for (size_t i = TAG_N; i-- > 0;)
		n = n * 62 + (uint32_t)((const char *)memchr(base62, tag[i], 62) - base62);
	return n;
}

/* Is the infix at `at` the one of an id that begins before it? */
static bool is_within(struct us_span text, size_t at)
{
	for (size_t i = 0; i < US_COUNT(prefixes); i++) {
		size_t n = strlen(prefixes[i]), end = at;

		if (at < n || memcmp(text.p + at - n, prefixes[i], n) != 0)
			continue;
		while (end < text.n && is_base62(us_span(text.p + end, 1)))
			end++;
		if (us_minted(us_span(text.p + at - n, end - at + n)))
			return true;
	}
	return false;
}

/* A capital U is rare, and memchr is faster than memmem for so short a text. */
bool us_mint_within(struct us_span text)
{
	const char *p = text.p, *end = p + text.n;

	while (p < end && (p = memchr(p, INFIX[0], (size_t)(end - p)))) {
		if (p + 1 < end && p[1] == INFIX[1] && is_within(text, (size_t)(p - text.p)))
			return true;
		p++;
	}
	return false;
}

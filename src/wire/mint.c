/* mint.c - ids that look like the provider's own and are known again as ours */
#include "wire/mint.h"

#include "base/rand.h"

#define INFIX "Us"
#define CHECK_N 2

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Every prefix that is minted somewhere. */
static const char *const prefixes[] = { "call_", "toolu_01", "chatcmpl-", "msg_01",
	                                "msg_",  "resp_",    "fc_",       "ctc_" };

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
	while (!out->err && out->n < from + n)
		us_buf_add_char(out, base62[us_rand_next(&chance) % 62]);
	if (!out->err)
		check_of(us_span(out->p + tail, out->n - tail), out->p + tail - CHECK_N);
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

	if (rest.n <= skip || !us_span_starts(rest, INFIX) || !is_base62(rest))
		return false;
	check_of(us_span(rest.p + skip, rest.n - skip), check);
	return memcmp(check, rest.p + strlen(INFIX), CHECK_N) == 0;
}

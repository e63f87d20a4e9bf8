/* words.c - the KINDs that are one of a few words
 *
 * A row says which, by the numbers of the KIND's type; case does not matter.
 */
#include "conf/value.h"

size_t us_words_find(struct us_span text, const char *const *words, size_t n)
{
	size_t i = 0;

	while (i < n && !us_span_is_nocase(text, words[i]))
		i++;
	return i;
}

void us_words_expect(const char *const *words, size_t n, struct us_buf *out)
{
	for (size_t i = 0; i < n; i++)
		us_buf_addf(out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", words[i]);
}

/* clang-format off */
#define KIND(name, ...)                                                                            \
	static const char *const words_##name[] = { __VA_ARGS__ };                                 \
	static int parse_##name(struct us_span text, struct us_limit in, struct us_arena *a,       \
	                        void *out)                                                         \
	{                                                                                          \
		size_t i = us_words_find(text, words_##name, US_COUNT(words_##name));              \
                                                                                                   \
		if (i == US_COUNT(words_##name))                                                   \
			return US_EINVAL;                                                          \
		*(us_kind_##name *)out = (us_kind_##name)i;                                        \
		return 0;                                                                          \
	}                                                                                          \
	static void expect_##name(struct us_limit in, struct us_buf *out)                          \
	{                                                                                          \
		us_words_expect(words_##name, US_COUNT(words_##name), out);                        \
	}                                                                                          \
	static void show_##name(const struct us_conf *c, const void *value, struct us_buf *out)    \
	{                                                                                          \
		us_buf_add_str(out, words_##name[*(const us_kind_##name *)value]);                 \
	}                                                                                          \
	const struct us_kind us_value_##name = { parse_##name, expect_##name, NULL, show_##name };

KIND(AUTO,    [false] = "off", [true] = "auto")
KIND(WORD,    [US_FIDELITY_STRICT] = "strict", [US_FIDELITY_NORMAL] = "normal",
              [US_FIDELITY_LOOSE] = "loose")
KIND(DURABLE, [US_DURABILITY_NONE] = "none", [US_DURABILITY_DATA] = "data",
              [US_DURABILITY_FULL] = "full")
KIND(ECHO,    [US_ECHO_SERVED] = "served", [US_ECHO_ASKED] = "asked")
KIND(CHOICE,  [US_PREFER_ORDER] = "order", [US_PREFER_LATENCY] = "latency")
/* clang-format on */

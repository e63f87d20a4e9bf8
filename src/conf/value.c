/* value.c - the KINDs of one value; those that are words are in words.c, texts in text.c, CHAIN in
 * chain.c, KEYS in keys.c, ROUTES in rule.c, TOOLS in tool.c
 *
 * No strtod and no ctype: the host's locale must not decide what "1.5s" means. A unit that is left
 * out is the first of its table. Case of units and words does not matter.
 */
#include "conf/value.h"

#include <inttypes.h>

#define RATE_COUNT_MAX 1000 /* the row's limits are those of the time */

struct unit {
	const char *suffix;
	uint64_t scale; /* 0: end of the table */
};

/* In ascending order, but for the first; a value is shown in the last that divides it. */
static const struct unit times[] = { { "", 1000 },   { "ms", 1 },      { "s", 1000 },
	                             { "m", 60000 }, { "h", 3600000 }, { 0 } };
static const struct unit sizes[] = {
	{ "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { 0 }
};

static const struct {
	const char *word;
	bool is;
} flags[] = { { "1", true },  { "0", false },   { "true", true }, { "false", false },
	      { "on", true }, { "off", false }, { "yes", true },  { "no", false } };

static const char *const levels[] = { [US_LOG_OFF] = "off",
	                              [US_LOG_ERROR] = "error",
	                              [US_LOG_WARN] = "warn",
	                              [US_LOG_INFO] = "info",
	                              [US_LOG_DEBUG] = "debug" };

static bool within(uint64_t v, struct us_limit in) { return v >= in.low && v <= in.high; }

static const struct unit *find_unit(const struct unit *u, struct us_span suffix)
{
	while (u->scale && !us_span_is_nocase(suffix, u->suffix))
		u++;
	return u->scale ? u : NULL;
}

/* `digits` after a decimal point, in units of 1/scale, rounded down. */
static bool fraction(struct us_span digits, uint64_t scale, uint64_t *out)
{
	uint64_t v, ten = 1;

	if (digits.n > 9 || !us_span_u64(digits, &v))
		return false;
	for (size_t i = 0; i < digits.n; i++)
		ten *= 10;
	*out = v * scale / ten;
	return true;
}

/* A decimal number and a unit: "250ms", "1.5s", "16M". */
static bool scaled(struct us_span text, const struct unit *units, uint64_t *out)
{
	struct us_span whole = us_span(text.p, 0);
	const struct unit *u;
	uint64_t v, part = 0;
	const char *dot;

	while (whole.n < text.n &&
	       (text.p[whole.n] == '.' || (text.p[whole.n] >= '0' && text.p[whole.n] <= '9')))
		whole.n++;
	u = find_unit(units, us_span(text.p + whole.n, text.n - whole.n));
	dot = whole.n ? memchr(whole.p, '.', whole.n) : NULL;
	if (!u)
		return false;
	/* Both sides of a point need digits: ".5" and "1." are more often slips than numbers. */
	if (dot) {
		const char *end = whole.p + whole.n;

		if (!fraction(us_span(dot + 1, (size_t)(end - dot - 1)), u->scale, &part))
			return false;
		whole.n = (size_t)(dot - whole.p);
	}
	if (!us_span_u64(whole, &v) || v >= UINT64_MAX / u->scale)
		return false;
	*out = v * u->scale + part;
	return true;
}

static int parse_scaled(struct us_span text, struct us_limit in, const struct unit *units,
                        uint64_t *out)
{
	uint64_t v;

	if (!scaled(text, units, &v) || !within(v, in))
		return US_EINVAL;
	*out = v;
	return 0;
}

/* In the largest unit that says it exactly. */
static void show_scaled(uint64_t v, const struct unit *units, struct us_buf *out)
{
	const struct unit *best = units;

	for (const struct unit *u = units; u->scale && v; u++)
		if (v % u->scale == 0)
			best = u;
	us_buf_addf(out, "%" PRIu64 "%s", v / best->scale, best->suffix);
}

static void expect_scaled(const char *what, struct us_limit in, const struct unit *units,
                          const char *examples, struct us_buf *out)
{
	us_buf_addf(out, "%s from ", what);
	show_scaled(in.low, units, out);
	us_buf_add_str(out, " to ");
	show_scaled(in.high, units, out);
	us_buf_addf(out, ", such as %s", examples);
}

/* "a, b or c" */
static int parse_flag(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_FLAG *flag = out;

	for (size_t i = 0; i < US_COUNT(flags); i++)
		if (us_span_is_nocase(text, flags[i].word)) {
			*flag = flags[i].is;
			return 0;
		}
	return US_EINVAL;
}

static void expect_flag(struct us_limit in, struct us_buf *out)
{
	us_buf_add_str(out, "one of");
	for (size_t i = 0; i < US_COUNT(flags); i++)
		us_buf_addf(out, " %s", flags[i].word);
}

static void show_flag(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_FLAG *flag = value;

	us_buf_add_str(out, *flag ? "1" : "0");
}

static int parse_count(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_COUNT *count = out;
	uint64_t v;

	if (!us_span_u64(text, &v) || !within(v, in))
		return US_EINVAL;
	*count = v;
	return 0;
}

static void expect_count(struct us_limit in, struct us_buf *out)
{
	us_buf_addf(out, "a whole number from %" PRIu64 " to %" PRIu64, in.low, in.high);
}

static void show_count(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_COUNT *count = value;

	us_buf_addf(out, "%" PRIu64, *count);
}

static int parse_time(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_TIME *ms = out;

	return parse_scaled(text, in, times, ms);
}

static void expect_time(struct us_limit in, struct us_buf *out)
{
	expect_scaled("a time", in, times, "250ms, 1.5s, 2m or 1h", out);
}

static void show_time(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_TIME *ms = value;

	show_scaled(*ms, times, out);
}

static int parse_size(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_SIZE *size = out;

	return parse_scaled(text, in, sizes, size);
}

static void expect_size(struct us_limit in, struct us_buf *out)
{
	expect_scaled("a size", in, sizes, "65536, 64K or 16M", out);
}

static void show_size(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_SIZE *size = value;

	show_scaled(*size, sizes, out);
}

/* low..high; the first two points divide, as no number ends in one. */
static int parse_range(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	const char *dots = text.n ? memmem(text.p, text.n, "..", 2) : NULL;
	size_t at = dots ? (size_t)(dots - text.p) : 0;
	us_kind_RANGE *range = out;
	us_kind_RANGE v;

	if (!dots || !scaled(us_span_trim(us_span(text.p, at)), times, &v.low) ||
	    !scaled(us_span_trim(us_span(dots + 2, text.n - at - 2)), times, &v.high))
		return US_EINVAL;
	if (!within(v.low, in) || !within(v.high, in) || v.low > v.high)
		return US_EINVAL;
	*range = v;
	return 0;
}

static void expect_range(struct us_limit in, struct us_buf *out)
{
	expect_scaled("low..high, two times", in, times, "500ms..10s", out);
}

static void show_range(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_RANGE *range = value;

	show_scaled(range->low, times, out);
	us_buf_add_str(out, "..");
	show_scaled(range->high, times, out);
}

static int parse_rate(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	struct us_span rest = text, count;
	us_kind_RATE *rate = out;
	us_kind_RATE v;

	if (!us_span_next(&rest, '/', &count) || !us_span_u64(us_span_trim(count), &v.count) ||
	    !scaled(us_span_trim(rest), times, &v.ms))
		return US_EINVAL;
	if (v.count < 1 || v.count > RATE_COUNT_MAX || !within(v.ms, in))
		return US_EINVAL;
	*rate = v;
	return 0;
}

static void expect_rate(struct us_limit in, struct us_buf *out)
{
	us_buf_addf(out, "count/time, a count from 1 to %d and ", RATE_COUNT_MAX);
	expect_scaled("a time", in, times, "5/60s", out);
}

static void show_rate(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_RATE *rate = value;

	us_buf_addf(out, "%" PRIu64 "/", rate->count);
	show_scaled(rate->ms, times, out);
}

/* level[:path]; a path may hold colons. */
static int parse_log(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	struct us_span rest = text, word;
	us_kind_LOG *log = out;
	us_kind_LOG v;
	size_t level;
	int rc;

	if (!us_span_next(&rest, ':', &word))
		return US_EINVAL;
	level = us_words_find(us_span_trim(word), levels, US_COUNT(levels));
	if (level == US_COUNT(levels) || (rest.p && !rest.n))
		return US_EINVAL;
	rc = us_value_PATH.parse(us_span_trim(rest), in, a, &v.path);
	if (rc)
		return rc;
	v.level = (enum us_log_level)level;
	*log = v;
	return 0;
}

static void expect_log(struct us_limit in, struct us_buf *out)
{
	us_words_expect(levels, US_COUNT(levels), out);
	us_buf_add_str(out, ", with a file as in info:/absolute/path");
}

static void show_log(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_LOG *log = value;

	us_buf_addf(out, "%s%s%s", levels[log->level], log->path[0] ? ":" : "", log->path);
}

/* clang-format off */
const struct us_kind us_value_FLAG  = { parse_flag,  expect_flag,  NULL, show_flag  };
const struct us_kind us_value_COUNT = { parse_count, expect_count, NULL, show_count };
const struct us_kind us_value_TIME  = { parse_time,  expect_time,  NULL, show_time  };
const struct us_kind us_value_SIZE  = { parse_size,  expect_size,  NULL, show_size  };
const struct us_kind us_value_RANGE = { parse_range, expect_range, NULL, show_range };
const struct us_kind us_value_RATE  = { parse_rate,  expect_rate,  NULL, show_rate  };
const struct us_kind us_value_LOG   = { parse_log,   expect_log,   NULL, show_log   };
/* clang-format on */

void us_value_split(struct us_loader *l, const struct us_where *at, const struct us_kind *kind,
                    struct us_limit in, struct us_span text)
{
	struct us_span rest = text, entry;

	while (us_span_next(&rest, ',', &entry)) {
		entry = us_span_trim(entry);
		if (entry.n && !kind->add(l, at, in, entry))
			return;
	}
}

bool us_value_full(struct us_loader *l, const struct us_where *at, struct us_limit in, size_t have,
                   struct us_span entry)
{
	struct us_buf *out;

	if (have < in.high)
		return false;
	out = us_complain_begin(l, at);
	us_buf_add_str(out, ": ");
	us_complain_quote(out, entry);
	us_buf_addf(out, " and what follows is skipped: there is room for %" PRIu64, in.high);
	us_complain_end(l);
	return true;
}

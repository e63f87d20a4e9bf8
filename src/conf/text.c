/* text.c - the KINDs that are words: TEXT, SECRET, DURABLE */
#include "conf/value.h"

#include <inttypes.h>

static const char *const durabilities[] = {
	[US_DURABILITY_NONE] = "none", [US_DURABILITY_DATA] = "data", [US_DURABILITY_FULL] = "full"
};

/* It cannot forge a line where it is shown; the row's high limit is that of its length. */
static bool is_text(struct us_span text, struct us_limit in)
{
	if (text.n > in.high)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return false;
	return true;
}

/* The empty text needs no memory: it is every default. */
static int parse_text(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_TEXT *value = out;
	const char *copy = "";

	if (!is_text(text, in))
		return US_EINVAL;
	if (text.n) {
		copy = us_arena_copy(a, text).p;
		if (a->err)
			return US_ENOMEM;
	}
	*value = copy;
	return 0;
}

static void expect_text(struct us_limit in, struct us_buf *out)
{
	us_buf_addf(out, "a text without control characters of at most %" PRIu64 " bytes", in.high);
}

static void show_text(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_TEXT *text = value;

	us_buf_add_str(out, *text);
}

static void show_secret(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_SECRET *secret = value;

	us_buf_add_str(out, (*secret)[0] ? "(set)" : "");
}

static int parse_durable(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_DURABLE *durable = out;

	for (size_t i = 0; i < US_COUNT(durabilities); i++)
		if (us_span_is_nocase(text, durabilities[i])) {
			*durable = (us_kind_DURABLE)i;
			return 0;
		}
	return US_EINVAL;
}

static void expect_durable(struct us_limit in, struct us_buf *out)
{
	us_buf_add_str(out, "none, data or full");
}

static void show_durable(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_DURABLE *durable = value;

	us_buf_add_str(out, durabilities[*durable]);
}

/* clang-format off */
const struct us_kind us_value_TEXT    = { parse_text,    expect_text,    NULL, show_text    };
const struct us_kind us_value_SECRET  = { parse_text,    expect_text,    NULL, show_secret  };
const struct us_kind us_value_DURABLE = { parse_durable, expect_durable, NULL, show_durable };
/* clang-format on */

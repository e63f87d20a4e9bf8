/* text.c - the KINDs TEXT, SECRET and HEDGE */
#include "conf/value.h"

#include <inttypes.h>

/* It cannot forge a line where it is shown; the row's high limit is that of its length. */
static bool is_text(struct us_span text, struct us_limit in)
{
	return text.n <= in.high && !us_span_has_control(text);
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

static int parse_hedge(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_HEDGE *hedge = out, v = { .learnt = us_span_is_nocase(text, "p95") };
	int rc = v.learnt ? 0 : us_value_TIME.parse(text, in, a, &v.ms);

	if (rc == 0)
		*hedge = v;
	return rc;
}

static void expect_hedge(struct us_limit in, struct us_buf *out)
{
	us_buf_add_str(out, "p95 or ");
	us_value_TIME.expect(in, out);
}

static void show_hedge(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_HEDGE *hedge = value;

	if (hedge->learnt)
		us_buf_add_str(out, "p95");
	else
		us_value_TIME.show(c, &hedge->ms, out);
}

/* clang-format off */
const struct us_kind us_value_TEXT    = { parse_text,    expect_text,    NULL, show_text    };
const struct us_kind us_value_SECRET  = { parse_text,    expect_text,    NULL, show_secret  };
const struct us_kind us_value_HEDGE   = { parse_hedge,   expect_hedge,   NULL, show_hedge   };
/* clang-format on */

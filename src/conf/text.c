/* text.c - the KINDs that are texts: TEXT, SECRET, PATH, NAME; and HEDGE */
#include "conf/value.h"

#include <inttypes.h>
#include <limits.h>

/* The empty text needs no memory: it is every default. */
static int keep(struct us_span text, struct us_arena *a, const char **out)
{
	const char *copy = "";

	if (text.n) {
		copy = us_arena_copy(a, text).p;
		if (a->err)
			return US_ENOMEM;
	}
	*out = copy;
	return 0;
}

/* It cannot forge a line where it is shown; the row's high limit is that of its length. */
static bool is_text(struct us_span text, struct us_limit in)
{
	return text.n <= in.high && !us_span_has_control(text);
}

static int parse_text(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_TEXT *value = out;

	return is_text(text, in) ? keep(text, a, value) : US_EINVAL;
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

/* Absolute, because the host changes its directory, and cannot forge a line where it is shown. */
static bool is_path(struct us_span text)
{
	return us_span_starts(text, "/") && text.n < PATH_MAX && !us_span_has_control(text);
}

static int parse_path(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_PATH *path = out;

	return !text.n || is_path(text) ? keep(text, a, path) : US_EINVAL;
}

static void expect_path(struct us_limit in, struct us_buf *out)
{
	us_buf_addf(out, "an absolute path without control characters, shorter than %d bytes",
	            PATH_MAX);
}

static int parse_name(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	us_kind_NAME *name = out;

	if (us_span_has_control(text) || (text.n && (text.n < in.low || text.n > in.high)))
		return US_EINVAL;
	return keep(text, a, name);
}

static void expect_name(struct us_limit in, struct us_buf *out)
{
	us_buf_addf(out, "a name without control characters, of at most %" PRIu64 " bytes",
	            in.high);
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
const struct us_kind us_value_PATH    = { parse_path,    expect_path,    NULL, show_text    };
const struct us_kind us_value_NAME    = { parse_name,    expect_name,    NULL, show_text    };
const struct us_kind us_value_HEDGE   = { parse_hedge,   expect_hedge,   NULL, show_hedge   };
/* clang-format on */

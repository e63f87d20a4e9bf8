/* text.c - the KINDs that are words: TEXT, SECRET, DURABLE, ECHO, HEDGE, CHOICE */
#include "conf/value.h"

#include <inttypes.h>

static const char *const durabilities[] = {
	[US_DURABILITY_NONE] = "none", [US_DURABILITY_DATA] = "data", [US_DURABILITY_FULL] = "full"
};

static const char *const echoes[] = { [US_ECHO_SERVED] = "served", [US_ECHO_ASKED] = "asked" };

static const char *const choices[] = {
	[US_PREFER_ORDER] = "order", [US_PREFER_LATENCY] = "latency"
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

/* The index of `text` in words[n], n if it is none of them. */
static size_t find(struct us_span text, const char *const *words, size_t n)
{
	size_t i = 0;

	while (i < n && !us_span_is_nocase(text, words[i]))
		i++;
	return i;
}

static int parse_durable(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	size_t i = find(text, durabilities, US_COUNT(durabilities));
	us_kind_DURABLE *durable = out;

	if (i == US_COUNT(durabilities))
		return US_EINVAL;
	*durable = (us_kind_DURABLE)i;
	return 0;
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

static int parse_echo(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	size_t i = find(text, echoes, US_COUNT(echoes));
	us_kind_ECHO *echo = out;

	if (i == US_COUNT(echoes))
		return US_EINVAL;
	*echo = (us_kind_ECHO)i;
	return 0;
}

static void expect_echo(struct us_limit in, struct us_buf *out)
{
	us_buf_add_str(out, "served or asked");
}

static void show_echo(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_ECHO *echo = value;

	us_buf_add_str(out, echoes[*echo]);
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

static int parse_choice(struct us_span text, struct us_limit in, struct us_arena *a, void *out)
{
	size_t i = find(text, choices, US_COUNT(choices));
	us_kind_CHOICE *choice = out;

	if (i == US_COUNT(choices))
		return US_EINVAL;
	*choice = (us_kind_CHOICE)i;
	return 0;
}

static void expect_choice(struct us_limit in, struct us_buf *out)
{
	us_buf_add_str(out, "order or latency");
}

static void show_choice(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_CHOICE *choice = value;

	us_buf_add_str(out, choices[*choice]);
}

/* clang-format off */
const struct us_kind us_value_TEXT    = { parse_text,    expect_text,    NULL, show_text    };
const struct us_kind us_value_SECRET  = { parse_text,    expect_text,    NULL, show_secret  };
const struct us_kind us_value_DURABLE = { parse_durable, expect_durable, NULL, show_durable };
const struct us_kind us_value_ECHO    = { parse_echo,    expect_echo,    NULL, show_echo    };
const struct us_kind us_value_HEDGE   = { parse_hedge,   expect_hedge,   NULL, show_hedge   };
const struct us_kind us_value_CHOICE  = { parse_choice,  expect_choice,  NULL, show_choice  };
/* clang-format on */

/* recall_head.c - the head of an answer that is given again */
#include "engine/recall.h"

#include "base/clock.h"

/* Of the transfer that brought it, or for the one who asked then: RFC 9111, 3.1, and cookies. */
static const char *const dropped[] = {
	"connection",
	"keep-alive",
	"proxy-connection",
	"proxy-authenticate",
	"te",
	"transfer-encoding",
	"trailer",
	"upgrade",
	"set-cookie",
	"set-cookie2",
	"age",
};

static struct us_span last_block(struct us_span came)
{
	struct us_span rest = came, line, last = us_span("", 0);

	while (us_span_next(&rest, '\n', &line))
		if (us_span_starts(line, "HTTP/"))
			last = us_span(line.p, (size_t)(came.p + came.n - line.p));
	return last;
}

static bool forbids(struct us_span directives)
{
	struct us_span word;

	while (us_span_next(&directives, ',', &word))
		if (us_span_is_nocase(us_span_trim(word), "no-store"))
			return true;
	return false;
}

/* Without what ends the line; what it begins with may say that it goes on with the one before. */
static struct us_span line_of(struct us_span line)
{
	struct us_span text = us_span_trim(line);

	return us_span(line.p, (size_t)(text.p - line.p) + text.n);
}

bool us_recall_head(struct us_span came, struct us_buf *out, uint64_t *age_ms)
{
	struct us_span rest = last_block(came), line, name, value;
	bool keeps = true;
	uint64_t seconds;

	*age_ms = 0;
	while (us_span_next(&rest, '\n', &line) && us_span_trim(line).n) {
		const char *colon = memchr(line.p, ':', line.n);

		name = us_span(line.p, colon ? (size_t)(colon - line.p) : 0);
		value = us_span_trim(us_span(line.p + name.n + !!colon, line.n - name.n - !!colon));
		if (us_span_is_nocase(name, "cache-control") && forbids(value))
			return false;
		if (us_span_is_nocase(name, "age") && us_span_u64(value, &seconds) &&
		    seconds < US_NEVER / 1000)
			*age_ms = seconds * 1000;
		if (line.p[0] != ' ' && line.p[0] != '\t')
			keeps = !us_span_is_any(name, dropped, US_COUNT(dropped));
		if (!keeps)
			continue;
		us_buf_add_span(out, line_of(line));
		us_buf_add_str(out, "\r\n");
	}
	return out->n && !out->err;
}

/* What is left of its freshness is below zero for one that is stale (RFC 9211, 2.5). */
int us_recall_head_again(struct us_span kept, uint64_t age_ms, uint64_t fresh_ms, bool stale,
                         struct us_buf *out)
{
	long long ttl = (long long)(fresh_ms / 1000) - (long long)(age_ms / 1000);

	us_buf_add_span(out, kept);
	us_buf_addf(out, "age: %llu\r\ncache-status: understudy; hit; ttl=%lld%s\r\n\r\n",
	            (unsigned long long)age_ms / 1000, ttl, stale ? "; detail=stale-if-error" : "");
	return out->err;
}

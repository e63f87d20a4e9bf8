/* sse.c - server-sent events */
#include "wire/sse.h"

#define STEP ((size_t)512) /* most events */

void us_sse_init(struct us_sse *s)
{
	*s = (struct us_sse){ 0 };
	us_buf_init(&s->line, US_SSE_LINE_MAX);
	us_buf_init(&s->event, US_SSE_LINE_MAX);
	us_buf_init(&s->data, US_SSE_EVENT_MAX);
}

void us_sse_fini(struct us_sse *s)
{
	us_buf_fini(&s->line);
	us_buf_fini(&s->event);
	us_buf_fini(&s->data);
}

static void keep_error(struct us_sse *s)
{
	if (!s->err)
		s->err = s->line.err ? s->line.err : s->data.err ? s->data.err : s->event.err;
}

static void field(struct us_sse *s, struct us_span name, struct us_span value)
{
	if (us_span_is(name, "data")) {
		if (s->has_data)
			us_buf_add_char(&s->data, '\n');
		us_buf_add_span(&s->data, value);
		s->has_data = true;
	} else if (us_span_is(name, "event")) {
		us_buf_clear(&s->event);
		us_buf_add_span(&s->event, value);
	}
}

static void forget(struct us_sse *s)
{
	us_buf_clear(&s->event);
	us_buf_clear(&s->data);
	s->has_data = false;
	s->given = false;
}

/* True when the line (without its end) completes an event. */
static bool take_line(struct us_sse *s, struct us_span line)
{
	struct us_span value = { "", 0 };
	const char *colon;

	if (!s->began && us_span_starts(line, "\xef\xbb\xbf"))
		line = us_span(line.p + 3, line.n - 3);
	s->began = true;
	if (!line.n) {
		if (s->has_data)
			return true;
		forget(s);
		return false;
	}
	colon = memchr(line.p, ':', line.n);
	if (colon) {
		value = us_span(colon + 1, (size_t)(line.p + line.n - colon) - 1);
		line.n = (size_t)(colon - line.p);
		if (value.n && value.p[0] == ' ')
			value = us_span(value.p + 1, value.n - 1);
	}
	field(s, line, value);
	return false;
}

/* In steps: a search for the one end to the end of the input would be made anew for each line that
 * ends in the other. */
static size_t line_length(struct us_span in)
{
	const char *lf = NULL, *cr = NULL;
	size_t n = 0, step;

	while (n < in.n && !lf && !cr) {
		step = in.n - n < STEP ? in.n - n : STEP;
		lf = memchr(in.p + n, '\n', step);
		cr = memchr(in.p + n, '\r', lf ? (size_t)(lf - in.p) - n : step);
		n += step;
	}
	if (cr)
		return (size_t)(cr - in.p);
	return lf ? (size_t)(lf - in.p) : n;
}

/* One line, or the rest of the input if its end is not there yet. */
static bool step(struct us_sse *s, struct us_span *in)
{
	size_t n = line_length(*in);
	struct us_span line = us_span(in->p, n);
	bool whole = n < in->n, event = false;

	if (!whole || s->line.n) {
		us_buf_add_span(&s->line, line);
		line = us_buf_span(&s->line);
	}
	if (whole) {
		s->skip_lf = in->p[n] == '\r';
		event = take_line(s, line);
		keep_error(s);
		us_buf_clear(&s->line);
	}
	*in = us_span(in->p + n + whole, in->n - n - whole);
	return event;
}

bool us_sse_next(struct us_sse *s, struct us_span *in)
{
	if (s->given)
		forget(s);
	while (in->n && !s->err) {
		if (s->skip_lf) {
			s->skip_lf = false;
			s->crlf = in->p[0] == '\n';
			if (s->crlf)
				*in = us_span(in->p + 1, in->n - 1);
			continue;
		}
		s->given = step(s, in);
		keep_error(s);
		if (s->given)
			return !s->err;
	}
	return false;
}

bool us_sse_end(struct us_sse *s)
{
	if (s->given)
		forget(s);
	if (s->line.n && !s->err)
		take_line(s, us_buf_span(&s->line));
	us_buf_clear(&s->line);
	keep_error(s);
	s->given = s->has_data && !s->err;
	return s->given;
}

/* test_sse.c - server-sent events, any line ends, any chunking */
#include "wire/sse.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The events of a stream as text: "name|data;" each, and "?" before one the end cut off. */
static void collect(struct us_sse *s, struct us_span in, struct us_buf *events)
{
	while (us_sse_next(s, &in)) {
		us_buf_add_span(events, us_buf_span(&s->event));
		us_buf_add_char(events, '|');
		us_buf_add_span(events, us_buf_span(&s->data));
		us_buf_add_char(events, ';');
	}
	assert_true(s->err || !in.n);
}

static void finish(struct us_sse *s, struct us_buf *events)
{
	if (!us_sse_end(s))
		return;
	us_buf_add_char(events, '?');
	us_buf_add_span(events, us_buf_span(&s->event));
	us_buf_add_char(events, '|');
	us_buf_add_span(events, us_buf_span(&s->data));
	us_buf_add_char(events, ';');
}

/* In two reads, cut at `cut`; or, at 0, byte by byte. */
static void read_cut(struct us_span text, size_t cut, struct us_buf *events)
{
	struct us_sse s;

	us_sse_init(&s);
	us_buf_clear(events);
	if (cut) {
		collect(&s, us_span(text.p, cut), events);
		collect(&s, us_span(text.p + cut, text.n - cut), events);
	} else {
		for (size_t i = 0; i < text.n; i++)
			collect(&s, us_span(text.p + i, 1), events);
	}
	finish(&s, events);
	assert_int_equal(s.err, 0);
	us_sse_fini(&s);
}

/* Whatever the reads, the events are these. */
static void assert_events(struct us_span text, struct us_span want)
{
	struct us_buf events;

	us_buf_init(&events, 1 << 20);
	for (size_t cut = 0; cut <= text.n; cut++) {
		read_cut(text, cut, &events);
		if (!us_span_eq(us_buf_span(&events), want))
			fail_msg("cut at %zu: '%.*s', want '%.*s'", cut, (int)events.n, events.p,
			         (int)want.n, want.p);
	}
	us_buf_fini(&events);
}

/* The same with every LF as CR, and as CRLF. */
static void assert_lines(const char *text, const char *want)
{
	struct us_buf other;

	us_buf_init(&other, 1 << 16);
	assert_events(us_span_of(text), us_span_of(want));
	for (int crlf = 0; crlf < 2; crlf++) {
		us_buf_clear(&other);
		for (const char *p = text; *p; p++) {
			if (*p == '\n')
				us_buf_add_str(&other, crlf ? "\r\n" : "\r");
			else
				us_buf_add_char(&other, *p);
		}
		assert_events(us_buf_span(&other), us_span_of(want));
	}
	us_buf_fini(&other);
}

static void an_event_ends_at_a_blank_line(void **state)
{
	assert_lines("data: a\n\ndata: b\n\n", "|a;|b;");
	assert_lines("event: x\ndata: a\n\n\n\ndata: b\n\n", "x|a;|b;");
}

static void one_blank_after_the_colon_is_dropped(void **state)
{
	assert_lines("data:a\n\ndata:  a\n\ndata: \n\ndata:\ta\n\n", "|a;| a;|;|\ta;");
}

static void data_lines_are_joined_by_line_feeds(void **state)
{
	assert_lines("data: a\ndata:\ndata: b\n\n", "|a\n\nb;");
	assert_lines("data\ndata: x\n\n", "|\nx;");
	assert_lines("data\n\n", "|;");
}

static void comments_and_other_fields_are_passed_over(void **state)
{
	assert_lines(": ping\n\ndata: a\n: between\nid: 1\nretry: 9\nunknown: z\ndata: b\n\n:\n\n",
	             "|a\nb;");
	assert_lines("data: a: b\nDATA: no\n data: no\ndatax: no\n\n", "|a: b;");
}

static void a_name_without_data_is_forgotten(void **state)
{
	assert_lines("event: lost\n\ndata: a\n\n", "|a;");
	assert_lines("event: x\nevent: y\ndata: a\n\ndata: b\n\n", "y|a;|b;");
}

static void the_end_may_cut_an_event_off(void **state)
{
	assert_lines("data: a\n\nevent: e\ndata: [DONE]\n", "|a;?e|[DONE];");
	assert_lines("data: a\n\ndata: [DO", "|a;?|[DO;");
	assert_lines("data: a\n\nevent: e", "|a;");
	assert_lines("data: a\n\n: comment", "|a;");
	assert_lines("", "");
}

static void a_byte_order_mark_opens_the_first_line_only(void **state)
{
	assert_lines("\xef\xbb\xbf"
	             "data: a\n\n\xef\xbb\xbf"
	             "data: b\n\n",
	             "|a;");
	assert_lines("\xef\xbb\xbf\ndata: a\n\n", "|a;");
	assert_lines("\n\xef\xbb\xbf"
	             "data: a\n\n",
	             "");
}

static void line_ends_of_all_kinds_may_mix(void **state)
{
	assert_events(US_SPAN("data: a\r\n\ndata: b\n\r\ndata: c\r\rdata: d\r\n\r\n"),
	              US_SPAN("|a;|b;|c;|d;"));
}

static void a_line_of_any_length_ends_where_it_ends(void **state)
{
	char text[2100], want[2100];

	for (size_t n = 1; n <= 1100; n++) {
		memset(want, 'x', n);
		snprintf(want + n, sizeof(want) - n, ";|y;");
		memmove(want + 1, want, n + 5);
		want[0] = '|';
		for (const char *end = "\n\r"; *end; end++) {
			int at = snprintf(text, sizeof(text), "data:%.*s%c%cdata:y%c%c", (int)n,
			                  want + 1, *end, *end, *end, *end);
			struct us_buf events;

			us_buf_init(&events, 1 << 20);
			read_cut(us_span(text, (size_t)at), (size_t)at, &events);
			assert_string_equal(us_buf_cstr(&events), want);
			us_buf_fini(&events);
		}
	}
}

static void bytes_are_not_looked_at(void **state)
{
	assert_events(US_SPAN("data: \0\xff\xe2\x80\xa8\x85\v\f\n\n"),
	              US_SPAN("|\0\xff\xe2\x80\xa8\x85\v\f;"));
}

/* A CRLF cut between two reads must not become a blank line, nor delay the event before it. */
static void an_event_is_given_as_soon_as_its_blank_line_ends(void **state)
{
	struct us_span in = US_SPAN("data: a\r\n\r");
	struct us_sse s;

	us_sse_init(&s);
	assert_true(us_sse_next(&s, &in));
	assert_int_equal(in.n, 0);
	in = US_SPAN("\ndata: b\r\r");
	assert_true(us_sse_next(&s, &in));
	assert_true(us_span_is(us_buf_span(&s.data), "b"));
	us_sse_fini(&s);
}

static void a_line_has_a_ceiling(void **state)
{
	struct us_sse s;
	struct us_span in = US_SPAN("data: 0123456789");
	size_t fed = 0;

	us_sse_init(&s);
	while (!s.err && fed < US_SSE_LINE_MAX + 64) {
		struct us_span piece = in;

		assert_false(us_sse_next(&s, &piece));
		fed += in.n;
	}
	assert_int_equal(s.err, US_E2BIG);
	in = US_SPAN("\n\n");
	assert_false(us_sse_next(&s, &in));
	assert_false(us_sse_end(&s));
	us_sse_fini(&s);
}

static void memory_that_is_refused_ends_the_stream(void **state)
{
	struct us_sse s;
	bool given = false;

	for (unsigned long nth = 1; !given; nth++) {
		struct us_span first = US_SPAN("event: e\ndata: a"), second = US_SPAN("b\n\n");

		us_sse_init(&s);
		us_mem_fail_at(nth);
		assert_false(us_sse_next(&s, &first));
		given = us_sse_next(&s, &second);
		us_mem_fail_at(0);
		assert_int_equal(s.err, given ? 0 : US_ENOMEM);
		assert_false(!given && us_sse_end(&s));
		us_sse_fini(&s);
		assert_true(nth < 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_ends_at_a_blank_line),
		cmocka_unit_test(one_blank_after_the_colon_is_dropped),
		cmocka_unit_test(data_lines_are_joined_by_line_feeds),
		cmocka_unit_test(comments_and_other_fields_are_passed_over),
		cmocka_unit_test(a_name_without_data_is_forgotten),
		cmocka_unit_test(the_end_may_cut_an_event_off),
		cmocka_unit_test(a_byte_order_mark_opens_the_first_line_only),
		cmocka_unit_test(line_ends_of_all_kinds_may_mix),
		cmocka_unit_test(a_line_of_any_length_ends_where_it_ends),
		cmocka_unit_test(bytes_are_not_looked_at),
		cmocka_unit_test(an_event_is_given_as_soon_as_its_blank_line_ends),
		cmocka_unit_test(a_line_has_a_ceiling),
		cmocka_unit_test(memory_that_is_refused_ends_the_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_text.c - escapes decoded, printed and joined */
#include "wire/text.h"

#include "base/mem.h"
#include "base/rand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_buf out;

static int setup(void **state)
{
	us_buf_init(&out, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	us_buf_fini(&out);
	us_mem_fail_at(0);
	return 0;
}

static void assert_bytes(struct us_span got, struct us_span want)
{
	if (!us_span_eq(got, want))
		fail_msg("got %zu '%.*s', want %zu '%.*s'", got.n, (int)got.n, got.p, want.n,
		         (int)want.n, want.p);
}

static struct us_span unescape(struct us_span in)
{
	static char room[256];

	assert_true(in.n <= sizeof(room));
	return us_span(room, us_text_unescape(in, room));
}

static void every_escape_has_its_meaning(void **state)
{
	assert_bytes(unescape(US_SPAN("\\\"\\\\\\/\\b\\f\\n\\r\\t")), US_SPAN("\"\\/\b\f\n\r\t"));
	assert_bytes(unescape(US_SPAN("\\u0000\\u007F\\u0080\\u07ff\\u0800\\uFFFF")),
	             US_SPAN("\0\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"));
	assert_bytes(unescape(US_SPAN("\\ud800\\udc00\\udbff\\udfff")),
	             US_SPAN("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
	assert_bytes(unescape(us_span(NULL, 0)), US_SPAN(""));
}

static void a_surrogate_alone_stays_alone(void **state)
{
	assert_bytes(unescape(US_SPAN("\\ud83d")), US_SPAN("\xed\xa0\xbd"));
	assert_bytes(unescape(US_SPAN("\\ude00\\ud83d")), US_SPAN("\xed\xb8\x80\xed\xa0\xbd"));
	assert_bytes(unescape(US_SPAN("\\ud83d\\ud83d\\ude00")),
	             US_SPAN("\xed\xa0\xbd\xf0\x9f\x98\x80"));
	assert_bytes(unescape(US_SPAN("\\ud83dx")), US_SPAN("\xed\xa0\xbdx"));
	assert_bytes(unescape(US_SPAN("\\ud83d\\n")), US_SPAN("\xed\xa0\xbd\n"));
}

/* The text behind an escaped backslash is text. */
static void a_backslash_hides_what_looks_like_an_escape(void **state)
{
	assert_bytes(unescape(US_SPAN("\\\\ud83d\\ude00")), US_SPAN("\\ud83d\xed\xb8\x80"));
	assert_bytes(unescape(US_SPAN("\\ud83d\\\\ude00")), US_SPAN("\xed\xa0\xbd\\ude00"));
}

static void printing_escapes_only_what_must_be(void **state)
{
	us_text_escape(&out, US_SPAN("a\"\\/\b\f\n\r\t\v\x01\x1f\x7f\0z\xc3\xa9\xe2\x80\xa8\xff"));
	assert_bytes(us_buf_span(&out),
	             US_SPAN("a\\\"\\\\/\\b\\f\\n\\r\\t\\u000b\\u0001\\u001f\x7f\\u0000z\xc3\xa9"
	                     "\xe2\x80\xa8\xff"));
}

static void printing_tells_a_surrogate_from_its_neighbours(void **state)
{
	/* U+D7FF and U+E000 frame the surrogates; a cut sequence is none. */
	us_text_escape(&out, US_SPAN("\xed\x9f\xbf\xed\xa0\x80\xed\xbf\xbf\xee\x80\x80\xed\xa0"));
	assert_bytes(us_buf_span(&out), US_SPAN("\xed\x9f\xbf\\ud800\\udfff\xee\x80\x80\xed\xa0"));
}

static void nothing_prints_as_nothing(void **state)
{
	assert_int_equal(us_text_escape(&out, us_span(NULL, 0)), 0);
	assert_int_equal(us_text_join(&out, us_span(NULL, 0)), 0);
	assert_int_equal(out.n, 0);
}

/* Any bytes, printed and read again, are the same bytes. */
static void what_is_printed_reads_back_the_same(void **state)
{
	struct us_rand r = { 7 };
	char text[32], back[32 * 6];

	for (int round = 0; round < 20000; round++) {
		size_t n = us_rand_between(&r, 0, sizeof(text));
		struct us_span in;

		for (size_t i = 0; i < n; i++)
			text[i] = (char)us_rand_next(&r);
		/* Two lone halves side by side would rightly become one character. */
		for (size_t i = 0; i + 1 < n; i++)
			if ((unsigned char)text[i] == 0xed)
				text[i] = ' ';
		us_buf_clear(&out);
		us_text_escape(&out, us_span(text, n));
		in = us_buf_span(&out);
		assert_true(in.n <= sizeof(back));
		assert_bytes(us_span(back, us_text_unescape(in, back)), us_span(text, n));
	}
}

static void a_cut_character_is_held(void **state)
{
	static const struct {
		const char *text;
		size_t held;
	} all[] = {
		{ "", 0 },
		{ "a", 0 },
		{ "a\xc3", 1 },
		{ "a\xc3\xa9", 0 },
		{ "a\xe2", 1 },
		{ "a\xe2\x80", 2 },
		{ "a\xe2\x80\xa8", 0 },
		{ "\xf0", 1 },
		{ "\xf0\x9f", 2 },
		{ "\xf0\x9f\x98", 3 },
		{ "\xf0\x9f\x98\x80", 0 },
		{ "a\xed", 1 },
		{ "a\xed\xa0", 2 },
		{ "a\xed\xa0\xbd", 3 }, /* a high half waits for its low one */
		{ "a\xed\xb8\x80", 0 }, /* a low half waits for nothing */
		{ "a\xed\x9f\xbf", 0 },
		{ "\x80\x80\x80\x80", 0 }, /* no character at all */
		{ "a\x80", 0 },
	};

	for (size_t i = 0; i < US_COUNT(all); i++)
		if (us_text_held(us_span_of(all[i].text)) != all[i].held)
			fail_msg("row %zu: %zu", i, us_text_held(us_span_of(all[i].text)));
}

/* However a text is cut, what is not held is whole, and the pieces add up. */
static void holding_back_makes_any_cut_harmless(void **state)
{
	struct us_span text = US_SPAN("e\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80.");

	for (size_t cut = 0; cut <= text.n; cut++) {
		size_t held = us_text_held(us_span(text.p, cut));
		size_t whole = cut - held;

		assert_true(whole == text.n || ((unsigned char)text.p[whole] & 0xc0) != 0x80);
		assert_true(held <= 3);
	}
}

static void two_halves_of_a_pair_are_joined(void **state)
{
	us_text_join(&out, US_SPAN("x\xed\xa0\xbd"));
	us_text_join(&out, US_SPAN(""));
	us_text_join(&out, US_SPAN("\xed\xb8\x80y"));
	assert_bytes(us_buf_span(&out), US_SPAN("x\xf0\x9f\x98\x80y"));
}

static void only_a_high_and_a_low_half_are_joined(void **state)
{
	us_text_join(&out, US_SPAN("\xed\xb8\x80"));
	us_text_join(&out, US_SPAN("\xed\xa0\xbd"));
	us_text_join(&out, US_SPAN("\xed\xa0\xbd"));
	us_text_join(&out, US_SPAN("a\xed\xb8\x80"));
	assert_bytes(us_buf_span(&out), US_SPAN("\xed\xb8\x80\xed\xa0\xbd\xed\xa0\xbd"
	                                        "a\xed\xb8\x80"));
}

static void memory_that_is_refused_is_told(void **state)
{
	us_mem_fail_at(1);
	assert_int_equal(us_text_escape(&out, US_SPAN("\n")), US_ENOMEM);
	us_buf_clear(&out);
	us_mem_fail_at(1);
	assert_int_equal(us_text_join(&out, US_SPAN("a")), US_ENOMEM);
}

static void what_stands_for_itself_ends_at_the_first_byte_that_does_not(void **state)
{
	char *bytes = test_malloc(40); /* its end is an end */

	for (size_t n = 0; n <= 40; n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c < 256; c++) {
				bool odd = c < 0x20 || c == '"' || c == '\\';

				memset(bytes, 'x', 39);
				bytes[39] = '"';
				bytes[40 - n + at] = (char)c;
				assert_int_equal(us_text_plain(us_span(bytes + 40 - n, n)),
				                 odd          ? at
				                 : at < n - 1 ? n - 1
				                              : n);
			}
	test_free(bytes);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_stands_for_itself_ends_at_the_first_byte_that_does_not),
		T(every_escape_has_its_meaning),
		T(a_surrogate_alone_stays_alone),
		T(a_backslash_hides_what_looks_like_an_escape),
		T(printing_escapes_only_what_must_be),
		T(printing_tells_a_surrogate_from_its_neighbours),
		T(nothing_prints_as_nothing),
		T(what_is_printed_reads_back_the_same),
		T(a_cut_character_is_held),
		T(holding_back_makes_any_cut_harmless),
		T(two_halves_of_a_pair_are_joined),
		T(only_a_high_and_a_low_half_are_joined),
		T(memory_that_is_refused_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_dataurl.c - data: URLs, split */
#include "wire/dataurl.h"

#include "base/mem.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_arena arena;

static int setup(void **state)
{
	us_arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	us_mem_fail_at(0);
	us_arena_fini(&arena);
	return 0;
}

static void type_and_bytes_are_found(void **state)
{
	static const struct {
		const char *url, *mime, *base64;
	} rows[] = {
		{ "data:image/png;base64,AAAA", "image/png", "AAAA" },
		{ "DATA:IMAGE/PNG;BASE64,AAAA", "image/png", "AAAA" },
		{ "data:image/jpg;base64,AAAA", "image/jpeg", "AAAA" },
		{ "data:text/plain;charset=utf-8;base64,AAAA", "text/plain", "AAAA" },
		{ "data:image/png;base64,AA\r\nAA ==\n", "image/png", "AAAA==" },
		{ "data:image/png;base64,AA%2BA%3d%3D", "image/png", "AA+A==" },
		{ "data:text/plain,a", "text/plain", "YQ==" },
		{ "data:text/plain,ab", "text/plain", "YWI=" },
		{ "data:text/plain,abc", "text/plain", "YWJj" },
		{ "data:text/plain,a%20b%zz%2", "text/plain", "YSBiJXp6JTI=" },
		{ "data:text/plain,%0a", "text/plain", "Cg==" },
		{ "data:text/plain,", "text/plain", "" },
		{ "data:image/png;base64,", "image/png", "" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_span mime, base64;

		assert_true(us_dataurl_split(us_span_of(rows[i].url), &arena, &mime, &base64));
		assert_span(mime, rows[i].mime);
		assert_span(base64, rows[i].base64);
	}
}

static void a_type_that_is_not_told_is_seen_in_the_bytes(void **state)
{
	static const struct {
		const char *url, *mime;
	} rows[] = {
		{ "data:;base64,iVBORw0KGgo=", "image/png" },
		{ "data:;base64,/9j/4AAQ", "image/jpeg" },
		{ "data:;base64,R0lGODlh", "image/gif" },
		{ "data:;base64,UklGRgAAAABXRUJQ", "image/webp" },
		{ "data:;base64,JVBERi0xLjc=", "application/pdf" },
		{ "data:;base64,UklGRgAAAABXQVZF", "" },
		{ "data:;base64,iVBO", "" },
		{ "data:,%25PDF-1.7", "application/pdf" },
		{ "data:,", "" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_span mime, base64;

		assert_true(us_dataurl_split(us_span_of(rows[i].url), &arena, &mime, &base64));
		assert_span(mime, rows[i].mime);
	}
}

static void other_urls_are_not_split(void **state)
{
	static const char *const others[] = {
		"", "data:", "data:image/png;base64", "https://x/a,b", "dat", "xdata:,a"
	};
	struct us_span mime, base64;

	for (size_t i = 0; i < US_COUNT(others); i++)
		assert_false(us_dataurl_split(us_span_of(others[i]), &arena, &mime, &base64));
}

static void clean_base64_is_not_copied(void **state)
{
	struct us_span url = US_SPAN("data:image/png;base64,AAAA"), mime, base64;

	assert_true(us_dataurl_split(url, &arena, &mime, &base64));
	assert_ptr_equal(base64.p, url.p + 22);
	assert_int_equal(arena.used, 0);
}

static void want_of_memory_is_told_by_the_arena(void **state)
{
	static const char *const urls[] = { "data:,a", "data:;base64,A A", "data:;base64,%41" };
	struct us_span mime, base64;

	for (size_t i = 0; i < US_COUNT(urls); i++) {
		us_arena_fini(&arena);
		us_mem_fail_at(1);
		us_dataurl_split(us_span_of(urls[i]), &arena, &mime, &base64);
		assert_int_equal(arena.err, US_ENOMEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(type_and_bytes_are_found),
		T(a_type_that_is_not_told_is_seen_in_the_bytes),
		T(other_urls_are_not_split),
		T(clean_base64_is_not_copied),
		T(want_of_memory_is_told_by_the_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

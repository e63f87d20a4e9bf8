/* test_ldcache.c - /etc/ld.so.cache, made up here: it is looked at, never trusted */
#include "cli/ldcache.c"

#include <stdarg.h>
#include <stdlib.h>

#include <setjmp.h>
#include <cmocka.h>

#define ENTRIES 3
#define TEXTS_AT (ENTRIES_AT + ENTRIES * ENTRY_SIZE)

static char cache[512];
static size_t length;

static void put(size_t where, uint32_t value) { memcpy(cache + where, &value, sizeof(value)); }

static uint32_t put_text(const char *text)
{
	size_t at = length;

	memcpy(cache + at, text, strlen(text) + 1);
	length += strlen(text) + 1;
	return (uint32_t)at;
}

static int make(void **state)
{
	static const char *const entries[ENTRIES][2] = {
		{ "libcurl.so.4", "/lib32/libcurl.so.4" },
		{ "libc.so.6", "/lib/libc.so.6" },
		{ "libcurl.so.4", "/lib/libcurl.so.4" },
	};

	memset(cache, 0, sizeof(cache));
	memcpy(cache, MAGIC, COUNT_AT);
	put(COUNT_AT, ENTRIES);
	length = TEXTS_AT;
	for (size_t i = 0; i < ENTRIES; i++) {
		put(ENTRIES_AT + i * ENTRY_SIZE + NAME_AT, put_text(entries[i][0]));
		put(ENTRIES_AT + i * ENTRY_SIZE + PATH_AT, put_text(entries[i][1]));
	}
	return 0;
}

static void expect(struct us_span all, const char *name, size_t n, const char *path)
{
	assert_true(us_span_is(us_ldcache_nth(all, us_span_of(name), n), path));
}

static void every_path_of_a_name_is_found_in_its_turn(void **state)
{
	struct us_span all = us_span(cache, length);

	expect(all, "libcurl.so.4", 0, "/lib32/libcurl.so.4");
	expect(all, "libcurl.so.4", 1, "/lib/libcurl.so.4");
	expect(all, "libcurl.so.4", 2, "");
	expect(all, "libcurl.so", 0, "");
	expect(all, "libc.so.6", 0, "/lib/libc.so.6");
}

static void offsets_count_from_the_magic(void **state)
{
	char old[64 + sizeof(cache)] = "ld.so-1.7.0";

	memcpy(old + 64, cache, length);
	expect(us_span(old, 64 + length), "libc.so.6", 0, "/lib/libc.so.6");
}

static void a_file_cut_anywhere_says_no_more_than_it_has(void **state)
{
	for (size_t n = 0; n < length; n++) {
		char *part = malloc(n ? n : 1); /* so that a sanitizer sees its end */

		assert_non_null(part);
		memcpy(part, cache, n);
		expect(us_span(part, n), "libcurl.so.4", 1, "");
		free(part);
	}
}

static void absurd_numbers_are_harmless(void **state)
{
	put(COUNT_AT, UINT32_MAX);
	expect(us_span(cache, length), "libcurl.so.4", 1, "/lib/libcurl.so.4");
	expect(us_span(cache, length), "none", 0, "");
	put(ENTRIES_AT + NAME_AT, UINT32_MAX);
	put(ENTRIES_AT + ENTRY_SIZE + PATH_AT, UINT32_MAX);
	expect(us_span(cache, length), "libcurl.so.4", 0, "/lib/libcurl.so.4");
	expect(us_span(cache, length), "libc.so.6", 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_path_of_a_name_is_found_in_its_turn, make),
		cmocka_unit_test_setup(offsets_count_from_the_magic, make),
		cmocka_unit_test_setup(a_file_cut_anywhere_says_no_more_than_it_has, make),
		cmocka_unit_test_setup(absurd_numbers_are_harmless, make),
	};

	return cmocka_run_group_tests_name("ldcache", tests, NULL, NULL);
}

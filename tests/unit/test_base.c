/* test_base.c - spans, buffers, arenas, our own JSON documents, the log */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void a_span_is_cut_at_its_separators(void **unused)
{
	struct us_span rest = US_SPAN("a,,b"), part;

	assert_true(us_span_next(&rest, ',', &part) && us_span_is(part, "a"));
	assert_true(us_span_next(&rest, ',', &part) && us_span_is(part, ""));
	assert_true(us_span_next(&rest, ',', &part) && us_span_is(part, "b"));
	assert_false(us_span_next(&rest, ',', &part));
}

static void numbers_are_digits_that_fit(void **unused)
{
	uint64_t v = 7;

	assert_true(us_span_u64(US_SPAN("9223372036854775807"), &v));
	assert_int_equal(v, INT64_MAX);
	assert_false(us_span_u64(US_SPAN(""), &v));
	assert_false(us_span_u64(US_SPAN("-1"), &v));
	assert_false(us_span_u64(US_SPAN("1 "), &v));
	assert_false(us_span_u64(US_SPAN("18446744073709551616"), &v));
}

static void case_is_ascii_case(void **unused)
{
	assert_true(us_span_is_nocase(US_SPAN("RETRY-After"), "retry-aftER"));
	assert_false(us_span_is_nocase(US_SPAN("retry-afte"), "retry-after"));
	assert_false(us_span_is_nocase(US_SPAN("@"), "`")); /* 0x40 and 0x60 are no letters */
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			const char x[] = { 'M', 'a', (char)a, 'x', '-', 'A', 'g', 'e', 's' };
			const char y[] = { 'm', 'A', (char)b, 'X', '-', 'a', 'G', 'E', 'S' };

			assert_int_equal(us_same_nocase(x, y, sizeof(x)),
			                 us_lower((char)a) == us_lower((char)b));
			assert_int_equal(us_same_nocase(x + 2, y + 2, sizeof(x) - 2),
			                 us_lower((char)a) == us_lower((char)b));
		}
	assert_true(us_span_has_nocase(US_SPAN("The Prompt Is Too Long"), "prompt is too"));
	assert_false(us_span_has_nocase(US_SPAN("abc"), "abcd"));
}

static void a_buffer_holds_its_ceiling_and_not_a_byte_more(void **unused)
{
	struct us_buf b;

	us_buf_init(&b, 4);
	assert_int_equal(us_buf_add(&b, "abcd", 4), 0);
	assert_int_equal(us_buf_add_char(&b, 'e'), US_E2BIG);
	assert_true(us_span_is(us_buf_span(&b), "abcd"));
	us_buf_fini(&b);
}

static void the_first_failure_of_a_buffer_sticks(void **unused)
{
	struct us_buf b;

	us_buf_init(&b, 4);
	us_buf_add(&b, "abcde", 5);
	assert_int_equal(us_buf_add_char(&b, 'a'), US_E2BIG);
	assert_int_equal(b.n, 0);
	us_buf_clear(&b);
	assert_int_equal(us_buf_add_char(&b, 'a'), 0);
	us_buf_fini(&b);
	us_mem_fail_at(1);
	assert_int_equal(us_buf_add_char(&b, 'a'), US_ENOMEM);
	us_buf_fini(&b);
}

static void a_buffer_can_be_eaten_from_its_front(void **unused)
{
	struct us_buf b;

	us_buf_init(&b, 100);
	us_buf_addf(&b, "%s-%d", "abc", 7);
	us_buf_eat(&b, 2);
	assert_string_equal(us_buf_cstr(&b), "c-7");
	us_buf_eat(&b, 100);
	assert_int_equal(b.n, 0);
	us_buf_fini(&b);
}

static void an_arena_gives_zeroed_aligned_memory_up_to_its_ceiling(void **unused)
{
	struct us_arena a;

	us_arena_init(&a, 10000);
	for (int i = 0; i < 50; i++) {
		unsigned char *p = us_arena_alloc(&a, 33);

		assert_int_equal((uintptr_t)p % 16, 0);
		for (int k = 0; k < 33; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, 33);
	}
	assert_null(us_arena_alloc(&a, 10000));
	assert_int_equal(a.err, US_E2BIG);
	us_arena_clear(&a);
	assert_int_equal(*(char *)us_arena_alloc(&a, 33), 0);
	us_arena_fini(&a);
}

static void an_array_in_an_arena_grows_and_keeps_its_elements(void **unused)
{
	size_t n = 0;
	struct us_arena a;
	int *list = NULL;

	us_arena_init(&a, 1 << 20);
	for (int i = 0; i < 1000; i++)
		*(int *)us_arena_push(&a, &list, &n, sizeof(*list)) = i;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	us_arena_fini(&a);
}

static cJSON *read_json(const char *text, unsigned *line)
{
	return us_json_read(text, strlen(text), line);
}

static void comments_are_blanks_but_not_inside_strings(void **unused)
{
	unsigned line;
	cJSON *doc = read_json("// a\n{ /* b\n */ \"u\": \"http://x /* y */\", // c\n \"v\": 1 }",
	                       &line);
	const cJSON *u;

	assert_non_null(doc);
	u = us_json()->GetObjectItemCaseSensitive(doc, "u");
	assert_string_equal(u->valuestring, "http://x /* y */");
	us_json()->Delete(doc);
}

static void a_syntax_error_has_its_line(void **unused)
{
	unsigned line;

	assert_null(read_json("{\n/* one\n two */\n\"a\": }", &line));
	assert_int_equal(line, 4);
	assert_null(read_json("{} x", &line));
	assert_int_equal(line, 1);
}

static void a_log_line_is_one_line_whatever_is_in_it(void **unused)
{
	char path[] = "/tmp/understudy-log-XXXXXX", line[2048] = "";
	int fd = mkstemp(path);
	ssize_t n;

	us_log_open(US_LOG_INFO, path);
	errno = 77;
	us_log(US_LOG_INFO, "a\nb\r\033[1mc %s", "\n2030-01-01T00:00:00.000Z forged");
	us_log(US_LOG_DEBUG, "not this");
	assert_int_equal(errno, 77);
	us_log_open(US_LOG_OFF, NULL);
	n = read(fd, line, sizeof(line) - 1);
	assert_true(n > 0);
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
	assert_null(strchr(line, '\033'));
	assert_non_null(strstr(line, "] info: a b"));
	close(fd);
	unlink(path);
}

static void a_log_line_has_a_ceiling(void **unused)
{
	char path[] = "/tmp/understudy-log-XXXXXX", line[4096] = "", text[3000];
	int fd = mkstemp(path);

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	us_log_open(US_LOG_INFO, path);
	us_log(US_LOG_INFO, "%s", text);
	us_log_open(US_LOG_OFF, NULL);
	assert_in_range(read(fd, line, sizeof(line)), 900, 1024);
	assert_int_equal(line[strlen(line) - 1], '\n');
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_is_cut_at_its_separators),
		cmocka_unit_test(numbers_are_digits_that_fit),
		cmocka_unit_test(case_is_ascii_case),
		cmocka_unit_test(a_buffer_holds_its_ceiling_and_not_a_byte_more),
		cmocka_unit_test(the_first_failure_of_a_buffer_sticks),
		cmocka_unit_test(a_buffer_can_be_eaten_from_its_front),
		cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_up_to_its_ceiling),
		cmocka_unit_test(an_array_in_an_arena_grows_and_keeps_its_elements),
		cmocka_unit_test(comments_are_blanks_but_not_inside_strings),
		cmocka_unit_test(a_syntax_error_has_its_line),
		cmocka_unit_test(a_log_line_is_one_line_whatever_is_in_it),
		cmocka_unit_test(a_log_line_has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_docs.c - streams that are documents: read in any chunking, written in every framing */
#include "wire/docs.h"
#include "wire/framing.h"

#include <stdarg.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

/* What is read of `bytes`, `step` at a time: the documents with a bar behind each, and "!" for an
 * error, "." for an array's end. */
static const char *read_in_steps(const char *bytes, bool array, size_t step)
{
	static char out[256];
	size_t n = strlen(bytes), used = 0;
	struct us_docs d;

	us_docs_init(&d, array);
	for (size_t at = 0; at < n; at += step) {
		struct us_span in = us_span(bytes + at, at + step < n ? step : n - at);

		while (us_docs_next(&d, &in))
			used += (size_t)snprintf(out + used, sizeof(out) - used, "%.*s|",
			                         (int)d.doc.n, d.doc.p);
	}
	snprintf(out + used, sizeof(out) - used, "%s%s", d.err == US_ESYNTAX ? "!" : "",
	         us_docs_ended(&d) ? "." : "");
	us_docs_fini(&d);
	return out;
}

static void assert_read(const char *bytes, bool array, const char *expected)
{
	for (size_t step = 1; step <= strlen(bytes) + 1; step++) {
		const char *is = read_in_steps(bytes, array, step);

		if (strcmp(is, expected) != 0)
			fail_msg("%s by %zu: %s, not %s", bytes, step, is, expected);
	}
}

static void lines_are_documents_in_any_chunking(void **unused)
{
	assert_read("{\"a\":1}\n{\"b\":\"}\\n\"}\r\n\n  {}", false,
	            "{\"a\":1}|{\"b\":\"}\\n\"}|{}|");
	assert_read("{\"a\":1}{\"b\":2}", false, "{\"a\":1}|{\"b\":2}|");
	assert_read("{\"a\":\n 1}\n", false, "{\"a\":\n 1}|");
	assert_read("{\"a\":1}\n{\"b\":", false, "{\"a\":1}|");
	assert_read("{\"a\":1}\nerror\n{}", false, "{\"a\":1}|!");
	assert_read("[1]\n[2]", false, "[1]|[2]|");
	assert_read("\n", false, "");
}

static void the_elements_of_an_array_are_documents_in_any_chunking(void **unused)
{
	assert_read("[{\"a\":1}\r\n,\r\n{\"b\":[2]}\n]\n", true, "{\"a\":1}|{\"b\":[2]}|.");
	assert_read(" [ {} , {} ] ", true, "{}|{}|.");
	assert_read("[]", true, ".");
	assert_read("[ ]", true, ".");
	assert_read("[{\"a\":1},", true, "{\"a\":1}|");
	assert_read("[{\"a\":1}", true, "{\"a\":1}|");
	assert_read("{\"a\":1}", true, "!");
	assert_read("[{}{}]", true, "{}|!");
	assert_read("[,{}]", true, "!");
	assert_read("[{},]", true, "{}|!");
	assert_read("[{}]{}", true, "{}|.");
}

static void assert_written(enum us_framing framing, const char *eol, size_t n, const char *expected)
{
	struct us_buf out;
	struct us_frame f = { .framing = framing, .eol = eol, .out = &out };

	us_buf_init(&out, 256);
	for (size_t i = 0; i < n; i++) {
		us_frame_open(&f);
		us_buf_addf(&out, "{%zu}", i);
		us_frame_close(&f);
	}
	us_frame_end(&f);
	assert_string_equal(us_buf_cstr(&out), expected);
	us_buf_fini(&out);
}

static void every_framing_is_written_as_it_is_read(void **unused)
{
	assert_written(US_FRAMING_SSE, "\r\n", 2, "data: {0}\r\n\r\ndata: {1}\r\n\r\n");
	assert_written(US_FRAMING_NDJSON, "\n", 2, "{0}\n{1}\n");
	assert_written(US_FRAMING_ARRAY, "\r\n", 3, "[{0},\r\n{1},\r\n{2}]");
	assert_written(US_FRAMING_ARRAY, "\n", 1, "[{0}]");
	assert_written(US_FRAMING_ARRAY, "\n", 0, "[]");
	assert_written(US_FRAMING_SSE, "\n", 0, "");
}

/* A model may write its arguments on several lines. */
static void no_line_ends_within_a_document_that_lines_set_apart(void **unused)
{
	static const struct {
		enum us_framing framing;
		const char *expected;
	} rows[] = {
		{ US_FRAMING_NDJSON, "{ \"a\":\"\\n\"  }\n" },
		{ US_FRAMING_SSE, "data: { \"a\":\"\\n\"  }\n\n" },
		{ US_FRAMING_ARRAY, "[{\n\"a\":\"\\n\"\r\n}]" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_buf out;
		struct us_frame f = { .framing = rows[i].framing, .eol = "\n", .out = &out };

		us_buf_init(&out, 256);
		us_frame_open(&f);
		us_buf_add_str(&out, "{\n\"a\":\"\\n\"\r\n}");
		us_frame_close(&f);
		us_frame_end(&f);
		assert_string_equal(us_buf_cstr(&out), rows[i].expected);
		us_buf_fini(&out);
	}
}

static void a_framing_has_the_type_that_finds_it_again(void **unused)
{
	assert_int_equal(us_framing_of(us_span_of(us_framing_type(US_FRAMING_SSE))),
	                 US_FRAMING_SSE);
	assert_int_equal(us_framing_of(us_span_of(us_framing_type(US_FRAMING_NDJSON))),
	                 US_FRAMING_NDJSON);
	assert_int_equal(us_framing_of(us_span_of(us_framing_type(US_FRAMING_WHOLE))),
	                 US_FRAMING_WHOLE);
	assert_int_equal(us_framing_of(US_SPAN("application/JSONL")), US_FRAMING_NDJSON);
	assert_true(us_framing_is_stream(US_FRAMING_ARRAY));
	assert_false(us_framing_is_stream(US_FRAMING_WHOLE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_documents_in_any_chunking),
		cmocka_unit_test(the_elements_of_an_array_are_documents_in_any_chunking),
		cmocka_unit_test(every_framing_is_written_as_it_is_read),
		cmocka_unit_test(no_line_ends_within_a_document_that_lines_set_apart),
		cmocka_unit_test(a_framing_has_the_type_that_finds_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_reader.c - the glance at a request, the reading and the writing side of an answer */
#include "wire/peek.h"
#include "wire/reader.h"
#include "wire/writer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* --- peek ------------------------------------------------------------------------------------ */

static struct us_peek peek(const char *text)
{
	struct us_peek p;

	assert_true(us_peek(us_span_of(text), "messages[]", &p));
	return p;
}

static void a_glance_finds_what_stands_at_the_top(void **unused)
{
	struct us_peek p = peek(" { \"messages\" : [ { \"model\" : \"no\", \"stream\": true } ] , "
	                        "\"user\":\"a\\\\\", \"model\" : \"yes\" , \"stream\" : true }");

	assert_true(us_span_is(p.model, "yes"));
	assert_true(p.stream);
	assert_true(p.asks);
}

static void a_glance_is_not_deceived_by_strings(void **unused)
{
	struct us_peek p = peek("{\"a\":\"\\\"},{\\\"stream\\\":true\",\"b\":[\"]\",{\"c\":\"}\"}],"
	                        "\"stream\":false,\"model\":\"m\"}");

	assert_false(p.stream);
	assert_true(us_span_is(p.model, "m"));
	assert_false(p.asks);
}

static void a_glance_sees_if_what_must_be_there_is_there(void **unused)
{
	static const struct {
		const char *text, *must;
		bool asks;
	} cases[] = {
		{ "{\"input\":\"x\",\"model\":\"m\"}", "input model", true },
		{ "{\"model\":\"m\",\"input\":[{}]}", "input model", true },
		{ "{\"input\":\"x\"}", "input model", false },
		{ "{\"input\":\"x\",\"input\":\"y\"}", "input model", false },
		{ "{\"input\":{},\"model\":\"m\"}", "input model", false },
		{ "{\"a\":{\"input\":\"x\"},\"model\":\"m\"}", "input model", false },
		{ "{\"messages\":\"x\"}", "messages[]", false },
		{ "{\"messages\":[]}", "messages[]", true },
	};
	struct us_peek p;

	for (size_t i = 0; i < US_COUNT(cases); i++) {
		us_peek(us_span_of(cases[i].text), cases[i].must, &p);
		if (p.asks != cases[i].asks)
			fail_msg("%s", cases[i].text);
	}
}

static void a_glance_survives_what_is_no_json(void **unused)
{
	static const char *const broken[] = { "{",    "{\"",          "{\"model",   "{\"model\"",
		                              "{,}",  "{\"model\":}", "{\"a\":[[[", "{\"a\":\"\\",
		                              "{}}}", "{\"a\" \"b\"}" };
	struct us_peek p;

	for (size_t i = 0; i < US_COUNT(broken); i++)
		us_peek(us_span_of(broken[i]), "messages[]", &p);
	assert_false(us_peek(US_SPAN("[1]"), "", &p));
	assert_false(us_peek(US_SPAN(""), "", &p));
}

/* --- reader ---------------------------------------------------------------------------------- */

static void the_framing_comes_from_the_type_or_the_first_byte(void **unused)
{
	static const struct {
		const char *type, *bytes;
		enum us_framing framing;
	} rows[] = {
		{ "text/event-stream; charset=utf-8", "{", US_FRAMING_SSE },
		{ "application/json", " {", US_FRAMING_WHOLE },
		{ "application/json", "\n", US_FRAMING_WHOLE },
		{ "application/json", "<html>", US_FRAMING_WHOLE },
		{ "application/json", "data:", US_FRAMING_SSE },
		{ "application/problem+json", "", US_FRAMING_WHOLE },
		{ "text/html", "{", US_FRAMING_FOREIGN },
		{ "text/plain", "\n {\"a\"", US_FRAMING_WHOLE },
		{ "text/plain", ": comment", US_FRAMING_SSE },
		{ "", "data: x", US_FRAMING_SSE },
		{ "", "<html>", US_FRAMING_FOREIGN },
		{ "", " \n", US_FRAMING_UNKNOWN },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_reader r;

		us_reader_init(&r, &us_openai, us_framing_of(us_span_of(rows[i].type)),
		               (struct us_sink){ 0 });
		us_reader_sniff(&r, us_span_of(rows[i].bytes));
		assert_int_equal(r.framing, rows[i].framing);
		us_reader_fini(&r);
	}
}

static void later_bytes_do_not_change_the_framing(void **unused)
{
	struct us_reader r;

	us_reader_init(&r, &us_openai, US_FRAMING_WHOLE, (struct us_sink){ 0 });
	us_reader_sniff(&r, US_SPAN(" {\"id\":\"x\","));
	us_reader_sniff(&r, US_SPAN("data:"));
	assert_int_equal(r.framing, US_FRAMING_WHOLE);
	us_reader_fini(&r);
}

static void a_watched_document_is_whole_broken_or_an_error(void **unused)
{
	static const struct {
		const char *body;
		int rc;
		bool failed;
	} rows[] = {
		{ "{\"choices\":[]}", 0, false },
		{ "{\"choices\":[{\"message\":{\"content\":\"the \\\"error\\\" is\"}}]}", 0,
		  false },
		{ "{\"error\":null,\"choices\":[]}", 0, false },
		{ "{\"error\":{\"message\":\"m\"}}", 0, true },
		{ "{\"logprob\":NaN,\"error\":null}", 0, false },
		{ "{\"error\":{\"message\":\"m\"}} and more", 0, true },
		{ "{\"choices\":[", US_ESYNTAX, false },
		{ "{\"choices\":[\"}]}", US_ESYNTAX, false },
		{ "{\"choices\":\"\\", US_ESYNTAX, false },
		{ "<html>{}</html>", US_ESYNTAX, false },
		{ "", US_ESYNTAX, false },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_reader r;

		us_reader_init(&r, &us_openai, US_FRAMING_WHOLE, (struct us_sink){ 0 });
		assert_int_equal(us_reader_document(&r, us_span_of(rows[i].body)), rows[i].rc);
		assert_int_equal(r.failed, rows[i].failed);
		assert_int_equal(r.clean, !rows[i].rc && !rows[i].failed);
		us_reader_fini(&r);
	}
}

/* --- writer ---------------------------------------------------------------------------------- */

static struct us_writer *writer(bool stream, const struct us_renames *renames)
{
	static const struct us_req req = { .stream = US_YES };
	struct us_look look = { .req = &req, .model = US_SPAN("fallback") };

	return us_writer_new(&us_openai, &look, renames, stream, 1 << 20);
}

static void put(struct us_writer *w, struct us_ev ev)
{
	assert_int_equal(us_writer_put(w, &ev), 0);
}

static bool wrote(const struct us_writer *w, const char *text)
{
	return us_span_has(us_buf_span(&w->out), text);
}

static void say(struct us_writer *w, const char *text)
{
	put(w, (struct us_ev){ .kind = US_EV_START, .model = US_SPAN("served") });
	put(w, (struct us_ev){ .kind = US_EV_BLOCK_OPEN, .block = US_TEXT });
	put(w, (struct us_ev){ .kind = US_EV_TEXT, .block = US_TEXT, .text = us_span_of(text) });
}

static void an_answer_bears_the_name_of_who_gave_it(void **unused)
{
	struct us_writer *w = writer(true, NULL);

	say(w, "hi");
	assert_true(wrote(w, "\"model\":\"served\""));
	us_writer_free(w);
}

static void a_stream_that_breaks_off_says_so_and_never_ends_well(void **unused)
{
	struct us_writer *w = writer(true, NULL);

	say(w, "hi");
	put(w, (struct us_ev){ .kind = US_EV_END, .clean = false });
	assert_true(wrote(w, "data: {\"error\":"));
	assert_false(wrote(w, "[DONE]"));
	assert_false(w->done);
	us_writer_free(w);
}

static void an_error_is_said_once(void **unused)
{
	struct us_writer *w = writer(true, NULL);

	say(w, "hi");
	put(w, (struct us_ev){ .kind = US_EV_ERROR, .err = { .message = US_SPAN("their words") } });
	us_buf_clear(&w->out);
	put(w, (struct us_ev){ .kind = US_EV_END, .clean = false });
	assert_int_equal(w->out.n, 0);
	us_writer_free(w);
}

static void a_document_is_printed_only_when_it_is_whole(void **unused)
{
	struct us_writer *w = writer(false, NULL);

	say(w, "hi");
	put(w, (struct us_ev){ .kind = US_EV_BLOCK_CLOSE, .block = US_TEXT });
	put(w, (struct us_ev){ .kind = US_EV_END, .clean = false });
	assert_int_equal(w->out.n, 0);
	us_writer_free(w);
}

static void renamed_tools_get_their_names_back(void **unused)
{
	struct us_rename list[] = { { .target = US_SPAN("a_b"), .program = US_SPAN("a.b") } };
	struct us_renames renames = { list, 1 };
	struct us_writer *w = writer(true, &renames);

	put(w, (struct us_ev){ .kind = US_EV_START });
	put(w, (struct us_ev){ .kind = US_EV_BLOCK_OPEN,
	                       .block = US_TOOL_CALL,
	                       .id = US_SPAN("toolu_1"),
	                       .name = US_SPAN("a_b") });
	assert_true(wrote(w, "\"name\":\"a.b\""));
	us_writer_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_glance_finds_what_stands_at_the_top),
		cmocka_unit_test(a_glance_is_not_deceived_by_strings),
		cmocka_unit_test(a_glance_sees_if_what_must_be_there_is_there),
		cmocka_unit_test(a_glance_survives_what_is_no_json),
		cmocka_unit_test(the_framing_comes_from_the_type_or_the_first_byte),
		cmocka_unit_test(later_bytes_do_not_change_the_framing),
		cmocka_unit_test(a_watched_document_is_whole_broken_or_an_error),
		cmocka_unit_test(an_answer_bears_the_name_of_who_gave_it),
		cmocka_unit_test(a_stream_that_breaks_off_says_so_and_never_ends_well),
		cmocka_unit_test(an_error_is_said_once),
		cmocka_unit_test(a_document_is_printed_only_when_it_is_whole),
		cmocka_unit_test(renamed_tools_get_their_names_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

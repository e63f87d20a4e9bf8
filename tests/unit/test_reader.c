/* test_reader.c - the reading and the writing side of an answer */
#include "wire/reader.h"
#include "wire/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- reader ---------------------------------------------------------------------------------- */

static void the_framing_comes_from_the_type_or_the_first_byte(void **unused)
{
	static const struct {
		const char *type, *bytes;
		enum us_framing framing;
	} rows[] = {
		{ "text/event-stream; charset=utf-8", "data: {", US_FRAMING_SSE },
		{ "text/event-stream", "\n\n", US_FRAMING_SSE },
		{ "text/event-stream", "x-field: 1", US_FRAMING_SSE },
		{ "text/event-stream", "{", US_FRAMING_WHOLE },
		{ "application/json", " {", US_FRAMING_WHOLE },
		{ "application/json", "\n", US_FRAMING_WHOLE },
		{ "application/json", "<html>", US_FRAMING_WHOLE },
		{ "application/json", "data:", US_FRAMING_SSE },
		{ "application/json", "[{", US_FRAMING_WHOLE },
		{ "application/json;charset=utf-8", "", US_FRAMING_WHOLE },
		{ "application/jsonl", "", US_FRAMING_NDJSON },
		{ "application/x-ndjson", "[", US_FRAMING_NDJSON },
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

/* A dialect whose streams may be arrays, and one whose streams are lines. */
static char seen[256];

static void *note_new(struct us_sink to)
{
	return memcpy(test_malloc(sizeof(to)), &to, sizeof(to));
}

static int note_event(void *d, struct us_span event, struct us_span data)
{
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%.*s;", (int)data.n, data.p);
	return 0;
}

static int note_end(void *d)
{
	const struct us_sink *to = d;

	strcat(seen, "END");
	return to->put(to->self, &(struct us_ev){ .kind = US_EV_END, .clean = true });
}

static void note_free(void *d) { test_free(d); }

static const struct us_dialect arrays = { .framing = US_FRAMING_SSE,
	                                  .arrays = true,
	                                  .decoder_new = note_new,
	                                  .decode_event = note_event,
	                                  .decode_end = note_end,
	                                  .decoder_free = note_free };
static const struct us_dialect lines = { .framing = US_FRAMING_NDJSON,
	                                 .decoder_new = note_new,
	                                 .decode_event = note_event,
	                                 .decode_end = note_end,
	                                 .decoder_free = note_free };

/* A reader knows its own address: it stays where it is. */
static void read_all(struct us_reader *r, const struct us_dialect *d, const char *type,
                     const char *bytes, struct us_sink to, size_t step)
{
	seen[0] = '\0';
	us_reader_init(r, d, us_framing_of(us_span_of(type)), to);
	for (size_t n = strlen(bytes), at = 0; at < n; at += step)
		us_reader_feed(r, us_span(bytes + at, at + step < n ? step : n - at), NULL);
}

static void an_array_is_a_stream_where_the_dialect_has_such(void **unused)
{
	static const char text[] = "[{\"a\":1}\r\n,\r\n{\"b\":2}]";

	for (size_t step = 1; step < sizeof(text); step++) {
		struct us_reader r;

		read_all(&r, &arrays, "application/json", text, (struct us_sink){ 0 }, step);
		assert_int_equal(r.framing, US_FRAMING_ARRAY);
		assert_string_equal(seen, "{\"a\":1};{\"b\":2};END");
		assert_true(r.clean);
		assert_int_equal(us_reader_end(&r), 0);
		assert_string_equal(seen, "{\"a\":1};{\"b\":2};END");
		us_reader_fini(&r);
	}
}

static int accept(void *self, const struct us_ev *ev) { return 0; }

static void an_array_that_is_not_closed_is_no_answer_as_it_came_but_can_be_translated(void **unused)
{
	struct us_reader watched, read;

	read_all(&watched, &arrays, "", "[{\"a\":1}", (struct us_sink){ 0 }, 3);
	us_reader_end(&watched);
	assert_true(watched.ended);
	assert_false(watched.clean);
	us_reader_fini(&watched);
	read_all(&read, &arrays, "", "[{\"a\":1}", (struct us_sink){ accept, NULL }, 3);
	us_reader_end(&read);
	assert_true(read.clean);
	us_reader_fini(&read);
}

static void lines_are_read_one_by_one_and_what_is_none_is_the_decoders_to_judge(void **unused)
{
	struct us_reader r;

	read_all(&r, &lines, "", "{\"a\":1}\n\n{\"b\":\n2}\nbad {}", (struct us_sink){ 0 }, 2);
	assert_int_equal(r.framing, US_FRAMING_NDJSON);
	assert_memory_equal(seen, "{\"a\":1};{\"b\":\n2};;", 17);
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

static void a_watched_document_tells_what_was_used(void **unused)
{
	static const struct {
		const char *body;
		unsigned known;
		uint64_t in, out;
	} rows[] = {
		{ "{\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3,\"total_tokens\":15}}",
		  US_USAGE_IN | US_USAGE_OUT, 12, 3 },
		{ "{ \"usage\" : { \"input_tokens\" : 5,\n\"cache_creation_input_tokens\":100,"
		  "\"cache_read_input_tokens\":1000,\"cache_creation\":{\"input_tokens\":7},"
		  "\"output_tokens\":9,\"prompt_tokens\":1}}",
		  US_USAGE_IN | US_USAGE_OUT, 1105, 9 },
		{ "{\"usage\":{\"input_tokens\":36,\"input_tokens_details\":{\"cached_tokens\":4},"
		  "\"output_tokens\":87}}",
		  US_USAGE_IN | US_USAGE_OUT, 36, 87 },
		{ "{\"usage\":null,\"x\":{\"prompt_tokens\":1}}", 0, 0, 0 },
		{ "{\"usage\":{}}", 0, 0, 0 },
		{ "{\"usage\":{\"prompt_tokens\":4}}", US_USAGE_IN, 4, 0 },
		{ "{\"x\":{\"usage\":{\"prompt_tokens\":4}},\"y\":\"usage\",\"z\":[{}]}", 0, 0, 0 },
		{ "{\"usage\":{\"prompt_tokens\":\"many\"}}", US_USAGE_IN, 0, 0 },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_reader r;

		us_reader_init(&r, &us_openai, US_FRAMING_WHOLE, (struct us_sink){ 0 });
		assert_int_equal(us_reader_document(&r, us_span_of(rows[i].body)), 0);
		assert_int_equal(r.usage.known, rows[i].known);
		assert_int_equal(r.usage.in, rows[i].in);
		assert_int_equal(r.usage.out, rows[i].out);
		us_reader_fini(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_framing_comes_from_the_type_or_the_first_byte),
		cmocka_unit_test(later_bytes_do_not_change_the_framing),
		cmocka_unit_test(an_array_is_a_stream_where_the_dialect_has_such),
		cmocka_unit_test(
			an_array_that_is_not_closed_is_no_answer_as_it_came_but_can_be_translated),
		cmocka_unit_test(
			lines_are_read_one_by_one_and_what_is_none_is_the_decoders_to_judge),
		cmocka_unit_test(a_watched_document_is_whole_broken_or_an_error),
		cmocka_unit_test(a_watched_document_tells_what_was_used),
		cmocka_unit_test(an_answer_bears_the_name_of_who_gave_it),
		cmocka_unit_test(a_stream_that_breaks_off_says_so_and_never_ends_well),
		cmocka_unit_test(an_error_is_said_once),
		cmocka_unit_test(a_document_is_printed_only_when_it_is_whole),
		cmocka_unit_test(renamed_tools_get_their_names_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_ollama_decode.c - Ollama's answers into hub events */
#define WORLD us_ollama
#include "openai_answers.h"

#define LINE(message) "{'model':'m','created_at':'t','message':{'role':'assistant'," message "},"
#define DONE_LINE                                                                                  \
	LINE("'content':''")                                                                       \
	"'done':true,'done_reason':'stop','total_duration':5,'prompt_eval_count':9,'eval_count':"  \
	"3}"

static void said(const char *members)
{
	char json[4096];

	snprintf(json, sizeof(json), LINE("%s") "'done':false}", members);
	feed(json);
}

static void done(const char *reason)
{
	char json[256];

	snprintf(json, sizeof(json), LINE("'content':''") "'done':true,'done_reason':'%s'}",
	         reason);
	feed(json);
}

static void a_stream_of_text_becomes_one_block(void **state)
{
	said("'content':'Hel'");
	said("'content':'lo'");
	feed(DONE_LINE);
	assert_events("start m\nopen text\ntext Hel\ntext lo\nclose\nusage in 9 out 3\nstop end\n"
	              "end clean\n");
}

static void the_last_line_may_say_something_too(void **state)
{
	feed(LINE("'content':'hi'") "'done':true,'done_reason':'length','eval_count':1}");
	assert_events("start m\nopen text\ntext hi\nclose\nusage out 1\nstop max\nend clean\n");
}

static void thoughts_come_before_the_text_they_lead_to(void **state)
{
	said("'content':'','thinking':'h'");
	said("'content':'t','thinking':'m'");
	done("stop");
	assert_events("start m\nopen think\ntext h\ntext m\nclose\nopen text\ntext t\nclose\n"
	              "stop end\nend clean\n");
}

static void calls_come_whole(void **state)
{
	said("'content':'','tool_calls':[{'function':{'name':'f','arguments':{'n': 1.0e2}}},"
	     "{'id':'x','function':{'index':1,'name':'g','arguments':{}}}]");
	said("'content':'','tool_calls':[{'function':{'name':'h'}}]");
	done("stop");
	assert_events("start m\nopen call call_0 f\nargs {\"n\": 1.0e2}\nclose\n"
	              "open call x g\nargs {}\nclose\nopen call call_2 h\nclose\nstop end\n"
	              "end clean\n");
}

static void arguments_may_be_a_string(void **state)
{
	said("'content':'','tool_calls':[{'function':{'name':'f','arguments':'{\\'a\\':1}'}}]");
	done("stop");
	assert_events("start m\nopen call call_0 f\nargs {\"a\":1}\nclose\nstop end\nend clean\n");
}

static void a_call_without_a_name_is_an_error(void **state)
{
	said("'content':'','tool_calls':[{'function':{}}]");
	done("stop");
	assert_events("start m\nerror message a tool call without a name\nend cut\n");
}

static void words_for_the_end_are_understood(void **state)
{
	static const char *const rows[][2] = { { "stop", "end" },   { "length", "max" },
		                               { "load", "other" }, { "unload", "other" },
		                               { "new", "other" },  { "", "end" } };

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char want[64];

		teardown(state);
		setup(state);
		done(rows[i][0]);
		snprintf(want, sizeof(want), "start m\nstop %s\nend clean\n", rows[i][1]);
		assert_events(want);
	}
}

static void the_end_without_done_is_cut(void **state)
{
	said("'content':'a'");
	assert_events("start m\nopen text\ntext a\nend cut\n");
}

static void an_error_is_a_line_at_any_time(void **state)
{
	said("'content':'a'");
	feed("{'error':'an error was encountered while running the model'}");
	feed(DONE_LINE);
	assert_events("start m\nopen text\ntext a\n"
	              "error message an error was encountered while running the model\nend cut\n");
}

static void what_follows_the_end_is_not_read(void **state)
{
	done("stop");
	said("'content':'b'");
	assert_events("start m\nstop end\nend clean\n");
}

static void a_line_that_says_nothing_is_an_error(void **state)
{
	static const char *const bad[] = { "{'status':'pulling'}", "[]", "{'message':", "7" };

	for (size_t i = 0; i < US_COUNT(bad); i++) {
		teardown(state);
		setup(state);
		feed(bad[i]);
		assert_int_equal(us_ollama.decode_end(decoder), 0);
		assert_true(events.failed && !events.clean && !events_broken(&events));
	}
}

static void a_character_split_over_lines_is_joined(void **state)
{
	said("'content':'\\ud83d'");
	said("'content':'\\ude00'");
	done("stop");
	assert_events("start m\nopen text\ntext \xf0\x9f\x98\x80\nclose\nstop end\nend clean\n");
}

static void a_whole_answer_is_worth_the_same_events(void **state)
{
	assert_whole(LINE("'content':'t','thinking':'h','tool_calls':[{'function':{'name':'f',"
	                  "'arguments':{}}}]") "'done':true,'done_reason':'stop',"
	                                       "'prompt_eval_count':4,'eval_count':2}",
	             "start m\nopen think\ntext h\nclose\nopen text\ntext t\nclose\n"
	             "open call call_0 f\nargs {}\nclose\nusage in 4 out 2\nstop end\nend clean\n");
}

static void a_whole_answer_need_not_say_that_it_is_done(void **state)
{
	assert_whole("{'model':'m','message':{'content':'t'}}",
	             "start m\nopen text\ntext t\nclose\nstop end\nend clean\n");
}

static void a_whole_document_without_a_message_is_an_error(void **state)
{
	assert_whole("{'model':'m'}",
	             "start\nerror message a piece of the answer holds no message\nend cut\n");
}

static void errors_are_a_sentence_or_an_object_with_one(void **state)
{
	static const struct {
		const char *body, *message;
	} rows[] = {
		{ "{\"error\":\"model 'x' not found\"}", "model 'x' not found" },
		{ "{\"error\":{\"message\":\"busy\",\"type\":\"t\"}}", "busy" },
		{ "{\"error\":\"\"}", NULL },
		{ "{\"error\":null}", NULL },
		{ "{\"message\":{\"content\":\"error\"}}", NULL },
		{ "[]", NULL },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_doc doc = { 0 };
		struct us_hub_err err;
		struct us_arena a;

		us_arena_init(&a, 4096);
		assert_int_equal(us_doc_parse(&doc, us_span_of(rows[i].body)), 0);
		assert_int_equal(us_ollama.decode_error(us_doc_root(&doc), &a, &err),
		                 rows[i].message != NULL);
		assert_true(!rows[i].message || us_span_is(err.message, rows[i].message));
		us_doc_fini(&doc);
		us_arena_fini(&a);
	}
}

static int refuse(void *self, const struct us_ev *ev)
{
	++*(int *)self;
	return ev->kind == US_EV_TEXT ? US_EIO : 0;
}

static void a_writer_that_fails_stops_the_decoder(void **state)
{
	int seen = 0;
	void *d = us_ollama.decoder_new((struct us_sink){ refuse, &seen });
	struct us_span line = US_SPAN("{\"message\":{\"content\":\"a\"},\"done\":true}");

	assert_non_null(d);
	assert_int_equal(us_ollama.decode_event(d, us_span("", 0), line), US_EIO);
	assert_int_equal(us_ollama.decode_end(d), US_EIO);
	assert_int_equal(seen, 3); /* start, open, text */
	us_ollama.decoder_free(d);
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	static const char *const lines[] = {
		"{\"model\":\"m\\n\",\"message\":{\"content\":\"a\\ud83d\"}}",
		"{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"f\\n\",\"arguments\":{}}}]"
		"}}",
		"{\"message\":{},\"done\":true,\"done_reason\":\"st\\u006fp\"}",
	};

	assert_int_equal(count_starving(lines, US_COUNT(lines)), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_stream_of_text_becomes_one_block),
		T(the_last_line_may_say_something_too),
		T(thoughts_come_before_the_text_they_lead_to),
		T(calls_come_whole),
		T(arguments_may_be_a_string),
		T(a_call_without_a_name_is_an_error),
		T(words_for_the_end_are_understood),
		T(the_end_without_done_is_cut),
		T(an_error_is_a_line_at_any_time),
		T(what_follows_the_end_is_not_read),
		T(a_line_that_says_nothing_is_an_error),
		T(a_character_split_over_lines_is_joined),
		T(a_whole_answer_is_worth_the_same_events),
		T(a_whole_answer_need_not_say_that_it_is_done),
		T(a_whole_document_without_a_message_is_an_error),
		T(errors_are_a_sentence_or_an_object_with_one),
		T(a_writer_that_fails_stops_the_decoder),
		T(no_failed_allocation_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

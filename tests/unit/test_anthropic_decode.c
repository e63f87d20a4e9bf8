/* test_anthropic_decode.c - Anthropic's answers and errors, read */
#define WORLD us_anthropic
#include "line_answers.h"

#define START "{'type':'message_start','message':{'id':'msg_1','model':'claude'}}\n"
#define TEXT(ix)                                                                                   \
	"{'type':'content_block_start','index':" #ix ",'content_block':{'type':'text','text':''}}" \
	"\n"
#define CALL(ix, input)                                                                            \
	"{'type':'content_block_start','index':" #ix                                               \
	",'content_block':{'type':'tool_use','id':'t" #ix "','name':'f','input':" input "}}\n"
#define SAY(ix, text)                                                                              \
	"{'type':'content_block_delta','index':" #ix ",'delta':{'type':'text_delta','text':'" text \
	"'}}\n"
#define ARGS(ix, json)                                                                             \
	"{'type':'content_block_delta','index':" #ix                                               \
	",'delta':{'type':'input_json_delta','partial_json':'" json "'}}\n"
#define CLOSE(ix) "{'type':'content_block_stop','index':" #ix "}\n"
#define DELTA(reason)                                                                              \
	"{'type':'message_delta','delta':{'stop_reason':" reason ",'stop_sequence':null}}\n"
#define STOP "{'type':'message_stop'}\n"
#define PING "{'type':'ping'}\n"

static void text_and_calls_become_events(void **state)
{
	assert_stream(START PING TEXT(0) SAY(0, "Hel") PING SAY(0, "lo") CLOSE(0) CALL(1, "{}")
	                      ARGS(1, "") ARGS(1, "{\\'n\\':") PING ARGS(1, "9007199254740993}")
	                              CLOSE(1) DELTA("'tool_use'") STOP,
	              "start msg_1 claude\nping\nopen text\ntext Hel\nping\ntext lo\nclose\n"
	              "open call t1 f\nargs {\"n\":\nping\nargs 9007199254740993}\nclose\n"
	              "stop tool\nend clean\n");
}

static void a_call_may_bring_all_its_arguments_at_once(void **state)
{
	/* Deltas, when there are any, are the whole truth. */
	assert_stream(START CALL(0, "{'a': 1.0}") CLOSE(0) CALL(1, "{'a':1}") ARGS(1, "{}") CLOSE(1)
	                      CALL(2, "{}") ARGS(2, "") CLOSE(2) DELTA("'tool_use'") STOP,
	              "start msg_1 claude\nopen call t0 f\nargs {\"a\": 1.0}\nclose\n"
	              "open call t1 f\nargs {}\nclose\nopen call t2 f\nclose\n"
	              "stop tool\nend clean\n");
}

static void thoughts_and_signatures_are_passed_on(void **state)
{
	assert_stream(
		START "{'type':'content_block_start','index':0,'content_block':{'type':'thinking',"
		      "'thinking':'','signature':''}}\n"
		      "{'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta',"
		      "'thinking':'hm'}}\n"
		      "{'type':'content_block_delta','index':0,'delta':{'type':'signature_delta',"
		      "'signature':'S='}}\n" CLOSE(
			      0) "{'type':'content_block_start','index':1,'content_block':{'type':"
				 "'redacted_thinking','data':'D'}}\n" CLOSE(1) DELTA("'end_turn'")
					 STOP,
		"start msg_1 claude\nopen think\ntext hm\nsig S=\nclose\nopen think\nsig D\nclose\n"
		"stop end\nend clean\n");
}

static void text_may_begin_with_its_block(void **state)
{
	assert_stream(START
	              "{'type':'content_block_start','index':0,'content_block':{'type':'text',"
	              "'text':'Hi'}}\n" CLOSE(0) DELTA("'end_turn'") STOP,
	              "start msg_1 claude\nopen text\ntext Hi\nclose\nstop end\nend clean\n");
}

static void hosted_blocks_leave_no_gap(void **state)
{
	assert_stream(
		START
		"{'type':'content_block_start','index':0,'content_block':{'type':'server_tool_use',"
		"'id':'s','name':'web_search','input':{}}}\n" ARGS(0, "{\\'q\\':1}")
			CLOSE(0) "{'type':'content_block_start','index':1,"
				 "'content_block':{'type':"
				 "'web_search_tool_result'}}\n" CLOSE(1)
					 TEXT(2) "{'type':'content_block_delta','index':2,'delta':{"
						 "'type':'citations_delta',"
						 "'citation':{}}}\n" SAY(2, "x") CLOSE(2)
							 DELTA("'end_turn'") STOP,
		"start msg_1 claude\nopen text\ntext x\nclose\nstop end\nend clean\n");
}

static void half_characters_wait_for_their_other_half(void **state)
{
	assert_stream(START TEXT(0) SAY(0, "a\\ud83d") SAY(0, "\\ude00b\\ud83d") CLOSE(0)
	                      CALL(1, "{}") ARGS(1, "{\\'\\ud83d") ARGS(1, "\\ude00\\':1}") CLOSE(1)
	                              DELTA("'end_turn'") STOP,
	              "start msg_1 claude\nopen text\ntext a\ntext \xf0\x9f\x98\x80"
	              "b\ntext \xed\xa0\xbd\nclose\n"
	              "open call t1 f\nargs {\"\nargs \xf0\x9f\x98\x80\":1}\nclose\n"
	              "stop end\nend clean\n");
}

static void every_stop_reason_is_known(void **state)
{
	static const struct {
		const char *reason, *line;
	} rows[] = {
		{ "end_turn", "stop end\n" },
		{ "max_tokens", "stop max\n" },
		{ "tool_use", "stop tool\n" },
		{ "pause_turn", "stop pause\n" },
		{ "refusal", "stop refusal\n" },
		{ "model_context_window_exceeded", "stop full\n" },
		{ "something_new", "stop other\n" },
		{ "stop_sequence", "stop sequence\n" },
	};
	char lines[512], want[128];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(lines, sizeof(lines), START DELTA("'%s'") STOP, rows[i].reason);
		snprintf(want, sizeof(want), "start msg_1 claude\n%send clean\n", rows[i].line);
		assert_stream(lines, want);
	}
	assert_stream(START "{'type':'message_delta','delta':{'stop_reason':'stop_sequence',"
	                    "'stop_sequence':'\\n\\nEND'}}\n",
	              "start msg_1 claude\nstop sequence \n\nEND\nend clean\n");
}

static void usage_adds_what_the_cache_had(void **state)
{
	assert_stream("{'type':'message_start','message':{'id':'m','model':'c','usage':{'input_"
	              "tokens':10,"
	              "'cache_creation_input_tokens':200,'cache_read_input_tokens':3000,'output_"
	              "tokens':1}"
	              "}}\n"
	              "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{"
	              "'input_tokens':null,'cache_read_input_tokens':4000,'output_tokens':7,"
	              "'output_tokens_details':{'thinking_tokens':5}}}\n"
	              "{'type':'message_delta','delta':{},'usage':{'output_tokens':9}}\n" STOP,
	              "start m c\nusage in 3210 read 3000 write 200\nstop end\n"
	              "usage in 4210 read 4000 write 200 out 7 reasoning 5\n"
	              "usage in 4210 read 4000 write 200 out 9 reasoning 5\nend clean\n");
}

static void the_type_in_the_data_decides(void **state)
{
	assert_int_equal(feed("ping", START DELTA("'end_turn'") STOP), 0);
	assert_events("start msg_1 claude\nstop end\nend clean\n");
	/* Only where it is missing does the name of the event count. */
	assert_int_equal(feed("message_start", "{'message':{'id':'m'}}\n"), 0);
	assert_events("start m\nend cut\n");
	assert_int_equal(feed("error", "{'error':{'type':'api_error','message':'x'}}\n"), 0);
	assert_events("start\nerror status 500 type api_error message x\nend cut\n");
	assert_stream("{'error':{'message':'x'}}\n", "start\nerror message x\nend cut\n");
}

static void what_is_not_known_is_skipped(void **state)
{
	assert_stream(
		START "{'type':'weather_report'}\n{}\n[1]\n" TEXT(
			0) "{'type':'content_block_delta','index':0,'delta':{'type':'mood_delta',"
			   "'text':'no'}}\n" CLOSE(0) DELTA("'end_turn'") STOP,
		"start msg_1 claude\nstop end\nend clean\n");
}

static void nothing_counts_before_the_message_starts(void **state)
{
	assert_stream(PING TEXT(0) SAY(0, "lost") CLOSE(0) DELTA(
			      "'end_turn'") "{'type':'message_delta','delta':{},'usage':{'output_"
	                                    "tokens':9}}\n" STOP START DELTA("'end_turn'"),
	              "start msg_1 claude\nstop end\nend clean\n");
}

static void nothing_counts_after_the_end(void **state)
{
	assert_stream(START DELTA("'end_turn'") STOP "not json\n" PING START,
	              "start msg_1 claude\nstop end\nend clean\n");
}

static void a_second_message_ends_the_first(void **state)
{
	assert_stream(START TEXT(0) SAY(0, "a") START TEXT(0) SAY(0, "b") STOP,
	              "start msg_1 claude\nopen text\ntext a\nend cut\n");
	assert_stream(START DELTA("'end_turn'") START TEXT(0),
	              "start msg_1 claude\nstop end\nend clean\n");
}

static void an_error_ends_the_stream_wherever_it_comes(void **state)
{
	static const char error[] = "{'type':'error','error':{'type':'overloaded_error',"
				    "'message':'Overloaded','details':{'error_code':'busy'}}}\n";
	static const char line[] = "error status 529 type overloaded_error code busy message "
				   "Overloaded\nend cut\n";
	char lines[1024], want[256];

	snprintf(lines, sizeof(lines), "%s" START STOP, error);
	snprintf(want, sizeof(want), "start\n%s", line);
	assert_stream(lines, want);
	snprintf(lines, sizeof(lines), START TEXT(0) SAY(0, "a") "%s" SAY(0, "b") STOP, error);
	snprintf(want, sizeof(want), "start msg_1 claude\nopen text\ntext a\n%s", line);
	assert_stream(lines, want);
	snprintf(lines, sizeof(lines), START DELTA("'end_turn'") "%s", error);
	snprintf(want, sizeof(want), "start msg_1 claude\nstop end\n%s", line);
	assert_stream(lines, want);
	assert_stream(START "{'type':'error'}\n",
	              "start msg_1 claude\nerror message an error event that says no error\n"
	              "end cut\n");
}

static void the_end_of_bytes_is_clean_after_a_stop_reason(void **state)
{
	assert_stream("", "start\nend cut\n");
	assert_stream(START, "start msg_1 claude\nend cut\n");
	assert_stream(START TEXT(0) SAY(0, "a") CLOSE(0) DELTA("null"),
	              "start msg_1 claude\nopen text\ntext a\nclose\nend cut\n");
	assert_stream(START TEXT(0) SAY(0, "a") DELTA("'end_turn'"),
	              "start msg_1 claude\nopen text\ntext a\nclose\nstop end\nend clean\n");
	/* message_stop is an end even where a gateway forgot the reason. */
	assert_stream(START TEXT(0) SAY(0, "a") STOP,
	              "start msg_1 claude\nopen text\ntext a\nclose\nstop other\nend clean\n");
}

static void a_broken_stream_is_an_error(void **state)
{
	assert_stream(START "{'type':'content_bl\n" STOP,
	              "start msg_1 claude\nerror message an event that is not JSON\nend cut\n");
	assert_stream(START TEXT(0) SAY(1, "x"),
	              "start msg_1 claude\n"
	              "error message a delta for a block that is not open\nend cut\n");
	assert_stream(START TEXT(0) ARGS(0, "{}"),
	              "start msg_1 claude\n"
	              "error message a delta that does not fit its block\nend cut\n");
	assert_stream(START DELTA("'end_turn'") TEXT(0),
	              "start msg_1 claude\nstop end\nerror message content after the stop reason\n"
	              "end cut\n");
	assert_stream(
		START "{'type':'content_block_start','index':0,'content_block':{'type':"
		      "'tool_use','name':'f','input':{}}}\n",
		"start msg_1 claude\nerror message a tool call without id or name\nend cut\n");
}

static void a_block_that_was_not_closed_ends_with_the_next(void **state)
{
	assert_stream(
		START TEXT(0) SAY(0, "a") CALL(1, "{}") CLOSE(0) ARGS(1, "{}") DELTA("'tool_use'"),
		"start msg_1 claude\nopen text\ntext a\nclose\nopen call t1 f\nargs {}\nclose\n"
		"stop tool\nend clean\n");
	/* Its arguments are not forgotten. */
	assert_stream(START CALL(0, "{'a':1}") TEXT(1) STOP,
	              "start msg_1 claude\nopen call t0 f\nargs {\"a\":1}\nclose\n"
	              "stop other\nend clean\n");
	/* A delta that says no index is the open block's. */
	assert_stream(START TEXT(0) "{'type':'content_block_delta','delta':{'type':'text_delta',"
	                            "'text':'a'}}\n{'type':'content_block_stop'}\n" STOP,
	              "start msg_1 claude\nopen text\ntext a\nclose\nstop other\nend clean\n");
}

static void a_whole_answer_gives_the_same_events(void **state)
{
	assert_whole(
		"{'type':'message','id':'msg_1','model':'claude','content':[{'type':'thinking',"
		"'thinking':'hm','signature':'S'},{'type':'text','text':'Hi\\ud83d','citations':"
		"null"
		"},{'type':'server_tool_use','id':'s'},{'type':'tool_use','id':'t','name':'f',"
		"'input':{ 'n':18446744073709551616 }},{'type':'tool_use','id':'u','name':'g',"
		"'input':{}}],'stop_reason':'tool_use','stop_sequence':null,'usage':{'input_tokens'"
		":"
		"5,'cache_read_input_tokens':6,'output_tokens':7}}",
		"start msg_1 claude\nopen think\ntext hm\nsig S\nclose\nopen text\ntext Hi\n"
		"text \xed\xa0\xbd\nclose\nopen call t f\nargs { \"n\":18446744073709551616 }\n"
		"close\nopen call u g\nclose\nstop tool\nusage in 11 read 6 out 7\nend clean\n");
	assert_whole("{'content':[],'stop_reason':'end_turn'}", "start\nstop end\nend clean\n");
}

static void a_document_that_is_no_answer_is_an_error(void **state)
{
	assert_whole("{'type':'error','error':{'type':'rate_limit_error','message':'slow'}}",
	             "start\nerror status 429 type rate_limit_error message slow\nend cut\n");
	assert_whole("{'completion':'x'}",
	             "start\nerror message a document that is no message\nend cut\n");
}

static bool decode_error(const char *json, struct us_hub_err *err)
{
	static struct us_doc doc;
	static struct us_arena a;
	bool is;

	us_arena_fini(&a);
	us_arena_init(&a, 4096);
	assert_int_equal(us_doc_parse(&doc, quoted(json)), 0);
	*err = (struct us_hub_err){ 0 };
	is = us_anthropic.decode_error(us_doc_root(&doc), &a, err);
	us_doc_fini(&doc);
	us_arena_fini(&a);
	return is;
}

static void an_error_is_known_by_its_envelope(void **state)
{
	struct us_hub_err err;

	assert_true(decode_error("{'type':'error','error':{'type':'billing_error','message':'pay',"
	                         "'details':{'error_code':'spend_limit'}},'request_id':'r'}",
	                         &err));
	assert_int_equal(err.status, 402);
	assert_true(us_span_is(err.type, "billing_error"));
	assert_true(us_span_is(err.message, "pay"));
	assert_true(us_span_is(err.code, "spend_limit"));
	assert_true(decode_error("{'type':'error','error':{'type':'new_error'}}", &err));
	assert_int_equal(err.status, 0);
	assert_false(us_set(err.message));

	assert_false(decode_error("{'error':{'type':'api_error','message':'x'}}", &err));
	assert_false(decode_error("{'type':'error','error':'x'}", &err));
	assert_false(decode_error("{'type':'message','content':[]}", &err));
	assert_false(decode_error("{'Message':'no'}", &err));
	assert_false(decode_error("[]", &err));
}

static int refuse(void *self, const struct us_ev *ev)
{
	(*(int *)self)++;
	return US_E2BIG;
}

static void the_error_of_the_sink_stops_the_decoder(void **state)
{
	int calls = 0;
	void *d = us_anthropic.decoder_new((struct us_sink){ refuse, &calls });

	for (int i = 0; i < 3; i++)
		assert_int_equal(us_anthropic.decode_event(d, us_span_of(""),
		                                           quoted("{'type':'message_start'}")),
		                 US_E2BIG);
	assert_int_equal(us_anthropic.decode_end(d), US_E2BIG);
	assert_int_equal(calls, 1);
	us_anthropic.decoder_free(d);
}

static void memory_may_fail_anywhere(void **state)
{
	int rc = US_ENOMEM;

	for (unsigned long n = 1; rc; n++) {
		us_mem_fail_at(n);
		rc = feed("", START TEXT(0) SAY(0, "a\\n\\ud83d") SAY(0, "\\ude00") CLOSE(0)
		                      CALL(1, "{'a':1}") CLOSE(1) DELTA("'tool_use'") STOP);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	}
	assert_true(events.clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_calls_become_events),
		cmocka_unit_test(a_call_may_bring_all_its_arguments_at_once),
		cmocka_unit_test(thoughts_and_signatures_are_passed_on),
		cmocka_unit_test(text_may_begin_with_its_block),
		cmocka_unit_test(hosted_blocks_leave_no_gap),
		cmocka_unit_test(half_characters_wait_for_their_other_half),
		cmocka_unit_test(every_stop_reason_is_known),
		cmocka_unit_test(usage_adds_what_the_cache_had),
		cmocka_unit_test(the_type_in_the_data_decides),
		cmocka_unit_test(what_is_not_known_is_skipped),
		cmocka_unit_test(nothing_counts_before_the_message_starts),
		cmocka_unit_test(nothing_counts_after_the_end),
		cmocka_unit_test(a_second_message_ends_the_first),
		cmocka_unit_test(an_error_ends_the_stream_wherever_it_comes),
		cmocka_unit_test(the_end_of_bytes_is_clean_after_a_stop_reason),
		cmocka_unit_test(a_broken_stream_is_an_error),
		cmocka_unit_test(a_block_that_was_not_closed_ends_with_the_next),
		cmocka_unit_test(a_whole_answer_gives_the_same_events),
		cmocka_unit_test(a_document_that_is_no_answer_is_an_error),
		cmocka_unit_test(an_error_is_known_by_its_envelope),
		cmocka_unit_test(the_error_of_the_sink_stops_the_decoder),
		cmocka_unit_test(memory_may_fail_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}

/* test_openai_encode.c - hub events and answers as Chat Completions
 *
 * Every answer is written both ways, as a stream and as a document, and what the stream adds up to
 * is compared with the document.
 */
#include "openai_written.h"

#define TEXT_ONLY(text) "{'role':'assistant','content':" text ",'refusal':null,'annotations':[]}"

static void text_is_streamed_piece_by_piece(void **state)
{
	open_block(US_TEXT, NULL, NULL);
	piece("Hel");
	piece("lo \"\n");
	close_block();
	end(US_STOP_END);
	assert_out(ROLE CHUNK("{'content':'Hel'}") CHUNK("{'content':'lo \\'\\n'}") FINISH("stop")
	                   DONE);
	assert_whole(TEXT_ONLY("'Hello \\'\\n'"), "stop",
	             "'prompt_tokens':7,'completion_tokens':2,'total_tokens':9," NO_USAGE);
}

static void an_answer_of_nothing_is_an_empty_text(void **state)
{
	end(US_STOP_END);
	assert_out(ROLE FINISH("stop") DONE);
	assert_whole(TEXT_ONLY("''"), "stop",
	             "'prompt_tokens':7,'completion_tokens':0,'total_tokens':7," NO_USAGE);
}

static void calls_are_numbered_and_named_once(void **state)
{
	open_block(US_TOOL_CALL, "toolu_1", "f");
	piece("{\"id\":");
	piece("9007199254740993}");
	close_block();
	call("g", "");
	end(US_STOP_TOOL);
	assert_out(CALL_ROLE CALL(0, "<1>", "f") ARGS(0, "{\\'id\\':") ARGS(0, "9007199254740993}")
	                   CALL(1, "<2>", "g") ARGS(1, "{}") FINISH("tool_calls") DONE);
	assert_whole(
		"{'role':'assistant','content':null,'refusal':null,'annotations':[],'tool_calls':["
		"{'id':'<1>','type':'function','function':{'name':'f','arguments':"
		"'{\\'id\\':9007199254740993}'}},{'id':'<2>','type':'function','function':"
		"{'name':'g','arguments':'{}'}}]}",
		"tool_calls",
		"'prompt_tokens':7,'completion_tokens':6,'total_tokens':13," NO_USAGE);
}

static void ids_are_ours_and_stay_the_same(void **state)
{
	struct us_buf first;

	call("f", "{}");
	end(US_STOP_TOOL);
	us_buf_init(&first, 1 << 20);
	us_buf_add_span(&first, us_buf_span(&out));
	assert_true(us_span_has(us_buf_span(&first), "\"call_Us"));
	assert_false(us_span_has(us_buf_span(&first), "toolu_1"));
	teardown(state);
	setup(state);
	call("f", "{}");
	end(US_STOP_TOOL);
	assert_true(us_span_eq(us_buf_span(&first), us_buf_span(&out)));
	us_buf_fini(&first);
}

static void adjacent_texts_are_one(void **state)
{
	text(US_TEXT, "a");
	text(US_TEXT, "b");
	end(US_STOP_END);
	assert_out(ROLE CHUNK("{'content':'a'}") CHUNK("{'content':'b'}") FINISH("stop") DONE);
	assert_whole(TEXT_ONLY("'ab'"), "stop",
	             "'prompt_tokens':7,'completion_tokens':1,'total_tokens':8," NO_USAGE);
}

static void texts_that_something_parts_get_an_empty_line(void **state)
{
	text(US_THINK, "h");
	text(US_TEXT, "a");
	text(US_THINK, "h");
	text(US_TEXT, "");
	text(US_TEXT, "b");
	text(US_TEXT, "c");
	end(US_STOP_END);
	assert_out(ROLE CHUNK("{'content':'a'}") CHUNK("{'content':'\\n\\nb'}")
	                   CHUNK("{'content':'c'}") FINISH("stop") DONE);
	assert_whole(TEXT_ONLY("'a\\n\\nbc'"), "stop",
	             "'prompt_tokens':7,'completion_tokens':1,'total_tokens':8," NO_USAGE);
}

static void text_and_calls_stand_side_by_side(void **state)
{
	text(US_TEXT, "a");
	call("f", "{}");
	text(US_TEXT, "b");
	end(US_STOP_TOOL);
	assert_out(ROLE CHUNK("{'content':'a'}") CALL(0, "<1>", "f") ARGS(0, "{}")
	                   CHUNK("{'content':'\\n\\nb'}") FINISH("tool_calls") DONE);
}

static void thinking_is_not_shown(void **state)
{
	text(US_THINK, "secret");
	put((struct us_ev){ .kind = US_EV_PING });
	text(US_TEXT, "t");
	end(US_STOP_END);
	assert_out(": ping\n\n" ROLE CHUNK("{'content':'t'}") FINISH("stop") DONE);
}

static void a_refusal_has_its_own_member(void **state)
{
	text(US_REFUSAL, "No.");
	end(US_STOP_REFUSAL);
	assert_out(ROLE CHUNK("{'refusal':'No.'}") FINISH("stop") DONE);
	assert_whole("{'role':'assistant','content':null,'refusal':'No.','annotations':[]}", "stop",
	             "'prompt_tokens':7,'completion_tokens':1,'total_tokens':8," NO_USAGE);
}

static void a_refusal_may_follow_text(void **state)
{
	text(US_TEXT, "a");
	text(US_REFUSAL, "No.");
	text(US_TEXT, "b");
	end(US_STOP_REFUSAL);
	assert_out(ROLE CHUNK("{'content':'a'}") CHUNK("{'refusal':'No.'}")
	                   CHUNK("{'content':'\\n\\nb'}") FINISH("stop") DONE);
	assert_whole("{'role':'assistant','content':'a\\n\\nb','refusal':'No.','annotations':[]}",
	             "stop", "'prompt_tokens':7,'completion_tokens':2,'total_tokens':9," NO_USAGE);
}

static void every_stop_has_its_finish_reason(void **state)
{
	static const struct {
		enum us_stop stop;
		bool said, called;
		const char *reason;
	} rows[] = {
		{ US_STOP_END, true, false, "stop" },
		{ US_STOP_END, true, true, "tool_calls" },
		{ US_STOP_OTHER, false, true, "tool_calls" },
		{ US_STOP_OTHER, true, false, "stop" },
		{ US_STOP_SEQUENCE, true, false, "stop" },
		{ US_STOP_MAX_TOKENS, true, true, "length" },
		{ US_STOP_TOOL, true, true, "tool_calls" },
		{ US_STOP_TOOL, true, false, "stop" },
		{ US_STOP_FILTER, true, false, "content_filter" },
		{ US_STOP_REFUSAL, true, false, "stop" },
		{ US_STOP_REFUSAL, false, false, "content_filter" },
		{ US_STOP_PAUSE, true, false, "stop" },
		{ US_STOP_CONTEXT_FULL, true, false, "length" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char want[64];

		teardown(state);
		setup(state);
		if (rows[i].said)
			text(US_TEXT, "t");
		if (rows[i].called)
			call("f", "{}");
		end(rows[i].stop);
		snprintf(want, sizeof(want), "\"finish_reason\":\"%s\"", rows[i].reason);
		if (!us_span_has(us_buf_span(&out), want))
			fail_msg("row %zu: %s", i, us_buf_cstr(&out));
		us_buf_clear(&out);
		us_openai.encode_whole(&look, &resp, &out);
		if (!us_span_has(us_buf_span(&out), want))
			fail_msg("row %zu: %s", i, us_buf_cstr(&out));
	}
}

#define U_CHUNK(delta, reason)                                                                     \
	"data: {'id':'<id>','object':'chat.completion.chunk','created':1700000000,'model':'gpt',"  \
	"'choices':[{'index':0,'delta':" delta ",'logprobs':null,'finish_reason':" reason "}],"    \
	"'usage':null}\n\n"
#define U_LAST(usage)                                                                              \
	"data: {'id':'<id>','object':'chat.completion.chunk','created':1700000000,'model':'gpt',"  \
	"'choices':[],'usage':{" usage "}\n\n"

static void usage_comes_last_to_a_program_that_asked(void **state)
{
	struct us_usage early = { .known = US_USAGE_IN | US_USAGE_CACHE_READ | US_USAGE_CACHE_WRITE,
		                  .in = 100,
		                  .cache_read = 60,
		                  .cache_write = 5 };
	struct us_usage late = { .known = US_USAGE_OUT | US_USAGE_REASONING,
		                 .out = 30,
		                 .reasoning = 10 };

	req.stream_usage = true;
	put((struct us_ev){ .kind = US_EV_USAGE, .usage = early });
	text(US_TEXT, "t");
	put((struct us_ev){ .kind = US_EV_STOP, .stop = US_STOP_END });
	put((struct us_ev){ .kind = US_EV_USAGE, .usage = late });
	put((struct us_ev){ .kind = US_EV_END, .clean = true });
	assert_out(U_CHUNK("{'role':'assistant','content':'','refusal':null}", "null")
	                   U_CHUNK("{'content':'t'}", "null") U_CHUNK("{}", "'stop'")
	                           U_LAST("'prompt_tokens':100,'completion_tokens':30,"
	                                  "'total_tokens':130,'prompt_tokens_details':"
	                                  "{'cached_tokens':60,'cache_write_tokens':5,"
	                                  "'audio_tokens':0},'completion_tokens_details':"
	                                  "{'reasoning_tokens':10,'audio_tokens':0,"
	                                  "'accepted_prediction_tokens':0,"
	                                  "'rejected_prediction_tokens':0}}") DONE);
}

static void usage_nobody_told_is_guessed(void **state)
{
	req.stream_usage = true;
	text(US_TEXT, "12345678");
	call("f", "{\"abcd\":1}");
	end(US_STOP_TOOL);
	assert_true(us_span_has(us_buf_span(&out), "\"usage\":{\"prompt_tokens\":7,"
	                                           "\"completion_tokens\":5,\"total_tokens\":12,"));
}

static void a_program_without_parallel_calls_gets_the_first(void **state)
{
	req.parallel_tools = US_NO;
	call("f", "{}");
	call("g", "{}");
	text(US_TEXT, "t");
	end(US_STOP_TOOL);
	assert_out(CALL_ROLE CALL(0, "<1>", "f") ARGS(0, "{}") CHUNK("{'content':'t'}")
	                   FINISH("tool_calls") DONE);
	assert_whole(
		"{'role':'assistant','content':'t','refusal':null,'annotations':[],'tool_calls':["
		"{'id':'<1>','type':'function','function':{'name':'f','arguments':'{}'}}]}",
		"tool_calls", "'prompt_tokens':7,'completion_tokens':2,'total_tokens':9," NO_USAGE);
}

static void an_older_program_gets_a_function_call(void **state)
{
	req.legacy_functions = true;
	call("f", "{\"a\":1}");
	call("g", "{}");
	end(US_STOP_TOOL);
	assert_out(CALL_ROLE CHUNK("{'function_call':{'name':'f','arguments':''}}") CHUNK(
		"{'function_call':{'arguments':'{\\'a\\':1}'}}") FINISH("function_call") DONE);
	assert_whole("{'role':'assistant','content':null,'refusal':null,'annotations':[],"
	             "'function_call':{'name':'f','arguments':'{\\'a\\':1}'}}",
	             "function_call",
	             "'prompt_tokens':7,'completion_tokens':3,'total_tokens':10," NO_USAGE);
}

static void a_free_form_tool_gets_its_input_unwrapped(void **state)
{
	with_custom_tool();
	open_block(US_TOOL_CALL, "toolu_1", "sh");
	piece("{\"input\":\"ls");
	piece(" -l\\n\"}");
	close_block();
	end(US_STOP_TOOL);
	assert_out(CALL_ROLE CHUNK("{'tool_calls':[{'index':0,'id':'<1>','type':'custom','custom':"
	                           "{'name':'sh','input':''}}]}")
	                   CHUNK("{'tool_calls':[{'index':0,'custom':{'input':'ls -l\\n'}}]}")
	                           FINISH("tool_calls") DONE);
	assert_whole(
		"{'role':'assistant','content':null,'refusal':null,'annotations':[],'tool_calls':["
		"{'id':'<1>','type':'custom','custom':{'name':'sh','input':'ls -l\\n'}}]}",
		"tool_calls",
		"'prompt_tokens':7,'completion_tokens':5,'total_tokens':12," NO_USAGE);
}

static void each_free_form_call_has_its_own_input(void **state)
{
	struct us_tool tools[] = { { .kind = US_TOOL_CUSTOM, .name = US_SPAN("sh") },
		                   { .kind = US_TOOL_FUNCTION, .name = US_SPAN("f") } };

	req.tools = tools;
	req.ntools = 2;
	call("sh", "{\"input\":\"a\"}");
	call("sh", "{\"input\":\"b\"}");
	call("f", "{\"input\":\"c\"}");
	end(US_STOP_TOOL);
	assert_true(us_span_has(us_buf_span(&out), "\"custom\":{\"input\":\"a\"}"));
	assert_true(us_span_has(us_buf_span(&out), "\"custom\":{\"input\":\"b\"}"));
	assert_true(us_span_has(us_buf_span(&out), "\"arguments\":\"{\\\"input\\\":\\\"c\\\"}\""));
}

static void input_that_is_not_wrapped_stays_as_it_is(void **state)
{
	with_custom_tool();
	call("sh", "ls");
	end(US_STOP_TOOL);
	assert_true(us_span_has(us_buf_span(&out), "\"custom\":{\"input\":\"ls\"}"));
}

/* What looks like the wrapping is the input itself. */
static void input_of_a_provider_that_knows_such_tools_is_left_alone(void **state)
{
	with_custom_tool();
	open_freeform("sh");
	piece("{\"input\":");
	piece("\"x\"}");
	close_block();
	end(US_STOP_TOOL);
	assert_out(CALL_ROLE CHUNK("{'tool_calls':[{'index':0,'id':'<1>','type':'custom','custom':"
	                           "{'name':'sh','input':''}}]}")
	                   CHUNK("{'tool_calls':[{'index':0,'custom':{'input':'{\\'input\\':'}}]}")
	                           CHUNK("{'tool_calls':[{'index':0,'custom':{'input':'\\'x\\'}'"
	                                 "}}]}") FINISH("tool_calls") DONE);
	assert_whole("{'role':'assistant','content':null,'refusal':null,'annotations':[],"
	             "'tool_calls':[{'id':'<1>','type':'custom','custom':{'name':'sh','input':"
	             "'{\\'input\\':\\'x\\'}'}}]}",
	             "tool_calls",
	             "'prompt_tokens':7,'completion_tokens':4,'total_tokens':11," NO_USAGE);
}

static void an_error_is_the_last_that_is_written(void **state)
{
	text(US_TEXT, "t");
	us_buf_clear(&out);
	put((struct us_ev){
		.kind = US_EV_ERROR,
		.err = { .type = US_SPAN("overloaded_error"), .message = US_SPAN("Overloaded") } });
	put((struct us_ev){ .kind = US_EV_PING });
	put((struct us_ev){ .kind = US_EV_END });
	assert_out("data: {'error':{'message':'Overloaded','type':'server_error','param':null,"
	           "'code':null}}\n\n");
}

static void nothing_is_written_after_the_end(void **state)
{
	end(US_STOP_END);
	us_buf_clear(&out);
	put((struct us_ev){ .kind = US_EV_PING });
	assert_out("");
}

static void an_end_that_is_not_clean_is_not_written(void **state)
{
	text(US_TEXT, "t");
	put((struct us_ev){ .kind = US_EV_END });
	assert_out(ROLE CHUNK("{'content':'t'}"));
}

static void lone_surrogates_are_written_as_escapes(void **state)
{
	text(US_TEXT, "\xed\xa0\xbd");
	end(US_STOP_END);
	assert_out(ROLE CHUNK("{'content':'\\ud83d'}") FINISH("stop") DONE);
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	static const struct us_ev events[] = {
		{ .kind = US_EV_BLOCK_OPEN, .block = US_TOOL_CALL, .name = { "sh", 2 } },
		{ .kind = US_EV_ARGS, .text = { "{\"input\":\"\\n\"}", 14 } },
		{ .kind = US_EV_BLOCK_CLOSE },
		{ .kind = US_EV_STOP },
		{ .kind = US_EV_END, .clean = true },
	};

	with_custom_tool();
	stream_starving(events, US_COUNT(events));
	assert_true(us_span_has(us_buf_span(&out), "{\"input\":\"\\n\"}"));
	assert_true(us_span_ends(us_buf_span(&out), "data: [DONE]\n\n"));
}

static void nor_when_a_document_is_written(void **state)
{
	text(US_TEXT, "t");
	end(US_STOP_END);
	document_starving();
	assert_true(us_span_has(us_buf_span(&out), "\"content\":\"t\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(text_is_streamed_piece_by_piece),
		T(an_answer_of_nothing_is_an_empty_text),
		T(calls_are_numbered_and_named_once),
		T(ids_are_ours_and_stay_the_same),
		T(adjacent_texts_are_one),
		T(texts_that_something_parts_get_an_empty_line),
		T(text_and_calls_stand_side_by_side),
		T(thinking_is_not_shown),
		T(a_refusal_has_its_own_member),
		T(a_refusal_may_follow_text),
		T(every_stop_has_its_finish_reason),
		T(usage_comes_last_to_a_program_that_asked),
		T(usage_nobody_told_is_guessed),
		T(a_program_without_parallel_calls_gets_the_first),
		T(an_older_program_gets_a_function_call),
		T(a_free_form_tool_gets_its_input_unwrapped),
		T(each_free_form_call_has_its_own_input),
		T(input_that_is_not_wrapped_stays_as_it_is),
		T(input_of_a_provider_that_knows_such_tools_is_left_alone),
		T(an_error_is_the_last_that_is_written),
		T(nothing_is_written_after_the_end),
		T(an_end_that_is_not_clean_is_not_written),
		T(lone_surrogates_are_written_as_escapes),
		T(no_failed_allocation_goes_unnoticed),
		T(nor_when_a_document_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

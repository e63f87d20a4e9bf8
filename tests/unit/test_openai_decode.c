/* test_openai_decode.c - Chat Completions answers into hub events */
#include "openai_answers.h"

static void a_stream_of_text_becomes_one_block(void **state)
{
	feed("{'id':'chatcmpl-1','object':'chat.completion.chunk','created':7,'model':'gpt-4o',"
	     "'choices':[{'index':0,'delta':{'role':'assistant','content':'','refusal':null},"
	     "'logprobs':null,'finish_reason':null}],'usage':null}");
	delta("'content':'Hel'");
	delta("'content':'lo'");
	finish("stop");
	feed("{'id':'c','choices':[],'usage':{'prompt_tokens':9,'completion_tokens':2}}");
	feed("[DONE]");
	assert_events("start chatcmpl-1 gpt-4o\nopen text\ntext Hel\ntext lo\n"
	              "usage in 9 out 2\nclose\nstop end\nend clean\n");
	assert_int_equal(events.created, 7);
}

static void content_and_finish_may_share_a_chunk(void **state)
{
	feed("{'id':'c','model':'m','choices':[{'index':0,'delta':{'content':'hi'},"
	     "'finish_reason':'length'}],'usage':{'prompt_tokens':1}}");
	assert_events("start c m\nopen text\ntext hi\nusage in 1\nclose\nstop max\nend clean\n");
}

static void content_behind_the_finish_is_not_lost(void **state)
{
	delta("'content':'a'");
	finish("stop");
	delta("'content':'b'");
	assert_events("start c m\nopen text\ntext a\ntext b\nclose\nstop end\nend clean\n");
}

static void reasoning_comes_before_content(void **state)
{
	delta("'content':'t','reasoning_content':'h','reasoning':'h'");
	finish("stop");
	assert_events("start c m\nopen think\ntext h\nclose\nopen text\ntext t\nclose\nstop end\n"
	              "end clean\n");
}

static void reasoning_is_found_under_each_of_its_names(void **state)
{
	delta("'reasoning':'a'");
	delta("'reasoning_details':[{'text':'b'},{'summary':'c'},{'data':'x'}]");
	delta("'reasoning':'d','reasoning_details':[{'text':'d'}]");
	delta("'content':[{'type':'thinking','thinking':[{'type':'text','text':'e'}]},"
	      "{'type':'text','text':'t'}]");
	finish("stop");
	assert_events("start c m\nopen think\ntext a\ntext b\ntext c\ntext d\ntext e\nclose\n"
	              "open text\ntext t\nclose\nstop end\nend clean\n");
}

static void a_refusal_stops_as_one(void **state)
{
	delta("'content':null,'refusal':'No'");
	delta("'refusal':'.'");
	finish("stop");
	assert_events("start c m\nopen refusal\ntext No\ntext .\nclose\nstop refusal\nend clean\n");
}

static void an_empty_refusal_is_none(void **state)
{
	delta("'content':'t','refusal':''");
	finish("stop");
	assert_events("start c m\nopen text\ntext t\nclose\nstop end\nend clean\n");
}

static void every_finish_reason_has_its_meaning(void **state)
{
	static const struct {
		const char *reason, *stop;
	} rows[] = {
		{ "stop", "end" },
		{ "eos", "end" },
		{ "length", "max" },
		{ "tool_calls", "tool" },
		{ "function_call", "tool" },
		{ "content_filter", "filter" },
		{ "stop_sequence", "sequence" },
		{ "model_length", "full" },
		{ "whatever", "other" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char want[64];

		teardown(state);
		setup(state);
		finish(rows[i].reason);
		snprintf(want, sizeof(want), "start c m\nstop %s\nend clean\n", rows[i].stop);
		assert_events(want);
	}
}

static void an_empty_finish_reason_is_none(void **state)
{
	delta("'content':'t'");
	finish("");
	assert_events("start c m\nopen text\ntext t\nend cut\n");
}

static void a_failed_answer_is_an_error(void **state)
{
	static const char *const reasons[] = { "error", "insufficient_system_resource" };

	for (size_t i = 0; i < US_COUNT(reasons); i++) {
		teardown(state);
		setup(state);
		finish(reasons[i]);
		assert_events(
			"start c m\nerror message the provider ended its answer with an error\n"
			"end cut\n");
	}
}

static void the_stop_sequence_is_told_where_the_server_tells_it(void **state)
{
	feed("{'id':'c','choices':[{'delta':{},'finish_reason':'stop','stop_reason':'END'}]}");
	feed("{'id':'c','choices':[{'delta':{},'finish_reason':'stop','stop_reason':'END'}]}");
	assert_events("start c\nstop sequence END\nend clean\n");
	teardown(state);
	setup(state);
	feed("{'id':'c','choices':[{'delta':{},'finish_reason':'stop','matched_stop':'###'}]}");
	assert_events("start c\nstop sequence ###\nend clean\n");
	teardown(state);
	setup(state);
	feed("{'id':'c','choices':[{'delta':{},'finish_reason':'stop','matched_stop':128009}]}");
	assert_events("start c\nstop end\nend clean\n");
}

static void usage_is_read_wherever_it_stands(void **state)
{
	feed("{'id':'c','choices':[],'usage':{'prompt_tokens':10,'completion_tokens':20,"
	     "'prompt_tokens_details':{'cached_tokens':4,'cache_write_tokens':3},"
	     "'completion_tokens_details':{'reasoning_tokens':5}}}");
	feed("{'id':'c','choices':[{'index':0,'delta':{},'usage':{'prompt_tokens':11}}]}");
	feed("{'id':'c','choices':[],'x_groq':{'usage':{'completion_tokens':12}}}");
	feed("{'id':'c','choices':[],'usage':{'prompt_cache_hit_tokens':6}}");
	feed("{'id':'c','choices':[],'usage':{'cached_tokens':7}}");
	assert_events("start c\nusage in 10 read 4 write 3 out 20 reasoning 5\nusage in 11\n"
	              "usage out 12\nusage read 6\nusage read 7\nend cut\n");
}

static void reasoning_counted_beside_the_completion_is_added(void **state)
{
	feed("{'id':'c','choices':[],'usage':{'prompt_tokens':10,'completion_tokens':20,"
	     "'total_tokens':35,'completion_tokens_details':{'reasoning_tokens':5}}}");
	feed("{'id':'c','choices':[],'usage':{'prompt_tokens':10,'completion_tokens':20,"
	     "'total_tokens':30,'completion_tokens_details':{'reasoning_tokens':5}}}");
	assert_events("start c\nusage in 10 out 25 reasoning 5\nusage in 10 out 20 reasoning 5\n"
	              "end cut\n");
}

static void an_answer_starts_with_the_first_chunk_that_is_one(void **state)
{
	feed("{'id':'','model':'','object':'','choices':[],'prompt_filter_results':[]}");
	delta("'role':'assistant'");
	finish("stop");
	assert_events("start c m\nstop end\nend clean\n");
}

static void a_full_message_in_a_chunk_is_read_like_a_delta(void **state)
{
	feed("{'id':'c','model':'m','choices':[{'index':0,'message':{'role':'assistant','content':"
	     "'t','tool_calls':[{'id':'a','type':'function','function':{'name':'f','arguments':"
	     "'{}'}}]},'finish_reason':'tool_calls'}]}");
	assert_events(
		"start c m\nopen text\ntext t\nclose\nopen call a f\nargs {}\nclose\nstop tool\n"
		"end clean\n");
}

static void only_the_first_choice_is_read(void **state)
{
	feed("{'id':'c','model':'m','choices':[{'index':1,'delta':{'content':'b'}},"
	     "{'index':0,'delta':{'content':'a'},'finish_reason':'stop'}]}");
	assert_events("start c m\nopen text\ntext a\nclose\nstop end\nend clean\n");
}

static void done_ends_an_answer_once(void **state)
{
	delta("'content':'t'");
	feed(" [DONE] ");
	delta("'content':'more'");
	feed("[DONE]");
	assert_events("start c m\nopen text\ntext t\nclose\nstop other\nend clean\n");
}

static void done_alone_is_no_answer(void **state)
{
	feed("[DONE]");
	assert_events("start\nend cut\n");
}

static void the_end_without_done_is_clean_after_a_finish_only(void **state)
{
	delta("'content':'t'");
	finish("stop");
	assert_events("start c m\nopen text\ntext t\nclose\nstop end\nend clean\n");
	teardown(state);
	setup(state);
	delta("'content':'t'");
	assert_events("start c m\nopen text\ntext t\nend cut\n");
	teardown(state);
	setup(state);
	assert_events("start\nend cut\n");
}

/* Some servers tell a reason for each call. */
static void a_call_behind_the_finish_needs_one_of_its_own(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	finish("tool_calls");
	call("{'index':1,'id':'b','function':{'name':'g','arguments':'{'}}");
	assert_events("start c m\nopen call a f\nargs {}\nclose\nopen call b g\nargs {\n"
	              "end cut\n");
}

static void calls_with_a_finish_each_are_whole_without_done(void **state)
{
	call("{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}");
	finish("tool_calls");
	call("{'index':1,'id':'b','function':{'name':'g','arguments':'{}'}}");
	finish("tool_calls");
	assert_events("start c m\nopen call a f\nargs {}\nclose\nopen call b g\nargs {}\nclose\n"
	              "stop tool\nend clean\n");
}

static void errors_in_the_stream_end_it(void **state)
{
	static const struct {
		const char *chunk, *error;
	} rows[] = {
		{ "{'error':{'message':'m1','type':'t','param':'p','code':'x'}}",
		  "type t code x param p message m1" },
		{ "{'id':'c','choices':[{'index':0,'delta':{'content':''},'finish_reason':'error'}]"
		  ","
		  "'error':{'code':502,'message':'bad gateway'}}",
		  "status 502 code 502 message bad gateway" },
		{ "{'error':'text'}", "message text" },
		{ "{'id':'c','choices':[],'x_groq':{'id':'r','error':'over_capacity'}}",
		  "message over_capacity" },
		{ "{'id':'c','choices':[{'index':0,'delta':{},'error':{'message':'in choice'}}]}",
		  "message in choice" },
		{ "{'object':'error','message':'old','type':'BadRequestError','code':400}",
		  "status 400 type BadRequestError code 400 message old" },
		{ "{'detail':'not found'}", "message not found" },
		{ "{'id':'c','cho", "message a piece of the stream is not a JSON object" },
		{ "'text'", "message a piece of the stream is not a JSON object" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		char want[256];

		teardown(state);
		setup(state);
		delta("'content':'t'");
		feed(rows[i].chunk);
		delta("'content':'lost'");
		feed("[DONE]");
		snprintf(want, sizeof(want), "start c m\nopen text\ntext t\nerror %s\nend cut\n",
		         rows[i].error);
		assert_events(want);
	}
}

static void an_error_may_be_all_there_is(void **state)
{
	feed("{'error':{'message':'m'}}");
	assert_events("start\nerror message m\nend cut\n");
}

static void an_event_named_error_is_one(void **state)
{
	us_openai.decode_event(decoder, US_SPAN("error"), US_SPAN("{\"odd\":1}"));
	assert_events("start\nerror message {\"odd\":1}\nend cut\n");
}

static void error_members_that_say_nothing_are_no_errors(void **state)
{
	feed("{'id':'c','model':'m','error':null,'choices':[{'delta':{'content':'t'},'error':{},"
	     "'finish_reason':'stop'}],'x_groq':{'error':''}}");
	assert_events("start c m\nopen text\ntext t\nclose\nstop end\nend clean\n");
}

static void chunks_of_unknown_kind_are_passed_over(void **state)
{
	delta("'content':'t'");
	feed("{'type':'ping'}");
	feed("{'id':'c','choices':[{'index':0,'content_filter_offsets':{},'finish_reason':null}]}");
	finish("stop");
	assert_events("start c m\nopen text\ntext t\nclose\nstop end\nend clean\n");
}

static void a_character_split_over_deltas_is_joined(void **state)
{
	delta("'content':'a\\ud83d'");
	delta("'content':'\\ude00b'");
	delta("'content':'\xe2\x82'");
	delta("'content':'\xac'");
	finish("stop");
	assert_events("start c m\nopen text\ntext a\ntext \xf0\x9f\x98\x80"
	              "b\ntext \xe2\x82\xac\nclose\nstop end\nend clean\n");
}

static void half_a_character_at_the_end_is_told(void **state)
{
	delta("'content':'a\\ud83d'");
	delta("'reasoning':'h'");
	finish("stop");
	assert_events("start c m\nopen text\ntext a\ntext \xed\xa0\xbd\nclose\nopen think\ntext h\n"
	              "close\nstop end\nend clean\n");
}

static void a_whole_answer_is_worth_the_same_events(void **state)
{
	assert_whole(
		"{'id':'chatcmpl-1','object':'chat.completion','created':7,'model':'gpt-4o',"
		"'choices':[{'index':0,'message':{'role':'assistant','content':'t','refusal':null,"
		"'reasoning_content':'h','tool_calls':[{'id':'a','type':'function','function':"
		"{'name':'f','arguments':'{\\'n\\':1.0}'}},{'id':'b','type':'function',"
		"'function':{'name':'g','arguments':''}}]},'finish_reason':'tool_calls'}],"
		"'usage':{'prompt_tokens':9,'completion_tokens':2}}",
		"start chatcmpl-1 gpt-4o\nopen think\ntext h\nclose\nopen text\ntext t\nclose\n"
		"open call a f\nargs {\"n\":1.0}\nclose\nusage in 9 out 2\nopen call b g\nclose\n"
		"stop tool\nend clean\n");
}

static void a_whole_answer_of_mistral_is_understood(void **state)
{
	assert_whole("{'id':'c','model':'m','choices':[{'index':0,'message':{'content':["
	             "{'type':'thinking','thinking':[{'type':'text','text':'h'}]},"
	             "{'type':'text','text':'t'},{'type':'reference','reference_ids':[1]}],"
	             "'tool_calls':[{'id':'a','function':{'name':'f','arguments':{'x':1}}}]},"
	             "'finish_reason':'tool_calls'}]}",
	             "start c m\nopen think\ntext h\nclose\nopen text\ntext t\nclose\n"
	             "open call a f\nargs {\"x\":1}\nclose\nstop tool\nend clean\n");
}

static void a_whole_answer_needs_no_finish_reason(void **state)
{
	assert_whole("{'id':'c','choices':[{'message':{'content':'t'}}]}",
	             "start c\nopen text\ntext t\nclose\nstop end\nend clean\n");
}

static void a_whole_document_without_choices_is_an_error(void **state)
{
	assert_whole("{'id':'c','choices':[]}",
	             "start c\nerror message the answer has no choices\nend cut\n");
}

static void a_whole_answer_with_an_error_is_one(void **state)
{
	assert_whole("{'id':'c','error':{'message':'m'},'choices':[{'message':{'content':'t'},"
	             "'finish_reason':'stop'}]}",
	             "start\nerror message m\nend cut\n");
	teardown(state);
	setup(state);
	assert_whole("{'id':'c','choices':[{'message':{'content':'t'},'finish_reason':'error'}]}",
	             "start c\nopen text\ntext t\n"
	             "error message the provider ended its answer with an error\nend cut\n");
}

static int refuse(void *self, const struct us_ev *ev) { return ++*(int *)self == 3 ? US_EIO : 0; }

static void a_writer_that_fails_stops_the_decoder(void **state)
{
	static const char text[] = "{\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"t\"}}]}";
	int seen = 0;
	void *d = us_openai.decoder_new((struct us_sink){ refuse, &seen });

	assert_int_equal(us_openai.decode_event(d, us_span("", 0), us_span_of(text)), US_EIO);
	assert_int_equal(us_openai.decode_event(d, us_span("", 0), us_span_of(text)), US_EIO);
	assert_int_equal(us_openai.decode_end(d), US_EIO);
	assert_int_equal(seen, 3);
	us_openai.decoder_free(d);
}

static void no_failed_allocation_goes_unnoticed(void **state)
{
	static const char *const chunks[] = {
		"{\"id\":\"c\\n\",\"choices\":[{\"delta\":{\"content\":\"a\\ud83d\",\"tool_calls\":"
		"["
		"{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}},"
		"{\"index\":1,\"id\":\"y\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]"
		"}",
		"{\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"late\"}}]}",
		"{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\",\"stop_reason\":\"x\"}]}",
	};

	/* start; text: open, two pieces, close; two calls; late text; stop; end */
	assert_int_equal(count_starving(chunks, US_COUNT(chunks)), 1 + 4 + 3 + 3 + 3 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_stream_of_text_becomes_one_block),
		T(content_and_finish_may_share_a_chunk),
		T(content_behind_the_finish_is_not_lost),
		T(reasoning_comes_before_content),
		T(reasoning_is_found_under_each_of_its_names),
		T(a_refusal_stops_as_one),
		T(an_empty_refusal_is_none),
		T(every_finish_reason_has_its_meaning),
		T(an_empty_finish_reason_is_none),
		T(a_failed_answer_is_an_error),
		T(the_stop_sequence_is_told_where_the_server_tells_it),
		T(usage_is_read_wherever_it_stands),
		T(reasoning_counted_beside_the_completion_is_added),
		T(an_answer_starts_with_the_first_chunk_that_is_one),
		T(a_full_message_in_a_chunk_is_read_like_a_delta),
		T(only_the_first_choice_is_read),
		T(done_ends_an_answer_once),
		T(done_alone_is_no_answer),
		T(the_end_without_done_is_clean_after_a_finish_only),
		T(a_call_behind_the_finish_needs_one_of_its_own),
		T(calls_with_a_finish_each_are_whole_without_done),
		T(errors_in_the_stream_end_it),
		T(an_error_may_be_all_there_is),
		T(an_event_named_error_is_one),
		T(error_members_that_say_nothing_are_no_errors),
		T(chunks_of_unknown_kind_are_passed_over),
		T(a_character_split_over_deltas_is_joined),
		T(half_a_character_at_the_end_is_told),
		T(a_whole_answer_is_worth_the_same_events),
		T(a_whole_answer_of_mistral_is_understood),
		T(a_whole_answer_needs_no_finish_reason),
		T(a_whole_document_without_choices_is_an_error),
		T(a_whole_answer_with_an_error_is_one),
		T(a_writer_that_fails_stops_the_decoder),
		T(no_failed_allocation_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

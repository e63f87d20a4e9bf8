/* test_responses_encode.c - hub events and answers as Responses
 *
 * Every answer is written both ways. Ids that are minted stand as <resp>, <msg0>, <fc1>, <ctc1> (by
 * the item's place in the answer) and <call1> (by the call's).
 */
#define WORLD us_responses
#include "openai_written.h"

/* What an answer repeats of a request that said nothing. */
#define ECHO                                                                                       \
	"'instructions':null,'max_output_tokens':null,'max_tool_calls':null,'metadata':{},"        \
	"'parallel_tool_calls':true,'prompt_cache_key':null,"                                      \
	"'reasoning':{'effort':null,'summary':null},'safety_identifier':null,'temperature':1.0,"   \
	"'text':{'format':{'type':'text'}},'tool_choice':'auto','tools':[],'top_logprobs':0,"      \
	"'top_p':1.0,'truncation':'disabled','user':null,"
#define RESPONSE(status, completed, incomplete, output, usage)                                     \
	"{'id':'<resp>','object':'response','created_at':1700000000,'status':'" status "',"        \
	"'completed_at':" completed ",'error':null,'incomplete_details':" incomplete               \
	",'model':'gpt','output':[" output "]," ECHO                                               \
	"'previous_response_id':null,'background':false,'store':false,'usage':" usage "}"
#define BEGUN RESPONSE("in_progress", "null", "null", "", "null")
#define DONE_AS(output, usage) RESPONSE("completed", "1700000000", "null", output, usage)
#define COUNTS(in, out, total)                                                                     \
	"{'input_tokens':" #in ",'input_tokens_details':{'cached_tokens':0,"                       \
	"'cache_write_tokens':0},'output_tokens':" #out                                            \
	",'output_tokens_details':{'reasoning_tokens':0},'total_tokens':" #total "}"

#define EVENT(n, type, members)                                                                    \
	"event: " type "\ndata: {'type':'" type "','sequence_number':" #n "," members "}\n\n"
#define OPENING                                                                                    \
	EVENT(0, "response.created", "'response':" BEGUN)                                          \
	EVENT(1, "response.in_progress", "'response':" BEGUN)
#define MESSAGE(i, status, content)                                                                \
	"{'id':'<msg" #i ">','type':'message','status':'" status "','role':'assistant',"           \
	"'content':[" content "]}"
#define TEXT(text) "{'type':'output_text','annotations':[],'logprobs':[],'text':'" text "'}"
#define FUNCTION(i, n, status, name, args)                                                         \
	"{'id':'<fc" #i ">','type':'function_call','status':'" status "','call_id':'<call" #n      \
	">','name':'" name "','arguments':'" args "'}"
#define IN_MESSAGE(i, part)                                                                        \
	"'item_id':'<msg" #i ">','output_index':" #i ",'content_index':" #part ","
#define IN_CALL(i) "'item_id':'<fc" #i ">','output_index':" #i ","

static void begin(void) { put((struct us_ev){ .kind = US_EV_START }); }

static void assert_is(struct us_span got, const char *want)
{
	us_buf_clear(&shown);
	add_unquoted(&shown, want);
	replace(&shown, "<resp>", "resp_", 48, 0);
	for (unsigned i = 0; i < 4; i++) {
		char mark[16];

		snprintf(mark, sizeof(mark), "<msg%u>", i);
		replace(&shown, mark, "msg_", 48, i + 1);
		snprintf(mark, sizeof(mark), "<fc%u>", i);
		replace(&shown, mark, "fc_", 48, i + 1);
		snprintf(mark, sizeof(mark), "<ctc%u>", i);
		replace(&shown, mark, "ctc_", 48, i + 1);
		snprintf(mark, sizeof(mark), "<call%u>", i);
		replace(&shown, mark, "call_", 24, i);
	}
	if (!us_span_eq(got, us_buf_span(&shown)))
		fail_msg("\n got %.*s\nwant %s", (int)got.n, got.p, us_buf_cstr(&shown));
}

static void assert_document(const char *want)
{
	us_buf_clear(&out);
	assert_int_equal(us_responses.encode_whole(&look, &resp, &out), 0);
	assert_is(us_buf_span(&out), want);
}

/* What stands between two marks of a text. */
static void cut(struct us_buf *b, const char *from, const char *to)
{
	const char *text = us_buf_cstr(b), *begin = strstr(text, from), *end = NULL;

	if (begin)
		end = strstr(begin, to);
	assert_non_null(end);
	b->n = (size_t)(end - text);
	us_buf_eat(b, (size_t)(begin - text));
}

/* The document holds this output, and the stream's last event the document. */
static void assert_output(const char *output)
{
	struct us_buf whole, want;

	us_buf_init(&whole, 1 << 20);
	us_buf_init(&want, 1 << 20);
	assert_int_equal(us_responses.encode_whole(&look, &resp, &whole), 0);
	us_buf_add_span(&want, us_buf_span(&whole));
	us_buf_add_str(&want, "}\n\n");
	assert_true(us_span_ends(us_buf_span(&out), us_buf_cstr(&want)));
	us_buf_clear(&want);
	us_buf_addf(&want, "'output':[%s],", output);
	us_buf_clear(&out);
	us_buf_add_span(&out, us_buf_span(&whole));
	cut(&out, "\"output\":", "\"instructions\":");
	assert_is(us_buf_span(&out), us_buf_cstr(&want));
	us_buf_fini(&whole);
	us_buf_fini(&want);
}

/* The events between the answer's own. */
static void assert_inner(const char *want)
{
	cut(&out, "event: response.output_item.added", "event: response.completed");
	assert_is(us_buf_span(&out), want);
}

static void text_is_streamed_piece_by_piece(void **state)
{
	begin();
	open_block(US_TEXT, NULL, NULL);
	piece("Hel");
	piece("lo\n");
	close_block();
	put((struct us_ev){ .kind = US_EV_USAGE,
	                    .usage = { .known = US_USAGE_IN | US_USAGE_OUT, .in = 3, .out = 4 } });
	end(US_STOP_END);
	assert_inner(
		EVENT(2, "response.output_item.added",
	              "'output_index':0,'item':" MESSAGE(
			      0, "in_progress", "")) EVENT(3, "response.content_part.added",
	                                                   IN_MESSAGE(0, 0) "'part':" TEXT(""))
			EVENT(4, "response.output_text.delta",
	                      IN_MESSAGE(0, 0) "'delta':'Hel','logprobs':[]")
				EVENT(5, "response.output_text.delta",
	                              IN_MESSAGE(0, 0) "'delta':'lo\\n','logprobs':[]")
					EVENT(6, "response.output_text.done",
	                                      IN_MESSAGE(0, 0) "'text':'Hello\\n','logprobs':[]")
						EVENT(7, "response.content_part.done",
	                                              IN_MESSAGE(0, 0) "'part':" TEXT("Hello\\n"))
							EVENT(8, "response.output_item.done",
	                                                      "'output_index':0,'item':" MESSAGE(
								      0, "completed",
								      TEXT("Hello\\n"))));
	assert_document(DONE_AS(MESSAGE(0, "completed", TEXT("Hello\\n")), COUNTS(3, 4, 7)));
}

static void calls_are_items_of_their_own(void **state)
{
	begin();
	open_block(US_TOOL_CALL, "toolu_1", "f");
	piece("{\"a\":");
	piece("1}");
	close_block();
	call("g", "");
	end(US_STOP_TOOL);
	assert_inner(
		EVENT(2, "response.output_item.added",
	              "'output_index':0,'item':" FUNCTION(
			      0, 1, "in_progress", "f",
			      "")) EVENT(3, "response.function_call_arguments.delta",
	                                 IN_CALL(0) "'delta':'{\\'a\\':'")
			EVENT(4, "response.function_call_arguments.delta",
	                      IN_CALL(0) "'delta':'1}'") EVENT(5,
	                                                       "response.function_call_arguments."
	                                                       "done",
	                                                       IN_CALL(0) "'arguments':'{\\'a\\':1}"
	                                                                  "','name':'f'")
				EVENT(6, "response.output_item.done",
	                              "'output_index':0,'item':" FUNCTION(0, 1, "completed", "f",
	                                                                  "{\\'a\\':1}"))
					EVENT(7, "response.output_item.added",
	                                      "'output_index':1,'item':" FUNCTION(
						      1, 2, "in_progress", "g",
						      "")) EVENT(8,
	                                                         "response.function_call_arguments."
	                                                         "delta",
	                                                         IN_CALL(1) "'delta':'{}'")
						EVENT(9, "response.function_call_arguments.done",
	                                              IN_CALL(1) "'arguments':'{}','name':'g'")
							EVENT(10, "response.output_item.done",
	                                                      "'output_index':1,'item':" FUNCTION(
								      1, 2, "completed", "g",
								      "{}")));
	assert_document(DONE_AS(FUNCTION(0, 1, "completed", "f",
	                                 "{\\'a\\':1}") "," FUNCTION(1, 2, "completed", "g", "{}"),
	                        COUNTS(7, 2, 9)));
}

static void the_answer_stands_at_both_ends_of_a_stream(void **state)
{
	begin();
	end(US_STOP_END);
	assert_is(us_buf_span(&out), OPENING EVENT(2, "response.completed",
	                                           "'response':" DONE_AS("", COUNTS(7, 0, 7))));
}

static void adjacent_texts_are_one_part(void **state)
{
	begin();
	text(US_TEXT, "a");
	text(US_TEXT, "");
	text(US_TEXT, "b");
	text(US_REFUSAL, "n");
	end(US_STOP_END);
	assert_output(MESSAGE(0, "completed", TEXT("ab") ",{'type':'refusal','refusal':'n'}"));
}

static void what_comes_between_parts_messages_even_unseen(void **state)
{
	begin();
	text(US_THINK, "h");
	text(US_TEXT, "a");
	text(US_THINK, "h");
	text(US_TEXT, "b");
	call("f", "{}");
	text(US_TEXT, "c");
	end(US_STOP_TOOL);
	assert_output(MESSAGE(0, "completed", TEXT("a")) "," MESSAGE(
		1, "completed", TEXT("b")) "," FUNCTION(2, 1, "completed", "f",
	                                                "{}") "," MESSAGE(3, "completed",
	                                                                  TEXT("c")));
}

static void a_program_that_takes_one_call_gets_one(void **state)
{
	req.parallel_tools = US_NO;
	begin();
	text(US_TEXT, "a");
	call("f", "{}");
	call("g", "{}");
	text(US_TEXT, "b");
	end(US_STOP_TOOL);
	assert_output(MESSAGE(0, "completed", TEXT("a")) "," FUNCTION(
		1, 1, "completed", "f", "{}") "," MESSAGE(2, "completed", TEXT("b")));
}

static void an_answer_that_was_cut_says_where(void **state)
{
	begin();
	text(US_TEXT, "a");
	call("f", "{\"a");
	end(US_STOP_MAX_TOKENS);
	assert_true(us_span_has(us_buf_span(&out), "event: response.incomplete\n"));
	assert_true(us_span_has(us_buf_span(&out),
	                        "\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"));
	assert_output(
		MESSAGE(0, "completed", TEXT("a")) "," FUNCTION(1, 1, "incomplete", "f", "{\\'a"));
}

static void how_an_answer_ends_is_its_status(void **state)
{
	static const struct {
		enum us_stop stop;
		bool says;
		const char *type, *members;
	} cases[] = {
		{ US_STOP_SEQUENCE, true, "completed", "\"incomplete_details\":null" },
		{ US_STOP_TOOL, true, "completed", "\"incomplete_details\":null" },
		{ US_STOP_PAUSE, true, "completed", "\"incomplete_details\":null" },
		{ US_STOP_OTHER, true, "completed", "\"incomplete_details\":null" },
		{ US_STOP_REFUSAL, true, "completed", "\"incomplete_details\":null" },
		{ US_STOP_REFUSAL, false, "incomplete", "{\"reason\":\"content_filter\"}" },
		{ US_STOP_FILTER, true, "incomplete", "{\"reason\":\"content_filter\"}" },
		{ US_STOP_CONTEXT_FULL, true, "incomplete", "{\"reason\":\"max_output_tokens\"}" },
		{ US_STOP_ERROR, true, "failed", "\"error\":{\"code\":\"server_error\"" },
	};
	char type[64];

	for (size_t i = 0; i < US_COUNT(cases); i++) {
		begin();
		if (cases[i].says)
			text(US_TEXT, "a");
		end(cases[i].stop);
		snprintf(type, sizeof(type), "event: response.%s\n", cases[i].type);
		assert_true(us_span_has(us_buf_span(&out), type));
		assert_true(us_span_has(us_buf_span(&out), cases[i].members));
		teardown(state);
		setup(state);
	}
}

static void free_form_calls_are_unwrapped(void **state)
{
	with_custom_tool();
	begin();
	open_block(US_TOOL_CALL, "c", "sh");
	piece("{\"input\":\"l");
	piece("s\"}");
	close_block();
	end(US_STOP_TOOL);
	assert_true(
		us_span_has(us_buf_span(&out), "event: response.custom_tool_call_input.delta\n"));
	assert_true(us_span_has(us_buf_span(&out), "\"delta\":\"ls\"}"));
	assert_true(us_span_has(us_buf_span(&out), "\"input\":\"ls\"}\n\n"));
	assert_output("{'id':'<ctc0>','type':'custom_tool_call','status':'completed',"
	              "'call_id':'<call1>','name':'sh','input':'ls'}");
}

/* What looks like the wrapping is the input itself. */
static void free_form_input_of_a_provider_that_knows_it_is_left_alone(void **state)
{
	with_custom_tool();
	begin();
	open_freeform("sh");
	piece("{\"input\":");
	piece("\"x\"}");
	put((struct us_ev){ .kind = US_EV_BLOCK_CLOSE, .block = US_TOOL_CALL });
	end(US_STOP_TOOL);
	assert_true(us_span_has(us_buf_span(&out), "\"delta\":\"{\\\"input\\\":\"}"));
	assert_output("{'id':'<ctc0>','type':'custom_tool_call','status':'completed',"
	              "'call_id':'<call1>','name':'sh','input':'{\\'input\\':\\'x\\'}'}");
}

static void null_arguments_are_none(void **state)
{
	begin();
	open_block(US_TOOL_CALL, "c", "f");
	piece("nu");
	piece("ll");
	close_block();
	end(US_STOP_TOOL);
	assert_false(us_span_has(us_buf_span(&out), "\"nu"));
	assert_true(us_span_has(us_buf_span(&out), "\"delta\":\"{}\""));
	assert_output(FUNCTION(0, 1, "completed", "f", "{}"));
}

static void an_answer_repeats_what_was_asked(void **state)
{
	struct us_echo echo[] = { { "temperature", US_SPAN("0.70") },
		                  { "tools", US_SPAN("[ {\"type\":\"x\"} ]") } };

	req.echo = echo;
	req.necho = 2;
	req.service_tier = US_SPAN("auto");
	begin();
	end(US_STOP_END);
	us_buf_clear(&out);
	assert_int_equal(us_responses.encode_whole(&look, &resp, &out), 0);
	assert_true(us_span_has(us_buf_span(&out), ",\"temperature\":0.70,"));
	assert_true(us_span_has(us_buf_span(&out), ",\"tools\":[ {\"type\":\"x\"} ],"));
	assert_true(us_span_has(us_buf_span(&out), ",\"top_p\":1.0,"));
	assert_true(us_span_has(us_buf_span(&out), ",\"service_tier\":\"default\","));
}

static void an_error_has_a_number_and_is_the_last(void **state)
{
	begin();
	put((struct us_ev){ .kind = US_EV_PING });
	put((struct us_ev){ .kind = US_EV_ERROR,
	                    .err = { .status = 529, .message = US_SPAN("Overloaded") } });
	put((struct us_ev){ .kind = US_EV_END });
	assert_is(us_buf_span(&out),
	          OPENING ": ping\n\n" EVENT(
			  2, "error",
			  "'error':{'message':'Overloaded','type':'server_error','param':null,"
			  "'code':null}"));
}

static void an_end_that_is_not_clean_is_not_written(void **state)
{
	begin();
	text(US_TEXT, "a");
	put((struct us_ev){ .kind = US_EV_END });
	assert_false(us_span_has(us_buf_span(&out), "response.completed"));
	assert_false(us_span_has(us_buf_span(&out), "output_item.done"));
}

static void memory_that_runs_out_is_told(void **state)
{
	for (unsigned n = 1; n < 60; n++) {
		struct us_buf small;
		struct us_ev events[] = {
			{ .kind = US_EV_START },
			{ .kind = US_EV_BLOCK_OPEN, .block = US_TOOL_CALL, .name = US_SPAN("f") },
			{ .kind = US_EV_ARGS, .block = US_TOOL_CALL, .text = US_SPAN("{}") },
			{ .kind = US_EV_BLOCK_CLOSE, .block = US_TOOL_CALL },
			{ .kind = US_EV_STOP, .stop = US_STOP_TOOL },
			{ .kind = US_EV_END, .clean = true },
		};
		void *e;
		int rc = 0;

		us_buf_init(&small, 1 << 20);
		us_mem_fail_at(n);
		e = us_responses.encoder_new(&look, &small);
		for (size_t i = 0; e && i < US_COUNT(events); i++)
			rc = us_responses.encode_event(e, &events[i]);
		us_mem_fail_at(0);
		us_responses.encoder_free(e);
		us_buf_fini(&small);
		if (e && !rc)
			return;
		assert_true(!e || rc == US_ENOMEM);
	}
	fail_msg("memory always ran out");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_is_streamed_piece_by_piece),
		TEST(calls_are_items_of_their_own),
		TEST(the_answer_stands_at_both_ends_of_a_stream),
		TEST(adjacent_texts_are_one_part),
		TEST(what_comes_between_parts_messages_even_unseen),
		TEST(a_program_that_takes_one_call_gets_one),
		TEST(an_answer_that_was_cut_says_where),
		TEST(how_an_answer_ends_is_its_status),
		TEST(free_form_calls_are_unwrapped),
		TEST(free_form_input_of_a_provider_that_knows_it_is_left_alone),
		TEST(null_arguments_are_none),
		TEST(an_answer_repeats_what_was_asked),
		TEST(an_error_has_a_number_and_is_the_last),
		TEST(an_end_that_is_not_clean_is_not_written),
		TEST(memory_that_runs_out_is_told),
	};

	return cmocka_run_group_tests_name("responses_encode", tests, NULL, NULL);
}

/* test_anthropic_encode.c - answers and errors, written for programs that speak Anthropic
 *
 * JSON is written with ' for " in these tests, and <M>, <1>, <2> stand for the ids that are minted.
 */
#include "base/mem.h"
#include "wire/dialect.h"
#include "wire/mint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEED 42

static struct us_req asked;
static struct us_buf out;

static const struct us_look look = {
	.req = &asked, .model = { "claude-x", 8 }, .seed = SEED, .now_s = 1, .in_estimate = 77
};

/* What an id is written as, put in its place. */
static size_t shorten(const char *p, size_t left, char *name)
{
	static const char *const prefixes[] = { "msg_01", "toolu_01", "toolu_01" };
	struct us_buf id;
	size_t n = 0;

	us_buf_init(&id, 64);
	for (unsigned i = 0; !n && i < US_COUNT(prefixes); i++) {
		us_buf_clear(&id);
		us_mint(&id, prefixes[i], 22, SEED, i);
		if (left >= id.n && memcmp(p, id.p, id.n) == 0) {
			n = id.n;
			snprintf(name, 8, "<%c>", "M12"[i]);
		}
	}
	us_buf_fini(&id);
	return n;
}

static void assert_out(const char *want)
{
	static char got[8192];
	size_t n = 0;

	for (size_t i = 0; i < out.n && n + 8 < sizeof(got);) {
		size_t skip = shorten(out.p + i, out.n - i, got + n);

		if (!skip)
			got[n++] = out.p[i] == '"' ? '\'' : out.p[i];
		else
			n += 3;
		i += skip ? skip : 1;
	}
	got[n] = '\0';
	assert_string_equal(got, want);
}

static struct us_ev ev_open(enum us_block_kind kind, const char *name)
{
	return (struct us_ev){ .kind = US_EV_BLOCK_OPEN,
		               .block = kind,
		               .id = us_span_of("foreign"),
		               .name = us_span_of(name) };
}

static struct us_ev ev_text(enum us_ev_kind kind, const char *text)
{
	return (struct us_ev){ .kind = kind, .text = us_span_of(text) };
}

static struct us_ev ev_stop(enum us_stop stop, const char *sequence)
{
	return (struct us_ev){ .kind = US_EV_STOP, .stop = stop, .text = us_span_of(sequence) };
}

static struct us_ev ev_usage(unsigned known, uint64_t in, uint64_t read, uint64_t write,
                             uint64_t written)
{
	return (struct us_ev){ .kind = US_EV_USAGE,
		               .usage = { known, in, read, write, written, 0 } };
}

#define START ((struct us_ev){ .kind = US_EV_START })
#define CLOSE ((struct us_ev){ .kind = US_EV_BLOCK_CLOSE })
#define PING ((struct us_ev){ .kind = US_EV_PING })
#define END ((struct us_ev){ .kind = US_EV_END, .clean = true })
#define NOTHING ((struct us_ev){ .kind = US_EV_SIG })
#define CUT ((struct us_ev){ .kind = US_EV_END })
#define TEXT_OPEN ev_open(US_TEXT, NULL)
#define SAY(s) ev_text(US_EV_TEXT, s)
#define ARGS(s) ev_text(US_EV_ARGS, s)

/* A stream and a document are made of the same events. */
static int encode(const struct us_ev *ev, size_t n, bool whole)
{
	void *e = us_anthropic.encoder_new(&look, &out);
	struct us_resp resp;
	int rc = e ? 0 : US_ENOMEM;

	us_buf_fini(&out);
	us_buf_init(&out, 1 << 16);
	us_resp_init(&resp, 1 << 16);
	for (size_t i = 0; !rc && i < n; i++)
		rc = whole ? us_resp_put(&resp, &ev[i]) : us_anthropic.encode_event(e, &ev[i]);
	if (!rc && whole)
		rc = us_anthropic.encode_whole(&look, &resp, &out);
	us_resp_fini(&resp);
	us_anthropic.encoder_free(e);
	return rc;
}

#define assert_stream(want, ...)                                                                   \
	do {                                                                                       \
		const struct us_ev list_[] = { __VA_ARGS__ };                                      \
		assert_int_equal(encode(list_, US_COUNT(list_), false), 0);                        \
		assert_out(want);                                                                  \
	} while (0)

#define assert_whole(want, ...)                                                                    \
	do {                                                                                       \
		const struct us_ev list_[] = { __VA_ARGS__ };                                      \
		assert_int_equal(encode(list_, US_COUNT(list_), true), 0);                         \
		assert_out(want);                                                                  \
	} while (0)

#define EV(name, data) "event: " name "\ndata: {'type':'" name "'" data "}\n\n"
#define OUT_START                                                                                  \
	EV("message_start",                                                                        \
	   ",'message':{'id':'<M>','type':'message','role':'assistant','model':'claude-x',"        \
	   "'content':[],'stop_reason':null,'stop_sequence':null,'usage':{'input_tokens':77,"      \
	   "'cache_creation_input_tokens':0,'cache_read_input_tokens':0,'output_tokens':1}}")
#define OUT_OPEN(ix, block) EV("content_block_start", ",'index':" ix ",'content_block':{" block "}")
#define OUT_TEXT(ix, text)                                                                         \
	EV("content_block_delta", ",'index':" ix ",'delta':{'type':'text_delta','text':'" text "'" \
	                          "}")
#define OUT_ARGS(ix, text)                                                                         \
	EV("content_block_delta",                                                                  \
	   ",'index':" ix ",'delta':{'type':'input_json_delta','partial_json':'" text "'}")
#define OUT_CLOSE(ix) EV("content_block_stop", ",'index':" ix)
#define OUT_DELTA(reason, in, written)                                                             \
	EV("message_delta",                                                                        \
	   ",'delta':{'stop_reason':" reason "},'usage':{'input_tokens':" in                       \
	   ",'cache_creation_input_tokens':0,'cache_read_input_tokens':0,'output_tokens':" written \
	   "}")
#define OUT_STOP EV("message_stop", "")
#define OUT_CALL(id, name) "'type':'tool_use','id':'" id "','name':'" name "','input':{}"
#define NO_SEQUENCE ",'stop_sequence':null"

static void text_and_calls_are_written_to_the_byte(void **state)
{
	assert_stream(
		OUT_START OUT_OPEN("0", "'type':'text','text':''") OUT_TEXT("0", "Hi \\'x\\'")
			OUT_TEXT("0", "\\n") OUT_CLOSE("0") OUT_OPEN("1", OUT_CALL("<1>", "f"))
				OUT_ARGS("1", "{\\'n\\':") OUT_ARGS("1", "9007199254740993}")
					OUT_CLOSE("1") OUT_OPEN("2", OUT_CALL("<2>", "g"))
						OUT_CLOSE("2") OUT_DELTA("'tool_use'" NO_SEQUENCE,
	                                                                 "12", "34") OUT_STOP,
		START, TEXT_OPEN, SAY("Hi \"x\""), SAY("\n"), CLOSE, ev_open(US_TOOL_CALL, "f"),
		ARGS("{\"n\":"), ARGS("9007199254740993}"), CLOSE, ev_open(US_TOOL_CALL, "g"),
		CLOSE, ev_stop(US_STOP_TOOL, NULL),
		ev_usage(US_USAGE_IN | US_USAGE_OUT, 12, 0, 0, 34), END);
}

static void a_document_has_the_same_ids_and_blocks(void **state)
{
	assert_whole(
		"{'id':'<M>','type':'message','role':'assistant','model':'claude-x','content':["
		"{'type':'text','text':'Hi\\ud83d','citations':null},{'type':'tool_use','id':"
		"'<1>','name':'f','input':{ 'n':1e400 }},{'type':'tool_use','id':'<2>','name':"
		"'g','input':{}}],'stop_reason':'tool_use','stop_sequence':null,'usage':{"
		"'input_tokens':12,'cache_creation_input_tokens':0,'cache_read_input_tokens':0,"
		"'output_tokens':34,'service_tier':'standard'}}",
		START, TEXT_OPEN, SAY("Hi"), SAY("\xed\xa0\xbd"), CLOSE, ev_open(US_TOOL_CALL, "f"),
		ARGS("{ \"n\":"), ARGS("1e400 }"), CLOSE, ev_open(US_TOOL_CALL, "g"), CLOSE,
		ev_stop(US_STOP_TOOL, NULL), ev_usage(US_USAGE_IN | US_USAGE_OUT, 12, 0, 0, 34),
		END);
}

static void a_foreign_thought_is_left_out_without_a_gap(void **state)
{
	assert_stream(OUT_START OUT_OPEN("0", "'type':'text','text':''") OUT_TEXT("0", "four")
	                      OUT_CLOSE("0") OUT_DELTA("'end_turn'" NO_SEQUENCE, "77", "1")
	                              OUT_STOP,
	              START, ev_open(US_THINK, NULL), SAY("hmmmmm"), ev_text(US_EV_SIG, "S"), CLOSE,
	              TEXT_OPEN, SAY("four"), CLOSE, ev_stop(US_STOP_END, NULL), END);
	assert_whole(
		"{'id':'<M>','type':'message','role':'assistant','model':'claude-x','content':["
		"],'stop_reason':'end_turn','stop_sequence':null,'usage':{'input_tokens':77,"
		"'cache_creation_input_tokens':0,'cache_read_input_tokens':0,'output_tokens':0,"
		"'service_tier':'standard'}}",
		START, ev_open(US_THINK, NULL), SAY("hmmmmm"), CLOSE, TEXT_OPEN, CLOSE,
		ev_stop(US_STOP_END, NULL), END);
}

static void a_block_without_text_is_not_begun(void **state)
{
	assert_stream(OUT_START OUT_DELTA("'end_turn'" NO_SEQUENCE, "77", "0") OUT_STOP, START,
	              TEXT_OPEN, CLOSE, ev_stop(US_STOP_END, NULL), END, PING);
}

static void a_refusal_is_text_that_ends_as_one(void **state)
{
	assert_stream(OUT_START OUT_OPEN("0", "'type':'text','text':''") OUT_TEXT("0", "No.")
	                      OUT_CLOSE("0")
	                              OUT_DELTA("'refusal'" NO_SEQUENCE
	                                        ",'stop_details':{'type':'refusal','category':null,"
	                                        "'explanation':null}",
	                                        "77", "1") OUT_STOP,
	              START, ev_open(US_REFUSAL, NULL), SAY("No."), CLOSE,
	              ev_stop(US_STOP_REFUSAL, NULL), END);
}

static void null_arguments_are_no_arguments(void **state)
{
	assert_stream(OUT_START OUT_OPEN("0", OUT_CALL("<1>", "f")) OUT_CLOSE("0")
	                      OUT_DELTA("'tool_use'" NO_SEQUENCE, "77", "0") OUT_STOP,
	              START, ev_open(US_TOOL_CALL, "f"), ARGS(" nu"), ARGS("ll "), CLOSE,
	              ev_stop(US_STOP_TOOL, NULL), END);
	/* Others are not waited for. */
	assert_stream(OUT_START OUT_OPEN("0", OUT_CALL("<1>", "f")) OUT_ARGS("0", "{")
	                      OUT_ARGS("0", "}"),
	              START, ev_open(US_TOOL_CALL, "f"), ARGS("{"), ARGS("}"));
}

static void what_is_no_object_is_said_within_one(void **state)
{
	assert_stream(OUT_START OUT_OPEN("0", OUT_CALL("<1>", "f"))
	                      OUT_ARGS("0", "{\\'INVALID_JSON\\':\\'nulls\\'}") OUT_CLOSE("0")
	                              OUT_OPEN("1", OUT_CALL("<2>", "f"))
	                                      OUT_ARGS("1", "{\\'value\\':5}") OUT_CLOSE("1")
	                                              OUT_DELTA("'tool_use'" NO_SEQUENCE, "77", "9")
	                                                      OUT_STOP,
	              START, ev_open(US_TOOL_CALL, "f"), ARGS("null"), ARGS("s"), CLOSE,
	              ev_open(US_TOOL_CALL, "f"), ARGS(" 5"), CLOSE, ev_stop(US_STOP_TOOL, NULL),
	              END);
}

static void arguments_in_a_document_are_an_object(void **state)
{
	static const struct {
		const char *args, *input;
	} rows[] = {
		{ "null", "{}" },
		{ "[1]", "{'value':[1]}" },
		{ "{\"a\":", "{'INVALID_JSON':'{\\'a\\':'}" },
	};
	char want[1024];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(want, sizeof(want),
		         "{'id':'<M>','type':'message','role':'assistant','model':'claude-x',"
		         "'content':[{'type':'tool_use','id':'<1>','name':'f','input':%s}],"
		         "'stop_reason':'tool_use','stop_sequence':null,'usage':{'input_tokens':77,"
		         "'cache_creation_input_tokens':0,'cache_read_input_tokens':0,"
		         "'output_tokens':%zu,'service_tier':'standard'}}",
		         rows[i].input, (strlen(rows[i].args) + 3) / 4);
		assert_whole(want, START, ev_open(US_TOOL_CALL, "f"), ARGS(rows[i].args), CLOSE,
		             ev_stop(US_STOP_TOOL, NULL), END);
	}
}

static void the_reason_agrees_with_the_calls(void **state)
{
	static const struct {
		enum us_stop stop;
		bool call;
		const char *reason;
	} rows[] = {
		{ US_STOP_END, false, "'end_turn'" },
		{ US_STOP_END, true, "'tool_use'" },
		{ US_STOP_OTHER, false, "'end_turn'" },
		{ US_STOP_OTHER, true, "'tool_use'" },
		{ US_STOP_TOOL, false, "'end_turn'" },
		{ US_STOP_TOOL, true, "'tool_use'" },
		{ US_STOP_MAX_TOKENS, true, "'max_tokens'" },
		{ US_STOP_SEQUENCE, false, "'stop_sequence'" },
		{ US_STOP_PAUSE, false, "'pause_turn'" },
		{ US_STOP_CONTEXT_FULL, false, "'model_context_window_exceeded'" },
		{ US_STOP_ERROR, false, "'end_turn'" },
	};
	char want[2048];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		bool call = rows[i].call;

		snprintf(want, sizeof(want),
		         OUT_START "%s" OUT_DELTA("%s" NO_SEQUENCE, "77", "0") OUT_STOP,
		         call ? OUT_OPEN("0", OUT_CALL("<1>", "f")) OUT_CLOSE("0") : "",
		         rows[i].reason);
		assert_stream(want, START, call ? ev_open(US_TOOL_CALL, "f") : NOTHING,
		              call ? CLOSE : NOTHING, ev_stop(rows[i].stop, NULL), END);
	}
}

static void pings_and_the_matched_sequence_are_passed_on(void **state)
{
	assert_stream(OUT_START "event: ping\ndata: {'type': 'ping'}\n\n" OUT_DELTA(
			      "'stop_sequence','stop_sequence':'\\n#'", "77", "0") OUT_STOP,
	              START, PING, ev_stop(US_STOP_SEQUENCE, "\n#"), END);
}

static void usage_is_waited_for_and_taken_apart(void **state)
{
	/* It comes after STOP, inclusive of what the cache had, which is not billed as input. */
	assert_stream(
		OUT_START EV("message_delta",
	                     ",'delta':{'stop_reason':'end_turn'" NO_SEQUENCE
	                     "},'usage':{'input_tokens':100,'cache_creation_input_tokens':200,"
	                     "'cache_read_input_tokens':3000,'output_tokens':9}") OUT_STOP,
		START, ev_usage(US_USAGE_OUT, 0, 0, 0, 5), ev_stop(US_STOP_END, NULL),
		ev_usage(31, 3300, 3000, 200, 9), ev_usage(US_USAGE_OUT, 0, 0, 0, 999), END);
	/* A count that cannot be is not made negative. */
	assert_stream(OUT_START EV("message_delta",
	                           ",'delta':{'stop_reason':'end_turn'" NO_SEQUENCE
	                           "},'usage':{'input_tokens':0,'cache_creation_input_tokens':0,"
	                           "'cache_read_input_tokens':50,'output_tokens':9}") OUT_STOP,
	              START, ev_stop(US_STOP_END, NULL),
	              ev_usage(US_USAGE_IN | US_USAGE_CACHE_READ | US_USAGE_OUT, 10, 50, 0, 9),
	              END);
}

static void input_tokens_known_at_the_start_are_said_there(void **state)
{
	assert_stream(EV("message_start",
	                 ",'message':{'id':'<M>','type':'message','role':'assistant','model':"
	                 "'claude-x','content':[],'stop_reason':null,'stop_sequence':null,'usage':{"
	                 "'input_tokens':4,'cache_creation_input_tokens':0,"
	                 "'cache_read_input_tokens':6,'output_tokens':1}}"),
	              { .kind = US_EV_START,
	                .usage = { US_USAGE_IN | US_USAGE_CACHE_READ, 10, 6, 0, 0, 0 } });
}

static void nothing_follows_an_error(void **state)
{
	const struct us_ev error = { .kind = US_EV_ERROR,
		                     .err = { .status = 529, .message = US_SPAN("busy\n") } };

	assert_stream(OUT_START OUT_OPEN("0", "'type':'text','text':''") OUT_TEXT(
			      "0", "a") "event: error\ndata: {'type':'error','error':{'type':"
	                                "'overloaded_error','message':'busy\\n'}}\n\n",
	              START, TEXT_OPEN, SAY("a"), error, PING, CUT);
}

static void a_cut_is_not_made_to_look_like_an_end(void **state)
{
	assert_stream(OUT_START OUT_OPEN("0", "'type':'text','text':''") OUT_TEXT("0", "a"), START,
	              TEXT_OPEN, SAY("a"), CUT);
}

static void one_call_is_all_that_was_asked_for(void **state)
{
	asked.parallel_tools = US_NO;
	assert_stream(OUT_START OUT_OPEN("0", OUT_CALL("<1>", "f")) OUT_CLOSE("0")
	                      OUT_DELTA("'tool_use'" NO_SEQUENCE, "77", "0") OUT_STOP,
	              START, ev_open(US_TOOL_CALL, "f"), CLOSE, ev_open(US_TOOL_CALL, "g"),
	              ARGS("{}"), CLOSE, ev_stop(US_STOP_TOOL, NULL), END);
	assert_whole(
		"{'id':'<M>','type':'message','role':'assistant','model':'claude-x','content':["
		"{'type':'tool_use','id':'<1>','name':'f','input':{}}],'stop_reason':'tool_use',"
		"'stop_sequence':null,'usage':{'input_tokens':77,'cache_creation_input_tokens':0"
		",'cache_read_input_tokens':0,'output_tokens':0,'service_tier':'standard'}}",
		START, ev_open(US_TOOL_CALL, "f"), CLOSE, ev_open(US_TOOL_CALL, "g"), CLOSE,
		ev_stop(US_STOP_TOOL, NULL), END);
	asked.parallel_tools = US_UNSET;
}

static void an_error_bears_the_type_of_its_status(void **state)
{
	static const struct {
		unsigned status;
		const char *type, *want;
	} rows[] = {
		{ 400, NULL, "invalid_request_error" },
		{ 401, NULL, "authentication_error" },
		{ 402, NULL, "billing_error" },
		{ 403, NULL, "permission_error" },
		{ 404, "invalid_request_error", "not_found_error" },
		{ 408, NULL, "timeout_error" },
		{ 409, NULL, "conflict_error" },
		{ 413, NULL, "request_too_large" },
		{ 422, NULL, "invalid_request_error" },
		{ 429, "tokens", "rate_limit_error" },
		{ 500, NULL, "api_error" },
		{ 503, NULL, "api_error" },
		{ 504, NULL, "timeout_error" },
		{ 529, NULL, "overloaded_error" },
		{ 0, "overloaded_error", "overloaded_error" },
		{ 0, "server_error", "api_error" },
	};
	char want[256];

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_hub_err err = { .status = rows[i].status,
			                  .type = us_span_of(rows[i].type) };

		us_buf_clear(&out);
		assert_int_equal(us_anthropic.encode_error(&err, &out), 0);
		snprintf(want, sizeof(want),
		         "{'type':'error','error':{'type':'%s','message':'%s'},'request_id':null}",
		         rows[i].want, rows[i].want);
		assert_out(want);
	}
}

static void memory_may_fail_anywhere(void **state)
{
	const struct us_ev list[] = { START,
		                      TEXT_OPEN,
		                      SAY("a"),
		                      CLOSE,
		                      ev_open(US_TOOL_CALL, "f"),
		                      ARGS("nul"),
		                      ARGS("{}"),
		                      CLOSE,
		                      ev_stop(US_STOP_SEQUENCE, "x"),
		                      END };

	for (int whole = 0; whole < 2; whole++) {
		int rc = US_ENOMEM;

		for (unsigned long n = 1; rc; n++) {
			us_mem_fail_at(n);
			rc = encode(list, US_COUNT(list), whole);
			us_mem_fail_at(0);
			assert_true(rc == 0 || rc == US_ENOMEM);
		}
	}
}

static int teardown(void **state)
{
	us_buf_fini(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_calls_are_written_to_the_byte),
		cmocka_unit_test(a_document_has_the_same_ids_and_blocks),
		cmocka_unit_test(a_foreign_thought_is_left_out_without_a_gap),
		cmocka_unit_test(a_block_without_text_is_not_begun),
		cmocka_unit_test(a_refusal_is_text_that_ends_as_one),
		cmocka_unit_test(null_arguments_are_no_arguments),
		cmocka_unit_test(what_is_no_object_is_said_within_one),
		cmocka_unit_test(arguments_in_a_document_are_an_object),
		cmocka_unit_test(the_reason_agrees_with_the_calls),
		cmocka_unit_test(pings_and_the_matched_sequence_are_passed_on),
		cmocka_unit_test(usage_is_waited_for_and_taken_apart),
		cmocka_unit_test(input_tokens_known_at_the_start_are_said_there),
		cmocka_unit_test(nothing_follows_an_error),
		cmocka_unit_test(a_cut_is_not_made_to_look_like_an_end),
		cmocka_unit_test(one_call_is_all_that_was_asked_for),
		cmocka_unit_test(an_error_bears_the_type_of_its_status),
		cmocka_unit_test(memory_may_fail_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}

/* test_profile.c - what each server that speaks OpenAI's language is sent, row by row
 *
 * A request of OpenAI's own is patched, one of Anthropic's written, for each row of profiles.def; a
 * row that nobody tests fails. JSON is written with ' for ".
 */
#include "wire/profile.h"
#include "wire/translate.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_request request;
static struct us_rendered rendered;
static struct us_doc doc;
static char json[8192];

static int setup(void **state)
{
	request = (struct us_request){ 0 };
	rendered = (struct us_rendered){ 0 };
	return 0;
}

static int teardown(void **state)
{
	us_request_fini(&request);
	us_rendered_fini(&rendered);
	us_doc_fini(&doc);
	return 0;
}

static enum us_loss render(const struct us_dialect *from, const char *body, const char *profile)
{
	struct us_target target = { .dialect = &us_openai,
		                    .model = US_SPAN("m2"),
		                    .profile = us_profile_find(us_span_of(profile)) };
	enum us_loss loss;

	teardown(NULL);
	setup(NULL);
	us_request_init(&request, from, NULL, unquote(body, json, sizeof(json)));
	assert_int_equal(request.rc, 0);
	loss = us_request_render(&request, &target, &rendered);
	if (loss < US_IMPOSSIBLE)
		assert_int_equal(us_doc_parse(&doc, us_buf_span(&rendered.body)), 0);
	return loss;
}

static struct us_val member(const char *name) { return us_val_get(us_doc_root(&doc), name); }

static void assert_member(const char *name, const char *quoted)
{
	struct us_span raw = us_val_raw(member(name));
	char want[1024];

	if (!us_span_eq(raw, unquote(quoted, want, sizeof(want))))
		fail_msg("%s is %.*s, want %s", name, (int)raw.n, raw.p, want);
}

static bool told(enum us_loss loss, const char *code, const char *what)
{
	for (size_t i = 0; i < rendered.diags.n; i++) {
		const struct us_diag *d = &rendered.diags.list[i];

		if (d->loss == loss && strcmp(d->code, code) == 0 && us_span_is(d->what, what))
			return true;
	}
	return false;
}

#define ASKS "'messages':[{'role':'user','content':'hi'}]"
#define FULL                                                                                       \
	"{'model':'m1','max_completion_tokens':9,'temperature':1.8,'top_p':0.5,'seed':1,'n':1,"    \
	"'logprobs':true,'logit_bias':{'1':1},'user':'u','store':true,'service_tier':'flex',"      \
	"'parallel_tool_calls':false,'reasoning_effort':'low','top_k':3,'repetition_penalty':2,"   \
	"'stream':true,'stream_options':{'include_usage':true},'novel':1," ASKS "}"
#define EVERY                                                                                      \
	"model temperature top_p seed n logprobs logit_bias user store service_tier "              \
	"parallel_tool_calls reasoning_effort top_k repetition_penalty stream stream_options "     \
	"novel messages "

/* What is left of FULL. */
static const struct {
	const char *profile, *max, *members;
} patched[] = {
	{ "openai", "max_completion_tokens",
	  "model temperature top_p seed n logprobs logit_bias user store service_tier "
	  "parallel_tool_calls stream stream_options novel messages" },
	{ "compatible", "max_tokens", EVERY },
	{ "vllm", "max_tokens", EVERY },
	{ "llamacpp", "max_tokens",
	  "model temperature top_p seed n logprobs logit_bias user store service_tier "
	  "parallel_tool_calls reasoning_effort top_k repeat_penalty stream stream_options novel "
	  "messages" },
	{ "ollama", "max_tokens",
	  "model temperature top_p seed logprobs store service_tier reasoning_effort stream "
	  "stream_options novel messages" },
	{ "groq", "max_completion_tokens",
	  "model temperature top_p seed user parallel_tool_calls reasoning_effort stream "
	  "stream_options messages" },
	{ "mistral", "max_tokens",
	  "model temperature top_p random_seed n parallel_tool_calls stream messages" },
	{ "deepseek", "max_tokens",
	  "model temperature top_p logprobs user store service_tier stream stream_options novel "
	  "messages" },
	{ "xai", "max_completion_tokens",
	  "model temperature top_p seed n logprobs user parallel_tool_calls reasoning_effort "
	  "stream stream_options novel messages" },
	{ "openrouter", "max_tokens", EVERY },
	{ "together", "max_tokens",
	  "model temperature top_p seed n logprobs logit_bias parallel_tool_calls "
	  "reasoning_effort top_k repetition_penalty stream stream_options novel messages" },
	{ "fireworks", "max_tokens",
	  "model temperature top_p seed n logprobs logit_bias user reasoning_effort top_k "
	  "repetition_penalty stream stream_options novel messages" },
};

static bool lists(const char *words, struct us_span name)
{
	struct us_span rest = us_span_of(words), word;

	while (us_span_next(&rest, ' ', &word))
		if (us_span_eq(word, name))
			return true;
	return false;
}

static void each_server_gets_the_members_it_takes(void **state)
{
	for (size_t i = 0; i < US_COUNT(patched); i++) {
		size_t n = 0;
		struct us_span rest = us_span_of(patched[i].members), word;

		assert_true(render(&us_openai, FULL, patched[i].profile) <= US_RISKY);
		assert_true(us_val_is(member(patched[i].max), US_J_NUMBER));
		for (struct us_iter it = us_iter(us_doc_root(&doc)); us_iter_next(&it); n++) {
			struct us_span key = us_val_str(it.key, &rendered.arena);

			if (!us_span_is(key, patched[i].max) && !lists(patched[i].members, key))
				fail_msg("%s gets %.*s", patched[i].profile, (int)key.n, key.p);
		}
		while (us_span_next(&rest, ' ', &word))
			n -= word.n > 0;
		if (n != 1)
			fail_msg("%s misses a member: %.*s", patched[i].profile,
			         (int)rendered.body.n, rendered.body.p);
	}
}

static void every_row_is_tested(void **state)
{
	static const char *const names[] = {
#define ROW(name_, ...) name_,
#include "wire/profiles.def"
#undef ROW
	};
	size_t tested = 0;

	for (size_t i = 0; i < US_COUNT(names); i++)
		for (size_t k = 0; k < US_COUNT(patched); k++)
			tested += strcmp(names[i], patched[k].profile) == 0;
	assert_int_equal(tested, US_COUNT(names));
	assert_int_equal(US_COUNT(patched), US_COUNT(names));
}

static void a_name_without_a_row_is_a_plain_server(void **state)
{
	assert_string_equal(us_profile_find(US_SPAN("gpu-7"))->name, "compatible");
	assert_string_equal(us_profile_find(US_SPAN("Mistral"))->name, "mistral");
	assert_true(us_profile_official->official);
}

static void what_a_server_lacks_is_told_by_how_much_it_is_missed(void **state)
{
	render(&us_openai, FULL, "mistral");
	assert_true(told(US_RISKY, "LOGPROBS_DROPPED", "logprobs"));
	assert_true(told(US_DEGRADED, "SAMPLING_DROPPED", "logit_bias"));
	assert_true(told(US_DEGRADED, "SAMPLING_DROPPED", "top_k"));
	assert_true(told(US_DEGRADED, "REASONING_DROPPED", "reasoning_effort"));
	assert_true(told(US_EXACT, "USER_ID_DROPPED", "user"));
	assert_true(told(US_DEGRADED, "UNKNOWN_MEMBER", "novel"));
	assert_true(told(US_DEGRADED, "TEMPERATURE_CLAMPED", "temperature"));
	assert_member("temperature", "1.5");
}

static void what_says_nothing_is_not_missed(void **state)
{
	assert_int_equal(render(&us_openai,
	                        "{'model':'m1','n':1,'logprobs':false,'logit_bias':null,"
	                        "'parallel_tool_calls':true," ASKS "}",
	                        "ollama"),
	                 US_EXACT);
	assert_false(us_val_given(member("n")));
	assert_int_equal(render(&us_openai, "{'model':'m1','n':2," ASKS "}", "ollama"),
	                 US_IMPOSSIBLE);
	assert_true(told(US_IMPOSSIBLE, "MANY_ANSWERS", "n"));
}

/* --- what hangs together is written anew ------------------------------------------------------ */

#define CALLS                                                                                      \
	"{'role':'assistant','content':null,'reasoning_content':'why','tool_calls':[{'id':"        \
	"'call_abc','type':'function','function':{'name':'f','arguments':'{}'}}]},"                \
	"{'role':'tool','tool_call_id':'call_abc','content':'r'}"

static void mistral_gets_ids_of_nine_and_roles_in_turn(void **state)
{
	struct us_val messages, call, result;
	struct us_iter it;
	struct us_span id;

	render(&us_openai,
	       "{'model':'m1','messages':[{'role':'assistant','content':'hello'},"
	       "{'role':'user','content':'a'},{'role':'user','content':'b'}," CALLS
	       ",{'role':'system','content':'late'}]}",
	       "mistral");
	messages = member("messages");
	it = us_iter(messages);
	us_iter_next(&it); /* user: Continue. */
	assert_true(us_val_str_is(us_val_get(it.val, "role"), "user"));
	us_iter_next(&it); /* assistant: hello */
	us_iter_next(&it); /* user: a and b */
	assert_true(us_val_str_is(us_val_get(it.val, "content"), "a\n\nb"));
	us_iter_next(&it);
	call = it.val;
	us_iter_next(&it);
	result = it.val;
	id = us_val_str(us_val_get(result, "tool_call_id"), &rendered.arena);
	assert_int_equal(id.n, 9);
	assert_true(us_span_has(us_val_raw(call), "\"id\":\"us"));
	assert_true(us_span_has(us_val_raw(call), "reasoning_content") == false);
	us_iter_next(&it);
	assert_true(us_val_str_is(us_val_get(it.val, "role"), "user"));
	assert_true(us_span_has(us_val_raw(it.val), "<system-reminder>"));
}

static void ids_of_nine_stay_as_they_are(void **state)
{
	static const char body[] =
		"{'model':'m1','messages':[{'role':'user','content':'a'},{'role':'assistant',"
		"'content':null,'tool_calls':[{'id':'A1b2C3d4E','type':'function','function':"
		"{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'A1b2C3d4E',"
		"'content':'r'}]}";

	assert_int_equal(render(&us_openai, body, "mistral"), US_EXACT);
	assert_true(us_span_has(us_buf_span(&rendered.body), "\"id\":\"A1b2C3d4E\""));
}

static void thoughts_that_led_to_calls_go_back_to_who_wants_them(void **state)
{
	static const char body[] =
		"{'model':'m1','max_tokens':9,'messages':[{'role':'user','content':'a'},"
		"{'role':'assistant','content':[{'type':'thinking','thinking':'why','signature':"
		"'s'},{'type':'tool_use','id':'x','name':'f','input':{}}]},{'role':'user',"
		"'content':[{'type':'tool_result','tool_use_id':'x','content':'r'}]}],"
		"'tools':[{'name':'f','input_schema':{'type':'object'}}]}";

	render(&us_anthropic, body, "deepseek");
	assert_true(us_span_has(us_buf_span(&rendered.body), "\"reasoning_content\":\"why\""));
	assert_false(told(US_DEGRADED, "THINKING_DROPPED", "messages"));
	render(&us_anthropic, body, "groq");
	assert_false(us_span_has(us_buf_span(&rendered.body), "why"));
	assert_true(told(US_DEGRADED, "THINKING_DROPPED", "messages"));
}

#define SCHEMA                                                                                     \
	"'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{'type':"      \
	"'object','properties':{}}}}"

static void a_server_without_schemas_gets_an_object_and_words(void **state)
{
	assert_int_equal(render(&us_openai, "{'model':'m1'," SCHEMA "," ASKS "}", "deepseek"),
	                 US_DEGRADED);
	assert_member("response_format", "{'type':'json_object'}");
	assert_true(us_span_has(us_val_raw(member("messages")), "JSON Schema"));
	assert_int_equal(render(&us_openai, "{'model':'m1'," SCHEMA "," ASKS "}", "vllm"),
	                 US_EXACT);
	assert_true(us_span_has(us_val_raw(member("response_format")), "json_schema"));
}

#define F "'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}]"

static void a_deaf_server_is_told_of_choices_in_words(void **state)
{
	assert_int_equal(render(&us_openai,
	                        "{'model':'m1','tool_choice':'required'," F "," ASKS "}", "ollama"),
	                 US_RISKY);
	assert_false(us_val_given(member("tool_choice")));
	assert_true(us_span_has(us_val_raw(member("messages")), "You must answer by calling"));
	assert_int_equal(
		render(&us_openai, "{'model':'m1','tool_choice':'none'," F "," ASKS "}", "ollama"),
		US_DEGRADED);
	assert_false(us_val_given(member("tools")));
	assert_int_equal(
		render(&us_openai, "{'model':'m1','tool_choice':'auto'," F "," ASKS "}", "ollama"),
		US_EXACT);
	assert_int_equal(render(&us_openai,
	                        "{'model':'m1','tool_choice':'required'," F "," ASKS "}", "vllm"),
	                 US_EXACT);
	assert_member("tool_choice", "'required'");
}

static void an_answer_that_was_begun_is_gone_on_with_in_four_ways(void **state)
{
	static const struct {
		const char *profile, *last, *order;
	} rows[] = {
		{ "vllm", "{'role':'assistant','content':'{'}", "true" },
		{ "llamacpp", "{'role':'assistant','content':'{'}", "" },
		{ "mistral", "{'role':'assistant','content':'{','prefix':true}", "" },
		{ "groq", NULL, "" },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_span messages;
		char last[128];

		render(&us_anthropic,
		       "{'model':'m1','max_tokens':9,'messages':[{'role':'user','content':'a'},"
		       "{'role':'assistant','content':'{'}]}",
		       rows[i].profile);
		messages = us_val_raw(member("messages"));
		unquote(rows[i].last ? rows[i].last : "", last, sizeof(last) - 1);
		strcat(last, "]");
		if (rows[i].last && !us_span_ends(messages, last))
			fail_msg("%s gets %.*s", rows[i].profile, (int)messages.n, messages.p);
		assert_int_equal(told(US_DEGRADED, "PREFILL_EMULATED", "messages"), !rows[i].last);
		assert_member("continue_final_message", rows[i].order);
	}
}

#define PART(part)                                                                                 \
	"{'model':'m1','messages':[{'role':'user','content':[{'type':'text','text':'t'}," part     \
	"]}]}"
#define INLINE PART("{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}")
#define LINKED PART("{'type':'image_url','image_url':{'url':'https://h.example/i.png'}}")
#define PDF                                                                                        \
	PART("{'type':'file','file':{'filename':'a.pdf','file_data':"                              \
	     "'data:application/pdf;base64,JVBERg=='}}")
#define SOUND PART("{'type':'input_audio','input_audio':{'data':'AAAA','format':'wav'}}")

static void media_go_where_they_are_seen_and_heard(void **state)
{
	static const struct {
		const char *profile;
		bool inline_image, linked_image, pdf, sound;
	} rows[] = {
		{ "openai", true, true, true, true },
		{ "compatible", true, true, false, false },
		{ "vllm", true, true, false, true },
		{ "ollama", true, false, false, false },
		{ "deepseek", false, false, false, false },
		{ "openrouter", true, true, true, true },
		{ "mistral", true, true, false, false },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		const char *p = rows[i].profile;

		assert_int_equal(render(&us_openai, INLINE, p) < US_IMPOSSIBLE,
		                 rows[i].inline_image);
		assert_int_equal(render(&us_openai, LINKED, p) < US_IMPOSSIBLE,
		                 rows[i].linked_image);
		assert_int_equal(render(&us_openai, PDF, p) < US_IMPOSSIBLE, rows[i].pdf);
		assert_int_equal(render(&us_openai, SOUND, p) < US_IMPOSSIBLE, rows[i].sound);
	}
}

static void late_system_messages_stay_where_they_are_taken(void **state)
{
	static const char body[] = "{'model':'m1','messages':[{'role':'user','content':'a'},"
				   "{'role':'system','content':'late'}]}";

	render(&us_openai, body, "groq");
	assert_true(us_span_has(us_val_raw(member("messages")), "\"role\":\"system\""));
	render(&us_openai, body, "vllm");
	assert_true(us_span_has(us_val_raw(member("messages")), "<system-reminder>"));
	assert_true(told(US_DEGRADED, "SYSTEM_IN_TURN", "messages"));
}

/* The encoder, where nothing is patched. */
static void written_requests_keep_to_the_server_too(void **state)
{
	static const char body[] = "{'model':'m1','max_tokens':9,'temperature':0.5,'top_k':3,"
				   "'stream':true," ASKS "}";

	render(&us_anthropic, body, "mistral");
	assert_member("max_tokens", "9");
	assert_false(us_val_given(member("stream_options")));
	assert_false(us_val_given(member("top_k")));
	assert_true(told(US_DEGRADED, "SAMPLING_DROPPED", "top_k"));
	render(&us_anthropic, body, "groq");
	assert_member("max_completion_tokens", "9");
	assert_member("stream_options", "{'include_usage':true}");
	render(&us_anthropic, body, "vllm");
	assert_member("max_tokens", "9");
	assert_member("top_k", "3");
	render(&us_ollama,
	       "{'model':'m1','options':{'seed':7,'repeat_penalty':1.2,'temperature':1.9}," ASKS
	       "}",
	       "llamacpp");
	assert_member("repeat_penalty", "1.2");
	assert_member("seed", "7");
	render(&us_ollama, "{'model':'m1','options':{'seed':7,'temperature':1.9}," ASKS "}",
	       "mistral");
	assert_member("random_seed", "7");
	assert_member("temperature", "1.5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(each_server_gets_the_members_it_takes),
		T(every_row_is_tested),
		T(a_name_without_a_row_is_a_plain_server),
		T(what_a_server_lacks_is_told_by_how_much_it_is_missed),
		T(what_says_nothing_is_not_missed),
		T(mistral_gets_ids_of_nine_and_roles_in_turn),
		T(ids_of_nine_stay_as_they_are),
		T(thoughts_that_led_to_calls_go_back_to_who_wants_them),
		T(a_server_without_schemas_gets_an_object_and_words),
		T(a_deaf_server_is_told_of_choices_in_words),
		T(an_answer_that_was_begun_is_gone_on_with_in_four_ways),
		T(media_go_where_they_are_seen_and_heard),
		T(late_system_messages_stay_where_they_are_taken),
		T(written_requests_keep_to_the_server_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* openai_written.h - for the tests of Chat Completions answers: puts events, compares what is
 * written
 *
 * JSON is written with ' for " in these tests, and the ids that are minted from the seed as <id>,
 * <1>, <2>.
 */
#ifndef OPENAI_WRITTEN_H
#define OPENAI_WRITTEN_H

#include "wire/dialect.h"

#include "base/mem.h"
#include "wire/mint.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#ifndef WORLD
#define WORLD us_openai /* another dialect's tests set theirs */
#endif

#define HEAD(choices)                                                                              \
	"data: {'id':'<id>','object':'chat.completion.chunk','created':1700000000,'model':'gpt',"  \
	"'choices':[" choices "]}\n\n"
#define CHUNK(delta) HEAD("{'index':0,'delta':" delta ",'logprobs':null,'finish_reason':null}")
#define ROLE CHUNK("{'role':'assistant','content':'','refusal':null}")
#define CALL_ROLE CHUNK("{'role':'assistant','content':null,'refusal':null}")
#define FINISH(reason) HEAD("{'index':0,'delta':{},'logprobs':null,'finish_reason':'" reason "'}")
#define DONE "data: [DONE]\n\n"
#define CALL(n, id, name)                                                                          \
	CHUNK("{'tool_calls':[{'index':" #n ",'id':'" id "','type':'function','function':"         \
	      "{'name':'" name "','arguments':''}}]}")
#define ARGS(n, text) CHUNK("{'tool_calls':[{'index':" #n ",'function':{'arguments':'" text "'}}]}")
#define NO_USAGE                                                                                   \
	"'prompt_tokens_details':{'cached_tokens':0,'cache_write_tokens':0,'audio_tokens':0},"     \
	"'completion_tokens_details':{'reasoning_tokens':0,'audio_tokens':0,"                      \
	"'accepted_prediction_tokens':0,'rejected_prediction_tokens':0}}"

static struct us_req req;
static struct us_look look;
static struct us_buf out, shown;
static struct us_resp resp;
static void *encoder;
static unsigned blocks;
static enum us_block_kind open_kind;

static inline int setup(void **state)
{
	req = (struct us_req){ 0 };
	look = (struct us_look){ .req = &req,
		                 .model = US_SPAN("gpt"),
		                 .seed = 42,
		                 .now_s = 1700000000,
		                 .in_estimate = 7 };
	us_buf_init(&out, 1 << 20);
	us_buf_init(&shown, 1 << 20);
	us_resp_init(&resp, 1 << 20);
	encoder = NULL;
	blocks = 0;
	return 0;
}

static inline int teardown(void **state)
{
	us_mem_fail_at(0);
	WORLD.encoder_free(encoder);
	us_resp_fini(&resp);
	us_buf_fini(&out);
	us_buf_fini(&shown);
	return 0;
}

/* The program has a tool whose input is free of form. */
static inline void with_custom_tool(void)
{
	static struct us_tool tool = { .kind = US_TOOL_CUSTOM, .name = { "sh", 2 } };

	req.tools = &tool;
	req.ntools = 1;
}

/* To the stream's encoder, which is made with the first event, and to the sum. */
static inline void put(struct us_ev ev)
{
	if (!encoder)
		encoder = WORLD.encoder_new(&look, &out);
	assert_non_null(encoder);
	assert_int_equal(WORLD.encode_event(encoder, &ev), 0);
	assert_int_equal(us_resp_put(&resp, &ev), 0);
}

static inline void open_block(enum us_block_kind kind, const char *id, const char *name)
{
	open_kind = kind;
	put((struct us_ev){ .kind = US_EV_BLOCK_OPEN,
	                    .ix = blocks++,
	                    .block = kind,
	                    .id = us_span_of(id),
	                    .name = us_span_of(name) });
}

/* Of a provider that knows tools whose input is free of form. */
static inline void open_freeform(const char *name)
{
	open_kind = US_TOOL_CALL;
	put((struct us_ev){ .kind = US_EV_BLOCK_OPEN,
	                    .ix = blocks++,
	                    .block = US_TOOL_CALL,
	                    .id = US_SPAN("c"),
	                    .name = us_span_of(name),
	                    .freeform = true });
}

static inline void piece(const char *text)
{
	put((struct us_ev){ .kind = open_kind == US_TOOL_CALL ? US_EV_ARGS : US_EV_TEXT,
	                    .ix = blocks - 1,
	                    .block = open_kind,
	                    .text = us_span_of(text) });
}

static inline void close_block(void)
{
	put((struct us_ev){ .kind = US_EV_BLOCK_CLOSE, .ix = blocks - 1 });
}

static inline void text(enum us_block_kind kind, const char *s)
{
	open_block(kind, NULL, NULL);
	if (*s)
		piece(s);
	close_block();
}

static inline void call(const char *name, const char *args)
{
	open_block(US_TOOL_CALL, "toolu_1", name);
	if (*args)
		piece(args);
	close_block();
}

static inline void end(enum us_stop stop)
{
	put((struct us_ev){ .kind = US_EV_STOP, .stop = stop });
	put((struct us_ev){ .kind = US_EV_END, .clean = true });
}

/* Whichever allocation fails, the stream and the document say so or are all written. */
static inline void stream_starving(const struct us_ev *events, size_t n)
{
	int rc = US_ENOMEM;

	for (unsigned long nth = 1; rc; nth++) {
		assert_true(nth < 100);
		WORLD.encoder_free(encoder);
		us_buf_fini(&out);
		us_mem_fail_at(nth);
		encoder = WORLD.encoder_new(&look, &out);
		rc = encoder ? 0 : US_ENOMEM;
		for (size_t i = 0; i < n && !rc; i++)
			rc = WORLD.encode_event(encoder, &events[i]);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	}
}

static inline void document_starving(void)
{
	int rc = US_ENOMEM;

	for (unsigned long nth = 1; rc; nth++) {
		assert_true(nth < 100);
		us_buf_fini(&out);
		us_mem_fail_at(nth);
		rc = WORLD.encode_whole(&look, &resp, &out);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	}
}

/* Appends `from` with `id` in place of `mark` wherever that stands. */
static inline void replace(struct us_buf *b, const char *mark, const char *prefix, size_t n,
                           unsigned ordinal)
{
	struct us_buf id, old = *b;
	struct us_span rest = us_buf_span(&old);
	const char *at;

	us_buf_init(b, old.max);
	us_buf_init(&id, 100);
	us_mint(&id, prefix, n, look.seed, ordinal);
	while (rest.n && (at = memmem(rest.p, rest.n, mark, strlen(mark)))) {
		size_t before = (size_t)(at - rest.p);

		us_buf_add(b, rest.p, before);
		us_buf_add_span(b, us_buf_span(&id));
		rest = us_span(at + strlen(mark), rest.n - before - strlen(mark));
	}
	us_buf_add_span(b, rest);
	us_buf_fini(&id);
	us_buf_fini(&old);
}

static inline void assert_out(const char *want)
{
	us_buf_clear(&shown);
	add_unquoted(&shown, want);
	replace(&shown, "<id>", "chatcmpl-", 29, 0);
	replace(&shown, "<1>", "call_", 24, 1);
	replace(&shown, "<2>", "call_", 24, 2);
	assert_string_equal(us_buf_cstr(&out), us_buf_cstr(&shown));
}

/* The document of the same events has this message and finish reason. */
static inline void assert_whole(const char *message, const char *reason, const char *usage)
{
	struct us_buf want;

	us_buf_clear(&out);
	assert_int_equal(WORLD.encode_whole(&look, &resp, &out), 0);
	us_buf_init(&want, 1 << 20);
	us_buf_addf(&want,
	            "{'id':'<id>','object':'chat.completion','created':1700000000,'model':'gpt',"
	            "'choices':[{'index':0,'message':%s,'logprobs':null,'finish_reason':'%s'}],"
	            "'usage':{%s}",
	            message, reason, usage);
	assert_out(us_buf_cstr(&want));
	us_buf_fini(&want);
}

#endif

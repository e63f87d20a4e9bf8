/* openai_world.h - for the tests of requests in OpenAI's languages: reads one, shows it, writes it
 *
 * JSON is written with ' for " in these tests, on both sides of a comparison.
 */
#ifndef OPENAI_WORLD_H
#define OPENAI_WORLD_H

#include "base/mem.h"
#include "wire/dialect.h"
#include "wire/models.h"
#include "wire/profile.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#ifndef WORLD
#define WORLD us_openai /* another dialect's tests set theirs */
#endif

static struct us_doc doc, written_doc;
static struct us_arena arena, quotes;
static struct us_req req;
static struct us_diags diags;
static struct us_buf shown, written;

static inline int setup(void **state)
{
	us_arena_init(&arena, 16 << 20);
	us_arena_init(&quotes, 16 << 20);
	us_buf_init(&shown, 1 << 20);
	us_buf_init(&written, 16 << 20);
	diags = (struct us_diags){ .arena = &arena };
	return 0;
}

static inline int teardown(void **state)
{
	us_mem_fail_at(0);
	us_doc_fini(&doc);
	us_doc_fini(&written_doc);
	us_arena_fini(&arena);
	us_arena_fini(&quotes);
	us_buf_fini(&shown);
	us_buf_fini(&written);
	return 0;
}

/* The text with " for '. */
static inline struct us_span json_of(const char *quoted)
{
	size_t room = strlen(quoted) + 1;
	char *p = us_arena_alloc(&quotes, room);

	assert_non_null(p);
	return unquote(quoted, p, room);
}

static inline int read_request(const char *quoted)
{
	req = (struct us_req){ 0 };
	assert_int_equal(us_doc_parse(&doc, json_of(quoted)), 0);
	return WORLD.decode_request(us_doc_root(&doc), &arena, &req);
}

/* The member that holds the conversation. */
static inline const char *talk(void)
{
	return strcmp(WORLD.name, "responses") == 0 ? "input" : "messages";
}

static inline void read_messages(const char *messages)
{
	char json[8192];

	snprintf(json, sizeof(json), "{'%s':[%s]}", talk(), messages);
	assert_int_equal(read_request(json), 0);
}

/* A request of one message with these members before it. */
static inline int read_members(const char *members)
{
	char json[8192];

	snprintf(json, sizeof(json), "{%s,'%s':[{'role':'user','content':'u'}]}", members, talk());
	return read_request(json);
}

static inline void show_span(struct us_span s)
{
	us_buf_add_char(&shown, ' ');
	us_buf_add_span(&shown, us_set(s) ? s : US_SPAN("-"));
}

static inline void show_media(const struct us_block *b)
{
	static const char *const sources[] = { "base64", "url", "file", "text", "blocks" };

	us_buf_addf(&shown, " %s", sources[b->media]);
	show_span(b->mime);
	show_span(b->data);
	if (us_set(b->title))
		show_span(b->title);
	if (us_set(b->detail))
		show_span(b->detail);
}

static inline void show_call(const struct us_block *b)
{
	static const char *const kinds[] = { "object", "empty", "other", "invalid", "freeform" };

	show_span(b->id);
	show_span(b->name);
	us_buf_addf(&shown, " %s", kinds[b->args_kind]);
	if (b->args.n)
		show_span(b->args);
}

static inline void show_blocks(const struct us_block *b, size_t n)
{
	static const char *const kinds[] = { "text", "image",  "doc",     "audio",  "think",
		                             "call", "result", "refusal", "hosted", "unknown" };

	for (; n--; b++) {
		us_buf_addf(&shown, " (%s", kinds[b->kind]);
		if (b->kind == US_TEXT || b->kind == US_THINK || b->kind == US_REFUSAL)
			show_span(b->text);
		else if (b->kind == US_IMAGE || b->kind == US_DOC || b->kind == US_AUDIO)
			show_media(b);
		else if (b->kind == US_TOOL_CALL)
			show_call(b);
		else if (b->kind == US_TOOL_RESULT)
			show_span(b->id);
		else
			show_span(b->type);
		show_blocks(b->blocks, b->nblocks);
		us_buf_add_str(&shown, b->cache.n ? ")*" : ")");
	}
}

/* The turns, as "user (text hi) (image url - https://...)\n" and so on. */
static inline const char *turns(void)
{
	static const char *const roles[] = { "system", "developer", "user", "assistant" };

	us_buf_clear(&shown);
	for (size_t i = 0; i < req.nturns; i++) {
		us_buf_add_str(&shown, i ? "\n" : "");
		us_buf_add_str(&shown, roles[req.turns[i].role]);
		if (us_set(req.turns[i].name))
			us_buf_addf(&shown, " <%.*s>", (int)req.turns[i].name.n,
			            req.turns[i].name.p);
		show_blocks(req.turns[i].blocks, req.turns[i].nblocks);
	}
	return us_buf_cstr(&shown);
}

static inline const char *names(const struct us_span *list, size_t n)
{
	us_buf_clear(&shown);
	for (size_t i = 0; i < n; i++) {
		us_buf_add_str(&shown, i ? " " : "");
		us_buf_add_span(&shown, list[i]);
	}
	return us_buf_cstr(&shown);
}

static inline struct us_for made_for(const struct us_model *model, bool compatible)
{
	return (struct us_for){ .model = model,
		                .model_name = US_SPAN("m"),
		                .profile = compatible ? us_profile_find(US_SPAN("compatible"))
		                                      : us_profile_official };
}

/* Writes the request that was read for a model with these abilities. */
static inline void write_request(const struct us_model *model, bool compatible)
{
	struct us_for to = made_for(model, compatible);

	us_buf_clear(&written);
	diags = (struct us_diags){ .arena = &arena };
	assert_int_equal(WORLD.encode_request(&req, &to, &written, &diags), 0);
	assert_int_equal(us_doc_parse(&written_doc, us_buf_span(&written)), 0);
}

/* Whichever allocation fails, reading and writing say so or do all of it. */
static inline void read_starving(const char *quoted)
{
	int rc = US_ENOMEM;

	assert_int_equal(us_doc_parse(&doc, json_of(quoted)), 0);
	for (unsigned long nth = 1; rc; nth++) {
		assert_true(nth < 50);
		us_arena_fini(&arena);
		req = (struct us_req){ 0 };
		us_mem_fail_at(nth);
		rc = WORLD.decode_request(us_doc_root(&doc), &arena, &req);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
	}
}

static inline void write_starving(const struct us_model *model)
{
	struct us_for to = made_for(model, false);
	int rc = US_ENOMEM;

	write_request(model, false);
	for (unsigned long nth = 1; rc; nth++) {
		struct us_buf out;

		assert_true(nth < 50);
		us_buf_init(&out, 1 << 20);
		us_mem_fail_at(nth);
		rc = WORLD.encode_request(&req, &to, &out, &diags);
		us_mem_fail_at(0);
		assert_true(rc == 0 || rc == US_ENOMEM);
		assert_true(rc || us_span_eq(us_buf_span(&out), us_buf_span(&written)));
		us_buf_fini(&out);
	}
}

/* A member of what was written is this, byte for byte; NULL: it is not there. */
static inline void assert_member(const char *name, const char *quoted)
{
	struct us_val v = us_val_get(us_doc_root(&written_doc), name);

	if (!quoted && v.tok)
		fail_msg("%s is there", name);
	if (quoted && !us_span_eq(us_val_raw(v), json_of(quoted)))
		fail_msg("%s is %.*s, want %s", name, (int)us_val_raw(v).n, us_val_raw(v).p,
		         quoted);
}

static inline void assert_messages(const char *quoted)
{
	char json[8192];

	snprintf(json, sizeof(json), "[%s]", quoted);
	assert_member(talk(), json);
}

/* This loss was told, and none is worse. NULL: none was told at all. */
static inline void assert_told(enum us_loss loss, const char *code)
{
	for (size_t i = 0; i < diags.n; i++)
		if (code && strcmp(diags.list[i].code, code) == 0) {
			assert_int_equal(diags.list[i].loss, loss);
			assert_int_equal(diags.worst, loss);
			return;
		}
	if (code || diags.n)
		fail_msg("want %s, told %s", code ? code : "nothing",
		         diags.n ? diags.list[0].code : "nothing");
}

#endif

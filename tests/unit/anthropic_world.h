/* anthropic_world.h - for the tests of Anthropic's requests: reads one
 *
 * JSON is written with ' for " in these tests.
 */
#ifndef ANTHROPIC_WORLD_H
#define ANTHROPIC_WORLD_H

#include "base/mem.h"
#include "wire/dialect.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_doc doc;
static struct us_arena arena;
static struct us_req req;
static char source[8192];

static inline int read_request(const char *json)
{
	us_arena_clear(&arena);
	req = (struct us_req){ 0 };
	if (us_doc_parse(&doc, unquote(json, source, sizeof(source))))
		return US_ENOMEM;
	return us_anthropic.decode_request(us_doc_root(&doc), &arena, &req);
}

/* One user message with this content. */
static inline const struct us_block *read_blocks(const char *content)
{
	char json[4096];

	snprintf(json, sizeof(json), "{'messages':[{'role':'user','content':%s}]}", content);
	assert_int_equal(read_request(json), 0);
	assert_int_equal(req.nturns, 1);
	return req.turns[0].blocks;
}

/* A request of one message with these members before it. */
static inline int read_members(const char *members)
{
	char json[4096];

	snprintf(json, sizeof(json), "{%s,'messages':[{'role':'user','content':'u'}]}", members);
	return read_request(json);
}

static inline int setup(void **state)
{
	us_arena_init(&arena, 1 << 20);
	return 0;
}

static inline int teardown(void **state)
{
	us_arena_fini(&arena);
	us_doc_fini(&doc);
	return 0;
}

#define assert_text(span, text) assert_text_at(span, text, __LINE__)
static inline void assert_text_at(struct us_span s, const char *text, int line)
{
	if (text ? !us_set(s) || !us_span_is(s, text) : us_set(s))
		fail_msg("line %d: '%.*s' is not '%s'", line, (int)s.n, s.p ? s.p : "",
		         text ? text : "(unset)");
}

#endif

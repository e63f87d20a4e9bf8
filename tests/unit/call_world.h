/* call_world.h - a call machine with everything around it made up: settings, page, time, answers
 *
 * Included by the tests of the engine; none uses all of it, hence the inline.
 */
#ifndef TESTS_UNIT_CALL_WORLD_H
#define TESTS_UNIT_CALL_WORLD_H

#include "base/clock.h"
#include "engine/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ANSWER                                                                                     \
	"{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[" \
	"{"                                                                                        \
	"\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"                     \
	"\"finish_reason\":\"stop\"}]}"
#define CLAUDE                                                                                     \
	"{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\","      \
	"\"content\":[{\"type\":\"text\",\"text\":\"Hello\"}],\"stop_reason\":\"end_turn\","       \
	"\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"
#define REQUEST "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
#define STREAMED                                                                                   \
	"{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":"      \
	"\"hi\"}]}"
#define CHUNK(delta, reason)                                                                       \
	"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","  \
	"\"choices\":[{\"index\":0,\"delta\":" delta ",\"finish_reason\":" reason "}]}\n\n"
#define FIRST CHUNK("{\"role\":\"assistant\",\"content\":\"\"}", "null")
#define TEXT(t) CHUNK("{\"content\":\"" t "\"}", "null")
#define STOP CHUNK("{}", "\"stop\"")
#define DONE "data: [DONE]\n\n"

struct world {
	struct us_conf conf;
	struct us_page page;
	struct us_call_env env;
	struct us_own own;
	const struct us_dialect *dialect; /* of the program; NULL: OpenAI's */
	struct us_lessons *lessons;
	const struct us_cache *cache;
	struct us_tree *tree;
	void (*event)(void *self, const struct us_event *e);
	struct us_call *call;
	struct us_order order; /* the last that is not about bytes */
	struct us_buf shown;   /* what the program was given */
	size_t cancels;
	unsigned cancelled; /* the number of the last one */
	uint64_t now;
	uint64_t seed; /* 0: 7 */
	const char *vars[16][2];
};

static inline const char *world_env(void *self, const char *name)
{
	const struct world *w = self;

	for (size_t i = 0; i < US_COUNT(w->vars) && w->vars[i][0]; i++)
		if (strcmp(w->vars[i][0], name) == 0)
			return w->vars[i][1];
	return NULL;
}

static inline void world_complain(void *self, const char *text) { fail_msg("%s", text); }

/* Keys whose variables begin so are there. */
static inline bool world_has_key(void *self, const char *name)
{
	return strcmp(name, "ANTHROPIC_API_KEY") == 0 || strncmp(name, "KEY_", 4) == 0;
}

static inline void set(struct world *w, const char *name, const char *value)
{
	size_t i = 0;

	while (w->vars[i][0] && strcmp(w->vars[i][0], name) != 0)
		i++;
	w->vars[i][0] = name;
	w->vars[i][1] = value;
}

static inline int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(us_page_open(&w->page, "/proc/none", NULL), 0);
	w->now = 1000000;
	us_buf_init(&w->shown, 1 << 20);
	set(w, "UNDERSTUDY_BACKOFF", "1s..1s");
	set(w, "UNDERSTUDY_FALLBACKS", "anthropic:claude-haiku-4-5@http://t1");
	*state = w;
	return 0;
}

static inline int drop_world(void **state)
{
	struct world *w = *state;

	us_call_free(w->call);
	us_conf_fini(&w->conf);
	us_page_close(&w->page);
	us_buf_fini(&w->shown);
	free(w);
	return 0;
}

/* Obeys what concerns bytes; what comes then is in w->order. */
static inline enum us_order_kind obey(struct world *w)
{
	for (;;) {
		w->order = us_call_next(w->call);
		if (w->order.kind == US_ORDER_RELAY) {
			us_buf_add_span(&w->shown, w->order.head);
			us_buf_add_span(&w->shown, w->order.body);
		} else if (w->order.kind == US_ORDER_CANCEL) {
			w->cancels++;
			w->cancelled = w->order.flight;
		} else {
			return w->order.kind;
		}
	}
}

/* Begins a call of the program to its own provider, http://own. */
static inline void begin_body(struct world *w, struct us_span body)
{
	struct us_conf_source from = { world_env, world_complain, w };

	if (w->call)
		us_call_clear(w->call);
	us_conf_fini(&w->conf);
	us_conf_load(&w->conf, &from);
	us_buf_clear(&w->shown);
	w->env = (struct us_call_env){
		.conf = &w->conf, .page = &w->page, .lessons = w->lessons, .has_key = world_has_key
	};
	w->env.tree = w->tree;
	w->env.event = w->event;
	w->env.cache = w->cache;
	w->own.dialect = w->dialect ? w->dialect : &us_openai;
	w->own.url = US_SPAN("http://own:80/v1/chat/completions");
	w->own.origin = US_SPAN("http://own:80");
	w->own.model = US_SPAN("gpt-4o");
	w->own.stream = us_span_has(body, "\"stream\":true");
	w->call = us_call_new(w->call, &w->env, &w->own, body, 1, w->seed ? w->seed : 7, w->now);
	assert_non_null(w->call);
	obey(w);
}

static inline void begin(struct world *w, const char *body) { begin_body(w, us_span_of(body)); }

static inline void expect_send(struct world *w, const char *name)
{
	assert_int_equal(w->order.kind, US_ORDER_SEND);
	assert_true(us_span_is(w->order.to->name, name));
}

static inline void expect_finish(struct world *w, enum us_finish how)
{
	assert_int_equal(w->order.kind, US_ORDER_FINISH);
	assert_int_equal(w->order.finish, how);
}

static inline void head(struct world *w, const char *text)
{
	struct us_span rest = us_span_of(text), line;

	while (rest.n) {
		const char *lf = memchr(rest.p, '\n', rest.n);

		line = us_span(rest.p, (size_t)(lf - rest.p) + 1);
		us_call_header(w->call, line, line.p[0] == '\r', 0, w->now);
		rest = us_span(lf + 1, rest.n - line.n);
		obey(w);
	}
}

static inline void body(struct world *w, const char *text)
{
	us_call_body(w->call, us_span_of(text), w->now);
	obey(w);
}

static inline void ended(struct world *w, enum us_cause cause)
{
	us_call_ended(w->call, cause, w->now);
	obey(w);
}

static inline void wait_ms(struct world *w, uint64_t ms)
{
	w->now += ms;
	us_call_timer(w->call, w->now);
	obey(w);
}

/* Waits for whatever the call waits for. */
static inline uint64_t wait_due(struct world *w)
{
	uint64_t ms = us_call_due(w->call) - w->now;

	assert_true(us_call_due(w->call) != US_NEVER);
	wait_ms(w, ms);
	return ms;
}

#define JSON_HEAD(status) "HTTP/1.1 " status "\r\nContent-Type: application/json\r\n\r\n"
#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

static inline void answer(struct world *w, const char *headers, const char *text)
{
	head(w, headers);
	body(w, text);
	ended(w, US_CAUSE_NONE);
}

static inline bool shown(const struct world *w, const char *text)
{
	return us_span_has(us_buf_span(&w->shown), text);
}

static inline void expect_shown(const struct world *w, const char *text)
{
	if (!us_span_is(us_buf_span(&w->shown), text))
		print_error("shown: %.*s\n", (int)w->shown.n, w->shown.p);
	assert_true(us_span_is(us_buf_span(&w->shown), text));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_world, drop_world)

#endif

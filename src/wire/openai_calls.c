/* openai_calls.c - puts the tool calls of a stream in a row
 *
 * A block is opened with its first byte of arguments, not with its name: until then the name may
 * still grow, and arguments that turn out to be blank or null stand for none at all.
 *
 * Nothing is guessed about arguments that never become whole: they are handed on as they came when
 * the answer ends, and not at all when it breaks off.
 */
#include "wire/openai_calls.h"

#include "base/mem.h"
#include "wire/args.h"
#include "wire/push.h"
#include "wire/sse.h"
#include "wire/text.h"

#include <stdio.h>

#define WORD_MAX ((size_t)4096) /* of an id, of a name */

struct us_call {
	bool numbered;
	uint64_t index; /* the provider's number, if numbered */
	struct us_buf id, name;
	struct us_buf args; /* not handed on yet */
	struct us_push json;
	enum us_push_state state; /* DONE: the arguments are whole; BAD: they never will be */
	bool freeform;            /* they are text: nothing tells when they are whole */
	bool opened;
};

/* One element of the wire. */
struct piece {
	bool numbered, freeform;
	uint64_t index;
	struct us_span id, name, args;
};

void us_calls_fini(struct us_calls *c)
{
	for (size_t i = 0; i < c->n; i++) {
		us_buf_fini(&c->list[i].id);
		us_buf_fini(&c->list[i].name);
		us_buf_fini(&c->list[i].args);
	}
	us_free(c->list);
	*c = (struct us_calls){ 0 };
}

static int grow(struct us_calls *c)
{
	size_t cap = c->cap ? c->cap * 2 : 4;
	struct us_call *list;

	if (c->n == US_CALLS_MAX)
		return US_E2BIG;
	if (c->n < c->cap)
		return 0;
	list = us_realloc(c->list, cap * sizeof(*list));
	if (!list)
		return US_ENOMEM;
	c->list = list;
	c->cap = cap;
	return 0;
}

static struct us_call *new_call(struct us_calls *c, const struct piece *p)
{
	struct us_call *s;

	c->err = grow(c);
	if (c->err)
		return NULL;
	s = &c->list[c->n++];
	*s = (struct us_call){ .numbered = p->numbered,
		               .index = p->index,
		               .freeform = p->freeform };
	us_buf_init(&s->id, WORD_MAX);
	us_buf_init(&s->name, WORD_MAX);
	us_buf_init(&s->args, US_SSE_EVENT_MAX);
	return s;
}

/* The newest call that the piece can belong to: by number, else by id. Without either, a name
 * begins a call and anything else goes on with the last one. */
static struct us_call *find(struct us_calls *c, const struct piece *p)
{
	for (size_t i = c->n; i-- > 0;) {
		struct us_call *s = &c->list[i];

		if (p->numbered ? s->numbered && s->index == p->index
		                : p->id.n && us_span_eq(us_buf_span(&s->id), p->id))
			return s;
	}
	return p->numbered || p->id.n || p->name.n || !c->n ? NULL : &c->list[c->n - 1];
}

/* Servers that number all their calls 0 begin the next one with a new id, or with a name after
 * whole arguments. A new id alone, amid arguments, is one that changes with every chunk. */
static bool begins_anew(const struct us_calls *c, const struct us_call *s, const struct piece *p)
{
	bool whole = s->state == US_PUSH_DONE || s < c->list + c->cur;

	if (p->id.n && s->id.n && !us_span_eq(us_buf_span(&s->id), p->id))
		return p->name.n || whole || !s->name.n;
	return p->name.n && s->name.n && whole;
}

/* The same call told again when it is already whole. */
static bool repeats(const struct us_call *s, const struct piece *p)
{
	return s->state == US_PUSH_DONE && p->id.n && us_span_eq(us_buf_span(&s->id), p->id);
}

/* A name may come in pieces, but only before arguments and without an id: told again later, or
 * with its id, it is the same name. */
static void merge_words(struct us_call *s, const struct piece *p)
{
	bool same = us_span_eq(us_buf_span(&s->name), p->name);
	bool more = !s->args.n && !s->opened && !p->id.n;

	if (!s->name.n || (!same && more))
		us_buf_add_span(&s->name, p->name);
	if (!s->id.n)
		us_buf_add_span(&s->id, p->id);
}

static struct us_span skip_blank(struct us_span s)
{
	while (s.n && strchr(" \t\r\n", s.p[0]) && s.p[0])
		s = us_span(s.p + 1, s.n - 1);
	return s;
}

/* Adds up to the end of the JSON value. What is left begins another object: that is a second call
 * (`}{`). Other text after the value is no call of its own and makes this one's arguments bad. */
static struct us_span merge_args(struct us_call *s, struct us_span args)
{
	struct us_span rest = us_span("", 0);
	size_t used = 0;

	if (s->state == US_PUSH_MORE && !s->freeform)
		s->state = us_push_feed(&s->json, args, &used);
	if (s->state == US_PUSH_DONE) {
		rest = skip_blank(us_span(args.p + used, args.n - used));
		if (rest.n && rest.p[0] != '{') {
			s->state = US_PUSH_BAD;
			rest.n = 0;
		}
	}
	us_text_join(&s->args, us_span(args.p, rest.n ? used : args.n));
	return rest;
}

/* A call that nobody gave an id gets one by its place. */
static void hand_on(struct us_calls *c, struct us_emit *out, struct us_call *s)
{
	struct us_span id = us_buf_span(&s->id);
	char made[32];

	if (!s->opened) {
		if (!id.n)
			id = us_span(made, (size_t)snprintf(made, sizeof(made), "call_%zu",
			                                    (size_t)(s - c->list)));
		if (s->freeform)
			us_emit_open_freeform(out, id, us_buf_span(&s->name));
		else
			us_emit_open(out, US_TOOL_CALL, id, us_buf_span(&s->name));
		s->opened = true;
	}
	us_emit_piece(out, us_buf_span(&s->args));
	us_buf_clear(&s->args);
}

/* Hands on what can be: all of the current call, and of those behind it once it is whole. */
static void advance(struct us_calls *c, struct us_emit *out)
{
	while (c->cur < c->n) {
		struct us_call *s = &c->list[c->cur];

		if (s->name.n &&
		    (s->freeform ? s->args.n > 0 : !us_args_may_be_none(us_buf_span(&s->args))))
			hand_on(c, out, s);
		if (c->cur + 1 == c->n || !s->opened || s->state != US_PUSH_DONE)
			return;
		us_emit_close(out);
		c->cur++;
	}
}

/* Merges what belongs to call `at`. True: *p is what is left of it, for another call. */
static bool merge(struct us_calls *c, size_t at, struct piece *p)
{
	struct us_call *s = &c->list[at];

	merge_words(s, p);
	p->args = merge_args(s, p->args);
	p->id = us_span("", 0);
	p->name = us_buf_span(&s->name);
	c->err = s->id.err ? s->id.err : s->name.err ? s->name.err : s->args.err;
	return p->args.n && !c->err;
}

/* One element may hold the end of one call and the whole of others. */
static void feed(struct us_calls *c, struct us_emit *out, struct piece p)
{
	struct us_call *s = find(c, &p);

	if (c->err || (s && repeats(s, &p)))
		return;
	if (!s || begins_anew(c, s, &p))
		s = new_call(c, &p);
	while (s && merge(c, (size_t)(s - c->list), &p))
		s = new_call(c, &p);
	if (!c->err)
		advance(c, out);
}

/* Arguments as a string; compatible servers also send the object itself. */
static struct us_span args_of(struct us_val v, struct us_arena *a)
{
	if (us_val_is(v, US_J_STRING))
		return us_val_str(v, a);
	return us_val_given(v) ? us_val_raw(v) : us_span("", 0);
}

void us_calls_feed(struct us_calls *c, struct us_emit *out, struct us_val element,
                   struct us_arena *a)
{
	struct us_val function = us_val_get(element, "function");
	struct us_val custom = us_val_get(element, "custom");
	struct us_val of = us_val_given(custom) ? custom : function;
	struct piece p = {
		.freeform = us_val_given(custom),
		.id = us_val_str(us_val_get(element, "id"), a),
		.name = us_val_str(us_val_get(of, "name"), a),
		.args = args_of(us_val_get(of, us_val_given(custom) ? "input" : "arguments"), a),
	};

	p.numbered = us_val_u64(us_val_get(element, "index"), &p.index);
	feed(c, out, p);
}

void us_calls_feed_legacy(struct us_calls *c, struct us_emit *out, struct us_val function,
                          struct us_arena *a)
{
	struct piece p = { .numbered = true,
		           .name = us_val_str(us_val_get(function, "name"), a),
		           .args = args_of(us_val_get(function, "arguments"), a) };

	feed(c, out, p);
}

bool us_calls_settle(struct us_calls *c, struct us_emit *out)
{
	if (c->cur < c->n && c->list[c->cur].opened && c->list[c->cur].state == US_PUSH_DONE) {
		us_emit_close(out);
		c->cur++;
	}
	return c->cur == c->n;
}

bool us_calls_wait(const struct us_calls *c)
{
	const struct us_call *s = &c->list[c->cur];

	return c->cur < c->n && (c->cur + 1 < c->n || !s->opened || s->args.n);
}

bool us_calls_finish(struct us_calls *c, struct us_emit *out)
{
	for (; c->cur < c->n; c->cur++) {
		struct us_call *s = &c->list[c->cur];
		struct us_span args = us_span_trim(us_buf_span(&s->args));

		if (!s->name.n && !args.n && !s->id.n)
			continue; /* an element that said nothing */
		if (!s->name.n)
			return false;
		if (!s->opened && !s->freeform && (!args.n || us_span_is(args, "null")))
			us_buf_clear(&s->args);
		hand_on(c, out, s);
		us_emit_close(out);
	}
	return true;
}

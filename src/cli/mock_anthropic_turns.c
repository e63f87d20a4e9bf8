/* mock_anthropic_turns.c - what Anthropic demands of the conversation
 *
 * Consecutive messages of one role are one turn. A turn of the user that follows tool calls has to
 * begin with a result for each of them.
 */
#include "cli/mock_anthropic.h"

#define LIST_MAX ((size_t)1 << 20)

struct turn {
	const struct us_mock_json *from; /* its first message; NULL: no such turn */
	const struct us_mock_json *end;  /* the message after the last */
	size_t at;                       /* the index of `from` */
};

static const struct us_mock_json *role_of(const struct us_mock_json *m)
{
	return us_mock_json_get(m, "role");
}

static const struct us_mock_json *blocks_of(const struct us_mock_json *m)
{
	const struct us_mock_json *content = us_mock_json_get(m, "content");

	return content && content->kind == US_MOCK_ARR ? content->first : NULL;
}

static bool is(const struct us_mock_json *block, const char *type)
{
	return us_mock_json_is(us_mock_json_get(block, "type"), type);
}

static struct us_span id_of(const struct us_mock_json *block)
{
	const char *member = is(block, "tool_use") ? "id" : "tool_use_id";

	return us_mock_json_text(us_mock_json_get(block, member));
}

/* The first block of that type and id among the messages from..end, but not `stop` or later. */
static const struct us_mock_json *find(const struct us_mock_json *from,
                                       const struct us_mock_json *end, const char *type,
                                       struct us_span id, const struct us_mock_json *stop)
{
	for (; from && from != end; from = from->next)
		for (const struct us_mock_json *b = blocks_of(from); b; b = b->next) {
			if (b == stop)
				return NULL;
			if (is(b, type) && us_span_eq(id_of(b), id))
				return b;
		}
	return NULL;
}

static int refuse(struct us_mock_check *c, struct us_span message)
{
	return us_mock_check_refuse(c, NULL, NULL, message);
}

/* What a block may not be because of where it stands. */
static int misplaced(struct us_mock_check *c, const struct us_mock_json *b, bool assistant,
                     size_t at)
{
	static const char *const assistants[] = { "tool_use", "thinking", "redacted_thinking",
		                                  "server_tool_use" };

	for (size_t i = 0; i < US_COUNT(assistants); i++)
		if (!assistant && is(b, assistants[i]))
			return refuse(c, us_arena_printf(c->arena,
			                                 "messages.%zu: `%s` blocks can only be in "
			                                 "`assistant` messages",
			                                 at, assistants[i]));
	if (assistant && (is(b, "tool_result") || is(b, "image")))
		return refuse(c, us_arena_printf(c->arena,
		                                 "messages.%zu: `%s` blocks can only be in `user` "
		                                 "messages",
		                                 at, is(b, "image") ? "image" : "tool_result"));
	return 0;
}

/* An id names one call in the whole conversation. */
static int unique_uses(struct us_mock_check *c, const struct us_mock_json *first,
                       const struct turn *t)
{
	size_t at = t->at;

	for (const struct us_mock_json *m = t->from; m != t->end; m = m->next, at++) {
		size_t i = 0;

		for (const struct us_mock_json *b = blocks_of(m); b; b = b->next, i++)
			if (is(b, "tool_use") && find(first, NULL, "tool_use", id_of(b), b))
				return refuse(c, us_arena_printf(c->arena,
				                                 "messages.%zu.content.%zu: "
				                                 "`tool_use` ids must be unique",
				                                 at, i));
	}
	return 0;
}

/* Every result of this turn belongs to a call of the turn before, and there is one for each. */
static int paired_results(struct us_mock_check *c, const struct turn *before, const struct turn *t)
{
	size_t at = t->at;

	for (const struct us_mock_json *m = t->from; m != t->end; m = m->next, at++) {
		size_t i = 0;

		for (const struct us_mock_json *b = blocks_of(m); b; b = b->next, i++) {
			struct us_span id = id_of(b);

			if (!is(b, "tool_result"))
				continue;
			if (!find(before->from, before->end, "tool_use", id, NULL))
				return refuse(
					c, us_arena_printf(
						   c->arena,
						   "messages.%zu.content.%zu: unexpected "
						   "`tool_use_id` "
						   "found in `tool_result` blocks: %.*s. Each "
						   "`tool_result` block must have a corresponding "
						   "`tool_use` block in the previous message.",
						   at, i, (int)id.n, id.p));
			if (find(t->from, t->end, "tool_result", id, b))
				return refuse(c, us_arena_printf(c->arena,
				                                 "messages.%zu.content.%zu: each "
				                                 "tool_use must have a single "
				                                 "result. Found multiple "
				                                 "`tool_result` blocks with id: "
				                                 "%.*s",
				                                 at, i, (int)id.n, id.p));
		}
	}
	return 0;
}

/* The first block of a turn that is no result; results after it come too late. */
static const struct us_mock_json *end_of_results(const struct turn *t)
{
	for (const struct us_mock_json *m = t->from; m && m != t->end; m = m->next)
		for (const struct us_mock_json *b = blocks_of(m); b; b = b->next)
			if (!is(b, "tool_result"))
				return b;
	return NULL;
}

/* Every call has a result at the head of the next turn. */
static int answered_uses(struct us_mock_check *c, const struct turn *uses, const struct turn *t)
{
	const struct us_mock_json *stop = end_of_results(t);
	struct us_span missing;
	struct us_buf list;

	us_buf_init(&list, LIST_MAX);
	for (const struct us_mock_json *m = uses->from; m && m != uses->end; m = m->next)
		for (const struct us_mock_json *b = blocks_of(m); b; b = b->next) {
			if (!is(b, "tool_use") ||
			    find(t->from, t->end, "tool_result", id_of(b), stop))
				continue;
			us_buf_add_str(&list, list.n ? ", " : "");
			us_buf_add_span(&list, id_of(b));
		}
	missing = us_mock_keep(c->arena, &list);
	if (!missing.n)
		return 0;
	return refuse(c, us_arena_printf(c->arena,
	                                 "messages.%zu: `tool_use` ids were found without "
	                                 "`tool_result` blocks immediately after: %s. Each "
	                                 "`tool_use` block must have a corresponding "
	                                 "`tool_result` block in the next message.",
	                                 uses->at, missing.p));
}

/* Has the user said anything since but what tools returned? */
static bool is_closed(const struct turn *t)
{
	for (const struct us_mock_json *m = t->end; m; m = m->next)
		if (us_mock_json_is(us_mock_json_get(m, "role"), "user") &&
		    !is(blocks_of(m), "tool_result"))
			return true;
	return false;
}

/* Manual thinking: an open tool loop has to start with a thought that is signed. */
static int thought_first(struct us_mock_check *c, const struct us_mock_json *q,
                         const struct turn *t, bool last)
{
	const struct us_mock_json *b = blocks_of(t->from);
	struct us_span type = us_mock_json_text(us_mock_json_get(b, "type"));

	if (!us_mock_json_is(us_mock_json_at(q, "thinking.type"), "enabled") || is(b, "thinking") ||
	    is(b, "redacted_thinking"))
		return 0;
	if (!last && (!t->end || !is(blocks_of(t->end), "tool_result") || is_closed(t)))
		return 0;
	if (!b)
		type = US_SPAN("text");
	return refuse(
		c, us_arena_printf(
			   c->arena,
			   "messages.%zu.content.0.type: Expected `thinking` or "
			   "`redacted_thinking`, but found `%.*s`. When `thinking` is enabled, a "
			   "final `assistant` message must start with a thinking block (preceeding "
			   "the lastmost set of `tool_use` and `tool_result` blocks).",
			   t->at, (int)type.n, type.p));
}

/* Instructions between turns are a matter of the model, and of the place. */
static int known_role(struct us_mock_check *c, const struct us_mock_json *q,
                      const struct us_mock_json *before, const struct us_mock_json *m, size_t at)
{
	const struct us_mock_json *role = role_of(m);
	struct us_span model = us_mock_json_text(us_mock_json_get(q, "model"));

	if (us_mock_json_is(role, "user") || us_mock_json_is(role, "assistant"))
		return 0;
	if (!us_mock_json_is(role, "system"))
		return refuse(c, us_arena_printf(c->arena,
		                                 "messages.%zu.role: Input should be 'user' or "
		                                 "'assistant'",
		                                 at));
	if (!us_mock_claude(model)->system_in_between)
		return refuse(c,
		              US_SPAN("messages: Unexpected role \"system\". The Messages API "
		                      "accepts a top-level `system` parameter, not \"system\" as "
		                      "an input message role."));
	if (!before || !us_mock_json_is(role_of(before), "user") ||
	    (m->next && !us_mock_json_is(role_of(m->next), "assistant")))
		return refuse(c, us_arena_printf(c->arena,
		                                 "messages.%zu: a `system` message must follow a "
		                                 "`user` message, and be last or followed by an "
		                                 "`assistant` message",
		                                 at));
	return 0;
}

/* What can be said about a message without the others. */
static int single(struct us_mock_check *c, const struct us_mock_json *m, size_t at)
{
	const struct us_mock_json *content = us_mock_json_get(m, "content");
	bool assistant = us_mock_json_is(role_of(m), "assistant");
	bool empty = content->kind == US_MOCK_ARR ? !content->count : !content->text.n;
	int rc = 0;

	if (empty && (m->next || !assistant))
		return refuse(c, us_arena_printf(c->arena,
		                                 "messages.%zu: all messages must have non-empty "
		                                 "content except for the optional final assistant "
		                                 "message",
		                                 at));
	for (const struct us_mock_json *b = blocks_of(m); !rc && b; b = b->next)
		rc = misplaced(c, b, assistant, at);
	return rc;
}

static int each_message(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *m = us_mock_json_get(q, "messages")->first, *before = NULL;
	size_t at = 0;
	int rc = 0;

	for (; !rc && m; before = m, m = m->next, at++) {
		rc = known_role(c, q, before, m, at);
		if (!rc)
			rc = single(c, m, at);
	}
	return rc;
}

/* Turn by turn; `uses` is the assistant turn whose calls this one has to answer. */
int us_mock_anthropic_check_turns(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *first = us_mock_json_get(q, "messages")->first;
	struct turn uses = { 0 }, t = { .end = first };
	int rc = each_message(c, q);

	if (!rc && !us_mock_json_is(role_of(first), "user"))
		rc = refuse(c, US_SPAN("messages: first message must use the \"user\" role"));
	while (!rc && t.end) {
		size_t at = t.at;

		for (const struct us_mock_json *m = t.from; m && m != t.end; m = m->next)
			at++;
		t = (struct turn){ t.end, t.end, at };
		while (t.end && us_span_eq(role_of(t.end)->text, role_of(t.from)->text))
			t.end = t.end->next;
		rc = paired_results(c, &uses, &t);
		if (!rc)
			rc = answered_uses(c, &uses, &t);
		uses = (struct turn){ 0 };
		if (!rc && us_mock_json_is(role_of(t.from), "assistant")) {
			uses = t;
			rc = unique_uses(c, first, &t);
		}
		if (!rc && uses.from)
			rc = thought_first(c, q, &t, !t.end);
	}
	return rc ? rc : answered_uses(c, &uses, &(struct turn){ 0 });
}

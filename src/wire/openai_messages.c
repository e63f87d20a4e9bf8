/* openai_messages.c - the messages of a Chat Completions request into turns of the hub
 *
 * Tool messages become results within a user turn: consecutive ones, and the user message right
 * after them, are one turn.
 */
#include "wire/openai.h"

#include "wire/openai_content.h"

/* Mistral: {"type": "thinking", "thinking": [{"type": "text", "text": ...}]}. */
static bool thinking_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_iter it = us_iter(us_val_get(part, "thinking"));

	b->kind = US_THINK;
	if (us_iter_next(&it))
		b->text = us_openai_str(in, it.val, "text");
	return us_set(b->text);
}

static bool image_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_val image = us_val_get(part, "image_url");
	struct us_span url = us_val_is(image, US_J_STRING) ? us_val_str(image, in->a)
	                                                   : us_openai_str(in, image, "url");

	return us_openai_image(in, b, url, us_openai_str(in, image, "detail"));
}

static bool file_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	return us_openai_file(in, us_val_get(part, "file"), b);
}

static const struct us_openai_part parts[] = {
	{ "text", us_openai_text_part },
	{ "image_url", image_part },
	{ "file", file_part },
	{ "input_audio", us_openai_audio_part },
	{ "refusal", us_openai_refusal_part },
	{ "thinking", thinking_part },
};

static void read_content(struct us_openai_in *in, struct us_openai_home home, struct us_val message)
{
	us_openai_read_content(in, home, us_val_get(message, "content"), parts, US_COUNT(parts));
}

static struct us_turn *add_turn(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	return us_openai_add_turn(in, role, us_openai_str(in, message, "name"));
}

static void read_plain(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = add_turn(in, role, message);

	if (t)
		read_content(in, us_openai_home(t), message);
}

/* Behind tool results a user message goes on with their turn: a conversation in which roles take
 * turns has one place for both. */
static void read_user(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t;

	if (!in->results) {
		read_plain(in, role, message);
		return;
	}
	in->results = false;
	t = &in->r->turns[in->r->nturns - 1];
	t->name = us_openai_str(in, message, "name");
	read_content(in, us_openai_home(t), message);
}

/* Compatible servers' own members; where there is more than one they say the same thing. */
static void read_reasoning(struct us_openai_in *in, struct us_openai_home home,
                           struct us_val message)
{
	struct us_span text = us_openai_str(in, message, "reasoning_content");

	if (!text.n)
		text = us_openai_str(in, message, "reasoning");
	us_openai_add_words(in, home, US_THINK, text);
	if (text.n)
		return;
	for (struct us_iter it = us_iter(us_val_get(message, "reasoning_details"));
	     us_iter_next(&it);) {
		us_openai_add_words(in, home, US_THINK, us_openai_str(in, it.val, "text"));
		us_openai_add_words(in, home, US_THINK, us_openai_str(in, it.val, "summary"));
	}
}

/* Calls that lack an id get one from their place, the same whenever the request is read. */
static void read_call(struct us_openai_in *in, struct us_openai_home home, struct us_val v)
{
	struct us_val function = us_val_get(v, "function"), custom = us_val_get(v, "custom");
	struct us_block *b = us_openai_add_block(in, home, US_TOOL_CALL);

	if (!b)
		return;
	b->id = us_openai_str(in, v, "id");
	if (!b->id.n)
		b->id = us_arena_printf(in->a, "call_%zu_%zu", in->r->nturns, *home.n);
	if (us_val_is(custom, US_J_OBJECT)) {
		b->name = us_openai_str(in, custom, "name");
		b->args = us_val_str(us_val_get(custom, "input"), in->a);
		b->args_kind = US_ARGS_FREEFORM;
	} else {
		b->name = us_openai_str(in, function, "name");
		us_take_args(us_val_get(function, "arguments"), in->a, b);
	}
	if (!b->name.n)
		us_openai_wrong(in);
}

/* The older form has no ids; its calls wait in a list to be found by name. */
static void read_legacy_call(struct us_openai_in *in, struct us_openai_home home, struct us_val v)
{
	struct us_block *b = us_openai_add_block(in, home, US_TOOL_CALL), *waits;

	if (!b)
		return;
	b->id = us_arena_printf(in->a, "call_function_%zu", in->r->nturns);
	b->name = us_openai_str(in, v, "name");
	us_take_args(us_val_get(v, "arguments"), in->a, b);
	waits = us_arena_push(in->a, &in->waiting, &in->nwaiting, sizeof(*waits));
	if (waits)
		*waits = *b;
	if (!b->name.n)
		us_openai_wrong(in);
}

/* Reasoning before text before calls, whatever the order of the members: so it was generated. */
static void read_assistant(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = add_turn(in, role, message);
	struct us_val legacy = us_val_get(message, "function_call");

	if (!t)
		return;
	read_reasoning(in, us_openai_home(t), message);
	read_content(in, us_openai_home(t), message);
	us_openai_add_words(in, us_openai_home(t), US_REFUSAL,
	                    us_openai_str(in, message, "refusal"));
	for (struct us_iter it = us_iter(us_val_get(message, "tool_calls")); us_iter_next(&it);)
		read_call(in, us_openai_home(t), it.val);
	if (us_val_given(legacy))
		read_legacy_call(in, us_openai_home(t), legacy);
	if (us_val_given(us_val_get(message, "audio")))
		us_openai_note(in, &in->r->state_refs, &in->r->nstate_refs, US_SPAN("audio.id"));
}

/* A result in the user turn of results that is open, or in a new one. */
static void read_result(struct us_openai_in *in, struct us_val message, struct us_span id)
{
	struct us_turn *t = in->results ? &in->r->turns[in->r->nturns - 1]
	                                : add_turn(in, US_ROLE_USER, (struct us_val){ 0 });
	struct us_block *b = t ? us_openai_add_block(in, us_openai_home(t), US_TOOL_RESULT) : NULL;

	if (!b)
		return;
	in->results = true;
	b->id = id;
	b->name = us_openai_str(in, message, "name");
	read_content(in, us_openai_inside(b), message);
}

/* An id that is missing pairs with nothing, as one that nobody has. */
static void read_tool(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	read_result(in, message, us_openai_str(in, message, "tool_call_id"));
}

/* Answers the last call of that name that has no answer yet; none: an id that nobody has. */
static void read_function(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	struct us_span name = us_openai_str(in, message, "name"), id = us_span(NULL, 0);

	for (size_t i = in->nwaiting; i-- > 0 && !us_set(id);) {
		struct us_block *b = &in->waiting[i];

		if (!us_set(b->id) || !us_span_eq(b->name, name))
			continue;
		id = b->id;
		b->id = us_span(NULL, 0);
	}
	read_result(in, message, us_set(id) ? id : US_SPAN("call_function"));
}

static const struct {
	const char *role;
	enum us_role hub;
	void (*read)(struct us_openai_in *in, enum us_role role, struct us_val message);
} roles[] = {
	{ "system", US_ROLE_SYSTEM, read_plain },
	{ "developer", US_ROLE_DEVELOPER, read_plain },
	{ "user", US_ROLE_USER, read_user },
	{ "assistant", US_ROLE_ASSISTANT, read_assistant },
	{ "tool", US_ROLE_USER, read_tool },
	{ "function", US_ROLE_USER, read_function },
};

/* What messages may hold. Nothing is lost with `annotations`, which are echoed, with `prefix`,
 * which the place of its message says too, and with marks for a cache. */
static const char *const known[] = {
	"role",          "content",       "name",        "tool_calls",        "tool_call_id",
	"refusal",       "audio",         "annotations", "reasoning_content", "reasoning_details",
	"function_call", "cache_control", "prefix",      "reasoning",
};

void us_openai_messages(struct us_openai_in *in, struct us_val messages)
{
	if (!us_val_is(messages, US_J_ARRAY) || !us_val_count(messages))
		us_openai_wrong(in);
	for (struct us_iter it = us_iter(messages); us_iter_next(&it) && !in->err && !in->a->err;) {
		struct us_val role = us_val_get(it.val, "role");
		size_t i = 0;

		while (i < US_COUNT(roles) && !us_val_str_is(role, roles[i].role))
			i++;
		if (i == US_COUNT(roles)) {
			us_openai_wrong(in);
			return;
		}
		roles[i].read(in, roles[i].hub, it.val);
		us_take_unknown(it.val, known, US_COUNT(known), in->a, in->r);
	}
}

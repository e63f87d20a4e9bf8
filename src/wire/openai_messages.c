/* openai_messages.c - the messages of a Chat Completions request into turns of the hub
 *
 * Tool messages become results within a user turn: consecutive ones, and the user message right
 * after them, are one turn. A part that can't be read as what it says it is stays a block of
 * unknown kind, so that a target which drops it has to say so.
 */
#include "wire/openai.h"

#include "wire/dataurl.h"

/* Blocks of a turn or of a tool result. */
struct home {
	struct us_block **blocks;
	size_t *n;
};

static struct home home_of(struct us_turn *t) { return (struct home){ &t->blocks, &t->nblocks }; }

static void wrong(struct us_openai_in *in) { in->err = US_EINVAL; }

/* NULL when memory ran out, which the arena remembers. */
static struct us_block *add_block(struct us_openai_in *in, struct home home,
                                  enum us_block_kind kind)
{
	struct us_block *b = us_arena_push(in->a, home.blocks, home.n, sizeof(*b));

	if (b)
		b->kind = kind;
	return b;
}

/* Empty text is no block: null, "" and nothing at all mean the same. */
static void add_text(struct us_openai_in *in, struct home home, enum us_block_kind kind,
                     struct us_span text)
{
	struct us_block *b = text.n ? add_block(in, home, kind) : NULL;

	if (b)
		b->text = text;
}

static bool text_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	b->kind = US_TEXT;
	b->text = us_openai_str(in, part, "text");
	return us_set(b->text);
}

static bool refusal_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	b->kind = US_REFUSAL;
	b->text = us_openai_str(in, part, "refusal");
	return us_set(b->text);
}

/* Mistral: {"type": "thinking", "thinking": [{"type": "text", "text": ...}]}. */
static bool thinking_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_iter it = us_iter(us_val_get(part, "thinking"));

	b->kind = US_THINK;
	if (us_iter_next(&it))
		b->text = us_openai_str(in, it.val, "text");
	return us_set(b->text);
}

/* A URL, or the bytes themselves in one. */
static void set_source(struct us_openai_in *in, struct us_block *b, struct us_span url)
{
	b->media =
		us_dataurl_split(url, in->a, &b->mime, &b->data) ? US_MEDIA_BASE64 : US_MEDIA_URL;
	if (b->media == US_MEDIA_URL)
		b->data = url;
}

static bool image_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_val image = us_val_get(part, "image_url");
	struct us_span url = us_val_is(image, US_J_STRING) ? us_val_str(image, in->a)
	                                                   : us_openai_str(in, image, "url");

	b->kind = US_IMAGE;
	b->detail = us_openai_str(in, image, "detail");
	set_source(in, b, url);
	return url.n > 0;
}

/* Sound has no URL form; `mime` holds OpenAI's word for the format. */
static bool audio_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_val audio = us_val_get(part, "input_audio");

	b->kind = US_AUDIO;
	b->media = US_MEDIA_BASE64;
	b->data = us_openai_str(in, audio, "data");
	b->mime = us_openai_str(in, audio, "format");
	return b->data.n && b->mime.n;
}

/* A file is an upload at OpenAI, a data URL, or - for some servers - a URL or bare base64. */
static bool file_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_val file = us_val_get(part, "file");
	struct us_span data = us_openai_str(in, file, "file_data"),
		       id = us_openai_str(in, file, "file_id");

	b->kind = US_DOC;
	b->title = us_openai_str(in, file, "filename");
	if (id.n) {
		b->media = US_MEDIA_FILE_ID;
		b->data = id;
		us_openai_note(in, &in->r->state_refs, &in->r->nstate_refs, US_SPAN("file_id"));
		return true;
	}
	set_source(in, b, data);
	if (b->media == US_MEDIA_URL && !us_span_starts(data, "http")) {
		b->media = US_MEDIA_BASE64;
		b->mime = us_dataurl_sniff(data);
	}
	return data.n > 0;
}

/* Each fills in a fresh block and says whether the part was what its type says. */
static const struct {
	const char *type;
	bool (*read)(struct us_openai_in *in, struct us_val part, struct us_block *b);
} parts[] = {
	{ "text", text_part },         { "image_url", image_part }, { "file", file_part },
	{ "input_audio", audio_part }, { "refusal", refusal_part }, { "thinking", thinking_part },
};

/* OpenRouter takes Anthropic's marks; OpenAI's own say no more than that there is one. */
static struct us_span cache_mark(struct us_val part)
{
	struct us_val mark = us_val_get(part, "cache_control");

	if (us_val_given(mark))
		return us_val_raw(mark);
	return us_val_given(us_val_get(part, "prompt_cache_breakpoint"))
	               ? US_SPAN("{\"type\":\"ephemeral\"}")
	               : us_span(NULL, 0);
}

/* The mark stays with a part that is not understood: the prompt may still be sent as it is. */
static void read_part(struct us_openai_in *in, struct home home, struct us_val part)
{
	struct us_val type = us_val_get(part, "type");
	struct us_block *b = add_block(in, home, US_UNKNOWN);
	bool known = false;

	if (!b)
		return;
	for (size_t i = 0; i < US_COUNT(parts) && !known; i++)
		known = us_val_str_is(type, parts[i].type) && parts[i].read(in, part, b);
	if (!known)
		*b = (struct us_block){ .kind = US_UNKNOWN,
			                .type = us_val_str(type, in->a),
			                .raw = us_val_raw(part) };
	b->cache = cache_mark(part);
	if (!us_val_is(part, US_J_OBJECT))
		wrong(in);
}

/* `content`: a string, a list of parts, or nothing. */
static void read_content(struct us_openai_in *in, struct home home, struct us_val v)
{
	add_text(in, home, US_TEXT, us_val_str(v, in->a));
	if (us_val_is(v, US_J_ARRAY))
		for (struct us_iter it = us_iter(v); us_iter_next(&it);)
			read_part(in, home, it.val);
	else if (us_val_given(v) && !us_val_is(v, US_J_STRING))
		wrong(in);
}

/* Any new turn ends the run of results. */
static struct us_turn *add_turn(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = us_arena_push(in->a, &in->r->turns, &in->r->nturns, sizeof(*t));

	in->results = false;
	if (!t)
		return NULL;
	t->role = role;
	t->name = us_openai_str(in, message, "name");
	return t;
}

static void read_plain(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = add_turn(in, role, message);

	if (t)
		read_content(in, home_of(t), us_val_get(message, "content"));
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
	read_content(in, home_of(t), us_val_get(message, "content"));
}

/* Compatible servers' own members; where there is more than one they say the same thing. */
static void read_reasoning(struct us_openai_in *in, struct home home, struct us_val message)
{
	struct us_span text = us_openai_str(in, message, "reasoning_content");

	if (!text.n)
		text = us_openai_str(in, message, "reasoning");
	add_text(in, home, US_THINK, text);
	if (text.n)
		return;
	for (struct us_iter it = us_iter(us_val_get(message, "reasoning_details"));
	     us_iter_next(&it);) {
		add_text(in, home, US_THINK, us_openai_str(in, it.val, "text"));
		add_text(in, home, US_THINK, us_openai_str(in, it.val, "summary"));
	}
}

/* Arguments are text that should be JSON. Servers of the Mistral kind take the object itself, whose
 * bytes then are that text. */
static void set_args(struct us_openai_in *in, struct us_block *b, struct us_val v)
{
	b->args = us_val_is(v, US_J_STRING) ? us_val_str(v, in->a)
	          : us_val_given(v)         ? us_val_raw(v)
	                                    : us_span("", 0);
	b->args_kind = us_args_kind(b->args);
}

/* Calls that lack an id get one from their place, the same whenever the request is read. */
static void read_call(struct us_openai_in *in, struct home home, struct us_val v)
{
	struct us_val function = us_val_get(v, "function"), custom = us_val_get(v, "custom");
	struct us_block *b = add_block(in, home, US_TOOL_CALL);

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
		set_args(in, b, us_val_get(function, "arguments"));
	}
	if (!b->name.n)
		wrong(in);
}

/* The older form has no ids; its calls wait in a list to be found by name. */
static void read_legacy_call(struct us_openai_in *in, struct home home, struct us_val v)
{
	struct us_block *b = add_block(in, home, US_TOOL_CALL), *waits;

	if (!b)
		return;
	b->id = us_arena_printf(in->a, "call_function_%zu", in->r->nturns);
	b->name = us_openai_str(in, v, "name");
	set_args(in, b, us_val_get(v, "arguments"));
	waits = us_arena_push(in->a, &in->waiting, &in->nwaiting, sizeof(*waits));
	if (waits)
		*waits = *b;
	if (!b->name.n)
		wrong(in);
}

/* Reasoning before text before calls, whatever the order of the members: so it was generated. */
static void read_assistant(struct us_openai_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = add_turn(in, role, message);
	struct us_val legacy = us_val_get(message, "function_call");

	if (!t)
		return;
	read_reasoning(in, home_of(t), message);
	read_content(in, home_of(t), us_val_get(message, "content"));
	add_text(in, home_of(t), US_REFUSAL, us_openai_str(in, message, "refusal"));
	for (struct us_iter it = us_iter(us_val_get(message, "tool_calls")); us_iter_next(&it);)
		read_call(in, home_of(t), it.val);
	if (us_val_given(legacy))
		read_legacy_call(in, home_of(t), legacy);
	if (us_val_given(us_val_get(message, "audio")))
		us_openai_note(in, &in->r->state_refs, &in->r->nstate_refs, US_SPAN("audio.id"));
}

/* A result in the user turn of results that is open, or in a new one. */
static void read_result(struct us_openai_in *in, struct us_val message, struct us_span id)
{
	struct us_turn *t = in->results ? &in->r->turns[in->r->nturns - 1]
	                                : add_turn(in, US_ROLE_USER, (struct us_val){ 0 });
	struct us_block *b = t ? add_block(in, home_of(t), US_TOOL_RESULT) : NULL;

	if (!b)
		return;
	in->results = true;
	b->id = id;
	b->name = us_openai_str(in, message, "name");
	read_content(in, (struct home){ &b->blocks, &b->nblocks }, us_val_get(message, "content"));
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

/* A member of a message that is not understood might change what it means. */
static void note_unknown(struct us_openai_in *in, struct us_val message)
{
	for (struct us_iter it = us_iter(message); us_iter_next(&it);) {
		struct us_span key = us_val_str(it.key, in->a);
		bool is = !us_val_given(it.val);

		for (size_t i = 0; i < US_COUNT(known) && !is; i++)
			is = us_span_is(key, known[i]);
		if (!is)
			us_openai_note(in, &in->r->unknown, &in->r->nunknown,
			               us_arena_printf(in->a, "messages.%.*s",
			                               (int)(key.n < 64 ? key.n : 64), key.p));
	}
}

void us_openai_messages(struct us_openai_in *in, struct us_val messages)
{
	if (!us_val_is(messages, US_J_ARRAY) || !us_val_count(messages))
		wrong(in);
	for (struct us_iter it = us_iter(messages); us_iter_next(&it) && !in->err && !in->a->err;) {
		struct us_val role = us_val_get(it.val, "role");
		size_t i = 0;

		while (i < US_COUNT(roles) && !us_val_str_is(role, roles[i].role))
			i++;
		if (i == US_COUNT(roles)) {
			wrong(in);
			return;
		}
		roles[i].read(in, roles[i].hub, it.val);
		note_unknown(in, it.val);
	}
}

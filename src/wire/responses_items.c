/* responses_items.c - the input of a Responses request into turns of the hub
 *
 * An item is a message, or something that other dialects keep within one: a thought, a call, a
 * call's output. Those of the assistant that follow each other are one turn, for so they were
 * generated; so are outputs that follow each other and the user's message right after them.
 *
 * Two messages of the assistant in a row are two turns, as long as no call is open: between a call
 * and its output nothing may stand.
 */
#include "wire/responses.h"

#include "wire/openai_content.h"
#include "wire/take.h"
#include "wire/wants.h"

static bool text_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_val notes = us_val_get(part, "annotations");
	bool is = us_openai_text_part(in, part, b);

	if (us_val_count(notes))
		b->raw = us_val_raw(notes);
	return is;
}

static bool image_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_span id = us_openai_str(in, part, "file_id");

	if (id.n)
		return us_openai_upload(in, b, US_IMAGE, id);
	return us_openai_image(in, b, us_openai_str(in, part, "image_url"),
	                       us_openai_str(in, part, "detail"));
}

static const struct us_openai_part parts[] = {
	{ "input_text", us_openai_text_part }, { "output_text", text_part },
	{ "refusal", us_openai_refusal_part }, { "input_image", image_part },
	{ "input_file", us_openai_file },      { "input_audio", us_openai_audio_part },
};

static void read_content(struct us_openai_in *in, struct us_openai_home home, struct us_val v)
{
	us_openai_read_content(in, home, v, parts, US_COUNT(parts));
}

static struct us_turn *last_turn(struct us_openai_in *in)
{
	return in->r->nturns ? &in->r->turns[in->r->nturns - 1] : NULL;
}

static struct us_turn *add_turn(struct us_openai_in *in, enum us_role role)
{
	return us_openai_add_turn(in, role, us_span(NULL, 0));
}

/* The assistant's turn that is open, or a new one. */
static struct us_turn *assistant(struct us_openai_in *in)
{
	struct us_turn *t = last_turn(in);

	return t && t->role == US_ROLE_ASSISTANT ? t : add_turn(in, US_ROLE_ASSISTANT);
}

/* The user's turn of results that is open, or a new one. */
static struct us_turn *results(struct us_openai_in *in)
{
	struct us_turn *t = in->results ? last_turn(in) : add_turn(in, US_ROLE_USER);

	in->results = true;
	return t;
}

static struct us_turn *turn_of_message(struct us_openai_in *in, enum us_role role)
{
	struct us_turn *t = last_turn(in);

	if (role == US_ROLE_USER && in->results) {
		in->results = false;
		return t;
	}
	if (role == US_ROLE_ASSISTANT && (!in->spoke || us_turn_has(t, US_TOOL_CALL)))
		return assistant(in);
	return add_turn(in, role);
}

static void read_message(struct us_openai_in *in, struct us_val item)
{
	static const char *const roles[] = {
		[US_ROLE_USER] = "user",
		[US_ROLE_ASSISTANT] = "assistant",
		[US_ROLE_SYSTEM] = "system",
		[US_ROLE_DEVELOPER] = "developer",
	};
	size_t i = 0;
	struct us_turn *t;

	while (i < US_COUNT(roles) && !us_val_str_is(us_val_get(item, "role"), roles[i]))
		i++;
	if (i == US_COUNT(roles)) {
		us_openai_wrong(in);
		return;
	}
	t = turn_of_message(in, (enum us_role)i);
	if (t)
		read_content(in, us_openai_home(t), us_val_get(item, "content"));
	in->spoke = i == US_ROLE_ASSISTANT;
}

/* A block of the assistant that is no message. */
static struct us_block *add_block(struct us_openai_in *in, enum us_block_kind kind)
{
	struct us_turn *t = assistant(in);

	return t ? us_openai_add_block(in, us_openai_home(t), kind) : NULL;
}

/* The name of a tool within a namespace says nothing to those who do not have it. */
static void read_call(struct us_openai_in *in, struct us_val item, struct us_span type)
{
	bool custom = us_span_is(type, "custom_tool_call");
	bool nested = us_val_given(us_val_get(item, "namespace"));
	struct us_block *b = add_block(in, nested ? US_HOSTED : US_TOOL_CALL);

	if (!b)
		return;
	b->type = nested ? US_SPAN("namespace") : us_span(NULL, 0);
	b->id = us_openai_str(in, item, "call_id");
	b->name = us_openai_str(in, item, "name");
	us_take_args(us_val_get(item, custom ? "input" : "arguments"), in->a, b);
	if (custom)
		b->args_kind = US_ARGS_FREEFORM;
	if (!b->id.n || !b->name.n)
		us_openai_wrong(in);
}

/* An output that is text, or a list of what a message may hold. */
static void read_output(struct us_openai_in *in, struct us_val item, struct us_span type)
{
	struct us_turn *t = results(in);
	struct us_block *b = t ? us_openai_add_block(in, us_openai_home(t), US_TOOL_RESULT) : NULL;

	if (!b)
		return;
	b->id = us_openai_str(in, item, "call_id");
	if (us_span_is(type, "custom_tool_call_output"))
		b->args_kind = US_ARGS_FREEFORM;
	read_content(in, us_openai_inside(b), us_val_get(item, "output"));
	if (!b->id.n)
		us_openai_wrong(in);
}

/* What its summary and its text say; what is sealed stays sealed. */
static void read_reasoning(struct us_openai_in *in, struct us_val item, struct us_span type)
{
	static const char *const lists[] = { "summary", "content" };
	struct us_block *b = add_block(in, US_THINK);

	if (!b)
		return;
	b->sig = us_openai_str(in, item, "encrypted_content");
	for (size_t i = 0; i < US_COUNT(lists); i++)
		for (struct us_iter it = us_iter(us_val_get(item, lists[i])); us_iter_next(&it);) {
			struct us_span more = us_openai_str(in, it.val, "text");

			if (more.n && b->text.n)
				b->text = us_arena_join(in->a, b->text, US_SPAN("\n\n"));
			if (more.n)
				b->text = b->text.n ? us_arena_join(in->a, b->text, more) : more;
		}
}

/* Lives at OpenAI under the id it names. */
static void read_reference(struct us_openai_in *in, struct us_val item, struct us_span type)
{
	us_openai_note(in, &in->r->state_refs, &in->r->nstate_refs, US_SPAN("item_reference"));
}

/* A tool of OpenAI's at work, or what its newer ways of working leave behind. */
static void read_hosted(struct us_openai_in *in, struct us_val item, struct us_span type)
{
	struct us_block *b = add_block(in, US_HOSTED);

	if (!b)
		return;
	b->type = type;
	b->raw = us_val_raw(item);
}

static const struct {
	const char *type;
	void (*read)(struct us_openai_in *in, struct us_val item, struct us_span type);
} items[] = {
	{ "function_call", read_call },          { "custom_tool_call", read_call },
	{ "function_call_output", read_output }, { "custom_tool_call_output", read_output },
	{ "reasoning", read_reasoning },         { "item_reference", read_reference },
};

/* A message need not say that it is one, nor a reference. */
static struct us_span type_of(struct us_openai_in *in, struct us_val item)
{
	struct us_span type = us_openai_str(in, item, "type");

	if (type.n)
		return type;
	return us_val_given(us_val_get(item, "role")) ? US_SPAN("message")
	                                              : US_SPAN("item_reference");
}

static void read_item(struct us_openai_in *in, struct us_val item)
{
	struct us_span type = type_of(in, item);

	if (us_span_is(type, "message")) {
		read_message(in, item);
		return;
	}
	for (size_t i = 0; i < US_COUNT(items); i++)
		if (us_span_is(type, items[i].type)) {
			items[i].read(in, item, type);
			return;
		}
	read_hosted(in, item, type);
}

void us_responses_take_input(struct us_openai_in *in, struct us_val v)
{
	struct us_turn *t;

	if (us_val_is(v, US_J_STRING)) {
		t = add_turn(in, US_ROLE_USER);
		if (t)
			us_openai_add_words(in, us_openai_home(t), US_TEXT, us_val_str(v, in->a));
		return;
	}
	if (!us_val_is(v, US_J_ARRAY))
		us_openai_wrong(in);
	for (struct us_iter it = us_iter(v); us_iter_next(&it) && !in->err && !in->a->err;) {
		if (!us_val_is(it.val, US_J_OBJECT))
			us_openai_wrong(in);
		else
			read_item(in, it.val);
	}
}

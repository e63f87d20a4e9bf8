/* responses_request.c - Responses requests into the hub, and the dialect's row
 *
 * As in openai_request.c, a member is a row of the table below. What lives only at OpenAI - earlier
 * answers, conversations, prompts, answers made in the background - is named in state_refs: no
 * other provider can serve such a request.
 */
#include "wire/responses.h"

#include "wire/back.h"
#include "wire/openai_content.h"

/* They stand before all else that is said. */
static void take_instructions(struct us_openai_in *in, struct us_val v)
{
	struct us_turn *t = us_openai_add_turn(in, US_ROLE_SYSTEM, us_span(NULL, 0));

	if (t)
		us_openai_add_words(in, us_openai_home(t), US_TEXT, us_val_str(v, in->a));
	if (!us_val_is(v, US_J_STRING))
		us_openai_wrong(in);
}

/* Tools of a namespace, too, are for OpenAI alone: a call of one bears a name that says nothing
 * without it. */
static void read_tool(struct us_openai_in *in, struct us_val v)
{
	struct us_tool *t = us_arena_push(in->a, &in->r->tools, &in->r->ntools, sizeof(*t));
	struct us_val type = us_val_get(v, "type");

	if (!t)
		return;
	if (us_val_str_is(type, "function"))
		us_openai_read_function(in, v, t);
	else if (us_val_str_is(type, "custom"))
		us_openai_read_custom(in, v, t);
	else
		us_openai_read_hosted(in, v, t);
}

static void take_tools(struct us_openai_in *in, struct us_val v)
{
	us_openai_read_each(in, v, read_tool);
}

static struct us_span named(struct us_openai_in *in, struct us_val v)
{
	return us_openai_str(in, v, "name");
}

/* A hosted tool is chosen by its type; that it is hosted is told of the tool itself. */
static void take_choice(struct us_openai_in *in, struct us_val v)
{
	struct us_val type = us_val_get(v, "type");
	struct us_span name = named(in, v);

	if (us_val_is(v, US_J_STRING))
		us_openai_take_word(in, v);
	else if (us_val_str_is(type, "allowed_tools"))
		us_openai_take_allowed(in, v, named);
	else if (name.n && (us_val_str_is(type, "function") || us_val_str_is(type, "custom")))
		us_openai_take_name(in, name);
	else
		us_openai_note(in, &in->r->unknown, &in->r->nunknown, US_SPAN("tool_choice"));
}

/* {"type": "json_schema", "name", "schema", "strict"}: flat, unlike response_format. */
static void read_format(struct us_openai_in *in, struct us_val v)
{
	struct us_val type = us_val_get(v, "type"), schema = us_val_get(v, "schema");

	if (us_val_str_is(type, "json_schema") && us_val_given(schema))
		us_openai_read_schema(in, v, schema);
	else if (us_val_str_is(type, "json_object"))
		in->r->format = US_FORMAT_JSON_OBJECT;
	else if (us_val_str_is(type, "text"))
		in->r->format = US_FORMAT_TEXT;
	else
		us_openai_note(in, &in->r->unknown, &in->r->nunknown, US_SPAN("text.format"));
}

static void take_text(struct us_openai_in *in, struct us_val v)
{
	struct us_val format = us_val_get(v, "format");

	if (us_val_given(format))
		read_format(in, format);
	in->r->verbosity = us_openai_str(in, v, "verbosity");
}

/* Summaries are what other providers' thoughts never become: see us_responses_encode_event. */
static void take_reasoning(struct us_openai_in *in, struct us_val v)
{
	struct us_val effort = us_val_get(v, "effort"), summary = us_val_get(v, "summary");

	if (us_val_given(effort))
		us_openai_take_effort(in, effort);
	if (us_val_given(summary))
		us_openai_note_dropped(in, "reasoning.summary");
}

/* Sealed thoughts are for those who have none of the conversation; nobody else makes them, and
 * nothing depends on their coming. What hosted tools found can only be asked of hosted tools. */
static void take_include(struct us_openai_in *in, struct us_val v)
{
	for (struct us_iter it = us_iter(v); us_iter_next(&it);)
		if (us_val_str_is(it.val, "message.output_text.logprobs"))
			in->r->logprobs = US_YES;
}

/* Asking for none is the default. */
static void take_top_logprobs(struct us_openai_in *in, struct us_val v)
{
	double n = us_val_double(v);

	if (!us_val_is(v, US_J_NUMBER))
		us_openai_wrong(in);
	if (n <= 0)
		return;
	in->r->top_logprobs = (struct us_num){ us_val_raw(v), n };
	in->r->logprobs = US_YES;
}

/* OpenAI would leave out the middle of what is too long; elsewhere that is refused. */
static void take_truncation(struct us_openai_in *in, struct us_val v)
{
	if (us_val_str_is(v, "auto"))
		us_openai_note_dropped(in, "truncation");
}

static void refer(struct us_openai_in *in, const char *name)
{
	us_openai_note(in, &in->r->state_refs, &in->r->nstate_refs, us_span_of(name));
}

static void take_previous(struct us_openai_in *in, struct us_val v)
{
	refer(in, "previous_response_id");
}

static void take_conversation(struct us_openai_in *in, struct us_val v)
{
	refer(in, "conversation");
}

static void take_prompt(struct us_openai_in *in, struct us_val v) { refer(in, "prompt"); }

/* Whoever asks for that comes back for the answer later. */
static void take_background(struct us_openai_in *in, struct us_val v)
{
	if (us_val_is(v, US_J_TRUE))
		refer(in, "background");
}

/* Of two rows for one field the later wins; instructions come before the input. */
static const struct us_openai_member members[] = {
	{ "model", US_MEMBER_WORD, US_MEMBER_AT(model) },
	{ "instructions", US_MEMBER_TAKE, US_MEMBER_BY(take_instructions) },
	{ "input", US_MEMBER_TAKE, US_MEMBER_BY(us_responses_take_input) },
	{ "stream", US_MEMBER_FLAG, US_MEMBER_AT(stream) },
	{ "stream_options", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) }, /* padding against listeners */
	{ "parallel_tool_calls", US_MEMBER_FLAG, US_MEMBER_AT(parallel_tools) },
	{ "tools", US_MEMBER_TAKE, US_MEMBER_BY(take_tools) },
	{ "tool_choice", US_MEMBER_TAKE, US_MEMBER_BY(take_choice) },
	{ "max_tool_calls", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) }, /* of hosted tools */
	{ "max_output_tokens", US_MEMBER_TAKE, US_MEMBER_BY(us_openai_take_max) },
	{ "temperature", US_MEMBER_NUMBER, US_MEMBER_AT(temperature) },
	{ "top_p", US_MEMBER_NUMBER, US_MEMBER_AT(top_p) },
	{ "top_logprobs", US_MEMBER_TAKE, US_MEMBER_BY(take_top_logprobs) },
	{ "text", US_MEMBER_TAKE, US_MEMBER_BY(take_text) },
	{ "reasoning", US_MEMBER_TAKE, US_MEMBER_BY(take_reasoning) },
	{ "include", US_MEMBER_TAKE, US_MEMBER_BY(take_include) },
	{ "user", US_MEMBER_WORD, US_MEMBER_AT(user_id) },
	{ "safety_identifier", US_MEMBER_WORD, US_MEMBER_AT(user_id) },
	{ "service_tier", US_MEMBER_WORD, US_MEMBER_AT(service_tier) },
	{ "truncation", US_MEMBER_TAKE, US_MEMBER_BY(take_truncation) },
	{ "store", US_MEMBER_TAKE, US_MEMBER_BY(us_openai_take_store) },
	{ "previous_response_id", US_MEMBER_TAKE, US_MEMBER_BY(take_previous) },
	{ "conversation", US_MEMBER_TAKE, US_MEMBER_BY(take_conversation) },
	{ "prompt", US_MEMBER_TAKE, US_MEMBER_BY(take_prompt) },
	{ "background", US_MEMBER_TAKE, US_MEMBER_BY(take_background) },
	{ "context_management", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "metadata", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "moderation", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "prompt_cache_key", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "prompt_cache_options", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "prompt_cache_retention", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
};

/* A prompt that is kept at OpenAI needs no input. */
static int decode_request(struct us_val body, struct us_arena *a, struct us_req *out)
{
	struct us_openai_in in = { .a = a, .r = out };

	if (!us_val_given(us_val_get(body, "input")) && !us_val_given(us_val_get(body, "prompt")))
		return US_EINVAL;
	out->stream_usage = true;
	us_responses_note_echo(&in, body);
	return us_openai_read_members(&in, body, members, US_COUNT(members));
}

const struct us_dialect us_responses = {
	.name = "responses",
	.auth = "Authorization: Bearer ",
	.models = "openai",
	.base_version = "/v1",
	.endpoint = "/responses",
	.sign = { "input", "[\"" },
	.sign_with_model = true, /* alone it is in many a body that is none of ours */
	.framing = US_FRAMING_SSE,
	.limits = { .system_in_turn = true, .name_max = 64, .id_max = 64 },
	.decode_request = decode_request,
	.encode_request = us_responses_encode_request,
	.patch_member = us_responses_patch_member,
	.decoder_new = us_responses_decoder_new,
	.decode_event = us_responses_decode_event,
	.decode_whole = us_responses_decode_whole,
	.decode_end = us_responses_decode_end,
	.decoder_look = us_responses_decoder_look,
	.decoder_free = us_responses_decoder_free,
	.encoder_new = us_responses_encoder_new,
	.encode_event = us_responses_encode_event,
	.encoder_resume = us_responses_encoder_resume,
	.encoder_free = us_responses_encoder_free,
	.encode_whole = us_responses_encode_whole,
	.decode_error = us_openai_decode_error,
	.encode_error = us_openai_encode_error,
	.back = &us_responses_back,
};

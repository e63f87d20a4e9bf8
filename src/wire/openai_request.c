/* openai_request.c - Chat Completions requests into the hub, and the dialect's row
 *
 * A member is a row of the table below: either it goes straight into a field, or a function takes
 * it, or it is listed as dropped. What no row knows is listed as unknown. null is not given.
 *
 * The table holds what OpenAI documents and what the common compatible servers add. A member of
 * the wrong type makes the whole no request of this dialect: its own provider would answer 400,
 * and no other provider should be asked to guess what was meant.
 */
#include "wire/openai.h"

static void take_stream_options(struct us_openai_in *in, struct us_val v)
{
	in->r->stream_usage |= us_val_is(us_val_get(v, "include_usage"), US_J_TRUE);
}

/* OpenRouter's way to ask for the same. */
static void take_usage(struct us_openai_in *in, struct us_val v)
{
	in->r->stream_usage |= us_val_is(us_val_get(v, "include"), US_J_TRUE);
}

/* By what it holds, not by its type, which some programs leave out. What holds neither a function
 * nor a free-form tool is run by the provider itself. */
static void read_tool(struct us_openai_in *in, struct us_val v)
{
	struct us_tool *t =
		us_arena_push(in->a, &in->r->tools, &in->r->ntools, sizeof(struct us_tool));
	struct us_val function = us_val_get(v, "function"), custom = us_val_get(v, "custom");
	struct us_val cache = us_val_get(v, "cache_control");

	if (!t)
		return;
	if (us_val_is(function, US_J_OBJECT))
		us_openai_read_function(in, function, t);
	else if (us_val_is(custom, US_J_OBJECT))
		us_openai_read_custom(in, custom, t);
	else
		us_openai_read_hosted(in, v, t);
	if (us_val_given(cache))
		t->cache = us_val_raw(cache);
}

static void take_tools(struct us_openai_in *in, struct us_val v)
{
	us_openai_read_each(in, v, read_tool);
}

/* The older form of tools. It knows no parallel calls, so none may be made. */
static void take_functions(struct us_openai_in *in, struct us_val v)
{
	if (!us_val_is(v, US_J_ARRAY))
		us_openai_wrong(in);
	in->r->legacy_functions = true;
	in->r->parallel_tools = US_NO;
	for (struct us_iter it = us_iter(v); us_iter_next(&it) && !in->err;) {
		struct us_tool *t = us_arena_push(in->a, &in->r->tools, &in->r->ntools, sizeof(*t));

		if (t)
			us_openai_read_function(in, it.val, t);
	}
}

/* The name in {function: {name}}, {custom: {name}} or, flat, {name}. */
static struct us_span named(struct us_openai_in *in, struct us_val v)
{
	struct us_span name = us_openai_str(in, us_val_get(v, "function"), "name");

	if (!name.n)
		name = us_openai_str(in, us_val_get(v, "custom"), "name");
	return name.n ? name : us_openai_str(in, v, "name");
}

/* A choice of a form that is not known might force a tool that cannot be named: it is told. */
static void take_choice(struct us_openai_in *in, struct us_val v)
{
	struct us_val allowed = us_val_get(v, "allowed_tools");
	struct us_span name = named(in, v);

	if (us_val_is(v, US_J_STRING))
		us_openai_take_word(in, v);
	else if (us_val_is(allowed, US_J_OBJECT))
		us_openai_take_allowed(in, allowed, named);
	else if (name.n)
		us_openai_take_name(in, name);
	else
		us_openai_note(in, &in->r->unknown, &in->r->nunknown, US_SPAN("tool_choice"));
}

/* The older form of tool_choice, with the same words. */
static void take_function_call(struct us_openai_in *in, struct us_val v)
{
	in->r->legacy_functions = true;
	take_choice(in, v);
}

static void take_stop(struct us_openai_in *in, struct us_val v)
{
	bool list = us_val_is(v, US_J_ARRAY);

	if (list ? us_take_stops(v, in->a, in->r) : us_take_stop(v, in->a, in->r))
		us_openai_wrong(in);
}

/* Several compatible servers take a schema beside {"type": "json_object"}. */
static void take_format(struct us_openai_in *in, struct us_val v)
{
	struct us_val type = us_val_get(v, "type"), official = us_val_get(v, "json_schema");
	struct us_val beside = us_val_get(v, "schema");
	struct us_val within = us_val_get(official, "schema");

	if (us_val_str_is(type, "json_schema") && us_val_given(within))
		us_openai_read_schema(in, official, within);
	else if (us_val_str_is(type, "json_object") && us_val_is(beside, US_J_OBJECT))
		us_openai_read_schema(in, v, beside);
	else if (us_val_str_is(type, "json_object"))
		in->r->format = US_FORMAT_JSON_OBJECT;
	else if (us_val_str_is(type, "text"))
		in->r->format = US_FORMAT_TEXT;
	else
		us_openai_note(in, &in->r->unknown, &in->r->nunknown, US_SPAN("response_format"));
}

/* OpenRouter: effort, or max_tokens, or only enabled. */
static void take_reasoning(struct us_openai_in *in, struct us_val v)
{
	struct us_val effort = us_val_get(v, "effort"), enabled = us_val_get(v, "enabled");

	if (us_val_given(effort))
		us_openai_take_effort(in, effort);
	else if (us_val_u64(us_val_get(v, "max_tokens"), &in->r->reason_budget))
		in->r->reason = US_REASON_BUDGET;
	else if (us_val_given(enabled))
		in->r->reason = us_val_is(enabled, US_J_TRUE) ? US_REASON_ADAPTIVE : US_REASON_OFF;
}

/* DeepSeek, Z.ai and others: {"type": "enabled"}, some with a budget. */
static void take_thinking(struct us_openai_in *in, struct us_val v)
{
	struct us_val type = us_val_get(v, "type");

	if (us_val_str_is(type, "disabled"))
		in->r->reason = US_REASON_OFF;
	else if (us_val_u64(us_val_get(v, "budget_tokens"), &in->r->reason_budget))
		in->r->reason = US_REASON_BUDGET;
	else
		in->r->reason = US_REASON_ADAPTIVE;
}

/* Whatever is not text can't be given back in another dialect, be it sound or images. */
static void take_modalities(struct us_openai_in *in, struct us_val v)
{
	for (struct us_iter it = us_iter(v); us_iter_next(&it);)
		in->r->audio_out |= !us_val_str_is(it.val, "text");
}

/* Of two rows for one field the later wins, except where its function says so. */
static const struct us_openai_member members[] = {
	{ "model", US_MEMBER_WORD, US_MEMBER_AT(model) },
	{ "messages", US_MEMBER_TAKE, US_MEMBER_BY(us_openai_messages) },
	{ "stream", US_MEMBER_FLAG, US_MEMBER_AT(stream) },
	{ "stream_options", US_MEMBER_TAKE, US_MEMBER_BY(take_stream_options) },
	{ "usage", US_MEMBER_TAKE, US_MEMBER_BY(take_usage) },
	{ "parallel_tool_calls", US_MEMBER_FLAG, US_MEMBER_AT(parallel_tools) },
	{ "tools", US_MEMBER_TAKE, US_MEMBER_BY(take_tools) },
	{ "functions", US_MEMBER_TAKE, US_MEMBER_BY(take_functions) },
	{ "tool_choice", US_MEMBER_TAKE, US_MEMBER_BY(take_choice) },
	{ "function_call", US_MEMBER_TAKE, US_MEMBER_BY(take_function_call) },
	{ "max_tokens", US_MEMBER_TAKE, US_MEMBER_BY(us_openai_take_max) },
	{ "max_completion_tokens", US_MEMBER_TAKE, US_MEMBER_BY(us_openai_take_max) },
	{ "temperature", US_MEMBER_NUMBER, US_MEMBER_AT(temperature) },
	{ "top_p", US_MEMBER_NUMBER, US_MEMBER_AT(top_p) },
	{ "min_p", US_MEMBER_NUMBER, US_MEMBER_AT(min_p) },
	{ "top_k", US_MEMBER_NUMBER, US_MEMBER_AT(top_k) },
	{ "frequency_penalty", US_MEMBER_NUMBER, US_MEMBER_AT(frequency_penalty) },
	{ "presence_penalty", US_MEMBER_NUMBER, US_MEMBER_AT(presence_penalty) },
	{ "repeat_penalty", US_MEMBER_NUMBER, US_MEMBER_AT(repetition_penalty) },
	{ "repetition_penalty", US_MEMBER_NUMBER, US_MEMBER_AT(repetition_penalty) },
	{ "random_seed", US_MEMBER_NUMBER, US_MEMBER_AT(seed) },
	{ "seed", US_MEMBER_NUMBER, US_MEMBER_AT(seed) },
	{ "n", US_MEMBER_NUMBER, US_MEMBER_AT(n) },
	{ "logprobs", US_MEMBER_FLAG, US_MEMBER_AT(logprobs) },
	{ "top_logprobs", US_MEMBER_NUMBER, US_MEMBER_AT(top_logprobs) },
	{ "logit_bias", US_MEMBER_RAW, US_MEMBER_AT(logit_bias) },
	{ "stop", US_MEMBER_TAKE, US_MEMBER_BY(take_stop) },
	{ "response_format", US_MEMBER_TAKE, US_MEMBER_BY(take_format) },
	{ "thinking", US_MEMBER_TAKE, US_MEMBER_BY(take_thinking) },
	{ "reasoning", US_MEMBER_TAKE, US_MEMBER_BY(take_reasoning) },
	{ "reasoning_effort", US_MEMBER_TAKE, US_MEMBER_BY(us_openai_take_effort) },
	{ "verbosity", US_MEMBER_WORD, US_MEMBER_AT(verbosity) },
	{ "user", US_MEMBER_WORD, US_MEMBER_AT(user_id) },
	{ "safety_identifier", US_MEMBER_WORD, US_MEMBER_AT(user_id) },
	{ "service_tier", US_MEMBER_WORD, US_MEMBER_AT(service_tier) },
	{ "modalities", US_MEMBER_TAKE, US_MEMBER_BY(take_modalities) },
	{ "audio", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "store", US_MEMBER_TAKE, US_MEMBER_BY(us_openai_take_store) },
	{ "metadata", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "moderation", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "prediction", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "prompt_cache_key", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "prompt_cache_options", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "prompt_cache_retention", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "web_search_options", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
};

static int decode_request(struct us_val body, struct us_arena *a, struct us_req *out)
{
	struct us_openai_in in = { .a = a, .r = out };

	if (!us_val_given(us_val_get(body, "messages")))
		return US_EINVAL;
	return us_openai_read_members(&in, body, members, US_COUNT(members));
}

/* Azure's paths name a deployment, and its bodies need no model. */
static void read_url(struct us_span path, struct us_span query, struct us_in_url *out)
{
	out->model = us_url_segment(path, "/openai/deployments/", '/');
}

const struct us_dialect us_openai = {
	.name = "openai",
	.base_version = "/v1",
	.endpoint = "/chat/completions",
	.sign = { "messages", "[" },
	.read_url = read_url,
	.framing = US_FRAMING_SSE,
	.auth = "Authorization: Bearer ",
	/* Tool ids could be longer today; 40 is what it has always taken. */
	.limits = { .system_in_turn = true, .name_max = 64, .id_max = 40 },
	.decode_request = decode_request,
	.encode_request = us_openai_encode_request,
	.patch_member = us_openai_patch_member,
	.decoder_new = us_openai_decoder_new,
	.decode_event = us_openai_decode_event,
	.decode_whole = us_openai_decode_whole,
	.decode_end = us_openai_decode_end,
	.decoder_look = us_openai_decoder_look,
	.decoder_free = us_openai_decoder_free,
	.encoder_new = us_openai_encoder_new,
	.encode_event = us_openai_encode_event,
	.encoder_resume = us_openai_encoder_resume,
	.encoder_free = us_openai_encoder_free,
	.encode_whole = us_openai_encode_whole,
	.decode_error = us_openai_decode_error,
	.encode_error = us_openai_encode_error,
};

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

#include <stddef.h>

#define NAMES_MAX 64 /* in each list of names */

enum how {
	WORD,   /* a string into a us_span */
	NUMBER, /* into a us_num */
	FLAG,   /* a boolean into an us_tri */
	RAW,    /* its bytes into a us_span */
	TAKE,   /* by the row's function */
	DROP    /* has no place in the hub */
};

/* A name once; the list is for people, and what it leaves out changes no verdict. */
void us_openai_note(struct us_openai_in *in, struct us_span **names, size_t *n, struct us_span name)
{
	struct us_span *at;

	for (size_t i = 0; i < *n; i++)
		if (us_span_eq((*names)[i], name))
			return;
	at = *n < NAMES_MAX ? us_arena_push(in->a, names, n, sizeof(*at)) : NULL;
	if (at)
		*at = name;
}

static void note_dropped(struct us_openai_in *in, const char *name)
{
	us_openai_note(in, &in->r->dropped, &in->r->ndropped, us_span_of(name));
}

struct us_span us_openai_str(struct us_openai_in *in, struct us_val object, const char *name)
{
	struct us_val v = us_val_get(object, name);

	return us_val_is(v, US_J_STRING) ? us_val_str(v, in->a) : us_span(NULL, 0);
}

static enum us_tri flag(struct us_val v)
{
	return us_val_is(v, US_J_TRUE) ? US_YES : us_val_is(v, US_J_FALSE) ? US_NO : US_UNSET;
}

static void wrong(struct us_openai_in *in) { in->err = US_EINVAL; }

/* 100.0 is an integer too: that is how some languages print one. Negative means no limit. */
static void take_max(struct us_openai_in *in, struct us_val v)
{
	double d = us_val_double(v);
	uint64_t n = 0;

	if (!us_val_is(v, US_J_NUMBER) || d > 1e15)
		wrong(in);
	else if (d < 0)
		return;
	else if (us_val_u64(v, &n) || d == (double)(uint64_t)d)
		in->r->max_out = n ? n : (uint64_t)d;
	else
		wrong(in);
	in->r->max_out_set = !in->err;
}

static void take_stream_options(struct us_openai_in *in, struct us_val v)
{
	in->r->stream_usage |= us_val_is(us_val_get(v, "include_usage"), US_J_TRUE);
}

/* OpenRouter's way to ask for the same. */
static void take_usage(struct us_openai_in *in, struct us_val v)
{
	in->r->stream_usage |= us_val_is(us_val_get(v, "include"), US_J_TRUE);
}

/* A schema that is null is as good as none; one that is there stays as its bytes. */
static void read_function(struct us_openai_in *in, struct us_val f, struct us_tool *t)
{
	struct us_val schema = us_val_get(f, "parameters");

	t->kind = US_TOOL_FUNCTION;
	t->name = us_openai_str(in, f, "name");
	t->description = us_openai_str(in, f, "description");
	if (us_val_given(schema))
		t->schema = us_val_raw(schema);
	t->strict = flag(us_val_get(f, "strict"));
	if (!t->name.n)
		wrong(in);
}

/* A free-form tool: its input is text, perhaps held to a grammar. */
static void read_custom(struct us_openai_in *in, struct us_val c, struct us_tool *t)
{
	struct us_val format = us_val_get(c, "format");

	t->kind = US_TOOL_CUSTOM;
	t->name = us_openai_str(in, c, "name");
	t->description = us_openai_str(in, c, "description");
	if (us_val_given(format))
		t->grammar = us_val_raw(format);
	if (!t->name.n)
		wrong(in);
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
	if (us_val_is(function, US_J_OBJECT)) {
		read_function(in, function, t);
	} else if (us_val_is(custom, US_J_OBJECT)) {
		read_custom(in, custom, t);
	} else {
		t->kind = US_TOOL_HOSTED;
		t->type = us_openai_str(in, v, "type");
		if (!t->type.n)
			wrong(in);
	}
	if (us_val_given(cache))
		t->cache = us_val_raw(cache);
}

static void take_tools(struct us_openai_in *in, struct us_val v)
{
	if (!us_val_is(v, US_J_ARRAY))
		wrong(in);
	for (struct us_iter it = us_iter(v); us_iter_next(&it) && !in->err;)
		read_tool(in, it.val);
}

/* The older form of tools. It knows no parallel calls, so none may be made. */
static void take_functions(struct us_openai_in *in, struct us_val v)
{
	if (!us_val_is(v, US_J_ARRAY))
		wrong(in);
	in->r->legacy_functions = true;
	in->r->parallel_tools = US_NO;
	for (struct us_iter it = us_iter(v); us_iter_next(&it) && !in->err;) {
		struct us_tool *t = us_arena_push(in->a, &in->r->tools, &in->r->ntools, sizeof(*t));

		if (t)
			read_function(in, it.val, t);
	}
}

static void choose_name(struct us_openai_in *in, struct us_span name)
{
	in->r->choice = US_CHOICE_NAMED;
	in->r->choice_name = name;
}

static void choose_word(struct us_openai_in *in, struct us_val v)
{
	if (us_val_str_is(v, "auto"))
		in->r->choice = US_CHOICE_AUTO;
	else if (us_val_str_is(v, "none"))
		in->r->choice = US_CHOICE_NONE;
	else if (us_val_str_is(v, "required") || us_val_str_is(v, "any"))
		in->r->choice = US_CHOICE_REQUIRED; /* any: Mistral's word */
	else
		wrong(in);
}

/* The name in {function: {name}}, {custom: {name}} or, flat, {name}. */
static struct us_span named(struct us_openai_in *in, struct us_val v)
{
	struct us_span name = us_openai_str(in, us_val_get(v, "function"), "name");

	if (!name.n)
		name = us_openai_str(in, us_val_get(v, "custom"), "name");
	return name.n ? name : us_openai_str(in, v, "name");
}

/* The tools stay as they are; the choice is among some of them. */
static void choose_allowed(struct us_openai_in *in, struct us_val v)
{
	struct us_req *r = in->r;

	r->choice = US_CHOICE_ALLOWED;
	r->allowed_required = us_val_str_is(us_val_get(v, "mode"), "required");
	for (struct us_iter it = us_iter(us_val_get(v, "tools")); us_iter_next(&it);) {
		struct us_span *name =
			us_arena_push(in->a, &r->allowed, &r->nallowed, sizeof(*name));

		if (name)
			*name = named(in, it.val);
	}
}

/* A choice of a form that is not known might force a tool that cannot be named: it is told. */
static void take_choice(struct us_openai_in *in, struct us_val v)
{
	struct us_val allowed = us_val_get(v, "allowed_tools");
	struct us_span name = named(in, v);

	if (us_val_is(v, US_J_STRING))
		choose_word(in, v);
	else if (us_val_is(allowed, US_J_OBJECT))
		choose_allowed(in, allowed);
	else if (name.n)
		choose_name(in, name);
	else
		us_openai_note(in, &in->r->unknown, &in->r->nunknown, US_SPAN("tool_choice"));
}

/* The older form of tool_choice, with the same words. */
static void take_function_call(struct us_openai_in *in, struct us_val v)
{
	in->r->legacy_functions = true;
	take_choice(in, v);
}

static void add_stop(struct us_openai_in *in, struct us_val v)
{
	struct us_span *at = us_arena_push(in->a, &in->r->stop, &in->r->nstop, sizeof(*at));

	if (at)
		*at = us_val_str(v, in->a);
	if (!us_val_is(v, US_J_STRING))
		wrong(in);
}

static void take_stop(struct us_openai_in *in, struct us_val v)
{
	if (!us_val_is(v, US_J_ARRAY)) {
		add_stop(in, v);
		return;
	}
	for (struct us_iter it = us_iter(v); us_iter_next(&it);)
		add_stop(in, it.val);
}

/* Not strict is what OpenAI means by saying nothing, so that is kept as said; elsewhere a schema
 * that comes alone is a promise. */
static void read_schema(struct us_openai_in *in, struct us_val v, struct us_val schema)
{
	struct us_req *r = in->r;

	r->format = US_FORMAT_JSON_SCHEMA;
	r->format_schema = us_val_raw(schema);
	r->format_name = us_openai_str(in, v, "name");
	r->format_desc = us_openai_str(in, v, "description");
	r->format_strict = us_val_is(us_val_get(v, "strict"), US_J_TRUE) ? US_YES : US_NO;
}

/* Several compatible servers take a schema beside {"type": "json_object"}. */
static void take_format(struct us_openai_in *in, struct us_val v)
{
	struct us_val type = us_val_get(v, "type"), official = us_val_get(v, "json_schema");
	struct us_val beside = us_val_get(v, "schema");
	struct us_val within = us_val_get(official, "schema");

	if (us_val_str_is(type, "json_schema") && us_val_given(within))
		read_schema(in, official, within);
	else if (us_val_str_is(type, "json_object") && us_val_is(beside, US_J_OBJECT))
		read_schema(in, v, beside);
	else if (us_val_str_is(type, "json_object"))
		in->r->format = US_FORMAT_JSON_OBJECT;
	else if (us_val_str_is(type, "text"))
		in->r->format = US_FORMAT_TEXT;
	else
		us_openai_note(in, &in->r->unknown, &in->r->nunknown, US_SPAN("response_format"));
}

/* The words are not checked: a newer one is for the target to make sense of. */
static void take_effort(struct us_openai_in *in, struct us_val v)
{
	in->r->effort = us_val_str(v, in->a);
	in->r->reason = us_val_str_is(v, "none") ? US_REASON_OFF : US_REASON_EFFORT;
	if (!in->r->effort.n)
		wrong(in);
}

/* OpenRouter: effort, or max_tokens, or only enabled. */
static void take_reasoning(struct us_openai_in *in, struct us_val v)
{
	struct us_val effort = us_val_get(v, "effort"), enabled = us_val_get(v, "enabled");

	if (us_val_given(effort))
		take_effort(in, effort);
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

/* Only wanting the answer kept is lost elsewhere. */
static void take_store(struct us_openai_in *in, struct us_val v)
{
	if (us_val_is(v, US_J_TRUE))
		note_dropped(in, "store");
}

#define AT(field) offsetof(struct us_req, field), NULL
#define BY(function) 0, function

/* In this order: of two rows for one field the later wins, except where its function says so. */
static const struct member {
	const char *name;
	enum how how;
	size_t at;
	void (*take)(struct us_openai_in *in, struct us_val v);
} members[] = {
	{ "model", WORD, AT(model) },
	{ "messages", TAKE, BY(us_openai_messages) },
	{ "stream", FLAG, AT(stream) },
	{ "stream_options", TAKE, BY(take_stream_options) },
	{ "usage", TAKE, BY(take_usage) },
	{ "parallel_tool_calls", FLAG, AT(parallel_tools) },
	{ "tools", TAKE, BY(take_tools) },
	{ "functions", TAKE, BY(take_functions) },
	{ "tool_choice", TAKE, BY(take_choice) },
	{ "function_call", TAKE, BY(take_function_call) },
	{ "max_tokens", TAKE, BY(take_max) },
	{ "max_completion_tokens", TAKE, BY(take_max) },
	{ "temperature", NUMBER, AT(temperature) },
	{ "top_p", NUMBER, AT(top_p) },
	{ "min_p", NUMBER, AT(min_p) },
	{ "top_k", NUMBER, AT(top_k) },
	{ "frequency_penalty", NUMBER, AT(frequency_penalty) },
	{ "presence_penalty", NUMBER, AT(presence_penalty) },
	{ "repeat_penalty", NUMBER, AT(repetition_penalty) },
	{ "repetition_penalty", NUMBER, AT(repetition_penalty) },
	{ "random_seed", NUMBER, AT(seed) },
	{ "seed", NUMBER, AT(seed) },
	{ "n", NUMBER, AT(n) },
	{ "logprobs", FLAG, AT(logprobs) },
	{ "top_logprobs", NUMBER, AT(top_logprobs) },
	{ "logit_bias", RAW, AT(logit_bias) },
	{ "stop", TAKE, BY(take_stop) },
	{ "response_format", TAKE, BY(take_format) },
	{ "thinking", TAKE, BY(take_thinking) },
	{ "reasoning", TAKE, BY(take_reasoning) },
	{ "reasoning_effort", TAKE, BY(take_effort) },
	{ "verbosity", WORD, AT(verbosity) },
	{ "user", WORD, AT(user_id) },
	{ "safety_identifier", WORD, AT(user_id) },
	{ "service_tier", WORD, AT(service_tier) },
	{ "modalities", TAKE, BY(take_modalities) },
	{ "audio", DROP, BY(NULL) },
	{ "store", TAKE, BY(take_store) },
	{ "metadata", DROP, BY(NULL) },
	{ "moderation", DROP, BY(NULL) },
	{ "prediction", DROP, BY(NULL) },
	{ "prompt_cache_key", DROP, BY(NULL) },
	{ "prompt_cache_options", DROP, BY(NULL) },
	{ "prompt_cache_retention", DROP, BY(NULL) },
	{ "web_search_options", DROP, BY(NULL) },
};

static bool has_type(enum how how, struct us_val v)
{
	switch (how) {
	case WORD:
		return us_val_is(v, US_J_STRING);
	case NUMBER:
		return us_val_is(v, US_J_NUMBER);
	case FLAG:
		return flag(v) != US_UNSET;
	default:
		return true;
	}
}

static void take_member(struct us_openai_in *in, const struct member *m, struct us_val v)
{
	void *field = (char *)in->r + m->at;

	if (!has_type(m->how, v)) {
		wrong(in);
		return;
	}
	switch (m->how) {
	case WORD:
		*(struct us_span *)field = us_val_str(v, in->a);
		break;
	case RAW:
		*(struct us_span *)field = us_val_raw(v);
		break;
	case NUMBER:
		*(struct us_num *)field = (struct us_num){ us_val_raw(v), us_val_double(v) };
		break;
	case FLAG:
		*(enum us_tri *)field = flag(v);
		break;
	case TAKE:
		m->take(in, v);
		break;
	case DROP:
		note_dropped(in, m->name);
		break;
	}
}

static bool is_known(struct us_val key)
{
	for (size_t i = 0; i < US_COUNT(members); i++)
		if (us_val_str_is(key, members[i].name))
			return true;
	return false;
}

/* By rows, not by members, so that the rows' order decides between members that compete. */
static int decode_request(struct us_val body, struct us_arena *a, struct us_req *out)
{
	struct us_openai_in in = { .a = a, .r = out };

	if (!us_val_given(us_val_get(body, "messages")))
		return US_EINVAL;
	for (size_t i = 0; i < US_COUNT(members) && !in.err; i++) {
		struct us_val v = us_val_get(body, members[i].name);

		if (us_val_given(v))
			take_member(&in, &members[i], v);
	}
	for (struct us_iter it = us_iter(body); us_iter_next(&it);)
		if (us_val_given(it.val) && !is_known(it.key))
			us_openai_note(&in, &out->unknown, &out->nunknown, us_val_str(it.key, a));
	return a->err ? a->err : in.err;
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
	.decoder_new = us_openai_decoder_new,
	.decode_event = us_openai_decode_event,
	.decode_whole = us_openai_decode_whole,
	.decode_end = us_openai_decode_end,
	.decoder_free = us_openai_decoder_free,
	.encoder_new = us_openai_encoder_new,
	.encode_event = us_openai_encode_event,
	.encoder_free = us_openai_encoder_free,
	.encode_whole = us_openai_encode_whole,
	.decode_error = us_openai_decode_error,
	.encode_error = us_openai_encode_error,
};

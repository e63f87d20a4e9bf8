/* anthropic_request.c - the Anthropic Messages dialect, and its requests read
 *
 * Every member of the body is a row: who reads it, or what becomes of it. A name without a row is
 * unknown and listed as such, so that nothing is lost in silence. Members are looked up by name and
 * not taken as they come: of duplicates the last one counts, as for every JSON reader.
 *
 * null counts as not given. What lives only at Anthropic (files, containers, threads, connections
 * to MCP servers) is named in state_refs: no other provider can serve such a request.
 */
#include "wire/anthropic_request.h"

#include "wire/back.h"
#include "wire/take.h"

struct us_span us_anthropic_raw(struct us_val object, const char *name)
{
	struct us_val v = us_val_get(object, name);

	return us_val_given(v) ? us_val_raw(v) : us_span(NULL, 0);
}

int us_anthropic_state_ref(struct us_anthropic_in *in, const char *name)
{
	return us_take_name(in->a, &in->out->state_refs, &in->out->nstate_refs, us_span_of(name));
}

static int unknown(struct us_anthropic_in *in, struct us_span name)
{
	return us_take_name(in->a, &in->out->unknown, &in->out->nunknown, name);
}

static int dropped(struct us_anthropic_in *in, struct us_span name)
{
	return us_take_name(in->a, &in->out->dropped, &in->out->ndropped, name);
}

bool us_anthropic_among(const char *words, struct us_span name)
{
	struct us_span rest = us_span_of(words), word;

	while (us_span_next(&rest, ' ', &word))
		if (us_span_eq(word, name))
			return true;
	return false;
}

int us_anthropic_list_others(struct us_anthropic_in *in, struct us_val object, const char *where,
                             const char *known, const char *lost)
{
	int rc = 0;

	for (struct us_iter it = us_iter(object); !rc && us_iter_next(&it);) {
		struct us_span key = us_val_str(it.key, in->a), name;

		if (us_anthropic_among(known, key) || !us_val_given(it.val))
			continue;
		name = us_arena_printf(in->a, "%s.%.*s", where, key.n < 64 ? (int)key.n : 64,
		                       key.p);
		rc = us_anthropic_among(lost, key) ? dropped(in, name) : unknown(in, name);
	}
	return rc;
}

/* Turns */

static struct us_turn *add_turn(struct us_anthropic_in *in, enum us_role role)
{
	struct us_req *r = in->out;
	struct us_turn *t = us_arena_push(in->a, &r->turns, &r->nturns, sizeof(*t));

	if (t)
		t->role = role;
	return t;
}

/* One turn whose blocks are those of the array, so that each keeps its cache breakpoint. */
static int take_system(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	struct us_turn *t;

	if (us_val_is(v, US_J_ARRAY) && !us_val_count(v))
		return 0;
	t = add_turn(in, US_ROLE_SYSTEM);
	return t ? us_anthropic_read_content(in, v, &t->blocks, &t->nblocks) : in->a->err;
}

static int take_message(struct us_anthropic_in *in, struct us_val v)
{
	static const char *const roles[] = {
		[US_ROLE_USER] = "user",
		[US_ROLE_ASSISTANT] = "assistant",
		[US_ROLE_SYSTEM] = "system",
	};
	struct us_val role = us_val_get(v, "role");
	struct us_turn *t;
	int rc;

	for (size_t i = 0; i < US_COUNT(roles); i++) {
		if (!roles[i] || !us_val_str_is(role, roles[i]))
			continue;
		t = add_turn(in, (enum us_role)i);
		rc = t ? us_anthropic_read_content(in, us_val_get(v, "content"), &t->blocks,
		                                   &t->nblocks)
		       : in->a->err;
		return rc ? rc : us_anthropic_list_others(in, v, "messages", "role content", "");
	}
	return US_EINVAL;
}

static int take_messages(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	int rc = us_val_is(v, US_J_ARRAY) ? 0 : US_EINVAL;

	for (struct us_iter it = us_iter(v); !rc && us_iter_next(&it);)
		rc = take_message(in, it.val);
	return rc;
}

/* Tools */

/* A tool with a type is one that Claude was trained on: its schema is known to nobody else. */
static int take_tool(struct us_anthropic_in *in, struct us_val v)
{
	struct us_req *r = in->out;
	struct us_tool *t = us_arena_push(in->a, &r->tools, &r->ntools, sizeof(*t));

	if (!t)
		return in->a->err;
	t->name = us_take_str(v, "name", in->a);
	t->cache = us_anthropic_raw(v, "cache_control");
	t->type = us_take_str(v, "type", in->a);
	if (us_set(t->type) && !us_span_is(t->type, "custom")) {
		t->kind = US_TOOL_HOSTED;
		return 0;
	}
	t->type = us_span(NULL, 0);
	t->description = us_take_str(v, "description", in->a);
	t->schema = us_anthropic_raw(v, "input_schema");
	t->strict = us_take_tri(us_val_get(v, "strict"));
	if (!us_set(t->name))
		return US_EINVAL;
	return us_anthropic_list_others(
		in, v, "tools", "type name description input_schema strict cache_control",
		"input_examples defer_loading eager_input_streaming allowed_callers");
}

static int take_tools(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	int rc = us_val_is(v, US_J_ARRAY) ? 0 : US_EINVAL;

	for (struct us_iter it = us_iter(v); !rc && us_iter_next(&it);)
		rc = take_tool(in, it.val);
	return rc;
}

static int take_tool_choice(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	static const char *const types[] = {
		[US_CHOICE_AUTO] = "auto",
		[US_CHOICE_NONE] = "none",
		[US_CHOICE_REQUIRED] = "any",
		[US_CHOICE_NAMED] = "tool",
	};
	struct us_req *r = in->out;
	enum us_tri single = us_take_tri(us_val_get(v, "disable_parallel_tool_use"));

	for (size_t i = 0; i < US_COUNT(types); i++)
		if (types[i] && us_val_str_is(us_val_get(v, "type"), types[i]))
			r->choice = (enum us_choice)i;
	if (single != US_UNSET)
		r->parallel_tools = single == US_YES ? US_NO : US_YES;
	if (r->choice == US_CHOICE_NAMED) {
		r->choice_name = us_take_str(v, "name", in->a);
		if (!us_set(r->choice_name))
			return US_EINVAL;
	}
	return r->choice == US_CHOICE_UNSET ? US_EINVAL : 0;
}

/* Reasoning and the form of the answer */

static int take_thinking(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	static const char *const types[] = {
		[US_REASON_OFF] = "disabled",
		[US_REASON_ADAPTIVE] = "adaptive",
		[US_REASON_BETWEEN_TOOLS] = "between_tools",
		[US_REASON_BUDGET] = "enabled",
	};
	struct us_req *r = in->out;

	r->reason = US_REASON_UNSET; /* it says more than an effort read before it */
	for (size_t i = 0; i < US_COUNT(types); i++)
		if (types[i] && us_val_str_is(us_val_get(v, "type"), types[i]))
			r->reason = (enum us_reason)i;
	if (r->reason == US_REASON_UNSET)
		return unknown(in, us_span_of(name));
	if (r->reason == US_REASON_BUDGET &&
	    !us_val_u64(us_val_get(v, "budget_tokens"), &r->reason_budget))
		return US_EINVAL;
	return us_anthropic_list_others(in, v, name, "type budget_tokens", "display");
}

static int take_format(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	struct us_req *r = in->out;
	struct us_span schema = us_anthropic_raw(v, "schema");

	if (!us_val_str_is(us_val_get(v, "type"), "json_schema") || !us_set(schema))
		return unknown(in, us_span_of(name));
	r->format = US_FORMAT_JSON_SCHEMA;
	r->format_schema = schema;
	return 0;
}

/* An effort alone says how much to think; with `thinking`, read after it, that says how. */
static int take_output_config(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	struct us_req *r = in->out;
	struct us_val format = us_val_get(v, "format");
	int rc = us_val_given(format) ? take_format(in, format, "output_config.format") : 0;

	r->effort = us_take_str(v, "effort", in->a);
	if (us_set(r->effort))
		r->reason = US_REASON_EFFORT;
	return rc ? rc : us_anthropic_list_others(in, v, name, "format effort", "");
}

/* Scalars */

static int take_model(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	in->out->model = us_val_str(v, in->a);
	return us_val_is(v, US_J_STRING) ? 0 : US_EINVAL;
}

static int take_max_tokens(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	struct us_req *r = in->out;

	r->max_out_set = us_val_u64(v, &r->max_out);
	if (!r->max_out_set)
		return US_EINVAL;
	/* Fills the prompt cache without an answer: another provider's cache is no help. */
	return r->max_out ? 0 : us_anthropic_state_ref(in, "max_tokens:0");
}

static int take_stream(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	in->out->stream = us_take_tri(v);
	return in->out->stream == US_UNSET ? US_EINVAL : 0;
}

static int take_num(struct us_val v, struct us_num *out)
{
	if (!us_val_is(v, US_J_NUMBER))
		return US_EINVAL;
	*out = (struct us_num){ us_val_raw(v), us_val_double(v) };
	return 0;
}

static int take_temperature(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	return take_num(v, &in->out->temperature);
}

static int take_top_p(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	return take_num(v, &in->out->top_p);
}

static int take_top_k(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	return take_num(v, &in->out->top_k);
}

static int take_stop(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	return us_take_stops(v, in->a, in->out);
}

static int take_metadata(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	in->out->user_id = us_take_str(v, "user_id", in->a);
	return us_anthropic_list_others(in, v, name, "user_id", "");
}

/* Kept as it was written: what another dialect makes of the word is for that one to say. */
static int take_tier(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	in->out->service_tier = us_val_is(v, US_J_STRING) ? us_val_str(v, in->a) : us_val_raw(v);
	return 0;
}

/* What it names is kept at Anthropic; an empty list names nothing. */
static int take_state(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	bool empty = us_val_is(v, US_J_ARRAY) && !us_val_count(v);

	return empty ? 0 : us_anthropic_state_ref(in, name);
}

/* Asks what kept the cache from being used since an earlier answer, which only its giver knows. */
static int take_diagnostics(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	if (us_val_given(us_val_get(v, "previous_message_id")))
		return us_anthropic_state_ref(in, "diagnostics.previous_message_id");
	return 0;
}

static int drop(struct us_anthropic_in *in, struct us_val v, const char *name)
{
	return dropped(in, us_span_of(name));
}

/* In the order in which they are read: system before the messages, effort before thinking. */
static const struct {
	const char *name;
	int (*take)(struct us_anthropic_in *in, struct us_val v, const char *name);
} members[] = {
	{ "model", take_model },
	{ "max_tokens", take_max_tokens },
	{ "stream", take_stream },
	{ "system", take_system },
	{ "messages", take_messages },
	{ "tools", take_tools },
	{ "tool_choice", take_tool_choice },
	{ "temperature", take_temperature },
	{ "top_p", take_top_p },
	{ "top_k", take_top_k },
	{ "stop_sequences", take_stop },
	{ "output_format", take_format }, /* its older place */
	{ "output_config", take_output_config },
	{ "thinking", take_thinking },
	{ "metadata", take_metadata },
	{ "service_tier", take_tier },
	{ "container", take_state },
	{ "mcp_servers", take_state },
	{ "thread", take_state },
	{ "diagnostics", take_diagnostics },
	{ "cache_control", drop },
	{ "speed", drop },
	{ "inference_geo", drop },
	{ "context_management", drop },
	{ "compaction", drop },
	{ "fallbacks", drop },
	{ "fallback_credit_token", drop },
	{ "billing_policy", drop },
	{ "anthropic_version", drop }, /* these two: Vertex AI and Bedrock */
	{ "anthropic_beta", drop },
};

/* Names without a row. */
static int list_unknown(struct us_anthropic_in *in, struct us_val body)
{
	int rc = 0;

	for (struct us_iter it = us_iter(body); !rc && us_iter_next(&it);) {
		size_t i = 0;

		while (i < US_COUNT(members) && !us_val_str_is(it.key, members[i].name))
			i++;
		if (i == US_COUNT(members) && us_val_given(it.val))
			rc = unknown(in, us_val_str(it.key, in->a));
	}
	return rc;
}

int us_anthropic_decode_request(struct us_val body, struct us_arena *a, struct us_req *out)
{
	struct us_anthropic_in in = { a, out };
	int rc = 0;

	if (!us_val_is(us_val_get(body, "messages"), US_J_ARRAY))
		return US_EINVAL;
	out->stream_usage = true;
	for (size_t i = 0; !rc && i < US_COUNT(members); i++) {
		struct us_val v = us_val_get(body, members[i].name);

		if (us_val_given(v))
			rc = members[i].take(&in, v, members[i].name);
	}
	if (!rc)
		rc = list_unknown(&in, body);
	return rc ? rc : a->err;
}

const struct us_dialect us_anthropic = {
	.name = "anthropic",
	.base_version = "/v1",
	.always_version = true, /* its SDKs, unlike OpenAI's, add it to a base URL themselves */
	.endpoint = "/messages",
	.sign = { "messages", "[" },
	.framing = US_FRAMING_SSE,
	.auth = "x-api-key: ",
	.version = "anthropic-version: 2023-06-01", /* later ones refuse what this takes */
	.limits = {
		.alternates = true,
		.no_blank_text = true,
		.no_halves = true,
		.system_in_turn = true, /* the model has the last word */
		.declared_tools = true,
		.names_stop = true,
		.name_max = 128,
		.id_max = 128, /* no limit is known, but the alphabet is */
	},
	.decode_request = us_anthropic_decode_request,
	.encode_request = us_anthropic_encode_request,
	.decoder_new = us_anthropic_decoder_new,
	.decode_event = us_anthropic_decode_event,
	.decode_whole = us_anthropic_decode_whole,
	.decode_end = us_anthropic_decode_end,
	.decoder_look = us_anthropic_decoder_look,
	.decoder_free = us_anthropic_decoder_free,
	.encoder_new = us_anthropic_encoder_new,
	.encode_event = us_anthropic_encode_event,
	.encoder_resume = us_anthropic_encoder_resume,
	.encoder_free = us_anthropic_encoder_free,
	.encode_whole = us_anthropic_encode_whole,
	.decode_error = us_anthropic_decode_error,
	.encode_error = us_anthropic_encode_error,
	.back = &us_anthropic_back,
};

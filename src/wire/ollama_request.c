/* ollama_request.c - requests to Ollama's /api/chat into the hub, and the dialect's row
 *
 * Two tables, of the members and of the members of `options`. What has no equal elsewhere is listed
 * as dropped if it shapes the answer, and passed over if it only says how the server is to run the
 * model: how much of it on which device, how long it stays in memory. null is not given.
 *
 * The one dialect in which a request that says nothing about it asks for a stream.
 */
#include "wire/ollama.h"

#include "wire/take.h"

/* Adds "where.name" (or "name" alone) to a list of member names in the request, once. */
static void note(struct us_ollama_in *in, struct us_span **names, size_t *n, const char *where,
                 struct us_span name)
{
	name = us_arena_printf(in->a, "%s%.*s", where, name.n < 64 ? (int)name.n : 64, name.p);
	(void)us_take_name(in->a, names, n, name); /* the arena remembers */
}

struct us_span us_ollama_str(struct us_ollama_in *in, struct us_val object, const char *name)
{
	return us_take_str(object, name, in->a);
}

static void wrong(struct us_ollama_in *in) { in->err = US_EINVAL; }

/* --- members --------------------------------------------------------------------------------- */

/* What holds no function is something that only a server like the program's own knows. */
static void read_tool(struct us_ollama_in *in, struct us_val v)
{
	struct us_tool *t = us_arena_push(in->a, &in->r->tools, &in->r->ntools, sizeof(*t));
	struct us_val function = us_val_get(v, "function");
	struct us_val schema = us_val_get(function, "parameters");

	if (!t)
		return;
	t->name = us_ollama_str(in, function, "name");
	t->description = us_ollama_str(in, function, "description");
	if (us_val_given(schema))
		t->schema = us_val_raw(schema);
	if (us_val_is(function, US_J_OBJECT) ? t->name.n > 0 : us_val_is(v, US_J_OBJECT))
		t->kind = us_val_is(function, US_J_OBJECT) ? US_TOOL_FUNCTION : US_TOOL_HOSTED;
	else
		wrong(in);
	if (t->kind == US_TOOL_HOSTED)
		t->type = us_ollama_str(in, v, "type");
}

static void take_tools(struct us_ollama_in *in, struct us_val v)
{
	if (!us_val_is(v, US_J_ARRAY))
		wrong(in);
	for (struct us_iter it = us_iter(v); us_iter_next(&it) && !in->err;)
		read_tool(in, it.val);
}

/* "json", a schema, or "" which some clients send for nothing. A schema that comes alone is a
 * promise, but how strict a one is not said. */
static void take_format(struct us_ollama_in *in, struct us_val v)
{
	struct us_req *r = in->r;

	if (us_val_is(v, US_J_OBJECT)) {
		r->format = US_FORMAT_JSON_SCHEMA;
		r->format_schema = us_val_raw(v);
	} else if (us_val_str_is(v, "json")) {
		r->format = US_FORMAT_JSON_OBJECT;
	} else if (!us_val_str_is(v, "")) {
		note(in, &r->unknown, &r->nunknown, "", US_SPAN("format"));
	}
}

/* A switch, or for some models a level. */
static void take_think(struct us_ollama_in *in, struct us_val v)
{
	struct us_req *r = in->r;

	if (us_val_is(v, US_J_STRING) && us_val_raw(v).n > 2) {
		r->reason = US_REASON_EFFORT;
		r->effort = us_val_str(v, in->a);
	} else if (us_take_tri(v) != US_UNSET) {
		r->reason = us_take_tri(v) == US_YES ? US_REASON_ADAPTIVE : US_REASON_OFF;
	} else {
		wrong(in);
	}
}

/* --- options --------------------------------------------------------------------------------- */

/* -1 and -2 are "as many as there is room for"; nobody means 0. */
static void take_predict(struct us_ollama_in *in, struct us_val v)
{
	double d = us_val_double(v);

	if (!us_val_is(v, US_J_NUMBER) || d > 1e15)
		wrong(in);
	else if (d >= 1)
		in->r->max_out = (uint64_t)d;
	in->r->max_out_set = !in->err && d >= 1;
}

static void take_stop(struct us_ollama_in *in, struct us_val v)
{
	bool list = us_val_is(v, US_J_ARRAY);

	if (list ? us_take_stops(v, in->a, in->r) : us_take_stop(v, in->a, in->r))
		wrong(in);
}

struct member {
	const char *name;
	enum us_member how;
	size_t at;
	void (*take)(struct us_ollama_in *in, struct us_val v);
};

static const struct member options[] = {
	{ "num_predict", US_MEMBER_TAKE, US_MEMBER_BY(take_predict) },
	{ "stop", US_MEMBER_TAKE, US_MEMBER_BY(take_stop) },
	{ "temperature", US_MEMBER_NUMBER, US_MEMBER_AT(temperature) },
	{ "top_p", US_MEMBER_NUMBER, US_MEMBER_AT(top_p) },
	{ "top_k", US_MEMBER_NUMBER, US_MEMBER_AT(top_k) },
	{ "min_p", US_MEMBER_NUMBER, US_MEMBER_AT(min_p) },
	{ "repeat_penalty", US_MEMBER_NUMBER, US_MEMBER_AT(repetition_penalty) },
	{ "presence_penalty", US_MEMBER_NUMBER, US_MEMBER_AT(presence_penalty) },
	{ "frequency_penalty", US_MEMBER_NUMBER, US_MEMBER_AT(frequency_penalty) },
	{ "seed", US_MEMBER_NUMBER, US_MEMBER_AT(seed) },
	{ "typical_p", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "tfs_z", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "repeat_last_n", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "penalize_newline", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "mirostat", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "mirostat_tau", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "mirostat_eta", US_MEMBER_DROP, US_MEMBER_BY(NULL) },
	{ "num_keep", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "num_ctx", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "num_batch", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "num_gpu", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "num_thread", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "main_gpu", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "low_vram", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "numa", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "f16_kv", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "logits_all", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "vocab_only", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "use_mmap", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "use_mlock", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
};

static void take_options(struct us_ollama_in *in, struct us_val v);

static const struct member members[] = {
	{ "model", US_MEMBER_WORD, US_MEMBER_AT(model) },
	{ "messages", US_MEMBER_TAKE, US_MEMBER_BY(us_ollama_messages) },
	{ "tools", US_MEMBER_TAKE, US_MEMBER_BY(take_tools) },
	{ "format", US_MEMBER_TAKE, US_MEMBER_BY(take_format) },
	{ "options", US_MEMBER_TAKE, US_MEMBER_BY(take_options) },
	{ "stream", US_MEMBER_FLAG, US_MEMBER_AT(stream) },
	{ "think", US_MEMBER_TAKE, US_MEMBER_BY(take_think) },
	{ "logprobs", US_MEMBER_FLAG, US_MEMBER_AT(logprobs) },
	{ "top_logprobs", US_MEMBER_NUMBER, US_MEMBER_AT(top_logprobs) },
	{ "keep_alive", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "truncate", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
	{ "shift", US_MEMBER_IGNORE, US_MEMBER_BY(NULL) },
};

/* --- tables ---------------------------------------------------------------------------------- */

static void take_member(struct us_ollama_in *in, const char *where, const struct member *m,
                        struct us_val v)
{
	if (m->how == US_MEMBER_TAKE)
		m->take(in, v);
	else if (m->how == US_MEMBER_DROP)
		note(in, &in->r->dropped, &in->r->ndropped, where, us_span_of(m->name));
	else if (!us_take_member(v, m->how, m->at, in->a, in->r))
		wrong(in);
}

/* By rows: of two members of one name the last counts. Then what no row knows. */
static void take_rows(struct us_ollama_in *in, const char *where, struct us_val object,
                      const struct member *rows, size_t n)
{
	for (size_t i = 0; i < n && !in->err; i++) {
		struct us_val v = us_val_get(object, rows[i].name);

		if (us_val_given(v))
			take_member(in, where, &rows[i], v);
	}
	for (struct us_iter it = us_iter(object); us_iter_next(&it);) {
		size_t i = 0;

		while (i < n && !us_val_str_is(it.key, rows[i].name))
			i++;
		if (i == n && us_val_given(it.val))
			note(in, &in->r->unknown, &in->r->nunknown, where,
			     us_val_str(it.key, in->a));
	}
}

static void take_options(struct us_ollama_in *in, struct us_val v)
{
	if (us_val_is(v, US_J_OBJECT))
		take_rows(in, "options.", v, options, US_COUNT(options));
	else
		wrong(in);
}

/* Usage is in every stream, asked for or not. */
static int decode_request(struct us_val body, struct us_arena *a, struct us_req *out)
{
	struct us_ollama_in in = { .a = a, .r = out };

	if (!us_val_is(us_val_get(body, "messages"), US_J_ARRAY))
		return US_EINVAL;
	out->stream = US_YES;
	out->stream_usage = true;
	take_rows(&in, "", body, members, US_COUNT(members));
	return a->err ? a->err : in.err;
}

const struct us_dialect us_ollama = {
	.name = "ollama",
	.auth = "Authorization: Bearer ", /* of those who put a guard before it */
	.limits = { .system_in_turn = true },
	.base_version = "/api",
	.endpoint = "/chat",
	.sign = { "messages", "[" },
	.streams_unsaid = true,
	.framing = US_FRAMING_NDJSON,
	.decode_request = decode_request,
	.encode_request = us_ollama_encode_request,
	.decoder_new = us_ollama_decoder_new,
	.decode_event = us_ollama_decode_event,
	.decode_whole = us_ollama_decode_whole,
	.decode_end = us_ollama_decode_end,
	.decoder_look = us_ollama_decoder_look,
	.decoder_free = us_ollama_decoder_free,
	.encoder_new = us_ollama_encoder_new,
	.encode_event = us_ollama_encode_event,
	.encoder_resume = us_ollama_encoder_resume,
	.encoder_free = us_ollama_encoder_free,
	.encode_whole = us_ollama_encode_whole,
	.decode_error = us_ollama_decode_error,
	.encode_error = us_ollama_encode_error,
};

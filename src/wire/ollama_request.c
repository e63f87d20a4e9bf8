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

#include <stddef.h>

enum how {
	WORD,   /* a string into a us_span */
	NUMBER, /* into a us_num */
	FLAG,   /* a boolean into an us_tri */
	TAKE,   /* by the row's function */
	DROP,   /* shapes the answer, and has no place in the hub */
	PASS    /* is the server's own affair */
};

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

#define AT(field) offsetof(struct us_req, field), NULL
#define BY(function) 0, function

struct member {
	const char *name;
	enum how how;
	size_t at;
	void (*take)(struct us_ollama_in *in, struct us_val v);
};

static const struct member options[] = {
	{ "num_predict", TAKE, BY(take_predict) },
	{ "stop", TAKE, BY(take_stop) },
	{ "temperature", NUMBER, AT(temperature) },
	{ "top_p", NUMBER, AT(top_p) },
	{ "top_k", NUMBER, AT(top_k) },
	{ "min_p", NUMBER, AT(min_p) },
	{ "repeat_penalty", NUMBER, AT(repetition_penalty) },
	{ "presence_penalty", NUMBER, AT(presence_penalty) },
	{ "frequency_penalty", NUMBER, AT(frequency_penalty) },
	{ "seed", NUMBER, AT(seed) },
	{ "typical_p", DROP, BY(NULL) },
	{ "tfs_z", DROP, BY(NULL) },
	{ "repeat_last_n", DROP, BY(NULL) },
	{ "penalize_newline", DROP, BY(NULL) },
	{ "mirostat", DROP, BY(NULL) },
	{ "mirostat_tau", DROP, BY(NULL) },
	{ "mirostat_eta", DROP, BY(NULL) },
	{ "num_keep", PASS, BY(NULL) },
	{ "num_ctx", PASS, BY(NULL) },
	{ "num_batch", PASS, BY(NULL) },
	{ "num_gpu", PASS, BY(NULL) },
	{ "num_thread", PASS, BY(NULL) },
	{ "main_gpu", PASS, BY(NULL) },
	{ "low_vram", PASS, BY(NULL) },
	{ "numa", PASS, BY(NULL) },
	{ "f16_kv", PASS, BY(NULL) },
	{ "logits_all", PASS, BY(NULL) },
	{ "vocab_only", PASS, BY(NULL) },
	{ "use_mmap", PASS, BY(NULL) },
	{ "use_mlock", PASS, BY(NULL) },
};

static void take_options(struct us_ollama_in *in, struct us_val v);

static const struct member members[] = {
	{ "model", WORD, AT(model) },
	{ "messages", TAKE, BY(us_ollama_messages) },
	{ "tools", TAKE, BY(take_tools) },
	{ "format", TAKE, BY(take_format) },
	{ "options", TAKE, BY(take_options) },
	{ "stream", FLAG, AT(stream) },
	{ "think", TAKE, BY(take_think) },
	{ "logprobs", FLAG, AT(logprobs) },
	{ "top_logprobs", NUMBER, AT(top_logprobs) },
	{ "keep_alive", PASS, BY(NULL) },
	{ "truncate", PASS, BY(NULL) },
	{ "shift", PASS, BY(NULL) },
};

/* --- tables ---------------------------------------------------------------------------------- */

static bool has_type(enum how how, struct us_val v)
{
	switch (how) {
	case WORD:
		return us_val_is(v, US_J_STRING);
	case NUMBER:
		return us_val_is(v, US_J_NUMBER);
	case FLAG:
		return us_take_tri(v) != US_UNSET;
	default:
		return true;
	}
}

static void take_member(struct us_ollama_in *in, const char *where, const struct member *m,
                        struct us_val v)
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
	case NUMBER:
		*(struct us_num *)field = (struct us_num){ us_val_raw(v), us_val_double(v) };
		break;
	case FLAG:
		*(enum us_tri *)field = us_take_tri(v);
		break;
	case TAKE:
		m->take(in, v);
		break;
	case DROP:
		note(in, &in->r->dropped, &in->r->ndropped, where, us_span_of(m->name));
		break;
	case PASS:
		break;
	}
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

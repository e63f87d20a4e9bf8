/* gemini_request.c - the Gemini dialect, and its requests read
 *
 * Every member of the body is a row: who reads it, or what becomes of it; a name without a row is
 * unknown and listed as such. Google's servers take each name in two spellings, so all are looked
 * up by us_gemini_get. The model and the wish for a stream stand in the URL.
 */
#include "wire/gemini_request.h"

#include "wire/take.h"

/* --- members, in either spelling -------------------------------------------------------------- */

/* "maxOutputTokens" is "max_output_tokens". */
static bool is_snake(struct us_span name, const char *camel)
{
	size_t i = 0;

	for (; *camel; camel++) {
		bool upper = *camel >= 'A' && *camel <= 'Z';

		if (upper && (i >= name.n || name.p[i++] != '_'))
			return false;
		if (i >= name.n || name.p[i++] != us_lower(*camel))
			return false;
	}
	return i == name.n;
}

static struct us_span bare(struct us_val key)
{
	struct us_span raw = us_val_raw(key);

	return us_val_is(key, US_J_STRING) ? us_span(raw.p + 1, raw.n - 2) : us_span("", 0);
}

struct us_val us_gemini_get(struct us_val object, const char *camel)
{
	struct us_val v = us_val_get(object, camel);

	if (us_val_given(v))
		return v;
	for (struct us_iter it = us_iter(object); us_iter_next(&it);)
		if (is_snake(bare(it.key), camel))
			v = it.val;
	return v;
}

bool us_gemini_among(const char *words, struct us_span name)
{
	struct us_span rest = us_span_of(words), word;
	char text[64];

	while (us_span_next(&rest, ' ', &word)) {
		if (us_span_eq(word, name))
			return true;
		if (word.n >= sizeof(text))
			continue;
		memcpy(text, word.p, word.n);
		text[word.n] = '\0';
		if (word.n && is_snake(name, text))
			return true;
	}
	return false;
}

struct us_span us_gemini_str(struct us_val object, const char *camel, struct us_arena *a)
{
	struct us_val v = us_gemini_get(object, camel);

	return us_val_is(v, US_J_STRING) ? us_val_str(v, a) : us_span(NULL, 0);
}

struct us_span us_gemini_raw(struct us_val object, const char *camel)
{
	struct us_val v = us_gemini_get(object, camel);

	return us_val_given(v) ? us_val_raw(v) : us_span(NULL, 0);
}

bool us_gemini_u64(struct us_val v, uint64_t *out)
{
	return us_val_is(v, US_J_STRING) ? us_span_u64(bare(v), out) : us_val_u64(v, out);
}

/* --- names ------------------------------------------------------------------------------------ */

int us_gemini_state_ref(struct us_gemini_in *in, const char *name)
{
	return us_take_name(in->a, &in->out->state_refs, &in->out->nstate_refs, us_span_of(name));
}

int us_gemini_unknown(struct us_gemini_in *in, struct us_span name)
{
	return us_take_name(in->a, &in->out->unknown, &in->out->nunknown, name);
}

int us_gemini_dropped(struct us_gemini_in *in, struct us_span name)
{
	return us_take_name(in->a, &in->out->dropped, &in->out->ndropped, name);
}

int us_gemini_list_others(struct us_gemini_in *in, struct us_val object, const char *where,
                          const char *known, const char *lost)
{
	int rc = 0;

	for (struct us_iter it = us_iter(object); !rc && us_iter_next(&it);) {
		struct us_span key = us_val_str(it.key, in->a), name;

		if (us_gemini_among(known, key) || !us_val_given(it.val))
			continue;
		name = us_arena_printf(in->a, "%s.%.*s", where, key.n < 64 ? (int)key.n : 64,
		                       key.p);
		rc = us_gemini_among(lost, key) ? us_gemini_dropped(in, name)
		                                : us_gemini_unknown(in, name);
	}
	return rc;
}

/* --- the body --------------------------------------------------------------------------------- */

/* Content, whose role says nothing here; some clients write a string. */
static int take_system(struct us_gemini_in *in, struct us_val v)
{
	struct us_val parts = us_gemini_get(v, "parts");
	struct us_block *b;
	struct us_turn *t = us_arena_push(in->a, &in->out->turns, &in->out->nturns, sizeof(*t));

	if (!t)
		return in->a->err;
	t->role = US_ROLE_SYSTEM;
	if (us_val_is(v, US_J_OBJECT))
		return us_gemini_read_parts(in, parts, t);
	b = us_arena_push(in->a, &t->blocks, &t->nblocks, sizeof(*b));
	if (!b || !us_val_is(v, US_J_STRING))
		return b ? US_EINVAL : in->a->err;
	*b = (struct us_block){ .kind = US_TEXT, .text = us_val_str(v, in->a) };
	return 0;
}

/* The URL says it again, and counts more. */
static int take_model(struct us_gemini_in *in, struct us_val v)
{
	struct us_span name = us_val_str(v, in->a);
	size_t n = strlen("models/");

	in->out->model = us_span_starts(name, "models/") ? us_span(name.p + n, name.n - n) : name;
	return 0;
}

static int take_cached(struct us_gemini_in *in, struct us_val v)
{
	return us_gemini_state_ref(in, "cachedContent");
}

static int take_tier(struct us_gemini_in *in, struct us_val v)
{
	in->out->service_tier = us_val_is(v, US_J_STRING) ? us_val_str(v, in->a) : us_val_raw(v);
	return 0;
}

/* Thresholds of Google's own filters: everybody filters by his own. */
static int take_safety(struct us_gemini_in *in, struct us_val v)
{
	return us_val_count(v) ? us_gemini_dropped(in, US_SPAN("safetySettings")) : 0;
}

static const struct {
	const char *name;
	int (*take)(struct us_gemini_in *in, struct us_val v);
} members[] = {
	{ "model", take_model },
	{ "systemInstruction", take_system }, /* before the turns */
	{ "contents", us_gemini_read_contents },
	{ "tools", us_gemini_read_tools },
	{ "toolConfig", us_gemini_read_tool_config },
	{ "generationConfig", us_gemini_read_config },
	{ "safetySettings", take_safety },
	{ "cachedContent", take_cached },
	{ "serviceTier", take_tier },
};

static int decode_request(struct us_val body, struct us_arena *a, struct us_req *out)
{
	struct us_gemini_in in = { .a = a, .out = out };
	struct us_buf known;
	int rc = 0;

	if (us_val_type(us_gemini_get(body, "contents")) < US_J_ARRAY)
		return US_EINVAL;
	us_buf_init(&known, 1024);
	out->stream_usage = true;
	for (size_t i = 0; !rc && i < US_COUNT(members); i++) {
		struct us_val v = us_gemini_get(body, members[i].name);

		us_buf_addf(&known, "%s ", members[i].name);
		if (us_val_given(v))
			rc = members[i].take(&in, v);
	}
	if (!rc)
		rc = us_gemini_list_others(&in, body, "request", us_buf_cstr(&known),
		                           "labels store");
	if (!rc)
		rc = known.err;
	us_buf_fini(&known);
	return rc ? rc : a->err;
}

/* --- the URL ---------------------------------------------------------------------------------- */

static void read_url(struct us_span path, struct us_span query, struct us_in_url *out)
{
	struct us_span part;
	bool streams = us_span_has(path, ":streamGenerateContent");

	out->model = us_url_segment(path, "/models/", ':');
	out->stream = streams ? US_YES : US_NO;
	out->framing = streams ? US_FRAMING_ARRAY : US_FRAMING_UNKNOWN;
	while (us_span_next(&query, '&', &part))
		if (streams && (us_span_is(part, "alt=sse") || us_span_is(part, "$alt=sse") ||
		                us_span_is_nocase(part, "%24alt=sse")))
			out->framing = US_FRAMING_SSE;
}

static const char *method(bool stream, enum us_framing framing)
{
	if (!stream)
		return "generateContent";
	return framing == US_FRAMING_ARRAY ? "streamGenerateContent"
	                                   : "streamGenerateContent?alt=sse";
}

const struct us_dialect us_gemini = {
	.name = "gemini",
	.auth = "x-goog-api-key: ",
	.limits = {
		.alternates = true,
		.no_blank_text = true,
		.letter_first = true,
		.name_max = 64,
	},
	.base_version = "/v1beta",
	.always_version = true,
	.endpoint = "/models/{model}:{method}",
	.method = method,
	.model_in_url = true,
	.sign = { "contents", "[{" },
	.read_url = read_url,
	.framing = US_FRAMING_SSE,
	.arrays = true,
	.decode_request = decode_request,
	.encode_request = us_gemini_encode_request,
	.patch_member = us_gemini_patch_member,
	.decoder_new = us_gemini_decoder_new,
	.decode_event = us_gemini_decode_event,
	.decode_whole = us_gemini_decode_whole,
	.decode_end = us_gemini_decode_end,
	.decoder_look = us_gemini_decoder_look,
	.decoder_free = us_gemini_decoder_free,
	.encoder_new = us_gemini_encoder_new,
	.encode_event = us_gemini_encode_event,
	.encoder_resume = us_gemini_encoder_resume,
	.encoder_free = us_gemini_encoder_free,
	.encode_whole = us_gemini_encode_whole,
	.decode_error = us_gemini_decode_error,
	.encode_error = us_gemini_encode_error,
};

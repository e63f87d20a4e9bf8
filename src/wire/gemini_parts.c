/* gemini_parts.c - contents and their parts, read
 *
 * A part is whatever its one member says. Calls and results need not bear ids: then a result
 * belongs to the first call of its name, among those the model made last, that has none yet; and a
 * call is known by its place, which stays the same while the conversation grows.
 */
#include "wire/gemini_request.h"

#include "wire/dataurl.h"

/* Beside what says what the part is. */
#define ANY "text thought thoughtSignature partMetadata "

static struct us_block *add_block(struct us_gemini_in *in, struct us_block **blocks, size_t *n)
{
	return us_arena_push(in->a, blocks, n, sizeof(**blocks));
}

/* Kept whole: nothing of it can be said elsewhere. */
static int be_unknown(struct us_block *b, struct us_val part, struct us_span type)
{
	b->kind = US_UNKNOWN;
	b->type = type;
	b->raw = us_val_raw(part);
	return 0;
}

/* --- media ------------------------------------------------------------------------------------ */

/* What a media type is a block of; the hub's names for sound are shorter. */
static bool be_media(struct us_block *b, struct us_span mime)
{
	static const char *const sounds[][2] = {
		{ "audio/wav", "wav" },
		{ "audio/x-wav", "wav" },
		{ "audio/mp3", "mp3" },
		{ "audio/mpeg", "mp3" },
	};

	b->mime = mime;
	if (us_span_starts(mime, "image/"))
		b->kind = US_IMAGE;
	else if (us_span_is_nocase(mime, "application/pdf") || us_span_starts(mime, "text/"))
		b->kind = US_DOC;
	else
		b->kind = US_UNKNOWN;
	for (size_t i = 0; i < US_COUNT(sounds); i++)
		if (us_span_is_nocase(mime, sounds[i][0])) {
			b->kind = US_AUDIO;
			b->mime = us_span_of(sounds[i][1]);
		}
	return b->kind != US_UNKNOWN;
}

/* Google reads both alphabets of base64, with padding and without; others read the first only, and
 * want it padded. Line ends are nothing. */
static struct us_span plain_base64(struct us_gemini_in *in, struct us_span s)
{
	char *out;
	size_t n = 0;

	if (s.n % 4 == 0 && !us_span_has(s, "-") && !us_span_has(s, "_") && !us_span_has(s, "\n"))
		return s;
	out = us_arena_alloc(in->a, s.n + 4);
	for (size_t i = 0; out && i < s.n; i++) {
		char c = s.p[i];

		if (c != '\n' && c != '\r' && c != '=')
			out[n++] = c;
		if (c == '-' || c == '_')
			out[n - 1] = c == '-' ? '+' : '/';
	}
	while (out && n % 4)
		out[n++] = '=';
	return us_span(out, n);
}

static int read_inline(struct us_gemini_in *in, struct us_val v, struct us_block *b)
{
	struct us_span mime = us_gemini_str(v, "mimeType", in->a);

	b->title = us_gemini_str(v, "displayName", in->a);
	b->media = US_MEDIA_BASE64;
	b->data = us_gemini_str(v, "data", in->a);
	if (!us_set(b->data))
		return in->a->err ? in->a->err : US_EINVAL;
	b->data = plain_base64(in, b->data);
	if (!mime.n)
		mime = us_dataurl_sniff(b->data);
	return be_media(b, mime) ? 0 : be_unknown(b, v, mime.n ? mime : US_SPAN("inlineData"));
}

/* What was uploaded to Google stays there; anything else on the web may be fetched by others. */
static int read_file(struct us_gemini_in *in, struct us_val v, struct us_block *b)
{
	struct us_span mime = us_gemini_str(v, "mimeType", in->a);
	struct us_span uri = us_gemini_str(v, "fileUri", in->a);

	b->data = uri;
	b->media = US_MEDIA_URL;
	if (!uri.n)
		return US_EINVAL;
	if (us_span_starts(uri, "gs://") || us_span_has(uri, "googleapis.com/") ||
	    us_span_starts(uri, "files/"))
		return us_gemini_state_ref(in, "fileData") || be_unknown(b, v, US_SPAN("fileData"));
	return be_media(b, mime) && b->kind != US_AUDIO
	               ? 0
	               : be_unknown(b, v, mime.n ? mime : US_SPAN("fileData"));
}

/* --- calls and results ------------------------------------------------------------------------ */

static int read_call(struct us_gemini_in *in, struct us_val v, struct us_block *b)
{
	struct us_gemini_call *c = us_arena_push(in->a, &in->calls, &in->ncalls, sizeof(*c));

	b->kind = US_TOOL_CALL;
	b->id = us_gemini_str(v, "id", in->a);
	b->name = us_gemini_str(v, "name", in->a);
	b->args = us_gemini_raw(v, "args");
	b->args_kind = us_args_kind(b->args);
	if (!c || !b->name.n)
		return c ? US_EINVAL : in->a->err;
	if (b->id.n)
		in->out->call_ids = true;
	else
		b->id = us_arena_printf(in->a, "g%zu", in->ncalls);
	*c = (struct us_gemini_call){ b->id, b->name, false };
	return us_gemini_list_others(in, v, "functionCall", "id name args", "");
}

/* The call that waits for this result; NULL: none, and it is an orphan. */
static struct us_gemini_call *awaits(struct us_gemini_in *in, struct us_span id,
                                     struct us_span name)
{
	for (size_t i = in->fresh; i < in->ncalls; i++) {
		struct us_gemini_call *c = &in->calls[i];

		if (!c->answered && (id.n ? us_span_eq(c->id, id) : us_span_eq(c->name, name)))
			return c;
	}
	return id.n && name.n ? awaits(in, us_span("", 0), name) : NULL;
}

/* A response is an object; what tools say is text. The three names are those that clients wrap a
 * text in; anything else is JSON, and text as such. */
static void read_response(struct us_gemini_in *in, struct us_val response, struct us_block *text,
                          struct us_block *result)
{
	static const char *const wraps[] = { "output", "result", "content", "error" };
	struct us_iter it = us_iter(response);
	bool one = us_val_count(response) == 1 && us_iter_next(&it);

	text->kind = US_TEXT;
	text->text = us_val_is(response, US_J_NONE) ? US_SPAN("") : us_val_raw(response);
	if (us_val_given(us_val_get(response, "error")))
		result->is_error = US_YES;
	for (size_t i = 0; one && i < US_COUNT(wraps); i++)
		if (us_val_str_is(it.key, wraps[i]) && us_val_is(it.val, US_J_STRING))
			text->text = us_val_str(it.val, in->a);
}

/* Pictures beside the response. */
static int read_result_parts(struct us_gemini_in *in, struct us_val parts, struct us_block *b)
{
	int rc = 0;

	for (struct us_iter it = us_iter(parts); !rc && us_iter_next(&it);) {
		struct us_val data = us_gemini_get(it.val, "inlineData");
		struct us_block *at = add_block(in, &b->blocks, &b->nblocks);

		if (!at)
			return in->a->err;
		rc = us_val_given(data) ? read_inline(in, data, at)
		                        : be_unknown(at, it.val, US_SPAN("functionResponse.parts"));
	}
	return rc;
}

static int read_result(struct us_gemini_in *in, struct us_val v, struct us_block *b)
{
	struct us_gemini_call *call;
	struct us_block *text = add_block(in, &b->blocks, &b->nblocks);
	int rc;

	b->kind = US_TOOL_RESULT;
	b->name = us_gemini_str(v, "name", in->a);
	b->id = us_gemini_str(v, "id", in->a);
	if (!text || !b->name.n)
		return text ? US_EINVAL : in->a->err;
	call = awaits(in, b->id, b->name);
	if (call) {
		call->answered = true;
		b->id = call->id;
	} else if (!b->id.n) {
		b->id = US_SPAN("g0"); /* nobody's */
	}
	read_response(in, us_gemini_get(v, "response"), text, b);
	rc = read_result_parts(in, us_gemini_get(v, "parts"), b);
	return rc ? rc
	          : us_gemini_list_others(in, v, "functionResponse", "id name response parts",
	                                  "willContinue scheduling");
}

/* --- parts ------------------------------------------------------------------------------------ */

static const struct {
	const char *member;
	int (*read)(struct us_gemini_in *in, struct us_val v, struct us_block *b);
	const char *lost;
} rows[] = {
	{ "functionCall", read_call, "" },
	{ "functionResponse", read_result, "" },
	{ "inlineData", read_inline, "videoMetadata mediaResolution" },
	{ "fileData", read_file, "videoMetadata mediaResolution" },
};

static int read_text(struct us_gemini_in *in, struct us_val part, struct us_block *b)
{
	b->kind = us_val_is(us_gemini_get(part, "thought"), US_J_TRUE) ? US_THINK : US_TEXT;
	b->text = us_gemini_str(part, "text", in->a);
	if (!us_set(b->text))
		return US_EINVAL;
	return us_gemini_list_others(in, part, "parts", ANY, "");
}

/* A tool of Google's at work: executableCode, codeExecutionResult, and what will come. */
static int read_hosted(struct us_gemini_in *in, struct us_val part, struct us_block *b)
{
	for (struct us_iter it = us_iter(part); us_iter_next(&it);) {
		struct us_span key = us_val_str(it.key, in->a);

		if (us_gemini_among(ANY, key) || !us_val_given(it.val))
			continue;
		b->kind = US_HOSTED;
		b->type = key;
		b->raw = us_val_raw(part);
		return 0;
	}
	return US_EINVAL; /* nothing at all */
}

/* Does it bear nothing but the signature of a thought? Such a part says nothing elsewhere. */
static bool is_signature(struct us_val part)
{
	return us_val_given(us_gemini_get(part, "thoughtSignature")) && us_val_count(part) == 1;
}

static int read_part(struct us_gemini_in *in, struct us_val part, struct us_block *b)
{
	int rc;

	b->sig = us_gemini_str(part, "thoughtSignature", in->a);
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		struct us_val v = us_gemini_get(part, rows[i].member);
		struct us_span known;

		if (!us_val_given(v))
			continue;
		rc = rows[i].read(in, v, b);
		known = us_arena_printf(in->a, ANY "%s", rows[i].member);
		return rc ? rc : us_gemini_list_others(in, part, "parts", known.p, rows[i].lost);
	}
	if (us_val_given(us_gemini_get(part, "text")))
		return read_text(in, part, b);
	return read_hosted(in, part, b);
}

static int add_part(struct us_gemini_in *in, struct us_val part, struct us_turn *t)
{
	struct us_block *b;

	if (is_signature(part))
		return 0;
	b = add_block(in, &t->blocks, &t->nblocks);
	if (!b || !us_val_is(part, US_J_OBJECT))
		return b ? US_EINVAL : in->a->err;
	return read_part(in, part, b);
}

/* One part may stand for a list of one, as one content may: both are documented so. */
int us_gemini_read_parts(struct us_gemini_in *in, struct us_val value, struct us_turn *t)
{
	int rc = 0;

	if (us_val_is(value, US_J_OBJECT))
		return add_part(in, value, t);
	for (struct us_iter it = us_iter(value); !rc && us_iter_next(&it);)
		rc = add_part(in, it.val, t);
	return us_val_type(value) == US_J_ARRAY || !us_val_given(value) ? rc : US_EINVAL;
}

/* Without a role it is the user's; `function` is an older word for the turn of the results. */
static int read_content(struct us_gemini_in *in, struct us_val v)
{
	struct us_val role = us_gemini_get(v, "role");
	bool model = us_val_str_is(role, "model");
	struct us_turn *t = us_arena_push(in->a, &in->out->turns, &in->out->nturns, sizeof(*t));

	if (!t)
		return in->a->err;
	if (us_val_str_is(role, "system"))
		t->role = US_ROLE_SYSTEM;
	else
		t->role = model ? US_ROLE_ASSISTANT : US_ROLE_USER;
	if (us_val_given(role) && !model && !us_val_str_is(role, "user") &&
	    !us_val_str_is(role, "function") && t->role != US_ROLE_SYSTEM)
		return US_EINVAL;
	if (model && in->answering)
		in->fresh = in->ncalls;
	in->answering = !model;
	return us_gemini_read_parts(in, us_gemini_get(v, "parts"), t);
}

int us_gemini_read_contents(struct us_gemini_in *in, struct us_val value)
{
	int rc = 0;

	if (us_val_is(value, US_J_OBJECT))
		return read_content(in, value);
	for (struct us_iter it = us_iter(value); !rc && us_iter_next(&it);)
		rc = us_val_is(it.val, US_J_OBJECT) ? read_content(in, it.val) : US_EINVAL;
	return rc;
}

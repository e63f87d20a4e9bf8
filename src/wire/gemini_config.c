/* gemini_config.c - generationConfig, tools and toolConfig of a request, read */
#include "wire/gemini_request.h"

#include "wire/gemini_schema.h"
#include "wire/take.h"

#define AT(field) offsetof(struct us_req, field)
#define SCHEMA_MAX ((size_t)16 << 20)

/* Numbers, as the bytes they are. */
static const struct {
	const char *name;
	size_t at;
} numbers[] = {
	{ "temperature", AT(temperature) },
	{ "topP", AT(top_p) },
	{ "topK", AT(top_k) },
	{ "candidateCount", AT(n) },
	{ "presencePenalty", AT(presence_penalty) },
	{ "frequencyPenalty", AT(frequency_penalty) },
	{ "seed", AT(seed) },
	{ "logprobs", AT(top_logprobs) },
};

#define NUMBERS                                                                                    \
	"temperature topP topK candidateCount presencePenalty frequencyPenalty seed logprobs "

static int read_numbers(struct us_gemini_in *in, struct us_val config)
{
	for (size_t i = 0; i < US_COUNT(numbers); i++) {
		struct us_val v = us_gemini_get(config, numbers[i].name);
		struct us_num num = { us_val_raw(v), us_val_double(v) };

		if (!us_val_given(v))
			continue;
		if (!us_val_is(v, US_J_NUMBER))
			return US_EINVAL;
		memcpy((char *)in->out + numbers[i].at, &num, sizeof(num));
	}
	return 0;
}

static int read_stop(struct us_gemini_in *in, struct us_val v)
{
	return us_val_given(v) ? us_take_stops(v, in->a, in->out) : 0;
}

/* The older Schema, as the JSON Schema that says the same. */
static struct us_span converted(struct us_gemini_in *in, struct us_val schema)
{
	struct us_buf out;
	struct us_span made;

	us_buf_init(&out, SCHEMA_MAX);
	us_gemini_schema_to_json(schema, &out);
	made = us_arena_copy(in->a, us_buf_span(&out));
	if (out.err && !in->a->err)
		in->a->err = out.err;
	us_buf_fini(&out);
	return made;
}

/* Of the two members the one in JSON Schema counts. */
static struct us_span schema_of(struct us_gemini_in *in, struct us_val object, const char *schema,
                                const char *json_schema)
{
	struct us_val v = us_gemini_get(object, json_schema);

	if (us_val_given(v))
		return us_val_raw(v);
	v = us_gemini_get(object, schema);
	return us_val_given(v) ? converted(in, v) : us_span(NULL, 0);
}

/* An enumeration as bare text is a form that nobody else has. */
static void read_format(struct us_gemini_in *in, struct us_val config)
{
	struct us_req *r = in->out;
	struct us_val mime = us_gemini_get(config, "responseMimeType");
	struct us_span schema = schema_of(in, config, "responseSchema", "responseJsonSchema");

	if (us_val_str_is(mime, "text/plain"))
		r->format = US_FORMAT_TEXT;
	else if (us_val_str_is(mime, "text/x.enum"))
		r->format = US_FORMAT_GRAMMAR;
	else if (us_set(schema))
		r->format = US_FORMAT_JSON_SCHEMA;
	else if (us_val_str_is(mime, "application/json"))
		r->format = US_FORMAT_JSON_OBJECT;
	r->format_schema = schema;
}

/* 0 is off, -1 as the model thinks fit. */
static int read_budget(struct us_gemini_in *in, struct us_val v)
{
	struct us_req *r = in->out;

	if (us_gemini_u64(v, &r->reason_budget))
		r->reason = r->reason_budget ? US_REASON_BUDGET : US_REASON_OFF;
	else if (us_val_is(v, US_J_NUMBER) && us_val_double(v) < 0)
		r->reason = US_REASON_ADAPTIVE;
	else
		return US_EINVAL;
	return 0;
}

static int read_level(struct us_gemini_in *in, struct us_val v)
{
	struct us_span word = us_val_str(v, in->a);
	char *lower = us_arena_alloc(in->a, word.n + 1);

	if (!lower || !word.n)
		return lower ? US_EINVAL : in->a->err;
	for (size_t i = 0; i < word.n; i++)
		lower[i] = us_lower(word.p[i]);
	if (us_span_is(us_span(lower, word.n), "thinking_level_unspecified"))
		return 0;
	in->out->effort = us_span(lower, word.n);
	in->out->reason = US_REASON_EFFORT;
	return 0;
}

/* Thoughts that are to be shown are not: nobody else's could come back (see answers). */
static int read_thinking(struct us_gemini_in *in, struct us_val v)
{
	struct us_val budget = us_gemini_get(v, "thinkingBudget");
	struct us_val level = us_gemini_get(v, "thinkingLevel");
	bool shown = us_val_is(us_gemini_get(v, "includeThoughts"), US_J_TRUE);
	int rc = us_val_given(budget) ? read_budget(in, budget) : 0;

	if (!rc && us_val_given(level))
		rc = read_level(in, level);
	if (!rc && shown)
		rc = us_gemini_dropped(in, US_SPAN("thinkingConfig.includeThoughts"));
	return rc ? rc
	          : us_gemini_list_others(in, v, "thinkingConfig",
	                                  "thinkingBudget thinkingLevel includeThoughts", "");
}

/* Sound or pictures, where text is not all that is wanted. */
static bool wants_media(struct us_val modalities)
{
	for (struct us_iter it = us_iter(modalities); us_iter_next(&it);)
		if (!us_val_str_is(it.val, "TEXT"))
			return true;
	return false;
}

int us_gemini_read_config(struct us_gemini_in *in, struct us_val v)
{
	struct us_req *r = in->out;
	struct us_val max = us_gemini_get(v, "maxOutputTokens");
	struct us_val logprobs = us_gemini_get(v, "responseLogprobs");
	int rc = read_numbers(in, v);

	if (!rc)
		rc = read_stop(in, us_gemini_get(v, "stopSequences"));
	if (!rc && us_val_given(us_gemini_get(v, "thinkingConfig")))
		rc = read_thinking(in, us_gemini_get(v, "thinkingConfig"));
	read_format(in, v);
	r->max_out_set = us_gemini_u64(max, &r->max_out);
	if (us_val_given(logprobs))
		r->logprobs = us_val_is(logprobs, US_J_TRUE) ? US_YES : US_NO;
	r->audio_out = wants_media(us_gemini_get(v, "responseModalities"));
	if (rc || (us_val_given(max) && !r->max_out_set))
		return rc ? rc : US_EINVAL;
	return us_gemini_list_others(
		in, v, "generationConfig",
		NUMBERS "maxOutputTokens stopSequences responseMimeType responseSchema "
			"responseJsonSchema responseLogprobs thinkingConfig responseModalities",
		"mediaResolution speechConfig audioTimestamp enableEnhancedCivicAnswers "
		"enableAffectiveDialog imageConfig routingConfig modelSelectionConfig");
}

/* --- tools ------------------------------------------------------------------------------------ */

static int read_function(struct us_gemini_in *in, struct us_val v)
{
	struct us_tool *t = us_arena_push(in->a, &in->out->tools, &in->out->ntools, sizeof(*t));

	if (!t)
		return in->a->err;
	t->name = us_gemini_str(v, "name", in->a);
	t->description = us_gemini_str(v, "description", in->a);
	t->schema = schema_of(in, v, "parameters", "parametersJsonSchema");
	if (!t->name.n)
		return US_EINVAL;
	return us_gemini_list_others(in, v, "tools",
	                             "name description parameters parametersJsonSchema",
	                             "behavior response responseJsonSchema");
}

/* What is no function is a tool of Google's, even one that nobody knows yet. */
static int read_hosted(struct us_gemini_in *in, struct us_val key)
{
	struct us_tool *t = us_arena_push(in->a, &in->out->tools, &in->out->ntools, sizeof(*t));

	if (!t)
		return in->a->err;
	t->kind = US_TOOL_HOSTED;
	t->type = t->name = us_val_str(key, in->a);
	return 0;
}

static int read_tool(struct us_gemini_in *in, struct us_val tool)
{
	int rc = us_val_is(tool, US_J_OBJECT) ? 0 : US_EINVAL;

	for (struct us_iter it = us_iter(tool); !rc && us_iter_next(&it);) {
		struct us_iter f = us_iter(it.val);

		if (!us_gemini_among("functionDeclarations", us_val_str(it.key, in->a))) {
			rc = us_val_given(it.val) ? read_hosted(in, it.key) : 0;
			continue;
		}
		while (!rc && us_iter_next(&f))
			rc = read_function(in, f.val);
	}
	return rc;
}

int us_gemini_read_tools(struct us_gemini_in *in, struct us_val v)
{
	int rc = 0;

	if (us_val_is(v, US_J_OBJECT))
		return read_tool(in, v);
	for (struct us_iter it = us_iter(v); !rc && us_iter_next(&it);)
		rc = read_tool(in, it.val);
	return us_val_is(v, US_J_ARRAY) ? rc : US_EINVAL;
}

static int read_allowed(struct us_gemini_in *in, struct us_val names, bool must)
{
	struct us_req *r = in->out;

	for (struct us_iter it = us_iter(names); us_iter_next(&it);) {
		struct us_span *slot =
			us_arena_push(in->a, &r->allowed, &r->nallowed, sizeof(*slot));

		if (!slot || !us_val_is(it.val, US_J_STRING))
			return slot ? US_EINVAL : in->a->err;
		*slot = us_val_str(it.val, in->a);
	}
	r->choice = US_CHOICE_ALLOWED;
	r->allowed_required = must;
	if (must && r->nallowed == 1) {
		r->choice = US_CHOICE_NAMED;
		r->choice_name = r->allowed[0];
	}
	return 0;
}

/* An enum may be written as its number, too. */
static bool is_mode(struct us_val mode, const char *word, uint64_t number)
{
	uint64_t n;

	return us_val_u64(mode, &n) ? n == number : us_val_str_is(mode, word);
}

/* VALIDATED is AUTO with schemas that are kept to. */
static int read_calling(struct us_gemini_in *in, struct us_val v)
{
	struct us_req *r = in->out;
	struct us_val mode = us_gemini_get(v, "mode");
	struct us_val names = us_gemini_get(v, "allowedFunctionNames");
	bool any = is_mode(mode, "ANY", 2);

	if (is_mode(mode, "NONE", 3))
		r->choice = US_CHOICE_NONE;
	else if (us_val_count(names))
		return read_allowed(in, names, any);
	else if (any)
		r->choice = US_CHOICE_REQUIRED;
	else if (is_mode(mode, "AUTO", 1) || is_mode(mode, "VALIDATED", 4))
		r->choice = US_CHOICE_AUTO;
	return 0;
}

int us_gemini_read_tool_config(struct us_gemini_in *in, struct us_val v)
{
	struct us_val calling = us_gemini_get(v, "functionCallingConfig");
	int rc = us_val_given(calling) ? read_calling(in, calling) : 0;

	if (!rc)
		rc = us_gemini_list_others(in, calling, "functionCallingConfig",
		                           "mode allowedFunctionNames",
		                           "streamFunctionCallArguments");
	return rc ? rc
	          : us_gemini_list_others(in, v, "toolConfig", "functionCallingConfig",
	                                  "retrievalConfig");
}

/* mock_gemini_check.c - Google's rules about a request as a whole, and about tools and models
 *
 * Members may be written in two spellings. All are put into camelCase first, save what lies in the
 * values that are a program's own: arguments, responses, schemas.
 */
#include "cli/mock_gemini.h"

#include "cli/mock_schema.h"

static const struct us_mock_word troubles[] = {
#define TROUBLE(status, type, code, text) { status, type, code, text },
#include "cli/mock_gemini_words.def"
};

const struct us_mock_wording us_mock_gemini_wording = {
	.wrongs = {
#define WRONG(id, code, text) [US_MOCK_##id] = { 400, "INVALID_ARGUMENT", code, text },
#include "cli/mock_gemini_words.def"
	},
	.nos = {
#define NO(id, status, type, code, text) [US_MOCK_##id] = { status, type, code, text },
#include "cli/mock_gemini_words.def"
	},
	.troubles = troubles,
	.trouble_count = US_COUNT(troubles),
	.kinds = { "TYPE_NULL", "TYPE_BOOL", "TYPE_INT32", "TYPE_FLOAT", "TYPE_STRING", "list",
	           "TYPE_MESSAGE" },
	.last_word = " or ",
	.brackets = true,
};

int us_mock_gemini_refuse(struct us_mock_check *c, struct us_span message)
{
	if (!c->refusal->status)
		*c->refusal = (struct us_mock_refusal){ .status = 400,
			                                .type = US_SPAN("INVALID_ARGUMENT"),
			                                .message = message };
	return US_EINVAL;
}

struct us_span us_mock_gemini_model(const struct us_mock_http *http)
{
	static const char before[] = "/models/";
	const char *p = http->path.n
	                        ? memmem(http->path.p, http->path.n, before, sizeof(before) - 1)
	                        : NULL;
	struct us_span rest, model = { "", 0 };

	if (!p)
		return model;
	p += sizeof(before) - 1;
	rest = us_span(p, (size_t)(http->path.p + http->path.n - p));
	us_span_next(&rest, ':', &model);
	return model;
}

bool us_mock_gemini_is_third(struct us_span model)
{
	return us_span_starts(model, "gemini-") && model.n > 7 && model.p[7] >= '3' &&
	       model.p[7] <= '9';
}

/* --- spelling --------------------------------------------------------------------------------- */

static struct us_span camel(struct us_mock_check *c, struct us_span snake)
{
	char *p = us_arena_alloc(c->arena, snake.n + 1);
	size_t n = 0;

	for (size_t i = 0; p && i < snake.n; i++) {
		bool up = snake.p[i] == '_' && i + 1 < snake.n && snake.p[i + 1] >= 'a' &&
		          snake.p[i + 1] <= 'z';

		p[n++] = up ? (char)(snake.p[++i] - 'a' + 'A') : snake.p[i];
	}
	return us_span(p, n);
}

/* Values that are the program's own are opaque to Google. */
static bool is_opaque(struct us_span key)
{
	return us_mock_among("args|response|parameters|parametersJsonSchema|responseSchema|"
	                     "responseJsonSchema|labels",
	                     key);
}

static void respell(struct us_mock_check *c, const struct us_mock_json *v)
{
	bool object = v->kind == US_MOCK_OBJ;

	for (struct us_mock_json *m = v->first; m; m = m->next) {
		if (object && memchr(m->key.p, '_', m->key.n))
			m->key = camel(c, m->key);
		if (!object || !is_opaque(m->key) || m->kind == US_MOCK_ARR)
			respell(c, m);
	}
}

/* --- tools ------------------------------------------------------------------------------------ */

/* The first that follows, of an array's elements, or the object alone that stands for an array. */
static const struct us_mock_json *first(const struct us_mock_json *v)
{
	return v && v->kind == US_MOCK_OBJ ? v : v ? v->first : NULL;
}

static bool is_name(struct us_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
		bool more = (ch >= '0' && ch <= '9') || ch == '.' || ch == ':' || ch == '-';

		if (!letter && (!i || !more))
			return false;
	}
	return s.n && s.n <= 64;
}

/* The older Schema: types only of its own, and no object without members. */
static struct us_span look(const struct us_mock_json *schema, const struct us_mock_path *at,
                           bool strict, struct us_arena *arena)
{
	static const char keywords[] =
		"type|format|title|description|nullable|enum|items|maxItems|minItems|properties|"
		"required|minProperties|maxProperties|minimum|maximum|minLength|maxLength|pattern|"
		"example|anyOf|propertyOrdering|default|additionalProperties|ref|defs|max_items|"
		"min_items|min_properties|max_properties|min_length|max_length|any_of|"
		"property_ordering|additional_properties";
	const struct us_mock_json *properties = us_mock_json_get(schema, "properties");

	for (const struct us_mock_json *m = schema->first; m; m = m->next)
		if (!us_mock_among(keywords, m->key))
			return us_arena_printf(
				arena,
				"Invalid JSON payload received. Unknown name \"%.*s\" "
				"at 'tools[0].function_declarations[0].parameters': "
				"Cannot find field.",
				(int)m->key.n, m->key.p);
	if (us_mock_schema_is(schema, "OBJECT") && (!at || properties) &&
	    !(properties && properties->count))
		return US_SPAN("* GenerateContentRequest.tools[0].function_declarations[0]."
		               "parameters.properties: should be non-empty for OBJECT type");
	if (us_mock_json_get(schema, "type") &&
	    !(us_mock_json_get(schema, "type")->kind & (US_MOCK_STR | US_MOCK_INT)))
		return US_SPAN("Proto field is not repeating, cannot start list.");
	return us_span(NULL, 0);
}

static int check_schema(struct us_mock_check *c, const struct us_mock_json *schema)
{
	struct us_span wrong =
		schema ? us_mock_schema_walk(schema, look, false, c->arena) : us_span(NULL, 0);

	return wrong.p ? us_mock_gemini_refuse(c, wrong) : 0;
}

static int check_function(struct us_mock_check *c, const struct us_mock_json *f)
{
	if (!is_name(us_mock_json_text(us_mock_json_get(f, "name"))))
		return us_mock_gemini_refuse(
			c, US_SPAN("* GenerateContentRequest.tools[0].function_declarations[0]."
		                   "name: [FIELD_INVALID] Invalid function name. Must start with "
		                   "a letter or an underscore. Must be alphanumeric (a-z, A-Z, "
		                   "0-9), underscores (_), dots (.), colons (:), or dashes (-), "
		                   "with a maximum length of 64."));
	return check_schema(c, us_mock_json_get(f, "parameters"));
}

static bool declared(const struct us_mock_json *q, struct us_span name)
{
	const struct us_mock_json *t = first(us_mock_json_get(q, "tools"));

	for (; t; t = t->next) {
		const struct us_mock_json *list = us_mock_json_get(t, "functionDeclarations");

		for (const struct us_mock_json *f = list ? list->first : NULL; f; f = f->next)
			if (us_span_eq(us_mock_json_text(us_mock_json_get(f, "name")), name))
				return true;
		if (us_mock_json_get(q, "tools")->kind == US_MOCK_OBJ)
			break;
	}
	return false;
}

/* Names may only be allowed where one must be called, and only of functions that are there. */
static int check_calling(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *calling = us_mock_json_at(q, "toolConfig.functionCallingConfig");
	const struct us_mock_json *names = us_mock_json_get(calling, "allowedFunctionNames");
	struct us_span mode = us_mock_json_text(us_mock_json_get(calling, "mode"));

	if (names && names->count && !us_mock_among("ANY|VALIDATED", mode))
		return us_mock_gemini_refuse(
			c,
			US_SPAN("Function calling config is set with allowed_function_names, but "
		                "mode is not ANY."));
	if (us_span_is(mode, "ANY") && !us_mock_json_get(q, "tools"))
		return us_mock_gemini_refuse(
			c,
			US_SPAN("Function calling config is set without function_declarations."));
	for (const struct us_mock_json *n = names ? names->first : NULL; n; n = n->next)
		if (!declared(q, n->text))
			return us_mock_gemini_refuse(
				c, us_arena_printf(c->arena,
			                           "allowed_function_names contains \"%.*s\", "
			                           "which is not among function_declarations.",
			                           (int)n->text.n, n->text.p));
	return 0;
}

int us_mock_gemini_check_tools(struct us_mock_check *c, const struct us_mock_json *q,
                               struct us_span model)
{
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	int rc = 0;

	for (const struct us_mock_json *t = first(tools); !rc && t; t = t->next) {
		const struct us_mock_json *list = us_mock_json_get(t, "functionDeclarations");

		for (const struct us_mock_json *f = list ? list->first : NULL; !rc && f;
		     f = f->next)
			rc = check_function(c, f);
		if (tools->kind == US_MOCK_OBJ)
			break;
	}
	return rc ? rc : check_calling(c, q);
}

/* --- models ----------------------------------------------------------------------------------- */

static bool is_old(struct us_span model)
{
	return us_span_starts(model, "gemini-1") || us_span_starts(model, "gemini-2.0");
}

/* What a generation and a size can be told; -1 leaves it to the model. */
static const char *thinking_flaw(struct us_span model, const struct us_mock_json *budget,
                                 const struct us_mock_json *level)
{
	bool pro = us_span_has(model, "pro");

	if (budget && level)
		return "You can only set one of thinking budget and thinking level.";
	if (is_old(model) && (budget || level))
		return "Thinking is not supported by this model.";
	if (level && !us_mock_gemini_is_third(model))
		return "Thinking level is not supported for this model.";
	if (level && pro && us_mock_among("MINIMAL|minimal", level->text))
		return "Thinking level MINIMAL is not supported for this model.";
	if (budget && pro && us_span_is(budget->text, "0"))
		return "Budget 0 is invalid. This model only works in thinking mode.";
	return NULL;
}

static int check_thinking(struct us_mock_check *c, const struct us_mock_json *config,
                          struct us_span model)
{
	const struct us_mock_json *thinking = us_mock_json_get(config, "thinkingConfig");
	const struct us_mock_json *budget = us_mock_json_get(thinking, "thinkingBudget");
	const char *flaw =
		thinking_flaw(model, budget, us_mock_json_get(thinking, "thinkingLevel"));
	int most = us_span_has(model, "pro") ? 32768 : 24576;

	if (flaw)
		return us_mock_gemini_refuse(c, us_span_of(flaw));
	if (budget && (budget->number < -1 || budget->number > most))
		return us_mock_gemini_refuse(
			c, us_arena_printf(c->arena,
		                           "The thinking budget %.*s is invalid. Please choose a "
		                           "value between 0 and %d.",
		                           (int)budget->text.n, budget->text.p, most));
	return 0;
}

static int check_format(struct us_mock_check *c, const struct us_mock_json *q,
                        const struct us_mock_json *config, struct us_span model)
{
	bool json =
		us_mock_json_is(us_mock_json_get(config, "responseMimeType"), "application/json");
	const struct us_mock_json *schema = us_mock_json_get(config, "responseSchema");
	const struct us_mock_json *json_schema = us_mock_json_get(config, "responseJsonSchema");
	const struct us_mock_json *tool = first(us_mock_json_get(q, "tools"));

	if (schema && json_schema)
		return us_mock_gemini_refuse(c, US_SPAN("Only one of response_schema and "
		                                        "response_json_schema may be set."));
	if (json_schema && !json)
		return us_mock_gemini_refuse(
			c, US_SPAN("response_json_schema is set, but response_mime_type is not "
		                   "application/json."));
	if (json && us_mock_json_get(tool, "functionDeclarations") &&
	    !us_mock_gemini_is_third(model))
		return us_mock_gemini_refuse(
			c,
			US_SPAN("Function calling with a response mime type: 'application/json' is "
		                "unsupported"));
	return check_schema(c, schema);
}

int us_mock_gemini_check_model(struct us_mock_check *c, const struct us_mock_json *q,
                               struct us_span model)
{
	const struct us_mock_json *config = us_mock_json_get(q, "generationConfig");
	const struct us_mock_json *max = us_mock_json_get(config, "maxOutputTokens");
	int most = is_old(model) ? 8192 : 65536;
	int rc = check_thinking(c, config, model);

	if (!rc && max && max->number > most)
		return us_mock_gemini_refuse(
			c, us_arena_printf(c->arena,
		                           "Unable to submit request because it has a "
		                           "maxOutputTokens value of %.*s but the supported range "
		                           "is from 1 (inclusive) to %d (exclusive). Update the "
		                           "value and try again.",
		                           (int)max->text.n, max->text.p, most + 1));
	return rc ? rc : check_format(c, q, config, model);
}

int us_mock_gemini_check(struct us_mock_check *c, const struct us_mock_http *http,
                         const struct us_mock_json *q, bool lone_surrogate)
{
	struct us_span model = us_mock_gemini_model(http);
	int rc;

	respell(c, q);
	if (!us_mock_json_get(q, "contents"))
		return us_mock_gemini_refuse(c,
		                             US_SPAN("* GenerateContentRequest.contents: contents "
		                                     "is not specified"));
	rc = us_mock_check_object(c, NULL, q, &us_mock_gemini_request);
	if (!rc)
		rc = us_mock_gemini_check_turns(c, q, model);
	if (!rc)
		rc = us_mock_gemini_check_tools(c, q, model);
	return rc ? rc : us_mock_gemini_check_model(c, q, model);
}

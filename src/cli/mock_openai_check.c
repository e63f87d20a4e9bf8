/* mock_openai_check.c - OpenAI's rules about single parameters
 *
 * Models that reason refuse parameters before anybody looks at their values; the rest follows the
 * tables.
 */
#include "cli/mock_openai.h"

static const struct us_mock_word troubles[] = {
#define TROUBLE(status, type, code, text) { status, type, code, text },
#include "cli/mock_openai_words.def"
};

const struct us_mock_wording us_mock_openai_wording = {
	.wrongs = {
#define WRONG(id, code, text) [US_MOCK_##id] = { 400, "invalid_request_error", code, text },
#include "cli/mock_openai_words.def"
	},
	.nos = {
#define NO(id, status, type, code, text) [US_MOCK_##id] = { status, type, code, text },
#include "cli/mock_openai_words.def"
	},
	.troubles = troubles,
	.trouble_count = US_COUNT(troubles),
	.kinds = { "null", "a boolean", "an integer", "a decimal", "a string", "an array",
	           "an object" },
	.last_word = ", and ",
	.brackets = true,
	.params = true,
};

/* o1, o3-mini, gpt-5.1 ... but not the chat variant. */
bool us_mock_openai_reasons(struct us_span model)
{
	return (model.n > 1 && model.p[0] == 'o' && model.p[1] >= '1' && model.p[1] <= '9') ||
	       (us_span_starts(model, "gpt-5") && !us_span_starts(model, "gpt-5-chat"));
}

static int unsupported(struct us_mock_check *c, const char *member, const char *instead)
{
	return us_mock_check_refuse(
		c, "unsupported_parameter", member,
		us_arena_printf(c->arena,
	                        "Unsupported parameter: '%s' is not supported with this model.%s",
	                        member, instead));
}

/* Is the member there, with another value than the one that changes nothing? */
static const struct us_mock_json *set(const struct us_mock_json *q, const char *member,
                                      double neutral)
{
	const struct us_mock_json *v = us_mock_json_get(q, member);
	bool number = v && (v->kind & (US_MOCK_INT | US_MOCK_NUM));

	return number && v->number >= neutral && v->number <= neutral ? NULL : v;
}

/* A default value passes where the parameter itself does not. */
static int reasoning_models(struct us_mock_check *c, const struct us_mock_json *q)
{
	static const struct {
		const char *member;
		double neutral;
	} fixed[] = { { "temperature", 1 },
		      { "top_p", 1 },
		      { "presence_penalty", 0 },
		      { "frequency_penalty", 0 } };
	static const char *const none[] = { "logprobs", "top_logprobs", "logit_bias", "stop" };
	struct us_span model = us_mock_json_text(us_mock_json_get(q, "model"));

	if (us_mock_json_get(q, "reasoning_effort") &&
	    (us_span_starts(model, "gpt-3") || us_span_starts(model, "gpt-4")))
		return us_mock_check_refuse(
			c, NULL, NULL,
			US_SPAN("Unrecognized request argument supplied: reasoning_effort"));
	if (!us_mock_openai_reasons(model))
		return 0;
	if (us_mock_json_get(q, "max_tokens"))
		return unsupported(c, "max_tokens", " Use 'max_completion_tokens' instead.");
	for (size_t i = 0; i < US_COUNT(fixed); i++) {
		const struct us_mock_json *v = set(q, fixed[i].member, fixed[i].neutral);

		if (v)
			return us_mock_check_refuse(
				c, "unsupported_value", fixed[i].member,
				us_arena_printf(c->arena,
			                        "Unsupported value: '%s' does not support %.*s "
			                        "with this model. Only the default (%d) value is "
			                        "supported.",
			                        fixed[i].member, (int)v->text.n, v->text.p,
			                        (int)fixed[i].neutral));
	}
	for (size_t i = 0; i < US_COUNT(none); i++) {
		const struct us_mock_json *v = us_mock_json_get(q, none[i]);

		if (v && (v->kind != US_MOCK_BOOL || us_mock_json_true(v)))
			return unsupported(c, none[i], "");
	}
	return 0;
}

/* Parameters that ask for one another, or exclude one another. */
static int pairs(struct us_mock_check *c, const struct us_mock_json *q)
{
	if (us_mock_json_get(q, "max_tokens") && us_mock_json_get(q, "max_completion_tokens"))
		return us_mock_check_refuse(
			c, "invalid_parameter_combination", "max_tokens",
			US_SPAN("Setting 'max_tokens' and 'max_completion_tokens' at the same time "
		                "is not supported."));
	if (us_mock_json_get(q, "stream_options") &&
	    !us_mock_json_true(us_mock_json_get(q, "stream")))
		return us_mock_check_refuse(
			c, NULL, "stream_options",
			US_SPAN("The 'stream_options' parameter is only allowed when 'stream' is "
		                "enabled."));
	if (us_mock_json_get(q, "top_logprobs") &&
	    !us_mock_json_true(us_mock_json_get(q, "logprobs")))
		return us_mock_check_refuse(
			c, NULL, "top_logprobs",
			US_SPAN("The 'top_logprobs' parameter is only allowed when 'logprobs' is "
		                "enabled."));
	return 0;
}

/* Sixteen pairs of short strings. */
static int metadata(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *map = us_mock_json_get(q, "metadata");
	const char *wrong = map && map->count > 16 ? "it has more than 16 pairs" : NULL;

	for (const struct us_mock_json *m = map ? map->first : NULL; m && !wrong; m = m->next) {
		if (m->kind != US_MOCK_STR)
			wrong = "a value is not a string";
		else if (us_mock_characters(m->text) > 512)
			wrong = "a value is longer than 512 characters";
		else if (us_mock_characters(m->key) > 64)
			wrong = "a key is longer than 64 characters";
	}
	if (!wrong)
		return 0;
	return us_mock_check_refuse(c, "invalid_value", "metadata",
	                            us_arena_printf(c->arena, "Invalid 'metadata': %s.", wrong));
}

static int logit_bias(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *map = us_mock_json_get(q, "logit_bias");

	for (const struct us_mock_json *m = map ? map->first : NULL; m; m = m->next)
		if (m->kind != US_MOCK_INT || m->number < -100 || m->number > 100)
			return us_mock_check_refuse(c, "invalid_value", "logit_bias",
			                            US_SPAN("Invalid 'logit_bias': expected "
			                                    "integers from -100 to 100."));
	return 0;
}

/* json_object is only allowed if some message says so. */
static int says_json(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *messages = us_mock_json_get(q, "messages");

	if (!us_mock_json_is(us_mock_json_at(q, "response_format.type"), "json_object"))
		return 0;
	for (const struct us_mock_json *m = messages->first; m; m = m->next) {
		const struct us_mock_json *content = us_mock_json_get(m, "content");

		if (content && us_span_has_nocase(content->text, "json"))
			return 0;
	}
	return us_mock_check_refuse(
		c, NULL, "messages",
		US_SPAN("'messages' must contain the word 'json' in some form, to use "
	                "'response_format' of type 'json_object'."));
}

int us_mock_openai_check(struct us_mock_check *c, const struct us_mock_http *http,
                         const struct us_mock_json *q, bool lone_surrogate)
{
	static int (*const rules[])(struct us_mock_check *, const struct us_mock_json *) = {
		us_mock_openai_check_messages,
		us_mock_openai_check_tools,
		pairs,
		metadata,
		logit_bias,
		says_json,
	};
	int rc = 0;

	if (!us_mock_json_get(q, "model"))
		return us_mock_check_refuse(c, NULL, NULL,
		                            US_SPAN("you must provide a model parameter"));
	rc = us_mock_openai_check_images(c, q);
	if (!rc)
		rc = reasoning_models(c, q);
	if (!rc)
		rc = us_mock_check_object(c, NULL, q, &us_mock_openai_request);
	for (size_t i = 0; !rc && i < US_COUNT(rules); i++)
		rc = rules[i](c, q);
	return rc;
}

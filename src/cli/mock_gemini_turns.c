/* mock_gemini_turns.c - what Google demands of contents: who speaks when, and what parts hold
 *
 *     user (text, media, results)  ->  model (text, calls)  ->  user ...
 *
 * Calls follow what a user said, or results; results follow calls, as many as these; the last word
 * is the user's. The third generation wants the signature of each step's first call, since the user
 * last spoke, or the word that stands for a foreign one.
 */
#include "cli/mock_gemini.h"

struct turn {
	bool model, said; /* anything but results */
	size_t calls, results;
	bool signed_first; /* the first call bears a signature, or there is none */
};

/* Exactly one of these is what the part is. */
static const char *const data[] = {
	"text",           "inlineData",         "fileData", "functionCall", "functionResponse",
	"executableCode", "codeExecutionResult"
};

/* TYPE_BYTES: either alphabet of base64, padded or not. */
static bool is_bytes(struct us_span s)
{
	size_t n = s.n;

	while (n && s.p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		char c = s.p[i];

		if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
		    !memchr("+/-_", c, 4))
			return false;
	}
	return n > 0 && n % 4 != 1;
}

static int check_part(struct us_mock_check *c, const struct us_mock_json *part, size_t turn,
                      size_t at)
{
	const struct us_mock_json *sig = us_mock_json_get(part, "thoughtSignature");
	const struct us_mock_json *blob = us_mock_json_at(part, "inlineData.data");
	size_t n = 0;

	for (size_t i = 0; i < US_COUNT(data); i++)
		n += us_mock_json_get(part, data[i]) != NULL;
	if (n != 1 && !(sig && !n))
		return us_mock_gemini_refuse(
			c,
			us_arena_printf(c->arena,
		                        "* GenerateContentRequest.contents[%zu].parts[%zu].data: "
		                        "required oneof field 'data' must have one initialized "
		                        "field",
		                        turn, at));
	if ((sig && !is_bytes(sig->text)) || (blob && !is_bytes(us_mock_json_text(blob))))
		return us_mock_gemini_refuse(
			c, us_arena_printf(c->arena,
		                           "Invalid value at 'contents[%zu].parts[%zu]' "
		                           "(TYPE_BYTES), Base64 decoding failed",
		                           turn, at));
	return 0;
}

static void count_part(struct turn *t, const struct us_mock_json *part)
{
	if (us_mock_json_get(part, "functionCall")) {
		if (!t->calls++)
			t->signed_first = us_mock_json_get(part, "thoughtSignature") != NULL;
	} else if (us_mock_json_get(part, "functionResponse")) {
		t->results++;
	} else {
		t->said = true;
	}
}

/* One part may stand for a list of one. */
static int read_turn(struct us_mock_check *c, const struct us_mock_json *content, size_t index,
                     struct turn *t)
{
	const struct us_mock_json *parts = us_mock_json_get(content, "parts"), *part;
	const struct us_mock_json *role = us_mock_json_get(content, "role");
	size_t at = 0;
	int rc = 0;

	*t = (struct turn){ .model = us_mock_json_is(role, "model"), .signed_first = true };
	if (role && !us_mock_among("user|model|function", role->text))
		return us_mock_gemini_refuse(c, US_SPAN("Please use a valid role: user, model."));
	if (parts->kind == US_MOCK_OBJ) {
		count_part(t, parts);
		return check_part(c, parts, index, 0);
	}
	for (part = parts->first; !rc && part; part = part->next) {
		rc = check_part(c, part, index, at++);
		count_part(t, part);
	}
	return rc;
}

static const char *wrong_order(const struct turn *t, const struct turn *before)
{
	if (t->calls && (!before || before->model))
		return "Please ensure that function call turn comes immediately after a user turn "
		       "or "
		       "after a function response turn.";
	if (t->results && (!before || !before->calls))
		return "Please ensure that function response turn comes immediately after a "
		       "function "
		       "call turn.";
	if (before && before->calls && t->results != before->calls)
		return "Please ensure that the number of function response parts is equal to the "
		       "number of function call parts of the function call turn.";
	return NULL;
}

/* Since when the model works on what the user said last. */
static size_t last_word(const struct turn *turns, size_t n)
{
	while (n && (turns[n - 1].model || turns[n - 1].results))
		n--;
	return n;
}

static int check_signatures(struct us_mock_check *c, const struct turn *turns, size_t n)
{
	for (size_t i = last_word(turns, n); i < n; i++)
		if (turns[i].calls && !turns[i].signed_first)
			return us_mock_gemini_refuse(
				c, us_arena_printf(c->arena,
			                           "Function call is missing a thought_signature "
			                           "in functionCall parts. This is required for "
			                           "tools to work correctly, and missing "
			                           "thought_signature may lead to degraded model "
			                           "performance. Position %zu.",
			                           i));
	return 0;
}

int us_mock_gemini_check_turns(struct us_mock_check *c, const struct us_mock_json *q,
                               struct us_span model)
{
	const struct us_mock_json *contents = us_mock_json_get(q, "contents"), *m;
	bool one = contents->kind == US_MOCK_OBJ;
	size_t n = one ? 1 : contents->count, i = 0;
	struct turn *turns = us_arena_array(c->arena, n, sizeof(*turns));
	const char *wrong = NULL;

	for (m = one ? contents : contents->first; turns && m && !wrong; m = m->next, i++) {
		if (read_turn(c, m, i, &turns[i]))
			return US_EINVAL;
		wrong = wrong_order(&turns[i], i ? &turns[i - 1] : NULL);
		if (one)
			break;
	}
	if (turns && !wrong && turns[n - 1].model)
		wrong = "Please ensure that multiturn requests end with a user role or a function "
			"response.";
	if (wrong)
		return us_mock_gemini_refuse(c, us_span_of(wrong));
	return turns && us_mock_gemini_is_third(model) ? check_signatures(c, turns, n) : 0;
}

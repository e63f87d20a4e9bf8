/* mock_ollama_check.c - what a request to Ollama's /api/chat may contain
 *
 * Stricter than the server in one thing: that one overlooks members it does not know, and a wish
 * that is overlooked is lost. What it would not hear is refused here.
 */
#include "cli/mock_ollama.h"
#include "cli/mock_kinds.h"

#include <limits.h>

static const struct us_mock_word troubles[] = {
#define TROUBLE(status, code, text) { status, NULL, code, text },
#include "cli/mock_ollama_words.def"
};

const struct us_mock_wording us_mock_ollama_wording = {
	.wrongs = {
#define WRONG(id, text) [US_MOCK_##id] = { 400, NULL, NULL, text },
#include "cli/mock_ollama_words.def"
	},
	.nos = {
#define NO(id, status, text) [US_MOCK_##id] = { status, NULL, NULL, text },
#include "cli/mock_ollama_words.def"
	},
	.troubles = troubles,
	.trouble_count = US_COUNT(troubles),
	.kinds = { "null", "bool", "int", "float32", "string", "array", "object" },
	.last_word = " or ",
};

/* clang-format off */
#define IMAGES { .name = "images", ARR | NIL, .elements = STR, .chars = US_MOCK_BASE64 }

static const struct us_mock_rule call_function_rules[] = {
	{ .name = "index", INT },
	{ .name = "name", STR, REQ },
	{ .name = "arguments", OBJ, REQ },
};
static const struct us_mock_shape call_function = US_MOCK_ONE(call_function_rules);
static const struct us_mock_rule call_rules[] = {
	{ .name = "id", STR },
	{ .name = "type", STR, .words = "function" },
	OBJECT("function", call_function),
};
static const struct us_mock_shape call = US_MOCK_ONE(call_rules);

static const struct us_mock_rule plain_message[] = {
	{ .name = "content", STR, REQ },
	IMAGES,
};
static const struct us_mock_rule assistant_message[] = {
	{ .name = "content", STR, REQ },
	{ .name = "thinking", STR },
	IMAGES,
	{ .name = "tool_calls", ARR | NIL, .low = 0, .high = LLONG_MAX, .shape = &call },
};
static const struct us_mock_rule tool_message[] = {
	{ .name = "content", STR, REQ },
	{ .name = "tool_name", STR },
	{ .name = "tool_call_id", STR },
	IMAGES,
};
static const struct us_mock_variant message_variants[] = {
	{ "system", US_MOCK_RULES(plain_message) },
	{ "user", US_MOCK_RULES(plain_message) },
	{ "assistant", US_MOCK_RULES(assistant_message) },
	{ "tool", US_MOCK_RULES(tool_message) },
};
static const struct us_mock_shape message = { "role", US_MOCK_VARIANTS(message_variants) };

static const struct us_mock_rule function_rules[] = {
	{ .name = "name", STR, REQ },
	{ .name = "description", STR },
	{ .name = "parameters", OBJ, REQ },
};
static const struct us_mock_shape function = US_MOCK_ONE(function_rules);
static const struct us_mock_rule function_item[] = { OBJECT("function", function) };
static const struct us_mock_variant tool_variants[] = {
	{ "function", US_MOCK_RULES(function_item) },
};
static const struct us_mock_shape tool = { "type", US_MOCK_VARIANTS(tool_variants) };

static const struct us_mock_rule option_rules[] = {
	{ .name = "num_predict", INT },
	{ .name = "num_ctx", INT },
	{ .name = "num_keep", INT },
	{ .name = "num_batch", INT },
	{ .name = "num_gpu", INT },
	{ .name = "num_thread", INT },
	{ .name = "seed", INT },
	{ .name = "temperature", NUM },
	{ .name = "top_p", NUM },
	{ .name = "top_k", INT },
	{ .name = "min_p", NUM },
	{ .name = "typical_p", NUM },
	{ .name = "repeat_last_n", INT },
	{ .name = "repeat_penalty", NUM },
	{ .name = "presence_penalty", NUM },
	{ .name = "frequency_penalty", NUM },
	{ .name = "stop", ARR, .elements = STR },
};
static const struct us_mock_shape options = US_MOCK_ONE(option_rules);

static const struct us_mock_variant anything[] = { { .open = true } };
static const struct us_mock_shape schema = { .variants = anything, .count = 1 };

static const struct us_mock_rule request_rules[] = {
	{ .name = "model", STR, REQ },
	{ .name = "messages", ARR, REQ, .shape = &message },
	{ .name = "tools", ARR | NIL, .shape = &tool },
	{ .name = "format", STR | OBJ | NIL, .words = "json|", .shape = &schema },
	{ .name = "options", OBJ | NIL, .shape = &options },
	{ .name = "stream", BOOL | NIL },
	{ .name = "think", BOOL | STR | NIL, .words = "high|medium|low" },
	{ .name = "keep_alive", STR | NUM | NIL },
	{ .name = "logprobs", BOOL },
	{ .name = "top_logprobs", INT, .low = 0, .high = 20 },
	{ .name = "truncate", BOOL },
	{ .name = "shift", BOOL },
};
/* clang-format on */
static const struct us_mock_shape request = US_MOCK_ONE(request_rules);

/* What models cannot do, by the beginnings of their names (qwen3's others think). */
static const struct {
	const char *model;
	bool thinks, calls;
} models[] = {
	{ "gemma", false, false },
	{ "llama3", false, true },
	{ "mistral", false, true },
	{ "qwen3:4b-instruct", false, true },
};

static bool asks_to_think(const struct us_mock_json *q)
{
	const struct us_mock_json *think = us_mock_json_get(q, "think");

	return think && (think->kind == US_MOCK_STR || us_mock_json_true(think));
}

static int check_model(struct us_mock_check *c, const struct us_mock_json *q)
{
	struct us_span name = us_mock_json_text(us_mock_json_get(q, "model"));
	const struct us_mock_json *tools = us_mock_json_get(q, "tools");
	const char *cannot = NULL;

	for (size_t i = 0; i < US_COUNT(models); i++) {
		if (!us_span_starts(name, models[i].model))
			continue;
		if (asks_to_think(q) && !models[i].thinks)
			cannot = "thinking";
		else if (tools && tools->count && !models[i].calls)
			cannot = "tools";
	}
	if (!cannot)
		return 0;
	return us_mock_check_refuse(c, NULL, NULL,
	                            us_arena_printf(c->arena, "\"%.*s\" does not support %s",
	                                            (int)name.n, name.p, cannot));
}

int us_mock_ollama_check(struct us_mock_check *c, const struct us_mock_http *http,
                         const struct us_mock_json *q, bool lone_surrogate)
{
	int rc = us_mock_check_object(c, NULL, q, &request);

	return rc ? rc : check_model(c, q);
}

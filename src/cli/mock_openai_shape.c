/* mock_openai_shape.c - what a Chat Completions request may contain
 *
 * After OpenAI's published schema, with the limits its servers add. What recorded traffic shows the
 * servers to let in beyond the schema is let in: the name of a tool message and of a tool, the
 * index of a call, an image_url that is a string, no stop at all in a list.
 */
#include "cli/mock_openai.h"
#include "cli/mock_kinds.h"

#include <limits.h>

/* clang-format off */

static const struct us_mock_rule cache_rules[] = {
	{ .name = "mode", STR, REQ, .words = "explicit" },
};
static const struct us_mock_shape cache = US_MOCK_ONE(cache_rules);

static const struct us_mock_rule image_url_rules[] = {
	{ .name = "url", STR, REQ },
	{ .name = "detail", STR, .words = "auto|low|high|original" },
};
static const struct us_mock_shape image_url = US_MOCK_ONE(image_url_rules);

static const struct us_mock_rule audio_in_rules[] = {
	{ .name = "data", STR, REQ, .chars = US_MOCK_BASE64 },
	{ .name = "format", STR, REQ, .words = "wav|mp3" },
};
static const struct us_mock_shape audio_in = US_MOCK_ONE(audio_in_rules);

static const struct us_mock_rule file_rules[] = {
	{ .name = "filename", STR }, { .name = "file_data", STR }, { .name = "file_id", STR },
};
static const struct us_mock_shape file = US_MOCK_ONE(file_rules);

static const struct us_mock_rule text_part[] = {
	{ .name = "text", STR, REQ },
	{ .name = "prompt_cache_breakpoint", OBJ, .shape = &cache },
};
static const struct us_mock_rule image_part[] = {
	{ .name = "image_url", STR | OBJ, REQ, .shape = &image_url },
	{ .name = "prompt_cache_breakpoint", OBJ, .shape = &cache },
};
static const struct us_mock_rule audio_part[] = {
	OBJECT("input_audio", audio_in),
	{ .name = "prompt_cache_breakpoint", OBJ, .shape = &cache },
};
static const struct us_mock_rule file_part[] = {
	OBJECT("file", file),
	{ .name = "prompt_cache_breakpoint", OBJ, .shape = &cache },
};
static const struct us_mock_rule refusal_part[] = {
	{ .name = "refusal", STR, REQ },
};

static const struct us_mock_variant user_variants[] = {
	{ "text", US_MOCK_RULES(text_part) },
	{ "image_url", US_MOCK_RULES(image_part) },
	{ "input_audio", US_MOCK_RULES(audio_part) },
	{ "file", US_MOCK_RULES(file_part) },
};
static const struct us_mock_variant assistant_variants[] = {
	{ "text", US_MOCK_RULES(text_part) },
	{ "refusal", US_MOCK_RULES(refusal_part) },
};
static const struct us_mock_variant text_variants[] = {
	{ "text", US_MOCK_RULES(text_part) },
};
static const struct us_mock_shape user_part = { "type", US_MOCK_VARIANTS(user_variants) };
static const struct us_mock_shape assistant_part = { "type", US_MOCK_VARIANTS(assistant_variants) };
static const struct us_mock_shape only_text = { "type", US_MOCK_VARIANTS(text_variants) };

static const struct us_mock_rule function_call_rules[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "arguments", STR, REQ },
};
static const struct us_mock_shape function_call = US_MOCK_ONE(function_call_rules);
static const struct us_mock_rule custom_call_rules[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "input", STR, REQ },
};
static const struct us_mock_shape custom_call = US_MOCK_ONE(custom_call_rules);

static const struct us_mock_rule function_call_item[] = {
	{ .name = "id", STR, REQ, .max_len = US_MOCK_OPENAI_ID_MAX },
	OBJECT("function", function_call),
	{ .name = "index", INT },
};
static const struct us_mock_rule custom_call_item[] = {
	{ .name = "id", STR, REQ, .max_len = US_MOCK_OPENAI_ID_MAX },
	OBJECT("custom", custom_call),
};
static const struct us_mock_variant call_variants[] = {
	{ "function", US_MOCK_RULES(function_call_item) },
	{ "custom", US_MOCK_RULES(custom_call_item) },
};
static const struct us_mock_shape call = { "type", US_MOCK_VARIANTS(call_variants) };

static const struct us_mock_rule audio_out_rules[] = { { .name = "id", STR, REQ } };
static const struct us_mock_shape audio_out = US_MOCK_ONE(audio_out_rules);

#define PERSON { .name = "name", STR, .chars = US_MOCK_PERSON, .max_len = 64 }
#define CONTENT(part) { .name = "content", STR | ARR, REQ, SOME, .shape = (part) }

static const struct us_mock_rule system_message[] = { CONTENT(&only_text), PERSON };
static const struct us_mock_rule user_message[] = { CONTENT(&user_part), PERSON };
static const struct us_mock_rule assistant_message[] = {
	{ .name = "content", STR | ARR | NIL, SOME, .shape = &assistant_part },
	{ .name = "refusal", STR | NIL },
	PERSON,
	{ .name = "audio", OBJ | NIL, .shape = &audio_out },
	{ .name = "tool_calls", ARR, .low = 1, .high = 128, .shape = &call },
	{ .name = "function_call", OBJ | NIL, .shape = &function_call },
	{ .name = "annotations", ARR | NIL },
};
static const struct us_mock_rule tool_message[] = {
	CONTENT(&only_text),
	{ .name = "tool_call_id", STR, REQ, .max_len = US_MOCK_OPENAI_ID_MAX },
	PERSON,
};
static const struct us_mock_rule function_message[] = {
	{ .name = "content", STR | NIL, REQ },
	{ .name = "name", REQ, NAME64 },
};
static const struct us_mock_variant message_variants[] = {
	{ "system", US_MOCK_RULES(system_message) },
	{ "assistant", US_MOCK_RULES(assistant_message) },
	{ "user", US_MOCK_RULES(user_message) },
	{ "function", US_MOCK_RULES(function_message) },
	{ "tool", US_MOCK_RULES(tool_message) },
	{ "developer", US_MOCK_RULES(system_message) },
};
static const struct us_mock_shape message = { "role", US_MOCK_VARIANTS(message_variants) };

static const struct us_mock_rule function_rules[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "description", STR, .max_len = 1024 },
	{ .name = "parameters", OBJ | NIL },
	{ .name = "strict", BOOL | NIL },
};
static const struct us_mock_shape function = US_MOCK_ONE(function_rules);
static const struct us_mock_rule custom_rules[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "description", STR },
	{ .name = "format", OBJ },
};
static const struct us_mock_shape custom = US_MOCK_ONE(custom_rules);
static const struct us_mock_rule function_item[] = {
	OBJECT("function", function),
	{ .name = "name", STR },
};
static const struct us_mock_rule custom_item[] = { OBJECT("custom", custom) };
static const struct us_mock_variant tool_variants[] = {
	{ "function", US_MOCK_RULES(function_item) },
	{ "custom", US_MOCK_RULES(custom_item) },
};
static const struct us_mock_shape tool = { "type", US_MOCK_VARIANTS(tool_variants) };

static const struct us_mock_rule named_rules[] = { { .name = "name", STR, REQ } };
static const struct us_mock_shape named = US_MOCK_ONE(named_rules);
static const struct us_mock_rule allowed_rules[] = {
	{ .name = "mode", STR, REQ, .words = "auto|required" },
	{ .name = "tools", ARR | NIL, REQ },
};
static const struct us_mock_shape allowed = US_MOCK_ONE(allowed_rules);
static const struct us_mock_rule choose_function[] = { OBJECT("function", named) };
static const struct us_mock_rule choose_custom[] = { OBJECT("custom", named) };
static const struct us_mock_rule choose_allowed[] = { OBJECT("allowed_tools", allowed) };
static const struct us_mock_variant choice_variants[] = {
	{ "function", US_MOCK_RULES(choose_function) },
	{ "custom", US_MOCK_RULES(choose_custom) },
	{ "allowed_tools", US_MOCK_RULES(choose_allowed) },
};
static const struct us_mock_shape choice = { "type", US_MOCK_VARIANTS(choice_variants) };

static const struct us_mock_rule json_schema_rules[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "description", STR },
	{ .name = "schema", OBJ },
	{ .name = "strict", BOOL | NIL },
};
static const struct us_mock_shape json_schema = US_MOCK_ONE(json_schema_rules);
static const struct us_mock_rule schema_format[] = { OBJECT("json_schema", json_schema) };
static const struct us_mock_variant format_variants[] = {
	{ .tag = "text" },
	{ .tag = "json_object" },
	{ "json_schema", US_MOCK_RULES(schema_format) },
};
static const struct us_mock_shape format = { "type", US_MOCK_VARIANTS(format_variants) };

static const struct us_mock_rule stream_rules[] = {
	{ .name = "include_usage", BOOL }, { .name = "include_obfuscation", BOOL },
};
static const struct us_mock_shape stream_options = US_MOCK_ONE(stream_rules);

static const struct us_mock_rule prediction_rules[] = {
	{ .name = "type", STR, REQ, .words = "content" },
	CONTENT(&only_text),
};
static const struct us_mock_shape prediction = US_MOCK_ONE(prediction_rules);

static const struct us_mock_rule legacy_rules[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "description", STR, .max_len = 1024 },
	{ .name = "parameters", OBJ | NIL },
};
static const struct us_mock_shape legacy = US_MOCK_ONE(legacy_rules);

static const struct us_mock_rule request_rules[] = {
	{ .name = "messages", ARR, REQ, SOME, .shape = &message },
	{ .name = "model", STR, REQ },
	{ .name = "audio", OBJ | NIL },
	{ .name = "frequency_penalty", NUM | NIL, .low = -2, .high = 2 },
	{ .name = "function_call", STR | OBJ, .words = "none|auto", .shape = &named },
	{ .name = "functions", ARR, .low = 1, .high = 128, .shape = &legacy },
	{ .name = "logit_bias", OBJ | NIL },
	{ .name = "logprobs", BOOL | NIL },
	{ .name = "max_completion_tokens", INT | NIL, SOME },
	{ .name = "max_tokens", INT | NIL, SOME },
	{ .name = "metadata", OBJ | NIL },
	{ .name = "modalities", ARR | NIL, .low = 1, .high = 2, .words = "text|audio",
	  .elements = STR },
	{ .name = "moderation", OBJ | NIL },
	{ .name = "n", INT | NIL, .low = 1, .high = 128 },
	{ .name = "parallel_tool_calls", BOOL | NIL },
	{ .name = "prediction", OBJ | NIL, .shape = &prediction },
	{ .name = "presence_penalty", NUM | NIL, .low = -2, .high = 2 },
	{ .name = "prompt_cache_key", STR | NIL },
	{ .name = "prompt_cache_options", OBJ },
	{ .name = "prompt_cache_retention", STR | NIL, .words = "in_memory|in-memory|24h" },
	{ .name = "reasoning_effort", STR | NIL,
	  .words = "none|minimal|low|medium|high|xhigh|max" },
	{ .name = "response_format", OBJ, .shape = &format },
	{ .name = "safety_identifier", STR | NIL, .max_len = 64 },
	{ .name = "seed", INT | NIL, .low = LLONG_MIN, .high = LLONG_MAX },
	{ .name = "service_tier", STR | NIL, .words = "auto|default|flex|scale|priority|fast" },
	{ .name = "stop", STR | ARR | NIL, .low = 0, .high = 4, .elements = STR },
	{ .name = "store", BOOL | NIL },
	{ .name = "stream", BOOL | NIL },
	{ .name = "stream_options", OBJ | NIL, .shape = &stream_options },
	{ .name = "temperature", NUM | NIL, .low = 0, .high = 2 },
	{ .name = "tool_choice", STR | OBJ | NIL, .words = "none|auto|required", .shape = &choice },
	{ .name = "tools", ARR | NIL, .low = 1, .high = 128, .shape = &tool },
	{ .name = "top_logprobs", INT | NIL, .low = 0, .high = 20 },
	{ .name = "top_p", NUM | NIL, .low = 0, .high = 1 },
	{ .name = "user", STR },
	{ .name = "verbosity", STR | NIL, .words = "low|medium|high" },
	{ .name = "web_search_options", OBJ },
};
/* clang-format on */

const struct us_mock_shape us_mock_openai_request = US_MOCK_ONE(request_rules);

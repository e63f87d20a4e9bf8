/* mock_responses_shape.c - what a Responses request may contain
 *
 * After OpenAI's published schema, with the limits its servers add. What recorded traffic shows the
 * servers to let in beyond the schema is let in: messages without a type, parts of an answer
 * without annotations. Items of hosted tools are known by their names only.
 */
#include "cli/mock_responses.h"
#include "cli/mock_kinds.h"

#include <limits.h>

/* clang-format off */
#define CALL_ID { .name = "call_id", STR, REQ, .max_len = US_MOCK_RESPONSES_ID_MAX }
#define STATUS { .name = "status", STR | NIL, .words = "in_progress|completed|incomplete" }
#define HOSTED(type) { .tag = (type), .open = true }

static const struct us_mock_rule cache_rules[] = {
	{ .name = "mode", STR, REQ, .words = "explicit" },
};
static const struct us_mock_shape cache = US_MOCK_ONE(cache_rules);
#define CACHE { .name = "prompt_cache_breakpoint", OBJ, .shape = &cache }

static const struct us_mock_rule input_text[] = { { .name = "text", STR, REQ }, CACHE };
static const struct us_mock_rule input_image[] = {
	{ .name = "image_url", STR | NIL },
	{ .name = "file_id", STR | NIL },
	{ .name = "detail", STR, .words = "low|high|auto|original" },
	CACHE,
};
static const struct us_mock_rule input_file[] = {
	{ .name = "file_data", STR },
	{ .name = "file_url", STR },
	{ .name = "file_id", STR | NIL },
	{ .name = "filename", STR },
	{ .name = "detail", STR, .words = "auto|low|high" },
	CACHE,
};
static const struct us_mock_variant asked_variants[] = {
	{ "input_text", US_MOCK_RULES(input_text) },
	{ "input_image", US_MOCK_RULES(input_image) },
	{ "input_file", US_MOCK_RULES(input_file) },
};
const struct us_mock_shape us_mock_responses_asked = { "type", US_MOCK_VARIANTS(asked_variants) };

static const struct us_mock_rule output_text[] = {
	{ .name = "text", STR, REQ },
	{ .name = "annotations", ARR },
	{ .name = "logprobs", ARR | NIL },
};
static const struct us_mock_rule refusal[] = { { .name = "refusal", STR, REQ } };
static const struct us_mock_variant answered_variants[] = {
	{ "output_text", US_MOCK_RULES(output_text) },
	{ "refusal", US_MOCK_RULES(refusal) },
};
const struct us_mock_shape us_mock_responses_answered = { "type",
	                                                   US_MOCK_VARIANTS(answered_variants) };

static const struct us_mock_rule message_item[] = {
	{ .name = "role", STR, REQ, .words = "assistant|system|developer|user" },
	{ .name = "content", STR | ARR, REQ },
	{ .name = "id", STR },
	{ .name = "phase", STR | NIL, .words = "commentary|final_answer" },
	STATUS,
};
static const struct us_mock_rule function_call[] = {
	CALL_ID,
	{ .name = "name", REQ, NAME64 },
	{ .name = "arguments", STR, REQ },
	{ .name = "id", STR | NIL },
	{ .name = "namespace", STR },
	STATUS,
};
static const struct us_mock_rule function_call_output[] = {
	CALL_ID,
	{ .name = "output", STR | ARR, REQ, .shape = &us_mock_responses_asked },
	{ .name = "id", STR | NIL },
	STATUS,
};
static const struct us_mock_rule custom_call[] = {
	CALL_ID,
	{ .name = "name", REQ, NAME64 },
	{ .name = "input", STR, REQ },
	{ .name = "id", STR | NIL },
	{ .name = "namespace", STR },
	STATUS,
};
static const struct us_mock_rule reasoning_item[] = {
	{ .name = "summary", ARR, REQ },
	{ .name = "content", ARR | NIL },
	{ .name = "encrypted_content", STR | NIL },
	{ .name = "id", STR },
	STATUS,
};
static const struct us_mock_rule reference[] = { { .name = "id", STR, REQ } };
static const struct us_mock_variant item_variants[] = {
	{ "message", US_MOCK_RULES(message_item) },
	{ "function_call", US_MOCK_RULES(function_call) },
	{ "function_call_output", US_MOCK_RULES(function_call_output) },
	{ "custom_tool_call", US_MOCK_RULES(custom_call) },
	{ "custom_tool_call_output", US_MOCK_RULES(function_call_output) },
	{ "reasoning", US_MOCK_RULES(reasoning_item) },
	{ "item_reference", US_MOCK_RULES(reference) },
	HOSTED("code_interpreter_call"),
	HOSTED("compaction"),
	HOSTED("computer_call"),
	HOSTED("computer_call_output"),
	HOSTED("file_search_call"),
	HOSTED("image_generation_call"),
	HOSTED("local_shell_call"),
	HOSTED("local_shell_call_output"),
	HOSTED("mcp_approval_request"),
	HOSTED("mcp_approval_response"),
	HOSTED("mcp_call"),
	HOSTED("mcp_list_tools"),
	HOSTED("web_search_call"),
};
static const struct us_mock_shape item = { "type", US_MOCK_VARIANTS(item_variants),
	                                   .untagged = true };

static const struct us_mock_rule function_tool[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "description", STR | NIL },
	{ .name = "parameters", OBJ | NIL },
	{ .name = "strict", BOOL | NIL },
	{ .name = "defer_loading", BOOL },
};
static const struct us_mock_rule text_format[] = { { .name = "type", STR, REQ } };
static const struct us_mock_rule grammar_format[] = {
	{ .name = "syntax", STR, REQ, .words = "lark|regex" },
	{ .name = "definition", STR, REQ },
};
static const struct us_mock_variant tool_formats[] = {
	{ "text", US_MOCK_RULES(text_format) },
	{ "grammar", US_MOCK_RULES(grammar_format) },
};
static const struct us_mock_shape tool_format = { "type", US_MOCK_VARIANTS(tool_formats) };
static const struct us_mock_rule custom_tool[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "description", STR },
	{ .name = "format", OBJ, .shape = &tool_format },
	{ .name = "defer_loading", BOOL },
};
static const struct us_mock_variant tool_variants[] = {
	{ "function", US_MOCK_RULES(function_tool) },
	{ "custom", US_MOCK_RULES(custom_tool) },
	HOSTED("apply_patch"),
	HOSTED("code_interpreter"),
	HOSTED("computer_use_preview"),
	HOSTED("file_search"),
	HOSTED("image_generation"),
	HOSTED("local_shell"),
	HOSTED("mcp"),
	HOSTED("namespace"),
	HOSTED("web_search"),
	HOSTED("web_search_preview"),
};
static const struct us_mock_shape tool = { "type", US_MOCK_VARIANTS(tool_variants) };

static const struct us_mock_rule named[] = { { .name = "name", STR, REQ } };
static const struct us_mock_rule allowed[] = {
	{ .name = "mode", STR, REQ, .words = "auto|required" },
	{ .name = "tools", ARR, REQ, SOME },
};
static const struct us_mock_variant choice_variants[] = {
	{ "function", US_MOCK_RULES(named) },
	{ "custom", US_MOCK_RULES(named) },
	{ "allowed_tools", US_MOCK_RULES(allowed) },
	HOSTED("code_interpreter"),
	HOSTED("computer_use_preview"),
	HOSTED("file_search"),
	HOSTED("image_generation"),
	HOSTED("mcp"),
	HOSTED("web_search_preview"),
};
static const struct us_mock_shape choice = { "type", US_MOCK_VARIANTS(choice_variants) };

static const struct us_mock_rule json_schema[] = {
	{ .name = "name", REQ, NAME64 },
	{ .name = "schema", OBJ, REQ },
	{ .name = "description", STR },
	{ .name = "strict", BOOL | NIL },
};
static const struct us_mock_variant format_variants[] = {
	{ .tag = "text" },
	{ .tag = "json_object" },
	{ "json_schema", US_MOCK_RULES(json_schema) },
};
static const struct us_mock_shape format = { "type", US_MOCK_VARIANTS(format_variants) };
static const struct us_mock_rule text_rules[] = {
	{ .name = "format", OBJ, .shape = &format },
	{ .name = "verbosity", STR | NIL, .words = "low|medium|high" },
};
static const struct us_mock_shape text = US_MOCK_ONE(text_rules);

static const struct us_mock_rule reasoning_rules[] = {
	{ .name = "effort", STR | NIL, .words = "none|minimal|low|medium|high|xhigh|max" },
	{ .name = "summary", STR | NIL, .words = "auto|concise|detailed" },
	{ .name = "generate_summary", STR | NIL, .words = "auto|concise|detailed" },
};
static const struct us_mock_shape reasoning = US_MOCK_ONE(reasoning_rules);

static const struct us_mock_rule stream_rules[] = { { .name = "include_obfuscation", BOOL } };
static const struct us_mock_shape stream_options = US_MOCK_ONE(stream_rules);

#define INCLUDES "code_interpreter_call.outputs|computer_call_output.output.image_url|" \
	"file_search_call.results|message.input_image.image_url|message.output_text.logprobs|" \
	"reasoning.encrypted_content|web_search_call.action.sources|web_search_call.results"

static const struct us_mock_rule request_rules[] = {
	{ .name = "model", STR },
	{ .name = "background", BOOL | NIL },
	{ .name = "context_management", ARR | NIL },
	{ .name = "conversation", STR | OBJ | NIL },
	{ .name = "include", ARR | NIL, .words = INCLUDES, .elements = STR },
	{ .name = "input", STR | ARR, .shape = &item },
	{ .name = "instructions", STR | NIL },
	{ .name = "max_output_tokens", INT | NIL, .low = 16, .high = LLONG_MAX },
	{ .name = "max_tool_calls", INT | NIL, SOME },
	{ .name = "metadata", OBJ | NIL },
	{ .name = "moderation", OBJ | NIL },
	{ .name = "parallel_tool_calls", BOOL | NIL },
	{ .name = "previous_response_id", STR | NIL },
	{ .name = "prompt", OBJ | NIL },
	{ .name = "prompt_cache_key", STR | NIL },
	{ .name = "prompt_cache_options", OBJ },
	{ .name = "prompt_cache_retention", STR | NIL, .words = "in_memory|24h" },
	{ .name = "reasoning", OBJ | NIL, .shape = &reasoning },
	{ .name = "safety_identifier", STR | NIL, .max_len = 64 },
	{ .name = "service_tier", STR | NIL, .words = "auto|default|flex|scale|priority" },
	{ .name = "store", BOOL | NIL },
	{ .name = "stream", BOOL | NIL },
	{ .name = "stream_options", OBJ | NIL, .shape = &stream_options },
	{ .name = "temperature", NUM | NIL, .low = 0, .high = 2 },
	{ .name = "text", OBJ | NIL, .shape = &text },
	{ .name = "tool_choice", STR | OBJ | NIL, .words = "none|auto|required", .shape = &choice },
	{ .name = "tools", ARR | NIL, .low = 0, .high = 128, .shape = &tool },
	{ .name = "top_logprobs", INT | NIL, .low = 0, .high = 20 },
	{ .name = "top_p", NUM | NIL, .low = 0, .high = 1 },
	{ .name = "truncation", STR | NIL, .words = "auto|disabled" },
	{ .name = "user", STR | NIL },
};
/* clang-format on */

const struct us_mock_shape us_mock_responses_request = US_MOCK_ONE(request_rules);

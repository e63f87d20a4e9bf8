/* mock_anthropic_shape.c - what a Messages request may contain
 *
 * After the types of Anthropic's SDK, and the sampling members that only the older API version
 * has. Blocks of server tools are let through unread: the mock has no such tools.
 */
#include "cli/mock_anthropic.h"
#include "cli/mock_kinds.h"

#include <limits.h>

/* clang-format off */
#define ID .kinds = STR, .chars = US_MOCK_NAME
#define CACHE { .name = "cache_control", OBJ | NIL, .shape = &cache }
#define IMAGES "image/jpeg|image/png|image/gif|image/webp"

static const struct us_mock_rule cache_rules[] = { { .name = "ttl", STR, .words = "5m|1h" } };
static const struct us_mock_variant cache_variants[] = {
	{ "ephemeral", US_MOCK_RULES(cache_rules) },
};
static const struct us_mock_shape cache = { "type", US_MOCK_VARIANTS(cache_variants) };

static const struct us_mock_rule citations_rules[] = { { .name = "enabled", BOOL } };
static const struct us_mock_shape citations = US_MOCK_ONE(citations_rules);

static const struct us_mock_rule base64_image[] = {
	{ .name = "media_type", STR, REQ, .words = IMAGES },
	{ .name = "data", STR, REQ, .chars = US_MOCK_BASE64 },
};
static const struct us_mock_rule base64_pdf[] = {
	{ .name = "media_type", STR, REQ, .words = "application/pdf" },
	{ .name = "data", STR, REQ, .chars = US_MOCK_BASE64 },
};
static const struct us_mock_rule url_source[] = {
	{ .name = "url", STR, REQ, .chars = US_MOCK_HTTPS },
};
static const struct us_mock_rule file_source[] = { { .name = "file_id", STR, REQ } };
static const struct us_mock_rule text_source[] = {
	{ .name = "media_type", STR, REQ, .words = "text/plain" },
	{ .name = "data", STR, REQ },
};
static const struct us_mock_shape inner; /* the blocks that blocks may hold */
static const struct us_mock_rule content_source[] = {
	{ .name = "content", STR | ARR, REQ, .shape = &inner },
};
static const struct us_mock_variant image_sources[] = {
	{ "base64", US_MOCK_RULES(base64_image) },
	{ "url", US_MOCK_RULES(url_source) },
	{ "file", US_MOCK_RULES(file_source) },
};
static const struct us_mock_shape image_source = { "type", US_MOCK_VARIANTS(image_sources) };
static const struct us_mock_variant document_sources[] = {
	{ "base64", US_MOCK_RULES(base64_pdf) },
	{ "text", US_MOCK_RULES(text_source) },
	{ "content", US_MOCK_RULES(content_source) },
	{ "url", US_MOCK_RULES(url_source) },
	{ "file", US_MOCK_RULES(file_source) },
};
static const struct us_mock_shape document_source = { "type", US_MOCK_VARIANTS(document_sources) };

static const struct us_mock_rule text_block[] = {
	{ .name = "text", STR, REQ }, CACHE,
	{ .name = "citations", ARR | NIL },
};
static const struct us_mock_rule image_block[] = {
	{ .name = "source", OBJ, REQ, .shape = &image_source }, CACHE,
	{ .name = "transformations", OBJ | NIL },
};
static const struct us_mock_rule document_block[] = {
	{ .name = "source", OBJ, REQ, .shape = &document_source }, CACHE,
	{ .name = "citations", OBJ | NIL, .shape = &citations },
	{ .name = "context", STR | NIL },
	{ .name = "title", STR | NIL },
};
static const struct us_mock_rule search_block[] = {
	{ .name = "content", ARR, REQ, .shape = &inner },
	{ .name = "source", STR, REQ },
	{ .name = "title", STR, REQ }, CACHE,
	{ .name = "citations", OBJ, .shape = &citations },
};
static const struct us_mock_rule reference_block[] = {
	{ .name = "tool_name", STR, REQ }, CACHE,
};
static const struct us_mock_rule thinking_block[] = {
	{ .name = "thinking", STR, REQ },
	{ .name = "signature", STR, REQ },
};
static const struct us_mock_rule redacted_block[] = { { .name = "data", STR, REQ } };
static const struct us_mock_rule use_block[] = {
	{ .name = "id", REQ, ID },
	{ .name = "name", REQ, ID, .max_len = 128 },
	{ .name = "input", OBJ, REQ }, CACHE,
	{ .name = "caller", OBJ },
	{ .name = "toolset_name", STR | NIL },
};
static const struct us_mock_rule result_block[] = {
	{ .name = "tool_use_id", REQ, ID },
	{ .name = "content", STR | ARR, .shape = &inner },
	{ .name = "is_error", BOOL }, CACHE,
	{ .name = "toolset_name", STR | NIL },
};

#define INNER                                                                                      \
	{ "text", US_MOCK_RULES(text_block) },                                                     \
	{ "image", US_MOCK_RULES(image_block) },                                                   \
	{ "document", US_MOCK_RULES(document_block) },                                             \
	{ "search_result", US_MOCK_RULES(search_block) }
#define SERVER(type) { .tag = (type), .open = true }

static const struct us_mock_variant inner_blocks[] = {
	INNER,
	{ "tool_reference", US_MOCK_RULES(reference_block) },
	SERVER("browser_state"),
};
static const struct us_mock_shape inner = { "type", US_MOCK_VARIANTS(inner_blocks) };
static const struct us_mock_variant text_only[] = { { "text", US_MOCK_RULES(text_block) } };
static const struct us_mock_shape system_block = { "type", US_MOCK_VARIANTS(text_only) };

static const struct us_mock_variant blocks[] = {
	INNER,
	{ "thinking", US_MOCK_RULES(thinking_block) },
	{ "redacted_thinking", US_MOCK_RULES(redacted_block) },
	{ "tool_use", US_MOCK_RULES(use_block) },
	{ "tool_result", US_MOCK_RULES(result_block) },
	SERVER("server_tool_use"),
	SERVER("web_search_tool_result"),
	SERVER("web_fetch_tool_result"),
	SERVER("code_execution_tool_result"),
	SERVER("bash_code_execution_tool_result"),
	SERVER("text_editor_code_execution_tool_result"),
	SERVER("tool_search_tool_result"),
	SERVER("container_upload"),
};
static const struct us_mock_shape block = { "type", US_MOCK_VARIANTS(blocks) };

static const struct us_mock_rule message_rules[] = {
	{ .name = "role", STR, REQ },
	{ .name = "content", STR | ARR, REQ, .shape = &block },
};
static const struct us_mock_shape message = US_MOCK_ONE(message_rules);

static const struct us_mock_rule tool_rules[] = {
	{ .name = "name", REQ, ID, .max_len = 128 },
	{ .name = "input_schema", OBJ, REQ },
	{ .name = "description", STR }, CACHE,
	{ .name = "strict", BOOL },
	{ .name = "defer_loading", BOOL },
	{ .name = "eager_input_streaming", BOOL | NIL },
	{ .name = "input_examples", ARR },
	{ .name = "allowed_callers", ARR, .elements = STR },
};
/* A tool without a type is the caller's own. */
static const struct us_mock_variant tools[] = {
	{ "custom", US_MOCK_RULES(tool_rules) },
	SERVER("computer_20250124"), SERVER("computer_20251124"),
	SERVER("bash_20250124"), SERVER("text_editor_20250124"), SERVER("text_editor_20250429"),
	SERVER("text_editor_20250728"), SERVER("memory_20250818"), SERVER("web_search_20250305"),
	SERVER("web_search_20260209"), SERVER("web_fetch_20250910"), SERVER("web_fetch_20260209"),
	SERVER("code_execution_20250522"), SERVER("code_execution_20250825"),
	SERVER("code_execution_20260120"), SERVER("tool_search_tool_bm25_20251119"),
	SERVER("tool_search_tool_regex_20251119"), SERVER("computer_toolset_20260801"),
	SERVER("browser_toolset_20260801"),
};
static const struct us_mock_shape tool = { "type", US_MOCK_VARIANTS(tools), .untagged = true };

static const struct us_mock_rule choose_any[] = { { .name = "disable_parallel_tool_use", BOOL } };
static const struct us_mock_rule choose_tool[] = {
	{ .name = "name", STR, REQ },
	{ .name = "disable_parallel_tool_use", BOOL },
};
static const struct us_mock_variant choices[] = {
	{ "auto", US_MOCK_RULES(choose_any) },
	{ "any", US_MOCK_RULES(choose_any) },
	{ "tool", US_MOCK_RULES(choose_tool) },
	{ .tag = "none" },
};
static const struct us_mock_shape choice = { "type", US_MOCK_VARIANTS(choices) };

#define DISPLAY { .name = "display", STR | NIL, .words = "summarized|omitted" }
static const struct us_mock_rule think_enabled[] = {
	{ .name = "budget_tokens", INT, REQ, .low = 1024, .high = LLONG_MAX }, DISPLAY,
};
static const struct us_mock_rule think_adaptive[] = { DISPLAY };
static const struct us_mock_variant thinkings[] = {
	{ "enabled", US_MOCK_RULES(think_enabled) },
	{ "adaptive", US_MOCK_RULES(think_adaptive) },
	{ .tag = "disabled" },
	{ .tag = "between_tools" },
};
static const struct us_mock_shape thinking = { "type", US_MOCK_VARIANTS(thinkings) };

static const struct us_mock_rule format_rules[] = { { .name = "schema", OBJ, REQ } };
static const struct us_mock_variant formats[] = { { "json_schema", US_MOCK_RULES(format_rules) } };
static const struct us_mock_shape format = { "type", US_MOCK_VARIANTS(formats) };
static const struct us_mock_rule output_rules[] = {
	{ .name = "effort", STR | NIL, .words = "low|medium|high|xhigh|max" },
	{ .name = "format", OBJ | NIL, .shape = &format },
};
static const struct us_mock_shape output = US_MOCK_ONE(output_rules);

static const struct us_mock_rule metadata_rules[] = {
	{ .name = "user_id", STR | NIL, .max_len = 256 },
};
static const struct us_mock_shape metadata = US_MOCK_ONE(metadata_rules);

static const struct us_mock_rule request_rules[] = {
	{ .name = "model", STR, REQ },
	{ .name = "messages", ARR, REQ, .low = 1, .high = 100000, .shape = &message },
	{ .name = "max_tokens", INT, REQ, .low = 0, .high = LLONG_MAX }, CACHE,
	{ .name = "container", STR | OBJ | NIL },
	{ .name = "diagnostics", OBJ | NIL },
	{ .name = "inference_geo", STR | NIL },
	{ .name = "metadata", OBJ, .shape = &metadata },
	{ .name = "output_config", OBJ, .shape = &output },
	{ .name = "service_tier", STR, .words = "auto|standard_only" },
	{ .name = "speed", STR | NIL, .words = "standard|fast" },
	{ .name = "stop_sequences", ARR, .elements = STR },
	{ .name = "stream", BOOL },
	{ .name = "system", STR | ARR, .shape = &system_block },
	{ .name = "temperature", NUM, .low = 0, .high = 1 },
	{ .name = "thinking", OBJ, .shape = &thinking },
	{ .name = "tool_choice", OBJ, .shape = &choice },
	{ .name = "tools", ARR, .shape = &tool },
	{ .name = "top_k", INT, .low = 0, .high = LLONG_MAX },
	{ .name = "top_p", NUM, .low = 0, .high = 1 },
	{ .name = "user_profile_id", STR },
	{ .name = "workspace_id", STR },
};
/* clang-format on */

const struct us_mock_shape us_mock_anthropic_request = US_MOCK_ONE(request_rules);

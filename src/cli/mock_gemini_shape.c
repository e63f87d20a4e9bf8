/* mock_gemini_shape.c - what a generateContent request may contain
 *
 * Of each object the members; names are compared in camelCase, into which mock_gemini_check.c has
 * put them.
 */
#include "cli/mock_gemini.h"

#include <limits.h>

#define STR .kinds = US_MOCK_STR
#define BOOL .kinds = US_MOCK_BOOL
#define OBJ .kinds = US_MOCK_OBJ
#define ARR .kinds = US_MOCK_ARR
#define INT .kinds = US_MOCK_INT
#define NUM .kinds = US_MOCK_INT | US_MOCK_NUM
#define REQ .required = true
#define OBJECT(n, s)                                                                               \
	{                                                                                          \
		.name = n, OBJ, .shape = &(s)                                                      \
	}

/* clang-format off */
static const struct us_mock_rule blob_rules[] = {
	{ .name = "mimeType", STR, REQ },
	{ .name = "data", STR, REQ }, /* see is_bytes */
	{ .name = "displayName", STR },
};
static const struct us_mock_shape blob = US_MOCK_ONE(blob_rules);
static const struct us_mock_rule file_rules[] = {
	{ .name = "mimeType", STR },
	{ .name = "fileUri", STR, REQ },
	{ .name = "displayName", STR },
};
static const struct us_mock_shape file = US_MOCK_ONE(file_rules);
static const struct us_mock_rule call_rules[] = {
	{ .name = "id", STR },
	{ .name = "name", STR, REQ },
	{ .name = "args", OBJ },
};
static const struct us_mock_shape call = US_MOCK_ONE(call_rules);
static const struct us_mock_rule response_part_rules[] = { OBJECT("inlineData", blob) };
static const struct us_mock_shape response_part = US_MOCK_ONE(response_part_rules);
static const struct us_mock_rule response_rules[] = {
	{ .name = "id", STR },
	{ .name = "name", STR, REQ },
	{ .name = "response", OBJ, REQ },
	{ .name = "parts", ARR, .shape = &response_part },
	{ .name = "willContinue", BOOL },
	{ .name = "scheduling", STR },
};
static const struct us_mock_shape response = US_MOCK_ONE(response_rules);
static const struct us_mock_rule part_rules[] = {
	{ .name = "text", STR },
	OBJECT("inlineData", blob),
	OBJECT("fileData", file),
	OBJECT("functionCall", call),
	OBJECT("functionResponse", response),
	{ .name = "executableCode", OBJ },
	{ .name = "codeExecutionResult", OBJ },
	{ .name = "thought", BOOL },
	{ .name = "thoughtSignature", STR },
	{ .name = "videoMetadata", OBJ },
	{ .name = "mediaResolution", OBJ },
};
static const struct us_mock_shape part = US_MOCK_ONE(part_rules);
static const struct us_mock_rule content_rules[] = {
	{ .name = "parts", ARR | US_MOCK_OBJ, REQ, .low = 1, .high = LLONG_MAX, .shape = &part },
	{ .name = "role", STR },
};
static const struct us_mock_shape content = US_MOCK_ONE(content_rules);

static const struct us_mock_rule declaration_rules[] = {
	{ .name = "name", STR, REQ },
	{ .name = "description", STR },
	{ .name = "parameters", OBJ },
	{ .name = "parametersJsonSchema", OBJ },
	{ .name = "response", OBJ },
	{ .name = "responseJsonSchema", OBJ },
	{ .name = "behavior", STR },
};
static const struct us_mock_shape declaration = US_MOCK_ONE(declaration_rules);
static const struct us_mock_rule tool_rules[] = {
	{ .name = "functionDeclarations", ARR, .shape = &declaration },
	{ .name = "googleSearch", OBJ },
	{ .name = "googleSearchRetrieval", OBJ },
	{ .name = "codeExecution", OBJ },
	{ .name = "urlContext", OBJ },
	{ .name = "computerUse", OBJ },
	{ .name = "fileSearch", OBJ },
	{ .name = "googleMaps", OBJ },
};
static const struct us_mock_shape tool = US_MOCK_ONE(tool_rules);
static const struct us_mock_rule calling_rules[] = {
	{ .name = "mode", STR, .words = "MODE_UNSPECIFIED|AUTO|ANY|NONE|VALIDATED" },
	{ .name = "allowedFunctionNames", ARR, .elements = US_MOCK_STR },
};
static const struct us_mock_shape calling = US_MOCK_ONE(calling_rules);
static const struct us_mock_rule tool_config_rules[] = {
	OBJECT("functionCallingConfig", calling),
	{ .name = "retrievalConfig", OBJ },
};
static const struct us_mock_shape tool_config = US_MOCK_ONE(tool_config_rules);

static const struct us_mock_rule thinking_rules[] = {
	{ .name = "thinkingBudget", INT },
	{ .name = "thinkingLevel", STR,
	  .words = "THINKING_LEVEL_UNSPECIFIED|MINIMAL|LOW|MEDIUM|HIGH|minimal|low|medium|high" },
	{ .name = "includeThoughts", BOOL },
};
static const struct us_mock_shape thinking = US_MOCK_ONE(thinking_rules);
static const struct us_mock_rule config_rules[] = {
	{ .name = "stopSequences", ARR, .low = 0, .high = 5, .elements = US_MOCK_STR },
	{ .name = "responseMimeType", STR, .words = "text/plain|application/json|text/x.enum" },
	{ .name = "responseSchema", OBJ },
	{ .name = "responseJsonSchema", OBJ },
	{ .name = "responseModalities", ARR, .elements = US_MOCK_STR },
	{ .name = "candidateCount", INT, .low = 1, .high = 8 },
	{ .name = "maxOutputTokens", INT, .low = 1, .high = LLONG_MAX },
	{ .name = "temperature", NUM, .low = 0, .high = 2 },
	{ .name = "topP", NUM, .low = 0, .high = 1 },
	{ .name = "topK", NUM, .low = 1, .high = LLONG_MAX },
	{ .name = "seed", INT, .low = INT32_MIN, .high = INT32_MAX },
	{ .name = "presencePenalty", NUM, .low = -2, .high = 2 },
	{ .name = "frequencyPenalty", NUM, .low = -2, .high = 2 },
	{ .name = "responseLogprobs", BOOL },
	{ .name = "logprobs", INT },
	{ .name = "enableEnhancedCivicAnswers", BOOL },
	{ .name = "speechConfig", OBJ },
	{ .name = "imageConfig", OBJ },
	{ .name = "mediaResolution", STR },
	OBJECT("thinkingConfig", thinking),
};
static const struct us_mock_shape config = US_MOCK_ONE(config_rules);
static const struct us_mock_rule safety_rules[] = {
	{ .name = "category", STR | US_MOCK_INT, REQ },
	{ .name = "threshold", STR | US_MOCK_INT, REQ },
	{ .name = "method", STR },
};
static const struct us_mock_shape safety = US_MOCK_ONE(safety_rules);

static const struct us_mock_rule request_rules[] = {
	{ .name = "contents", ARR | US_MOCK_OBJ, REQ, .low = 1, .high = LLONG_MAX,
	  .shape = &content },
	{ .name = "model", STR },
	OBJECT("systemInstruction", content),
	{ .name = "tools", ARR | US_MOCK_OBJ, .shape = &tool },
	OBJECT("toolConfig", tool_config),
	OBJECT("generationConfig", config),
	{ .name = "safetySettings", ARR, .shape = &safety },
	{ .name = "cachedContent", STR },
	{ .name = "labels", OBJ },
	{ .name = "serviceTier", STR },
	{ .name = "store", BOOL },
};
/* clang-format on */

const struct us_mock_shape us_mock_gemini_request = US_MOCK_ONE(request_rules);

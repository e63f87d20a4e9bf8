/* models.h - what a model can do, by its name
 *
 * Rows of models.def; the first pattern that fits wins, and the last row of a dialect fits all.
 */
#ifndef US_WIRE_MODELS_H
#define US_WIRE_MODELS_H

#include "base/span.h"

/* How a model takes temperature, top_p and top_k. */
enum us_sampling { US_SAMPLING_ALL, US_SAMPLING_ONE /* temperature or top_p */, US_SAMPLING_NONE };

/* How it is told to reason. */
enum us_thinking {
	US_THINKING_NONE,
	US_THINKING_BUDGET,   /* Anthropic: thinking.budget_tokens; Gemini: thinkingBudget */
	US_THINKING_ADAPTIVE, /* Anthropic: thinking.type adaptive, output_config.effort */
	US_THINKING_ALWAYS,   /* as ADAPTIVE, and can't be disabled */
	US_THINKING_EFFORT,   /* OpenAI: reasoning_effort; Gemini: thinkingLevel; Ollama: think */
	US_THINKING_SWITCH,   /* Ollama: think, on or off */
	/* Gemini: thinkingBudget, thinkingLevel, and they can't be turned off */
	US_THINKING_BUDGET_ON,
	US_THINKING_EFFORT_ON
};

struct us_model {
	const char *dialect; /* row applies to this dialect */
	const char *pattern; /* shell pattern on the model's name, case ignored */
	uint64_t max_out;    /* most output tokens it accepts; 0 unknown */
	enum us_sampling sampling;
	enum us_thinking thinking;
	bool prefill;     /* continues a trailing assistant message */
	bool json_schema; /* takes a schema for its answer */
	bool system_turn; /* takes system messages in mid-conversation */
	bool stop;        /* takes stop sequences */
};

/* Never NULL for a dialect that has rows. */
const struct us_model *us_model_find(const char *dialect, struct us_span name);

#endif

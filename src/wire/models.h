/* models.h - what a model can do, by its name, and which stands in for which
 *
 * Rows of models.def, tiers.def and counterparts.def, and before them those of the user. The first
 * pattern that fits wins, and the last row of a dialect fits all.
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
	uint64_t window;     /* tokens it can read, as many as it can be had with; 0 unknown */
	enum us_sampling sampling;
	enum us_thinking thinking;
	bool prefill;     /* continues a trailing assistant message */
	bool json_schema; /* takes a schema for its answer */
	bool system_turn; /* takes system messages in mid-conversation */
	bool stop;        /* takes stop sequences */
};

/* A class of models, of which one stands in for another. */
enum us_tier { US_TIER_SMALL, US_TIER_MIDDLE, US_TIER_LARGE, US_TIERS };

struct us_tier_row {
	const char *dialect, *pattern;
	enum us_tier tier;
};
struct us_counterpart {
	const char *provider;
	const char *model[US_TIERS]; /* "": none is known */
};

/* Rows that are looked at in this order. */
struct us_models {
	const struct us_model *models;
	const struct us_tier_row *tiers;
	const struct us_counterpart *counterparts;
	size_t nmodels, ntiers, ncounterparts;
};
extern const struct us_models us_models_built_in;

/* From now on these rows come before the built-in ones; NULL: none do. For the start of a process:
 * it outlives all who ask. */
void us_models_use(const struct us_models *user);

/* Never NULL for a dialect that has rows. */
const struct us_model *us_model_find(const char *dialect, struct us_span name);
/* US_TIERS: of none that is known. */
enum us_tier us_model_tier(const char *dialect, struct us_span name);
/* What this provider has in that class; "" when nothing is known. */
const char *us_model_counterpart(struct us_span provider, enum us_tier tier);

#endif

/* mock_anthropic.h - the parts of the Anthropic dialect; only mock_anthropic*.c include this */
#ifndef US_CLI_MOCK_ANTHROPIC_H
#define US_CLI_MOCK_ANTHROPIC_H

#include "cli/mock_dialect.h"

/* Every thinking block of ours is signed by this, and no other is taken back. */
#define US_MOCK_SIGNATURE "TW9ja1NpZ25hdHVyZQ=="

/* What the models of a generation can do. */
struct us_mock_claude {
	const char *names;    /* parts of a model's name: "a|b" */
	const char *thinking; /* the types it knows */
	const char *efforts;  /* NULL: no effort parameter */
	long long max_tokens; /* it can put out; 0: unknown */
	bool both_samplings;  /* temperature and top_p together */
	bool no_sampling;     /* nor any of them */
	bool prefill;
	bool formats;           /* output_config.format */
	bool system_in_between; /* role system among the messages */
};

extern const struct us_mock_shape us_mock_anthropic_request;
extern const struct us_mock_wording us_mock_anthropic_wording;

/* By name; a name that is no Claude's may do everything. */
const struct us_mock_claude *us_mock_claude(struct us_span model);

int us_mock_anthropic_check(struct us_mock_check *c, const struct us_mock_http *http,
                            const struct us_mock_json *request, bool lone_surrogate);
int us_mock_anthropic_check_turns(struct us_mock_check *c, const struct us_mock_json *request);
int us_mock_anthropic_check_blocks(struct us_mock_check *c, const struct us_mock_json *request);
int us_mock_anthropic_check_tools(struct us_mock_check *c, const struct us_mock_json *request);

#endif

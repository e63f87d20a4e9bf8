/* request.h - the hub's request (see hub.h) */
#ifndef US_WIRE_REQUEST_H
#define US_WIRE_REQUEST_H

#include "wire/hub.h"
#include "wire/loss.h"

enum us_choice {
	US_CHOICE_UNSET,
	US_CHOICE_AUTO,
	US_CHOICE_NONE,
	US_CHOICE_REQUIRED,
	US_CHOICE_NAMED,
	US_CHOICE_ALLOWED
};
enum us_format {
	US_FORMAT_UNSET,
	US_FORMAT_TEXT,
	US_FORMAT_JSON_OBJECT,
	US_FORMAT_JSON_SCHEMA,
	US_FORMAT_GRAMMAR
};
enum us_reason {
	US_REASON_UNSET,
	US_REASON_OFF,
	US_REASON_ADAPTIVE,
	US_REASON_BETWEEN_TOOLS,
	US_REASON_BUDGET,
	US_REASON_EFFORT
};

/* A number as the program wrote it; unset when text.p is NULL. `v` is for comparing only. */
struct us_num {
	struct us_span text;
	double v;
};

/* A member of a request that an answer in its dialect repeats. */
struct us_echo {
	const char *name;
	struct us_span raw;
};

struct us_req {
	struct us_span model;
	enum us_tri stream;
	bool stream_usage;     /* OpenAI's stream_options.include_usage; other dialects always */
	struct us_turn *turns; /* in source order; the leading system and developer ones included */
	size_t nturns;
	struct us_tool *tools;
	size_t ntools;
	bool call_ids;         /* calls of the history bear ids, where that is not a must */
	bool legacy_functions; /* the program speaks `functions`, `function_call` */
	enum us_choice choice;
	struct us_span choice_name; /* NAMED */
	struct us_span *allowed;    /* ALLOWED: names */
	size_t nallowed;
	bool allowed_required; /* ALLOWED: one of them must be called */
	enum us_tri parallel_tools;
	uint64_t max_out; /* with max_out_set */
	bool max_out_set;
	struct us_num temperature, top_p, min_p, frequency_penalty, presence_penalty;
	struct us_num repetition_penalty, top_k, seed, n, top_logprobs;
	enum us_tri logprobs;
	struct us_span logit_bias; /* raw */
	struct us_span *stop;
	size_t nstop;
	enum us_format format;
	struct us_span format_name, format_desc;
	struct us_span format_schema; /* raw */
	enum us_tri format_strict;
	enum us_reason reason;
	struct us_span effort; /* none minimal low medium high xhigh max */
	uint64_t reason_budget;
	struct us_span verbosity, user_id;
	struct us_span service_tier; /* as the program wrote it */
	bool audio_out;              /* it wants sound back */
	bool begun; /* the last turn is an answer that broke off; not in the source */
	struct us_span begun_call;  /* ... when this tool was about to be called; unset: none */
	struct us_span *state_refs; /* names of members that live only at the primary */
	size_t nstate_refs;
	struct us_span *unknown; /* names of members this dialect does not know */
	size_t nunknown;
	struct us_span *dropped; /* known members that no other dialect has (metadata, store ...) */
	size_t ndropped;
	struct us_echo *echo;
	size_t necho;
};

/* What an argument text is (wire-formats 3.2). */
enum us_args us_args_kind(struct us_span text);

/* `u` when unset. */
static inline uint64_t us_req_max_out(const struct us_req *r, uint64_t u)
{
	return r->max_out_set ? r->max_out : u;
}

#endif

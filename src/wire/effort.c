/* effort.c - how hard a request asks its model to think */
#include "wire/effort.h"

static const struct {
	const char *word, *common;
} words[] = {
	[US_EFFORT_MINIMAL] = { "minimal", "low" },  [US_EFFORT_LOW] = { "low", "low" },
	[US_EFFORT_MEDIUM] = { "medium", "medium" }, [US_EFFORT_HIGH] = { "high", "high" },
	[US_EFFORT_XHIGH] = { "xhigh", "high" },     [US_EFFORT_MAX] = { "max", "high" },
};

static enum us_effort of_budget(uint64_t tokens)
{
	return tokens < 1024    ? US_EFFORT_MINIMAL
	       : tokens < 4096  ? US_EFFORT_LOW
	       : tokens < 16384 ? US_EFFORT_MEDIUM
	                        : US_EFFORT_HIGH;
}

/* An Anthropic program may say both. */
enum us_effort us_effort_of(const struct us_req *r)
{
	for (size_t i = 0; us_set(r->effort) && i < US_COUNT(words); i++)
		if (us_span_is(r->effort, words[i].word))
			return (enum us_effort)i;
	return r->reason == US_REASON_BUDGET ? of_budget(r->reason_budget) : US_EFFORT_UNSET;
}

const char *us_effort_common(enum us_effort e)
{
	return e < US_EFFORT_UNSET ? words[e].common : NULL;
}

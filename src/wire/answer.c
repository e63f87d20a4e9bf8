/* answer.c - what can be said of the events of any answer */
#include "wire/answer.h"

/* Thoughts are not the answer: while a provider only thinks, another may still take over unseen. An
 * opened call counts before its arguments do, for a call without arguments has no other event. */
bool us_ev_is_content(const struct us_ev *ev)
{
	switch (ev->kind) {
	case US_EV_TEXT:
		return ev->block != US_THINK;
	case US_EV_ARGS:
		return true;
	case US_EV_BLOCK_OPEN:
		return ev->block == US_TOOL_CALL;
	default:
		return false;
	}
}

/* Providers tell usage in pieces, at the start and at the end; a later count is the better one. */
void us_usage_merge(struct us_usage *u, const struct us_usage *more)
{
	static const struct {
		enum us_usage_bit bit;
		size_t at;
	} counts[] = {
		{ US_USAGE_IN, offsetof(struct us_usage, in) },
		{ US_USAGE_CACHE_READ, offsetof(struct us_usage, cache_read) },
		{ US_USAGE_CACHE_WRITE, offsetof(struct us_usage, cache_write) },
		{ US_USAGE_OUT, offsetof(struct us_usage, out) },
		{ US_USAGE_REASONING, offsetof(struct us_usage, reasoning) },
	};

	for (size_t i = 0; i < US_COUNT(counts); i++)
		if (more->known & counts[i].bit)
			memcpy((char *)u + counts[i].at, (const char *)more + counts[i].at,
			       sizeof(uint64_t));
	u->known |= more->known;
}

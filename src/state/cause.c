/* cause.c - words for the causes */
#include "state/cause.h"

#include "base/err.h"

const char *us_cause_words(enum us_cause cause)
{
	static const char *const words[] = {
#define X(name, text) [US_CAUSE_##name] = text,
		US_CAUSES(X)
#undef X
	};

	return (unsigned)cause < US_COUNT(words) ? words[cause] : "unknown";
}

const char *us_cause_name(enum us_cause cause)
{
	static const char *const names[] = {
#define X(name, text) #name,
		US_CAUSES(X)
#undef X
	};

	return (unsigned)cause < US_COUNT(names) ? names[cause] : "UNKNOWN";
}

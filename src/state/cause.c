/* cause.c - words for the causes */
#include "state/cause.h"

const char *us_cause_words(enum us_cause cause)
{
	static const char *const words[] = {
#define X(name, text) [US_CAUSE_##name] = text,
		US_CAUSES(X)
#undef X
	};

	return (unsigned)cause < sizeof(words) / sizeof(words[0]) ? words[cause] : "unknown";
}

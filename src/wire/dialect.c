/* dialect.c - the list of dialects */
#include "wire/dialect.h"

#include "wire/models.h"

static const struct us_dialect *const dialects[] = { &us_openai, &us_responses, &us_anthropic,
	                                             &us_gemini, &us_ollama };

const struct us_dialect *us_dialect_at(size_t i)
{
	return i < US_COUNT(dialects) ? dialects[i] : NULL;
}

const struct us_dialect *us_dialect_by_name(struct us_span name)
{
	for (size_t i = 0; i < US_COUNT(dialects); i++)
		if (us_span_is(name, dialects[i]->name))
			return dialects[i];
	return NULL;
}

const char *us_dialect_models(const struct us_dialect *d)
{
	return d->models ? d->models : d->name;
}

const struct us_model *us_dialect_model(const struct us_dialect *d, struct us_span name)
{
	return us_model_find(us_dialect_models(d), name);
}

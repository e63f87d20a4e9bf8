/* optional.c - members of a request that can be left out, and what is lost with each */
#include "wire/optional.h"

#include "base/err.h"

static const struct us_optional rows[] = {
#define X(dialect, member, loss, code) { dialect, member, US_##loss, code },
#include "wire/optional.def"
#undef X
};

const struct us_optional *us_optional_find(const char *dialect, struct us_span member)
{
	for (size_t i = 0; i < US_COUNT(rows); i++)
		if (strcmp(rows[i].dialect, dialect) == 0 && us_span_is(member, rows[i].member))
			return &rows[i];
	return NULL;
}

const struct us_optional *us_optional_at(size_t i) { return i < US_COUNT(rows) ? &rows[i] : NULL; }

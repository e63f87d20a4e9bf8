/* option.c - what is known of libcurl's options */
#include "option.h"

#include "base/err.h"

#include <pthread.h>

static const struct {
	CURLoption id;
	struct option_info info;
} rows[] = {
#define X(name, kind, class) { CURLOPT_##name, { KIND_##kind, CLASS_##class } },
#include "setopt.def"
#undef X
};

/* rows by number, index + 1; filled once */
static uint8_t row_at[OPTION_NUMBERS];
static pthread_once_t indexed = PTHREAD_ONCE_INIT;

static void index_rows(void)
{
	for (size_t i = 0; i < US_COUNT(rows); i++)
		row_at[option_number(rows[i].id)] = (uint8_t)(i + 1);
}

struct option_info option_info(CURLoption o)
{
	static const enum kind by_base[] = { KIND_LONG, KIND_PTR, KIND_FUNC, KIND_OFF, KIND_BLOB };
	unsigned base = (unsigned)o / 10000, number = option_number(o);

	pthread_once(&indexed, index_rows);
	if (number < OPTION_NUMBERS && row_at[number] && rows[row_at[number] - 1].id == o)
		return rows[row_at[number] - 1].info;
	return (struct option_info){ base < US_COUNT(by_base) ? by_base[base] : KIND_PTR,
		                     CLASS_PLAIN };
}

/* report.c - what came of one group of checks, as a line of TAP */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#ifndef NAMED_MAX
#define NAMED_MAX 10 /* failed files that are named */
#endif
#define REASON_MAX 300

void report_init(struct report *r)
{
	*r = (struct report){ .of = "recordings" };
	us_buf_init(&r->said, (size_t)1 << 20);
}

void report_fail(struct report *r, struct us_span file, const char *why, ...)
{
	char reason[REASON_MAX];
	va_list args;

	if (us_span_eq(r->last, file))
		return;
	r->last = file;
	if (++r->failures > NAMED_MAX)
		return;
	va_start(args, why);
	vsnprintf(reason, sizeof(reason), why, args);
	va_end(args);
	us_buf_addf(&r->said, "# %.*s: %s\n", (int)file.n, file.p, reason);
}

void report_count(struct report *r, const char *what)
{
	size_t i = 0;

	while (i < r->ntallies && !us_span_is(r->tallies[i].what, what))
		i++;
	if (i == US_COUNT(r->tallies))
		return;
	r->tallies[i].what = us_span_of(what);
	r->tallies[i].n++;
	if (i == r->ntallies)
		r->ntallies++;
}

bool report_print(struct report *r, unsigned number, const char *group)
{
	bool ok = !r->failures && r->checks;

	printf("%s %u - %s: %u checks on %u %s", ok ? "ok" : "not ok", number, group, r->checks,
	       r->files, r->of);
	for (size_t i = 0; i < r->ntallies; i++)
		printf("%s %u %.*s", i ? "," : ";", r->tallies[i].n, (int)r->tallies[i].what.n,
		       r->tallies[i].what.p);
	if (r->failures)
		printf("; %u %s failed", r->failures, r->of);
	printf("\n%s", us_buf_cstr(&r->said));
	us_buf_fini(&r->said);
	return ok;
}

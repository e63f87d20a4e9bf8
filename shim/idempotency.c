/* idempotency.c - a request that is asked again bears the key that it bore before */
#include "idempotency.h"

#include "base/hash.h"
#include "base/rand.h"
#include "headers.h"

#include <stdio.h>

#define MARK "understudy-" /* before those that we make */

static const char *header_of(const struct us_provider *p) { return p ? p->idempotency_header : ""; }

bool idempotency_line(struct run *r, const struct us_candidate *to, char *line, size_t size)
{
	const char *name = header_of(to ? to->provider : NULL);
	struct us_span body = us_span("", 0);
	uint64_t h;
	int n;

	if (!name[0] || (to->own && asked_has_header(r->shadow, name)))
		return false;
	if (!r->idempotency)
		r->idempotency = us_rand_seed() | 1;
	if (to->rendered)
		body = us_buf_span(&to->request.body);
	h = us_hash64(us_hash64(us_hash64(r->idempotency, to->name), to->url), body);
	n = snprintf(line, size, "%s: " MARK "%016llx%016llx", name,
	             (unsigned long long)r->idempotency, (unsigned long long)h);
	return n > 0 && (size_t)n < size;
}

bool idempotency_is_programs(const struct run *r, const char *line)
{
	const char *const names[] = { "Idempotency-Key", header_of(r->asked.own.known) };
	struct us_span name = header_name(line);

	return name.n && us_span_is_any(name, names, US_COUNT(names)) &&
	       !us_span_starts(header_value(line), MARK);
}

/* ask.c - what a program asks for, found without parsing */
#include "wire/ask.h"

#include "wire/dialect.h"
#include "wire/peek.h"

struct us_span us_url_segment(struct us_span path, const char *before, char stop)
{
	const char *p = path.n ? memmem(path.p, path.n, before, strlen(before)) : NULL, *end;
	struct us_span rest;

	if (!p)
		return us_span(NULL, 0);
	p += strlen(before);
	rest = us_span(p, (size_t)(path.p + path.n - p));
	end = rest.n ? memchr(rest.p, stop, rest.n) : NULL;
	return end && end > p ? us_span(p, (size_t)(end - p)) : us_span(NULL, 0);
}

struct us_ask us_ask(const struct us_dialect *d, const struct us_in_url *url, struct us_span body)
{
	struct us_peek peek = { .model = { "", 0 } };
	bool object = body.p && us_peek(body, d->sign, &peek);
	struct us_ask a = { .model = peek.model, .plausible = object && peek.sign };

	if (d->sign_with_model && !peek.model.n)
		a.plausible = false;
	if (url && us_set(url->model))
		a.model = url->model;
	if (url && url->stream)
		a.stream = url->stream == US_YES;
	else
		a.stream = peek.stream ? peek.stream == US_YES : object && d->streams_unsaid;
	return a;
}

/* docs.c - the documents of a stream that are not events */
#include "wire/docs.h"

#include "wire/sse.h"

enum state {
	BEFORE,  /* the array's bracket */
	FIRST,   /* a document or the closing bracket */
	WITHIN,  /* a document, begun or not */
	BETWEEN, /* a comma or the closing bracket */
	ENDED
};

void us_docs_init(struct us_docs *d, bool array)
{
	*d = (struct us_docs){ .array = array, .state = array ? BEFORE : WITHIN };
	us_buf_init(&d->part, US_SSE_EVENT_MAX);
}

void us_docs_fini(struct us_docs *d) { us_buf_fini(&d->part); }

bool us_docs_ended(const struct us_docs *d) { return d->state == ENDED; }

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void skip_blanks(struct us_span *in)
{
	while (in->n && is_blank(in->p[0]))
		*in = us_span(in->p + 1, in->n - 1);
}

/* The brackets and commas of an array, up to where a document must begin. */
static void punctuation(struct us_docs *d, struct us_span *in)
{
	while (in->n && d->state != WITHIN && d->state != ENDED && !d->err) {
		char c = in->p[0];

		if (d->state == FIRST && c != ']') {
			d->state = WITHIN;
			return;
		}
		if (d->state == BEFORE && c == '[')
			d->state = FIRST;
		else if (d->state == BETWEEN && c == ',')
			d->state = WITHIN;
		else if (d->state != BEFORE && c == ']')
			d->state = ENDED;
		else
			d->err = US_ESYNTAX;
		*in = us_span(in->p + 1, in->n - 1);
		skip_blanks(in);
	}
}

/* A document that came in one piece is not copied. */
static bool piece(struct us_docs *d, struct us_span *in)
{
	size_t used = 0;
	enum us_push_state is = us_push_feed(&d->push, *in, &used);
	struct us_span part = us_span(in->p, used);

	*in = us_span(in->p + used, in->n - used);
	if (is == US_PUSH_BAD)
		d->err = US_ESYNTAX;
	if (is == US_PUSH_MORE || d->part.n) {
		us_buf_add_span(&d->part, part);
		part = us_buf_span(&d->part);
	}
	if (!d->err)
		d->err = d->part.err;
	if (d->err || is != US_PUSH_DONE)
		return false;
	d->doc = part;
	d->push = (struct us_push){ 0 };
	d->state = d->array ? BETWEEN : WITHIN;
	return true;
}

bool us_docs_next(struct us_docs *d, struct us_span *in)
{
	if (d->doc.p) {
		us_buf_clear(&d->part);
		d->doc = us_span(NULL, 0);
	}
	while (in->n && !d->err && d->state != ENDED) {
		if (!d->push.first)
			skip_blanks(in);
		punctuation(d, in);
		if (in->n && d->state == WITHIN && !d->err && piece(d, in))
			return true;
	}
	if (d->state == ENDED)
		*in = us_span(in->p + in->n, 0);
	return false;
}

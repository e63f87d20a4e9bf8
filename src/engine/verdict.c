/* verdict.c - what a failed attempt means */
#include "engine/verdict.h"

#include "base/err.h"

#define ANY_CAUSE (-1)

enum where { WHERE_TYPE, WHERE_CODE, WHERE_MESSAGE };

static const struct {
	enum us_says says;
	enum where where;
	const char *text;
	unsigned status;
} words[] = {
#define X(says, where, text, status) { US_SAYS_##says, WHERE_##where, text, status },
#include "engine/says.def"
#undef X
};

#define US_CAUSE_ANY ANY_CAUSE
static const struct {
	int cause;
	unsigned from, to;
	enum us_says says;
	enum us_then then;
	enum us_blame blame;
} rows[] = {
#define X(cause, from, to, says, then, blame)                                                      \
	{ US_CAUSE_##cause, from, to, US_SAYS_##says, US_THEN_##then, US_BLAME_##blame },
#include "engine/verdict.def"
#undef X
};

static struct us_span field(const struct us_hub_err *e, enum where w)
{
	return w == WHERE_TYPE ? e->type : w == WHERE_CODE ? e->code : e->message;
}

/* The row of says.def that fits; US_COUNT(words) if none. */
static size_t reads(const struct us_hub_err *e)
{
	size_t i = 0;

	while (e && i < US_COUNT(words) &&
	       !us_span_has_nocase(field(e, words[i].where), words[i].text))
		i++;
	return e ? i : US_COUNT(words);
}

/* The status an error inside a 200 stands for: its own number, its words, else a server's. */
static unsigned status_of(const struct us_outcome *o, size_t word)
{
	/* Google calls a wrong key, and a country it does not serve, a bad argument. */
	if (o->status == 400 && word < US_COUNT(words) &&
	    (words[word].says == US_SAYS_KEY || words[word].says == US_SAYS_SUSPENDED))
		return words[word].status;
	if (o->cause != US_CAUSE_ERROR_IN_200)
		return o->status;
	if (o->err && o->err->status >= 400 && o->err->status < 600)
		return o->err->status;
	return word < US_COUNT(words) ? words[word].status : 500;
}

static size_t row_of(const struct us_outcome *o, unsigned status, enum us_says says)
{
	size_t i = 0;

	for (; i < US_COUNT(rows) - 1; i++)
		if ((rows[i].cause == ANY_CAUSE || rows[i].cause == (int)o->cause) &&
		    status >= rows[i].from && status <= rows[i].to &&
		    (rows[i].says == US_SAYS_ANY || rows[i].says == says))
			break;
	return i; /* the last row fits all */
}

static enum us_cause refine(const struct us_outcome *o, unsigned status, enum us_says says)
{
	if (o->cause != US_CAUSE_STATUS && o->cause != US_CAUSE_ERROR_IN_200)
		return o->cause;
	if (says == US_SAYS_QUOTA || status == 402)
		return US_CAUSE_QUOTA;
	if (status == 429)
		return US_CAUSE_RATE_LIMIT;
	if ((status == 401 || status == 403) && says != US_SAYS_POLICY && says != US_SAYS_CONTEXT)
		return US_CAUSE_AUTH;
	if (status == 404 && says == US_SAYS_MODEL_GONE)
		return US_CAUSE_MODEL;
	return status >= 400 && status < 500 && status != 408 ? US_CAUSE_REQUEST : o->cause;
}

/* What a stand-in refuses is our translation, our key or its model: never the program's to see. */
static void refused_by_target(struct us_verdict *v)
{
	v->then = US_THEN_NEXT;
	v->blame = US_BLAME_NONE;
	if (v->status == 401 || v->status == 403 || v->status == 404)
		v->blame = US_BLAME_DOWN;
}

/* What the body asks to wait, where no header does. */
static uint64_t wish_of(const struct us_hub_err *err)
{
	uint64_t ms = err ? err->retry_ms : 0;

	return ms < US_WAIT_MAX_MS ? ms : US_WAIT_MAX_MS;
}

struct us_verdict us_verdict(const struct us_outcome *o)
{
	size_t word = reads(o->err);
	enum us_says says = word < US_COUNT(words) ? words[word].says : US_SAYS_ANY;
	unsigned status = status_of(o, word);
	size_t row = row_of(o, status, says);
	struct us_verdict v = { .then = rows[row].then,
		                .blame = rows[row].blame,
		                .status = status };

	v.cause = refine(o, status, says);
	if (v.then == US_THEN_REFUSED && !o->own)
		refused_by_target(&v);
	if (v.cause == US_CAUSE_LOCAL && !o->own)
		v.then = US_THEN_NEXT;
	if (o->waits) {
		if (!us_waits_get(o->waits, &v.wait_ms))
			v.wait_ms = wish_of(o->err);
		if (v.then == US_THEN_RETRY && o->waits->said_no_retry)
			v.then = US_THEN_NEXT;
		if (v.then == US_THEN_REFUSED && o->waits->said_retry)
			v.then = US_THEN_RETRY;
	}
	return v;
}

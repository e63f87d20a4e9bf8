/* errors.c - answers that were errors
 *
 * Also those that came inside a 200, where the event of a stream says it.
 */
#include "groups.h"

#include "cli/mock_json.h"
#include "engine/verdict.h"
#include "play.h"

#define ERROR_MAX ((size_t)16 << 20)

/* wire-formats 9.2, of the program's own provider: the first row that fits. `says` is a part of
 * the body. */
static const struct {
	unsigned from, to;
	const char *says;
	enum us_then then;
	enum us_blame blame;
	enum us_cause cause;
} rows[] = {
	{ 429, 429, "insufficient_quota", US_THEN_NEXT, US_BLAME_DOWN, US_CAUSE_QUOTA },
	{ 429, 429, "", US_THEN_RETRY, US_BLAME_COOL, US_CAUSE_RATE_LIMIT },
	{ 401, 401, "", US_THEN_REFUSED, US_BLAME_ALIVE, US_CAUSE_AUTH },
	{ 404, 404, "model_not_found", US_THEN_NEXT, US_BLAME_DOWN, US_CAUSE_MODEL },
	{ 404, 404, "DeploymentNotFound", US_THEN_NEXT, US_BLAME_DOWN, US_CAUSE_MODEL },
	{ 404, 404, "is not found for API version", US_THEN_NEXT, US_BLAME_DOWN, US_CAUSE_MODEL },
	{ 400, 400, "API_KEY_INVALID", US_THEN_REFUSED, US_BLAME_ALIVE, US_CAUSE_AUTH },
	{ 403, 403, "", US_THEN_REFUSED, US_BLAME_ALIVE, US_CAUSE_AUTH },
	{ 404, 404, "model: ", US_THEN_NEXT, US_BLAME_DOWN, US_CAUSE_MODEL },
	{ 404, 404, "try pulling it first", US_THEN_NEXT, US_BLAME_DOWN, US_CAUSE_MODEL },
	{ 400, 404, "", US_THEN_REFUSED, US_BLAME_ALIVE, US_CAUSE_REQUEST },
	{ 500, 599, "", US_THEN_RETRY, US_BLAME_FAIL, US_CAUSE_STATUS },
};

static void check_verdict(struct report *r, const struct recording *rec,
                          const struct us_hub_err *err)
{
	struct us_outcome o = {
		.cause = US_CAUSE_STATUS, .status = rec->status, .err = err, .own = true
	};
	struct us_verdict v = us_verdict(&o);
	size_t i = 0;

	while (i < US_COUNT(rows) &&
	       !(rec->status >= rows[i].from && rec->status <= rows[i].to &&
	         (!rows[i].says[0] || us_span_has(rec->answer, rows[i].says))))
		i++;
	report_count(r, us_cause_words(v.cause));
	r->checks++;
	if (i == US_COUNT(rows))
		report_fail(r, rec->file, "no row here says what %u means", rec->status);
	else if (v.then != rows[i].then || v.blame != rows[i].blame || v.cause != rows[i].cause)
		report_fail(r, rec->file, "%u with \"%s\" is judged wrongly", rec->status,
		            rows[i].says);
}

/* An error that is told in another dialect keeps its words. */
static void check_words(struct report *r, const struct recording *rec, const struct us_hub_err *err,
                        struct us_arena *a)
{
	const struct us_dialect *other;

	for (size_t i = 0; (other = us_dialect_at(i)); i++) {
		struct us_mock_json_error error;
		const struct us_mock_json *v;
		struct us_buf out;
		bool lone;

		us_buf_init(&out, ERROR_MAX);
		r->checks++;
		if (other->encode_error(err, &out))
			report_fail(r, rec->file, "can't be told in %s", other->name);
		v = us_mock_json_get(us_mock_json_parse(a, us_buf_span(&out), &lone, &error),
		                     "error");
		if (v && v->kind == US_MOCK_OBJ)
			v = us_mock_json_get(v, "message");
		if (!us_span_eq(us_mock_json_text(v), err->message))
			report_fail(r, rec->file, "is told in other words in %s", other->name);
		us_buf_fini(&out);
	}
}

static void check_body(struct report *r, const struct recording *rec)
{
	struct us_mock_json_error error;
	struct us_hub_err err = { 0 };
	struct us_doc doc = { 0 };
	struct us_arena a;
	bool lone, json;

	us_arena_init(&a, ERROR_MAX);
	json = us_mock_json_parse(&a, rec->answer, &lone, &error);
	r->checks++;
	if (!json)
		report_count(r, "no JSON");
	else if (us_doc_parse(&doc, rec->answer) ||
	         !rec->dialect->decode_error(us_doc_root(&doc), &a, &err) || !err.message.n)
		report_fail(r, rec->file, "is not recognised as an error");
	else
		check_words(r, rec, &err, &a);
	check_verdict(r, rec, json ? &err : NULL);
	us_doc_fini(&doc);
	us_arena_fini(&a);
}

static int ignore(void *unused, const struct us_ev *ev) { return 0; }

/* Of these another try would make no difference. */
static bool is_settled(struct us_span answer)
{
	return us_span_has(answer, "insufficient_quota") ||
	       us_span_has(answer, "Request too large");
}

/* What a provider says in the midst of an answer is its own failure, unless it says otherwise. */
static void check_stream(struct report *r, const struct recording *rec)
{
	struct us_outcome o = { .cause = US_CAUSE_ERROR_IN_200,
		                .status = rec->status,
		                .own = true };
	struct us_reader reader;

	us_reader_init(&reader, rec->dialect, us_framing_of(rec->type),
	               (struct us_sink){ ignore, NULL });
	if (!us_reader_feed(&reader, rec->answer, NULL) && reader.failed) {
		o.err = &reader.err;
		r->files++;
		r->checks++;
		report_count(r, us_cause_words(US_CAUSE_ERROR_IN_200));
		if (us_verdict(&o).then !=
		            (is_settled(rec->answer) ? US_THEN_NEXT : US_THEN_RETRY) ||
		    !reader.err.message.n)
			report_fail(r, rec->file, "an error in a stream is no failure");
	}
	us_reader_fini(&reader);
}

/* Vertex and Bedrock have errors of their own. */
void as_errors(struct report *r, const struct recording *rec)
{
	if (rec->bare)
		return;
	if (rec->status >= 400) {
		r->files++;
		check_body(r, rec);
	} else if (rec->stream) {
		check_stream(r, rec);
	}
}

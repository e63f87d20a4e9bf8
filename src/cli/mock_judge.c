/* mock_judge.c - what is wrong with a request, if anything
 *
 * In the order in which a provider's layers see a request: method, key, content type, JSON, then
 * the dialect's rules, and the model last.
 */
#include "cli/mock_job.h"

void us_mock_job_refuse(struct us_mock_job *job, enum us_mock_no why, struct us_span said)
{
	const struct us_mock_wording *w = job->dialect->wording;
	struct us_mock_facts facts = { .said = said };

	us_mock_words_refuse(&job->refusal, w, &w->nos[why], &facts, &job->arena);
}

/* "POST /v1/messages" */
struct us_span us_mock_job_line(struct us_mock_job *job, const char *between)
{
	const struct us_mock_http *r = &job->http;

	return us_arena_printf(&job->arena, "%.*s%s%.*s", (int)r->method.n, r->method.p, between,
	                       (int)r->path.n, r->path.p);
}

/* "sk-ab***wxyz", as OpenAI shows it. */
static struct us_span masked(struct us_mock_job *job, struct us_span key)
{
	if (key.n < 8)
		return US_SPAN("***");
	return us_arena_printf(&job->arena, "%.*s***%.*s", 3, key.p, 4, key.p + key.n - 4);
}

/* Any key is right unless one was named; none at all is only right for a lax server. */
static void judge_key(struct us_mock_job *job)
{
	const struct us_mock_options *o = job->server->options;
	struct us_span key = job->dialect->key(&job->http);

	if (o->key && key.p && !us_span_is(key, o->key))
		us_mock_job_refuse(job, US_MOCK_WRONG_KEY, masked(job, key));
	else if (!key.p && (o->key || !job->x.lax))
		us_mock_job_refuse(job, US_MOCK_NO_KEY, key);
}

/* Parameters of the type, as a charset, do not matter. */
static void judge_type(struct us_mock_job *job)
{
	struct us_span type = us_mock_http_header(&job->http, "content-type");
	struct us_span value = us_span("", 0); /* there may be none */

	us_span_next(&type, ';', &value);
	value = us_span_trim(value);
	if (!job->dialect->any_type && !us_span_is_nocase(value, "application/json"))
		us_mock_job_refuse(job, US_MOCK_NOT_JSON_TYPE, value);
}

static void judge_body(struct us_mock_job *job)
{
	struct us_mock_check check = {
		.arena = &job->arena,
		.wording = job->dialect->wording,
		.refusal = &job->refusal,
		.lax = job->x.lax,
	};
	struct us_mock_json_error error;
	struct us_span model;
	bool lone;

	job->x.request =
		us_mock_json_parse(&job->arena, us_buf_span(&job->http.body), &lone, &error);
	if (!job->x.request) {
		us_mock_job_refuse(
			job, US_MOCK_NOT_JSON,
			us_arena_printf(&job->arena, "%s at byte %zu", error.what, error.at));
		return;
	}
	if (job->dialect->check(&check, &job->http, job->x.request, lone))
		return;
	model = us_mock_json_text(us_mock_json_get(job->x.request, "model"));
	if (job->dialect->address) {
		job->dialect->address(&job->x.ask, &job->http);
		model = job->x.ask.model;
	}
	if (us_span_starts(model, "missing-"))
		us_mock_job_refuse(job, US_MOCK_NO_MODEL, model);
}

/* Whatever the script says: a wrong request is to be known in the journal. */
void us_mock_job_judge(struct us_mock_job *job)
{
	static void (*const steps[])(struct us_mock_job *) = { judge_key, judge_type, judge_body };

	if (!us_span_is(job->http.method, "POST"))
		us_mock_job_refuse(job, US_MOCK_WRONG_METHOD, us_mock_job_line(job, " on "));
	for (size_t i = 0; !job->refusal.status && i < US_COUNT(steps); i++)
		steps[i](job);
}

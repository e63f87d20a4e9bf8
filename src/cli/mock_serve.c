/* mock_serve.c - one connection: requests read, routed, answered
 *
 * A connection lives until its client has nothing more to ask, the script ends it, or the server
 * stops. Each request has an arena of its own.
 */
#include "cli/mock_job.h"

#include "base/clock.h"

#define WHY_MAX ((size_t)1 << 20)

static const struct us_mock_dialect *const dialects[] = { &us_mock_openai, &us_mock_responses,
	                                                  &us_mock_anthropic, &us_mock_gemini,
	                                                  &us_mock_ollama };

static const char *const outcomes[] = {
#define X(id, name) name,
	US_MOCK_OUTCOMES(X)
#undef X
};

static bool is_method(const struct us_mock_job *job, const char *method)
{
	return us_span_is(job->http.method, method);
}

static enum us_mock_outcome play(struct us_mock_job *job)
{
	job->reply.old = job->http.old;
	job->reply.bodyless = is_method(job, "HEAD") || job->reply.status == 204;
	job->reply.close |= !job->http.keep;
	return us_mock_play(job->conn, &job->reply, &job->fault, job->dialect,
	                    job->server->options->token_ms);
}

/* Whoever comes first takes the next entry. */
static void take_fault(struct us_mock_job *job)
{
	struct us_mock_server *s = job->server;
	struct us_span entry;
	struct us_buf why;

	us_buf_init(&why, WHY_MAX);
	pthread_mutex_lock(&s->lock);
	entry = us_mock_script_take(&s->script, &job->arena);
	pthread_mutex_unlock(&s->lock);
	/* It was read before, so only memory can fail: then nothing is misplayed. */
	if (us_mock_fault_read(&job->fault, entry, &job->arena, &why))
		job->fault = (struct us_mock_fault){ .text = entry };
	us_buf_fini(&why);
}

/* A request in a dialect. False when the connection cannot go on. */
static bool converse(struct us_mock_job *job)
{
	struct us_mock_server *s = job->server;
	enum us_mock_outcome outcome = US_MOCK_RESET_OUT;
	int rc;

	take_fault(job);
	job->n = us_mock_journal_begin(&s->journal, &job->http, job->dialect->name, job->fault.text,
	                               us_clock_ms());
	job->x.serial = s->serials + job->n;
	job->x.created = us_clock_unix_ms() / 1000;
	job->x.lax = s->options->compatible && job->dialect->copied;
	rc = job->fault.on[US_MOCK_REFUSE] ? US_EIO : us_mock_http_body(job->conn, &job->http);
	if (rc == US_E2BIG)
		us_mock_job_refuse(job, US_MOCK_TOO_LARGE, us_span("", 0));
	job->reply.close = rc == US_E2BIG;
	if (rc && rc != US_E2BIG) {
		us_mock_conn_reset(job->conn);
	} else {
		us_mock_job_judge(job);
		us_mock_journal_body(&s->journal, job->n, us_buf_span(&job->http.body),
		                     job->refusal.message);
		us_mock_job_reply(job);
		outcome = play(job);
	}
	us_mock_journal_end(&s->journal, job->n, job->conn->sent ? job->reply.status : 0,
	                    outcomes[outcome], us_clock_ms());
	return job->conn->fd >= 0;
}

/* The new script begins at its first entry; a bad one changes nothing. */
static void set_script(struct us_mock_job *job)
{
	struct us_mock_server *s = job->server;
	struct us_mock_script fresh;
	struct us_buf why;
	int rc;

	us_buf_init(&why, WHY_MAX);
	rc = us_mock_script_init(&fresh, us_buf_span(&job->http.body), &why);
	if (rc) {
		job->reply.status = rc == US_EINVAL ? 400 : 500;
		us_buf_add_str(&job->reply.body, "{");
		us_mock_member(&job->reply.body, "error", us_buf_span(&why));
		us_buf_add_str(&job->reply.body, "}\n");
	} else {
		job->reply.status = 204;
		pthread_mutex_lock(&s->lock);
		us_mock_script_fini(&s->script);
		s->script = fresh;
		pthread_mutex_unlock(&s->lock);
	}
	us_buf_fini(&why);
}

/* Of the query only `since` is understood. */
static void list_requests(struct us_mock_job *job)
{
	struct us_span query = job->http.query;
	uint64_t since = 0;

	if (us_span_starts(query, "since="))
		us_span_u64(us_span(query.p + 6, query.n - 6), &since);
	us_mock_journal_list(&job->server->journal, since, &job->reply.body);
	us_buf_add_char(&job->reply.body, '\n');
}

static void clear_requests(struct us_mock_job *job)
{
	us_mock_journal_clear(&job->server->journal);
	job->reply.status = 204;
}

static void health(struct us_mock_job *job)
{
	us_buf_add_str(&job->reply.body, "{");
	us_mock_member(&job->reply.body, "status", US_SPAN("ok"));
	us_mock_member(&job->reply.body, "name", us_span_of(job->server->options->manner.name));
	us_buf_add_str(&job->reply.body, "}\n");
}

/* The list of models, and what a provider says about paths it does not know. */
static void unknown(struct us_mock_job *job)
{
	if (is_method(job, "GET") && us_span_ends(job->http.path, "/models")) {
		job->dialect->models(&job->reply.body);
		return;
	}
	us_mock_job_refuse(job, US_MOCK_NO_SUCH_PATH, us_mock_job_line(job, " "));
	us_mock_job_reply_refusal(job);
}

/* The mock's own paths, which no provider has. */
static const struct {
	const char *method;
	const char *path;
	void (*act)(struct us_mock_job *);
} controls[] = {
	{ "GET", "/health", health },          { "HEAD", "/health", health },
	{ "GET", "/requests", list_requests }, { "DELETE", "/requests", clear_requests },
	{ "PUT", "/fault", set_script },
};

static bool control(struct us_mock_job *job)
{
	void (*act)(struct us_mock_job *) = unknown;

	for (size_t i = 0; i < US_COUNT(controls); i++)
		if (is_method(job, controls[i].method) &&
		    us_span_is(job->http.path, controls[i].path))
			act = controls[i].act;
	if (us_mock_http_body(job->conn, &job->http))
		return false;
	act(job);
	us_mock_job_check_memory(job);
	play(job);
	return job->conn->fd >= 0;
}

static bool ends_in(struct us_span path, const char *ends)
{
	struct us_span rest = us_span_of(ends), end;

	while (us_span_next(&rest, '|', &end))
		if (path.n >= end.n && us_span_eq(us_span(path.p + path.n - end.n, end.n), end))
			return true;
	return false;
}

/* The end of the path selects the dialect; elsewhere a header of Anthropic's does. */
static bool route(struct us_mock_job *job)
{
	const struct us_mock_http *http = &job->http;
	bool claude = us_mock_http_header(http, "anthropic-version").p ||
	              us_mock_http_header(http, "x-api-key").p;

	for (size_t i = 0; i < US_COUNT(dialects); i++)
		if (ends_in(http->path, dialects[i]->path)) {
			job->dialect = dialects[i];
			return converse(job);
		}
	job->dialect = claude ? &us_mock_anthropic : &us_mock_openai;
	return control(job);
}

/* To what is no HTTP. */
static bool malformed(struct us_mock_job *job, int rc)
{
	job->dialect = &us_mock_openai;
	job->reply.status = rc == US_E2BIG ? 431 : 400;
	job->reply.type = "text/plain";
	job->reply.close = true;
	us_buf_addf(&job->reply.body, "%s\n", us_mock_http_phrase(job->reply.status));
	play(job);
	return false;
}

void us_mock_serve(struct us_mock_server *server, int fd)
{
	struct us_mock_conn conn;
	bool more = true;

	us_mock_conn_init(&conn, fd, server->stop_fd);
	while (more) {
		struct us_mock_job job;
		int rc;

		us_mock_job_init(&job, server, &conn);
		rc = us_mock_http_head(&conn, &job.http, &job.arena);
		if (rc == US_ESYNTAX || rc == US_E2BIG)
			more = malformed(&job, rc);
		else
			more = !rc && route(&job);
		us_mock_job_fini(&job);
	}
	us_mock_conn_fini(&conn);
}

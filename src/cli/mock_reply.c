/* mock_reply.c - the reply to a request: the answer, a refusal, or what the script wants
 *
 * A status of the script wins over a refusal, as a server that is down does not read requests. All
 * other effects are done to good answers only: a request that is wrong is always told so.
 */
#include "cli/mock_job.h"

#define ARENA_MAX ((size_t)2 << 30)
#define REPLY_MAX ((size_t)1 << 30)

void us_mock_job_init(struct us_mock_job *job, struct us_mock_server *server,
                      struct us_mock_conn *conn)
{
	*job = (struct us_mock_job){ .server = server, .conn = conn };
	us_arena_init(&job->arena, ARENA_MAX);
	us_mock_http_init(&job->http);
	us_buf_init(&job->reply.headers, REPLY_MAX);
	us_buf_init(&job->reply.body, REPLY_MAX);
	job->reply.status = 200;
	job->reply.type = "application/json";
	job->reply.events.arena = &job->arena;
	job->x.arena = &job->arena;
}

void us_mock_job_fini(struct us_mock_job *job)
{
	us_buf_fini(&job->reply.headers);
	us_buf_fini(&job->reply.body);
	us_mock_http_fini(&job->http);
	us_arena_fini(&job->arena);
}

void us_mock_job_reply_refusal(struct us_mock_job *job)
{
	job->reply.status = job->refusal.status;
	job->dialect->envelope(&job->refusal, job->x.serial, &job->reply.body);
}

/* The refusal a script asks for, with its own words where it has some. */
static void trouble(struct us_mock_job *job, unsigned status)
{
	const struct us_mock_wording *w = job->dialect->wording;
	const struct us_span *by = job->fault.choice;
	const struct us_mock_word *word = us_mock_words_trouble(w, status, by[US_MOCK_BY_CODE]);
	struct us_mock_facts facts = { 0 };

	job->refusal = (struct us_mock_refusal){ 0 };
	us_mock_words_refuse(&job->refusal, w, word, &facts, &job->arena);
	job->refusal.status = status;
	if (by[US_MOCK_BY_CODE].p)
		job->refusal.code = by[US_MOCK_BY_CODE];
	if (by[US_MOCK_BY_TYPE].p)
		job->refusal.type = by[US_MOCK_BY_TYPE];
	if (by[US_MOCK_BY_MESSAGE].p)
		job->refusal.message = by[US_MOCK_BY_MESSAGE];
}

/* What a proxy in between would say. */
static void page(struct us_mock_job *job, const char *title)
{
	job->reply.type = "text/html";
	us_buf_addf(&job->reply.body,
	            "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1>"
	            "</center>\r\n<hr><center>understudy mock</center>\r\n</body>\r\n</html>\r\n",
	            title, title);
}

/* A status of the script, in the provider's envelope or in a proxy's. */
static void status_reply(struct us_mock_job *job)
{
	struct us_span body = job->fault.choice[US_MOCK_BY_BODY];

	trouble(job, job->fault.status);
	job->reply.status = job->fault.status;
	if (us_span_is(body, "html")) {
		page(job, us_mock_http_phrase(job->reply.status));
	} else if (us_span_is(body, "text")) {
		job->reply.type = "text/plain";
		us_buf_add_str(&job->reply.body,
		               "upstream connect error or disconnect/reset before headers. reset "
		               "reason: connection termination");
	} else if (!us_span_is(body, "empty")) {
		us_mock_job_reply_refusal(job);
	}
}

static const char *stream_type(const struct us_mock_job *job)
{
	if (job->x.ask.array)
		return "application/json; charset=UTF-8";
	return job->dialect->lines ? "application/x-ndjson" : "text/event-stream; charset=utf-8";
}

static void answer_reply(struct us_mock_job *job)
{
	const struct us_mock_options *o = job->server->options;
	struct us_mock_manner manner = o->manner;

	manner.halves = job->fault.on[US_MOCK_SURROGATES];
	job->dialect->ask(&job->x.ask, job->x.request, &job->arena);
	us_mock_answer(&job->x.answer, &job->x.ask, &manner, &job->arena);
	job->reply.stream = job->x.ask.stream && !job->fault.on[US_MOCK_PLAIN];
	if (job->reply.stream) {
		job->reply.array = job->x.ask.array;
		job->reply.type = stream_type(job);
		us_buf_add_str(&job->reply.headers, "cache-control: no-cache\r\n");
		job->dialect->events(&job->x, &job->reply.events);
	} else {
		job->dialect->body(&job->x, &job->reply.body);
	}
}

/* The errors that come with status 200: an event of a stream, or the body. */
static void error_in_200(struct us_mock_job *job)
{
	bool all = job->fault.on[US_MOCK_ERROR_IN_200];
	struct us_span error;
	struct us_buf b;

	us_buf_init(&b, REPLY_MAX);
	trouble(job, job->dialect == &us_mock_anthropic ? 529 : 500);
	if (job->reply.stream && job->dialect->error_data)
		job->dialect->error_data(&job->refusal, job->x.serial, &b);
	else
		job->dialect->envelope(&job->refusal, job->x.serial, &b);
	error = us_mock_keep(&job->arena, &b);
	if (job->reply.stream) {
		job->reply.error = error;
		job->fault.on[US_MOCK_ERROR_AFTER] = true;
		if (all)
			job->fault.value[US_MOCK_ERROR_AFTER] = 0;
	} else if (all) {
		us_buf_clear(&job->reply.body);
		us_buf_add_span(&job->reply.body, error);
	}
}

/* What the script does to the whole of a good answer. */
static void spoil(struct us_mock_job *job)
{
	const bool *on = job->fault.on;

	if (on[US_MOCK_ERROR_IN_200] || on[US_MOCK_ERROR_AFTER])
		error_in_200(job);
	if (on[US_MOCK_HTML] || on[US_MOCK_EMPTY] || on[US_MOCK_REDIRECT]) {
		job->reply.stream = false;
		us_buf_clear(&job->reply.body);
	}
	if (on[US_MOCK_HTML])
		page(job, "Welcome to the network");
	if (on[US_MOCK_TRUNCATED])
		job->reply.body.n /= 2;
	if (on[US_MOCK_REDIRECT]) {
		job->reply.status = 307;
		us_buf_addf(&job->reply.headers, "location: %.*s\r\n", (int)job->fault.url.n,
		            job->fault.url.p);
	}
}

static void put_header(struct us_mock_job *job, const char *name, enum us_mock_choice choice)
{
	struct us_span v = job->fault.choice[choice];

	if (v.p)
		us_buf_addf(&job->reply.headers, "%s: %.*s\r\n", name, (int)v.n, v.p);
}

/* Those that every reply has, and those the script adds. */
static void headers(struct us_mock_job *job)
{
	struct us_span in = job->fault.choice[US_MOCK_BY_RETRY_AFTER_DATE];
	uint64_t seconds;

	us_buf_addf(&job->reply.headers, "%s: req_01Mock%018llu\r\n", job->dialect->id_header,
	            (unsigned long long)job->x.serial);
	put_header(job, "retry-after", US_MOCK_BY_RETRY_AFTER);
	put_header(job, "retry-after-ms", US_MOCK_BY_RETRY_AFTER_MS);
	put_header(job, "x-should-retry", US_MOCK_BY_SHOULD_RETRY);
	if (in.p && us_span_u64(in, &seconds)) {
		us_buf_add_str(&job->reply.headers, "retry-after: ");
		us_mock_date(&job->reply.headers, job->x.created + seconds);
		us_buf_add_str(&job->reply.headers, "\r\n");
	}
}

/* Out of memory is a server error like any other. */
void us_mock_job_check_memory(struct us_mock_job *job)
{
	struct us_mock_reply *r = &job->reply;

	if (!job->arena.err && !r->body.err && !r->headers.err)
		return;
	us_buf_clear(&r->body);
	us_buf_clear(&r->headers);
	r->status = 500;
	r->stream = false;
	us_buf_add_str(&r->body, "{\"error\":{\"message\":\"the mock is out of memory\"}}");
}

void us_mock_job_reply(struct us_mock_job *job)
{
	if (job->fault.status)
		status_reply(job);
	else if (job->refusal.status)
		us_mock_job_reply_refusal(job);
	else
		answer_reply(job);
	if (!job->refusal.status)
		spoil(job);
	headers(job);
	us_mock_job_check_memory(job);
}

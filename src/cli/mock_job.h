/* mock_job.h - one request on its way through the mock */
#ifndef US_CLI_MOCK_JOB_H
#define US_CLI_MOCK_JOB_H

#include "cli/mock_dialect.h"
#include "cli/mock_play.h"
#include "cli/mock_server.h"

struct us_mock_job {
	struct us_mock_server *server;
	struct us_mock_conn *conn;
	const struct us_mock_dialect *dialect;
	struct us_arena arena;
	struct us_mock_http http;
	struct us_mock_fault fault;
	struct us_mock_refusal refusal;
	struct us_mock_exchange x;
	struct us_mock_reply reply;
	uint64_t n; /* in the journal */
};

void us_mock_job_init(struct us_mock_job *job, struct us_mock_server *server,
                      struct us_mock_conn *conn);
void us_mock_job_fini(struct us_mock_job *job);

/* Fills job->refusal if the request is wrong in any way. */
void us_mock_job_judge(struct us_mock_job *job);

/* Refuses in the dialect's words; `said` goes into them. */
void us_mock_job_refuse(struct us_mock_job *job, enum us_mock_no why, struct us_span said);

/* "POST /v1/messages" */
struct us_span us_mock_job_line(struct us_mock_job *job, const char *between);

/* Fills job->reply: what the script, the refusal or the question makes of it. */
void us_mock_job_reply(struct us_mock_job *job);

/* The refusal as a reply, and an apology when memory has failed. */
void us_mock_job_reply_refusal(struct us_mock_job *job);
void us_mock_job_check_memory(struct us_mock_job *job);

#endif

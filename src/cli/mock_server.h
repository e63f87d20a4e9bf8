/* mock_server.h - the provider that `understudy mock` is */
#ifndef US_CLI_MOCK_SERVER_H
#define US_CLI_MOCK_SERVER_H

#include "cli/mock_answer.h"
#include "cli/mock_fault.h"
#include "cli/mock_journal.h"

struct us_mock_options {
	const char *bind;
	const char *port;
	const char *log; /* NULL: none */
	const char *key; /* NULL: any */
	bool compatible; /* an OpenAI-like server that is not strict */
	uint64_t token_ms;
	struct us_mock_manner manner;
	struct us_span script;
};

struct us_mock_server {
	const struct us_mock_options *options;
	int listen_fd;
	int stop_fd;
	uint64_t serials; /* where the numbers of answers begin, other than in other mocks */
	struct us_mock_journal journal;
	pthread_mutex_t lock; /* of what follows */
	struct us_mock_script script;
	pthread_cond_t idle;
	unsigned active; /* connections */
};

/* Binds, prints its URL, serves until SIGTERM or SIGINT. The exit status. */
int us_mock_server_run(const struct us_mock_options *options);

/* One connection from its first request to its last. Takes the socket over. */
void us_mock_serve(struct us_mock_server *server, int fd);

#endif

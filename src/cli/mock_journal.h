/* mock_journal.h - what the mock was asked, for tests to look at */
#ifndef US_CLI_MOCK_JOURNAL_H
#define US_CLI_MOCK_JOURNAL_H

#include "cli/mock_http.h"

#include <pthread.h>

struct us_mock_record;

/* Thread-safe. Holds so many requests and bytes at most, and forgets the oldest first. */
struct us_mock_journal {
	pthread_mutex_t lock;
	struct us_mock_record *first;
	struct us_mock_record **tail;
	size_t count, bytes;
	uint64_t last; /* the number of the newest */
	uint64_t start_ms;
	int log_fd; /* -1: none */
};

/* `log_path` may be NULL. US_EIO with errno set if it cannot be written. */
int us_mock_journal_init(struct us_mock_journal *j, const char *log_path, uint64_t now_ms);
void us_mock_journal_fini(struct us_mock_journal *j);

/* A request has come; returns its number, from 1. */
uint64_t us_mock_journal_begin(struct us_mock_journal *j, const struct us_mock_http *http,
                               const char *dialect, struct us_span fault, uint64_t now_ms);

/* Its body, and why it was refused; .p NULL if it was not. */
void us_mock_journal_body(struct us_mock_journal *j, uint64_t n, struct us_span body,
                          struct us_span refused);

/* How it ended. Writes the log line. */
void us_mock_journal_end(struct us_mock_journal *j, uint64_t n, unsigned status,
                         const char *outcome, uint64_t now_ms);

/* All requests after number `since`, as a JSON list; and forgetting them all. */
void us_mock_journal_list(struct us_mock_journal *j, uint64_t since, struct us_buf *out);
void us_mock_journal_clear(struct us_mock_journal *j);

#endif

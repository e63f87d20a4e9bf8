/* mock_play.h - an answer on its way out, and what may happen to it there */
#ifndef US_CLI_MOCK_PLAY_H
#define US_CLI_MOCK_PLAY_H

#include "cli/mock_dialect.h"
#include "cli/mock_fault.h"

struct us_mock_reply {
	unsigned status;
	const char *type;      /* the content-type */
	struct us_buf headers; /* further lines */
	struct us_buf body;
	bool stream; /* it is `events`, not `body` */
	bool array;  /* ... and these are the elements of an array */
	struct us_mock_events events;
	struct us_span error; /* the event of error-after */
	bool old;             /* to HTTP/1.0: no chunks */
	bool bodyless;        /* to HEAD */
	bool close;           /* the last on its connection */
};

/* X(id, name): how an exchange ended. */
#define US_MOCK_OUTCOMES(X)                                                                        \
	X(ANSWERED, "answered")                                                                    \
	X(CUT, "cut")                                                                              \
	X(RESET, "reset")                                                                          \
	X(LEFT, "left") /* the client went away, or the server stopped */

enum us_mock_outcome {
#define X(id, name) US_MOCK_##id##_OUT,
	US_MOCK_OUTCOMES(X)
#undef X
};

/* Sends the reply as the fault has it. The connection may be closed after. */
enum us_mock_outcome us_mock_play(struct us_mock_conn *conn, const struct us_mock_reply *reply,
                                  const struct us_mock_fault *fault,
                                  const struct us_mock_dialect *dialect, uint64_t token_ms);

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
void us_mock_date(struct us_buf *b, uint64_t unix_seconds);

#endif

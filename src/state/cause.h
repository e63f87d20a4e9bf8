/* cause.h - why an attempt failed: the words of the log, of status and of the breaker */
#ifndef US_STATE_CAUSE_H
#define US_STATE_CAUSE_H

/* X(name, words). Stored in the page by number: append only. */
#define US_CAUSES(X)                                                                               \
	X(NONE, "ok")                                                                              \
	X(DNS, "host name not found")                                                              \
	X(CONNECT, "connection refused")                                                           \
	X(TLS, "TLS failed")                                                                       \
	X(RESET, "connection broken")                                                              \
	X(TIMEOUT, "timed out")                                                                    \
	X(SILENT, "no answer in time")                                                             \
	X(STATUS, "HTTP status")                                                                   \
	X(RATE_LIMIT, "rate limited")                                                              \
	X(QUOTA, "quota or billing")                                                               \
	X(AUTH, "key refused")                                                                     \
	X(MODEL, "model not there")                                                                \
	X(ERROR_IN_200, "error inside a 200")                                                      \
	X(NOT_JSON, "not an answer of this API")                                                   \
	X(EMPTY, "empty answer")                                                                   \
	X(CUT, "answer cut short")                                                                 \
	X(STALL, "stream fell silent")                                                             \
	X(TOO_BIG, "answer larger than its ceiling")                                               \
	X(REQUEST, "request refused")                                                              \
	X(PROGRAM, "the program's own decision")                                                   \
	X(LOCAL, "local failure")                                                                  \
	X(MISFIT, "does not go on where it broke off")

enum us_cause {
#define X(name, words) US_CAUSE_##name,
	US_CAUSES(X)
#undef X
};

/* Never NULL. Words are for people and may change; names are for programs. */
const char *us_cause_words(enum us_cause cause);
const char *us_cause_name(enum us_cause cause); /* "RATE_LIMIT" */

#endif

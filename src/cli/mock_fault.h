/* mock_fault.h - the script of misbehaviour
 *
 *	script  = entry *( "," entry )      one entry per request; the last one stays
 *	entry   = effect *( "+" effect ) [ "x" COUNT ]
 *	effect  = name [ "=" value ] *( ":" option "=" value )
 *
 * A value may hold %2C, %3A, %2B for the characters that separate.
 */
#ifndef US_CLI_MOCK_FAULT_H
#define US_CLI_MOCK_FAULT_H

#include "base/arena.h"
#include "base/buf.h"

/* X(id, name, argument, help): the argument is NONE, MUST or the default of an optional number. */
#define US_MOCK_EFFECTS(X)                                                                         \
	X(OK, "ok", NONE, "answer as a healthy provider does")                                     \
	X(REFUSE, "refuse", NONE, "reset the connection before the body is read")                  \
	X(RESET, "reset", NONE, "read the request, then reset: no byte of an answer")              \
	X(RESET_HEADERS, "reset-after-headers", NONE, "status and headers, then a reset")          \
	X(HANG, "hang", NONE, "read the request, never answer")                                    \
	X(HANG_HEADERS, "hang-headers", NONE, "status and headers, then silence")                  \
	X(SLOW, "slow", MUST, "=MS: wait before the answer")                                       \
	X(CUT, "cut", MUST, "=N: end the connection after N events, or N bytes of a body")         \
	X(CUT_RST, "cut-rst", MUST, "=N: as cut, by a reset")                                      \
	X(STALL, "stall", MUST, "=N: silence after N events or bytes; :ms=MS limits it")           \
	X(ERROR_AFTER, "error-after", MUST, "=N: an error event after N events with content")      \
	X(GARBAGE, "garbage", MUST, "=N: the Nth event is not JSON; the answer goes on after it")  \
	X(MANGLED, "mangled", MUST, "=N: the Nth event is cut short, its content is lost")         \
	X(NO_DONE, "no-done", NONE, "a whole stream without [DONE] or message_stop")               \
	X(ERROR_IN_200, "error-in-200", NONE, "status 200, but the first thing said is an error")  \
	X(HTML, "html", NONE, "status 200 with a web page, as a captive portal gives")             \
	X(EMPTY, "empty", NONE, "status 200 without a body")                                       \
	X(TRUNCATED, "truncated", NONE, "half of the JSON, with the content-length of that half")  \
	X(REDIRECT, "redirect", MUST, "=URL: status 307; the URL goes on to the next comma")       \
	X(PLAIN, "plain", NONE, "one JSON body although a stream was asked for")                   \
	X(PINGS, "pings", NONE, "nothing but keep-alive events, without end")                      \
	X(COMMENTS, "comments", NONE, "an SSE comment before every event")                         \
	X(CRLF, "crlf", NONE, "SSE lines end in CR LF")                                            \
	X(SURROGATES, "surrogates", NONE, "characters beyond U+FFFF come as halves in two events") \
	X(BURST, "burst", NONE, "all events in one write")                                         \
	X(BYTEWISE, "bytewise", NONE, "one byte per write")                                        \
	X(DRIP, "drip", MUST, "=MS: one byte per write, MS apart")                                 \
	X(WRONG_TYPE, "wrong-type", NONE, "content-type: text/plain")                              \
	X(CHUNKED, "chunked", NONE, "a plain body in chunks, without content-length")              \
	X(CLOSE, "close", NONE, "neither length nor chunks: the end of the connection ends it")    \
	X(DROP, "drop", NONE, "answer, then close a connection said to be kept alive")             \
	X(BIGHEADERS, "bigheaders", 64, "[=KB]: so many kilobytes of headers")                     \
	X(PADDING, "padding", 64, "[=KB]: so many kilobytes of blanks (a comment) come first")

/* X(id, name, help): what may follow a status or an effect. */
#define US_MOCK_CHOICES(X)                                                                         \
	X(RETRY_AFTER, "retry-after", "header Retry-After, as written")                            \
	X(RETRY_AFTER_MS, "retry-after-ms", "header Retry-After-Ms, as written")                   \
	X(RETRY_AFTER_DATE, "retry-after-date", "Retry-After with the date in so many seconds")    \
	X(SHOULD_RETRY, "should-retry", "header X-Should-Retry: true or false")                    \
	X(CODE, "code", "the error's code; known ones bring their own words")                      \
	X(TYPE, "type", "the error's type")                                                        \
	X(MESSAGE, "message", "the error's message")                                               \
	X(BODY, "body", "json, html, text or empty instead of the provider's envelope")            \
	X(MS, "ms", "how long a stall lasts")

enum us_mock_effect {
#define X(id, name, arg, help) US_MOCK_##id,
	US_MOCK_EFFECTS(X)
#undef X
		US_MOCK_EFFECT_COUNT
};

enum us_mock_choice {
#define X(id, name, help) US_MOCK_BY_##id,
	US_MOCK_CHOICES(X)
#undef X
		US_MOCK_CHOICE_COUNT
};

struct us_mock_fault {
	struct us_span text; /* the entry as written */
	unsigned status;     /* 400..599; 0: none asked for */
	bool on[US_MOCK_EFFECT_COUNT];
	uint64_t value[US_MOCK_EFFECT_COUNT];
	struct us_span choice[US_MOCK_CHOICE_COUNT]; /* .p is NULL if not given */
	struct us_span url;
};

struct us_mock_entry {
	struct us_span text;
	uint64_t times;
};

/* Owns its text; to be guarded by its owner's lock. */
struct us_mock_script {
	struct us_arena arena;
	struct us_mock_entry *entries;
	size_t count, at;
	uint64_t taken; /* how often entries[at] was used */
};

/* US_EINVAL and a sentence in `why` if the text is no script. Empty text is `ok`. */
int us_mock_script_init(struct us_mock_script *s, struct us_span text, struct us_buf *why);
void us_mock_script_fini(struct us_mock_script *s);

/* The entry for the next request, copied into `arena`. */
struct us_span us_mock_script_take(struct us_mock_script *s, struct us_arena *arena);

/* Reads one entry; spans point into it or into `arena`. */
int us_mock_fault_read(struct us_mock_fault *f, struct us_span entry, struct us_arena *arena,
                       struct us_buf *why);

#endif

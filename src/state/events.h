/* events.h - what happened lately: a ring in the mapped page, written by all processes at once
 *
 * Each event takes the next number and overwrites the record that bears it, so the ring always
 * holds the latest ones. No lock: a process may be killed in the middle of a record, or fall asleep
 * there until the ring has come round; whoever reads knows such a record by its check.
 */
#ifndef US_STATE_EVENTS_H
#define US_STATE_EVENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define US_EVENTS_MAX 4096 /* that many are kept */
#define US_EVENT_WORDS 6

/* X(name, word). Stored by number: append only. */
#define US_EVENT_KINDS(X)                                                                          \
	X(CALL, "call")         /* one has ended: how, status, ms, first_ms, attempt, tokens */    \
	X(ATTEMPT, "attempt")   /* another than the first begins: attempt */                       \
	X(VERDICT, "verdict")   /* one has failed: attempt, cause, status, ms */                   \
	X(WAIT, "wait")         /* for the same provider: ms */                                    \
	X(SKIP, "skip")         /* it is passed by; ms until it may be asked */                    \
	X(FAILOVER, "failover") /* on to this provider */                                          \
	X(MEND, "mend")         /* asked once more without what it refused */                      \
	X(CUT, "cut")           /* its answer broke off in the middle: cause */                    \
	X(SPLICE, "splice")     /* ... and is gone on with, by this provider; ms: bytes before */  \
	X(BREAKER, "breaker")   /* of this provider: how it is now, ms until it may be asked */    \
	X(HEDGE, "hedge")       /* this one is asked, too, beside one that was slow: ms */

/* X(name, word): how a call ended; word is the log's, too. Append only. */
#define US_ENDS(X)                                                                                 \
	X(SERVED, "served")                                                                        \
	X(SHOWN, "shown as it came") /* a refusal or a failure, by the own provider */             \
	X(NOBODY, "nobody could serve it")                                                         \
	X(LAST, "asked after all") /* by the own provider, whatever its breaker says */            \
	X(BROKEN, "broke off")                                                                     \
	X(SILENT, "fell silent")                                                                   \
	X(STOPPED, "stopped by the program")                                                       \
	X(LOCAL, "local failure")                                                                  \
	X(MEMORY, "out of memory")                                                                 \
	X(UNSURE, "failed, and may have been done")                                                \
	X(CACHED, "answered from the cache")                                                       \
	X(STALE, "answered from the cache, stale") /* nobody could serve it */

/* clang-format off */
#define X(name, word) US_EVENT_##name,
enum us_event_kind { US_EVENT_KINDS(X) US_EVENT_KINDS_END };
#undef X
#define X(name, word) US_END_##name,
enum us_end { US_ENDS(X) US_END_END };
#undef X
/* clang-format on */
#define US_EVENT_NOBODY 0xffff /* no slot, no tree */

/* As it lies in the ring. */
struct us_event {
	uint64_t at_ms;      /* since 1970 */
	uint32_t pid, call;  /* number of the call within the process */
	uint16_t slot, tree; /* numbers within the page, or NOBODY */
	uint16_t status;     /* HTTP; 0 none */
	uint16_t attempt;    /* on this provider; of CALL: of all */
	uint16_t cause;      /* us_cause */
	uint8_t kind, how;   /* us_event_kind; us_end or us_breaker_turn, as the kind has it */
	uint32_t ms;         /* saturates */
	uint32_t first_ms;   /* of CALL: from its beginning to the first content; 0 none */
	uint32_t tokens_in, tokens_out;
	uint32_t unused;
};

struct us_events {
	_Atomic uint64_t next; /* the number of the next event */
	uint64_t unused[7];    /* a line of the cache to itself */
	struct {
		_Atomic uint64_t word[US_EVENT_WORDS], check, unused;
	} record[US_EVENTS_MAX];
};

/* Fills in the process id. */
void us_events_add(struct us_events *r, struct us_event *e);

enum us_event_read {
	US_EVENT_GOOD,
	US_EVENT_NOT_YET, /* it is being written, or its writer has died there */
	US_EVENT_GONE     /* overwritten, or damaged */
};

enum us_event_read us_events_read(const struct us_events *r, uint64_t number, struct us_event *out);
/* Events are numbered from 0; those from `first` up to `end` may still be there. */
void us_events_range(const struct us_events *r, uint64_t *first, uint64_t *end);

/* Never NULL. */
const char *us_event_word(unsigned kind);
const char *us_end_word(unsigned end);
const char *us_end_name(unsigned end); /* "SERVED" */
/* The program has got an answer of a provider, if not for this call. */
bool us_end_is_good(unsigned end);

#endif

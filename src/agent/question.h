/* question.h - inside agent and cli: what a human is asked, and how it is stored */
#ifndef US_AGENT_QUESTION_H
#define US_AGENT_QUESTION_H

#include "base/arena.h"
#include "base/buf.h"

#define US_QUESTION_PREFIX "question/"
#define US_QUESTION_ID_MAX 17

enum us_channel_index {
#define X(name) US_CHANNEL_##name,
#include "agent/channels.def"
#undef X
	US_CHANNELS
};

/* What was done about telling it on one channel. */
struct us_told {
	uint64_t at_ms;         /* 0: not yet */
	uint64_t tries;         /* that failed */
	uint64_t not_before_ms; /* the next try; also, until then somebody else is at it */
};

enum us_question_state {
	US_QUESTION_OPEN,
	US_QUESTION_ANSWERED,
	US_QUESTION_DENIED,
	US_QUESTION_EXPIRED,
	US_QUESTION_DEFAULTED
};

/* Times are since 1970. Spans lie where it was read from, or with the caller. */
struct us_question {
	char id[US_QUESTION_ID_MAX];
	enum us_question_state state;
	uint64_t opened_ms, expires_ms, last_ms, count;
	struct us_span key, task, error, context;
	struct us_span verb, text, by; /* the answer */
	uint64_t answered_ms;
	struct us_told told[US_CHANNELS];
};

int us_question_encode(const struct us_question *q, struct us_buf *out);
/* False: damaged. */
bool us_question_decode(struct us_question *q, struct us_span bytes);

/* "open", "answered" ... */
const char *us_question_state_word(enum us_question_state state);

/* Reads "retry", "abort", "use TOOL", "text ..."; false: none of these. */
bool us_answer_read(struct us_span words, struct us_span *verb, struct us_span *text);

/* The same without what is not UTF-8 or could move a cursor; line ends stay. */
struct us_span us_question_clean(struct us_span text, struct us_arena *a);

#endif

/* mock_answer.h - what the mock says, in no provider's language
 *
 * The same question gets the same answer in every dialect, so that a test can compare the way
 * through a translation with the direct one. Only the last turn counts: whatever follows the last
 * assistant message. Its text steers the answer:
 *
 *	repeat: X              X, up to the end of that text
 *	call NAME with {...}   that tool call, the arguments byte for byte; more than one is allowed
 *	call NAME with nothing a call without a byte of arguments
 *
 * An answer that was begun is gone on with: one that the question ends with, and, where it asks for
 * that in words, what stands between the guillemets.
 */
#ifndef US_CLI_MOCK_ANSWER_H
#define US_CLI_MOCK_ANSWER_H

#include "cli/mock_json.h"

struct us_mock_result {
	struct us_span text; /* what the tool said */
	bool error;
};

/* The question, as far as it matters for the answer. A dialect fills it. */
struct us_mock_ask {
	struct us_span model;
	bool stream;
	bool array; /* ... as the elements of an array */
	bool usage_chunk;
	uint64_t max_tokens; /* US_NEVER: not given */
	uint64_t choices;    /* how many answers */
	size_t tokens;       /* about so many came in */
	struct us_span *texts;
	size_t text_count; /* user texts of the last turn */
	struct us_mock_result *results;
	size_t result_count; /* tool results of the last turn */
	struct us_span *stops;
	size_t stop_count;
	bool may_call;                    /* tools are there and allowed */
	bool one_call;                    /* but not several at once */
	struct us_span must_call;         /* .p NULL: nobody said so */
	bool json;                        /* an object is wanted */
	const struct us_mock_json *shape; /* its schema, or NULL */
	bool think;
	struct us_span begun; /* what the question ends with, in the assistant's words; .p NULL */
};

struct us_mock_call {
	struct us_span name;
	struct us_span arguments;
};

enum us_mock_stop { US_MOCK_END, US_MOCK_LENGTH, US_MOCK_STOP, US_MOCK_TOOL, US_MOCK_STOPS };

struct us_mock_answer {
	struct us_span thought; /* .p NULL: none */
	struct us_span text;    /* .p NULL: none */
	struct us_mock_call *calls;
	size_t call_count;
	size_t tokens;
	size_t thought_tokens;
	enum us_mock_stop stop;
	struct us_span stop_sequence;
};

/* What the user of the mock wants to hear when the question does not say. */
struct us_mock_manner {
	const char *name;
	const char *answer; /* NULL: a greeting, or `words` words */
	uint64_t words;
	bool halves; /* split characters beyond U+FFFF in halves */
};

void us_mock_answer(struct us_mock_answer *a, const struct us_mock_ask *ask,
                    const struct us_mock_manner *manner, struct us_arena *arena);

/* Takes the next token off *rest: a word and the blanks before it. False at the end. */
bool us_mock_token(struct us_span *rest, struct us_span *token);
/* Takes some bytes of a tool's arguments off *rest, whole characters. False at the end. */
bool us_mock_piece(struct us_span *rest, struct us_span *piece);

/* Remember a text, a result, a stop sequence of the question; NULL is none. */
void us_mock_ask_text(struct us_mock_ask *ask, const struct us_mock_json *text,
                      struct us_arena *arena);
void us_mock_ask_result(struct us_mock_ask *ask, struct us_span text, bool error,
                        struct us_arena *arena);
void us_mock_ask_stops(struct us_mock_ask *ask, const struct us_mock_json *stops,
                       struct us_arena *arena);

/* Does this message ask to go on with what stands before it? */
bool us_mock_goes_on(const struct us_mock_json *message, struct us_arena *arena);

/* What follows the assistant's last message; one at the very end goes into *begun (may be NULL). */
const struct us_mock_json *us_mock_last_turn(const struct us_mock_json *question,
                                             struct us_span *begun, struct us_arena *arena);

/* The texts of a content, which is a string or a list of parts, one after the other. */
struct us_span us_mock_content_text(const struct us_mock_json *content, struct us_arena *arena);

#endif

/* heard.h - an answer as a program understands it
 *
 * A listener is the program's side of a dialect, as strict as the strictest SDK: it reads what we
 * wrote, checks each event against wire-formats 10.7, and puts the pieces together. It shares
 * nothing with src/wire: JSON is read by the mock's parser.
 */
#ifndef US_TESTS_HEARD_H
#define US_TESTS_HEARD_H

#include "cli/mock_json.h"
#include "wire/dialect.h"

struct heard_call {
	struct us_span id, name;
	struct us_buf args;
};

struct heard {
	struct us_arena arena, event; /* what is kept; the event at hand */
	const char *broken;           /* the first rule that was not kept */
	bool done;                    /* the stream's own end was heard */
	bool failed;                  /* it ended in an error */
	struct us_span id, model;
	struct us_buf text;    /* where the dialect has blocks, HEARD_TEXT before each */
	struct us_buf refusal; /* where the dialect has one */
	struct heard_call *calls;
	size_t ncalls;
	struct us_span stop, sequence;
	struct us_usage usage;
};

/* A text block begins, a call stands here. */
#define HEARD_TEXT "\x1etext:"
#define HEARD_CALL "\x1e:call"

struct listener {
	const struct us_dialect *dialect;
	enum us_framing framing; /* of its streams; UNKNOWN: the dialect's */
	void (*stream)(struct heard *h, struct us_span bytes, const struct us_req *asked);
	void (*document)(struct heard *h, struct us_span bytes, const struct us_req *asked);
	/* What should be heard of an answer that says this. */
	void (*expect)(struct heard *h, const struct us_resp *answer, const struct us_req *asked);
};
extern const struct listener listener_openai, listener_responses, listener_anthropic,
	listener_gemini, listener_gemini_array, listener_ollama;

void heard_init(struct heard *h);
void heard_fini(struct heard *h);

void heard_must(struct heard *h, bool holds, const char *rule);
struct heard_call *heard_add_call(struct heard *h, struct us_span id, struct us_span name);
void heard_count(struct heard *h, const struct us_mock_json *usage, const char *path,
                 enum us_usage_bit bit, uint64_t *at);

/* What a dialect whose arguments are objects makes of a call's (wire-formats 3.2). */
void heard_object_args(struct us_buf *out, const struct us_block *call);
/* Where a line end parts documents, a model's own in its arguments is a blank. */
void heard_in_line(struct us_buf *args);
void heard_expect_line(struct heard *h, const struct us_block *call);

/* The next event of a stream in the one form in which we write it, comments left out: `name` may
 * be empty. False at the end, or when something else stands there. */
bool heard_next(struct heard *h, struct us_span *rest, struct us_span *name, struct us_span *data);

/* The data of an event; NULL, and a broken rule, when it is no object. */
const struct us_mock_json *heard_object(struct heard *h, struct us_span data);

/* In what the two differ; NULL: in nothing. Counts are compared that both know; ids if both have
 * them. */
const char *heard_differs(const struct heard *a, const struct heard *b);

/* Is `part` what came before the rest of `all`? Says what is not. */
const char *heard_goes_beyond(const struct heard *part, const struct heard *all);

/* Of an object: the member even if it is null; has it exactly these ("a b c"); a string that is
 * there; an unsigned integer. */
const struct us_mock_json *json_member(const struct us_mock_json *v, const char *name);
bool json_is_null(const struct us_mock_json *v, const char *name);
bool json_only(const struct us_mock_json *v, const char *names);
bool json_says(const struct us_mock_json *v, const char *name, const char *text);
bool json_counts(const struct us_mock_json *v, const char *name);

#endif

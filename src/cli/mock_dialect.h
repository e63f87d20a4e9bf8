/* mock_dialect.h - what one provider's language consists of
 *
 * mock_openai*.c and its like, one set of files per dialect, each fill one of these; nothing else
 * knows a dialect.
 */
#ifndef US_CLI_MOCK_DIALECT_H
#define US_CLI_MOCK_DIALECT_H

#include "cli/mock_answer.h"
#include "cli/mock_check.h"
#include "cli/mock_http.h"

struct us_mock_event {
	const char *name;    /* NULL: only data */
	struct us_span data; /* one line */
	bool content;        /* carries a part of the answer */
	bool last;           /* says that the stream is complete */
};

struct us_mock_events {
	struct us_arena *arena;
	struct us_mock_event *list;
	size_t count;
};

/* One question and its answer, and what makes them unlike all others. */
struct us_mock_exchange {
	struct us_arena *arena;
	const struct us_mock_json *request;
	struct us_mock_ask ask;
	struct us_mock_answer answer;
	uint64_t serial;
	uint64_t created; /* seconds since 1970 */
	bool lax;         /* --compatible */
};

struct us_mock_dialect {
	const char *name;
	const char *path;      /* how the path of its requests ends: "a|b" */
	const char *id_header; /* names a response */
	bool any_type;         /* it does not look at the content type of a request */
	bool lines;            /* a stream is a line for each event, and no SSE */
	bool copied;           /* servers of others speak it, and less strictly: --compatible */
	const struct us_mock_wording *wording;

	/* The key a request presents; .p is NULL if none. */
	struct us_span (*key)(const struct us_mock_http *http);
	/* Takes what stands in the URL; NULL: nothing does. */
	void (*address)(struct us_mock_ask *ask, const struct us_mock_http *http);
	/* All rules about a request whose body is JSON. */
	int (*check)(struct us_mock_check *c, const struct us_mock_http *http,
	             const struct us_mock_json *request, bool lone_surrogate);
	/* Takes from a request that passed what the answer depends on. */
	void (*ask)(struct us_mock_ask *ask, const struct us_mock_json *request,
	            struct us_arena *arena);
	/* The answer as one document and as a stream. */
	void (*body)(const struct us_mock_exchange *x, struct us_buf *b);
	void (*events)(const struct us_mock_exchange *x, struct us_mock_events *e);
	/* A refusal as a document, and as an event of a stream. */
	void (*envelope)(const struct us_mock_refusal *r, uint64_t serial, struct us_buf *b);
	const char *error_event; /* its name; NULL: only data */
	void (*error_data)(const struct us_mock_refusal *r, uint64_t serial,
	                   struct us_buf *b); /* NULL: the envelope is its data */
	struct us_mock_event ping;            /* keeps a connection alive; no data: a comment */
	/* The models it says it has. */
	void (*models)(struct us_buf *b);
};

extern const struct us_mock_dialect us_mock_openai;
extern const struct us_mock_dialect us_mock_responses;
extern const struct us_mock_dialect us_mock_anthropic;
extern const struct us_mock_dialect us_mock_gemini;
extern const struct us_mock_dialect us_mock_ollama;

/* Appends an event whose data is what `data` holds, and empties `data`. */
void us_mock_event_add(struct us_mock_events *e, const char *name, bool content,
                       struct us_buf *data);

/* A member of the object that ends the buffer, with the comma it needs; null for .p NULL. */
void us_mock_member(struct us_buf *b, const char *member, struct us_span text);

#endif

/* recording.h - what real programs said to real providers, and what those answered
 *
 * A directory of JSON files, one exchange each, listed in its INDEX.tsv. Only those of the dialects
 * we speak are read: Chat Completions and Responses by whoever offers them, Anthropic's Messages,
 * also where Vertex and Bedrock offer them, Gemini's, also on Vertex, and Ollama's own.
 */
#ifndef US_TESTS_RECORDING_H
#define US_TESTS_RECORDING_H

#include "report.h"
#include "wire/dialect.h"

#include <stdio.h>

struct recording {
	struct us_span file;
	const struct us_dialect *dialect;
	bool official;          /* by the maker of the dialect, to its own API */
	bool bare;              /* Vertex, Bedrock: the model is not named in the request */
	struct us_span request; /* .p NULL: not recorded */
	struct us_span path;    /* of its URL */
	struct us_span query;
	struct us_span beta; /* the header anthropic-beta; .p NULL: none */
	unsigned status;
	struct us_span type; /* of content */
	struct us_span answer;
	bool stream;
};

struct recordings {
	struct us_arena arena;
	struct report others; /* counts those in no dialect of ours, by what they are */
	struct recording *list;
	size_t n;
};

/* 0, US_ENOENT when the directory is not there, or what is wrong with it. */
int recordings_open(struct recordings *all, const char *dir);
void recordings_close(struct recordings *all);

/* Bedrock's framing of a stream taken off: events as Anthropic itself sends them. */
struct us_span frames_to_events(struct us_span base64, struct us_arena *a);

#endif

/* framing.c - how the documents of an answer are set apart on the wire */
#include "wire/framing.h"

static const struct {
	const char *type;
	bool stream;
} framings[] = {
#define X(name, type, stream) { type, stream },
	US_FRAMINGS(X)
#undef X
};

bool us_framing_is_stream(enum us_framing f) { return framings[f].stream; }

const char *us_framing_type(enum us_framing f) { return framings[f].type; }

/* As nearly every provider spells it: the rest need not be asked. */
static bool is_plain_json(struct us_span type)
{
	size_t n = strlen("application/json");

	return us_span_starts(type, "application/json") && (type.n == n || type.p[n] == ';');
}

enum us_framing us_framing_of(struct us_span type)
{
	if (is_plain_json(type))
		return US_FRAMING_WHOLE;
	if (us_span_has_nocase(type, "text/event-stream"))
		return US_FRAMING_SSE;
	if (us_span_has_nocase(type, "ndjson") || us_span_has_nocase(type, "jsonl"))
		return US_FRAMING_NDJSON;
	if (us_span_has_nocase(type, "json"))
		return US_FRAMING_WHOLE;
	return us_span_has_nocase(type, "text/html") ? US_FRAMING_FOREIGN : US_FRAMING_UNKNOWN;
}

void us_frame_open(struct us_frame *f)
{
	if (f->framing == US_FRAMING_SSE)
		us_buf_add_str(f->out, "data: ");
	else if (f->framing == US_FRAMING_ARRAY)
		us_buf_add_str(f->out, f->begun ? "," : "[");
	if (f->framing == US_FRAMING_ARRAY && f->begun)
		us_buf_add_str(f->out, f->eol);
	f->begun = true;
	f->at = us_buf_span(f->out).n;
}

/* Outside of strings, in which they can't be, they mean nothing. */
static void unfold(struct us_buf *out, size_t at, char end)
{
	char *p;

	for (size_t i = at; i < out->n && (p = memchr(out->p + i, end, out->n - i)); i++) {
		*p = ' ';
		i = (size_t)(p - out->p);
	}
}

void us_frame_close(struct us_frame *f)
{
	if (f->framing != US_FRAMING_ARRAY) {
		unfold(f->out, f->at, '\n');
		unfold(f->out, f->at, '\r');
		us_buf_add_str(f->out, f->eol);
	}
	if (f->framing == US_FRAMING_SSE)
		us_buf_add_str(f->out, f->eol);
}

/* An array without elements is one, too. */
void us_frame_end(struct us_frame *f)
{
	if (f->framing == US_FRAMING_ARRAY)
		us_buf_add_str(f->out, f->begun ? "]" : "[]");
}

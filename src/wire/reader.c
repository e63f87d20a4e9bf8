/* reader.c - reads a provider's answer while it arrives */
#include "wire/reader.h"

#include "wire/peek.h"

#define ERROR_TEXT_MAX ((size_t)64 << 10)

static void note_error(struct us_reader *r, const struct us_hub_err *e)
{
	r->failed = true;
	r->err = (struct us_hub_err){
		.status = e->status,
		.type = us_arena_copy(&r->arena, e->type),
		.code = us_arena_copy(&r->arena, e->code),
		.param = us_arena_copy(&r->arena, e->param),
		.message = us_arena_copy(&r->arena, e->message),
		.retry_ms = e->retry_ms,
	};
}

static int put(void *self, const struct us_ev *ev)
{
	struct us_reader *r = self;

	r->content |= us_ev_is_content(ev);
	r->stopped |= ev->kind == US_EV_STOP;
	if (ev->kind == US_EV_USAGE)
		us_usage_merge(&r->usage, &ev->usage);
	if (ev->kind == US_EV_ERROR)
		note_error(r, &ev->err);
	if (ev->kind == US_EV_END) {
		r->ended = true;
		r->clean = ev->clean;
	}
	if (r->keep.put)
		r->keep.put(r->keep.self, ev);
	return r->next.put ? r->next.put(r->next.self, ev) : 0;
}

void us_reader_init(struct us_reader *r, const struct us_dialect *dialect, enum us_framing framing,
                    struct us_sink next)
{
	*r = (struct us_reader){
		.dialect = dialect, .framing = framing, .next = next, .verbatim = !next.put
	};
	us_arena_init(&r->arena, ERROR_TEXT_MAX);
	us_sse_init(&r->sse);
	us_docs_init(&r->docs, framing == US_FRAMING_ARRAY);
}

/* Made when there is something to decode: a watched document mostly needs none. */
static void *decoder(struct us_reader *r)
{
	if (!r->decoder)
		r->decoder = r->dialect->decoder_new((struct us_sink){ put, r });
	if (!r->decoder)
		r->rc = US_ENOMEM;
	return r->decoder;
}

static int event(struct us_reader *r, struct us_span name, struct us_span data)
{
	if (decoder(r))
		r->rc = r->dialect->decode_event(r->decoder, name, data);
	return r->rc;
}

void us_reader_fini(struct us_reader *r)
{
	if (r->decoder)
		r->dialect->decoder_free(r->decoder);
	us_sse_fini(&r->sse);
	us_docs_fini(&r->docs);
	us_arena_fini(&r->arena);
}

/* By the first byte of a body: a comment, or data, event, id, retry; or JSON. */
static enum us_framing begun_with(const struct us_reader *r, char c)
{
	if (strchr(":deir", c))
		return US_FRAMING_SSE;
	if (c == '[' && r->dialect->arrays)
		return US_FRAMING_ARRAY;
	if (c == '{' && r->framing == US_FRAMING_UNKNOWN &&
	    r->dialect->framing == US_FRAMING_NDJSON)
		return US_FRAMING_NDJSON;
	if (c == '{' || c == '[')
		return US_FRAMING_WHOLE;
	return r->framing == US_FRAMING_UNKNOWN ? US_FRAMING_FOREIGN : r->framing;
}

/* A type that calls a stream JSON, or the other way round, is mistaken, and programs that asked for
 * the one or the other read it all the same. */
void us_reader_sniff(struct us_reader *r, struct us_span bytes)
{
	struct us_span s;

	if (r->sniffed)
		return;
	s = us_span_trim(bytes);
	if (!s.n || (r->framing != US_FRAMING_UNKNOWN && r->framing != US_FRAMING_WHOLE &&
	             r->framing != US_FRAMING_SSE))
		return;
	r->sniffed = true;
	r->framing = begun_with(r, s.p[0]);
	us_docs_init(&r->docs, r->framing == US_FRAMING_ARRAY);
}

static void end_decoding(struct us_reader *r)
{
	if (!r->rc && !r->ended && decoder(r))
		r->rc = r->dialect->decode_end(r->decoder);
}

static bool next_event(struct us_reader *r, struct us_span *in)
{
	bool whole = !r->rc && us_sse_next(&r->sse, in);

	if (whole)
		event(r, us_buf_span(&r->sse.event), us_buf_span(&r->sse.data));
	else if (!r->rc)
		r->rc = r->sse.err;
	return whole;
}

static bool next_document(struct us_reader *r, struct us_span *in)
{
	bool whole = !r->rc && us_docs_next(&r->docs, in);

	if (whole)
		event(r, us_span("", 0), r->docs.doc);
	else if (!r->rc && r->docs.err == US_ESYNTAX)
		event(r, us_span("", 0), us_span("", 0)); /* the decoder's to tell: no document */
	else if (!r->rc)
		r->rc = r->docs.err;
	if (!whole && us_docs_ended(&r->docs))
		end_decoding(r);
	return whole;
}

bool us_reader_next(struct us_reader *r, struct us_span *in)
{
	us_reader_sniff(r, *in);
	if (r->framing == US_FRAMING_SSE)
		return next_event(r, in);
	return us_framing_is_stream(r->framing) && next_document(r, in);
}

static unsigned standing(const struct us_reader *r)
{
	return r->decoder && r->dialect->decoder_look ? r->dialect->decoder_look(r->decoder, NULL)
	                                              : 0;
}

void us_reader_place(const struct us_reader *r, struct us_place *place)
{
	if (r->decoder && r->dialect->decoder_look)
		r->dialect->decoder_look(r->decoder, place);
}

bool us_reader_whole(const struct us_reader *r)
{
	return r->ended ? r->clean : (standing(r) & US_STANDING_WHOLE) != 0;
}

bool us_reader_owes(const struct us_reader *r) { return standing(r) & US_STANDING_OWES; }

bool us_reader_between(const struct us_reader *r)
{
	const struct us_sse *s = &r->sse;

	if (r->framing == US_FRAMING_SSE)
		return !s->line.n && !s->skip_lf && (s->given || (!s->has_data && !s->event.n));
	if (r->framing == US_FRAMING_ARRAY) /* what follows a document parts it from the next */
		return r->docs.doc.p || us_docs_ended(&r->docs);
	return r->framing == US_FRAMING_NDJSON && !r->docs.push.first;
}

bool us_reader_broke(const struct us_reader *r)
{
	return r->failed || r->rc || (r->ended && !r->clean);
}

int us_reader_feed(struct us_reader *r, struct us_span bytes, bool *whole)
{
	size_t used;
	bool done = false;

	us_reader_sniff(r, bytes);
	if (r->framing == US_FRAMING_WHOLE)
		done = us_push_feed(&r->push, bytes, &used) == US_PUSH_DONE;
	else
		while (us_reader_next(r, &bytes))
			;
	if (whole)
		*whole = done;
	return r->rc;
}

static int decode(struct us_reader *r, struct us_span body)
{
	struct us_hub_err err = { 0 };
	struct us_doc doc = { 0 };
	int rc = us_doc_parse(&doc, body);

	if (!rc && r->dialect->decode_error(us_doc_root(&doc), &r->arena, &err))
		note_error(r, &err);
	else if (!rc && (r->next.put || r->keep.put))
		rc = decoder(r) ? r->dialect->decode_whole(r->decoder, us_doc_root(&doc))
		                : US_ENOMEM;
	us_doc_fini(&doc);
	return rc;
}

/* A watcher only wants to know that it is whole and no error: most answers need no parse. */
static int watch(struct us_reader *r, struct us_span body)
{
	struct us_glance seen;
	size_t whole = us_peek_whole(body, &seen);

	if (!whole)
		return US_ESYNTAX;
	r->usage = seen.usage;
	if (seen.error)
		decode(r, us_span(body.p, whole));
	if (r->keep.put && !seen.error)
		decode(r, us_span(body.p, whole));
	r->content = r->stopped = r->ended = r->clean = !r->failed;
	return 0;
}

int us_reader_document(struct us_reader *r, struct us_span body)
{
	int rc = r->next.put ? decode(r, body) : watch(r, body);

	if (!r->rc)
		r->rc = rc;
	return rc;
}

/* An array that was not closed is no JSON to who gets its very bytes, whatever it said before. */
static bool is_torn(const struct us_reader *r)
{
	return r->framing == US_FRAMING_ARRAY && !us_docs_ended(&r->docs) && r->verbatim;
}

int us_reader_end(struct us_reader *r)
{
	if (r->framing == US_FRAMING_SSE && !r->rc && us_sse_end(&r->sse))
		event(r, us_buf_span(&r->sse.event), us_buf_span(&r->sse.data));
	return us_reader_cut(r);
}

int us_reader_cut(struct us_reader *r)
{
	if (is_torn(r))
		r->ended = true;
	end_decoding(r);
	return r->rc;
}

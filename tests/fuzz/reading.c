/* reading.c - an answer, read in pieces */
#include "reading.h"

#include "wire/reader.h"

/* Mostly as the dialect has it. */
struct fuzz_reading fuzz_reading(struct us_span *in)
{
	struct fuzz_reading r = { .dialect = fuzz_dialect(in) };
	unsigned c = fuzz_byte(in) & 7;

	r.framing = c < US_FRAMING_FOREIGN ? (enum us_framing)c : r.dialect->framing;
	return r;
}

static int whole(struct us_reader *reader, struct us_span body)
{
	return reader->rc ? reader->rc : us_reader_document(reader, body);
}

struct fuzz_read fuzz_read(const struct fuzz_reading *r, struct fuzz_cuts cuts, struct us_sink to)
{
	struct us_span rest = r->body, piece;
	struct fuzz_read out = { 0 };
	struct us_reader reader;

	us_reader_init(&reader, r->dialect, r->framing, to);
	while (!out.rc && (piece = fuzz_piece(&cuts, &rest)).p)
		out.rc = us_reader_feed(&reader, piece, NULL);
	if (!out.rc && reader.framing == US_FRAMING_WHOLE)
		out.rc = whole(&reader, r->body);
	if (!out.rc)
		out.rc = us_reader_end(&reader);
	out.clean = reader.clean;
	out.failed = reader.failed;
	us_reader_fini(&reader);
	return out;
}

void fuzz_seed_answer(const struct fuzz_golden *g, const struct fuzz_seeds *to,
                      const unsigned char *first, size_t n)
{
	unsigned char all[16] = { 0 };

	if (strcmp(g->kind, "answer") != 0)
		return;
	memcpy(all, first, n);
	all[n] = fuzz_mark(g->dialect);
	all[n + 1] = (unsigned char)g->framing;
	/* Four bytes of cuts follow. */
	fuzz_seed(to, all, n + 6, g->text);
	all[n + 2] = 7;
	all[n + 3] = 1;
	fuzz_seed(to, all, n + 6, g->text);
}

/* writer.h - writes an answer in the program's dialect, as a stream or as one document
 *
 * The other end of a reader: hub events in, bytes out. Tools that were renamed for the target get
 * their names back here.
 */
#ifndef US_WIRE_WRITER_H
#define US_WIRE_WRITER_H

#include "wire/normalise.h"

/* How the lines of a stream end: as its dialect has it, or as whoever wrote its beginning did. */
enum us_eol { US_EOL_USUAL, US_EOL_LF, US_EOL_CRLF };

struct us_writer {
	const struct us_dialect *dialect;
	struct us_look look; /* look.model: the name borne when the answer says none itself */
	const struct us_renames *renames;
	struct us_buf out; /* bytes for the program; the owner takes them and clears it */
	bool stream;
	bool started, failed;
	void *encoder;        /* of a stream */
	struct us_resp whole; /* of a document */
	struct us_arena arena;
	bool done; /* the last byte is in `out` */
	enum us_eol eol;
};

/* `renames` may be NULL; both it and look->req outlive the writer. NULL without memory. */
struct us_writer *us_writer_new(const struct us_dialect *dialect, const struct us_look *look,
                                const struct us_renames *renames, bool stream, size_t max_bytes);
void us_writer_free(struct us_writer *w);

/* A us_sink.put whose self is the us_writer. */
int us_writer_put(void *writer, const struct us_ev *ev);

#endif

/* out.h - what the commands print: marked lines and tables
 *
 * Text from the page, the environment or a file is cleaned here, in one place, before it reaches a
 * terminal. Colour is for terminals only, and not where NO_COLOR or TERM=dumb asks for none.
 */
#ifndef US_CLI_OUT_H
#define US_CLI_OUT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>

enum us_paint { US_PAINT_NONE, US_PAINT_BOLD, US_PAINT_GREEN, US_PAINT_YELLOW, US_PAINT_RED };

struct us_out {
	FILE *to;
	bool terminal, colour;
};

struct us_out us_out_open(FILE *to);

/* Appends `text`, with '?' for each byte or character that could move a cursor, turn the direction
 * of writing, or is not UTF-8. */
void us_out_clean(struct us_buf *to, struct us_span text);

/* As printf, cleaned; no line end is added, and one in the text does not survive. */
void us_out_add(const struct us_out *o, enum us_paint paint, const char *fmt, ...) US_PRINTF(3, 4);
void us_out_addv(const struct us_out *o, enum us_paint paint, const char *fmt, va_list ap)
	US_PRINTF(3, 0);

/* One line on stderr, "understudy COMMAND: ...", cleaned. */
void us_out_tell(const char *command, const char *fmt, ...) US_PRINTF(2, 3);

/* Prints the document as a line, for --json, and frees it. `j` NULL: there is no cJSON, which is
 * told. The exit status. */
int us_out_json(const struct us_out *o, const char *command, const struct us_json *j, cJSON *doc);

/* Everything has been written: 0, or 1 when it could not be. */
int us_out_done(const struct us_out *o);

struct us_column {
	const char *head;
	bool right; /* numbers */
};

struct us_cell {
	struct us_span text;
	size_t width;
	enum us_paint paint;
};

/* Cells are given row by row and printed in columns as wide as they need. */
struct us_table {
	const struct us_column *columns;
	size_t ncolumns;
	struct us_cell *cells;
	size_t ncells;
	struct us_arena arena;
};

void us_table_init(struct us_table *t, const struct us_column *columns, size_t n);
void us_table_fini(struct us_table *t);
void us_table_add(struct us_table *t, enum us_paint paint, const char *fmt, ...) US_PRINTF(3, 4);
/* Each line after `indent` blanks. The head is left out when no column has one. */
void us_table_print(struct us_table *t, const struct us_out *o, unsigned indent);

/* Appends a time for people: "850ms", "43s", "2m05s", "3h20m". */
void us_out_time(struct us_buf *to, uint64_t ms);

#endif

/* out.c - what the commands print: marked lines and tables */
#include "cli/out.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)64 << 10)
#define TABLE_MAX ((size_t)4 << 20)
#define GAP 2 /* blanks between columns */

static const char *const codes[] = {
	[US_PAINT_NONE] = "",           [US_PAINT_BOLD] = "\033[1m", [US_PAINT_GREEN] = "\033[32m",
	[US_PAINT_YELLOW] = "\033[33m", [US_PAINT_RED] = "\033[31m",
};

struct us_out us_out_open(FILE *to)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct us_out o = { .to = to, .terminal = isatty(fileno(to)) };

	o.colour = o.terminal && !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
	return o;
}

/* --- cleaning -------------------------------------------------------------------------------- */

static bool is_printable(uint32_t c)
{
	/* Controls, line ends, marks that turn the direction of writing, lone surrogates. */
	static const struct {
		uint32_t from, to;
	} bad[] = {
		{ 0, 0x1f },        { 0x7f, 0x9f },     { 0x200e, 0x200f }, { 0x2028, 0x202e },
		{ 0x2066, 0x2069 }, { 0xd800, 0xdfff }, { 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < US_COUNT(bad); i++)
		if (c >= bad[i].from && c <= bad[i].to)
			return false;
	return true;
}

void us_out_clean(struct us_buf *to, struct us_span text)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t c = 0;
		size_t n = us_utf8(us_span(text.p + i, text.n - i), &c);

		if (n && is_printable(c))
			us_buf_add(to, text.p + i, n);
		else
			us_buf_add_char(to, '?');
		i += n ? n : 1;
	}
}

/* --- lines ----------------------------------------------------------------------------------- */

static void put(const struct us_out *o, enum us_paint paint, struct us_span text)
{
	bool painted = o->colour && paint != US_PAINT_NONE;

	if (painted)
		fputs(codes[paint], o->to);
	if (text.n)
		fwrite(text.p, 1, text.n, o->to);
	if (painted)
		fputs("\033[0m", o->to);
}

/* Appends what printf would say, cleaned; what is longer than a line can be is cut. */
US_PRINTF(2, 0) static void format(struct us_buf *to, const char *fmt, va_list ap)
{
	char *text = us_calloc(1, TEXT_MAX);
	int n = text ? vsnprintf(text, TEXT_MAX, fmt, ap) : 0;

	if (n > 0)
		us_out_clean(to, us_span(text, (size_t)n < TEXT_MAX ? (size_t)n : TEXT_MAX - 1));
	us_free(text);
}

void us_out_addv(const struct us_out *o, enum us_paint paint, const char *fmt, va_list ap)
{
	struct us_buf text;

	us_buf_init(&text, TEXT_MAX);
	format(&text, fmt, ap);
	put(o, paint, us_buf_span(&text));
	us_buf_fini(&text);
}

void us_out_add(const struct us_out *o, enum us_paint paint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	us_out_addv(o, paint, fmt, ap);
	va_end(ap);
}

void us_out_tell(const char *command, const char *fmt, ...)
{
	struct us_buf text;
	va_list ap;

	us_buf_init(&text, TEXT_MAX);
	us_buf_addf(&text, "understudy%s%s: ", command[0] ? " " : "", command);
	va_start(ap, fmt);
	format(&text, fmt, ap);
	va_end(ap);
	us_buf_add_char(&text, '\n');
	fwrite(text.p, 1, text.n, stderr);
	us_buf_fini(&text);
}

int us_out_json(const struct us_out *o, const char *command, const struct us_json *j, cJSON *doc)
{
	char *text = j ? j->PrintUnformatted(doc) : NULL;

	if (!j)
		us_out_tell(command, "--json needs libcjson.so.1, which is not on this machine");
	else if (text)
		fprintf(o->to, "%s\n", text);
	if (j) {
		j->free(text);
		j->Delete(doc);
	}
	return text ? 0 : 1;
}

int us_out_done(const struct us_out *o) { return fflush(o->to) || ferror(o->to) ? 1 : 0; }

/* --- tables ---------------------------------------------------------------------------------- */

void us_table_init(struct us_table *t, const struct us_column *columns, size_t n)
{
	*t = (struct us_table){ .columns = columns, .ncolumns = n };
	us_arena_init(&t->arena, TABLE_MAX);
}

void us_table_fini(struct us_table *t) { us_arena_fini(&t->arena); }

/* Characters, for all that is printed here is one column wide. */
static size_t width(struct us_span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

void us_table_add(struct us_table *t, enum us_paint paint, const char *fmt, ...)
{
	struct us_cell *cell = us_arena_push(&t->arena, &t->cells, &t->ncells, sizeof(*cell));
	struct us_buf text;
	va_list ap;

	if (!cell)
		return;
	us_buf_init(&text, TEXT_MAX);
	va_start(ap, fmt);
	format(&text, fmt, ap);
	va_end(ap);
	cell->text = us_arena_copy(&t->arena, us_buf_span(&text));
	cell->width = width(cell->text);
	cell->paint = paint;
	us_buf_fini(&text);
}

static size_t column_width(const struct us_table *t, size_t column)
{
	size_t most = strlen(t->columns[column].head);

	for (size_t i = column; i < t->ncells; i += t->ncolumns)
		if (t->cells[i].width > most)
			most = t->cells[i].width;
	return most;
}

static void blanks(const struct us_out *o, size_t n)
{
	while (n--)
		fputc(' ', o->to);
}

/* Blanks are held back until something follows them: a line does not end in blanks. */
static void print_row(const struct us_table *t, const struct us_out *o, const struct us_cell *row,
                      size_t held)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		size_t pad = column_width(t, i) - row[i].width;

		held += t->columns[i].right ? pad : 0;
		if (row[i].width) {
			blanks(o, held);
			held = 0;
			put(o, row[i].paint, row[i].text);
		}
		held += (t->columns[i].right ? 0 : pad) + GAP;
	}
	fputc('\n', o->to);
}

static void print_head(struct us_table *t, const struct us_out *o, unsigned indent)
{
	struct us_cell *row = us_arena_array(&t->arena, t->ncolumns, sizeof(*row));
	size_t said = 0;

	for (size_t i = 0; row && i < t->ncolumns; i++) {
		struct us_span head = us_span_of(t->columns[i].head);

		row[i] = (struct us_cell){ head, head.n, US_PAINT_BOLD };
		said += head.n;
	}
	if (said)
		print_row(t, o, row, indent);
}

void us_table_print(struct us_table *t, const struct us_out *o, unsigned indent)
{
	print_head(t, o, indent);
	for (size_t i = 0; i + t->ncolumns <= t->ncells; i += t->ncolumns)
		print_row(t, o, t->cells + i, indent);
}

/* --- times ----------------------------------------------------------------------------------- */

void us_out_time(struct us_buf *to, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (ms < 1000)
		us_buf_addf(to, "%llums", (unsigned long long)ms);
	else if (s < 60)
		us_buf_addf(to, "%llus", (unsigned long long)s);
	else if (s < 3600)
		us_buf_addf(to, "%llum%02us", (unsigned long long)(s / 60), (unsigned)(s % 60));
	else
		us_buf_addf(to, "%lluh%02um", (unsigned long long)(s / 3600),
		            (unsigned)(s / 60 % 60));
}

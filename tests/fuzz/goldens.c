/* goldens.c - the files of tests/golden, as fuzz targets take them: <name>.<dialect>.<kind>.<ext>
 */
#include "goldens.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define DIR_NAME "tests/golden"
#define FILE_MAX ((size_t)4 << 20)

bool fuzz_read_file(struct us_buf *out, const char *path)
{
	FILE *f = fopen(path, "rb");
	char piece[4096];
	size_t n;

	if (!f)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		us_buf_add(out, piece, n);
	fclose(f);
	return !out->err;
}

/* Takes the last part behind a dot off `name`. */
static struct us_span take_ext(struct us_span *name)
{
	const char *dot = memrchr(name->p, '.', name->n);
	size_t n = dot ? (size_t)(dot - name->p) : name->n;
	struct us_span ext = us_span(name->p + n + !!dot, name->n - n - !!dot);

	name->n = n;
	return ext;
}

static enum us_framing framing_of(struct us_span ext, struct us_span text)
{
	if (us_span_is(ext, "sse"))
		return US_FRAMING_SSE;
	if (us_span_is(ext, "ndjson"))
		return US_FRAMING_NDJSON;
	return us_span_starts(text, "[") ? US_FRAMING_ARRAY : US_FRAMING_WHOLE;
}

/* False: of no dialect that is spoken. */
static bool read_name(struct us_span name, struct us_span text, struct fuzz_golden *g)
{
	static const char *const kinds[] = { "request", "answer", "error" };
	struct us_span ext = take_ext(&name), kind = take_ext(&name);

	*g = (struct fuzz_golden){ .dialect = us_dialect_by_name(take_ext(&name)), .text = text };
	g->framing = framing_of(ext, text);
	for (size_t i = 0; i < US_COUNT(kinds); i++)
		if (us_span_is(kind, kinds[i]))
			g->kind = kinds[i];
	return g->dialect && g->kind;
}

bool fuzz_goldens(void (*take)(void *self, const struct fuzz_golden *g), void *self)
{
	struct fuzz_golden none = { .kind = "" };
	struct dirent **files;
	int count = scandir(DIR_NAME, &files, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		struct fuzz_golden g;
		struct us_buf text;
		char path[512];

		us_buf_init(&text, FILE_MAX);
		snprintf(path, sizeof(path), DIR_NAME "/%s", files[i]->d_name);
		if (files[i]->d_name[0] != '.' && fuzz_read_file(&text, path) &&
		    read_name(us_span_of(files[i]->d_name), us_buf_span(&text), &g))
			take(self, &g);
		us_buf_fini(&text);
		free(files[i]);
	}
	if (count < 0)
		return false;
	free(files);
	take(self, &none);
	return true;
}

/* recording.c - what real programs said to real providers, and what those answered
 *
 * Read with the mock's parser of JSON, so that a mistake in ours can't hide itself.
 */
#include "recording.h"

#include "cli/mock_json.h"

#define ALL_MAX ((size_t)512 << 20)
#define FILE_MAX ((size_t)64 << 20)

/* Which directories hold a dialect of ours, by the index's name for it. */
static const struct {
	const char *dialect;
	const struct us_dialect *is;
	const char *maker;
	bool bare;
} kinds[] = {
	{ "chat", &us_openai, "openai", false },
	{ "responses", &us_responses, "openai", false },
	{ "messages", &us_anthropic, "anthropic", false },
	{ "rawpredict", &us_anthropic, "anthropic", true },
	{ "invoke", &us_anthropic, "anthropic", true },
	{ "native-chat", &us_ollama, "ollama", false },
	{ "generatecontent", &us_gemini, "gemini", false },
};

static int read_file(struct us_buf *out, const char *dir, struct us_span name)
{
	char path[1024], piece[65536];
	size_t n;
	FILE *f;

	us_buf_init(out, FILE_MAX);
	snprintf(path, sizeof(path), "%s/%.*s", dir, (int)name.n, name.p);
	f = fopen(path, "rb");
	if (!f)
		return US_ENOENT;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		us_buf_add(out, piece, n);
	fclose(f);
	return out->err;
}

/* A header, in any case; .p is NULL if there is none. */
static struct us_span header(const struct us_mock_json *message, const char *name)
{
	const struct us_mock_json *all = us_mock_json_get(message, "headers");

	for (const struct us_mock_json *h = all ? all->first : NULL; h; h = h->next)
		if (us_span_is_nocase(h->key, name))
			return us_mock_json_text(h);
	return us_span(NULL, 0);
}

/* Bedrock offers many languages under one path, two of them Anthropic's. */
static bool is_messages(const struct recording *rec, const struct us_mock_json *request)
{
	struct us_span url = us_mock_json_text(us_mock_json_get(request, "url"));

	return us_span_has(url, "anthropic") && us_span_has(rec->request, "\"messages\"");
}

static void read_url(struct recording *rec, struct us_span url)
{
	const char *host = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
	const char *end = url.p + url.n, *slash;

	slash = host ? memchr(host + 3, '/', (size_t)(end - host) - 3) : NULL;
	if (!slash)
		return;
	rec->query = us_span(slash, (size_t)(end - slash));
	us_span_next(&rec->query, '?', &rec->path);
}

/* False: it is in no dialect of ours after all. */
static bool read_exchange(struct recording *rec, const struct us_mock_json *root,
                          struct us_arena *a)
{
	const struct us_mock_json *request = us_mock_json_get(root, "request");
	const struct us_mock_json *answer = us_mock_json_get(root, "response");
	const struct us_mock_json *frames = us_mock_json_get(answer, "body_b64");
	const struct us_mock_json *status = us_mock_json_get(answer, "status");
	const struct us_mock_json *kind = us_mock_json_get(root, "stream_kind");

	rec->request = us_mock_json_text(us_mock_json_get(request, "body"));
	if (!rec->request.n)
		rec->request = us_span(NULL, 0);
	rec->beta = header(request, "anthropic-beta");
	read_url(rec, us_mock_json_text(us_mock_json_get(request, "url")));
	rec->status = status ? (unsigned)status->number : 0;
	rec->type = frames ? US_SPAN("text/event-stream") : header(answer, "content-type");
	rec->stream = us_mock_json_is(kind, "sse") || us_mock_json_is(kind, "json-array") ||
	              frames || us_framing_is_stream(us_framing_of(rec->type));
	rec->answer = us_mock_json_text(us_mock_json_get(answer, "body"));
	if (frames)
		rec->answer = frames_to_events(frames->text, a);
	/* Of some streams only what the events hold was kept. */
	return !us_mock_json_is(kind, "payload-lines") && (!rec->bare || is_messages(rec, request));
}

static int add(struct recordings *all, const char *dir, const struct recording *kind)
{
	struct us_mock_json_error error;
	const struct us_mock_json *root;
	struct recording rec = *kind, *at;
	struct us_buf file;
	bool lone;

	if (read_file(&file, dir, rec.file))
		return US_EIO;
	root = us_mock_json_parse(&all->arena, us_mock_keep(&all->arena, &file), &lone, &error);
	if (!root)
		return US_ESYNTAX;
	if (!read_exchange(&rec, root, &all->arena)) {
		report_count(&all->others, rec.bare ? "other languages of Bedrock and Vertex"
		                                    : "without its framing");
		return 0;
	}
	at = us_arena_push(&all->arena, &all->list, &all->n, sizeof(*at));
	if (at)
		*at = rec;
	return all->arena.err;
}

/* file, provider, dialect ... */
static int add_row(struct recordings *all, const char *dir, struct us_span row)
{
	struct recording rec = { 0 };
	struct us_span provider = { 0 }, dialect = { 0 };

	us_span_next(&row, '\t', &rec.file);
	us_span_next(&row, '\t', &provider);
	us_span_next(&row, '\t', &dialect);
	for (size_t i = 0; i < US_COUNT(kinds); i++) {
		if (!us_span_is(dialect, kinds[i].dialect))
			continue;
		rec.dialect = kinds[i].is;
		rec.bare = kinds[i].bare;
		rec.official = us_span_is(provider, kinds[i].maker);
		return add(all, dir, &rec);
	}
	if (rec.file.n && !us_span_is(rec.file, "file"))
		report_count(&all->others, us_arena_copy(&all->arena, dialect).p);
	return 0;
}

int recordings_open(struct recordings *all, const char *dir)
{
	struct us_span rest, row;
	struct us_buf index;
	int rc = read_file(&index, dir, US_SPAN("INDEX.tsv"));

	*all = (struct recordings){ 0 };
	us_arena_init(&all->arena, ALL_MAX);
	report_init(&all->others);
	rest = us_mock_keep(&all->arena, &index);
	while (!rc && us_span_next(&rest, '\n', &row))
		rc = add_row(all, dir, row);
	return rc;
}

void recordings_close(struct recordings *all)
{
	us_buf_fini(&all->others.said);
	us_arena_fini(&all->arena);
}

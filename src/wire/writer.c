/* writer.c - writes an answer in the program's dialect */
#include "wire/writer.h"

#include "base/mem.h"

#define NAMES_MAX ((size_t)64 << 10)

struct us_writer *us_writer_new(const struct us_dialect *dialect, const struct us_look *look,
                                const struct us_renames *renames, bool stream, size_t max_bytes)
{
	struct us_writer *w = us_calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct us_writer){
		.dialect = dialect, .look = *look, .renames = renames, .stream = stream
	};
	if (w->look.framing == US_FRAMING_UNKNOWN)
		w->look.framing = dialect->framing;
	us_buf_init(&w->out, max_bytes);
	us_arena_init(&w->arena, NAMES_MAX);
	us_resp_init(&w->whole, max_bytes);
	return w;
}

void us_writer_free(struct us_writer *w)
{
	if (!w)
		return;
	if (w->encoder)
		w->dialect->encoder_free(w->encoder);
	us_resp_fini(&w->whole);
	us_arena_fini(&w->arena);
	us_buf_fini(&w->out);
	us_free(w);
}

/* The encoder is made at START, when the name of who answers is known. */
static int start(struct us_writer *w, const struct us_ev *ev)
{
	w->started = true;
	if (ev->model.n && !w->look.model_stays)
		w->look.model = us_arena_copy(&w->arena, ev->model);
	if (w->stream)
		w->encoder = w->dialect->encoder_new(&w->look, &w->out);
	return w->stream && !w->encoder ? US_ENOMEM : 0;
}

static int whole(struct us_writer *w, const struct us_ev *ev)
{
	int rc = us_resp_put(&w->whole, ev);

	if (rc || ev->kind != US_EV_END || !ev->clean)
		return rc;
	rc = w->dialect->encode_whole(&w->look, &w->whole, &w->out);
	w->done = !rc;
	return rc;
}

/* No string of JSON holds a line end. */
static void end_lines(struct us_writer *w, size_t at)
{
	struct us_span old = us_buf_span(&w->out);
	struct us_buf fresh;

	us_buf_init(&fresh, w->out.max);
	us_buf_add(&fresh, old.p, at);
	for (size_t i = at; i < old.n; i++) {
		bool lf = old.p[i] == '\n',
		     both = old.p[i] == '\r' && i + 1 < old.n && old.p[i + 1] == '\n';

		if (lf && w->eol == US_EOL_CRLF && (i == at || old.p[i - 1] != '\r'))
			us_buf_add_char(&fresh, '\r');
		if (!both || w->eol == US_EOL_CRLF)
			us_buf_add_char(&fresh, old.p[i]);
	}
	us_buf_fini(&w->out);
	w->out = fresh;
}

/* What a program is told when its stand-in's stream ends without an end. */
static const struct us_ev broke_off = {
	.kind = US_EV_ERROR,
	.err = { .status = 503,
	         .type = { "api_error", sizeof("api_error") - 1 },
	         .message = { "the answer broke off", sizeof("the answer broke off") - 1 } },
};

int us_writer_put(void *writer, const struct us_ev *ev)
{
	struct us_writer *w = writer;
	struct us_ev named = *ev;
	size_t at = w->out.n;
	int rc = w->started ? 0 : start(w, ev);

	if (rc)
		return rc;
	if (ev->kind == US_EV_BLOCK_OPEN && ev->block == US_TOOL_CALL && w->renames)
		named.name = us_rename_back(w->renames, ev->name);
	if (!w->stream)
		return whole(w, &named);
	if (ev->kind == US_EV_END && !ev->clean && !w->failed)
		rc = w->dialect->encode_event(w->encoder, &broke_off);
	w->failed |= ev->kind == US_EV_ERROR;
	if (!rc)
		rc = w->dialect->encode_event(w->encoder, &named);
	w->done |= ev->kind == US_EV_END && ev->clean;
	if (w->eol && w->out.n > at)
		end_lines(w, at);
	return rc ? rc : w->out.err;
}

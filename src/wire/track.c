/* track.c - what the program has got of an answer so far */
#include "wire/track.h"

#include "base/mem.h"

#define NAME_MAX_BYTES ((size_t)4096)

struct us_track *us_track_new(struct us_writer *writer, bool holds, size_t max_bytes)
{
	struct us_track *t = us_calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->writer = writer;
	t->holds = holds;
	us_resp_init(&t->said, max_bytes);
	us_tape_init(&t->waiting, max_bytes);
	us_buf_init(&t->call, NAME_MAX_BYTES);
	return t;
}

void us_track_free(struct us_track *t)
{
	if (!t)
		return;
	us_resp_fini(&t->said);
	us_tape_fini(&t->waiting);
	us_buf_fini(&t->call);
	us_free(t);
}

static int pass(void *track, const struct us_ev *ev)
{
	struct us_track *t = track;
	int rc = us_resp_put(&t->said, ev);

	t->content |= us_ev_is_content(ev);
	if (!rc && t->writer)
		rc = us_writer_put(t->writer, ev);
	return rc;
}

int us_track_release(struct us_track *t)
{
	return us_tape_play(&t->waiting, (struct us_sink){ pass, t });
}

void us_track_drop(struct us_track *t)
{
	us_tape_drop(&t->waiting);
	t->in_call = false;
}

static void call_begins(struct us_track *t, const struct us_ev *ev)
{
	us_buf_clear(&t->call);
	us_buf_add_span(&t->call, ev->name);
	t->in_call = t->holds;
	t->freeform = ev->freeform;
	t->args = (struct us_push){ 0 };
}

static void call_is_whole(struct us_track *t)
{
	t->in_call = false;
	us_buf_clear(&t->call);
}

/* A number may go on, and what is no JSON may yet end somehow: of these only the end tells. */
static bool ends_object(struct us_track *t, struct us_span piece)
{
	size_t used;

	return !t->freeform && us_push_feed(&t->args, piece, &used) == US_PUSH_DONE &&
	       t->args.first == '{';
}

static void note_call(struct us_track *t, const struct us_ev *ev)
{
	if (ev->kind == US_EV_BLOCK_OPEN && ev->block == US_TOOL_CALL)
		call_begins(t, ev);
	else if (ev->kind == US_EV_ARGS && t->in_call && ends_object(t, ev->text))
		call_is_whole(t);
	else if (ev->kind == US_EV_BLOCK_CLOSE && ev->block == US_TOOL_CALL)
		call_is_whole(t);
}

int us_track_put(void *track, const struct us_ev *ev)
{
	struct us_track *t = track;
	int rc;

	if (ev->kind == US_EV_ERROR || (ev->kind == US_EV_END && !ev->clean))
		return 0;
	note_call(t, ev);
	if (t->writer && !t->in_call && us_tape_empty(&t->waiting))
		return pass(t, ev);
	rc = us_tape_put(&t->waiting, ev);
	return !rc && t->writer && !t->in_call ? us_track_release(t) : rc;
}

/* --- what was said --------------------------------------------------------------------------- */

static int tell_block(const struct us_track *t, unsigned ix, struct us_sink to)
{
	const struct us_block *b = &t->said.blocks[ix];
	bool call = b->kind == US_TOOL_CALL, open = t->said.in_block && ix + 1 == t->said.nblocks;
	struct us_span text = open ? us_buf_span(&t->said.open) : call ? b->args : b->text;
	struct us_ev ev = {
		.kind = US_EV_BLOCK_OPEN, .ix = ix, .block = b->kind, .id = b->id, .name = b->name
	};
	int rc = to.put(to.self, &ev);

	ev.kind = call ? US_EV_ARGS : US_EV_TEXT;
	ev.text = text;
	if (!rc && text.n)
		rc = to.put(to.self, &ev);
	ev.kind = US_EV_BLOCK_CLOSE;
	return rc || open ? rc : to.put(to.self, &ev);
}

/* All that has been said, as events. */
static int tell(const struct us_track *t, struct us_sink to)
{
	const struct us_resp *r = &t->said;
	struct us_ev ev = { .kind = US_EV_START,
		            .id = r->id,
		            .model = r->model,
		            .created = r->created,
		            .usage = r->usage };
	int rc = to.put(to.self, &ev);

	for (unsigned i = 0; !rc && i < r->nblocks; i++)
		rc = tell_block(t, i, to);
	ev = (struct us_ev){ .kind = US_EV_STOP, .stop = r->stop, .text = r->stop_sequence };
	if (!rc && r->stopped)
		rc = to.put(to.self, &ev);
	ev = (struct us_ev){ .kind = US_EV_USAGE, .usage = r->usage };
	if (!rc && r->usage.known)
		rc = to.put(to.self, &ev);
	return rc;
}

int us_track_prime(const struct us_track *t, struct us_writer *w, const struct us_place *place)
{
	int rc = w->dialect->encoder_resume ? tell(t, (struct us_sink){ us_writer_put, w })
	                                    : US_EINVAL;

	if (!rc)
		w->dialect->encoder_resume(w->encoder, &t->said, place);
	us_buf_clear(&w->out);
	return rc;
}

void us_track_text(const struct us_track *t, struct us_buf *out)
{
	const struct us_resp *r = &t->said;

	for (size_t i = 0; i < r->nblocks; i++)
		if (r->blocks[i].kind == US_TEXT)
			us_buf_add_span(out, r->in_block && i + 1 == r->nblocks
			                             ? us_buf_span(&r->open)
			                             : r->blocks[i].text);
}

uint64_t us_track_bytes(const struct us_track *t)
{
	const struct us_resp *r = &t->said;
	uint64_t n = r->in_block ? r->open.n : 0;

	for (size_t i = 0; i < r->nblocks; i++)
		n += r->blocks[i].kind == US_THINK ? 0 : r->blocks[i].text.n + r->blocks[i].args.n;
	return n;
}

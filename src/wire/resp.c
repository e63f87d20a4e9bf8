/* resp.c - adds a sequence of answer events up to the document they mean
 *
 * Spans of an event die with the call, so that all of them are copied. Text and arguments of the
 * open block gather in r->open, which joins a surrogate pair that two deltas split; on its close
 * they move to the arena as one span. At most one block is open at a time: that is promised by
 * every decoder (answer.h), and it is always the last one of r->blocks.
 *
 * An answer that is cut off keeps what it had. Whether it may be printed is the owner's question:
 * r->ended says that the end was clean, r->failed that the provider said an error.
 */
#include "wire/resp.h"

#include "wire/request.h"
#include "wire/text.h"

void us_resp_init(struct us_resp *r, size_t max_bytes)
{
	*r = (struct us_resp){ .stop = US_STOP_OTHER };
	us_arena_init(&r->arena, max_bytes);
	us_buf_init(&r->open, max_bytes);
}

void us_resp_fini(struct us_resp *r)
{
	us_arena_fini(&r->arena);
	us_buf_fini(&r->open);
}

/* Unset stays unset. */
static struct us_span keep(struct us_resp *r, struct us_span s)
{
	return us_set(s) ? us_arena_copy(&r->arena, s) : s;
}

static void start(struct us_resp *r, const struct us_ev *ev)
{
	r->id = keep(r, ev->id);
	r->model = keep(r, ev->model);
	r->created = ev->created;
}

static void open_block(struct us_resp *r, const struct us_ev *ev)
{
	struct us_block *b = us_arena_push(&r->arena, &r->blocks, &r->nblocks, sizeof(*b));

	us_buf_clear(&r->open);
	if (!b)
		return;
	b->kind = ev->block;
	b->id = keep(r, ev->id);
	b->name = keep(r, ev->name);
	b->args_kind = ev->freeform ? US_ARGS_FREEFORM : US_ARGS_EMPTY;
	r->in_block = true;
}

/* Signatures come whole, or nearly: what is built anew for each piece does not grow long. */
static void sign(struct us_resp *r, const struct us_ev *ev)
{
	struct us_block *b = r->in_block ? &r->blocks[r->nblocks - 1] : NULL;
	char *all;

	if (!b)
		return;
	all = us_arena_alloc(&r->arena, b->sig.n + ev->text.n + 1);
	if (!all)
		return;
	if (b->sig.n)
		memcpy(all, b->sig.p, b->sig.n);
	if (ev->text.n)
		memcpy(all + b->sig.n, ev->text.p, ev->text.n);
	b->sig = us_span(all, b->sig.n + ev->text.n);
}

/* Also called where an error or the end of the stream leaves a block open. */
static void close_block(struct us_resp *r)
{
	struct us_block *b;
	struct us_span all;

	if (!r->in_block)
		return;
	r->in_block = false;
	b = &r->blocks[r->nblocks - 1];
	all = us_arena_copy(&r->arena, us_buf_span(&r->open));
	if (b->kind == US_TOOL_CALL) {
		b->args = all;
		if (b->args_kind != US_ARGS_FREEFORM)
			b->args_kind = us_args_kind(all);
	} else {
		b->text = all;
	}
}

static void fail(struct us_resp *r, const struct us_hub_err *err)
{
	r->err = (struct us_hub_err){
		.status = err->status,
		.type = keep(r, err->type),
		.code = keep(r, err->code),
		.param = keep(r, err->param),
		.message = keep(r, err->message),
		.retry_ms = err->retry_ms,
	};
	r->failed = true;
	close_block(r);
}

static void stop(struct us_resp *r, const struct us_ev *ev)
{
	r->stop = ev->stop;
	r->stop_sequence = keep(r, ev->text);
	r->stopped = true;
}

int us_resp_put(void *resp, const struct us_ev *ev)
{
	struct us_resp *r = resp;

	switch (ev->kind) {
	case US_EV_START:
		start(r, ev);
		break;
	case US_EV_BLOCK_OPEN:
		open_block(r, ev);
		break;
	case US_EV_TEXT:
	case US_EV_ARGS:
		us_text_join(&r->open, ev->text);
		break;
	case US_EV_SIG:
		sign(r, ev);
		break;
	case US_EV_BLOCK_CLOSE:
		close_block(r);
		break;
	case US_EV_STOP:
		stop(r, ev);
		break;
	case US_EV_USAGE:
		us_usage_merge(&r->usage, &ev->usage);
		break;
	case US_EV_PING:
		break;
	case US_EV_ERROR:
		fail(r, &ev->err);
		break;
	case US_EV_END:
		close_block(r);
		r->ended = ev->clean;
		break;
	}
	return r->arena.err ? r->arena.err : r->open.err;
}

uint64_t us_resp_bytes(const struct us_resp *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->nblocks; i++)
		if (r->blocks[i].kind != US_THINK)
			n += r->blocks[i].text.n + r->blocks[i].args.n;
	return n;
}

uint64_t us_usage_out(const struct us_usage *u, uint64_t bytes)
{
	return u->known & US_USAGE_OUT ? u->out : (bytes + 3) / 4;
}

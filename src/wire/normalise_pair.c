/* normalise_pair.c - every tool call gets one result, every result belongs to a call
 *
 * Turns are read in stretches: the assistant's in a row, then all others in a row. What the
 * assistant called in one stretch is answered in the next, whatever order or turn the program put
 * its results in: they move to the front of the user turn behind the calls, in the calls' order.
 * A call without a result gets one that says so, since no provider takes a dangling call; a result
 * without a call becomes text, since no provider takes that either. Assistant turns that follow
 * each other with calls open become one turn, for nothing may stand between calls and results.
 *
 * An id that was used before gets a suffix, on the call and on its result.
 */
#include "wire/normalise_parts.h"

#define NO_RESULT "[no result was recorded for this call]"
#define ORPHAN "[Result of an earlier tool call "

/* A call that waits for its result. */
struct us_call {
	struct us_block call;
	struct us_block result;
	bool answered;
	struct us_seen *home; /* of the id as the program wrote it */
	struct us_call *next; /* a later one of the same id */
};

struct pairing {
	struct us_normal *n;
	struct us_seen_set ids;
	struct us_turns out;
	struct us_call **open; /* of the stretch, in order */
	size_t nopen;
};

/* `id` if it is new, else with _2, _3 ... behind it. */
static struct us_span unique_id(struct pairing *p, struct us_span id)
{
	struct us_seen *seen = us_seen_at(&p->ids, id);
	struct us_span fresh = id;

	while (seen->count++ && !p->n->a->err) {
		struct us_span parts[] = { id, us_arena_printf(p->n->a, "_%u", seen->count) };

		fresh = us_normal_join(p->n, parts, US_COUNT(parts));
		if (!us_seen_at(&p->ids, fresh)->count++)
			break;
	}
	return fresh;
}

/* Waits under the id the program knows it by, and goes out under one that is unique. */
static void open_call(struct pairing *p, struct us_block *call)
{
	struct us_seen *seen = us_seen_at(&p->ids, call->id);
	struct us_call *c = us_arena_alloc(p->n->a, sizeof(*c));
	struct us_call **at =
		c ? us_arena_push(p->n->a, &p->open, &p->nopen, sizeof(*p->open)) : NULL;

	if (!at)
		return;
	*at = c;
	c->home = seen;
	if (seen->first)
		seen->last->next = c;
	else
		seen->first = c;
	seen->last = c;
	call->id = unique_id(p, call->id);
	c->call = *call;
}

/* Joins the turn before it if that one has calls open. */
static void take_assistant(struct pairing *p, const struct us_turn *from)
{
	struct us_turn *t = p->nopen ? &p->out.list[p->out.n - 1]
	                             : us_normal_turn(p->n, &p->out, US_ROLE_ASSISTANT);

	if (t && !p->nopen)
		t->name = from->name;
	for (size_t i = 0; i < from->nblocks; i++) {
		struct us_block b = from->blocks[i];

		if (b.kind == US_TOOL_CALL)
			open_call(p, &b);
		us_normal_blocks(p->n, t, &b, 1);
	}
}

/* The call that waits for this result gets it. */
static bool claim(struct pairing *p, const struct us_block *result)
{
	struct us_seen *seen = us_seen_at(&p->ids, result->id);
	struct us_call *c = seen->first;

	if (!c)
		return false;
	seen->first = c->next;
	c->result = *result;
	c->result.id = c->call.id;
	c->result.name = c->call.name;
	c->result.args_kind = c->call.args_kind;
	c->answered = true;
	return true;
}

/* The text says what it was the result of; pictures and the like stand behind it. */
static void take_orphan(struct pairing *p, struct us_turn *t, const struct us_block *result)
{
	struct us_span parts[] = { US_SPAN(ORPHAN), result->name.n ? result->name : result->id,
		                   US_SPAN("]\n"), US_SPAN("") };
	size_t from = 0;

	us_diag(p->n->diags, US_DEGRADED, "ORPHAN_RESULT", US_SPAN("tool_result"));
	while (from < result->nblocks && us_is_blank(&result->blocks[from]))
		from++;
	if (from == result->nblocks)
		return;
	if (result->blocks[from].kind == US_TEXT)
		parts[3] = result->blocks[from++].text;
	us_normal_text(p->n, t, us_normal_join(p->n, parts, US_COUNT(parts)));
	us_normal_blocks(p->n, t, result->blocks + from, result->nblocks - from);
}

/* A turn that is not the assistant's, without the results that found their calls. */
static void take_other(struct pairing *p, const struct us_turn *from, struct us_turns *rest)
{
	struct us_turn *t = us_normal_turn(p->n, rest, from->role);

	if (!t)
		return;
	t->name = from->name;
	for (size_t i = 0; i < from->nblocks; i++) {
		const struct us_block *b = &from->blocks[i];

		if (b->kind != US_TOOL_RESULT)
			us_normal_blocks(p->n, t, b, 1);
		else if (!claim(p, b))
			take_orphan(p, t, b);
	}
	if (from->nblocks && !t->nblocks)
		rest->n--; /* nothing is left of it */
}

/* An error, so that the model does not take the note for what the tool said. */
static void put_result(struct pairing *p, struct us_turn *t, struct us_call *c)
{
	static struct us_block none = { .kind = US_TEXT,
		                        .text = { NO_RESULT, sizeof(NO_RESULT) - 1 } };

	if (!c->answered) {
		c->result = (struct us_block){ .kind = US_TOOL_RESULT,
			                       .id = c->call.id,
			                       .name = c->call.name,
			                       .args_kind = c->call.args_kind,
			                       .is_error = US_YES,
			                       .blocks = &none,
			                       .nblocks = 1 };
		us_diag(p->n->diags, US_DEGRADED, "DANGLING_CALL", US_SPAN("tool_call"));
	}
	us_normal_blocks(p->n, t, &c->result, 1);
}

/* The results of the open calls, and behind them what else the user said. */
static void settle(struct pairing *p, const struct us_turns *rest)
{
	struct us_turn *t = NULL;
	size_t from = 0;

	if (p->nopen)
		t = us_normal_turn(p->n, &p->out, US_ROLE_USER);
	for (size_t i = 0; i < p->nopen; i++)
		put_result(p, t, p->open[i]);
	if (t && rest->n && rest->list[0].role == US_ROLE_USER) {
		t->name = rest->list[0].name;
		us_normal_blocks(p->n, t, rest->list[0].blocks, rest->list[0].nblocks);
		from = 1;
	}
	for (size_t i = from; i < rest->n; i++) {
		t = us_normal_turn(p->n, &p->out, rest->list[i].role);
		if (t)
			*t = rest->list[i];
	}
}

/* Whoever comes later with one of these ids comes too late. */
static void close_calls(struct pairing *p)
{
	for (size_t i = 0; i < p->nopen; i++)
		p->open[i]->home->first = NULL;
	p->open = NULL;
	p->nopen = 0;
}

/* The next stretch that is not the assistant's; returns the index behind it. */
static size_t take_others(struct pairing *p, size_t i)
{
	const struct us_req *r = p->n->r;
	struct us_turns rest = { 0 };

	for (; i < r->nturns && r->turns[i].role != US_ROLE_ASSISTANT; i++)
		take_other(p, &r->turns[i], &rest);
	settle(p, &rest);
	close_calls(p);
	return i;
}

/* Each call may bring its id and a fresh one, each result an id that nobody called. */
static size_t count_ids(const struct us_req *r)
{
	size_t ids = 0;

	for (size_t i = 0; i < r->nturns; i++)
		for (size_t k = 0; k < r->turns[i].nblocks; k++) {
			enum us_block_kind kind = r->turns[i].blocks[k].kind;

			ids += kind == US_TOOL_CALL ? 2 : kind == US_TOOL_RESULT;
		}
	return ids;
}

void us_normal_pair(struct us_normal *n)
{
	struct pairing p = { .n = n };
	size_t ids = count_ids(n->r), i = us_req_lead(n->r);

	if (!ids || !us_seen_init(&p.ids, n->a, ids))
		return;
	us_normal_keep(n, &p.out, 0, i);
	while (i < n->r->nturns) {
		if (n->r->turns[i].role == US_ROLE_ASSISTANT)
			take_assistant(&p, &n->r->turns[i++]);
		else
			i = take_others(&p, i);
	}
	if (p.nopen)
		take_others(&p, i);
	us_normal_replace(n, &p.out);
}

/* normalise.c - makes a decoded request fit for a target, before it is encoded
 *
 * A table of passes, each over the whole request, in the order of wire-formats 5: later ones rely
 * on earlier ones (only paired calls have results to put first, only merged turns alternate). A
 * pass that changes the number of turns builds a new list and puts it in place of the old.
 *
 * What applies is read from the dialect's limits and from what the model can do.
 */
#include "wire/normalise_parts.h"

#define CUT_TAIL 200 /* characters of a prefill that the instruction quotes */

struct us_turn *us_normal_turn(struct us_normal *n, struct us_turns *out, enum us_role role)
{
	struct us_turn *t = us_arena_push(n->a, &out->list, &out->n, sizeof(*t));

	if (t)
		*t = (struct us_turn){ .role = role };
	return t;
}

void us_normal_keep(struct us_normal *n, struct us_turns *out, size_t from, size_t to)
{
	for (; from < to; from++) {
		struct us_turn *t = us_normal_turn(n, out, n->r->turns[from].role);

		if (t)
			*t = n->r->turns[from];
	}
}

void us_normal_replace(struct us_normal *n, const struct us_turns *out)
{
	n->r->turns = out->list;
	n->r->nturns = out->n;
}

void us_normal_blocks(struct us_normal *n, struct us_turn *t, const struct us_block *b,
                      size_t count)
{
	for (size_t i = 0; t && i < count; i++) {
		struct us_block *at = us_arena_push(n->a, &t->blocks, &t->nblocks, sizeof(*at));

		if (at)
			*at = b[i];
	}
}

void us_normal_text(struct us_normal *n, struct us_turn *t, struct us_span text)
{
	struct us_block b = { .kind = US_TEXT, .text = text };

	us_normal_blocks(n, t, &b, 1);
}

struct us_span us_normal_join(struct us_normal *n, const struct us_span *parts, size_t count)
{
	size_t size = 0, at = 0;
	char *p;

	for (size_t i = 0; i < count; i++)
		size += parts[i].n;
	p = us_arena_alloc(n->a, size + 1);
	if (!p)
		return us_span("", 0);
	for (size_t i = 0; i < count; at += parts[i++].n)
		if (parts[i].n)
			memcpy(p + at, parts[i].p, parts[i].n);
	return us_span(p, size);
}

bool us_is_blank(const struct us_block *b)
{
	return b->kind == US_TEXT && !us_span_trim(b->text).n;
}

/* One loss for each name. */
static void each(struct us_normal *n, enum us_loss loss, const char *code,
                 const struct us_span *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		us_diag(n->diags, loss, code, names[i]);
}

/* A block of a kind that is not known might be half of what the program says: to leave it out would
 * be to ask another question. Results hold blocks, too, but only a few levels of them. */
static void refuse_blocks(struct us_normal *n, const struct us_block *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (b[i].kind == US_HOSTED)
			us_diag(n->diags, US_IMPOSSIBLE, "HOSTED_BLOCK", b[i].type);
		if (b[i].kind == US_UNKNOWN)
			us_diag(n->diags, US_IMPOSSIBLE, "UNKNOWN_BLOCK", b[i].type);
		if (b[i].media == US_MEDIA_FILE_ID)
			us_diag(n->diags, US_IMPOSSIBLE, "STATE_REF", US_SPAN("file_id"));
		if (b[i].kind == US_TOOL_RESULT)
			refuse_blocks(n, b[i].blocks, b[i].nblocks);
	}
}

/* What no other provider has, and what nobody can say of whom he does not understand. */
static void tell_losses(struct us_normal *n)
{
	struct us_req *r = n->r;

	each(n, US_IMPOSSIBLE, "STATE_REF", r->state_refs, r->nstate_refs);
	each(n, US_DEGRADED, "UNKNOWN_MEMBER", r->unknown, r->nunknown);
	each(n, US_DEGRADED, "MEMBER_DROPPED", r->dropped, r->ndropped);
	if (r->logprobs == US_YES) /* answers go through the hub without them */
		us_diag(n->diags, US_RISKY, "LOGPROBS_DROPPED", US_SPAN("logprobs"));
	r->logprobs = US_UNSET;
	if (!r->nturns)
		us_diag(n->diags, US_IMPOSSIBLE, "NO_MESSAGES", US_SPAN("messages"));
	for (size_t i = 0; i < r->ntools; i++)
		if (r->tools[i].kind == US_TOOL_HOSTED)
			us_diag(n->diags, US_IMPOSSIBLE, "HOSTED_TOOL", r->tools[i].type);
	for (size_t i = 0; i < r->nturns; i++)
		refuse_blocks(n, r->turns[i].blocks, r->turns[i].nblocks);
}

/* Signed thinking is void elsewhere. Claude Code's billing header is for its own provider and
 * would spoil every prompt cache. */
static bool is_private(const struct us_turn *t, const struct us_block *b)
{
	return b->kind == US_THINK || (us_is_instruction(t) && b->kind == US_TEXT &&
	                               us_span_starts(b->text, "x-anthropic-billing-header"));
}

/* Thoughts that led to calls stay for a server that wants these back with them. */
static bool keeps_thoughts(const struct us_normal *n, const struct us_turn *t)
{
	bool calls = false;

	for (size_t i = 0; i < t->nblocks && n->profile->echo; i++)
		calls |= t->blocks[i].kind == US_TOOL_CALL;
	return calls;
}

static void drop_private_of(struct us_normal *n, struct us_turn *t)
{
	bool keeps = keeps_thoughts(n, t);
	size_t kept = 0;

	for (size_t k = 0; k < t->nblocks; k++) {
		struct us_block b = t->blocks[k];

		if (!is_private(t, &b) || (keeps && b.kind == US_THINK && b.text.n))
			t->blocks[kept++] = b;
		else if (b.kind == US_THINK)
			us_diag(n->diags, US_DEGRADED, "THINKING_DROPPED", US_SPAN("messages"));
	}
	t->nblocks = kept;
}

static void drop_private(struct us_normal *n)
{
	for (size_t i = 0; i < n->r->nturns; i++)
		drop_private_of(n, &n->r->turns[i]);
}

/* One of the assistant that says nothing will be dropped. */
static bool will_go(const struct us_normal *n, const struct us_turn *t)
{
	size_t said = 0;

	for (size_t i = 0; i < t->nblocks; i++)
		said += !n->limits.no_blank_text || !us_is_blank(&t->blocks[i]);
	return t->role == US_ROLE_ASSISTANT && !said;
}

/* A system turn in mid-conversation may stay where the target takes one at all; one whose turns
 * alternate takes it between the user's and the assistant's only. */
static bool may_stay(const struct us_normal *n, const struct us_turns *out, size_t i)
{
	const struct us_req *r = n->r;

	if (!n->limits.system_in_turn || !n->model->system_turn)
		return false;
	if (!n->limits.alternates)
		return true;
	for (i++; i < r->nturns && will_go(n, &r->turns[i]);)
		i++;
	return out->n && out->list[out->n - 1].role == US_ROLE_USER &&
	       (i == r->nturns || r->turns[i].role == US_ROLE_ASSISTANT);
}

/* The form in which Claude's own programs speak to it in the user's turn; others read it well. */
static void remind(struct us_normal *n, struct us_turns *out, const struct us_turn *from)
{
	struct us_turn *t = us_normal_turn(n, out, US_ROLE_USER);

	us_diag(n->diags, US_DEGRADED, "SYSTEM_IN_TURN", US_SPAN("messages"));
	for (size_t i = 0; i < from->nblocks; i++) {
		struct us_span parts[] = { US_SPAN("<system-reminder>\n"), from->blocks[i].text,
			                   US_SPAN("\n</system-reminder>\n") };

		if (from->blocks[i].kind == US_TEXT)
			us_normal_text(n, t, us_normal_join(n, parts, US_COUNT(parts)));
		else
			us_normal_blocks(n, t, &from->blocks[i], 1);
	}
}

/* Not hoisted to the top: that would put a late instruction before what it speaks of. */
static void place_system_turns(struct us_normal *n)
{
	struct us_turns out = { 0 };
	size_t i = us_req_lead(n->r);

	us_normal_keep(n, &out, 0, i);
	for (; i < n->r->nturns; i++) {
		if (us_is_instruction(&n->r->turns[i]) && !may_stay(n, &out, i))
			remind(n, &out, &n->r->turns[i]);
		else
			us_normal_keep(n, &out, i, i + 1);
	}
	us_normal_replace(n, &out);
}

/* The blocks of a tool result are still the decoder's: they are copied when one must go. */
static void strip_result(struct us_normal *n, struct us_block *result)
{
	struct us_turn kept = { 0 };

	for (size_t i = 0; i < result->nblocks; i++)
		if (!us_is_blank(&result->blocks[i]))
			us_normal_blocks(n, &kept, &result->blocks[i], 1);
	if (kept.nblocks < result->nblocks) {
		result->blocks = kept.blocks;
		result->nblocks = kept.nblocks;
	}
}

/* Blank text says nothing, but some refuse a request for it. */
static void strip_blank(struct us_normal *n)
{
	for (size_t i = 0; n->limits.no_blank_text && i < n->r->nturns; i++) {
		struct us_turn *t = &n->r->turns[i];
		size_t kept = 0;

		for (size_t k = 0; k < t->nblocks; k++) {
			if (t->blocks[k].kind == US_TOOL_RESULT)
				strip_result(n, &t->blocks[k]);
			if (!us_is_blank(&t->blocks[k]))
				t->blocks[kept++] = t->blocks[k];
		}
		t->nblocks = kept;
	}
}

/* Would an empty user turn at i be missed? Not beside another of the user's. */
static bool beside_user(const struct us_req *r, const struct us_turns *out, size_t i)
{
	return (out->n && out->list[out->n - 1].role == US_ROLE_USER) ||
	       (i + 1 < r->nturns && r->turns[i + 1].role == US_ROLE_USER);
}

/* Nobody takes a turn without blocks. The assistant's and the system's can go; the user's is a step
 * of the conversation, and at its end the very question. */
static void drop_empty(struct us_normal *n)
{
	struct us_turns out = { 0 };

	for (size_t i = 0; i < n->r->nturns; i++) {
		struct us_turn *t = &n->r->turns[i];

		if (t->nblocks)
			us_normal_keep(n, &out, i, i + 1);
		else if (t->role == US_ROLE_USER && !beside_user(n->r, &out, i))
			us_normal_text(n, us_normal_turn(n, &out, US_ROLE_USER), US_SPAN("."));
	}
	us_normal_replace(n, &out);
}

/* Blocks stay blocks: no text is joined. */
static void merge(struct us_normal *n)
{
	struct us_turns out = { 0 };
	size_t i = us_req_lead(n->r);

	if (!n->limits.alternates)
		return;
	us_normal_keep(n, &out, 0, i);
	for (; i < n->r->nturns; i++) {
		const struct us_turn *t = &n->r->turns[i];
		struct us_turn *last = out.n ? &out.list[out.n - 1] : NULL;

		if (last && last->role == t->role && !us_is_instruction(t))
			us_normal_blocks(n, last, t->blocks, t->nblocks);
		else
			us_normal_keep(n, &out, i, i + 1);
	}
	us_normal_replace(n, &out);
}

/* The user has the first word where roles take turns; somebody has it everywhere. */
static void open_with_user(struct us_normal *n)
{
	struct us_turns out = { 0 };
	size_t lead = us_req_lead(n->r);

	if (n->limits.alternates ? lead < n->r->nturns && n->r->turns[lead].role == US_ROLE_USER
	                         : n->r->nturns > 0)
		return;
	us_normal_keep(n, &out, 0, lead);
	us_normal_text(n, us_normal_turn(n, &out, US_ROLE_USER), US_SPAN("Continue."));
	us_normal_keep(n, &out, lead, n->r->nturns);
	us_normal_replace(n, &out);
	us_diag(n->diags, US_DEGRADED, "FIRST_TURN_ADDED", US_SPAN("messages"));
}

/* The last `most` characters. */
static struct us_span tail(struct us_span text, size_t most)
{
	size_t at = text.n;

	while (at && most) {
		at--;
		most -= ((unsigned char)text.p[at] & 0xc0) != 0x80;
	}
	return us_span(text.p + at, text.n - at);
}

/* A model that continues no begun answer is asked to, in words. */
static void ask_to_continue(struct us_normal *n, struct us_span begun)
{
	struct us_span parts[] = {
		US_SPAN("Your reply above was cut off by a connection failure after the text: "
		        "\xc2\xab"),
		tail(begun, CUT_TAIL),
		US_SPAN("\xc2\xbb. Continue from exactly that point. Output only the remaining "
		        "text: do not repeat anything, do not apologise, do not mention the "
		        "interruption."),
		us_set(n->r->begun_call) ? US_SPAN(" Then call the tool that you were about to "
		                                   "call: ")
					 : US_SPAN(""),
		n->r->begun_call,
	};
	struct us_turns turns = { n->r->turns, n->r->nturns };

	us_normal_text(n, us_normal_turn(n, &turns, US_ROLE_USER),
	               us_normal_join(n, parts, US_COUNT(parts)));
	us_normal_replace(n, &turns);
	us_diag(n->diags, US_DEGRADED, "PREFILL_EMULATED", US_SPAN("messages"));
}

/* Prefill and thinking exclude each other. */
static bool continues(const struct us_normal *n)
{
	bool thinks = n->r->reason > US_REASON_OFF && !us_span_is(n->r->effort, "none") &&
	              n->model->thinking != US_THINKING_NONE;

	return !n->in_words && !thinks &&
	       (n->model->prefill || n->profile->prefill != US_PREFILL_NONE);
}

/* An answer that the program began itself. */
static void end_with_user(struct us_normal *n)
{
	struct us_turn *t = n->r->nturns ? &n->r->turns[n->r->nturns - 1] : NULL;
	struct us_block *b = t && t->nblocks ? &t->blocks[t->nblocks - 1] : NULL;

	if (!b || t->role != US_ROLE_ASSISTANT)
		return;
	if (!continues(n))
		ask_to_continue(n, b->text);
	else if (n->limits.no_blank_text && b->kind == US_TEXT)
		while (b->text.n && strchr(" \t\r\n", b->text.p[b->text.n - 1]))
			b->text.n--;
}

/* A choice among no tools is refused everywhere. */
static void drop_choice(struct us_normal *n)
{
	if (n->r->ntools)
		return;
	n->r->choice = US_CHOICE_UNSET;
	n->r->parallel_tools = US_UNSET;
}

/* In brackets the sections of wire-formats. */
/* clang-format off */
static void (*const passes[])(struct us_normal *n) = {
	tell_losses,        /* first: what makes it impossible is told even if memory runs out */
	drop_private,       /* [5.2] */
	us_normal_pair,     /* [5.3, 5.5] */
	us_normal_ids,      /* [5.4] when the ids of calls and results agree */
	place_system_turns, /* [5.6] when results stand where they stay */
	strip_blank,        /* [5.8] before turns are joined: that may leave a turn empty, */
	drop_empty,         /*       and an empty turn of the assistant's parts two of the user's */
	merge,              /* [5.7] */
	open_with_user,     /* [5.9] */
	end_with_user,      /* [5.10] */
	drop_choice,
	us_normal_names,    /* [5.11] */
	us_normal_declare,  /* [5.12] under the names that go out */
};
/* clang-format on */

/* Everything a pass writes to must be ours. */
static void copy(struct us_normal *n, const struct us_req *in)
{
	struct us_turns turns = { 0 };
	struct us_req *r = n->r;

	r->tools = NULL;
	r->ntools = 0;
	for (size_t i = 0; i < in->ntools; i++) {
		struct us_tool *t = us_arena_push(n->a, &r->tools, &r->ntools, sizeof(*t));

		if (t)
			*t = in->tools[i];
	}
	r->allowed = us_arena_array(n->a, in->nallowed, sizeof(*r->allowed));
	if (r->allowed && in->nallowed)
		memcpy(r->allowed, in->allowed, in->nallowed * sizeof(*r->allowed));
	for (size_t i = 0; i < in->nturns; i++) {
		struct us_turn *t = us_normal_turn(n, &turns, in->turns[i].role);

		if (t)
			t->name = in->turns[i].name;
		us_normal_blocks(n, t, in->turns[i].blocks, in->turns[i].nblocks);
	}
	us_normal_replace(n, &turns);
}

/* A server may take less than its dialect has. */
static struct us_limits limits_of(const struct us_dialect *dialect, const struct us_profile *p)
{
	struct us_limits limits = dialect->limits;

	limits.alternates |= p->alternates;
	limits.system_in_turn &= p->late_system;
	if (p->ids == US_IDS_NINE)
		limits.id_exact = 9;
	return limits;
}

int us_normalise(const struct us_req *in, const struct us_dialect *dialect, const struct us_for *to,
                 struct us_req *out, struct us_renames *renames, struct us_diags *diags)
{
	struct us_normal n = {
		.r = out,
		.a = diags->arena,
		.model = to->model,
		.profile = to->profile,
		.in_words = to->in_words,
		.diags = diags,
		.renames = renames,
	};

	n.limits = limits_of(dialect, to->profile);
	*out = *in;
	copy(&n, in);
	for (size_t i = 0; i < US_COUNT(passes) && !n.a->err; i++)
		passes[i](&n);
	return n.a->err;
}

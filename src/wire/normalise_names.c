/* normalise_names.c - tool call ids and tool names within the target's limits
 *
 * Both are mapped by pure functions of themselves: a conversation that is sent turn by turn gets
 * the same id for the same call each time, and nothing has to be remembered. A name must find its
 * way back to the program, so the declared ones are noted in n->renames.
 */
#include "wire/normalise_parts.h"

#define HASH_DIGITS 11 /* of base 62 in 64 bits */
#define NAME_TAIL 9    /* '_' and eight digits of base 16 */

static bool legal_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool begins_well(const struct us_limits *l, struct us_span name)
{
	char c = name.n ? name.p[0] : '\0';

	return !l->letter_first || (legal_char(c) && c != '-' && !(c >= '0' && c <= '9'));
}

static bool legal(struct us_span s, size_t max)
{
	if (!s.n || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!legal_char(s.p[i]))
			return false;
	return true;
}

/* So many letters and digits, no more and no less. */
static bool exact(struct us_span s, size_t n)
{
	bool is = s.n == n;

	for (size_t i = 0; is && i < s.n; i++)
		is = legal_char(s.p[i]) && s.p[i] != '_' && s.p[i] != '-';
	return is;
}

/* Least digit first: for a name, one order is as good as the other. */
static void put_base62(char *out, uint64_t v)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	for (size_t i = 0; i < HASH_DIGITS; i++, v /= 62)
		out[i] = digits[v % 62];
}

/* An id that must be mapped becomes "us" and 22 digits, or as many as the target takes. The name it
 * had is not noted: a target answers with ids of its own. */
static struct us_span legal_id(struct us_normal *n, struct us_span id)
{
	struct us_hash h = us_hash(id);
	char fresh[2 + 2 * HASH_DIGITS] = "us";
	size_t size = sizeof(fresh), most = n->limits.id_max;

	if (n->limits.id_exact ? exact(id, n->limits.id_exact) : legal(id, most))
		return id;
	put_base62(fresh + 2, h.a);
	put_base62(fresh + 2 + HASH_DIGITS, h.b);
	if (n->limits.id_exact)
		most = n->limits.id_exact;
	return us_arena_copy(n->a, us_span(fresh, size < most ? size : most));
}

void us_normal_ids(struct us_normal *n)
{
	if (!n->limits.id_max && !n->limits.id_exact)
		return;
	for (size_t i = 0; i < n->r->nturns; i++) {
		struct us_turn *t = &n->r->turns[i];

		for (size_t k = 0; k < t->nblocks; k++)
			if (t->blocks[k].kind == US_TOOL_CALL ||
			    t->blocks[k].kind == US_TOOL_RESULT)
				t->blocks[k].id = legal_id(n, t->blocks[k].id);
	}
}

/* What is bad becomes '_'; what was lost by that, or by cutting, is made up for by a hash. */
static struct us_span legal_name(struct us_normal *n, struct us_span name)
{
	static const char hex[] = "0123456789abcdef";
	size_t lead = !begins_well(&n->limits, name);
	size_t room = n->limits.name_max - NAME_TAIL - lead;
	size_t keep = name.n < room ? name.n : room;
	uint64_t h = us_hash(name).a;
	char *p;

	if (!lead && legal(name, n->limits.name_max))
		return name;
	p = us_arena_alloc(n->a, lead + keep + NAME_TAIL);
	if (!p)
		return name;
	p[0] = '_'; /* what the first letter must be, where it must be one */
	for (size_t i = 0; i < keep; i++)
		p[lead + i] = legal_char(name.p[i]) ? name.p[i] : '_';
	p[lead + keep] = '_';
	for (size_t i = 1; i < NAME_TAIL; i++, h >>= 4)
		p[lead + keep + i] = hex[h & 15];
	return us_span(p, lead + keep + NAME_TAIL);
}

/* Only declared tools are noted: a call of any other is the model's invention, and goes to the
 * program under the name the model gave it. */
static void rename_tool(struct us_normal *n, struct us_tool *tool)
{
	struct us_rename *r;
	struct us_span target = legal_name(n, tool->name);

	if (us_span_eq(target, tool->name))
		return;
	r = us_arena_push(n->a, &n->renames->list, &n->renames->n, sizeof(*r));
	if (r)
		*r = (struct us_rename){ .target = target, .program = tool->name };
	tool->name = target;
}

void us_normal_names(struct us_normal *n)
{
	struct us_req *r = n->r;

	if (!n->limits.name_max)
		return;
	for (size_t i = 0; i < r->ntools; i++)
		rename_tool(n, &r->tools[i]);
	for (size_t i = 0; i < r->nallowed; i++)
		r->allowed[i] = legal_name(n, r->allowed[i]);
	if (r->choice == US_CHOICE_NAMED)
		r->choice_name = legal_name(n, r->choice_name);
	for (size_t i = 0; i < r->nturns; i++)
		for (size_t k = 0; k < r->turns[i].nblocks; k++) {
			struct us_block *b = &r->turns[i].blocks[k];

			if (b->kind == US_TOOL_CALL || (b->kind == US_TOOL_RESULT && b->name.n))
				b->name = legal_name(n, b->name);
		}
}

struct us_span us_rename_back(const struct us_renames *renames, struct us_span name)
{
	for (size_t i = 0; renames && i < renames->n; i++)
		if (us_span_eq(renames->list[i].target, name))
			return renames->list[i].program;
	return name;
}

/* The most names there can be. */
static size_t count_calls(const struct us_req *r)
{
	size_t calls = 0;

	for (size_t i = 0; i < r->nturns; i++)
		for (size_t k = 0; k < r->turns[i].nblocks; k++)
			calls += r->turns[i].blocks[k].kind == US_TOOL_CALL;
	return calls;
}

static void declare(struct us_normal *n, struct us_seen_set *known, struct us_span name)
{
	struct us_tool *tool;

	if (us_seen_at(known, name)->count++)
		return;
	tool = us_arena_push(n->a, &n->r->tools, &n->r->ntools, sizeof(*tool));
	if (tool)
		*tool = (struct us_tool){ .name = name,
			                  .schema = US_SPAN("{\"type\":\"object\"}") };
}

/* Some refuse calls in the history without any tools declared. What the tools took is not known any
 * more, so any object does; and as the program offers none, none may be called. */
void us_normal_declare(struct us_normal *n)
{
	struct us_req *r = n->r;
	size_t calls = n->limits.declared_tools && !r->ntools ? count_calls(r) : 0;
	struct us_seen_set known;

	if (!calls || !us_seen_init(&known, n->a, calls))
		return;
	for (size_t i = 0; i < r->nturns; i++)
		for (size_t k = 0; k < r->turns[i].nblocks; k++)
			if (r->turns[i].blocks[k].kind == US_TOOL_CALL)
				declare(n, &known, r->turns[i].blocks[k].name);
	r->choice = US_CHOICE_NONE;
	us_diag(n->diags, US_EXACT, "TOOLS_DECLARED", US_SPAN("tools"));
}

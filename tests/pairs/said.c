/* said.c - what a request says, in no dialect, as lines of text to compare */
#include "said.h"

/* Which of the calls so far has this id, from 1; 0: none. */
static size_t number_of(const struct us_req *r, struct us_span id)
{
	size_t n = 0, found = 0;

	for (size_t t = 0; t < r->nturns; t++)
		for (size_t i = 0; i < r->turns[t].nblocks; i++) {
			const struct us_block *b = &r->turns[t].blocks[i];

			if (b->kind == US_TOOL_CALL && ++n && us_span_eq(b->id, id))
				found = n;
		}
	return found;
}

static void add(struct us_buf *out, const char *what, struct us_span text)
{
	us_buf_addf(out, "%s ", what);
	us_buf_add_span(out, text);
	us_buf_add_char(out, '\n');
}

static void add_block(const struct us_req *r, const struct us_block *b, struct us_buf *out)
{
	switch (b->kind) {
	case US_TEXT:
		if (b->text.n)
			add(out, "text", b->text);
		break;
	case US_TOOL_CALL:
		add(out, "call", b->name);
		add(out, "with", us_span_trim(b->args));
		break;
	case US_TOOL_RESULT:
		us_buf_addf(out, "result of %zu\n", number_of(r, b->id));
		for (size_t i = 0; i < b->nblocks; i++)
			add_block(r, &b->blocks[i], out);
		break;
	default:
		us_buf_addf(out, "block %d\n", (int)b->kind);
	}
}

static void add_turns(const struct us_req *r, bool rules, struct us_buf *out)
{
	static const char rules_word[] = "rules";
	static const char *const roles[] = { rules_word, rules_word, "user", "assistant" };
	const char *last = "";

	for (size_t t = 0; t < r->nturns; t++) {
		const char *role = roles[r->turns[t].role];

		if ((role == rules_word) != rules)
			continue;
		if (role != last)
			us_buf_addf(out, "%s:\n", role);
		last = role;
		for (size_t i = 0; i < r->turns[t].nblocks; i++)
			add_block(r, &r->turns[t].blocks[i], out);
	}
}

void said_talk(const struct us_req *r, struct us_buf *out) { add_turns(r, false, out); }

void said_rules(const struct us_req *r, struct us_buf *out) { add_turns(r, true, out); }

static void add_number(struct us_buf *out, const char *what, const struct us_num *n)
{
	if (us_set(n->text))
		add(out, what, n->text);
}

/* What takes nothing may say so or be silent. */
static struct us_span takes(const struct us_tool *t)
{
	bool names = us_span_has(t->schema, "properties");

	return names && !us_span_has(t->schema, "\"properties\":{}") ? t->schema : us_span("", 0);
}

void said_rest(const struct us_req *r, struct us_buf *out)
{
	for (size_t i = 0; i < r->ntools; i++) {
		add(out, "tool", r->tools[i].name);
		add(out, "does", r->tools[i].description);
		add(out, "takes", takes(&r->tools[i]));
	}
	if (r->ntools) /* to choose is what all do anyway */
		us_buf_addf(out, "choice %d ",
		            r->choice == US_CHOICE_UNSET ? US_CHOICE_AUTO : (int)r->choice);
	add(out, "choice", r->choice_name);
	add_number(out, "temperature", &r->temperature);
	add_number(out, "top_p", &r->top_p);
	us_buf_addf(out, "stream %d\n", r->stream == US_YES);
	if (r->format == US_FORMAT_JSON_SCHEMA)
		add(out, "schema", r->format_schema);
}

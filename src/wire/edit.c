/* edit.c - a document copied with a few of its members changed */
#include "wire/edit.h"

void us_edit_copy_to(struct us_edit *e, const char *end)
{
	us_buf_add(e->out, e->at, (size_t)(end - e->at));
	e->at = end;
}

void us_edit_replace_raw(struct us_edit *e, struct us_val old, struct us_span json)
{
	struct us_span raw = us_val_raw(old);

	us_edit_copy_to(e, raw.p);
	us_buf_add_span(e->out, json);
	e->at = raw.p + raw.n;
}

void us_edit_replace(struct us_edit *e, struct us_val old, struct us_span text)
{
	struct us_print print = us_print(e->out);
	struct us_span raw = us_val_raw(old);

	us_edit_copy_to(e, raw.p);
	us_print_str(&print, text);
	e->at = raw.p + raw.n;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void us_edit_drop(struct us_edit *e, struct us_val key, struct us_val val)
{
	struct us_buf *out = e->out;
	struct us_span raw = us_val_raw(val);
	const char *next = raw.p + raw.n;

	us_edit_copy_to(e, us_val_raw(key).p);
	e->at = next;
	while (is_blank(*next))
		next++;
	if (*next == ',') {
		e->at = next + 1;
		return;
	}
	while (out->n && is_blank(out->p[out->n - 1]))
		out->n--;
	if (out->n && out->p[out->n - 1] == ',')
		out->n--;
}

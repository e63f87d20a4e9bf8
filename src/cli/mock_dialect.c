/* mock_dialect.c - what the dialects have in common when they print */
#include "cli/mock_dialect.h"

void us_mock_event_add(struct us_mock_events *e, const char *name, bool content,
                       struct us_buf *data)
{
	struct us_mock_event *event = us_arena_push(e->arena, &e->list, &e->count, sizeof(*event));

	if (event)
		*event = (struct us_mock_event){
			.name = name,
			.data = us_arena_copy(e->arena, us_buf_span(data)),
			.content = content,
		};
	if (data->err)
		e->arena->err = data->err;
	us_buf_clear(data);
}

void us_mock_member(struct us_buf *b, const char *member, struct us_span text)
{
	us_buf_addf(b, "%s\"%s\":", b->n && b->p[b->n - 1] != '{' ? "," : "", member);
	if (text.p)
		us_mock_json_quote(b, text);
	else
		us_buf_add_str(b, "null");
}
